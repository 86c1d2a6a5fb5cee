#!/usr/bin/perl
# What becomes hot after the start is compiled while requests are served, and native in every worker.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(run sanitized wait_for write_file);

my $dir = File::Temp->newdir('preforge-live-XXXXXX', TMPDIR => 1);
mkdir "$dir/cache", 0700;
mkdir "$dir/tmp",   0700;
my $app_file = write_file("$dir/app.py", <<'END');
import os
import socket

def total(n):
    s = 0
    for i in range(n):
        s += i * i % 7
    return s

class Scale:
    def __init__(self, by):
        self.by = by

    def sum(self, n):
        s = 0.0
        for i in range(n):
            s += i * self.by
        return s

def scaled(n):
    return Scale(0.5).sum(n)

def squares(n):
    return sum([i * i for i in range(n)])

class Bag:
    def __init__(self):
        self.items = []

BAG = Bag()

# Of which type the method's object is stands in the inline caches alone.
def fill(n):
    BAG.items.clear()
    for i in range(n):
        BAG.items.append(i)
    return len(BAG.items)

def count(values):
    def generate():
        for value in values:
            yield value
    n = 0
    for value in generate():
        n += value
    return n

INTS = [1] * 1000
FLOATS = [0.5] * 1000

def meets(n):
    values = FLOATS if n % 2 else INTS
    s = values[0]
    for k in range(n):
        for v in values:
            s = s * 0 + v
            s = s - v + k
    return s

def naming(n):
    return [str(locals()) for i in range(n)][-1]

def scribble(text):
    """Send text to whatever takes datagrams."""
    sent = 0
    for fd in range(3, 64):
        try:
            with socket.socket(fileno=os.dup(fd)) as s:
                if s.family == socket.AF_UNIX and s.type == socket.SOCK_DGRAM:
                    sent += s.send(text.encode('latin-1')) > 0
        except OSError:
            pass
    return sent
END

