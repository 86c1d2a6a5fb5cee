#!/usr/bin/perl
# HTTP on the same socket, with curl.
use strict;
use warnings;

use Test::More;

use Preforge qw(run);

plan skip_all => 'curl is not installed' if !grep { -x "$_/curl" } split /:/, $ENV{PATH};

my $daemon = Preforge->start(app => <<'PYTHON', args => [ '-D', 'server.workers=1' ]);
def add(a, b=1): return a + b
def long(n): return 'x' * n
def length(text): return len(text)
PYTHON

# The answer's headers and body, without \r.
sub curl
{
	my (@args) = @_;
	my $result = run([ 'curl', '-q', '-sS', '-i', '--max-time', '30', '--unix-socket', $daemon->socket, @args ]);
	is($result->{err}, '', "curl: @args[0 .. ($#args < 2 ? $#args : 2)]");
	return $result->{out} =~ s/\r//gr;
}

my $request = '{"jsonrpc":"2.0","method":"add","params":[1],"id":7}';
my $result  = '{"jsonrpc":"2.0","result":2,"id":7}';
my $ok      = "HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 35\n\n$result";

is(curl('-d', $request, 'http://localhost/'), $ok, 'a call');
is(curl('-H', 'Transfer-Encoding: chunked', '-d', $request, 'http://localhost/?any=query'), $ok, 'chunked');
is(curl('-H', 'Expect: 100-continue', '-d', $request, 'http://localhost/'), "HTTP/1.1 100 Continue\n\n$ok", 'Expect: 100-continue');
is(curl('-d', $request, 'http://localhost/', 'http://localhost/'), $ok x 2, 'two calls on one connection');
is(curl('-0', '-d', $request, 'http://localhost/'), $ok =~ s/OK\n/OK\nConnection: close\n/r, 'HTTP/1.0');
is( curl('-d', '{"jsonrpc":"2.0","method":"add","params":[1]}', 'http://localhost/'),
	"HTTP/1.1 204 No Content\n\n", 'a notification'
);
is( curl('http://localhost/'),
	"HTTP/1.1 405 Method Not Allowed\nAllow: POST\nContent-Type: application/json\nContent-Length: 140\n\n"
		. '{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request","data":"the HTTP method is GET, only POST '
		. 'carries a request"},"id":null}', 'GET'
);
is( curl('-d', '{', 'http://localhost/'),
	"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 149\n\n"
		. '{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error","data":"expected a name in double quotes or '
		. '\'}\' at byte 1, found the end"},"id":null}', 'a parse error'
);

# Where, what, from whom.
sub error_answer
{
	my ($status, $why) = @_;
	my $body = '{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request","data":"' . $why . '"},"id":null}';
	return sprintf "HTTP/1.1 %s\nContent-Type: application/json\nContent-Length: %d\n\n%s", $status, length $body, $body;
}
is( curl('-d', $request, 'http://localhost/other?x', 'http://localhost/'),
	error_answer('404 Not Found', 'the path /other is not one that is served') . $ok, 'a path that is not served'
);
my $unsupported = error_answer('415 Unsupported Media Type',
	'the body must be JSON in UTF-8: Content-Type: application/json, and no Content-Encoding');
is(curl('-d', $request, '-H', "Content-Type: $_", 'http://localhost/'), $unsupported, $_)
	for 'application/xml', 'multipart/form-data; boundary=x', 'application/json; charset=latin1';
is(curl('-d', $request, '-H', 'Content-Encoding: gzip', 'http://localhost/'), $unsupported, 'compressed');
is(curl('-d', $request, '-H', "Content-Type: $_", 'http://localhost/'), $ok, $_)
	for 'application/json', 'application/json; charset="UTF-8"', 'application/vnd.x+json', 'text/plain';
is( curl('-d', $request, '-H', 'Origin: https://example.org', 'http://localhost/'),
	error_answer('403 Forbidden', 'the page that this comes from is not among [http] origins'), 'a page in a browser'
);

# How it is.
my $healthy = "HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 16\n\n";
is(curl("http://localhost$_"), qq($healthy\{"status":"ok"}\n), "GET $_") for '/healthz', '/readyz';
is(curl('-I', 'http://localhost/healthz'), $healthy, 'HEAD');
is(curl('-d', 'x', 'http://localhost/healthz') =~ s/\n\n.*//sr,
	"HTTP/1.1 405 Method Not Allowed\nAllow: GET, HEAD\nContent-Type: application/json\nContent-Length: 149", 'POST /healthz');
like(curl('http://localhost/metrics'), qr/\AHTTP\/1.1 404 /, 'no metrics unless wanted');

# Longer than any buffer, both ways: curl asks for leave to send the body.
Preforge::write_file($daemon->dir . '/body', '{"jsonrpc":"2.0","method":"length","params":["' . 'y' x 3_000_000 . '"],"id":1}');
like(curl('-d', '@' . $daemon->dir . '/body', 'http://localhost/'), qr/\n\n\{"jsonrpc":"2.0","result":3000000,"id":1\}\z/, 'a long request');
like(curl('-d', '{"jsonrpc":"2.0","method":"long","params":[3000000],"id":1}', 'http://localhost/'),
	qr/\n\n\{"jsonrpc":"2.0","result":"x{30000}/, 'a long answer');

is($daemon->http($request)->{body}, $result, 'Connection: close');

# Pipelined, in one piece and byte by byte.
my $post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " . length($request) . "\r\n\r\n$request";
my $connection = $daemon->connect;
$connection->send("$post$post");
$connection->send($_) for split //, $post =~ s/Host: a/Connection: close/r;
is($connection->rest =~ s/\r//gr, $ok x 2 . $ok =~ s/OK\n/OK\nConnection: close\n/r, 'pipelined');

is($daemon->stop, 0);
done_testing;
