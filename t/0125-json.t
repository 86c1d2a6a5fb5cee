#!/usr/bin/perl
# What preforgectl --json prints is what preforgectl(1) says, member for member.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(json_decode program read_file run srcdir wait_for write_file);

# Documented members: {command => {member => 1}}.  Those of a section for two commands are both's.
sub documented
{
	my ($text) = read_file(srcdir() . '/doc/preforgectl.1') =~ /^\.Sh JSON\n(.*?)^\.Sh /ms;
	my %members;
	my @commands;
	for (split /\n/, $text) {
		@commands = split /, /, $1 if /^\.Ss (.*)/;
		next if !/^\.It Va (.*)/;
		for my $member (split / , /, $1) {
			$members{$_}{$member} = 1 for @commands;
		}
	}
	return \%members;
}

# The paths of all values that are no object and no array with something in it.
sub paths
{
	my ($value, $path, $into) = @_;
	if (ref $value eq 'HASH') {
		paths($value->{$_}, $path eq '' ? $_ : "$path.$_", $into) for keys %$value;
	} elsif (ref $value eq 'ARRAY') {
		paths($_, "${path}[]", $into) for @$value;
		$into->{"${path}[]"} = 1 if !@$value;
	} else {
		$into->{$path} = 1;
	}
	return $into;
}

my $dir = File::Temp->newdir('preforge-json-XXXXXX', TMPDIR => 1);
my $app = write_file("$dir/app.py", <<'END');
import time

def near(i):
    return i + 1

def total(n):
    s = 0
    for i in range(n):
        s += near(i) * i
    return s

def planted(n):
    s = 0
    for i in range(n):
        s += i * i
    return s

def fails():
    return 1 / 0

def slow():
    time.sleep(0.05)
    return 1

def names(n):
    return [locals() for i in range(n)] and 1
END
my $requests = write_file("$dir/warmup.jsonl", join '', map {qq({"jsonrpc":"2.0","id":1,"method":"$_","params":[100000]}\n)} qw(total planted names));
my $daemon = Preforge->start(
	app  => $app,
	args => [ map { ('-D', $_) } "warmup.requests=$requests", "cache.directory=$dir/store", 'jit.plant=fault:app.planted', 'jit.verify=no', 'deadline.slow=10ms', 'jit.hot=4ms', 'jit.sample=1ms' ],
);
# Something of everything: calls, errors, a slow call, a crash in native code, what is not native, a failed reload.
$daemon->call('total', 1000) for 1 .. 3;
$daemon->rpc('fails');
$daemon->call('slow');
eval { $daemon->rpc('planted', [100]) };
wait_for(sub { @{ $daemon->ctl_json('status')->{cache}{faults} } }, 'the crash');
wait_for(sub { glob "$dir/store/*.ban" }, 'the ban');
my $source = read_file($app);
write_file($app, "1 / 0\n");
my $failed = $daemon->ctl('--json', 'reload', '--wait');
is($failed->{out}, '', 'a failure prints nothing');
is_deeply([ sort keys %{ json_decode($failed->{err}) } ], [ 'code', 'message' ], 'but an error');
write_file($app, $source);

my %printed;
my $note = sub {
	my ($command, @arguments) = @_;
	paths($daemon->ctl_json(@arguments), '', $printed{$command} //= {});
	return;
};
$note->($_, $_) for qw(status functions errors slow top);
$note->('explain', 'explain', 'total');
$note->('explain', 'explain', '--ir', 'total');
$note->('explain', 'explain', '--asm', 'total') if !run([ 'sh', '-c', 'command -v objdump' ])->{status};
$note->('cache', 'cache', $_) for 'list', 'verify';
my ($profile) = map { $_->{kind} eq 'profile' ? $_->{key} : () } @{ $daemon->ctl_json('cache', 'list')->{files} };
$note->('cache', 'cache', 'show', $_) for 'total', 'planted', $profile;
$note->('cache', 'cache', 'export', "$dir/bundle");
$note->('cache', '--store', "$dir/other", 'cache', 'import', "$dir/bundle");
$note->('cache', 'cache', 'prune');
is_deeply(paths($daemon->ctl_json('workers'), '', {}), { map { ('[].' . s/^workers\[\]\.//r) => 1 } grep {/^workers/} keys %{ $printed{status} } }, 'workers are those of status');
$note->('reload', 'reload', '--wait');
$note->('cache', 'cache', 'clear');
$note->('reload', 'reload');
$note->('status', 'status');
$note->('stop', 'stop');
is($daemon->wait_exit, 0, 'a clean stop');

# As the page has it: files of a list are an array of what show prints, and so on.
sub as_documented
{
	my ($command, $member) = @_;
	return $member =~ s/^files\[\]\./[]./r =~ s/^bad\[\]\../bad[]/r if $command eq 'cache';
	return $member =~ s/^calls\[\]\./[]./r if $command eq 'slow';
	return $member =~ s/^\[\]\./[]/r       if $command eq 'functions';
	return $member;
}

my $documented = documented();
for my $command (sort keys %printed) {
	my %there;
	for my $member (keys %{ $printed{$command} }) {
		my $name = as_documented($command, $member);
		$name =~ s/^\[\]\./[]/;
		next if $command eq 'top' && $name =~ /^(?:workers|functions)\[\]\.(\w+)$/ && $1 !~ /cpu_share|per_s/;
		next if $name =~ /^\[\]record\.made_by\b/ && $name eq '[]record.made_by';
		$there{$name} = 1;
	}
	my $page = $documented->{$command};
	is_deeply([ grep { !$page->{$_} } sort keys %there ], [], "$command: all that is printed is in preforgectl(1)");
	next if $command =~ /^(?:cache|errors|explain|reload|slow|stop)$/;
	my %may = map { $_ => 1 } qw(cache.faults[] reload.last methods[] listen[]);
	is_deeply([ grep { !$there{$_} && !$may{$_} } sort keys %$page ], [], "$command: and the other way round");
}

done_testing;
