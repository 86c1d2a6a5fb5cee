#!/usr/bin/perl
# preforge-python: functions that are native, and then called with other types, or that meet other values, get other code.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(json_decode program read_file run sanitized write_file);

plan skip_all => 'built without libgccjit: nothing is ever native' unless -e Preforge::builddir() . '/bin/preforge-gccjit.so';
plan skip_all => 'with sanitizers times say nothing' if sanitized();

my $dir = File::Temp->newdir('preforge-respecialize-XXXXXX', TMPDIR => 1);
mkdir "$dir/store" or die "$dir/store: $!\n";
# A call takes CPython some 50 us, and there are enough of them for all that is to be noticed.
my $script = write_file("$dir/script.py", <<'END');
import sys

def product(a, b):
    t = 0
    for i in range(2000):
        t += a * b
    return t

def total(items):
    s = 0
    for x in items:
        s += x * 3
    return s

for call in range(int(sys.argv[1])):
    result = product(2, 3), total([1, 2] * 1000)
for call in range(int(sys.argv[2])):
    result = product(2.5, 3), total([1.5, 2.5] * 1000)
print(*result)
END

sub functions
{
	my ($of_ints, $of_floats, $cache, %env) = @_;
	my $report = "$dir/report.json";
	my $result = run([ program('preforge-python'), $script, $of_ints, $of_floats ],
		env => { PREFORGE_JIT => 'on', PREFORGE_CACHE => $cache, PREFORGE_JIT_REPORT => $report, PREFORGE_JIT_VERIFY => 'no', %env });
	is($result->{err}, '', "errors of $of_ints calls with ints, $of_floats with floats");
	is($result->{out}, $of_floats ? "15000.0 12000.0\n" : "12000 9000\n", 'output');
	return { map { $_->{name} =~ s/^__main__\.//r => $_ } @{ json_decode(read_file($report)) } };
}

my $few = functions(1500, 0, '');
is($few->{$_}{state}, 'native', "$_() is native") for qw(product total);
my $many = functions(1500, 3000, '');
cmp_ok($many->{product}{code_bytes}, '>', $few->{product}{code_bytes}, 'there is code for floats, too');
cmp_ok($many->{total}{side_exits}, '>', 0, 'code for ints is left for floats');
cmp_ok($many->{total}{side_exits}, '<', 2000, 'for a time');

functions(1500, 3000, "$dir/store");
my $next = functions(0, 10, "$dir/store", PREFORGE_JIT_CATCH => 0); # native code is left for the timer's signal, too
is($next->{$_}{calls}, 10, "the next run has code for $_() at its first call") for qw(product total);
is($next->{$_}{side_exits}, 0, 'code that is not left') for qw(product total);

# What operators are about is guessed where CPython does not say: of instances, if a class has such a method, and of
# numbers beside numbers.
write_file($script, <<'END');
import decimal, sys

class Vector:
    def __init__(self, x):
        self.x = x
    def __sub__(self, other):
        return Vector(self.x - other.x)

def spread(items, middle):
    s = 0.0
    for x in items:
        s += x - middle
    return s

def largest(items):
    best = decimal.Decimal(0)
    for x in items:
        if x * 2 > best:
            best = x * 2
    return best

def nearest(step, row):
    best = 1000
    for j in range(len(row)):
        there = step + row[j]
        if there < best:
            best = there
    return best

def ordered(items):
    items = items[:]
    for i in range(1, len(items)):
        x, j = items[i], i - 1
        while j >= 0 and items[j] > x:
            items[j + 1] = items[j]
            j -= 1
        items[j + 1] = x
    return items

several = [[5, 3, 8, 1] * 12, [.5, 1.5, .25, 2.5] * 12]
numbers, parts = [1, 2, 3] * 300, [decimal.Decimal(i) / 8 for i in range(200)]
rows = [[j % 7 + 1 for j in range(900)], [j % 5 + 2 if j % 100 else float("inf") for j in range(900)]]
for call in range(int(sys.argv[1])):
    result = spread(numbers, 0.5), largest(parts), nearest(3, rows[call > 100]), ordered(several[call & 1])[:2]
print(*result, (Vector(3) - Vector(1)).x)
END
my $report = "$dir/report.json";
my $result = run([ program('preforge-python'), $script, 3000 ],
	env => { PREFORGE_JIT => 'on', PREFORGE_CACHE => '', PREFORGE_JIT_REPORT => $report, PREFORGE_JIT_VERIFY => 'no' });
is($result->{out}, "1350.0 49.750 5 [0.25, 0.25] 2\n", 'output of operators that were guessed to be others');
my %guessed = map { $_->{name} =~ s/^__main__\.//r => $_ } @{ json_decode(read_file($report)) };
cmp_ok($guessed{$_}{side_exits} * 2, '<', $guessed{$_}{calls}, "code for $_() is not left at each call") for qw(spread largest nearest ordered);

done_testing();
