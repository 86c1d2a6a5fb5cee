#!/usr/bin/perl
# New native code is run on calls of the warm-up beside CPython: what gives something else never runs in a worker.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(wait_for write_file);

my $dir = File::Temp->newdir('preforge-shadow-XXXXXX', TMPDIR => 1);
my $app = <<'END_OF_APP';
LOG = []

def total(n):
    s = 0
    for i in range(n):
        s += i * 3 ^ i
    return s

def scale(values, by):
UNROLLED
def scaled(n):
    values = [0.5] * n
    scale(values, 2.0)
    return values

def weighted(n, *rest, by=3, **more):
    s = len(rest) + len(more)
    for i in range(n):
        s += i * by ^ i
    return s

def weigh(n):
    return weighted(n, 5, 6, extra=7)

def within(points, values, n):
    s = 0
    for i in range(n):
        s += (i, i) in points
        s += i in values
    return s * 3 + 1

def inside(n):
    return within({(k, k) for k in range(3)}, {5: {6j}, 7: []}, n)

def logged(n):
    s = 0
    for i in range(n):
        s += i * 3 ^ i
    LOG.append(s)
    return s

def log():
    return LOG
END_OF_APP
# A loop would have a constant of its own, which is planted first.
my $unrolled = join '', map {"    values[$_] = values[$_] * by + 1.0\n"} 0 .. 9;
$app =~ s/UNROLLED\n/$unrolled/;
my $app_file = write_file("$dir/app.py", $app);
my $requests = write_file("$dir/warmup.jsonl", <<'END_OF_REQUESTS');
{"jsonrpc":"2.0","id":1,"method":"total","params":[10000]}
{"jsonrpc":"2.0","id":1,"method":"total","params":[100]}
{"jsonrpc":"2.0","id":2,"method":"logged","params":[10000]}
{"jsonrpc":"2.0","id":2,"method":"scaled","params":[3000]}
{"jsonrpc":"2.0","id":3,"method":"weigh","params":[100]}
{"jsonrpc":"2.0","id":4,"method":"inside","params":[1000]}
END_OF_REQUESTS

sub start
{
	my (@args) = @_;
	return Preforge->start(
		app  => $app_file,
		args => [ '-D', "warmup.requests=$requests", '-D', 'jit.optimize=1', '-D', 'jit.threshold=0us', '-D', 'jit.sample=0us', '-D', "cache.directory=$dir/store", @args ],
	);
}

my $daemon = start();
is($daemon->function($_)->{state}, 'native', "$_ is native") for qw(total scale weighted within logged);
is($daemon->ctl_json('status')->{cache}{quarantined}, 0, 'what is right is left alone');
is_deeply($daemon->call('log'), [123614016], 'and nothing has been called once more');
is($daemon->stop, 0, 'a clean stop');

subtest 'a wrong constant' => sub {
	for my $start (1, 2) {
		my $daemon = start('-D', 'jit.plant=constant:app.total');
		my $function = $daemon->function('total');
		is($function->{state}, 'cpython', 'stays with CPython');
		like($function->{reason}, qr/^wrong-result: its native code gave something else than CPython \(\(10000,\) gave \d+, CPython 123614016\)$/, 'and says why');
		is($daemon->call('total', 1000), 1346792, 'its callers see nothing of it');
		is($daemon->function('logged')->{state}, 'native', 'others are native');
		is($daemon->ctl_json('status')->{cache}{quarantined}, 1, 'it is counted');
		is($daemon->stop, 0, "start $start: a clean stop");
	}
	my ($ban) = grep { $_->{kind} eq 'ban' } @{ tool_json('list') };
	is($ban->{record}{reason}, 'wrong-result', 'it is remembered');
};

