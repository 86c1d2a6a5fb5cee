# A daemon that root starts for another user: who runs what, who may do what.
use strict;
use warnings;

use Test::More;
use Preforge qw(builddir wait_for run write_file);

my $nobody = getpwnam('nobody') // 65534;
my $group  = getgrnam('nogroup') // 65534;

plan skip_all => 'only root can start processes of another user' if $> != 0;
plan skip_all => 'setpriv is not installed' if !grep { -x "$_/setpriv" } split /:/, $ENV{PATH};

sub as
{
	my ($user, @command) = @_;
	return [ 'setpriv', "--reuid=$user", "--regid=$group", '--clear-groups', @command ];
}

plan skip_all => 'the build directory is closed to other users'
	if run(as($nobody, 'test', '-x', builddir() . '/bin/preforge-zygote'))->{status} != 0;

my $app = <<'END';
import os

def who():
    return [os.getresuid(), os.getresgid(), os.getgroups(), os.environ.get("HOME"), os.environ.get("USER")]

def write(path):
    open(path, "w").close()

def sum_squares(n):
    return sum(x * x for x in range(n))
END

# Where nobody can get at.
my $dir = File::Temp->newdir('preforge-privileges-XXXXXX', TMPDIR => 1);
chmod 0755, "$dir";
write_file("$dir/app.py", $app);
write_file("$dir/warmup.jsonl", qq({"jsonrpc":"2.0","id":1,"method":"sum_squares","params":[10000]}\n) x 3);

my %env = (RUNTIME_DIRECTORY => "$dir", CACHE_DIRECTORY => "$dir/cache");

sub start
{
	my (@settings) = @_;
	my $daemon = Preforge->start(app => "$dir/app.py", env => \%env, args => [ map { ('-D', $_) } 'server.user=nobody', "warmup.requests=$dir/warmup.jsonl", @settings ]);
	return $daemon;
}

sub connection { return Preforge::Connection->new("$dir/preforge.sock") }

sub process
{
	my ($pid) = @_;
	my %is = map { /^(\w+):\s*(.*)$/ ? ($1 => $2) : () } split /\n/, Preforge::read_file("/proc/$pid/status");
	$is{$_} =~ s/\s+/ /g for qw(Uid Gid);
	return \%is;
}

subtest 'zygote and workers are the user, with nothing more' => sub {
	my $daemon = start();
	my $status = $daemon->ctl_json('status');
	for my $pid ($status->{zygote}{pid}, map { $_->{pid} } @{ $status->{workers} }) {
		my $is = process($pid);
		is_deeply([ @$is{qw(Uid Gid NoNewPrivs)} ], [ join(' ', ($nobody) x 4), join(' ', ($group) x 4), 1 ], "process $pid");
		is(hex $is->{CapPrm}, 0, 'without capabilities');
	}
	my (undef, $home) = (getpwnam 'nobody')[ 6, 7 ];
	my $who = connection()->rpc('who')->{result};
	is_deeply([ @$who[ 0, 1, 3, 4 ] ], [ [ ($nobody) x 3 ], [ ($group) x 3 ], $home, 'nobody' ], 'what an app sees');
	is(connection()->rpc('write', ["$dir/forbidden"])->{error}{data}{type}, 'PermissionError', 'what it cannot do');
	my $functions = $daemon->ctl_json('functions');
	is((grep { $_->{name} eq 'app.sum_squares' } @$functions)[0]{state}, 'native', 'it is compiled');
	is_deeply([ (stat "$dir/cache")[ 2, 4 ] ], [ 040700, $nobody ], 'the store is made for the user');
	is($status->{cache}{store}{cause}, undef, 'and used');
	is($daemon->stop, 0, 'exit status');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
};

subtest 'the master keeps what it needs' => sub {
	my $daemon = start();
	my $is = process($daemon->pid);
	is((split ' ', $is->{Uid})[0], 0, 'it is root');
	# CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, KILL 5, SETGID 6, SETUID 7, NET_BIND_SERVICE 10
	is(hex($is->{CapPrm}) & ~0x4eb, 0, 'no other capability');
	is(hex($is->{CapEff}) & ~0x4eb, 0, 'nor in use');
	my $before = $daemon->ctl_json('status');
	is($daemon->ctl('reload', '--wait')->{status}, 0, 'it reloads');
	kill 'KILL', $daemon->ctl_json('status')->{zygote}{pid};
	wait_for(sub { my $s = $daemon->ctl_json('status'); $s->{state} eq 'ready' && $s->{generation} == 3 && @{ $s->{generations} } == 1 },
		'another zygote, and the end of the workers of the one that died');
	is(connection()->rpc('who')->{result}[0][0], $nobody, 'all of them as the user');
	is($daemon->stop, 0, 'exit status');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
};

subtest 'sockets' => sub {
	my $daemon = start("server.listen=unix:$dir/preforge.sock mode=0660", "server.listen=unix:$dir/other mode=0600 owner=daemon");
	is_deeply([ (stat "$dir/preforge.sock")[ 2, 4, 5 ] ], [ 0140000 | 0660 & ~umask, $nobody, $group ], 'a socket is the user\'s');
	is((stat "$dir/other")[4], scalar getpwnam('daemon'), 'if nothing else is said');
	is_deeply([ (stat "$dir/preforge.control")[ 2, 4 ] ], [ 0140600, $nobody ], 'so is the control socket');
	my @ctl = (Preforge::program('preforgectl'), '-s', "$dir/preforge.control", 'status');
	is(run(as($nobody, @ctl), daemon => $daemon)->{status}, 0, 'which the user may use');
	chmod 0666, "$dir/preforge.control";
	my $other = run(as(1, @ctl), daemon => $daemon);
	is($other->{status}, 3, 'and nobody else');
	like($other->{err}, qr/^preforgectl: no answer: (?:the connection was closed|Broken pipe|Connection reset by peer)$/m, 'whatever the mode of the file is');
	like($daemon->log, qr/control socket: user 1 \(process \d+\) is not allowed to use it$/m, 'the log');
	is($daemon->stop, 0, 'exit status');
};

subtest 'what is wrong' => sub {
	my %wrong = (
		'server.user=nobody-there' => '-D server.user=nobody-there: there is no user "nobody-there"',
		'server.group=nogroup'     => '-D server.group=nogroup: there is no [server] user to it',
		'server.user=99999'        => '-D server.user=99999: user 99999 has no entry, so [server] group must say which group',
	);
	for my $setting (sort keys %wrong) {
		my $result = run([ Preforge::program('preforged'), '-D', $setting, '--check', "$dir/app.py" ], env => \%env);
		is_deeply([ @$result{qw(status err)} ], [ 2, "preforged: error: $wrong{$setting}\n" ], $setting);
	}
	my $result = run(as($nobody, Preforge::program('preforged'), '-D', 'server.user=daemon', '--check', "$dir/app.py"), env => \%env);
	is($result->{err}, "preforged: error: -D server.user=daemon: only root can start processes of another user\n", 'not by root');
	is(run(as($nobody, Preforge::program('preforged'), '-D', 'server.user=nobody', '--check', "$dir/app.py"), env => \%env)->{status}, 0, 'but the same');
};

done_testing;
