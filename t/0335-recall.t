#!/usr/bin/perl
# preforge-python with a store: what one run compiled is native from its first call in the next one.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(json_decode program read_file run sanitized write_file);

plan skip_all => 'with sanitizers times say nothing' if sanitized();

my $dir = File::Temp->newdir('preforge-recall-XXXXXX', TMPDIR => 1);
my $work = <<'END_OF_MODULE';
class Sums:
    def __init__(self, by):
        self.by = by

    def scaled(self, n):
        s = 0
        for i in range(n):
            s += i * self.by
        return s

    @staticmethod
    def odd(n):
        s = 0
        for i in range(1, n, 2):
            s += i
        return s

def total(n):
    s = 0
    for i in range(n):
        s += i * 3
    return s

def slow(n):
    s = 0
    for i in range(n):
        s += i * 5
    return s
END_OF_MODULE
write_file("$dir/work.py", $work);
# local() is defined when the script already runs, and its last call is with a float.
my $script = write_file("$dir/script.py", <<'END_OF_SCRIPT');
import os, sys
sys.dont_write_bytecode = True
import work

def local(n):
    s = n
    for i in range(100000):
        s += i
    return s

sums = work.Sums(2)
for call in range(40):
    results = work.total(80000), sums.scaled(80000), sums.odd(160000), [work.slow(2000) for i in range(10)][0], local(1)
print(results, local(0.5))
if len(sys.argv) > 1 and os.fork() == 0:
    sys.exit()
END_OF_SCRIPT
my $right = "(9599880000, 6399920000, 6400000000, 9995000, 4999950001) 4999950000.5\n";

sub python
{
	my (@args) = @_;
	my $run = run([ program('preforge-python'), @args ], env => {
		PREFORGE_JIT => 'on', PREFORGE_CACHE => "$dir/store", PREFORGE_JIT_REPORT => "$dir/report", PREFORGE_JIT_PLANT => 'slow:work.slow',
		PREFORGE_JIT_CATCH => 0, # which calls are long enough depends on the machine
	});
	is_deeply([ @$run{qw(status err)} ], [ 0, '' ], 'it runs');
	return ($run->{out}, { map { $_->{name} => $_ } @{ json_decode(read_file("$dir/report")) } });
}

sub stored { my @files = glob "$dir/store/*.$_[0]"; return scalar @files }

my @functions = qw(work.total work.Sums.scaled work.Sums.odd __main__.local);
my ($out, $report) = python($script);
is($out, $right, 'the first run');
cmp_ok($report->{$_}{calls}, '<', 40, "$_ is native after some calls") for @functions;
like($report->{'work.slow'}{reason}, qr/^no-gain: .* times as fast in its first calls/, 'what gains nothing is not');
my @units = (stored('unit'), stored('gain'));
is_deeply(\@units, [ 5, 4 ], 'units and gains');
is(stored('profile'), 2, 'a profile of each file');

for my $n (2, 3) {
	($out, $report) = python($script);
	is($out, $right, "run $n");
	is($report->{$_}{calls}, $_ =~ /local/ ? 41 : 40, "all calls of $_ go to native code") for @functions;
	cmp_ok($report->{$_}{gain}, '>', 1, 'whose gain is known') for @functions;
	like($report->{'work.slow'}{reason}, qr/^no-gain: .* \(as an earlier run found\)$/, 'what gained nothing is not tried again');
	is_deeply([ stored('unit'), stored('gain') ], \@units, 'nothing is compiled or measured');
}
is(run([ program('preforgectl'), "--store=$dir/store", 'cache', 'verify' ])->{status}, 0, 'the store is whole');

