# Which functions can be called, from several applications in one daemon, and how async ones are run.
use strict;
use warnings;

use Test::More;
use Preforge qw(write_file);

my $dir = File::Temp->newdir('preforge-methods-XXXXXX', TMPDIR => 1);
mkdir "$dir/$_" for qw(a b);
write_file("$dir/a/app.py", <<'END');
import helper
__all__ = ["total", "Shape", "helper", "rows", "Point", "LIMIT"]
LIMIT = 5

class Point:
    pass

class Shape:
    sides = 4

    @staticmethod
    def unit(x=1):
        return x

    @classmethod
    def count(cls):
        return cls.sides

    def area(self):
        return 0

def total(n):
    return sum(x * x for x in range(n))

def rows():
    yield 1

def not_listed():
    pass
END
write_file("$dir/a/helper.py", "def double(x):\n    return 2 * x\n\ndef _private():\n    pass\n");
write_file("$dir/b/app.py", <<'END');
import asyncio, contextvars

def squares(n):
    return sum(x * x for x in range(n))

def squares_debug(n):
    return "debug"

def other():
    return 1

async def wait(n):
    await asyncio.sleep(0)
    return n

async def fails():
    raise KeyError("async")

left = []

async def leaves_a_task():
    async def later():
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        left.append("done")
    left.append(asyncio.ensure_future(later()))

async def collects():
    await left[0]
    return left[1:]

async def exits():
    raise SystemExit(3)

def gives_a_future():
    async def inner():
        return "inner"
    return inner()
END
write_file("$dir/warmup.jsonl", <<'END');
{"jsonrpc": "2.0", "id": 1, "method": "total", "params": [100000]}
{"jsonrpc": "2.0", "id": 1, "method": "second.squares", "params": [100000]}
END
my $conf = <<"END";
[server]
workers = 1

[app]
path = $dir/a/app.py

[app second]
path = $dir/b/app.py
methods = squares* wait fails leaves* collects exits gives* !*_debug

[warmup]
requests = $dir/warmup.jsonl
END
my $daemon = Preforge->start(conf => $conf);

is($daemon->call('total', 10), 285, 'a function of the first app');
is($daemon->call('Shape.unit', 3), 3, 'a static method');
is($daemon->call('Shape.count'), 4, 'a class method');
is($daemon->call('helper.double', 4), 8, 'a function of a submodule');
is($daemon->call('second.squares', 10), 285, 'a function of the second app');

# Not offered, and why.
sub refused
{
	my ($name, $why) = @_;
	is_deeply($daemon->rpc($name)->{error}, { code => -32601, message => 'Method not found', data => $why }, $name);
	return;
}
refused('not_listed', 'no method not_listed');
refused('Shape.area', 'no method Shape.area');
refused('helper._private', 'no method helper._private');
refused('second.squares_debug', 'no method second.squares_debug');
refused('second.other', 'no method second.other');
refused('squares', 'no method squares');
refused('rows', 'rows is a generator function; a call has one result, so it has to return a list instead');
refused('Point', 'Point is a class; what can be called are its static and class methods');
refused('LIMIT', 'LIMIT is not a function but of type int');
like($daemon->log, qr/not offered: rows is a generator function/, 'and the log');

# Both applications' functions are compiled.
is($daemon->function('app.total')->{state}, 'native', 'of the first app');
is($daemon->function('second.squares')->{state}, 'native', 'of the second app');

is($daemon->call('second.wait', 7), 7, 'an async function');
is($daemon->rpc('second.fails')->{error}{message}, "KeyError: 'async'", 'its exception');
is($daemon->call('second.gives_a_future'), 'inner', 'what another function returns is awaited as well');
is($daemon->rpc('second.exits')->{error}{message}, 'SystemExit: 3', 'SystemExit ends the call');
is($daemon->call('second.leaves_a_task'), undef, 'a task is left behind');
is_deeply($daemon->call('second.collects'), ['done'], 'and goes on in the next call: one loop');
is($daemon->call('second.wait', 8), 8, 'all is well afterwards');
is($daemon->stop, 0, 'exit status');
unlike($daemon->log, qr/never retrieved|was never awaited|Traceback/, 'nothing is forgotten');

# Configurations that cannot be.
sub fails
{
	my ($text, $complaint, $name) = @_;
	my $failing = Preforge->start(conf => $text, wait => 0);
	is($failing->wait_exit, 1, $name);
	(my $log = $failing->log) =~ s/^preforged: listening on .*\n//mg;
	is($log, "preforged: error: $complaint\n", 'and why');
	return;
}
fails("[app]\npath = $dir/b/app.py\nmethods = squares sqares\n",
	"$dir/b/app.py: no method fits the pattern \"sqares\" in methods", 'a pattern that fits nothing');
write_file("$dir/ours.py", "class rpc:\n    \@staticmethod\n    def ping(): pass\n__all__ = ['rpc']\n");
fails("[app]\npath = $dir/ours.py\n", "$dir/ours.py: the method \"rpc.ping\": names that begin with \"rpc.\" are reserved", 'a name of ours');
fails("[app]\npath = $dir/b/app.py\n[app x]\npath = $dir/b/app.py\nprefix =\n",
	"$dir/b/app.py: the method \"squares\" is offered by $dir/b/app.py, too; give one of them a prefix", 'a name twice');

done_testing;
