# How long a call may take: TimeoutError in its code, then the end of its worker; the log of slow calls.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time);
use Preforge qw(wait_for write_file json_decode run);

my $app = <<'END';
import itertools, os, socket, subprocess, threading, time

def pid():
    return os.getpid()

def nap(seconds):
    time.sleep(seconds)
    return "slept"

def loop():
    while True:
        pass

def native(n):
    """Endless as far as a test is concerned, and native after the warm-up."""
    total = 0
    for i in range(n):
        total = (total * 3 + i) % 1000003
    return total

def receive():
    a, b = socket.socketpair()
    return a.recv(1)

def lock():
    l = threading.Lock()
    l.acquire()
    l.acquire()

def wait_child():
    subprocess.run(["sleep", "1000"])

def catch():
    """What the function does about it is its own business."""
    try:
        time.sleep(1000)
    except TimeoutError as e:
        return str(e)

def stubborn():
    while True:
        try:
            time.sleep(1000)
        except TimeoutError:
            pass

def c_code():
    """Holds the GIL, looks at nothing, and never returns."""
    return sum(itertools.repeat(1))

def return_at_once():
    return "in time"

def own():
    raise TimeoutError("the app's own")
END

# Calls that are to be in time have as much of it as a busy machine may need.
my @limits = ('-D', 'deadline.request=100ms', '-D', 'deadline.method=own 60s', '-D', 'deadline.method=return_at_once 60s', '-D', 'deadline.grace=30s');

sub timed_out
{
	my ($seconds) = @_;
	return {
		code    => -32002,
		message => 'Request timed out',
		data    => { reason => 'timed_out', retry => JSON::PP::false, detail => "the call has taken longer than $seconds s" }
	};
}

subtest 'TimeoutError wherever the code is' => sub {
	my $dir = File::Temp->newdir;
	my $warmup = write_file("$dir/warmup", join '', map { qq({"jsonrpc":"2.0","method":"native","params":[100000]}\n) } 1 .. 3);
	my $daemon = Preforge->start(app => $app, args => [ @limits, '-D', "warmup.requests=$warmup" ]);
	is($daemon->function('native')->{state}, 'native', 'the loop is native');
	for ([ 'nap', 1000 ], ['loop'], [ 'native', 10**15 ], ['receive'], ['lock'], ['wait_child']) {
		my ($method, @params) = @$_;
		my $begun = time;
		my $answer = $daemon->rpc($method, \@params);
		is_deeply($answer->{error}, timed_out('0.1'), $method) or diag explain $answer;
		my $late = time - $begun - 0.1;
		cmp_ok($late, '<', 5, sprintf '%s: %.1f ms after the deadline', $method, $late * 1000);
	}
	is($daemon->call('catch'), 'the call has taken longer than 0.1 s', 'it can be caught');
	is($daemon->rpc('own')->{error}{data}{message}, "the app's own", 'one of the app is an exception like any other');
	is($daemon->call('return_at_once'), 'in time', 'a call in time');
	is($daemon->ctl_json('status')->{restarts}, 0, 'no worker was replaced');
	is($daemon->stop, 0, 'exit status');
};

subtest 'of one method, and by the client' => sub {
	my $daemon = Preforge->start(
		app  => $app,
		conf => "[server]\nworkers = 1\n[deadline]\nrequest = 60s\nmethod = nap 50ms\nmethod = loop 60ms\n"
	);
	is_deeply($daemon->rpc('nap', [1000])->{error}, timed_out('0.05'), 'nap');
	is_deeply($daemon->rpc('loop')->{error}, timed_out('0.06'), 'loop');
	is_deeply(json_decode($daemon->rpc_raw('{"jsonrpc":"2.0","id":1,"method":"lock","timeout_ms":30}'))->{error},
		timed_out('0.03'), 'the client makes it earlier');
	is_deeply(json_decode($daemon->rpc_raw('{"jsonrpc":"2.0","id":1,"method":"nap","params":[9],"timeout_ms":9000}'))->{error},
		timed_out('0.05'), 'but not later');
	for my $wrong ('0', '-1', '1.5', '"1"', '1000000000', 'null', '[1]') {
		my $answer = json_decode($daemon->rpc_raw(qq({"jsonrpc":"2.0","id":1,"method":"pid","timeout_ms":$wrong})));
		is($answer->{error}{code}, -32600, "timeout_ms: $wrong");
	}
	my $batch = json_decode($daemon->rpc_raw(
		'[{"jsonrpc":"2.0","id":1,"method":"nap","params":[9]},{"jsonrpc":"2.0","id":2,"method":"return_at_once"}]'));
	is_deeply($batch, [ { jsonrpc => '2.0', id => 1, error => timed_out('0.05') }, { jsonrpc => '2.0', id => 2, result => 'in time' } ],
		'each call of a batch has its own time');
	is($daemon->stop, 0, 'exit status');
};

