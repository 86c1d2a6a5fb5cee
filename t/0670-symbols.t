#!/usr/bin/perl
# [jit] symbols: perf sees the names of compiled functions, and gdb stops in them and shows the lines of the source.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(program read_file run wait_for write_file);

my $dir = File::Temp->newdir('preforge-symbols-XXXXXX', TMPDIR => 1);
my @dumps;
END { unlink map {"/tmp/jit-$_.dump"} @dumps }

my $module = <<'END_OF_MODULE';
def near(k):
    s = 0
    for i in range(k):
        s += i * 3 % 7
    return s

def total(n):
    t = 0
    for i in range(n):
        t += near(50)
    return t
END_OF_MODULE
my $script = write_file("$dir/script.py", $module . "\nfor call in range(100):\n    total(3000)\n");

sub has { my ($program) = @_; return scalar grep { -x "$_/$program" } split /:/, $ENV{PATH} }

# Name => [address, size] of what a process has dumped.
sub dumped
{
	my ($pid) = @_;
	my $bytes = eval { read_file("/tmp/jit-$pid.dump") } // return {};
	my ($magic, $version, $at) = unpack 'LLL', $bytes;
	return {} if $magic != 0x4a695444 || $version != 1;
	my %code;
	while ($at + 56 <= length $bytes) {
		my ($id, $size, undef, undef, undef, $address, undef, $code_size) = unpack 'LLQLLQQQ', substr $bytes, $at, 56;
		my $name = unpack 'Z*', substr $bytes, $at + 56, $size - 56;
		$code{$name} = [ $address, $code_size ];
		$at += $size;
	}
	return \%code;
}

sub with_gdb
{
	my ($target, @commands) = @_;
	return run([ qw(gdb -q -nx -batch), (map { ('-ex', $_) } 'set pagination off', 'set breakpoint pending on', @commands), @$target ],
		env => { PREFORGE_CACHE => '', PREFORGE_JIT => 'on', PREFORGE_JIT_SYMBOLS => 'gdb', PREFORGE_JIT_CATCH => 0 });
}

subtest 'gdb' => sub {
	plan skip_all => 'gdb is not installed' unless has('gdb');
	my @program = ('--args', program('preforge-python'), $script);
	plan skip_all => 'gdb cannot run programs here'
		if with_gdb([ '--args', '/bin/true' ], 'run')->{out} !~ /exited normally/;
	# Some virtual machines have none; of one that is pending gdb does not say so.
	plan skip_all => 'there are no hardware breakpoints here'
		if with_gdb([ '--args', '/bin/true' ], 'hbreak _exit', 'run', 'kill')->{out} !~ /^(?:Thread 1 "true" hit )?Breakpoint 1(?:\.\d)?, /m;
	my $run = with_gdb(\@program, 'hbreak __main___total_0', 'run', 'bt 1', 'next', 'kill');
	like($run->{out}, qr{^(?:Thread 1 "preforge-python" hit )?Breakpoint 1, __main___total_0 \(.*\) at \Q$dir\E/script\.py:8\n8\t    t = 0$}m, 'it stops by name, and shows the line');
	like($run->{out}, qr{^#0  __main___total_0 \(.*\) at \Q$dir\E/script\.py:8$}m, 'also in a backtrace');
	like($run->{out}, qr{^9\t    for i in range\(n\):$}m, 'the next line');
	$run = with_gdb(\@program, "hbreak script.py:4", 'run', 'kill');
	like($run->{out}, qr{^4\t        s \+= i \* 3 % 7$}m, 'by a line');
};

subtest 'perf' => sub {
	plan skip_all => 'perf is not installed' unless has('perf');
	my @record = ('perf', 'record', '-q', '-k', 'mono', '-e', 'cpu-clock', '-o', "$dir/perf.data");
	plan skip_all => 'perf cannot record here' if run([ @record, '/bin/true' ])->{status} != 0;
	my $run = run([ @record, 'sh', '-c', 'echo $$ >&2; exec "$0" "$@"', program('preforge-python'), $script ],
		env => { PREFORGE_CACHE => '', PREFORGE_JIT => 'on', PREFORGE_JIT_SYMBOLS => 'perf' });
	is($run->{status}, 0, 'perf record') or diag $run->{err};
	push @dumps, $run->{err} =~ /^(\d+)$/m;
	is(run([ qw(perf inject --jit -i), "$dir/perf.data", '-o', "$dir/jit.data" ], cwd => "$dir")->{status}, 0, 'perf inject --jit');
	my $report = run([ qw(perf report --stdio -i), "$dir/jit.data" ]);
	like($report->{out}, qr/__main__\.total\(int\)$/m, 'perf report has the name') or diag $report->{out};
};

subtest 'workers' => sub {
	my $requests = write_file("$dir/warmup.jsonl", qq({"jsonrpc":"2.0","id":1,"method":"total","params":[1000]}\n));
	my $daemon = Preforge->start(
		app  => $module . "\ndef later(n):\n    s = 0\n    for i in range(n):\n        s += i * 5 % 11\n    return s\n",
		args => [ '-D', "warmup.requests=$requests", '-D', 'jit.symbols=all', '-D', 'jit.hot=20ms', '-D', 'jit.verify=no' ],
	);
	my @workers = map { $_->{pid} } @{ $daemon->ctl_json('status')->{workers} };
	push @dumps, @workers, $daemon->ctl_json('status')->{zygote}{pid};
	for my $pid (@workers) {
		my $code = dumped($pid);
		my ($total) = grep {/^app\.total\(int\)$/} keys %$code;
		ok($total && $code->{$total}[1] > 0, 'a worker tells of what is native from the start');
	}
	wait_for(
		sub {
			$daemon->call('later', 50000) for 1 .. 5;
			return !grep { !dumped($_)->{'app.later(int)'} } @workers;
		},
		'all workers to tell of what becomes native later'
	);
	pass('and what becomes native later');
SKIP: {
		skip 'gdb is not installed', 2 unless has('gdb');
		skip 'only root may look at workers', 2 if $> != 0;
		my $run = with_gdb([ '-p', $workers[0] ], 'info line app_total_0', 'info line app_later_0');
		skip 'gdb cannot attach here', 2 if $run->{err} =~ /ptrace|Operation not permitted/i;
		like($run->{out}, qr{^Line 8 of ".*/app\.py"}m, 'gdb finds it in a worker');
		like($run->{out}, qr{^Line 1[45] of ".*/app\.py"}m, 'later code, too');
	}
	is($daemon->stop, 0, 'a clean stop');
};

subtest 'what there is no word for' => sub {
	my $run = run([ program('preforge-python'), '-c', 'print(1)' ], env => { PREFORGE_JIT_SYMBOLS => 'vtune' });
	is($run->{out}, "1\n", 'the program runs');
	is($run->{err}, qq(preforge-python: running without compiling: symbols are none, perf, gdb or all, not "vtune"\n), 'and it says so');
};

done_testing;
