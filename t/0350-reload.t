# Reloading: new code and a new configuration, and no request lost whatever becomes of it.
# PREFORGE_RELOADS=50 makes the last part as long as it takes to be sure.
use strict;
use warnings;

use Test::More;
use IO::Socket::UNIX;
use Preforge qw(wait_for write_file json_decode);
use FakeZygote;
use Steady;

sub app
{
	my ($version) = @_;
	return <<"END";
import os, time

def probe(a, b):
    return [$version, a + b, os.getpid()]

def version():
    return $version

def hold(begun, go):
    open(begun, "w").close()
    while not os.path.exists(go):
        time.sleep(0.002)
    return $version
END
}

sub change { my ($daemon, $text) = @_; return write_file($daemon->dir . '/app.py', $text) }

sub reload_fails
{
	my ($daemon, $error, $what) = @_;
	my $result = $daemon->ctl('reload', '--wait');
	is($result->{status}, 1,      "$what: exit status");
	ref $error ? like($result->{err}, $error, "$what: the reason") : is($result->{err}, $error, "$what: the reason");
	return;
}

subtest 'new code serves, over the same connections' => sub {
	my $daemon = Preforge->start(app => app(1));
	my ($used, $unused, $half) = map { $daemon->connect } 1 .. 3;
	is($used->rpc('version')->{result}, 1, 'the first version');
	$half->send('{"jsonrpc":"2.0","id":"h","meth');
	change($daemon, app(2));
	my $result = $daemon->ctl('reload', '--wait');
	like($result->{out}, qr/\Areloaded in [\d.]+ s: generation 2 serves\n\z/, 'preforgectl') or diag $result->{err};
	wait_for(sub { @{ $daemon->ctl_json('status')->{generations} } == 1 }, 'the end of the old one');
	is($used->rpc('version')->{result},   2, 'a connection that has had an answer');
	is($unused->rpc('version')->{result}, 2, 'one that has sent nothing');
	$half->send(qq(od":"version"}\n));
	is_deeply(json_decode($half->line), { jsonrpc => '2.0', id => 'h', result => 2 }, 'one in the middle of a request');
	my $status = $daemon->ctl_json('status');
	is($status->{generation}, 2, 'the generation');
	is_deeply([ @{ $status->{reload} }{qw(done failed)} ], [ 1, 0 ], 'counted');
	cmp_ok($status->{requests}, '>=', 4, 'requests are counted over generations');
	my $told = $daemon->notified;
	like(
		$told,
		qr/^READY=1\n(?:.*\n)*RELOADING=1\nMONOTONIC_USEC=\d+\nSTATUS=reloading\nEXTEND_TIMEOUT_USEC=\d+\n(?:STATUS=reloading: \w+\n|EXTEND_TIMEOUT_USEC=\d+\n)+READY=1\nSTATUS=2 workers, 0 native functions\n\z/m,
		'the service manager'
	);
	is($daemon->stop, 0, 'exit status');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
};

subtest 'a call that runs is finished by the old code; what waits behind it is not held up' => sub {
	my $daemon = Preforge->start(app => app(1), args => [ '-D', 'server.workers=1' ]);
	my ($begun, $go) = map { $daemon->dir . "/$_" } qw(begun go);
	my ($busy, $idle, $waiting) = map { $daemon->connect } 1 .. 3;
	is($idle->rpc('version')->{result}, 1, 'both are with the one worker') for 1 .. 2;
	$busy->send(qq({"jsonrpc":"2.0","id":1,"method":"hold","params":["$begun","$go"]}\n));
	wait_for(sub { -e $begun }, 'the call');
	$waiting->send(qq({"jsonrpc":"2.0","id":1,"method":"version"}\n));
	change($daemon, app(2));
	is($daemon->ctl('reload', '--wait')->{status}, 0, 'reloaded while it runs');
	is(json_decode($waiting->line)->{result},      2, 'what was sent before');
	is($idle->rpc('version')->{result},            2, 'what is sent now');
	is_deeply([ map { $_->{state} } @{ $daemon->ctl_json('status')->{generations} } ], [ 'serving', 'draining' ], 'status');
	write_file($go, '');
	is(json_decode($busy->line)->{result}, 1, 'the call ends as it began');
	is($busy->rpc('version')->{result},    2, 'its connection goes on');
	wait_for(sub { @{ $daemon->ctl_json('status')->{generations} } == 1 }, 'the end of the old one');
	is($daemon->stop, 0, 'exit status');
};

subtest 'a call that does not end is given up after [server] drain_timeout' => sub {
	my $daemon = Preforge->start(app => app(1), args => [ '-D', 'server.drain_timeout=50ms' ]);
	my ($begun, $go) = map { $daemon->dir . "/$_" } qw(begun go);
	my $busy = $daemon->connect;
	$busy->send(qq({"jsonrpc":"2.0","id":1,"method":"hold","params":["$begun","$go"]}\n));
	wait_for(sub { -e $begun }, 'the call');
	is($daemon->ctl('reload', '--wait')->{status}, 0, 'reloaded');
	is_deeply(
		json_decode($busy->line)->{error},
		{
			code    => -32002,
			message => 'Request timed out',
			data    => {
				reason => 'timed_out',
				retry  => JSON::PP::false,
				detail => 'the call did not end within the time that a worker has to leave, and was killed'
			}
		},
		'its caller is told'
	);
	wait_for(sub { @{ $daemon->ctl_json('status')->{generations} } == 1 }, 'the end of the old one');
	like($daemon->log, qr/workers are still busy after the time that they have to leave: their calls are given up$/m, 'the log');
	is($daemon->stop, 0, 'exit status');
};

subtest 'a failing one leaves what is there' => sub {
	my $daemon = Preforge->start(
		app  => app(1),
		conf => "[server]\nworkers = 2\nstart_timeout = 20s\n[warmup]\ndeadline = 1ms\n"
	);
	my ($dir, $connection) = ($daemon->dir, $daemon->connect);
	my $conf = Preforge::read_file("$dir/preforged.conf");
	change($daemon, "def version(:\n");
	reload_fails(
		$daemon,
		"preforgectl: the reload failed: cannot import $dir/app.py: SyntaxError: invalid syntax (app.py, line 1)\n"
			. "  File \"$dir/app.py\", line 1\n    def version(:\n                ^\nSyntaxError: invalid syntax\n",
		'a syntax error'
	);
	change($daemon, "def version():\n    return 2\n\n1 / 0\n");
	reload_fails(
		$daemon,
		"preforgectl: the reload failed: cannot import $dir/app.py: ZeroDivisionError: division by zero\n"
			. "Traceback (most recent call last):\n  File \"$dir/app.py\", line 4, in <module>\n    1 / 0\n    ~~^~~\n"
			. "ZeroDivisionError: division by zero\n",
		'an import error'
	);
	change($daemon, "import os\nos.kill(os.getpid(), 9)\n");
	my $result = $daemon->ctl('reload', '--wait');
	like($result->{err}, qr/the reload failed: the zygote \(pid \d+\) died before it was ready: killed by SIGKILL\n\z/, 'killed');
	change($daemon, "import os\nos.register_at_fork(after_in_child=lambda: os._exit(7))\ndef version(): return 2\n");
	reload_fails(
		$daemon,
		"preforgectl: the reload failed: the workers die before they serve, the last one with exit status 7\n",
		'workers that die'
	);
	my $status = $daemon->ctl_json('status');
	is_deeply([ @{ $status->{reload} }{qw(done failed)} ], [ 0, 4 ], 'counted');
	is($status->{reload}{last}{cause}, 'the workers die before they serve, the last one with exit status 7', 'status');
	like($daemon->ctl('status')->{out}, qr/^reload     failed \d+ s ago: the workers die before/m, 'and its table');
	change($daemon, app(3));
	write_file("$dir/preforged.conf", "[server]\nworkers = many\n");
	reload_fails(
		$daemon,
		"preforgectl: the reload failed: $dir/preforged.conf:2: [server] workers = many: not a whole number;"
			. " allowed: a number from 1 to 256\n",
		'a wrong configuration'
	);
	$result = $daemon->ctl('reload');
	is($result->{status}, 1, 'is refused without --wait, too');
	write_file("$dir/preforged.conf", "[server]\nworkers = 2\nlisten = unix:/nowhere/x/y\nlisten = unix:preforge.sock\n");
	reload_fails(
		$daemon,
		"preforgectl: the reload failed: unix:/nowhere/x/y: cannot make the directory: No such file or directory\n",
		'a socket that cannot be'
	);
	is($connection->rpc('version')->{result}, 1, 'the old one serves all the time');
	write_file("$dir/preforged.conf", $conf);
	is($daemon->ctl('reload', '--wait')->{status}, 0, 'one that is right');
	wait_for(sub { @{ $daemon->ctl_json('status')->{generations} } == 1 }, 'the end of the old one');
	is($connection->rpc('version')->{result}, 3, 'serves');
	unlike($daemon->ctl('status')->{out}, qr/failed \d+ s ago/, 'status');
	is($daemon->stop, 0, 'exit status');
};

subtest 'so does one whose warm-up fails, or does not end' => sub {
	my $conf   = "[server]\nworkers = 1\nstart_timeout = 20s\n";
	my $daemon = Preforge->start(app => app(1), conf => $conf);
	my $dir    = $daemon->dir;
	write_file("$dir/preforged.conf", "$conf\[warmup]\nrequests = warmup.jsonl\n");
	reload_fails($daemon, qr{\[warmup\] requests = warmup\.jsonl: cannot read: No such file or directory\n\z}, 'no requests');
	write_file("$dir/warmup.jsonl", qq({"jsonrpc":"2.0","method":"crash"}\n));
	change($daemon, app(2) . "\ndef crash():\n    os.abort()\n");
	reload_fails($daemon, qr/the zygote \(pid \d+\) died before it was ready: killed by SIGABRT(?:, core dumped)?\n\z/, 'a crash');
	change($daemon, app(2) . "\ndef crash():\n    time.sleep(1000)\n");
	write_file("$dir/preforged.conf", "[server]\nworkers = 1\nstart_timeout = 300ms\n[warmup]\nrequests = warmup.jsonl\n");
	reload_fails($daemon, qr/not ready within \[server\] start_timeout, the zygote was last \w+ing\n\z/, 'no end');
	is($daemon->call('version'), 1, 'the old one serves');
	write_file("$dir/preforged.conf", "$conf\[warmup]\nrequests = warmup.jsonl\ndeadline = 50ms\n");
	is($daemon->ctl('reload', '--wait')->{status}, 0, 'its deadline ends it');
	wait_for(sub { @{ $daemon->ctl_json('status')->{generations} } == 1 }, 'the end of the old one');
	is($daemon->call('version'), 2, 'the new one serves');
	is($daemon->stop, 0, 'exit status');
};

subtest 'another app' => sub {
	my $dir = File::Temp->newdir('preforge-apps-XXXXXX', TMPDIR => 1);
	write_file("$dir/$_.py", "def name():\n    return '$_'\n") for qw(one two);
	my $daemon = Preforge->start(conf => "[app]\npath = $dir/one.py\n");
	is($daemon->call('name'), 'one', 'at first');
	write_file($daemon->dir . '/preforged.conf', "[app]\npath = $dir/two.py\n");
	is($daemon->ctl('reload', '--wait')->{status}, 0, 'reloaded');
	wait_for(sub { @{ $daemon->ctl_json('status')->{generations} } == 1 }, 'the end of the old one');
	is($daemon->call('name'), 'two', 'the other one serves');
	is($daemon->stop, 0, 'exit status');
};

subtest 'a new one that takes too long is given up' => sub {
	my $daemon = Preforge->start(app => app(1), conf => "[server]\nworkers = 1\nstart_timeout = 5s\n");
	write_file($daemon->dir . '/preforged.conf', "[server]\nworkers = 1\nstart_timeout = 50ms\n");
	change($daemon, "import time\ntime.sleep(1000)\n");
	reload_fails(
		$daemon,
		qr/\Apreforgectl: the reload failed: not ready within \[server\] start_timeout, the zygote was last (?:start|import)ing\n\z/,
		'too slow'
	);
	is($daemon->call('version'), 1, 'the old one serves');
	is($daemon->stop, 0, 'exit status');
};

subtest 'no program to run' => sub {
	my $dir  = File::Temp->newdir;
	my $link = "$dir/zygote";
	symlink Preforge::srcdir() . '/t/fake-zygote', $link or die "symlink: $!";
	my $daemon = FakeZygote->start('serve', env => { PREFORGE_ZYGOTE => $link });
	unlink $link;
	reload_fails($daemon, "preforgectl: the reload failed: cannot run $link: No such file or directory\n", 'exec');
	is($daemon->ctl_json('status')->{state}, 'ready', 'the old one serves');
	is($daemon->stop, 0, 'exit status');
};

subtest 'the configuration holds: workers, sockets, limits, log level' => sub {
	my $daemon = Preforge->start(app => app(1), conf => "[server]\nworkers = 1\nlisten = unix:preforge.sock\nlisten = unix:old.sock\n");
	my $dir = $daemon->dir;
	my ($old, $kept) = map { Preforge::Connection->new("$dir/$_") } qw(old.sock preforge.sock);
	is($old->rpc('version')->{result}, 1, 'the socket that goes');
	my $inode = (stat "$dir/preforge.sock")[1];
	write_file("$dir/preforged.conf", <<"END");
[server]
workers = 3
listen = unix:preforge.sock mode=0600
listen = unix:new.sock
[limits]
batch = 1
[log]
level = debug
[control]
socket = elsewhere
END
	my $result = $daemon->ctl('reload', '--wait');
	is($result->{status}, 0, 'exit status') or diag $result->{err};
	like($result->{out}, qr/^note: \[control\] socket is another one now: that needs a restart$/m, 'what needs a restart is said');
	my $status = $daemon->ctl_json('status');
	is(scalar(grep { $_->{generation} == 2 } @{ $status->{workers} }), 3, 'workers');
	is_deeply($status->{listen}, [ "unix:$dir/preforge.sock", "unix:$dir/new.sock" ], 'listen');
	is((stat "$dir/preforge.sock")[1], $inode, 'the socket that stays is the same');
	is((stat _)[2] & 0777, 0600, 'with its new mode');
	ok(!-e "$dir/old.sock", 'the old one is gone');
	is($old->rpc('version')->{result}, 1, 'a connection that came by it goes on');
	is(Preforge::Connection->new("$dir/new.sock")->rpc('version')->{result}, 1, 'the new one answers');
	is(json_decode($daemon->rpc_raw('[1,2]'))->{error}{code}, -32600, 'limits');
	is($daemon->stop, 0, 'exit status');
	like($daemon->log, qr/^preforged: debug: generation 1 is gone, [\d.]+ s after it began to drain$/m, 'the log level');
	ok(!-e "$dir/new.sock" && !-e "$dir/preforge.sock", 'the sockets are gone');
};

subtest 'one more while one is under way' => sub {
	my $daemon = Preforge->start(app => app(1));
	my ($begun, $go) = map { $daemon->dir . "/$_" } qw(begun go);
	change($daemon, qq(open("$begun", "w").close()\nimport os, time\nwhile not os.path.exists("$go"):\n    time.sleep(0.002)\n) . app(2));
	is($daemon->ctl('reload')->{out}, "reloading\n", 'the first');
	wait_for(sub { -e $begun }, 'its import');
	change($daemon, app(3));
	is($daemon->ctl('reload')->{out}, "reloading, after what is under way\n", 'the second');
	$daemon->signal('HUP');
	my $reload = $daemon->ctl_json('status')->{reload};
	is_deeply([ map { $reload->{$_} ? 1 : 0 } qw(under_way wanted) ], [ 1, 1 ], 'status');
	write_file($go, '');
	$daemon->wait_log(qr/generation 3 serves$/m);
	is($daemon->call('version'), 3, 'the last one serves');
	is($daemon->ctl_json('status')->{reload}{done}, 2, 'several that wait are one');
	is($daemon->stop, 0, 'exit status');
};

subtest 'stopped while one is under way' => sub {
	my $daemon = FakeZygote->start('serve');
	$daemon->part('import');
	is($daemon->ctl('reload')->{status}, 0, 'it begins');
	$daemon->wait_notified(qr/^STATUS=reloading: importing$/m);
	is($daemon->stop, 0, 'exit status');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
};

subtest '64 connections, and reload after reload' => sub {
	my $times  = $ENV{PREFORGE_RELOADS} || 6;
	my $daemon = Preforge->start(app => app(1));
	my $load   = Steady->start($daemon->socket, 64);
	my @failed;
	for my $n (2 .. $times + 1) {
		my $broken = $n % 3 == 0;
		change($daemon, $broken ? "def probe(:\n" : app($n));
		push @failed, $n if ($daemon->ctl('reload', '--wait')->{status} != 0) != $broken;
	}
	is_deeply(\@failed, [], 'they succeed and fail as they should');
	my $result = $load->stop;
	is_deeply([ @$result{qw(wrong lost refused closed)} ], [ 0, 0, 0, 0 ], 'no wrong answer, none lost, none refused, no connection ended')
		or diag explain $result;
	cmp_ok(scalar keys %{ $result->{versions} }, '>', $times / 2, 'version after version answered');
	note sprintf '%d answers, 99 of 100 within %.1f ms, the longest %.1f ms', $result->{answers}, 1000 * $result->{p99},
		1000 * $result->{longest};
	wait_for(sub { @{ $daemon->ctl_json('status')->{generations} } == 1 }, 'the end of the old ones');
	is($daemon->stop, 0, 'exit status');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
};

done_testing;