sub start
{
	my (%option) = @_;
	return Preforge->start(
		app  => $app_file,
		args => [ '-D', "cache.directory=$dir/cache", '-D', 'jit.hot=20ms', @{ $option{args} // [] } ],
		env  => { TMPDIR => "$dir/tmp", PYTHONDONTWRITEBYTECODE => 1, %{ $option{env} // {} } },
		($option{launcher} ? (launcher => $option{launcher}) : ()),
	);
}

# Call it until the function is in this state; its record.
sub call_until
{
	my ($daemon, $state, $method, $argument, $function) = @_;
	return wait_for(
		sub {
			$daemon->call($method, $argument) for 1 .. 5;
			my $record = $daemon->function($function // $method);
			return $record->{state} eq $state && $record;
		},
		"$method to be $state"
	);
}

# How many calls go through the stubs.
sub counted
{
	my ($daemon, $method, $n) = @_;
	my $before = $daemon->function($method)->{calls};
	$daemon->call($method, 1000) for 1 .. $n;
	return $daemon->function($method)->{calls} - $before;
}

my $daemon = start();
is($daemon->function('total')->{state}, 'cpython', 'without a warm-up nothing is native');
my $expected = $daemon->call('total', 100000);
my $total = call_until($daemon, 'native', 'total', 100000);
cmp_ok($total->{code_bytes}, '>', 0, 'a hot function becomes native');
cmp_ok($total->{compile_ms}, '>', 0, 'which took a while');
is($daemon->call('total', 100000), $expected, 'with the same result');
is(counted($daemon, 'total', 40), 40, 'and is in every worker, from the next request on');

is(call_until($daemon, 'native', 'scaled', 100000, 'Scale.sum')->{reason}, undef, 'a method of a class');
is($daemon->call('scaled', 1000), 249750, 'its result');
is(call_until($daemon, 'native', 'squares', 50000)->{reason}, undef, 'a function that spends its time in a comprehension');

is(call_until($daemon, 'native', 'fill', 50000)->{reason}, undef, 'a function that calls methods of a builtin type');

my $live = $daemon->ctl_json('status')->{cache}{live};
cmp_ok($live->{requests}, '>=', 3, 'the status shows requests');
cmp_ok($live->{ready}, '>=', 3, 'and what came out');
is($live->{bad}, 0, 'no bad ones');
like($daemon->ctl('status')->{out}, qr/^live +\d+ asked for, \d+ queued, \d+ compiling, \d+ ready/m, 'also for people');
wait_for(sub { my $status = $daemon->ctl_json('status')->{cache}; $status->{store}{stored} >= 3 }, 'the store');
wait_for(sub { my @left = glob "$dir/tmp/preforge-compiler-*"; return !@left }, 'compilers, which leave no files');

subtest 'new workers have it from their first call' => sub {
	my %old = map { $_->{pid} => 1 } @{ $daemon->ctl_json('status')->{workers} };
	kill 'KILL', keys %old;
	wait_for(
		sub {
			my @now = map { $_->{pid} } @{ $daemon->ctl_json('status')->{workers} };
			return @now == 2 && !grep { !$_ || $old{$_} } @now;
		},
		'new workers'
	);
	is(counted($daemon, 'total', 20), 20, 'all calls are native');
};

subtest 'a hot function that cannot be native' => sub {
	my $record = wait_for(
		sub {
			$daemon->call('naming', 20000);
			my $now = $daemon->function('naming');
			return $now->{word} ne 'not-called' && $now;
		},
		'a reason'
	);
	is($record->{state}, 'cpython', 'it stays with CPython');
	like($record->{reason}, qr/^[a-z-]+: /, 'and says why');
	$daemon->call('naming', 100) for 1 .. 20;
	is($daemon->ctl_json('status')->{cache}{live}{compiling}, 0, 'nobody tries again');
};

subtest 'what a worker sends is not believed' => sub {
	my $bad = $daemon->ctl_json('status')->{cache}{live}{bad};
	for my $text (
		'', 'x', 'hot2', "hot2\xff\xff\xff\xff\0\0\0\0\1\0\0\0\0\0\0\0\0",    # no such function
		"hot2\0\0\0\0\xff\xff\xff\xff\1\0\0\0\0\0\0\0\0",                    # too many parameters
		"hot2\0\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0\0\0", "hot2\0\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0abc",
		"hot2\0\0\0\0\0\0\0\0\1\0\0\0\xff\xff\xff\xff\0",                      # more calls than there are
		'hot2' . "\0" x 70000
		)
	{
		is($daemon->call('scribble', $text), 1, 'it was sent') if length $text && length $text < 65000;
	}
	wait_for(sub { $daemon->ctl_json('status')->{cache}{live}{bad} >= $bad + 7 }, 'them to be refused');
	is(scalar(() = $daemon->log =~ /a worker sent a request to compile that is none/g), 1, 'it is said once');
	is($daemon->call('total', 100000), $expected, 'the service goes on');
	is(counted($daemon, 'total', 10), 10, 'natively');
};

subtest 'calls that a worker makes up cost nobody anything' => sub {
	my $before = $daemon->ctl_json('status')->{cache};
	my @made_up = ("\xff" x 100, "[\1\0\0\0N", "[\1\0\0\0)\1[\0\0\0\0", "[\1\0\0\0)\2NN", "[\xff\xff\xff\x7f", "\xdb\1\0\0\0)\1r\0\0\0\0", "[\1\0\0\0)\1c");
	for my $function (0 .. 9) {
		my $calls = $made_up[$function % @made_up];
		my $text = 'hot2' . pack('V4 C a2', $function, 1, 2, length $calls, 0, "7\0") . $calls;
		is($daemon->call('scribble', $text), 1, 'it was sent');
	}
	my $after = wait_for(
		sub {
			my $cache = $daemon->ctl_json('status')->{cache};
			my $live = $cache->{live};
			my $arrived = $live->{requests} + $live->{bad} - $before->{live}{requests} - $before->{live}{bad};
			return $arrived >= 10 && $live->{queued} + $live->{compiling} == 0 && $cache;
		},
		'them to be done'
	);
	cmp_ok($after->{live}{requests}, '>', $before->{live}{requests}, 'some are about functions that there are');
	is($after->{quarantined}, $before->{quarantined}, 'no function is banned for them');
	is($daemon->call('total', 100000), $expected, 'the service goes on');
	is($daemon->ctl_json('status')->{zygote}{restarts}, 0, 'so does the zygote');
};
is($daemon->stop, 0, 'a clean stop');
is_deeply([ $daemon->processes ], [], 'nothing is left');

# A disk that writes only when the file is gone.
sub start_with_slow_disk
{
	my ($name, %option) = @_;
	my $slow = write_file("$dir/$name", '');
	my $daemon = start(
		args => [ '-D', "cache.directory=$dir/$name-cache", @{ $option{args} // [] } ],
		env  => { LD_PRELOAD => Preforge::builddir() . '/t/slow-disk.so', SLOW_DISK => $slow },
	);
	return ($daemon, $slow);
}

# What was and was not written.
sub is_written
{
	my ($daemon, $stored, $what) = @_;
	my $store = $daemon->ctl_json('status')->{cache}{store};
	is_deeply([ @$store{qw(stored failed)} ], [ $stored, 0 ], $what);
	return;
}

subtest 'a slow disk holds up no request and no compilation' => sub {
	plan skip_all => 'sanitizers want to be loaded first' if sanitized();
	my ($daemon, $slow) = start_with_slow_disk('slow');
	call_until($daemon, 'native', 'total', 20000);
	wait_for(sub { -e "$slow.waiting" }, 'somebody to wait for the disk');
	is($daemon->call('total', 10), 19, 'a request is answered') for 1 .. 20;
	call_until($daemon, 'native', 'squares', 2000);
	is_written($daemon, 0, 'nothing is written yet');
	unlink $slow;
	wait_for(sub { $daemon->ctl_json('status')->{cache}{store}{stored} >= 2 }, 'it to be written');
	is($daemon->stop, 0, 'a clean stop');
};

subtest 'nor a start, nor a stop' => sub {
	plan skip_all => 'sanitizers want to be loaded first' if sanitized();
	my $requests = write_file("$dir/slow.jsonl", qq({"jsonrpc":"2.0","id":1,"method":"total","params":[100000]}\n));
	my ($daemon, $slow) = start_with_slow_disk('slower', args => [ '-D', "warmup.requests=$requests" ]);
	is($daemon->function('total')->{state}, 'native', 'compiled at the start');
	wait_for(sub { -e "$slow.waiting" }, 'somebody to wait for the disk');
	is_written($daemon, 0, 'nothing is written yet');
	is($daemon->stop, 0, 'a clean stop');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
	($daemon) = start_with_slow_disk('slower', args => [ '-D', "warmup.requests=$requests" ]);
	$daemon->signal('TERM');
	$daemon->wait_log(qr/stopping/);
	unlink $slow;
	is($daemon->wait_exit, 0, 'another one');
	isnt(scalar(() = glob "$dir/slower-cache/*.unit"), 0, 'has waited for its files to be written');
};

subtest 'the next start knows it' => sub {
	my $next  = start(args => [ '-D', 'jit.sample=0us' ]);
	my $cache = $next->ctl_json('status')->{cache};
	is($cache->{compiled}, 0, 'nothing is compiled');
	cmp_ok($cache->{loaded}, '>=', 3, 'it is in the store');
	is($_->{state}, 'native', "$_->{name} is native") for map { $next->function($_) } qw(total Scale.sum squares);
	is($next->stop, 0, 'a clean stop');
};

# Functions that no method of the application is: of another module, with names that others have, too, and the middle of one.
subtest 'the next start knows it of all modules' => sub {
	my $other = "$dir/other";
	mkdir $other, 0700;
	write_file("$other/shapes.py", <<'EOF');
import functools

def scaled(by):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(n):
            s = 0
            for i in range(n):
                s += i * by
            return s + f(n)
        del wrapper.__wrapped__
        wrapper.__qualname__ = 'scaled.wrapper'
        return wrapper
    return decorate

@scaled(2)
def double(n):
    return 0

@scaled(3)
def triple(n):
    return 1

class Grid:
    def __init__(self, n):
        self.n = n
    @property
    def total(self):
        s = 0
        for i in range(self.n):
            s += i & 5
        return s
    @total.setter
    def total(self, n):
        s = 0
        for i in range(n):
            s ^= i
        self.n = s

KINDS = [list(range(3000)), [i / 2 for i in range(3000)]]

# For one kind of numbers the code is left in the middle.
def spread(k):
    values = KINDS[k % 2]
    least = most = values[0]
    for v in values:
        if v < least:
            least = v
        if v > most:
            most = v
    return most - least
EOF
	my $app = write_file("$other/app.py", <<'EOF');
import shapes

def wrappers(n):
    return [shapes.double(n), shapes.triple(n)]

def grid(n):
    g = shapes.Grid(n)
    first = g.total
    g.total = n
    return [first, g.n]

def spread(n):
    return [shapes.spread(k) for k in range(n)][-2:]
EOF
	my @args = ('-D', 'jit.verify=no', '-D', 'jit.hot=10ms', '-D', 'jit.sample=1ms', '-D', "cache.directory=$other/cache");
	my $start = sub {
		return Preforge->start(app => $app, args => [ @args, @_ ], env => { PYTHONDONTWRITEBYTECODE => 1, TMPDIR => "$dir/tmp" });
	};
	my $natives = sub {
		my %natives;
		$natives{ $_->{name} }++ for grep { $_->{state} eq 'native' && $_->{name} =~ /^shapes/ } @{ $_[0]->ctl_json('functions') };
		return \%natives;
	};
	my $daemon = $start->();
	my @results;
	my $found = wait_for(
		sub {
			@results = map { $daemon->call(@$_) } [ wrappers => 20000 ], [ grid => 20000 ], [ spread => 20 ];
			my $natives = $natives->($daemon);
			return keys %$natives >= 3 && $natives->{'shapes.Grid.total'} == 2 && $natives;
		},
		'all of it to be native'
	);
	is_deeply([ sort keys %$found ], [ 'shapes.Grid.total', 'shapes.scaled.wrapper', 'shapes.spread' ], 'what is hot is in another module');
	wait_for(sub { my $live = $daemon->ctl_json('status')->{cache}{live}; $live->{queued} + $live->{compiling} == 0 }, 'the rest of it');
	is($daemon->stop, 0, 'a clean stop');
	my $next = $start->('-D', 'jit.sample=0us');
	is_deeply($natives->($next), $found, 'the next start has it');
	is($next->ctl_json('status')->{cache}{compiled}, 0, 'and compiles nothing');
	is_deeply([ map { $next->call(@$_) } [ wrappers => 20000 ], [ grid => 20000 ], [ spread => 20 ] ], \@results, 'with the same results');
	is($next->stop, 0, 'a clean stop');
	is_deeply($natives->($next = $start->('-D', 'jit.sample=0us')), $found, 'the one after it, too');
	is($next->stop, 0, 'a clean stop');
};

subtest 'a function that is left for what it meets' => sub {
	# Sampled often: once the loop has code of its own, so little is left to CPython that nothing is hot there.
	my @args = ('-D', 'jit.verify=no', '-D', 'jit.sample=1ms', '-D', 'jit.hot=2ms', '-D', "cache.directory=$dir/left");
	my $left = start(args => \@args);
	call_until($left, 'native', 'meets', 20);
	my $exits = $left->function('meets')->{side_exits};
	$left->call('meets', 21) for 1 .. 4;
	cmp_ok($left->function('meets')->{side_exits}, '>', $exits, 'native code is left');
	wait_for(
		sub {
			$left->call('meets', 51) for 1 .. 5;
			my $before = $left->function('meets');
			$left->call('meets', 21) for 1 .. 8;
			my $after = $left->function('meets');
			return $after->{calls} == $before->{calls} + 8 && $after->{side_exits} == $before->{side_exits};
		},
		'code for that, in every worker'
	);
	pass('and gets other code');
	is($left->call('meets', 3), 2, 'with the same result');
	wait_for(sub { $left->ctl_json('status')->{cache}{store}{stored} >= 2 }, 'the store');
	is($left->stop, 0, 'a clean stop');
	$left = start(args => [ @args, '-D', 'jit.sample=0us' ]);
	is($left->ctl_json('status')->{cache}{compiled}, 0, 'the next start compiles nothing');
	$exits = $left->function('meets')->{side_exits};
	$left->call('meets', 21) for 1 .. 8;
	is($left->function('meets')->{side_exits}, $exits, 'and has the latest code');
	is($left->stop, 0, 'a clean stop');
};

done_testing;