subtest 'the hard end: the caller hears of it, and the worker is replaced' => sub {
	my $daemon = Preforge->start(app => $app,
		args => [ '-D', 'server.workers=1', '-D', 'deadline.method=stubborn 50ms', '-D', 'deadline.method=c_code 50ms', '-D', 'deadline.grace=100ms' ]);
	my $detail = 'the call did not end within the grace time after its deadline, and was killed';
	for my $method ('stubborn', 'c_code') {
		my $before = $daemon->call('pid');
		my $answer = $daemon->rpc($method);
		is($answer->{error}{code}, -32002, "$method: code");
		is($answer->{error}{data}{detail}, $detail, "$method: detail");
		isnt($daemon->call('pid'), $before, 'another worker');
	}
	my $http = $daemon->http('[{"jsonrpc":"2.0","id":"a","method":"pid"},{"jsonrpc":"2.0","id":"b","method":"stubborn"}]');
	is($http->{status}, 200, 'HTTP');
	is_deeply([ map { [ $_->{id}, $_->{error}{data}{detail} ] } @{ json_decode($http->{body}) } ],
		[ [ 'a', $detail ], [ 'b', $detail ] ], 'a batch is given up as a whole');
	is($daemon->call('nap', 0), 'slept', 'it serves on');
	like($daemon->log, qr/worker 0 \(pid \d+\) was ended: a call was over its deadline; it is replaced$/m, 'the log');
	is($daemon->stop, 0, 'exit status');
};

subtest 'slow calls are logged with their stack' => sub {
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'deadline.slow=50ms' ]);
	is($daemon->call('nap', 1.2), 'slept', 'the call');
	$daemon->wait_log(qr/slow call/);
	my $file = $daemon->dir . '/app.py';
	like($daemon->log,
		qr{warning: slow call: nap took \d+\.\d\d\d s; after \d+\.\d+ s it was at\n  File "$file", line 7, in nap$}m, 'the log');
	is($daemon->stop, 0, 'exit status');
	my $shown = Preforge->start(app => $app, args => [ '-D', 'deadline.slow=50ms', '-D', 'deadline.slow_params=yes' ]);
	is($shown->call('nap', 1.5), 'slept', 'the call');
	$shown->wait_log(qr/slow call: nap took [\d.]+ s; params: \[1\.5\]; after/);
	is($shown->stop, 0, 'exit status');
};

subtest 'the stack of a slow call knows where native code is' => sub {
	my $dir = File::Temp->newdir;
	my $warmup = write_file("$dir/warmup", join '', map { qq({"jsonrpc":"2.0","method":"native","params":[100000]}\n) } 1 .. 3);
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'deadline.slow=50ms', '-D', "warmup.requests=$warmup" ]);
	is($daemon->function('native')->{state}, 'native', 'the loop is native');
	like($daemon->call('native', 10**8), qr/^\d+$/, 'its result');
	$daemon->wait_log(qr/slow call/);
	my $file = $daemon->dir . '/app.py';
	like($daemon->log, qr{warning: slow call: native took \d+\.\d\d\d s; after \d+\.\d+ s it was at\n  File "$file", line 17, in native$}m,
		'the log');
	is($daemon->stop, 0, 'exit status');
};

subtest 'KeyboardInterrupt ends an endless native loop' => sub {
	my $dir = File::Temp->newdir;
	my $script = write_file("$dir/endless.py", <<'END');
import os, signal, sys, threading, time

def native(n):
    total = 0
    for i in range(n):
        total = (total * 3 + i) % 1000003
    return total

def sleeper():
    global sent
    time.sleep(0.3)
    sent = time.monotonic()
    os.kill(os.getpid(), signal.SIGINT)

for _ in range(300):
    native(1000)
try:
    threading.Thread(target=sleeper).start()
    native(10 ** 15)
except KeyboardInterrupt:
    print("interrupted after %.3f ms" % ((time.monotonic() - sent) * 1000))
END
	my $result = run([ Preforge::program('preforge-python'), $script ], timeout => 300, env => { PREFORGE_JIT => 'on' });
	my ($ms) = $result->{out} =~ /^interrupted after ([\d.]+) ms$/ or diag explain $result;
	cmp_ok($ms, '<', 1000, "after $ms ms");
};

subtest 'an endless loop in native code that looks at nothing' => sub {
	my $dir = File::Temp->newdir('preforge-loop-XXXXXX', TMPDIR => 1);
	my $looping = write_file("$dir/looping.py", "def total(n):\n    s = 0\n    for i in range(n):\n        s += i * i % 7\n    return s\n\ndef other():\n    return 1\n");
	my $requests = write_file("$dir/warmup.jsonl", qq({"jsonrpc":"2.0","id":1,"method":"total","params":[100000]}\n));
	my $daemon = Preforge->start(
		app  => $looping,
		args => [
			'-D', 'server.workers=1', '-D', 'jit.plant=loop:looping.total', '-D', 'jit.verify=no', '-D', "warmup.requests=$requests",
			'-D', 'deadline.method=total 50ms', '-D', 'deadline.grace=100ms'
		]
	);
	is($daemon->function('total')->{state}, 'native', 'it is native');
	my $error = $daemon->rpc('total', [10])->{error};
	is($error->{data}{detail}, 'the call did not end within the grace time after its deadline, and was killed', 'the caller is told');
	is($daemon->call('other'), 1, 'another worker serves');
	is($daemon->stop, 0, 'a clean stop');
};

done_testing;
