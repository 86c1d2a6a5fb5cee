# The workers of a daemon: started, replaced when they die, ended without losing what is in flight.
use strict;
use warnings;

use Test::More;
use Preforge qw(wait_for);

my $app = <<'END';
import os, time

def pid():
    return os.getpid()

def slow(begun, go):
    """Says that it runs, and returns as soon as it may."""
    open(begun, "w").close()
    while not os.path.exists(go):
        time.sleep(0.005)
    return "done"

calls = 0
def count(seconds=0):
    global calls
    calls += 1
    time.sleep(seconds)
    return calls

def die():
    os.kill(os.getpid(), 9)

import random
def dice():
    return random.random()
END

sub worker_pids
{
	my ($daemon) = @_;
	return sort map { $_->{pid} } @{ $daemon->ctl_json('status')->{workers} };
}

subtest 'as many as wanted, children of the zygote' => sub {
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'server.workers=3' ]);
	my @pids = worker_pids($daemon);
	is(scalar @pids, 3, 'three workers');
	my $zygote = $daemon->ctl_json('status')->{zygote}{pid};
	for my $pid (@pids) {
		my ($parent) = Preforge::read_file("/proc/$pid/stat") =~ /^.*\) \S (\d+)/s;
		is($parent, $zygote, "the parent of $pid");
	}
	my $answering = $daemon->call('pid');
	is(scalar(grep { $_ == $answering } @pids), 1, 'one of them answers');
	is($daemon->stop, 0, 'exit status');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
};

subtest 'a killed one is replaced, and the service goes on' => sub {
	my $daemon = Preforge->start(app => $app);
	my @before = worker_pids($daemon);
	kill 'KILL', $before[0];
	my @after;
	wait_for(sub { @after = worker_pids($daemon); @after == 2 && "@after" ne "@before" }, 'the new worker');
	is(scalar(grep { $_ == $before[1] } @after), 1, 'the other one is still there');
	is($daemon->call('slow', '/dev/null', '/dev/null'), 'done', 'a call') for 1 .. 4;
	like($daemon->log, qr/worker \d \(pid $before[0]\) died: killed by SIGKILL; it is replaced$/m, 'the log');
	is($daemon->stop, 0, 'exit status');
};

subtest 'one that a request kills is replaced too' => sub {
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'server.workers=1' ]);
	my $before = $daemon->call('pid');
	my $connection = $daemon->connect;
	$connection->send(qq({"jsonrpc":"2.0","id":1,"method":"die"}\n));
	is($connection->rest, '', 'its connection is closed');
	isnt($daemon->call('pid'), $before, 'another worker answers');
	is($daemon->stop, 0, 'exit status');
};

subtest 'what is in flight at the end is finished' => sub {
	my $daemon = Preforge->start(app => $app);
	my ($begun, $go) = map { $daemon->dir . "/$_" } qw(begun go);
	my $connection = $daemon->connect;
	$connection->send(qq({"jsonrpc":"2.0","id":7,"method":"slow","params":["$begun","$go"]}\n));
	wait_for(sub { -e $begun }, 'the call');
	$daemon->signal('TERM');
	$daemon->wait_notified(qr/^STOPPING=1$/m);
	Preforge::write_file($go, '');
	is_deeply(Preforge::json_decode($connection->line), { jsonrpc => '2.0', id => 7, result => 'done' }, 'the answer');
	is($daemon->wait_exit, 0, 'exit status');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
};

subtest 'who connects while there is much to do is not forgotten' => sub {
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'server.workers=1', '-D', 'server.handover=0us' ]);
	my ($begun, $go) = map { $daemon->dir . "/$_" } qw(begun go);
	my $n       = 2000;
	my $greedy  = $daemon->connect;
	$greedy->send(qq({"jsonrpc":"2.0","id":1,"method":"slow","params":["$begun","$go"]}\n));
	wait_for(sub { -e $begun }, 'the call');
	$greedy->send(qq({"jsonrpc":"2.0","id":2,"method":"count"}\n) x $n);
	my @others = map { $daemon->connect } 1 .. 3;
	$_->send(qq({"jsonrpc":"2.0","id":3,"method":"count"}\n)) for @others;
	Preforge::write_file($go, '');
	my @turns = map { Preforge::json_decode($_->line)->{result} } @others;
	is_deeply([ grep { $_ > 150 } @turns ], [], 'each is answered among the first') or diag "@turns";
	is(scalar(grep { $greedy->line } 0 .. $n), $n + 1, 'so are all the others');
	is($daemon->stop, 0, 'exit status');
};

subtest 'who waits in a queue of all workers comes before those who ask again' => sub {
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'server.workers=1' ]);
	my ($greedy, @others) = map { $daemon->connect } 0 .. 3;
	$_->rpc('count') for $greedy, @others;
	my $before = $others[0]->rpc('count')->{result};
	my $n      = 60;
	my ($begun, $go) = map { $daemon->dir . "/$_" } qw(begun go);
	$greedy->send(qq({"jsonrpc":"2.0","id":1,"method":"slow","params":["$begun","$go"]}\n));
	$greedy->send(qq({"jsonrpc":"2.0","id":2,"method":"count","params":[0.01]}\n) x $n);
	wait_for(sub { -e $begun }, 'the call of one that has much to ask');
	$_->send(qq({"jsonrpc":"2.0","id":3,"method":"count"}\n)) for @others;
	wait_for(sub { ($daemon->ctl('metrics')->{out} =~ /^preforge_queue_length (\d+)/m)[0] >= @others }, 'the others to wait');
	Preforge::write_file($go, '');
	my @turns = map { Preforge::json_decode($_->line)->{result} - $before } @others;
	is_deeply([ grep { $_ > $n / 2 } @turns ], [], 'the others do not wait for its end') or diag "@turns";
	is(scalar(grep { $greedy->line } 0 .. $n), $n + 1, 'which comes, too');
	is($daemon->stop, 0, 'exit status');
};

subtest 'each has random numbers of its own' => sub {
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'server.workers=1' ]);
	my $first = $daemon->call('dice');
	my $pid = $daemon->call('pid');
	kill 'KILL', $pid;
	wait_for(sub { my @pids = worker_pids($daemon); @pids == 1 && $pids[0] != $pid }, 'the new worker');
	isnt($daemon->call('dice'), $first, 'another number from another worker');
	is($daemon->stop, 0, 'exit status');
};

done_testing;
