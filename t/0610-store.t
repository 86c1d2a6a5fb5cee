#!/usr/bin/perl
# The store: what one start compiled, the next ones find, unless anything that the code was made from has changed.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(program read_file run write_file);

my $dir = File::Temp->newdir('preforge-store-XXXXXX', TMPDIR => 1);
mkdir "$dir/cache", 0700;
my $helper = <<'END';
SCALE = 3

def scaled(n):
    return n * SCALE
END
my $app = <<'END';
import sys
sys.path.insert(0, __file__.rpartition('/')[0])
from helper import SCALE, scaled

def total(n):
    s = 0
    for i in range(n):
        s += i * SCALE
    return s

def ratio(x):
    s = 0.5
    for i in range(100000):
        s = s * 0.5 + x
    return s
END
my $requests = write_file("$dir/warmup.jsonl", <<'END');
{"jsonrpc":"2.0","id":1,"method":"total","params":[100000]}
{"jsonrpc":"2.0","id":2,"method":"ratio","params":[1.5]}
END
my $app_file = write_file("$dir/app.py", $app);
write_file("$dir/helper.py", $helper);

sub start
{
	my (@args) = @_;
	return Preforge->start(
		app  => $app_file,
		args => [ '-D', "warmup.requests=$requests", '-D', "cache.directory=$dir/cache", @args ],
		env  => { PYTHONDONTWRITEBYTECODE => 1 },
	);
}

# Start, look at the cache's gauges and one call's result, stop.
sub gauges
{
	my (@args) = @_;
	my $daemon = start(@args);
	my $cache  = $daemon->ctl_json('status')->{cache};
	$cache->{result} = $daemon->call('total', 1000);
	$cache->{state} = $daemon->function('total')->{state};
	$cache->{log} = $daemon->log;
	is($daemon->stop, 0, 'a clean stop');
	return $cache;
}

sub units { my @units = glob "$dir/cache/*.unit"; return @units }

subtest 'a second start compiles nothing' => sub {
	my $cold = gauges();
	is($cold->{compiled}, 2, 'the first start compiles');
	is($cold->{loaded}, 0, 'and finds nothing');
	is($cold->{store}{directory}, "$dir/cache", 'status names the directory');
	is($cold->{store}{cause}, undef, 'and no trouble');
	my $warm = gauges();
	is($warm->{compiled}, 0, 'the second start compiles nothing');
	is($warm->{loaded}, 2, 'it finds the code');
	is($warm->{state}, 'native', 'which runs');
	is($warm->{result}, 1498500, 'with the same result');
};

subtest 'preforge-python has the same store' => sub {
	my $script = write_file("$dir/script.py", "def f(n):\n    s = 0\n    for i in range(n):\n        s += i\n    return s\nf(1000000)\nprint(f(10))\n");
	my $before = units();
	my @counts;
	for my $i (0, 1) {
		my $r = run([ program('preforge-python'), $script ],
			env => { PREFORGE_CACHE => "$dir/cache", PREFORGE_JIT => 'eager', PREFORGE_JIT_REPORT => "$dir/report" });
		is($r->{out}, "45\n", 'the program runs');
		push @counts, scalar units();
	}
	cmp_ok($counts[0], '>', $before, 'the first run leaves units');
	is($counts[1], $counts[0], 'the second one finds them all');
};

subtest 'what the code was made from' => sub {
	write_file("$dir/helper.py", $helper =~ s/SCALE = 3/SCALE = 5.5/r);
	my $changed = gauges();
	is($changed->{result}, 2747250, 'a changed constant of another module is what counts');
	cmp_ok($changed->{loaded}, '<=', 1, 'code that knew its type is not found');
	write_file("$dir/helper.py", $helper);
	write_file($app_file, $app =~ s/i \* SCALE/i + SCALE/r);
	is(gauges()->{result}, 502500, 'a changed function is another one');
	write_file($app_file, $app);
	my $back = gauges();
	is($back->{compiled}, 0, 'the first version is still there');
	is($back->{result}, 1498500, 'and right');
	is(gauges('-D', 'jit.optimize=2')->{loaded}, 0, 'options count too');
};

subtest 'what was hot is remembered' => sub {
	my $daemon = Preforge->start(
		app  => $app_file,
		args => [ '-D', "cache.directory=$dir/cache" ],
		env  => { PYTHONDONTWRITEBYTECODE => 1 },
	);
	is($daemon->function($_)->{state}, 'native', "$_ is native without a warm-up") for qw(total ratio);
	my $cache = $daemon->ctl_json('status')->{cache};
	is($cache->{compiled}, 0, 'nothing is compiled for it');
	is($cache->{loaded}, 2, 'all is loaded');
	is($daemon->call('total', 1000), 1498500, 'a call');
	is($daemon->stop, 0, 'a clean stop');
};

subtest 'so is what the callees saw that are built into their code' => sub {
	my $file = write_file("$dir/calls.py", <<'END');
V = [0.5] * 100

def inner(k):
    s = 0.0
    for i in range(k):
        s += V[i] * 0.5
    return s

def outer(n):
    t = 0.0
    for i in range(n):
        t += inner(50)
    return t
END
	my $warmup = write_file("$dir/calls.jsonl", qq({"jsonrpc":"2.0","id":1,"method":"outer","params":[1000]}\n));
	for ([ 2, 0, '-D', "warmup.requests=$warmup" ], [ 0, 2 ]) {
		my ($compiled, $loaded, @args) = @$_;
		my $daemon = Preforge->start(app => $file, args => [ '-D', "cache.directory=$dir/calls", @args ]);
		my $cache = $daemon->ctl_json('status')->{cache};
		is_deeply([ @$cache{qw(compiled loaded)} ], [ $compiled, $loaded ], @args ? 'with a warm-up' : 'and without');
		is($daemon->stop, 0, 'a clean stop');
	}
};

subtest 'damage is seen, counted and mended' => sub {
	for my $damage (sub { substr($_[0], length($_[0]) - 100, 1) ^= "\x01" }, sub { substr($_[0], -7) = '' }) {
		for my $unit (units()) {
			my $bytes = read_file($unit);
			$damage->($bytes);
			write_file($unit, $bytes);
		}
		my $damaged = gauges();
		is($damaged->{loaded}, 0, 'nothing of it is loaded');
		is($damaged->{compiled}, 2, 'all is compiled anew');
		cmp_ok($damaged->{store}{bad}, '>', 0, 'it is counted');
		like($damaged->{log}, qr/the store: .*\.unit: /, 'the log says what is wrong');
		is(gauges()->{loaded}, 2, 'the next start finds good ones');
	}
};

subtest 'no store is no trouble' => sub {
	is(gauges('-D', 'cache.store_size=0')->{compiled}, 2, 'switched off');
	chmod 0777, "$dir/cache";
	my $open = gauges();
	is($open->{compiled}, 2, 'a directory that others may write to is not used');
	like($open->{store}{cause}, qr/^others may write to the store's directory/, 'status says why');
	chmod 0700, "$dir/cache";
	my $none = gauges('-D', 'cache.directory=/proc/nothing');
	is($none->{compiled}, 2, 'one that cannot be made');
	like($none->{store}{cause}, qr/^cannot make the store's directory/, 'status says why');
};

done_testing;
