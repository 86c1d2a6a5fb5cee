#!/usr/bin/perl
# Metrics: the text that preforgectl metrics and GET /metrics have, and that the figures are right.
use strict;
use warnings;

use File::Temp ();
use Test::More;

use Preforge qw(run wait_for);
use Prometheus qw(parse_metrics);

my $app = <<'END';
import os, time

def double(x):
    return 2 * x

def fail():
    raise ValueError("no")

def spin():
    while True:
        pass

def die():
    os.abort()

def stuck():
    while True:
        try:
            time.sleep(60)
        except TimeoutError:
            pass

def leave():
    os._exit(3)

def table(n):
    d = {}
    for i in range(n):
        d[i % 100, 1] = i
    return len(d)

def hot(n):
    s = 0
    for i in range(n):
        s += i % 7
    return s
END

sub metrics
{
	my ($daemon) = @_;
	my $said = $daemon->ctl('metrics');
	is($said->{status}, 0, 'preforgectl metrics') or diag $said->{err};
	my $parsed = eval { parse_metrics($said->{out}) };
	is($@, '', 'is in the format');
	return $parsed;
}

sub get
{
	my ($daemon, $path) = @_;
	my $connection = $daemon->connect;
	$connection->send("GET $path HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	return split /\r\n\r\n/, $connection->rest, 2;
}

subtest 'what is counted' => sub {
	my $daemon = Preforge->start(
		app  => $app,
		args => [ '-D', 'jit.mode=off', '-D', 'deadline.method=spin 50ms', '-D', 'limits.batch=3' ]
	);
	my $before = metrics($daemon);
	is($before->{preforge_requests_total},           0, 'no request at first');
	is($before->{'preforge_workers{state="idle"}'},  2, 'idle workers');
	is($before->{'preforge_request_duration_seconds_count{method="double"}'}, 0, 'methods are there before their first call');

	$daemon->call('double', 1) for 1 .. 5;
	is($daemon->rpc($_)->{error}{code}, { fail => -32001, nothing => -32601, double => -32602, spin => -32002 }->{$_}, $_)
		for qw(fail nothing double spin);
	$daemon->rpc_raw('[{"jsonrpc":"2.0","method":"double","params":[1],"id":1},{"jsonrpc":"2.0","method":"nothing"},{"jsonrpc":"2.0","method":"fail"}]');
	$daemon->rpc_raw($_) for '[]', '[1,2,3,4]', '[1,x]', '{"jsonrpc":"2.0"}';
	my $m      = metrics($daemon);
	my %method = map { $_ => $m->{qq(preforge_request_duration_seconds_count{method="$_"})} } qw(double fail spin other);
	is($m->{preforge_requests_total}, 15, 'requests');
	is_deeply(\%method, { double => 7, fail => 2, spin => 1, other => 0 }, 'calls of each method, refused ones included');
	is($m->{'preforge_request_duration_seconds_bucket{le="0.025",method="spin"}'}, 0, 'one that takes long is not among the quick ones');
	cmp_ok($m->{'preforge_request_duration_seconds_sum{method="spin"}'}, '>=', 0.05, 'its time');
	my %errors = map { /^preforge_errors_total\{code="(.*)"\}$/ && $m->{$_} ? ($1 => $m->{$_}) : () } keys %$m;
	is_deeply(
		\%errors,
		{ -32700 => 1, -32600 => 3, -32601 => 2, -32602 => 1, -32001 => 2, -32002 => 1 },
		'errors by code, those of notifications too'
	);
	my $status = $daemon->ctl_json('status');
	is($m->{preforge_requests_total}, $status->{requests}, 'as many requests as status says');
	is($m->{'preforge_load_duration_seconds{phase="import"}'}, $status->{timings}{import_us} / 1e6, 'and as long an import');
	is($daemon->stop, 0);
};

subtest 'over HTTP' => sub {
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'http.metrics=yes', '-D', 'jit.mode=off', '-D', 'server.workers=1' ]);
	$daemon->call('double', 1) for 1 .. 3;
	my ($head, $body) = get($daemon, '/metrics');
	like($head, qr{\AHTTP/1.1 200 OK\r\n}, 'GET /metrics');
	like($head, qr{^Content-Type: text/plain; version=0\.0\.4; charset=utf-8\r?$}m, 'its type');
	my $m = eval { parse_metrics($body) };
	is($@, '', 'is in the format');
	is($m->{'preforge_request_duration_seconds_count{method="double"}'}, 3, 'calls');
	is($m->{'preforge_workers{state="busy"}'} + $m->{'preforge_workers{state="idle"}'}, 1, 'workers');
	cmp_ok($m->{'preforge_worker_private_memory_bytes{worker="0"}'} // 0, '>', 4096, 'memory of the worker');
	my $promtool = (grep { -x } map {"$_/promtool"} split /:/, $ENV{PATH})[0];
SKIP: {
		skip 'there is no promtool here', 1 if !$promtool;
		my $file = Preforge::write_file($daemon->dir . '/metrics', $body);
		my $said = run([ 'sh', '-c', 'exec "$0" check metrics <"$1"', $promtool, $file ]);
		is($said->{out} . $said->{err}, '', 'promtool has nothing to say');
	}
	is($daemon->stop, 0);
};

