# Native code gives what CPython gives, as in 5000-differential.t: sequences, text, dicts, and loops over them.
use strict;
use warnings;

use Differential qw(output compare $python $cases);
use Test::More;

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
compare('sets', "$cases/sets_cases.py", 20, 16);
compare('containers', "$cases/container_cases.py", 12, 8);
compare('containers, inline caches warm', "$cases/container_cases.py", 12, 6, PREFORGE_JIT_CALLS => 9);
compare('named tuples', "$cases/named_cases.py", 18, 14);
compare('lists of lists of numbers', "$cases/matrix_cases.py", 22, 18);
compare('min() and max() with key=', "$cases/best_cases.py", 30, 20);
compare('min() and max() with key=, inline caches warm', "$cases/best_cases.py", 30, 20, PREFORGE_JIT_CALLS => 9);
compare('lists of numbers given to functions', "$cases/given_cases.py", 30, 20);
compare('lists of numbers given to functions, inline caches warm', "$cases/given_cases.py", 30, 20, PREFORGE_JIT_CALLS => 9);
compare('lists of lists of numbers, inline caches warm', "$cases/matrix_cases.py", 10, 7, PREFORGE_JIT_CALLS => 9);
compare('what is done to lists of numbers', "$cases/listops_cases.py", 30, 25);
compare('patterns of match', "$cases/patterns_cases.py", 34, 30);
compare('patterns of match, inline caches warm', "$cases/patterns_cases.py", 34, 25, PREFORGE_JIT_CALLS => 9);
compare('fused generators', "$cases/fuse_cases.py", 80, 50);
SKIP: {
	my $found = output([ $python, '-c', 'import importlib.util; print(importlib.util.find_spec("numpy") is not None)' ]);
	skip 'numpy is not installed (python3-numpy)', 5 if $found !~ /True/;
	compare('numpy', "$cases/numpy_cases.py", 140, 50);
}
done_testing;