write_file("$dir/work.py", $work =~ s/i \* 3/i * 4/r =~ s/i \* 5/i * 6/r);
my $changed = $right =~ s/9599880000/12799840000/r =~ s/9995000/11994000/r;
($out, $report) = python($script);
is($out, $changed, 'changed functions');
cmp_ok($report->{'work.total'}{calls}, '<', 40, 'are compiled when they are hot');
like($report->{'work.slow'}{reason}, qr/^no-gain: .* in its first calls\)$/, 'and what gained nothing may do so now');
is($report->{$_}{calls}, 40, "$_ is as it was") for qw(work.Sums.scaled work.Sums.odd);
(undef, $report) = python($script);
is($report->{'work.total'}{calls}, 40, 'and known from then on');
like($report->{'work.slow'}{reason}, qr/^no-gain: .* \(as an earlier run found\)$/, 'both');

my ($profile) = sort { -M $a <=> -M $b } glob "$dir/store/*.profile";
my $written = (stat $profile)[1];
($out) = python($script, 'fork');
is($out, $changed, 'a program that forks');
is((stat $profile)[1], $written, 'what is known already is not written again');

for my $other ([ '-c', "import sys; sys.path.insert(0, '$dir'); import work; print(work.total(10))" ]) {
	($out, $report) = python(@$other);
	is($out, "180\n", 'another program with the same module');
	is($report->{'work.total'}{calls}, 1, 'finds its code');
}

subtest 'operators' => sub {
	my $objects = write_file("$dir/objects.py", <<'END_OF_OBJECTS');
class Pair:
    def __init__(self, a, b):
        self.a = a
        self.b = b

    def __add__(self, other):
        return Pair(self.a + other.a, self.b + other.b)

def fold(n):
    p, q = Pair(0.0, 0.5), Pair(0.5, 0.25)
    s = 0
    for i in range(n):
        s += i * 3
        if i % 16 == 0:
            p = p + q
    return p.a + p.b, s

class Log:
    def __init__(self):
        self.items = []

def record(log, n):
    s = 0
    for i in range(n):
        s += i * 3
        if i % 16 == 0:
            log.items.append(i)
    return s, len(log.items)

for call in range(60):
    result = fold(20000), record(Log(), 20000)
print(result)
END_OF_OBJECTS
	my ($result, $known);
	($result, $known) = python($objects) for 1 .. 2;
	is($result, "((938.0, 599970000), (599970000, 1250))\n", 'with what special methods saw');
	is($known->{'__main__.fold'}{calls}, 60, 'code is found in the next run');
	is($known->{'__main__.record'}{calls}, 60, 'with whose methods were called, too');
};

# Where a function is native from the start, no call of this process tells of which types its operands are.
subtest 'what is built in was seen by an earlier run' => sub {
	my $balls = write_file("$dir/balls.py", <<'END_OF_BALLS');
import sys

class Ball:
    def __init__(self, x, v):
        self.x = x
        self.v = v

    def move(self, dt):
        self.x += self.v * dt
        if self.x > 100 or self.x < 0:
            self.v = -self.v

def step(balls, n):
    for i in range(n):
        for ball in balls:
            ball.move(0.01)

balls = [Ball(i, i * 0.5) for i in range(100)]
if len(sys.argv) > 1:
    for i in range(10000):
        for ball in balls:
            ball.move(0.01)
else:
    for call in range(300):
        step(balls, 100)
END_OF_BALLS
	my (undef, $known) = python($balls, 'first');
	is($known->{'__main__.Ball.move'}{state}, 'native', 'the method alone');
	(undef, $known) = python($balls);
	is($known->{'__main__.step'}{state}, 'native', 'built into what calls it');
	is($known->{'__main__.step'}{side_exits}, 0, 'with the types that it had');
};

subtest 'explained' => sub {
	my $run = run([ program('preforge-python'), '--explain', 'total', $script ], env => {
		PREFORGE_JIT => 'on', PREFORGE_CACHE => "$dir/store", PREFORGE_JIT_PLANT => 'slow:work.slow'
	});
	like($run->{err}, qr/^work\.total\(int\) in .*: native, [\d.]+ times as fast as CPython\n/, 'what was recalled');
};

done_testing;
