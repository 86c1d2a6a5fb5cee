# What the master makes of a zygote that fails, dies, hangs or talks nonsense.
use strict;
use warnings;

use Test::More;
use Preforge qw(wait_for write_file);
use FakeZygote;
use Prometheus qw(parse_metrics);

subtest 'the first one fails: the reason, and status 1' => sub {
	my $daemon = FakeZygote->start('fail', wait => 0);
	my $dir = $daemon->dir;
	is($daemon->wait_exit, 1, 'exit status');
	is(
		$daemon->log,
		"preforged: listening on unix:$dir/preforge.sock\n"
			. "preforged: error: cannot import $dir/app.py\n"
			. "Traceback (most recent call last):\n"
			. "ZeroDivisionError: division by zero\n",
		'the log'
	);
	unlike($daemon->notified, qr/READY/, 'it was never ready');
	ok(!-e $daemon->socket, 'the socket is gone');
};

subtest 'the first one dies: its obituary, and status 1' => sub {
	my $daemon = FakeZygote->start('die', wait => 0);
	is($daemon->wait_exit, 1, 'exit status');
	like($daemon->log, qr/^preforged: error: the zygote \(pid \d+\) died before it was ready: killed by SIGKILL\n\z/m,
		'the log');
};

subtest 'there is none: status 1' => sub {
	my $daemon = FakeZygote->start('serve', wait => 0, env => { PREFORGE_ZYGOTE => '/nowhere/zygote' });
	is($daemon->wait_exit, 1, 'exit status');
	like($daemon->log, qr{^preforged: error: cannot run /nowhere/zygote: No such file or directory\n\z}m, 'the log');
};

subtest 'a later one dies: another is started' => sub {
	my $daemon = FakeZygote->start('serve');
	my $before = $daemon->ctl_json('status');
	kill 'KILL', $before->{zygote}{pid};
	my $after = wait_for(
		sub {
			my $status = $daemon->ctl_json('status');
			return $status->{state} eq 'ready' && $status->{zygote}{pid} != $before->{zygote}{pid} && $status;
		},
		'another zygote'
	);
	is($after->{zygote}{restarts}, 1, 'is counted');
	is($after->{master}{pid}, $before->{master}{pid}, 'the master is the same');
	like($daemon->log, qr/^preforged: error: the zygote \(pid $before->{zygote}{pid}\) died: killed by SIGKILL$/m,
		'its obituary');
	is($daemon->stop, 0, 'exit status');
};

subtest 'a worker that dies while there is no zygote is counted' => sub {
	my $daemon = FakeZygote->start('serve');
	my $before = $daemon->ctl_json('status');
	$daemon->part('import');
	kill 'KILL', $before->{zygote}{pid};
	$daemon->wait_log(qr/starting another zygote/);
	my $pid = $before->{workers}[0]{pid};
	is($daemon->ctl_json('status')->{workers}[0]{pid}, $pid, 'it serves on');
	kill 'KILL', $pid;
	$daemon->wait_log(qr/^preforged: warning: worker 0 \(pid $pid\) died: killed by SIGKILL; it is replaced with its zygote$/m);
	my $after = $daemon->ctl_json('status');
	is($after->{restarts}, 1, 'in the status');
	is_deeply([ grep { $_->{pid} == $pid } @{ $after->{workers} } ], [], 'which does not list it any more');
	my $metrics = parse_metrics($daemon->ctl('metrics')->{out});
	is($metrics->{'preforge_worker_restarts_total{cause="crash"}'}, 1, 'in the metrics');
	is($metrics->{'preforge_workers{state="idle"}'} + $metrics->{'preforge_workers{state="busy"}'}, 0, 'where it is no worker');
	is($daemon->stop, 0, 'exit status');
};

subtest 'they die again and again: the master goes on trying, with pauses' => sub {
	my $daemon = FakeZygote->start('serve');
	$daemon->part('fail');
	kill 'KILL', $daemon->ctl_json('status')->{zygote}{pid};
	$daemon->wait_log(qr/cannot import.*cannot import.*starting another zygote in 0\.2 s/s);
	like($daemon->log, qr/starting another zygote at once.*in 0\.1 s.*in 0\.2 s/s, 'longer and longer');
	is($daemon->ctl_json('status')->{state}, 'restarting', 'says so');
	$daemon->part('leave');
	$daemon->wait_log(qr/died: exit status 3/);
	$daemon->part('serve');
	wait_for(sub { $daemon->ctl_json('status')->{state} eq 'ready' }, 'readiness');
	is(scalar(() = $daemon->notified =~ /^READY=1$/mg), 1, 'the service manager hears READY once');
	is($daemon->stop, 0, 'exit status');
};

subtest 'it is stopped while there is no zygote' => sub {
	my $daemon = FakeZygote->start('serve');
	$daemon->part('fail');
	kill 'KILL', $daemon->ctl_json('status')->{zygote}{pid};
	$daemon->wait_log(qr/in 0\.8 s/);
	is($daemon->stop, 0, 'exit status');
};

subtest 'it does not stop: killed, with its worker, after [server] stop_timeout' => sub {
	my $daemon = FakeZygote->start('stubborn', args => [ '-D', 'server.stop_timeout=50ms' ]);
	is($daemon->stop, 0, 'exit status');
	like($daemon->log, qr/^preforged: warning: not stopped after \[server\] stop_timeout: killing what is left$/m,
		'the log');
	is_deeply([ $daemon->processes ], [], 'no process is left');
};

subtest 'a second signal kills at once' => sub {
	my $daemon = FakeZygote->start('stubborn');
	$daemon->signal('INT');
	$daemon->wait_log(qr/stopping: SIGINT/);
	$daemon->signal('INT');
	is($daemon->wait_exit, 0, 'exit status');
	like($daemon->log, qr/^preforged: notice: SIGINT again: killing what is left$/m, 'the log');
	is_deeply([ $daemon->processes ], [], 'no process is left');
};

subtest 'it talks nonsense: killed and replaced' => sub {
	my $daemon = FakeZygote->start('babble');
	$daemon->part('serve');
	$daemon->wait_log(
		qr/cannot read what the zygote says, killing it: a line that is not JSON: invalid token near 'what'/);
	$daemon->wait_log(qr/died: killed by SIGKILL/);
	wait_for(sub { $daemon->ctl_json('status')->{state} eq 'ready' }, 'readiness');
	is($daemon->stop, 0, 'exit status');
};

subtest 'it does not answer: status does, functions says so' => sub {
	my $daemon = FakeZygote->start('mute');
	my $status = $daemon->ctl_json('status');
	is($status->{cache}{compiled}, 2, 'what it said last');
	my $functions = $daemon->ctl('functions');
	is($functions->{status}, 1, 'exit status');
	is($functions->{err}, "preforgectl: functions: error -32000: the zygote does not answer\n", 'the reason');
	is($daemon->stop, 0, 'exit status');
};

done_testing;