subtest 'calls of all kinds' => sub {
	my %call = (
		weighted => qr/\Q((100, 3, (5, 6), {'extra': 7}) gave \E/,
		within   => qr/\(\(\{.*\(1, 1\).*\}, \{5: \{6j\}, 7: \[\]\}, 1000\) gave /,
	);
	for my $name (sort keys %call) {
		my $daemon = start('-D', "jit.plant=constant:app.$name");
		like($daemon->function($name)->{reason}, $call{$name}, "$name: with rest, keywords, defaults, sets");
		is($daemon->stop, 0, 'a clean stop');
	}
};

subtest 'arguments that are changed' => sub {
	my $daemon = start('-D', 'jit.plant=constant:app.scale');
	like($daemon->function('scale')->{reason}, qr/^wrong-result: .* left its arguments as /, 'are compared, too');
	is_deeply($daemon->call('scaled', 11), [ (2) x 10, 0.5 ], 'CPython goes on');
	is($daemon->stop, 0, 'a clean stop');
};

subtest 'what has side effects is not run' => sub {
	my $daemon = start('-D', 'jit.plant=constant:app.logged');
	is($daemon->function('logged')->{state}, 'native', 'so nobody knows');
	is_deeply($daemon->call('log'), [123614016], 'the warm-up is all that was logged');
	is($daemon->stop, 0, 'a clean stop');
};

subtest 'what becomes hot later' => sub {
	my $hot = sub {
		my ($method, @settings) = @_;
		my $daemon = Preforge->start(
			app  => $app_file,
			args => [ map { ('-D', $_) } 'jit.optimize=1', 'jit.sample=1ms', 'jit.hot=4ms', @settings ],
		);
		return ($daemon, wait_for(sub { $daemon->call($method, 20000) for 1 .. 5; my $f = $daemon->function($method); $f->{word} ne 'not-called' && !grep({ $f->{state} eq $_ } qw(queued compiling)) && $f }, "$method to be settled"));
	};
	my ($daemon, $total) = $hot->('total', "cache.directory=$dir/right");
	is($total->{state}, 'native', 'is native if it is right');
	is($daemon->stop, 0, 'a clean stop');
	for my $start (1, 2) {
		my ($daemon, $planted) = $hot->('total', "cache.directory=$dir/wrong", 'jit.plant=constant:app.total');
		is($planted->{state}, 'cpython', 'and otherwise not');
		like($planted->{reason}, qr/^wrong-result: its native code gave something else than CPython \(\(20000,\) gave \d+, CPython \d+\)$/, 'the calls are those of a worker');
		is($daemon->call('total', 1000), 1346792, 'its callers see nothing of it');
		is($daemon->stop, 0, "start $start: a clean stop");
	}
};

# It knows what is hot by the profile, and has no calls to try the code with that the store lacks.
subtest 'what only the profile of an earlier start asks for' => sub {
	my $profiled = sub {
		return Preforge->start(
			app  => $app_file,
			args => [ map { ('-D', $_) } 'jit.optimize=1', 'jit.threshold=0us', 'jit.hot=1000s', "cache.directory=$dir/profiled", @_ ],
		);
	};
	my $daemon = $profiled->("warmup.requests=$requests");
	is($daemon->function('total')->{state}, 'native', 'a start with a warm-up');
	is($daemon->stop, 0, 'a clean stop');

	for my $seen (3, 1) {
		$daemon = $profiled->("jit.plant=constant:app.total");
		is($daemon->function('total')->{state}, 'native', 'the next one has it before it serves');
		is($daemon->ctl_json('status')->{cache}{compiled} > 0, $seen == 3, $seen == 3 ? 'compiled' : 'found, which is no proof');
		isnt($daemon->call('total', 1000), 1346792, 'the first call is wrong');
		my $reason = wait_for(sub { $daemon->call('total', 1000) for 1 .. $seen; $daemon->function('total')->{reason} }, 'it to be found out');
		like($reason, qr/^wrong-result: its native code gave something else than CPython \(\(1000,\) gave \d+, CPython 1346792\)$/, 'calls of a worker show it');
		is($daemon->call('total', 1000), 1346792, 'CPython goes on');
		is($daemon->function('logged')->{state}, 'native', 'others are native');
		is($daemon->ctl_json('status')->{cache}{quarantined}, 1, 'it is counted');
		is($daemon->ctl_json('status')->{cache}{live}{bad}, 0, 'all messages of workers were understood');
		$daemon->wait_log(qr/app\.total\(int\) is out of service: .*\(1000,\) gave/);
		is($daemon->stop, 0, 'a clean stop');
		$daemon = $profiled->("jit.plant=constant:app.total");
		is($daemon->function('total')->{word}, 'wrong-result', 'it is remembered');
		is($daemon->stop, 0, 'a clean stop');
		unlink glob "$dir/profiled/*.ban";
	}
	$daemon = $profiled->();
	is($daemon->call('total', 1000), 1346792, 'what is right') for 1 .. 20;
	is($daemon->function('total')->{state}, 'native', 'stays native');
	is($daemon->ctl_json('status')->{cache}{quarantined}, 0, 'nothing is out of service');
	is($daemon->stop, 0, 'a clean stop');
};

subtest 'without [jit] verify' => sub {
	my $daemon = start('-D', 'jit.plant=constant:app.total', '-D', 'jit.verify=no', '-D', "cache.directory=$dir/other");
	is($daemon->function('total')->{state}, 'native', 'nothing is compared');
	isnt($daemon->call('total', 1000), 1346792, 'which shows that the constant is wrong');
	is($daemon->stop, 0, 'a clean stop');
};

sub tool_json
{
	my (@args) = @_;
	my $run = Preforge::run([ Preforge::program('preforgectl'), '--json', "--store=$dir/store", 'cache', @args ]);
	return Preforge::json_decode($run->{out})->{files};
}

done_testing;
