# Processes that are killed under load: what was in flight in one fails visibly, nothing else does, and all is as before at once.
# PREFORGE_KILL_SECONDS=60 kills for longer.
use strict;
use warnings;

use Test::More;
use Preforge qw(wait_for write_file json_decode);
use Steady;
use Time::HiRes qw(time);

my $connections = 16;
my $app = <<'END';
import os, time

def probe(a, b):
    busy(200)
    return [1, a + b, os.getpid()]

def busy(n):
    total = 0
    for i in range(n):
        total += i & 3
    return total

def hold(begun, go):
    open(begun, "w").close()
    while not os.path.exists(go):
        time.sleep(0.002)
    return os.getpid()
END

sub children
{
	my ($pid) = @_;
	return split ' ', eval { Preforge::read_file("/proc/$pid/task/$pid/children") } // '';
}

# All workers serve, and the zygote is there.
sub is_whole
{
	my ($daemon, $workers) = @_;
	my $status = $daemon->ctl_json('status');
	my @serving = grep { $_->{state} =~ /^(?:idle|busy|aside)$/ } @{ $status->{workers} };
	return $status->{state} eq 'ready' && $status->{zygote}{pid} && @serving == $workers && $status;
}

subtest 'a killed zygote: no request notices, and there is another' => sub {
	my $daemon = Preforge->start(app => $app);
	my $load   = Steady->start($daemon->socket, $connections);
	for my $n (1 .. 3) {
		my $status = wait_for(sub { is_whole($daemon, 2) }, 'a whole daemon');
		kill 'KILL', $status->{zygote}{pid};
		wait_for(sub { my $s = is_whole($daemon, 2); $s && $s->{generation} > $status->{generation} }, 'another generation');
	}
	my $result = $load->stop;
	is_deeply([ @$result{qw(wrong lost silent refused closed)} ], [ 0, 0, 0, 0, 0 ], 'the load') or diag explain $result;
	is($daemon->ctl_json('status')->{zygote}{restarts}, 3, 'they are counted');
	is($daemon->stop, 0, 'exit status');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
};

# An app whose next import waits as long as the file exists.
sub patient_app { my ($file) = @_; return "import os, time\nwhile os.path.exists('$file'):\n    time.sleep(0.002)\n$app" }

sub serving { return grep { $_->{state} =~ /^(?:idle|busy|aside)$/ } @{ $_[0]->ctl_json('status')->{workers} } }

sub kill_serving
{
	my ($daemon) = @_;
	my ($pid) = map { $_->{pid} } serving($daemon);
	kill 'KILL', $pid;
	wait_for(sub { my @all = serving($daemon); @all == 2 && !grep { $_->{pid} == $pid } @all }, 'another worker');
	return;
}