subtest 'restarts and reloads' => sub {
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'jit.mode=off', '-D', 'deadline.method=stuck 50ms', '-D', 'deadline.grace=50ms' ]);
	$daemon->call('double', 1);
	for my $method (qw(die leave stuck)) {
		my $connection = $daemon->connect;
		$connection->send(qq({"jsonrpc":"2.0","method":"$method","id":1}\n));
		$connection->rest if $method ne 'stuck';
		$connection->line if $method eq 'stuck';
	}
	wait_for(sub { ($daemon->ctl_json('status')->{restarts} // 0) == 3 }, 'three workers are replaced');
	my $m = metrics($daemon);
	my %restarts = map { $_ => $m->{qq(preforge_worker_restarts_total{cause="$_"})} } qw(crash exit deadline native_fault limit);
	is_deeply(\%restarts, { crash => 1, exit => 1, deadline => 1, native_fault => 0, limit => 0 }, 'restarts by cause');
	is($daemon->ctl('reload', '--wait')->{status}, 0, 'reload');
	my $after = metrics($daemon);
	is($after->{'preforge_reloads_total{result="success"}'}, 1, 'a reload');
	is($after->{'preforge_request_duration_seconds_count{method="double"}'}, 1, 'no count goes back with it');
	is($after->{'preforge_worker_restarts_total{cause="crash"}'}, 1, 'nor do restarts');
	is($daemon->stop, 0);
};

subtest 'native code' => sub {
	my $dir = File::Temp->newdir('preforge-metrics-XXXXXX', TMPDIR => 1);
	my $warmup = Preforge::write_file("$dir/requests", qq({"jsonrpc":"2.0","method":"hot","params":[20000],"id":1}\n{"jsonrpc":"2.0","method":"table","params":[20000],"id":1}\n) x 5);
	my $daemon = Preforge->start(app => $app, args => [ '-D', 'server.workers=1', '-D', "warmup.requests=$warmup", '-D', 'jit.sample=1ms', '-D', 'jit.verify=no' ]);
	plan skip_all => 'nothing is compiled here' if $daemon->ctl_json('status')->{compiler} ne 'ok';
	my $m = metrics($daemon);
	cmp_ok($m->{'preforge_functions_total{result="compiled"}'}, '>=', 1, 'compiled functions');
	cmp_ok($m->{preforge_compiler_runs_total}, '>=', 1, 'compilers that ran');
	cmp_ok($m->{preforge_compiler_run_seconds_total}, '>', 0, 'and took their time');
	cmp_ok($m->{preforge_code_cache_used_bytes}, '>', 0, 'code');
	cmp_ok($m->{'preforge_store_units_total{result="written"}'}, '>=', 1, 'in the store');
	# Nearly all of its time is the runtime's, that native code calls.
	is($daemon->function('table')->{state}, 'native', 'a function on a dict is native');
	my ($native, $python) = (0, 0);
	wait_for(
		sub {
			$daemon->call('table', 200_000);
			my $now = parse_metrics($daemon->ctl('metrics')->{out});
			($native, $python) = map { $now->{qq(preforge_worker_cpu_seconds_total{mode="$_"})} } qw(native python);
			return $native + $python > 0.3;
		},
		'samples'
	);
	cmp_ok($native / ($native + $python), '>', 0.8, 'its CPU time is that of machine code');
	$daemon->call('hot', 3_000_000) for 1 .. 10;
	$m = metrics($daemon);
	cmp_ok($m->{preforge_native_calls_total}, '>=', 10, 'native calls');
	is($daemon->stop, 0);
};

done_testing;
