#!/usr/bin/perl
# What preforgectl shows of workers, errors, slow calls, and all of it together.
use strict;
use warnings;

use Test::More;

use Preforge;

my $daemon = Preforge->start(app => <<'END', args => [ '-D', 'jit.mode=off', '-D', 'server.workers=1', '-D', 'deadline.slow=20ms' ]);
import time

def double(x):
    return 2 * x

def fail(text):
    raise ValueError(text)

def nap():
    time.sleep(0.05)
END
my $dir = $daemon->dir;

is($daemon->ctl('errors')->{out}, "no errors\n",                            'no errors yet');
is($daemon->ctl('slow')->{out},   "no call has taken longer than 0.02 s\n", 'no slow calls');

$daemon->call('double', 21) for 1 .. 3;
$daemon->rpc('fail', [$_]) for 'one', "two\e[31m";
$daemon->rpc('double', [ 1, 2 ]);
$daemon->rpc('unknown');
$daemon->rpc_raw('[1,x]');
$daemon->call('nap');

my @errors = map { [ @$_{qw(code count method kind message)} ] } sort { $a->{code} <=> $b->{code} } @{ $daemon->ctl_json('errors') };
is_deeply(
	\@errors,
	[
		[ -32602, 1, 'double', '', '{"detail":"too many: 2 given, at most 1 taken","given":2,"at_most":1}' ],
		[ -32601, 1, '', '', 'no method unknown' ],
		[ -32001, 2, 'fail', "ValueError at $dir/app.py:7", 'two?[31m' ]
	],
	'errors, each with its count and its last text'
) or diag explain \@errors;
like($daemon->ctl('errors')->{out}, qr{^ *\S+ s      2  -32001  fail    ValueError at \Q$dir\E/app\.py:7: two\?\[31m$}m, 'as a table');

my $slow = $daemon->ctl_json('slow');
# A busy machine makes others slow, too.
my ($call, @more) = grep { $_->{method} eq 'nap' } @{ $slow->{calls} };
is(scalar @more, 0, 'a slow call');
cmp_ok($call->{duration_s}, '>=', 0.05, 'its duration');
like($call->{stack}, qr{\A  File "\Q$dir\E/app\.py", line 10, in nap}, 'where it was');
like($daemon->ctl('slow')->{out}, qr{^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  nap  \d\.\d{3} s  pid \d+\n  File "\Q$dir\E/app\.py", line 10, in nap\n}, 'for people');

my ($worker) = @{ $daemon->ctl_json('workers') };
is($worker->{requests}, 8, 'requests of a worker');
cmp_ok($worker->{cpu_s},          '>=', 0,       'its CPU time');
cmp_ok($worker->{resident_bytes}, '>',  1 << 20, 'its memory');
is($worker->{generation}, 1, 'its generation');
like($daemon->ctl('workers')->{out}, qr/^WORKER +PID  STATE +REQUESTS  ERRORS +CPU  MEMORY  PRIVATE +AGE  GENERATION\n +0 +$worker->{pid}  idle +8 +/, 'for people');

my $top = $daemon->ctl_json('top');
my ($double) = grep { $_->{method} eq 'double' } @{ $top->{methods} };
is($double->{calls}, 4, 'top: calls of a method');
my ($nap) = grep { $_->{method} eq 'nap' } @{ $top->{methods} };
cmp_ok($nap->{mean_s}, '>=', 0.05, 'durations: the mean');
# Of one call it is within the bucket of the histogram that the call is in: they end at 0.05, 0.1, 0.25, 0.5, 1 s.
cmp_ok($nap->{p99_s}, '>', 0.05, 'and what one hundredth exceeds');
cmp_ok($nap->{p99_s}, '<=', 2.5 * $nap->{mean_s}, 'which is not much more');
like($daemon->ctl('top', '--once')->{out}, qr/\Apreforged \S+, pid \d+: ready, up .*^requests +\d.*^CALLS\/S +MEAN MS.*^WORKER .*^CALLS\/S +EXITS\/S/ms, 'top --once');
is($daemon->ctl('top')->{out} =~ /\e/ ? 1 : 0, 0, 'without a terminal it is plain text');

is($daemon->ctl('reload', '--wait')->{status}, 0, 'a reload');
is(scalar @{ $daemon->ctl_json('errors') }, scalar @errors, 'errors stay known over it');
is($daemon->stop, 0);
done_testing;
