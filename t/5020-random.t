# Native code gives what CPython gives, as in 5000-differential.t: random programs.
#
# PREFORGE_RANDOM_SEEDS="1 2 3" and PREFORGE_RANDOM_FUNCTIONS=100 choose others, or more of them; `make check-random`
# runs thousands.
use strict;
use warnings;

use Differential qw(output compare_output compare $python $cases $dir);
use Preforge qw(write_file);
use Test::More;

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
