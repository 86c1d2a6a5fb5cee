#!/usr/bin/perl
# Native code that crashes costs one call and one worker: the function goes back to CPython everywhere, and stays there.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(program run wait_for write_file);

my $dir = File::Temp->newdir('preforge-quarantine-XXXXXX', TMPDIR => 1);
mkdir "$dir/cache", 0700;
my $app = <<'END';
import ctypes
import os

def total(n):
    s = 0
    for i in range(n):
        s += i * 3
    return s

def product(n):
    p = 1
    for i in range(n):
        p = (p * 3 + i) % 1000003
    return p

def where(n):
    return [os.getpid(), total(n)]

def segv():
    return ctypes.string_at(0)
END
my $app_file = write_file("$dir/app.py", $app);
my $requests = write_file("$dir/warmup.jsonl", <<'END');
{"jsonrpc":"2.0","id":1,"method":"total","params":[100000]}
{"jsonrpc":"2.0","id":2,"method":"product","params":[100000]}
END
my @plant = ('-D', 'jit.plant=fault:app.total');

sub start
{
	my (@args) = @_;
	return Preforge->start(
		app  => $app_file,
		args => [ '-D', "warmup.requests=$requests", '-D', "cache.directory=$dir/cache", @args ],
		env  => { PYTHONDONTWRITEBYTECODE => 1 },
	);
}

subtest 'a fault in native code' => sub {
	my $daemon = start(@plant);
	is($daemon->function('total')->{state}, 'native', 'the function is native');
	my $answer = $daemon->rpc('total', [10]);
	is($answer->{error}{code}, -32603, 'the caller gets an error');
	is($answer->{error}{data}{detail}, 'the native code of a function crashed; it will not be used again', 'that says so');
	wait_for(sub { $daemon->function('total')->{state} eq 'cpython' }, 'the quarantine');
	my $function = $daemon->function('total');
	is($function->{word}, 'quarantined', 'the function is quarantined');
	like($function->{reason}, qr/^quarantined: its native code crashed \(SIGILL in worker \d+ \(pid \d+\) at 0x/, 'the reason says what happened');
	is($daemon->function('product')->{state}, 'native', 'the other function stays');
	my %pids;
	wait_for(sub {
		my ($pid, $total) = @{ $daemon->call('where', 10) };
		is($total, 135, "worker $pid has the right result") if !$pids{$pid}++;
		return keys %pids == 2;
	}, 'answers of all workers');
	my $status = $daemon->ctl_json('status');
	is($status->{restarts}, 1, 'one worker was lost');
	is($status->{cache}{quarantined}, 1, 'the status counts it');
	is($status->{cache}{faults}[0]{function}, 'app.total', 'and names the function');
	like($daemon->log, qr/error: app\.total\(int\) is out of service: SIGILL in worker/, 'so does the log');
	like($daemon->log, qr/worker \d+ \(pid \d+\) died: a fault in native code; it is replaced/, 'and tells what the worker died of');
	is($daemon->stop, 0, 'a clean stop');
};

subtest 'a restart does not load it' => sub {
	my $daemon = start(@plant);
	my $function = $daemon->function('total');
	is($function->{word}, 'quarantined', 'it is refused');
	like($function->{reason}, qr/SIGILL/, 'for what happened then');
	is($daemon->call('total', 10), 135, 'CPython runs it');
	is($daemon->ctl_json('status')->{restarts}, 0, 'nobody crashes');
	is($daemon->stop, 0, 'a clean stop');
	my $sane = start();
	is($sane->function('total')->{state}, 'native', 'other code of the function is not banned');
	is($sane->call('total', 10), 135, 'and right');
	is($sane->stop, 0, 'a clean stop');
};

subtest 'no store' => sub {
	my $daemon = start(@plant, '-D', 'cache.store_size=0');
	is($daemon->rpc('total', [10])->{error}{code}, -32603, 'a crash');
	wait_for(sub { $daemon->function('total')->{state} eq 'cpython' }, 'the quarantine');
	is($daemon->call('total', 10), 135, 'the function is served');
	is($daemon->stop, 0, 'a clean stop');
};

subtest 'a crash elsewhere' => sub {
	my $daemon = start();
	ok(!eval { $daemon->call('segv'); 1 }, 'the connection is closed');
	wait_for(sub { $daemon->log =~ /died: killed by SIGSEGV; it is replaced/ }, 'the obituary');
	my $status = $daemon->ctl_json('status');
	is($status->{cache}{quarantined}, 0, 'nothing is quarantined');
	is_deeply($status->{cache}{faults}, [], 'it is no fault of native code');
	is($daemon->stop, 0, 'a clean stop');
};

subtest 'preforge-python' => sub {
	my $script = write_file("$dir/script.py", "import faulthandler\n" . ($app =~ s/def where.*//sr) .
		"faulthandler.enable()\nfor i in range(10):\n    total(10000)\nprint(total(10))\n");
	my %env = (PREFORGE_CACHE => "$dir/cache", PREFORGE_JIT => 'eager', PREFORGE_JIT_PLANT => 'fault:__main__.total');
	my $first = run([ program('preforge-python'), $script ], env => \%env);
	is($first->{signal}, POSIX::SIGILL(), 'the program dies as it would have');
	my $ignorant = run([ program('preforge-python'), $script ], env => { %env, PREFORGE_JIT_PLANT => undef, PREFORGE_CACHE => '' });
	is($ignorant->{out}, "135\n", 'without the fault it is fine');
	$script = write_file("$dir/plain.py", ($app =~ s/def where.*//sr) . "for i in range(10):\n    total(10000)\nprint(total(10))\n");
	my $crash = run([ program('preforge-python'), $script ], env => \%env);
	is($crash->{signal}, POSIX::SIGILL(), 'it crashes');
	like($crash->{err}, qr/^preforge-python: the native code of __main__\.total\(int\) crashed: SIGILL at 0x[0-9a-f]+ of the code, address 0x[0-9a-f]+; it is not used again$/m, 'and says where');
	my $second = run([ program('preforge-python'), $script ], env => \%env);
	is($second->{out}, "135\n", 'once');
};

done_testing;
