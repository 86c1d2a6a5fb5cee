# Native code gives what CPython gives: results to the bit, exceptions, their text and lines, side effects.  Every case file is
# run by python3.11 and by preforge-python with everything compiled at its first call, and the outputs compared.
#
# PREFORGE_RANDOM_SEEDS="1 2 3" and PREFORGE_RANDOM_FUNCTIONS=100 choose other random programs, or more of them; `make check-random`
# runs thousands.
use strict;
use warnings;

# Hundreds of compilations one after the other: on a busy machine that takes its time.
BEGIN { $ENV{PREFORGE_TEST_TIMEOUT} //= 500 }

use File::Temp ();
use Preforge qw(program srcdir run read_file write_file json_decode);
use Test::More;

my $python = $ENV{PREFORGE_PYTHON} // '/usr/bin/python3.11';
my $cases = srcdir() . '/t/differential';
my $dir = File::Temp->newdir('preforge-differential-XXXXXX', TMPDIR => 1);

sub output
{
	my ($command, %env) = @_;
	my $r = run($command, timeout => 600, env => { PYTHONDONTWRITEBYTECODE => 1, PYTHONHASHSEED => 0, %env });
	is($r->{status}, 0, "@$command ends well") or diag(substr $r->{err}, -2000);
	return $r->{out};
}

# The first lines that differ.
sub differences
{
	my ($expected, $got) = @_;
	my @a = split /\n/, $expected;
	my @b = split /\n/, $got;
	my @told;
	for my $i (0 .. ($#a > $#b ? $#a : $#b)) {
		my ($x, $y) = ($a[$i] // '(nothing)', $b[$i] // '(nothing)');
		push @told, "CPython: $x\nnative:  $y\n" if $x ne $y;
		last if @told == 5;
	}
	return join '', @told;
}

sub compare_output
{
	my ($what, $file, %env) = @_;
	my $expected = output([ $python, "$cases/run.py", $file ]);
	my $got = output([ program('preforge-python'), "$cases/run.py", $file ], PREFORGE_JIT => 'eager', %env);
	ok($got eq $expected, "$what: native equals CPython") or diag(differences($expected, $got));
}

# $native: how many functions of the file must have been native at the end, and $whole: how many of them at least once from
# their first instruction to their last, so that the comparison is one.
sub compare
{
	my ($what, $file, $native, $whole, %env) = @_;
	my $report = "$dir/report.json";
	compare_output($what, $file, PREFORGE_JIT_REPORT => $report, %env);
	my $functions = json_decode(read_file($report));
	my @failed = map { "$_->{name}: $_->{reason}" } grep { $_->{word} eq 'compiler-failed' } @$functions;
	is_deeply(\@failed, [], "$what: the compiler never failed");
	my @native = grep { $_->{state} eq 'native' && $_->{file} !~ m{^<frozen|^/usr/lib/python3|/run\.py$} } @$functions;
	cmp_ok(scalar(@native), '>=', $native, "$what: that many functions were native");
	my @whole = grep { $_->{calls} > $_->{side_exits} } @native;
	cmp_ok(scalar(@whole), '>=', $whole, "$what: that many of them ran native from start to end");
}

# $caught: how many functions must have become native in the middle of a loop.
sub compare_caught
{
	my ($what, $file, $caught) = @_;
	my $report = "$dir/report.json";
	compare_output($what, $file, PREFORGE_JIT_REPORT => $report, PREFORGE_JIT_CALLS => 9, PREFORGE_JIT_CATCH => 1);
	my $functions = json_decode(read_file($report));
	cmp_ok(scalar(grep { $_->{loops} > 0 && $_->{name} =~ /^cases\./ } @$functions), '>=', $caught, "$what: that many functions were caught");
}

my $has_compiler = -e Preforge::builddir() . '/bin/preforge-gccjit.so';
plan skip_all => 'built without libgccjit: nothing is ever native' unless $has_compiler;

compare('numbers', "$cases/numbers_cases.py", 185, 150);
compare('operands of two types', "$cases/mixed_cases.py", 9, 7, PREFORGE_JIT_CALLS => 9);
compare('ints of any size', "$cases/ints_cases.py", 40, 35, PREFORGE_JIT_INTS => 2);
compare('ints of 64 bits without a sign', "$cases/ints_cases.py", 40, 10, PREFORGE_JIT_INTS => 1);
compare('ints that become too large', "$cases/ints_cases.py", 40, 10);
compare('large ints, their items, results and builtins', "$cases/bigints_cases.py", 32, 28, PREFORGE_JIT_INTS => 2);
compare('large ints where they come from', "$cases/bigints_cases.py", 35, 20);
compare('instances that are called', "$cases/callable_cases.py", 33, 30, PREFORGE_JIT_CALLS => 9);
compare('math', "$cases/math_cases.py", 45, 40);
compare('methods in locals', "$cases/bound_cases.py", 20, 17);
compare('enums', "$cases/enums_cases.py", 35, 25);
compare('instances that C code compares', "$cases/shapes_cases.py", 40, 35);
compare('complex numbers', "$cases/complex_cases.py", 25, 20);
compare('bits', "$cases/bits_cases.py", 30, 25);
compare('loops', "$cases/loops_cases.py", 55, 50);
compare('loops that are entered again', "$cases/reentry_cases.py", 45, 10, PREFORGE_JIT_CALLS => 1, PREFORGE_JIT_LOOPS => 1);
for my $file (qw(caught loops reentry)) {
	compare_caught("loops of calls that began in CPython, $file", "$cases/${file}_cases.py", 28);
}
compare('generators', "$cases/generators_cases.py", 30, 25);
compare('generators that are kept', "$cases/resumed_cases.py", 40, 30);
compare('generators of generators', "$cases/pipelines_cases.py", 36, 35);
compare('map() and filter()', "$cases/map_cases.py", 45, 40);
compare('builtin methods', "$cases/builtins_cases.py", 25, 15);
compare('series', "$cases/series_cases.py", 20, 15);
compare('objects', "$cases/objects_cases.py", 80, 50);
compare('exceptions', "$cases/except_cases.py", 60, 45);
compare('locals that are looked at', "$cases/looks_cases.py", 20, 10);
compare('locals that are looked at from afar', "$cases/looked_cases.py", 8, 1, PREFORGE_JIT_CALLS => 9);
compare('exceptions that are not made', "$cases/unseen_cases.py", 45, 30);
compare('with', "$cases/with_cases.py", 40, 25);
compare('with over generators', "$cases/managers_cases.py", 25, 15);
compare('loops over instances', "$cases/nexts_cases.py", 25, 15);
compare('loops over instances, inline caches warm', "$cases/nexts_cases.py", 25, 15, PREFORGE_JIT_CALLS => 9);
compare('calls', "$cases/calls_cases.py", 60, 40);
compare('deep calls', "$cases/deep_cases.py", 35, 30);
compare('cells', "$cases/cells_cases.py", 25, 15);
compare('cells, inline caches warm', "$cases/cells_cases.py", 25, 15, PREFORGE_JIT_CALLS => 9);
compare('closures', "$cases/closures_cases.py", 60, 40);
compare('classes', "$cases/classes_cases.py", 40, 20);
compare('instances', "$cases/instances_cases.py", 35, 20);
compare('attributes', "$cases/attributes_cases.py", 25, 20, PREFORGE_JIT_CALLS => 9);
compare('what is read again, methods of many classes', "$cases/again_cases.py", 25, 20, PREFORGE_JIT_CALLS => 9);
compare('short functions built in', "$cases/inline_cases.py", 40, 30, PREFORGE_JIT_CALLS => 9);
compare('instances that are not made', "$cases/records_cases.py", 75, 62);
compare('instances whose __init__ computes, and the end of instances', "$cases/computed_cases.py", 38, 34);
compare('sequences', "$cases/sequences_cases.py", 80, 50);
compare('buffers', "$cases/buffers_cases.py", 240, 200);
compare('text', "$cases/text_cases.py", 193, 172);
compare('scanners', "$cases/scanner_cases.py", 18, 16);
compare('scanners, inline caches warm', "$cases/scanner_cases.py", 18, 16, PREFORGE_JIT_CALLS => 9);
compare('words', "$cases/words_cases.py", 24, 21);
compare('words, inline caches warm', "$cases/words_cases.py", 22, 20, PREFORGE_JIT_CALLS => 9);
compare('tuples', "$cases/tuples_cases.py", 75, 65);
compare('slices', "$cases/slices_cases.py", 30, 25);
compare('lists', "$cases/lists_cases.py", 18, 14);
compare('iterators', "$cases/iterators_cases.py", 22, 20);
compare('lives', "$cases/lives_cases.py", 26, 22);
compare('hoisting', "$cases/hoist_cases.py", 22, 20);
compare('lists of numbers', "$cases/unboxed_cases.py", 22, 18);
compare('deques', "$cases/deque_cases.py", 14, 12);
compare('wrappers', "$cases/wrap_cases.py", 70, 60);
compare('caches', "$cases/lru_cases.py", 24, 18);
compare('heaps', "$cases/heaps_cases.py", 24, 22);
compare('sort', "$cases/sort_cases.py", 40, 35);
compare('sort, inline caches warm', "$cases/sort_cases.py", 40, 35, PREFORGE_JIT_CALLS => 9);
compare('bisect', "$cases/bisect_cases.py", 12, 10);
compare('bisect, inline caches warm', "$cases/bisect_cases.py", 12, 8, PREFORGE_JIT_CALLS => 9);
compare('keys', "$cases/keys_cases.py", 50, 45);
compare('lists of lists of numbers', "$cases/matrix_cases.py", 22, 18);
compare('min() and max() with key=', "$cases/best_cases.py", 30, 20);
compare('min() and max() with key=, inline caches warm', "$cases/best_cases.py", 30, 20, PREFORGE_JIT_CALLS => 9);
compare('lists of numbers given to functions', "$cases/given_cases.py", 30, 20);
compare('lists of numbers given to functions, inline caches warm', "$cases/given_cases.py", 30, 20, PREFORGE_JIT_CALLS => 9);
compare('lists of lists of numbers, inline caches warm', "$cases/matrix_cases.py", 10, 7, PREFORGE_JIT_CALLS => 9);
compare('what is done to lists of numbers', "$cases/listops_cases.py", 30, 25);
compare('fused generators', "$cases/fuse_cases.py", 80, 50);
SKIP: {
	my $found = output([ $python, '-c', 'import importlib.util; print(importlib.util.find_spec("numpy") is not None)' ]);
	skip 'numpy is not installed (python3-numpy)', 5 if $found !~ /True/;
	compare('numpy', "$cases/numpy_cases.py", 140, 50);
}
my $n = $ENV{PREFORGE_RANDOM_FUNCTIONS} // 40;
for my $seed (split ' ', $ENV{PREFORGE_RANDOM_SEEDS} // '1') {
	for my $kind (qw(values programs objects classes)) {
		my $count = $kind eq 'values' || $kind eq 'programs' ? $n : int($n / 5); # these take longer
		my $file = write_file("$dir/${kind}_$seed.py", output([ $python, "$cases/random_$kind.py", $seed, $count ], PYTHONIOENCODING => 'utf-8'));
		compare("random $kind, seed $seed", $file, $count * 0.7, $count * 0.1);
	}

	# Small ones, compiled together when each has run in CPython.
	for my $kind (qw(values text memory frames closures pipelines programs objects)) {
		my $count = $kind =~ /closures|pipelines/ ? $n : 3 * $n;
		my $file = write_file("$dir/small_${kind}_$seed.py", output([ $python, "$cases/random_$kind.py", $seed, $count, 'small' ], PYTHONIOENCODING => 'utf-8'));
		# With a report, closures that were native live on.
		compare_output("small random $kind, seed $seed", $file, PREFORGE_JIT_TOGETHER => 8) if $kind =~ /frames|closures|pipelines/;
		compare("small random $kind, seed $seed", $file, $count * 0.7, $count * 0.3, PREFORGE_JIT_TOGETHER => 8) if $kind !~ /frames|closures|pipelines/;
	}

	# Of what is told apart by who runs it, also what goes over to native code in the middle.
	for my $kind (qw(resumed raised arguments grown given building ways changes rounds)) {
		my $count = int($n / 2);
		my $file = write_file("$dir/small_${kind}_$seed.py", output([ $python, "$cases/random_$kind.py", $seed, $count, 'small' ], PYTHONIOENCODING => 'utf-8'));
		compare("small random $kind, seed $seed", $file, $count, $count * 0.5, PREFORGE_JIT_TOGETHER => 8);
		compare_output("small random $kind in the middle of calls, seed $seed", $file, PREFORGE_JIT_TOGETHER => 8, PREFORGE_JIT_CALLS => 1, PREFORGE_JIT_CATCH => 1);
	}
}
done_testing;
