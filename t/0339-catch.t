#!/usr/bin/perl
# preforge-python: a call that loops long in CPython becomes native in the middle of it.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(json_decode program read_file run sanitized write_file);

plan skip_all => 'built without libgccjit: nothing is ever native' unless -e Preforge::builddir() . '/bin/preforge-gccjit.so';

my $dir = File::Temp->newdir('preforge-catch-XXXXXX', TMPDIR => 1);
my $report = "$dir/report.json";

# Enough CPU time in CPython, whatever else the machine does, for the timer to come by.
sub functions
{
	my ($name, $script, $expected) = @_;
	my $result = run([ program('preforge-python'), write_file("$dir/$name.py", $script) ],
		env => { PREFORGE_JIT => 'on', PREFORGE_CACHE => '', PREFORGE_JIT_REPORT => $report });
	is($result->{err}, '', "$name: errors");
	is($result->{out}, $expected, "$name: output");
	return { map { $_->{name} =~ s/^__main__\.//r => $_ } @{ json_decode(read_file($report)) } };
}

my $once = functions('once', <<'END', "59999997\nTrue 6\nmain main\n");
import sys

def main(n):
    s = 0
    for i in range(n):
        s += i % 7
    print(s)
    frame = sys._getframe()
    print(frame.f_code is main.__code__, frame.f_lineno - frame.f_code.co_firstlineno)
    print(frame.f_code.co_name, sys._getframe(0).f_code.co_qualname)

main(20000000)
END
is($once->{main}{state}, 'cpython', 'no call of main() began natively');
is($once->{main}{reason}, 'loops: only its loops are native: its calls began in CPython', 'which the report says');
# Once, and once more after each signal or such that CPython has to look at.
cmp_ok($once->{main}{loops}, '>=', 1, 'its loop was entered');
is($once->{main}{side_exits}, 0, 'and never left for what it met');

# Most of the time is spent in what is called, which is native itself before long.
my $calls = functions('calls', <<'END', "285000000\n");
def step(x, n):
    for i in range(n):
        x += i % 7
    return x

def main():
    x = 0
    for i in range(5000000):
        x = step(x, 20)
    print(x)

main()
END
cmp_ok($calls->{main}{loops}, '>=', 1, 'the loop that calls was entered');

# The compiler is a child that the program does not see: not by waiting, nor by a signal.
my $children = functions('children', <<'END', "0 0 2000000\n");
import os, signal

signals = []
signal.signal(signal.SIGCHLD, lambda *seen: signals.append(seen))

def main():
    waited = s = 0
    for i in range(2000000):
        s += 1
        try:
            os.waitpid(-1, os.WNOHANG)
            waited += 1
        except ChildProcessError:
            pass
    print(waited, len(signals), s)

main()
END
is($children->{main}{word}, 'loops', 'it was compiled meanwhile');

# It may fork, or close what it has not opened, while a compiler runs.
for my $what (['forks', 'os.waitpid(os.fork() or os._exit(0), 0)'], ['closes', 'os.closerange(3, 100); kept = [os.open("/dev/null", 0) for k in range(97)]']) {
	my ($name, $statement) = @$what;
	functions($name, <<"END", "59999997\n");
import os

def main():
    s = 0
    for i in range(20000000):
        s += i % 7
        if i in (1000000, 1500000):
            $statement
    print(s)

main()
END
}

# What became of it is explained, with how often it was entered.
my $explained = run([ program('preforge-python'), '--explain', 'main', "$dir/once.py" ], env => { PREFORGE_JIT => 'on', PREFORGE_CACHE => '' });
like($explained->{err}, qr{^the loop at line 5 of __main__\.main in \Q$dir\E/once\.py, line 3: native, entered [1-9]\d* times\n}m, 'the loop is explained');
like($explained->{err}, qr{^     6 native  \|         s \+= i % 7$}m, 'line by line');

my $short = functions('short', <<'END', "499500\n");
def short(n):
    s = 0
    for i in range(n):
        s += i
    return s

print(short(1000))
END
ok(!$short->{short}, 'a call that is short is not caught');

done_testing();
