#!/usr/bin/perl
# What can happen to a store: bits flip in all its files, compilers are killed at any time, generations and versions of an
# application share it, and what code was made from changes elsewhere. Nothing wrong is ever loaded, and all is mended.
#
# PREFORGE_COMPILER_KILLS=200 kills more compilers than the 12 of make check.
use strict;
use warnings;

use File::Temp ();
use Test::More;
use Time::HiRes qw(usleep);

use Preforge qw(json_decode program read_file run wait_for write_file);

srand 1;
my $dir = File::Temp->newdir('preforge-store-XXXXXX', TMPDIR => 1);
my @names = map {"f$_"} 0 .. 11;
# f3(10) is 3 * 45 + 10.
my $functions = join '', map {"def f$_(n):\n    s = 0\n    for i in range(n):\n        s += i * $_ + 1\n    return s\n\n"} 0 .. 11;
my $script = write_file("$dir/script.py", $functions . 'print([f(10) for f in (' . join(', ', @names) . ")])\n");
my $right = '[' . join(', ', map { 45 * $_ + 10 } 0 .. 11) . "]\n";

sub units { my @units = glob "$_[0]/*.unit"; return @units }
sub inode { return (stat $_[0])[1] }
sub verify { return run([ program('preforgectl'), "--store=$_[0]", 'cache', 'verify' ]) }

# The script in preforge-python, each function compiled by itself.
sub python
{
	my ($store, %env) = @_;
	return run([ program('preforge-python'), $script ],
		env => { PREFORGE_CACHE => $store, PREFORGE_JIT => 'eager', PREFORGE_JIT_REPORT => "$dir/report", %env });
}
sub report { return { map { $_->{name} => $_ } @{ json_decode(read_file("$dir/report")) } } }

subtest 'a flipped bit in each file' => sub {
	my $store = "$dir/flips";
	is(python($store)->{out}, $right, 'the first run');
	is(scalar units($store), 12, 'has filled the store');
	for my $round (1 .. 3) {
		my %before;
		for my $unit (units($store)) {
			my $bytes = read_file($unit);
			vec($bytes, int rand 8 * length $bytes, 1) ^= 1;
			write_file($unit, $bytes);
			$before{$unit} = inode($unit);
		}
		is(python($store)->{out}, $right, 'nothing of it runs');
		my $report = report();
		is_deeply([ grep { $report->{"__main__.$_"}{state} ne 'native' } @names ], [], 'all are compiled');
		is_deeply([ grep { inode($_) == $before{$_} } units($store) ], [], 'and kept anew');
		is(verify($store)->{status}, 0, 'the store is mended');
	}
};

subtest 'a damaged ban is a ban' => sub {
	my $store = "$dir/bans";
	python($store, PREFORGE_JIT_PLANT => 'fault:__main__.f3');
	my ($ban) = glob "$store/*.ban";
	ok($ban, 'a crash is banned');
	write_file($ban, read_file($ban) =~ s/quarantined/quarantimed/r);
	my $run = python($store, PREFORGE_JIT_PLANT => 'fault:__main__.f3');
	is_deeply([ @$run{qw(status out)} ], [ 0, $right ], 'and does not happen again when the ban is damaged');
	is(report()->{'__main__.f3'}{word}, 'quarantined', 'the function stays with CPython');
	is(python($store)->{out}, $right, 'without the planted fault');
	is(report()->{'__main__.f3'}{state}, 'native', 'it is other code');
};

