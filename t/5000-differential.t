# Native code gives what CPython gives: results to the bit, exceptions, their text and lines, side effects.  Every case file is
# run by python3.11 and by preforge-python with everything compiled at its first call, and the outputs compared.
# Here: numbers, loops, generators, calls, classes; 5010-containers.t has the rest, 5020-random.t random programs.
use strict;
use warnings;

use Differential qw(compare compare_caught $cases);
use Test::More;

compare('numbers', "$cases/numbers_cases.py", 185, 150);
compare('powers', "$cases/powers_cases.py", 6, 5, PREFORGE_JIT_OPTIMIZE => 1);
compare('operands of two types', "$cases/mixed_cases.py", 9, 7, PREFORGE_JIT_CALLS => 9);
compare('operands that are ints in one call and floats in another', "$cases/mixed_cases.py", 9, 7, PREFORGE_JIT_INTS => 4);
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
compare('exceptions that go on their way', "$cases/reraised_cases.py", 40, 25);
compare('exceptions that go on their way, inline caches warm', "$cases/reraised_cases.py", 20, 18, PREFORGE_JIT_CALLS => 9);
compare('locals that are looked at', "$cases/looks_cases.py", 20, 10);
compare('locals that are looked at from afar', "$cases/looked_cases.py", 8, 1, PREFORGE_JIT_CALLS => 9);
compare('exceptions that are not made', "$cases/unseen_cases.py", 45, 30);
compare('with', "$cases/with_cases.py", 40, 25);
compare('with over generators', "$cases/managers_cases.py", 25, 15);
compare('loops over instances', "$cases/nexts_cases.py", 25, 15);
compare('loops over instances, inline caches warm', "$cases/nexts_cases.py", 25, 15, PREFORGE_JIT_CALLS => 9);
compare('instances that are given to sum() and the like', "$cases/given_instances_cases.py", 30, 20);
compare('instances that are given to sum() and the like, inline caches warm', "$cases/given_instances_cases.py", 30, 20, PREFORGE_JIT_CALLS => 9);
compare('calls', "$cases/calls_cases.py", 60, 40);
compare('deep calls', "$cases/deep_cases.py", 35, 30);
compare('cells', "$cases/cells_cases.py", 25, 15);
compare('cells, inline caches warm', "$cases/cells_cases.py", 25, 15, PREFORGE_JIT_CALLS => 9);
compare('closures', "$cases/closures_cases.py", 60, 40);
compare('classes', "$cases/classes_cases.py", 40, 20);
compare('instances', "$cases/instances_cases.py", 35, 20);
compare('attributes', "$cases/attributes_cases.py", 25, 20, PREFORGE_JIT_CALLS => 9);
compare('what is read again, methods of many classes', "$cases/again_cases.py", 25, 20, PREFORGE_JIT_CALLS => 9);
compare('methods of instances of several classes', "$cases/kinds_cases.py", 20, 15);
compare('methods of instances of several classes, inline caches warm', "$cases/kinds_cases.py", 20, 15, PREFORGE_JIT_CALLS => 9);
compare('short functions built in', "$cases/inline_cases.py", 40, 30, PREFORGE_JIT_CALLS => 9);
compare('instances that are not made', "$cases/records_cases.py", 75, 62);
compare('instances that are replaced', "$cases/replaced_cases.py", 30, 20);
compare('instances that are replaced, inline caches warm', "$cases/replaced_cases.py", 30, 20, PREFORGE_JIT_CALLS => 9);
compare('operators beside other types', "$cases/operands_cases.py", 40, 30, PREFORGE_JIT_CALLS => 9);
compare('instances whose __init__ computes, and the end of instances', "$cases/computed_cases.py", 38, 34);
done_testing;
