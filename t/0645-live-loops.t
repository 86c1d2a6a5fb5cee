#!/usr/bin/perl
# A worker's call leaves native code in a loop: the loop gets code of its own, made beside the workers, and later calls enter it.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(wait_for write_file);

plan skip_all => 'built without libgccjit: nothing is ever native' unless -e Preforge::builddir() . '/bin/preforge-gccjit.so';

my $dir = File::Temp->newdir('preforge-loops-XXXXXX', TMPDIR => 1);
mkdir "$dir/cache", 0700;
my $app = write_file("$dir/app.py", <<'END');
def total(n, odd):
    items = [1] * n
    if odd:
        items[n // 100] = 0.5
    return added(items)

def added(items):
    s = 0
    for x in items:
        s += x
    return s
END
my $requests = write_file("$dir/warmup.jsonl", qq({"jsonrpc":"2.0","id":1,"method":"total","params":[100000,false]}\n) x 4);

my $daemon = Preforge->start(
	app => $app,
	workers => 2,
	args => [ '-D', "warmup.requests=$requests", '-D', "cache.directory=$dir/cache", '-D', 'jit.verify=no', '-D', 'jit.threshold=1us' ],
);
is($daemon->function('added')->{state}, 'native', 'added() is native at the start');
is($daemon->function('added')->{loops}, 0, 'no loop was entered');
wait_for(
	sub {
		is_right($daemon) for 1 .. 4;
		return $daemon->function('added')->{loops} > 0;
	},
	'the loop to be entered'
);
my ($before, $after);
wait_for( # in all workers
	sub {
		$before = $daemon->function('added');
		is_right($daemon) for 1 .. 6;
		$after = $daemon->function('added');
		return $after->{loops} - $before->{loops} >= $after->{calls} - $before->{calls};
	},
	'each call to enter it'
);
cmp_ok($after->{side_exits}, '>', $before->{side_exits}, 'which has left native code before');
like($daemon->ctl('explain', 'added')->{out}, qr/^the loop at line \d+ of app\.added in \S+, line \d+: native, entered [1-9]\d* times/m, 'it is explained');
like($daemon->ctl('metrics')->{out}, qr/^preforge_loops_entered_total [1-9]/m, 'it is a metric');
is($daemon->stop, 0, 'a clean stop');

sub is_right
{
	my $sum = $_[0]->call('total', 200000, 1);
	return if $sum == 199999.5;
	fail("the sum is $sum");
	return;
}

done_testing();