# The children of a process that are there now.
sub children { return split ' ', eval { read_file("/proc/$_[0]/task/$_[0]/children") } // '' }

# Run the script while compilers are killed, each some time after it has begun; the report.
sub run_with_kills
{
	my ($store, $kills) = @_;
	my $pid = fork // die "fork: $!";
	if ($pid == 0) {
		@ENV{qw(PREFORGE_CACHE PREFORGE_JIT PREFORGE_JIT_REPORT TMPDIR)} = ($store, 'eager', "$dir/report", "$dir/tmp");
		open STDOUT, '>', "$dir/out" or die "$dir/out: $!";
		exec program('preforge-python'), $script;
	}
	my ($seen, $killed) = (0, 0);
	until (waitpid($pid, 1) == $pid) {
		my ($compiler) = children($pid);
		if (!defined $compiler || $compiler == $seen || $killed == $kills) {
			usleep(500);
			next;
		}
		$seen = $compiler;
		usleep(int rand 60000);
		# It may have ended meanwhile, and then there is no child of this number.
		$killed += kill 'KILL', $compiler if grep { $_ == $compiler } children($pid);
	}
	is($?, 0, 'the program ends well');
	is(read_file("$dir/out"), $right, 'with the right results');
	return ($killed, report());
}

subtest 'compilers are killed at any time' => sub {
	mkdir "$dir/tmp", 0700;
	my $kills = $ENV{PREFORGE_COMPILER_KILLS} || 12;
	my $lost = 0;
	for (my ($left, $round) = ($kills, 0); $left > 0; $round++) {
		my ($killed, $report) = run_with_kills("$dir/kills$round", $left);
		my %words;
		$words{ $_->{word} }++ for values %$report;
		$lost += $words{'compiler-failed'} // 0;
		is_deeply([ grep { $_->{state} ne 'native' && $_->{reason} !~ /killed by SIGKILL|exit status/ } values %$report ],
			[], 'what is not native says why');
		is(verify("$dir/kills$round")->{status}, 0, 'the store is whole');
		is_deeply([ glob "$dir/tmp/*" ], [], 'no compiler leaves files');
		is(python("$dir/kills$round")->{out}, $right, 'another run');
		is_deeply([ grep { $_->{state} ne 'native' } values %{ report() } ], [], 'makes the rest native');
		$left -= $killed || 1;
	}
	cmp_ok($lost, '>', 0, 'some compilers were killed before they were done');
};

# ---- daemons --------------------------------------------------------------------------------------------------------

my $app_file = "$dir/app.py";
my $requests = write_file("$dir/warmup.jsonl", qq({"jsonrpc":"2.0","id":1,"method":"total","params":[20000]}\n));
my $helper = "SCALE = 3\n\ndef scaled(n):\n    return n * SCALE\n";
my $app = <<'END_OF_APP';
import sys
sys.path.insert(0, __file__.rpartition('/')[0])
sys.dont_write_bytecode = True
from helper import scaled

OFFSET = 7

def near(i):
    return i + OFFSET

def total(n):
    s = 0
    for i in range(n):
        s += scaled(i) + near(0)
    return s
END_OF_APP
write_file($app_file, $app);
write_file("$dir/helper.py", $helper);

sub start
{
	my (@args) = @_;
	return Preforge->start(
		app  => $app_file,
		args => [ '-D', "warmup.requests=$requests", '-D', "cache.directory=$dir/shared", '-D', 'jit.optimize=1',
			'-D', 'jit.verify=no', @args ],
	);
}

# total(1000), compiled or loaded functions of the start
sub look
{
	my ($daemon) = @_;
	my $cache = $daemon->ctl_json('status')->{cache};
	is($daemon->function('total')->{state}, 'native', 'native');
	return ($daemon->call('total', 1000), $cache->{compiled} > 0 ? 'compiled' : $cache->{loaded} > 0 ? 'loaded' : 'none');
}

sub look_once
{
	my (@args) = @_;
	my $daemon = start(@args);
	my @found  = look($daemon);
	is($daemon->stop, 0, 'a clean stop');
	return \@found;
}

subtest 'what code was made from changes elsewhere' => sub {
	is_deeply(look_once(), [ 1505500, 'compiled' ], 'the first start');
	write_file("$dir/helper.py", $helper =~ s/n \* SCALE/n * SCALE + 1/r);
	is(look_once()->[0], 1506500, 'a changed callee in another module');
	write_file("$dir/helper.py", $helper =~ s/SCALE = 3/SCALE = 4/r);
	my $found = look_once();
	is($found->[0], 2005000, 'a changed constant of another module');
	write_file("$dir/helper.py", $helper);
	write_file($app_file, $app =~ s/OFFSET = 7/OFFSET = 8/r);
	is(look_once()->[0], 1506500, 'a changed global constant');
	write_file($app_file, $app =~ s/i \+ OFFSET/i + OFFSET * 2/r);
	is_deeply(look_once(), [ 1512500, 'compiled' ], 'a changed callee that is part of the code');
	write_file($app_file, $app);
	is_deeply(look_once(), [ 1505500, 'loaded' ], 'all as it was');
	is_deeply(look_once('-D', 'jit.cpu=x86-64'), [ 1505500, 'compiled' ], 'another CPU level');
	is_deeply(look_once('-D', 'jit.cpu=x86-64'), [ 1505500, 'loaded' ], 'which is kept, too');
};

subtest 'generations and versions share a store' => sub {
	my ($daemon, $other) = (start(), start());
	is_deeply([ look($_) ], [ 1505500, 'loaded' ], 'two daemons') for $daemon, $other;
	for my $round (1 .. 2) {
		for my $version ([ 7, 1505500 ], [ 9, 1507500 ]) {
			my ($offset, $result) = @$version;
			write_file($app_file, $app =~ s/OFFSET = 7/OFFSET = $offset/r);
			is($daemon->ctl('reload', '--wait')->{status}, 0, "a reload: version $offset");
			my ($got, $how) = look($daemon);
			is($got, $result, 'its result');
			is($how, 'loaded', 'and its code, which is there') if $round > 1 || $offset == 7;
		}
	}
	is($other->call('total', 1000), 1505500, 'the other daemon has what it had');
	is($_->stop, 0, 'a clean stop') for $daemon, $other;
	is(verify("$dir/shared")->{status}, 0, 'the store is whole');
	write_file($app_file, $app);
};

subtest 'a disk that is full, or cannot be written' => sub {
	my @namespace = ('unshare', $> == 0 ? '-m' : '-rm');
	plan skip_all => 'mount namespaces cannot be made here'
		if run([ @namespace, 'mount', '-t', 'tmpfs', 'none', '/mnt' ])->{status} != 0;
	mkdir "$dir/disk", 0700;
	for (
		[ 'size=4k,mode=0700', qq(head -c 100000 /dev/zero > "$dir/disk/fill" 2>/dev/null), qr/No space left on device/ ],
		[ 'ro,mode=0700',      'true',                                                      qr/Read-only file system/ ],
		)
	{
		my ($options, $fill, $cause) = @$_;
		my $daemon = Preforge->start(
			app      => $app_file,
			args     => [ '-D', "warmup.requests=$requests", '-D', "cache.directory=$dir/disk", '-D', 'jit.optimize=1', '-D', 'jit.verify=no' ],
			launcher => [ @namespace, 'sh', '-c', qq(mount -t tmpfs -o $options none "$dir/disk" && $fill; exec "\$@"), 'sh' ],
		);
		is_deeply([ look($daemon) ], [ 1505500, 'compiled' ], "$options: code is compiled and runs");
		my $store = $daemon->ctl_json('status')->{cache}{store};
		like($store->{cause}, $cause, 'status says what is wrong');
		cmp_ok($store->{failed}, '>', 0, 'what was not written is counted');
		is(scalar(() = $daemon->log =~ /the store: /g) >= 1, 1, 'the log says it');
		is($daemon->stop, 0, 'a clean stop');
	}
};

subtest 'a damaged profile is counted' => sub {
	my @profiles = glob "$dir/shared/*.profile";
	is(scalar @profiles, 1, 'there is one');
	write_file($profiles[0], substr read_file($profiles[0]), 0, -3);
	my $daemon = start();
	is($daemon->ctl_json('status')->{cache}{store}{bad}, 1, 'counted');
	like($daemon->log, qr/the store: .*\.profile: \d+ bytes, not \d+/, 'and said');
	is_deeply([ look($daemon) ], [ 1505500, 'loaded' ], 'the warm-up finds what was compiled');
	is($daemon->stop, 0, 'a clean stop');
	is(verify("$dir/shared")->{status}, 0, 'it is written anew');
};

subtest 'a CPU level that is none here' => sub {
	my $result = run([ program('preforged'), '-D', 'jit.cpu=x86-64-v9', $app_file ]);
	like($result->{err}, qr/jit\.cpu=x86-64-v9.*native, x86-64, x86-64-v2, x86-64-v3, x86-64-v4/, 'no level');
	my $python = run([ program('preforge-python'), $script ], env => { PREFORGE_JIT_CPU => 'pentium' });
	is($python->{out}, $right, 'the program runs');
	like($python->{err}, qr/^preforge-python: running without compiling: "pentium" is no level of CPUs; this machine's is x86-64/, 'and it says so');
};

# Workers die while code is published to them; those that follow have all of it.
subtest 'workers are killed while code is published' => sub {
	my $daemon = Preforge->start(app => $functions, args => [ '-D', 'jit.hot=1ms', '-D', 'jit.sample=1ms', '-D', 'jit.optimize=0', '-D', 'jit.verify=no' ]);
	my $native = sub { scalar grep { $_->{state} eq 'native' } @{ $daemon->ctl_json('functions') } };
	my ($published, $killed) = (0, 0);
	wait_for(
		sub {
			for my $name (@names) {
				for (1 .. 3) {
					my $sum = eval { $daemon->call($name, 20000) } // next;
					is($sum, 199990000 * substr($name, 1) + 20000, $name) if $sum != 199990000 * substr($name, 1) + 20000;
				}
			}
			my $now = $native->();
			if ($now > $published) {
				my @pids = grep {$_} map { $_->{pid} } @{ $daemon->ctl_json('status')->{workers} };
				$killed += kill 'KILL', $pids[ rand @pids ] if @pids;
				$published = $now;
			}
			return $now == @names;
		},
		'all functions to be native'
	);
	cmp_ok($killed, '>', 1, "workers were killed ($killed)");
	my %calls = map { $_ => $daemon->function($_)->{calls} } @names;
	is($daemon->call($_, 100), 4950 * substr($_, 1) + 100, $_) for @names;
	is_deeply([ grep { $daemon->function($_)->{calls} != $calls{$_} + 1 } @names ], [], 'all are native in whatever worker');
	is($daemon->stop, 0, 'a clean stop');
	is_deeply([ $daemon->processes ], [], 'nothing is left');
};

done_testing;