subtest 'a worker and the zygote: there is a reserve' => sub {
	my $dir    = File::Temp->newdir;
	my $daemon = Preforge->start(app => patient_app("$dir/wait"), args => [ '-D', 'log.level=debug' ]);
	my $status = $daemon->ctl_json('status');
	my ($zygote, $reserve) = ($status->{zygote}{pid}, $status->{generations}[0]{reserve});
	cmp_ok($reserve, '>', 0, 'status tells its pid');
	like($daemon->ctl('status')->{out}, qr/^generation 1, serving, 2 workers, \d+ s old, reserve: pid $reserve$/m, 'to people, too');
	my @names = map { Preforge::read_file("/proc/$_/comm") } $zygote, $reserve, $status->{workers}[0]{pid};
	is_deeply(\@names, [ "preforge-zygote\n", "preforge-reserv\n", "preforge-worker\n" ], 'as whom ps(1) shows them');
	write_file("$dir/wait", '');
	kill 'KILL', $zygote, $status->{workers}[0]{pid};
	wait_for(sub { $daemon->ctl_json('status')->{zygote}{pid} // 0 != $zygote && serving($daemon) == 2 }, 'two workers');
	is_deeply([ @{ $daemon->ctl_json('status')->{generations}[-1] }{qw(number state zygote reserve)} ], [ 1, 'orphaned', undef, $reserve ], 'the zygote is not back');
	kill_serving($daemon) for 1 .. 3;
	is_deeply([ grep { $daemon->call('probe', $_, 1)->[1] != $_ + 1 } 1 .. 100 ], [], 'requests are answered');
	is($daemon->ctl_json('status')->{generation}, 1, 'all that by the old code');
	like($daemon->log, qr/^preforged: warning: worker \d \(pid \d+\) died: killed by SIGKILL; it is replaced by the reserve$/m, 'the log');
	unlink "$dir/wait";
	$status = wait_for(sub { my $s = is_whole($daemon, 2); $s && @{ $s->{generations} } == 1 && $s }, 'a whole daemon');
	is($status->{generation}, 2, 'the next generation');
	is($daemon->stop, 0, 'exit status');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
};

subtest 'the app is broken when the zygote dies: it is served as it was, and a reload makes it whole' => sub {
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'log.level=debug' ]);
	my $file   = $daemon->dir . '/app.py';
	write_file($file, "def probe(:\n");
	kill 'KILL', $daemon->ctl_json('status')->{zygote}{pid};
	$daemon->wait_log(qr/SyntaxError.*SyntaxError/s);
	kill_serving($daemon) for 1 .. 3;
	is($daemon->call('probe', 2, 3)->[1], 5, 'requests are answered');
	my $failed = $daemon->ctl('reload', '--wait');
	is($failed->{status}, 1, 'a reload fails');
	like($failed->{err}, qr/the reload failed: cannot import \Q$file\E: SyntaxError/, 'and says why');
	kill_serving($daemon);
	write_file($file, $app =~ s/\[1, /[2, /r);
	is($daemon->ctl('reload', '--wait')->{status}, 0, 'one of what is right does not');
	wait_for(sub { my $s = is_whole($daemon, 2); $s && @{ $s->{generations} } == 1 }, 'a whole daemon');
	is($daemon->call('probe', 2, 3)->[0], 2, 'the new code serves');
	is($daemon->stop, 0, 'exit status');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
};

subtest 'the reserve: there is another one, or it is done without' => sub {
	my $dir    = File::Temp->newdir;
	my $daemon = Preforge->start(app => patient_app("$dir/wait"));
	my $number = sub { $daemon->ctl_json('status')->{generations}[-1]{reserve} };
	my $first  = $number->();
	kill 'KILL', $first;
	wait_for(sub { my $now = $number->(); $now && $now != $first }, 'another one');
	like($daemon->log, qr/^preforge-zygote: warning: the reserve \(pid $first\) died; it is replaced/m, 'the log');
	write_file("$dir/wait", '');
	kill 'KILL', $daemon->ctl_json('status')->{zygote}{pid};
	wait_for(sub { $daemon->ctl_json('status')->{generations}[-1]{state} eq 'orphaned' }, 'no zygote');
	my $second = $number->();
	kill 'KILL', $second;
	$daemon->wait_log(qr/^preforged: warning: the reserve \(pid $second\) died: killed by SIGKILL; workers that die are replaced with their zygote$/m);
	kill 'KILL', (serving($daemon))[0]{pid};
	$daemon->wait_log(qr/died: killed by SIGKILL; it is replaced with its zygote$/m);
	unlink "$dir/wait";
	wait_for(sub { is_whole($daemon, 2) }, 'a whole daemon');
	is($daemon->stop, 0, 'exit status');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
};

subtest 'any process, at random' => sub {
	my $workers = 3;
	my $daemon  = Preforge->start(app => $app, args => [ '-D', "server.workers=$workers", '-D', 'jit.hot=1ms', '-D', 'jit.sample=1ms' ]);
	my $master  = $daemon->pid;
	my $load    = Steady->start($daemon->socket, $connections);
	my %killed  = (worker => 0, zygote => 0, other => 0);
	my $end     = time + ($ENV{PREFORGE_KILL_SECONDS} || 3);
	while (time < $end) {
		my $status  = $daemon->ctl_json('status');
		my %workers = map { $_->{pid} => 1 } @{ $status->{workers} };
		my $zygote  = $status->{zygote}{pid};
		my @others  = map { grep { !$workers{$_} } children($_) } grep { defined } $zygote;
		my @kinds   = ([ worker => keys %workers ], [ worker => keys %workers ], [ other => @others ], [ zygote => $zygote // () ]);
		my ($kind, @pids) = @{ $kinds[ rand @kinds ] };
		next unless @pids && kill 'KILL', $pids[ rand @pids ];
		$killed{$kind}++;
		$daemon->notified;
	}
	wait_for(sub { is_whole($daemon, $workers) }, 'a whole daemon');
	is_deeply([ grep { $daemon->call('probe', $_, 1)->[1] != $_ + 1 } 1 .. 100 ], [], 'requests are answered');
	my $result = $load->stop;
	note "killed: $killed{worker} workers, $killed{zygote} zygotes, $killed{other} compilers and reserves; answers: $result->{answers}, lost: $result->{lost}";
	is($result->{wrong},  0, 'no wrong answer') or diag explain $result;
	is($result->{silent}, 0, 'what is lost is lost visibly') or diag explain $result;
	cmp_ok($result->{lost}, '<=', $killed{worker} * $connections, 'and only in workers that were killed');
	is($daemon->pid, $master, 'the master is the same');
	is($daemon->stop, 0, 'exit status');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
};

subtest 'the master: workers finish what they have, and leave; a new one starts at once' => sub {
	my $daemon = Preforge->start(app => $app);
	my ($begun, $go) = map { $daemon->dir . "/$_" } qw(begun go);
	my ($busy, $idle) = map { $daemon->connect } 1 .. 2;
	$busy->send(qq({"jsonrpc":"2.0","id":1,"method":"hold","params":["$begun","$go"]}\n));
	wait_for(sub { -e $begun }, 'the call');
	$daemon->signal('KILL');
	is($daemon->wait_exit, -9, 'the master is gone');
	is($idle->line, undef, 'a connection that does nothing ends');
	wait_for(sub { $daemon->processes == 2 }, 'the end of all but its worker and the zygote');
	my $next = Preforge->start(app => $app, args => [ '-D', 'server.listen=' . $daemon->socket ]);
	is(Preforge::Connection->new($daemon->socket)->rpc('probe', [ 2, 3 ])->{result}[1], 5, 'another one answers at its socket');
	write_file($go, '');
	cmp_ok(json_decode($busy->line)->{result}, '>', 0, 'the call that ran is answered');
	wait_for(sub { !$daemon->processes }, 'the end of these');
	is($next->stop, 0, 'exit status');
};

subtest 'workers that die before they serve are started slower and slower' => sub {
	my $dir    = File::Temp->newdir;
	my $daemon = Preforge->start(app => <<"END", args => [ '-D', 'server.workers=1' ]);
import os
os.register_at_fork(after_in_child=lambda: os.path.exists("$dir/die") and os._exit(5))
def pid(): return os.getpid()
END
	write_file("$dir/die", '');
	kill 'KILL', $daemon->call('pid');
	$daemon->wait_log(qr/died: exit status 5; workers die often, so it is replaced in 0\.1 s.*in 0\.2 s.*in 0\.4 s/s);
	unlink "$dir/die";
	cmp_ok($daemon->call('pid'), '>', 0, 'one that does not serves');
	is($daemon->stop, 0, 'exit status');
};

done_testing;
