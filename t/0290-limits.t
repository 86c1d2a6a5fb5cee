# Each limit of the configuration: what is just within it passes, what is beyond is refused and told why.
use strict;
use warnings;

use POSIX ();
use Test::More;

use Preforge qw(json_decode json_encode wait_for);

my $app = <<'END';
import os

def echo(value): return value
def long(n): return "x" * n
def nested(n):
    value = 1
    for _ in range(n): value = [value]
    return value
def wait(path):
    with open(path) as fifo: return fifo.read()
END

sub with_limits
{
	my ($limits, $code) = @_;
	subtest "$limits" => sub {
		my $daemon = Preforge->start(app => $app,
			args => [ '-D', 'server.workers=1', map { ('-D', /\./ ? $_ : "limits.$_") } split / /, $limits ]);
		$code->($daemon);
		is($daemon->stop, 0, 'exit status');
	};
	return;
}

sub error { my ($code, $data) = @_; return qq({"jsonrpc":"2.0","error":{"code":$code,"message":") . { -32600 => 'Invalid Request', -32603 => 'Internal error' }->{$code} . qq(","data":"$data"},"id":) }
sub overloaded { my ($detail) = @_; return { code => -32000, message => 'Server overloaded', data => { reason => 'overloaded', retry => $JSON::PP::true, detail => $detail } } }

# A request of so many bytes, and its answer.
sub request_of
{
	my ($bytes) = @_;
	my $text = '{"jsonrpc":"2.0","id":1,"method":"echo","params":["%s"]}';
	return sprintf $text, 'y' x ($bytes - length($text) + 2);
}

with_limits(
	'request_size=1K',
	sub {
		my ($daemon) = @_;
		my $why = 'the text is longer than 1024 bytes, the limit of a request';
		like($daemon->rpc_raw(request_of(1024)), qr/"result":"y+"/, 'a stream');
		my $connection = $daemon->connect;
		$connection->send(request_of(1025));
		is($connection->rest, error(-32600, $why) . "null}\n", 'a byte more, and the end');
		is($daemon->http(request_of(1024))->{status}, 200, 'HTTP');
		is($daemon->http(request_of(1025))->{status}, 413, 'a byte more');
		my $headers = $daemon->connect;
		$headers->send("Content-Length: 1025\r\n\r\n");
		like($headers->rest, qr/\AContent-Length: \d+\r\n\r\n\Q${\error(-32600, $why)}\Enull\}\z/, 'Content-Length');
	}
);
with_limits(
	'response_size=1K',
	sub {
		my ($daemon) = @_;
		my $prefix = '{"jsonrpc":"2.0","result":""';
		is(length $daemon->call('long', 1024 - length $prefix), 1024 - length $prefix, 'the longest');
		is($daemon->rpc_raw('{"jsonrpc":"2.0","id":7,"method":"long","params":[2000]}'),
			error(-32603, 'the answer is longer than 1024 bytes, its limit') . '7}', 'a longer one');
		my $batch = '[' . join(',', map {qq({"jsonrpc":"2.0","id":$_,"method":"long","params":[600]})} 1, 2) . ']';
		my $answers = json_decode($daemon->rpc_raw($batch));
		is(length $answers->[0]{result}, 600, 'a batch: the first result fits');
		is($answers->[1]{error}{data}, 'the answer is longer than 1024 bytes, its limit', 'with the second it is too long');
	}
);
with_limits(
	'header_size=256',
	sub {
		my ($daemon) = @_;
		is($daemon->http(request_of(100), 'X-Padding' => 'p' x 100)->{status}, 200, 'short headers');
		is($daemon->http(request_of(100), 'X-Padding' => 'p' x 200)->{status}, 431, 'long ones');
		my $headers = $daemon->connect;
		$headers->send('Content-Type: ' . 'p' x 300 . "\r\n");
		like($headers->rest, qr/"the headers are longer than 256 bytes, their limit"/, 'Content-Length');
	}
);
with_limits(
	'depth=5',
	sub {
		my ($daemon) = @_;
		is_deeply($daemon->call('echo', [ [ [1] ] ]), [ [ [1] ] ], 'three arrays in params in a request');
		is( $daemon->rpc_raw('{"jsonrpc":"2.0","id":1,"method":"echo","params":[[[[[1]]]]]}'),
			error(-32600, 'more than 5 arrays and objects inside each other at byte 53') . 'null}',
			'four'
		);
		is_deeply($daemon->call('nested', 5), [ [ [ [ [1] ] ] ] ], 'a result');
		is($daemon->rpc('nested', [6])->{error}{data}, 'result[0][0][0] is deeper than 5 lists and dicts inside each other', 'a deeper one');
	}
);
with_limits(
	'batch=2',
	sub {
		my ($daemon) = @_;
		my $one = '{"jsonrpc":"2.0","id":1,"method":"echo","params":[1]}';
		is($daemon->rpc_raw("[$one,$one]"), '[{"jsonrpc":"2.0","result":1,"id":1},{"jsonrpc":"2.0","result":1,"id":1}]', 'two');
		is($daemon->rpc_raw("[$one,$one,$one]"), error(-32600, 'a batch of 3 requests; the limit is 2') . 'null}', 'three');
	}
);
for my $limits ('connections=2', 'connections_per_peer=2') {
	with_limits(
		$limits,
		sub {
			my ($daemon) = @_;
			my @connections = map { $daemon->connect } 1, 2;
			is($_->rpc('echo', [1])->{result}, 1, 'one of two') for @connections;
			my $third = $daemon->connect;
			my $yours = $limits =~ /peer/ ? ' of yours' : '';
			is_deeply($third->rpc('echo', [1])->{error}, overloaded("there are as many connections$yours as there may be"), 'the third');
			is($third->line, undef, 'is closed');
			(shift @connections)->close;
			wait_for(sub { exists $daemon->rpc('echo', [1])->{result} }, 'room for another');
			pass('when one has gone there is room');
		}
	);
}
with_limits(
	'queue=2 server.handover=1ms',
	sub {
		my ($daemon) = @_;
		my $fifo = $daemon->dir . '/fifo';
		POSIX::mkfifo($fifo, 0600) or die "$fifo: $!";
		my ($busy, @waiting) = map { $daemon->connect } 0 .. 6;
		$_->rpc('echo', [1]) for $busy, @waiting;
		$busy->send(json_encode({ jsonrpc => '2.0', id => 'busy', method => 'wait', params => [$fifo] }));
		open my $writer, '>', $fifo or die "$fifo: $!";    # when the call has opened it
		$_->send('{"jsonrpc":"2.0","id":1,"method":"echo","params":[2]}') for @waiting;
		# Those beyond the queue are told at once, by a worker that is busy; the others wait.
		my $bits = '';
		vec($bits, fileno $_->{socket}, 1) = 1 for @waiting;
		my @told;
		wait_for(sub { select(my $ready = $bits, undef, undef, 0); @told = grep { vec($ready, fileno $_->{socket}, 1) } @waiting; @told >= 4 }, 'four refusals');
		is(scalar @told, 4, 'two wait');
		is_deeply(json_decode($_->line)->{error}, overloaded('as many requests wait as may; try again later'), 'refused') for @told;
		print {$writer} 'done';
		close $writer;
		is(json_decode($busy->line)->{result}, 'done', 'the long call');
		my %told = map { $_ => 1 } @told;
		is(json_decode($_->line)->{result}, 2, 'waited') for grep { !$told{$_} } @waiting;
	}
);
with_limits(
	'idle_timeout=100ms',
	sub {
		my ($daemon) = @_;
		my ($connection, $answer);
		# On a busy machine the time may be over before the request is sent.
		wait_for(sub { $connection = $daemon->connect; $answer = eval { $connection->rpc('echo', [1]) } }, 'a request in time');
		is($answer->{result}, 1, 'a request');
		is($connection->line, undef, 'then it is closed');
	}
);
with_limits(
	'read_timeout=100ms',
	sub {
		my ($daemon) = @_;
		is($daemon->connect->rest, '', 'who says nothing is closed');
		my $said;
		# On a busy machine the time may be over before anything is sent.
		wait_for(sub { my $slow = $daemon->connect; eval { $slow->send('{"jsonrpc":'); 1 } && ($said = $slow->rest) }, 'an answer');
		is($said, error(-32600, 'the request has not arrived completely within 0.1 s') . "null}\n", 'who does not end is told');
	}
);
with_limits(
	'write_timeout=100ms',
	sub {
		my ($daemon) = @_;
		my ($worker) = map { $_->{pid} } @{ $daemon->ctl_json('status')->{workers} };
		my $open = sub { scalar(() = glob "/proc/$worker/fd/*") };
		my $before     = $open->();
		my $connection = $daemon->connect;
		$connection->send('{"jsonrpc":"2.0","id":1,"method":"long","params":[10000000]}' . "\n");
		sysread $connection->{socket}, my $first, 1;
		is($first, '{', 'the answer has begun');
		wait_for(sub { $open->() <= $before }, 'the one that does not read to be cut off');
		is($daemon->call('echo', 1), 1, 'others are served');
		my $got = $connection->rest;
		cmp_ok(length $got, '<', 10_000_000, 'it has not got everything');
		unlike($got, qr/\n/, 'nor the end');
	}
);

done_testing;
