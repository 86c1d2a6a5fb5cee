# CPython's own tests have the same verdicts under preforge-python with every function compiled: a part of them that takes no
# minutes.  `make check-cpython` runs them all.
use strict;
use warnings;

BEGIN { $ENV{PREFORGE_TEST_TIMEOUT} //= 1100 }

use File::Temp ();
use Preforge qw(program srcdir run json_decode read_file);
use Test::More;

my $python = $ENV{PREFORGE_PYTHON} // '/usr/bin/python3.11';
my $dir = File::Temp->newdir('preforge-cpython-XXXXXX', TMPDIR => 1);
my @modules = split ' ', $ENV{PREFORGE_CPYTHON_MODULES} // 'test_augassign';
my $has_compiler = -e Preforge::builddir() . '/bin/preforge-gccjit.so';
plan skip_all => 'built without libgccjit: nothing is ever native' unless $has_compiler;

my $r = run([ $python, srcdir() . '/t/cpython/check.py', '--timeout', 500, program('preforge-python'), @modules ],
	timeout => 1100, env => { PYTHONDONTWRITEBYTECODE => 1, PREFORGE_JIT_REPORT => "$dir/report.json", PREFORGE_CACHE => "$dir/store" });
plan skip_all => $r->{out} if $r->{status} == 77;

is($r->{status}, 0, 'no verdict differs') or diag($r->{out}, $r->{err});
my ($n) = $r->{out} =~ /^all +(\d+) /m;
cmp_ok($n // 0, '>=', 5 * @modules, 'that many tests ran');
my @native = grep { $_->{state} eq 'native' && $_->{calls} > $_->{side_exits} } @{ json_decode(read_file("$dir/report.json")) };
cmp_ok(scalar(@native), '>=', 20, 'that many functions ran native from start to end in the last of them');
done_testing;
