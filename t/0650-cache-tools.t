#!/usr/bin/perl
# preforgectl cache: the store of a running daemon, and of a directory that nobody uses, is looked into, checked, tidied and
# taken elsewhere.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(program json_decode read_file run write_file);

my $dir = File::Temp->newdir('preforge-tools-XXXXXX', TMPDIR => 1);
my $requests = write_file("$dir/warmup.jsonl", <<'END');
{"jsonrpc":"2.0","id":1,"method":"total","params":[100000]}
{"jsonrpc":"2.0","id":2,"method":"ratio","params":[1.5]}
END
my $app = write_file("$dir/app.py", <<'END');
SCALE = 3

def scaled(n):
    return n * SCALE

def total(n):
    s = 0
    for i in range(n):
        s += scaled(i)
    return s

def ratio(x):
    s = 0.5
    for i in range(100000):
        s = s * 0.5 + x
    return s
END

sub start
{
	my ($store) = @_;
	return Preforge->start(
		app  => $app,
		args => [ '-D', "warmup.requests=$requests", '-D', "cache.directory=$store" ],
		env  => { PYTHONDONTWRITEBYTECODE => 1 },
	);
}

# preforgectl cache on a directory
sub tool { my ($store, @args) = @_; return run([ program('preforgectl'), "--store=$store", 'cache', @args ]) }
sub tool_json
{
	my ($store, @args) = @_;
	my $result = run([ program('preforgectl'), '--json', "--store=$store", 'cache', @args ]);
	return json_decode($result->{out});
}
sub kinds { my ($list) = @_; my %n; $n{ $_->{kind} }++ for @{ $list->{files} }; return \%n }
sub units { my @units = glob "$_[0]/*.unit"; return @units }

subtest 'a running daemon' => sub {
	my $daemon = start("$dir/store");
	my $list = $daemon->ctl_json('cache', 'list');
	is($list->{directory}, "$dir/store", 'its directory');
	my @units = grep { $_->{kind} eq 'unit' } @{ $list->{files} };
	cmp_ok(scalar @units, '>', 0, 'units');
	is($_->{state}, 'in use', 'in use') for @units;
	is(kinds($list)->{profile}, 1, 'the profile');
	my ($shown) = @{ $daemon->ctl_json('cache', 'show', 'total') };
	my ($function) = grep { $_->{name} eq 'app.total' } @{ $shown->{record}{functions} };
	is($function->{file}, $app, 'where it is from');
	is($function->{line}, 6,    'its line');
	is_deeply($function->{params}, ['int'], 'its types');
	is_deeply($function->{names}, [qw(range scaled SCALE)], 'the names that it uses, also of what it calls directly');
	is_deeply($function->{calls}, ['scaled'], 'and what that is');
	cmp_ok($function->{code_bytes},       '>', 0, 'bytes of code');
	cmp_ok($shown->{record}{compile_us}, '>', 0, 'the time that it took');
	is($shown->{record}{made_by}{libgccjit} =~ /^\d+\./, 1, 'the compiler');
	like($daemon->ctl('cache', 'list')->{out}, qr/^KEY .*STATE\n(?:.*\n)*[0-9a-f]{12}  unit .* app\..* in use$/m, 'a table');
	like(
		$daemon->ctl('cache', 'show', 'total')->{out},
		qr/\A[0-9a-f]{64}\.unit\nstate     in use\nsize .*^function  app\.total\(int\) in \Q$app\E, line 6\n/ms, 'text'
	);
	my $result = $daemon->ctl('cache', 'show', 'nothing');
	is_deeply(
		[ @$result{qw(status out err)} ],
		[ 1, '', "preforgectl: nothing in $dir/store has the key or is about nothing\n" ],
		'what is not there'
	);
	is($daemon->ctl('cache', 'clear')->{status}, 0, 'it can be cleared');
	is($daemon->call('total', 10), 135, 'which the daemon does not mind');
	is(scalar units("$dir/store"), 0, 'no unit is left');
	is($daemon->stop, 0, 'a clean stop');
	$daemon = start("$dir/store");
	is($daemon->ctl_json('status')->{cache}{loaded}, 0, 'the next start finds nothing');
	is($daemon->stop, 0, 'a clean stop');
};

subtest 'no store, no daemon' => sub {
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'cache.store_size=0' ]);
	is($daemon->ctl('cache', 'list')->{err}, "preforgectl: the daemon has no store\n", 'a daemon without a store');
	is($daemon->stop, 0, 'a clean stop');
	is($daemon->ctl('cache', 'list')->{status}, 3, 'no daemon');
	is(
		tool("$dir/none", 'list')->{err},
		"preforgectl: cannot open the store's directory $dir/none: No such file or directory\n", 'no directory'
	);
	ok(!-e "$dir/none", 'which stays away');
};

subtest 'a directory' => sub {
	my $list = tool_json("$dir/store", 'list');
	is($_->{state}, 'ready', "$_->{kind}: ready") for @{ $list->{files} };
	is(tool("$dir/store", 'verify')->{status}, 0, 'all is well');
	my ($unit) = units("$dir/store");
	my $bytes = read_file($unit);
	substr($bytes, length($bytes) - 50, 1) ^= "\x04";
	write_file($unit, $bytes);
	my $n = @{ $list->{files} };
	my $result = tool("$dir/store", 'verify');
	is_deeply(
		[ @$result{qw(status out)} ],
		[ 1, "$unit: the checksum is wrong\n$n files, 1 of them bad\n" ],
		'damage'
	);
	is(tool_json("$dir/store", 'verify')->{bad}[0]{state}, 'bad', '--json');
	like(tool("$dir/store", 'prune')->{out}, qr/^1 files removed, \d+ bytes$/, 'prune removes it');
	is(tool("$dir/store", 'verify')->{status}, 0, 'the rest is well');
	is(tool_json("$dir/store", 'prune', '0')->{files}, $n - 1, 'prune to nothing');
	is(tool("$dir/store", 'prune', 'much')->{status}, 2, 'what is no size');
};

