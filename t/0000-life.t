# Start, readiness, stop: the master with a zygote that does what it should.
use strict;
use warnings;

use Test::More;
use Preforge qw(program run wait_for);
use FakeZygote;

subtest 'ready when the zygote is, stopped when asked' => sub {
	my $daemon = FakeZygote->start('serve');
	my ($dir, $pid) = ($daemon->dir, $daemon->pid);
	like($daemon->log, qr{^preforged: listening on unix:\Q$dir\E/preforge\.sock$}m, 'says where it listens');
	like(
		$daemon->log,
		qr/^preforged: ready: 1 workers, 3 native functions \(import 0\.001 s, warm-up 0\.002 s, compilation 0\.003 s\)$/m,
		'says that it is ready'
	);
	ok(-S $daemon->socket,  'the socket is there');
	ok(-S $daemon->control, 'so is the control socket');
	is((stat $daemon->control)[2] & 0777, 0600, 'which is private');
	is($daemon->stop, 0, 'exit status');
	like($daemon->log, qr/^preforged: stopping: SIGTERM\npreforged: stopped\n\z/m, 'says that it stops');
	ok(!-e $daemon->socket && !-e $daemon->control, 'the sockets are gone');
	is_deeply([ $daemon->processes ], [], 'no process is left');
};

subtest '^C stops too, SIGHUP does not' => sub {
	my $daemon = FakeZygote->start('serve');
	$daemon->signal('HUP');
	$daemon->wait_log(qr/^preforged: reloaded in [\d.]+ s: generation 2 serves$/m);
	is($daemon->stop('INT'), 0, 'exit status');
};

subtest 'signals that other servers know' => sub {
	my $daemon = FakeZygote->start('serve');
	for my $name (qw(USR1 USR2)) {
		$daemon->signal($name);
		$daemon->wait_log(qr/^preforged: notice: SIG$name means nothing here; SIGHUP reloads, and opens the access log anew$/m);
	}
	is($daemon->ctl_json('status')->{state}, 'ready', 'it serves on');
	is($daemon->stop('QUIT'), 0, 'SIGQUIT stops it');
	like($daemon->log, qr/^preforged: stopping: SIGQUIT\npreforged: stopped\n\z/m, 'as SIGTERM does');
};

subtest 'preforgectl stop waits for the end' => sub {
	my $daemon = FakeZygote->start('serve');
	my $result = $daemon->ctl('stop');
	is($result->{status}, 0, 'exit status of preforgectl') or diag $result->{err};
	ok(!-e $daemon->control, 'the control socket is gone');
	is($daemon->wait_exit, 0, 'exit status of the daemon');
};

subtest 'a stop while the app is imported does not wait for it' => sub {
	my $daemon = FakeZygote->start('import', wait => 0);
	$daemon->wait_notified(qr/^STATUS=importing$/m);
	is($daemon->stop, 0, 'exit status');
	unlike($daemon->notified, qr/READY/, 'was not ready');
};

subtest 'what the zygote is given' => sub {
	my $daemon = FakeZygote->start('serve', args => [ '-D', 'server.workers=3', '-D', 'jit.threshold=1ms' ]);
	my ($dir, $told) = ($daemon->dir, $daemon->told);
	my $start = $told->{start};
	my ($counters, $listener) = ($start->{counters_fd}, $start->{listeners}[0]{fd});
	my ($exchange, $lifeline, $reserve, $metrics) = @$start{qw(exchange lifeline reserve_fd metrics_fd)};
	my ($version) = run([ program('preforged'), '--version' ])->{out} =~ /^preforged (\S+)/;
	is_deeply(
		$start,
		{
			op          => 'start',
			version     => $version,
			exchange    => $exchange,
			lifeline    => $lifeline,
			reserve_fd  => $reserve,
			metrics_fd  => $metrics,
			stop_timeout_us => 30000000,
			apps        => [ { path => "$dir/app.py", methods => [] } ],
			workers     => 3,
			counters_fd => $counters,
			listeners   => [
				{ fd => $listener, id => 1, ours => JSON::PP::true, address => "unix:$dir/preforge.sock", users => [], groups => [] }
			],
			jit         => { mode => 'on', threshold_us => 1000, sample_us => 10000, hot_us => 100000, optimize => 1, cpu => 'native', symbols => 'none', compile_timeout_us => 30000000, retry_us => 60000000, plant => undef, verify => JSON::PP::true },
			cache       => { size => 67108864, store_size => 268435456, directory => "$dir/cache" },
			warmup      => { requests => undef, deadline_us => 60000000 },
			rpc         => { traceback => JSON::PP::false, check_types => JSON::PP::false },
			limits      => {
				request_bytes => 16777216, response_bytes => 67108864, header_bytes => 16384, depth => 256, batch => 1000,
				connections => 10000, connections_per_peer => 0, queue => 1000, idle_us => 3600000000,
				read_us => 60000000, write_us => 60000000, handover_us => 1000
			},
			turnover    => {
				min => 3, idle_us => 30000000, requests => 0, age_us => 0, memory => 0, memory_max => 0
			},
			http        => { paths => '/', origins => undef, health => JSON::PP::true, metrics => JSON::PP::false },
			log         => { level => 'info', format => 'auto', access => JSON::PP::false, access_fd => -1, access_format => 'common' },
			deadlines   => {
				soft_us     => 0,
				grace_us    => 5000000,
				slow_us     => 0,
				slow_params => JSON::PP::false,
				methods     => []
			},
		},
		'the first message'
	);
	is_deeply(
		[ sort { $a <=> $b } keys %{ $told->{fds} } ],
		[ sort { $a <=> $b } $counters, $listener, @$exchange, $lifeline, $reserve, $metrics, $told->{channel} ],
		'no descriptor but these') or diag explain($told->{fds}
	);
	is($told->{sigint_ignored}, 1, '^C at the terminal is for the master');
	like($told->{blocked}, qr/^0+$/, 'no signal is blocked');
	is_deeply($told->{environment}, {}, 'the service manager is for the master');
	my $hard = `sh -c 'ulimit -H -s'`;
	is($told->{stack}, $hard =~ /unlimited/ || $hard > 1 << 20 ? 1 << 30 : $hard << 10, 'a large stack');
	is($daemon->stop, 0, 'exit status');
};

subtest 'a stale socket is replaced, one in use is not' => sub {
	my $daemon = FakeZygote->start('serve');
	my $dir = $daemon->dir;
	my $second = run([ program('preforged'), '-D', 'server.workers=1', "$dir/app.py" ], env => $daemon->{env});
	is($second->{status}, 1, 'the second one ends');
	is(
		$second->{err},
		"preforged: error: unix:$dir/preforge.sock: another process listens there already\n",
		'and says why'
	);
	ok(-S $daemon->socket, 'the socket is still there');
	kill 'KILL', $daemon->pid;
	$daemon->wait_exit;
	wait_for(sub { !$daemon->processes }, 'the end of those it left behind');
	ok(-S $daemon->socket, 'a killed daemon leaves its socket');
	my $third = FakeZygote->start('serve', args => [ '-D', "server.listen=$dir/preforge.sock" ]);
	is_deeply($third->ctl_json('-s', $daemon->control, 'status')->{listen}, ["unix:$dir/preforge.sock"], 'replaced');
	is($third->stop, 0, 'exit status');
};

done_testing;
