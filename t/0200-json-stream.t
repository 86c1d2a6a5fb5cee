#!/usr/bin/perl
# JSON texts one after another over the Unix socket.
use strict;
use warnings;

use Test::More;

use Preforge;

my $daemon = Preforge->start(app => <<'PYTHON');
def add(a, b=1): return a + b
def echo(value): return value
def fail(text): raise ValueError(text)
def leave(): raise SystemExit(1)
seen = []
def remember(value): seen.append(value)
def remembered(): return seen
PYTHON

sub answers
{
	my ($request, $answer, $name) = @_;
	is($daemon->rpc_raw($request), $answer, $name // $request);
	return;
}

answers('{"jsonrpc":"2.0","method":"add","params":[1,2],"id":1}', '{"jsonrpc":"2.0","result":3,"id":1}');
answers('{"jsonrpc":"2.0","method":"add","params":{"b":2,"a":1},"id":"x"}', '{"jsonrpc":"2.0","result":3,"id":"x"}');
answers('{"jsonrpc":"2.0","method":"add","params":[18446744073709551616],"id":1.50}',
	'{"jsonrpc":"2.0","result":18446744073709551617,"id":1.50}');
answers('{"jsonrpc":"2.0","method":"echo","params":[{"a":[1.0,-0.0,1e300,"\u00e9\ud83d\ude00\ud800\u0000"]}],"id":null}',
	"{\"jsonrpc\":\"2.0\",\"result\":{\"a\":[1.0,-0.0,1e+300,\"\xc3\xa9\xf0\x9f\x98\x80\\ud800\\u0000\"]},\"id\":null}");
answers('{"jsonrpc":"2.0","method":"nosuch","id":1}',
	'{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found","data":"no method nosuch"},"id":1}');
answers('{"jsonrpc":"2.0","method":"add","params":{"x":1},"id":1}',
	'{"jsonrpc":"2.0","error":{"code":-32602,"message":"Invalid params","data":{"detail":"missing: a; unknown: x",'
		. '"missing":["a"],"unknown":["x"]}},"id":1}');
answers('{"jsonrpc":"2.0","method":"add","params":[1,"2"],"id":1}',
	'{"jsonrpc":"2.0","error":{"code":-32001,"message":"TypeError: unsupported operand type(s) for +: \'int\' and \'str\'",'
		. '"data":{"type":"TypeError","message":"unsupported operand type(s) for +: \'int\' and \'str\'",'
		. '"module":"builtins"}},"id":1}');
answers('{"jsonrpc":"2.0","method":"leave","id":1}',
	'{"jsonrpc":"2.0","error":{"code":-32001,"message":"SystemExit: 1","data":{"type":"SystemExit","message":"1",'
		. '"module":"builtins"}},"id":1}');
answers('{"jsonrpc":"2.0","method":"rpc.ping","id":1}', '{"jsonrpc":"2.0","result":"pong","id":1}');
answers('[{"jsonrpc":"2.0","method":"add","params":[1],"id":1},7]',
	'[{"jsonrpc":"2.0","result":2,"id":1},{"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request",'
		. '"data":"the request is not an object"},"id":null}]');

# Many on one connection, in any shape; the answers come in order, none for the notifications.
my $connection = $daemon->connect;
$connection->send('{"jsonrpc":"2.0","method":"remember","params":["a"]}' . "\n");
$connection->send(' {"jsonrpc":"2.0","method":"remember","params":["b"]} {"jsonrpc":"2.0",' . "\n\t" . '"method":"remembered","id":1}');
is($connection->line, '{"jsonrpc":"2.0","result":["a","b"],"id":1}', 'notifications are carried out and not answered');
$connection->send('{"jsonrpc":"2.0","method":"add","params":[' . "$_],\"id\":$_}") for 1 .. 100;
is_deeply(
	[ map { $connection->line } 1 .. 100 ],
	[ map { '{"jsonrpc":"2.0","result":' . ($_ + 1) . ",\"id\":$_}" } 1 .. 100 ],
	'a hundred requests at once'
);

# After a line that is no JSON the next one counts.
$connection->send("{\"jsonrpc\": \"2.0\", \"method\": \"add\n" . '{"jsonrpc":"2.0","method":"add","params":[1],"id":2}' . "\n");
is($connection->line,
	'{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error","data":"expected the end of the string at byte 33, '
		. 'found byte 0x0a"},"id":null}', 'a parse error');
is($connection->line, '{"jsonrpc":"2.0","result":2,"id":2}', 'and on it goes');

my $other = $daemon->connect;
$other->send("HELO example.org\r\n");
is($other->rest,
	'{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error","data":"unknown framing: send JSON texts one after '
		. "another, Content-Length headers before each JSON text, or HTTP/1.1 POST\"},\"id\":null}\n", 'an unknown framing');

my $headers = $daemon->connect;
my $text = '{"jsonrpc":"2.0","method":"add","params":[1],"id":2}';
$headers->send('Content-Length: ' . length($text) . "\r\n\r\n$text");
$headers->finish;
is($headers->rest, "Content-Length: 35\r\n\r\n" . '{"jsonrpc":"2.0","result":2,"id":2}', 'headers as language servers send');

is($daemon->stop, 0);
done_testing;
