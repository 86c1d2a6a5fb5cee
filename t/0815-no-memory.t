#!/usr/bin/perl
# Where there is no memory, the daemon serves on: with CPython, with the workers that there are, and with errors for what cannot be
# had; says so once, and is well again when there is memory again.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(run sanitized wait_for write_file);

plan skip_all => 'sanitizers have a malloc() of their own' if sanitized();

my $dir = File::Temp->newdir('preforge-memory-XXXXXX', TMPDIR => 1);
my $app = write_file("$dir/app.py", <<'END');
import os

def total(n):
    s = 0
    for i in range(n):
        s += i * i
    return s

def squares(n):
    return sum([i * i for i in range(n)])

def pid():
    return os.getpid()
END
my $requests = write_file("$dir/warmup.jsonl", qq({"jsonrpc":"2.0","id":1,"method":"total","params":[100000]}\n));
my $file = "$dir/no-memory";

# "PROCESS CALL N" as t/lib/no-memory.c has it.
sub no_memory { write_file("$file.new", $_[0]); rename "$file.new", $file; return }
sub memory    { unlink $file; return }

sub start
{
	my (@args) = @_;
	return Preforge->start(
		app  => $app,
		args => [ map({ ('-D', $_) } 'jit.sample=1ms', 'jit.hot=4ms', 'jit.retry=50ms', 'jit.verify=no'), @args ],
		env  => { LD_PRELOAD => Preforge::builddir() . '/t/no-memory.so', NO_MEMORY => $file },
	);
}

sub said { my ($daemon, $pattern) = @_; return scalar(() = $daemon->log =~ /$pattern/mg) }

sub becomes
{
	my ($daemon, $name, $word) = @_;
	return wait_for(
		sub {
			$daemon->call($name, 20000) for 1 .. 5;
			my $function = $daemon->function($name);
			return $function->{word} eq $word && $function;
		},
		"$name to be $word"
	);
}

for my $what (
	[ 'zygote memfd 1', qr/cannot make the code cache's memory: Cannot allocate memory/ ],
	[ 'zygote mmap 3',  qr/cannot map \d+ bytes of the code cache\b.*: Cannot allocate memory/ ],
	[ 'zygote populate 1', qr/cannot get \d+ bytes for the code cache: no memory/ ],
	)
{
	my ($how, $cause) = @$what;
	subtest "none for the code cache: $how" => sub {
		no_memory($how);
		my $daemon = start('-D', "warmup.requests=$requests");
		is($daemon->call('total', 1000), 332833500, 'the function is served');
		my $function = $daemon->function('total');
		is_deeply([ @$function{qw(state word reason)} ], [ 'cpython', 'no-cache', 'no-cache: there is no memory for a code cache' ], 'by CPython');
		like($daemon->ctl_json('status')->{compiler}, $cause, 'status says why');
		is(said($daemon, qr/nothing is compiled: $cause/), 1, 'the log says it, once');
		is($daemon->ctl($_)->{status}, 0, $_) for qw(functions metrics);
		like($daemon->ctl('explain', 'total')->{err}, $cause, 'explain');
		memory();
		is($daemon->ctl('reload', '--wait')->{status}, 0, 'when there is memory again, a reload is enough');
		is($daemon->function('total')->{state}, 'native', 'for native code');
		is($daemon->stop, 0, 'a clean stop');
	};
}

subtest 'none for compiled code' => sub {
	my $daemon = start();
	no_memory('zygote populate 1');
	my $function = becomes($daemon, 'total', 'no-memory');
	like($function->{reason}, qr/^no-memory: the machine had no memory for it \(cannot get \d+ bytes for the code cache: no memory\)$/, 'the reason');
	is($daemon->call('total', 1000), 332833500, 'the function is served');
	memory();
	becomes($daemon, 'total', 'native');
	is($daemon->call('total', 1000), 332833500, 'native, when there is memory again');
	is($daemon->ctl_json('status')->{zygote}{restarts}, 0, 'the zygote has not died of it');
	is($daemon->stop, 0, 'a clean stop');
};

subtest 'none for a compiler' => sub {
	my $daemon = start();
	no_memory('zygote fork 1');
	my $function = becomes($daemon, 'total', 'no-memory');
	like($function->{reason}, qr/cannot start a compiler: Cannot allocate memory/, 'the reason');
	memory();
	becomes($daemon, 'total', 'native');
	is($daemon->call('total', 1000), 332833500, 'native, when there is memory again');
	is($daemon->stop, 0, 'a clean stop');
};

subtest 'too little for a compiler' => sub {
	my $daemon = start();
	for my $n (3, 40, 700) {
		no_memory("compiler malloc $n");
		my $live = sub { $daemon->ctl_json('status')->{cache}{live} };
		my $before = $live->();
		wait_for(
			sub {
				$daemon->call('total', 20000) for 1 .. 5;
				my $now = $live->();
				return $now->{failed} > $before->{failed} || $now->{ready} > $before->{ready} || $daemon->function('total')->{state} eq 'cpython';
			},
			"a compiler without every ${n}th block"
		);
		is($daemon->call('total', 1000), 332833500, "one that does not get every ${n}th block costs nothing but native code");
	}
	memory();
	becomes($daemon, 'squares', 'native');
	is($daemon->stop, 0, 'a clean stop');
};

subtest 'none for another worker' => sub {
	my $daemon = start();
	no_memory('zygote fork 1');
	kill 'KILL', $daemon->call('pid');
	$daemon->wait_log(qr/cannot fork.*: Cannot allocate memory/);
	is($daemon->call('total', 1000), 332833500, 'the other one serves') for 1 .. 3;
	memory();
	wait_for(sub { 2 == grep { $_->{pid} } @{ $daemon->ctl_json('status')->{workers} } }, 'two workers again');
	cmp_ok(said($daemon, qr/cannot fork/), '<=', 4, 'it is not said again and again');
	is($daemon->stop, 0, 'a clean stop');
};

# What cannot be answered then is an error or the end of a connection; the process goes on.
for my $process (qw(master zygote worker)) {
	subtest "too little for the $process" => sub {
		my $daemon = start();
		my @workers = sort map { $_->{pid} } @{ $daemon->ctl_json('status')->{workers} };
		for my $n (2, 3, 7, 20, 60, 150) {
			no_memory("$process malloc $n");
			for my $command ('status', 'functions', 'metrics', 'slow', 'errors', 'workers', 'cache list') {
				run([ Preforge::program('preforgectl'), split ' ', $command ], env => $daemon->{env}, timeout => 20);
			}
			for (1 .. 20) {
				my $answer = eval { $daemon->connect->rpc('total', [1000]) };
				next if !$answer;
				ok(exists $answer->{error} || $answer->{result} == 332833500, 'an error, or the result')
					if exists $answer->{error} || $answer->{result} != 332833500;
			}
		}
		memory();
		is($daemon->call('total', 1000), 332833500, 'then a call');
		my $is_whole = sub {
			my $status = eval { $daemon->ctl_json('status') }; # the master may notice late that there is memory again
			return $status && $status->{zygote}{pid} && 2 == grep { $_->{pid} } @{ $status->{workers} };
		};
		wait_for($is_whole, 'zygote and workers');
		is_deeply([ sort map { $_->{pid} } @{ $daemon->ctl_json('status')->{workers} } ], \@workers, 'the workers are the same') if $process eq 'worker';
		unlike($daemon->log, qr/SIG(?:SEGV|ABRT|BUS)/, 'nobody has crashed');
		is($daemon->stop, 0, 'a clean stop');
		is_deeply([ $daemon->processes ], [], 'nothing is left');
	};
}

done_testing;
