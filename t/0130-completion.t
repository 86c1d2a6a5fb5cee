#!/usr/bin/perl
# What bash completes.
use strict;
use warnings;

use Test::More;

use Preforge qw(builddir program run srcdir);

my $library = '/usr/share/bash-completion/bash_completion';
plan skip_all => 'bash-completion is not here' if !-e $library;

my %env = (PATH => builddir() . "/bin:$ENV{PATH}");

# The candidates for the last word of a command line.
sub complete
{
	my (@words) = @_;
	my $function = $words[0];
	my $result   = run(
		[
			'bash', '-c', <<'END', 'bash', $library, srcdir() . "/doc/completions/$function", @words ], env => \%env);
source "$1"; source "$2"; shift 2
compopt() { :; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMP_TYPE=9
"_${1//-/_}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
END
	is($result->{err}, '', "nothing is said while @words is completed");
	return [ sort split /\n/, $result->{out} ];
}

my $help = run([ program('preforgectl'), '--help' ])->{out};
is_deeply(complete('preforgectl', ''), [ sort $help =~ /^  ([a-z]+) /mg ], 'all commands');
is_deeply(complete('preforgectl', 'st'), [qw(status stop)], 'some');
is_deeply(complete('preforgectl', '--js'), ['--json'], 'a long option');
is_deeply([ grep {/^-s$/} @{ complete('preforgectl', '-') } ], ['-s'], 'a short one');
is_deeply(complete('preforgectl', 'status', ''), [], 'status takes nothing');
is_deeply(complete('preforgectl', '-l', 't'), ['tcp:'], 'kinds of addresses');

my $daemon = Preforge->start(app => <<'END', args => [ '-D', 'jit.mode=off' ]);
def alpha(x):
    """Of alpha.

    And more."""
    return x

def alps(x: int = 1, *, y=2):
    return x

class Area:
    @staticmethod
    def circle(r):
        return r

__all__ = ["alpha", "alps", "Area"]
END
is_deeply(complete('preforgectl', '-s', $daemon->control, 'call', 'al'), [qw(alpha alps)], 'methods, of the daemon that is named');
is_deeply(complete('preforgectl', '-s', $daemon->control, 'call', 'Area'), ['Area.circle'], 'dotted ones');
is_deeply(complete('preforgectl', '-s', '/nonexistent', 'call', 'rpc.p'), ['rpc.ping'], 'without a daemon, those that all have');

is_deeply(complete('preforged', '--che'), ['--check'], 'an option of preforged');
is_deeply(complete('preforged', '-D', 'control.'), ['control.socket='], 'keys, with their sections');

is_deeply(complete('preforge-python', '--ex'), [qw(--explain --explain-asm --explain-ir)], 'options of preforge-python');
is_deeply(complete('preforge-python', '-q', '--ex'), [], 'which come first');
is_deeply([ grep {/^-[cm]$/} @{ complete('preforge-python', '-') } ], [qw(-c -m)], "python3's");
is_deeply(complete('preforge-python', '-m', 'tokeni'), ['tokenize'], 'modules');

done_testing;
