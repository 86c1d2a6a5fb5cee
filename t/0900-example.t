#!/usr/bin/perl
# The example: what a visitor tries first, served natively, with CPython's answers.
use strict;
use warnings;

use Test::More;

use Preforge qw(example json_decode run);

my $daemon = Preforge->start(app => example('app.py'), args => [ '-D', 'warmup.requests=' . example('warmup.jsonl') ]);

is($daemon->call('hello'), 'Total: 333332833333500000', 'hello()');
is($daemon->call('sum_squares', 10_000_000), '333333283333335000000', 'a sum past 64 bits');
is($daemon->call('sum_squares', 0), 0, 'an empty sum');
is($daemon->call('empty'), undef, 'None is null');
is($daemon->call('count_primes', 100), 25, 'count_primes(100)');
is_deeply([ map { $daemon->call('is_prime', $_) ? 1 : 0 } 0 .. 11 ], [ 0, 0, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1 ], 'is_prime');
is($daemon->call('levenshtein', 'kitten', 'sitting'), 3, 'levenshtein');
is_deeply(
	$daemon->rpc('word_count', { text => 'A rose is a rose.', top => 2 })->{result},
	[ [ 'a', 2 ], [ 'rose', 2 ] ],
	'named parameters'
);

is($daemon->function($_)->{state}, 'native', "$_ is native") for qw(hello sum_squares is_prime);

my $ctl = $daemon->ctl('call', 'sum_squares', '[10000000]');
is($ctl->{out}, "333333283333335000000\n", 'preforgectl call');
is($ctl->{status}, 0);

# Every method answers what CPython answers, to the last bit.
my $reference = run([ '/usr/bin/python3.11', '-I', '-c', <<'PYTHON', example('app.py') ]);
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("app", sys.argv[1])
app = importlib.util.module_from_spec(spec)
spec.loader.exec_module(app)
print(json.dumps([app.mandelbrot_row(y, 64, 48) for y in range(0, 48, 5)]))
PYTHON
is_deeply([ map { $daemon->call('mandelbrot_row', $_ * 5, 64, 48) } 0 .. 9 ], json_decode($reference->{out}), 'mandelbrot_row');

is($daemon->stop, 0, 'a clean stop');
is_deeply([ $daemon->processes ], [], 'nothing is left');

done_testing;
