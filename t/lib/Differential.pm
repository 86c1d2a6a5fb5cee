# Native code against CPython: what a file of cases prints under both.
#
# A test that uses this skips where nothing can be compiled.
package Differential;

use strict;
use warnings;

# Hundreds of compilations one after the other: on a busy machine that takes its time.
BEGIN { $ENV{PREFORGE_TEST_TIMEOUT} //= 500 }

use Exporter qw(import);
use File::Temp ();
use Preforge qw(program srcdir run read_file json_decode);
use Test::More;

our @EXPORT_OK = qw(output compare_output compare compare_caught $python $cases $dir);
our $python = $ENV{PREFORGE_PYTHON} // '/usr/bin/python3.11';
our $cases = srcdir() . '/t/differential';
our $dir = File::Temp->newdir('preforge-differential-XXXXXX', TMPDIR => 1);

plan skip_all => 'built without libgccjit: nothing is ever native' unless -e Preforge::builddir() . '/bin/preforge-gccjit.so';

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

# What files have in common, run.py and the standard library, is compiled once.
sub compare_output
{
	my ($what, $file, %env) = @_;
	my $expected = output([ $python, "$cases/run.py", $file ]);
	my $got = output([ program('preforge-python'), "$cases/run.py", $file ], PREFORGE_JIT => 'eager', PREFORGE_CACHE => "$dir/store", %env);
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

1;