subtest 'export and import' => sub {
	my $daemon = start("$dir/store");
	is($daemon->ctl('cache', 'export', "$dir/bundle")->{status}, 0, 'export');
	is($daemon->stop, 0, 'a clean stop');
	my $n = scalar units("$dir/store");
	is((stat "$dir/bundle")[2] & 0777, 0600, 'for the owner only');
	is(tool_json("$dir/baked", 'import', "$dir/bundle")->{units}, $n, 'import makes the directory');
	is(kinds(tool_json("$dir/baked", 'list'))->{unit}, $n, 'the units');
	$daemon = start("$dir/baked");
	my $cache = $daemon->ctl_json('status')->{cache};
	is($cache->{compiled}, 0, 'a start with it compiles nothing');
	is($cache->{loaded},   2, 'and loads all');
	is($daemon->call('total', 1000), 1498500, 'the result');
	is($daemon->stop, 0, 'a clean stop');
	chmod 0666, "$dir/bundle";
	my $result = tool("$dir/other", 'import', "$dir/bundle");
	is_deeply(
		[ @$result{qw(status err)} ],
		[ 1, "preforgectl: others may write to $dir/bundle (mode 666)\n" ],
		'not what anybody may write'
	);
	$result = tool("$dir/other", 'import', "$dir/missing");
	is_deeply(
		[ @$result{qw(status err)} ],
		[ 1, "preforgectl: $dir/missing: No such file or directory\n" ],
		'not what is not there'
	);
	ok(!-e "$dir/other", 'no directory is made for that');
};

subtest 'what is of no use' => sub {
	write_file($app, read_file($app) . "\n");
	my $future = time + 1000;
	utime $future, $future, $app;
	my ($unit) = grep { $_->{kind} eq 'unit' } @{ tool_json("$dir/baked", 'list')->{files} };
	is_deeply([ @$unit{qw(state why)} ], [ 'ready', "$app is newer" ], 'a source that may have changed');
	# Another Preforge, as far as the file says.
	my ($path) = units("$dir/baked");
	my $list = tool_json("$dir/baked", 'prune', '--stale');
	is($list->{files}, 0, 'nothing is stale');
	my $other = write_file("$dir/zygote", qq(#!/bin/sh\necho '{"preforge": "9.9.9"}'\n));
	chmod 0755, $other;
	my @command = (program('preforgectl'), '--json', "--store=$dir/baked", 'cache');
	my $result = run([ @command, 'list' ], env => { PREFORGE_ZYGOTE => $other });
	($unit) = grep { $_->{kind} eq 'unit' } @{ json_decode($result->{out})->{files} };
	is($unit->{state}, 'stale', 'made by another Preforge');
	like($unit->{why}, qr/^made with Preforge \d+\.\d+\.\d+, not 9\.9\.9$/, 'which one');
	my $n = units("$dir/baked");
	$result = run([ @command, 'prune', '--stale' ], env => { PREFORGE_ZYGOTE => $other });
	is(json_decode($result->{out})->{files}, $n, 'prune --stale removes it');
	is(scalar units("$dir/baked"), 0, 'the units are gone');
};

subtest 'bans' => sub {
	my $store = "$dir/banned";
	my $script = write_file("$dir/crash.py", "def f(n):\n    s = 0\n    for i in range(n):\n        s += i\n    return s\nprint(f(1000000))\n");
	run([ program('preforge-python'), $script ],
		env => { PREFORGE_CACHE => $store, PREFORGE_JIT => 'eager', PREFORGE_JIT_PLANT => 'fault:__main__.f' });
	my ($ban) = grep { $_->{kind} eq 'ban' } @{ tool_json($store, 'list')->{files} };
	is($ban->{record}{reason}, 'quarantined', 'a ban');
	my ($unit) = grep { $_->{kind} eq 'unit' } @{ tool_json($store, 'show', 'f') };
	is($unit->{state}, 'stale', 'its unit is not loaded again');
	like($unit->{why}, qr/^\S+\.f must not be native: quarantined$/, 'and why');
	is(tool($store, 'clear')->{status}, 0, 'clear');
	is(kinds(tool_json($store, 'list'))->{ban}, 1, 'leaves bans alone');
	is(tool($store, 'clear', '--bans')->{status}, 0, 'clear --bans');
	is_deeply(tool_json($store, 'list')->{files}, [], 'does not');
};

subtest 'usage' => sub {
	my $try = "Try preforgectl --help.\n";
	for (
		[ [], 'list, show, verify, prune, clear, export or import is missing: cache' ],
		[ ['dance'],         'unknown command: cache dance' ],
		[ ['show'],          'an argument is missing: cache show' ],
		[ [ 'list', 'x' ],   'too many arguments: x' ],
		)
	{
		my ($arguments, $complaint) = @$_;
		my $result = tool("$dir/store", @$arguments);
		is_deeply([ @$result{qw(status err)} ], [ 2, "preforgectl: $complaint\n$try" ], $complaint);
	}
};

done_testing;
