#!/usr/bin/perl
# preforge-python: a call that has left native code in a loop becomes native again at the loop's head.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(json_decode program read_file run sanitized write_file);

plan skip_all => 'built without libgccjit: nothing is ever native' unless -e Preforge::builddir() . '/bin/preforge-gccjit.so';
plan skip_all => 'with sanitizers times say nothing' if sanitized();

my $dir = File::Temp->newdir('preforge-reentry-XXXXXX', TMPDIR => 1);
my $report = "$dir/report.json";

sub functions
{
	my ($name, $script, $expected) = @_;
	my $result = run([ program('preforge-python'), write_file("$dir/$name.py", $script) ],
		env => { PREFORGE_JIT => 'on', PREFORGE_CACHE => '', PREFORGE_JIT_REPORT => $report, PREFORGE_JIT_VERIFY => 'no' });
	is($result->{err}, '', "$name: errors");
	is($result->{out}, $expected, "$name: output");
	return { map { $_->{name} =~ s/^__main__\.//r => $_ } @{ json_decode(read_file($report)) } };
}

# Enough rounds in CPython for code of the function, and behind the exit for code of the loop.
my $odd = functions('odd', <<'END', "4999950001.0\n" x 48);
def total(items):
    s = 0
    for x in items:
        s += x
    return s

ints = list(range(100000))
for call in range(20):
    total(ints)
odd = ints[:1000] + [0.5, 0.5] + ints[1000:]
for call in range(48):
    print(total(odd))
END
is($odd->{total}{state}, 'native', 'total() is native');
cmp_ok($odd->{total}{loops}, '>', 0, 'calls that were left are native again, until the function has code for them');
cmp_ok($odd->{total}{side_exits}, '<', 100, 'it is not left again and again');

# locals() is CPython's, whatever it sees.
my $each = functions('each', <<'END', "1200000\n");
def names(n):
    count = 0
    for i in range(n):
        if i >= 0:
            count += len(locals())
    return count

for call in range(40):
    names(20000)
print(names(400000))
END
is($each->{names}{state}, 'native', 'names() is native');
cmp_ok($each->{names}{loops}, '>', 0, 'its loop was entered');
cmp_ok($each->{names}{loops}, '<', 50, 'but that was given up when it was left in each round');

# Signals come where CPython would look after them, also when the loop has been entered again.
my $endless = functions('endless', <<'END', "ended True\n");
import signal

class Enough(Exception):
    pass

def on_alarm(number, frame):
    raise Enough

def run(n, items):
    i = s = 0
    while i < n:
        s += items[i % 100]
        i += 1
        if i == 50000:
            signal.setitimer(signal.ITIMER_REAL, 0.01)
        if i == 200000:
            i = 100000
    return s

for call in range(400):
    run(5000, [1] * 100)
signal.signal(signal.SIGALRM, on_alarm)
try:
    run(1000000, [1] * 50 + [0.5] + [1] * 49)
except Enough as e:
    print("ended", 10 <= e.__traceback__.tb_next.tb_lineno <= 17)
END
cmp_ok($endless->{run}{loops}, '>', 0, 'the endless loop was entered again');

done_testing();
