# [rpc] check_types: parameters against annotations.
use strict;
use warnings;

use Test::More;
use Preforge qw(json_decode);

my $source = <<'END';
import dataclasses, datetime, enum
from typing import Any, Literal, NotRequired, Optional, TypedDict, Union

class Color(enum.Enum):
    RED = "red"
    TWO = 2

class Options(TypedDict):
    exact: bool
    depth: NotRequired[int]

@dataclasses.dataclass
class Node:
    value: float
    children: list["Node"] = dataclasses.field(default_factory=list)

def simple(a: int, b: float = 1.5, *, c: str = "", d: Optional[bool] = None): return "ok"
def lists(a: list[float], b: dict[str, list[int]] = {}, c: tuple[int, str] = (), d: tuple[int, ...] = (), e: set[int] = ()): return "ok"
def unions(a: Union[int, list[str]], b: int | None = 1, c: Literal["m", 1] = 1, d: Color = None): return "ok"
def classes(node: Node, options: Options = None, when: datetime.date = None): return "ok"
def rest(first: int, *more: int, **others: str): return "ok"
def anything(a, b: Any, c: "NoSuchName" = 1): return "ok"
def by_position(a: int, /, **others: str): return "ok"
END
my $daemon = Preforge->start(app => $source, args => [ '-D', 'rpc.check_types=yes', '-D', 'server.workers=1' ]);

# method, params as JSON, what is wrong ('': nothing), of which parameters
my @cases = (
	[ 'simple', '[1]',                                      '' ],
	[ 'simple', '[12345678901234567890123, 2]',             '' ],
	[ 'simple', '{"a": 1, "b": 1e3, "c": "x", "d": null}',  '' ],
	[ 'simple', '[1.0]',                                    'a must be an integer, not a number', 'a' ],
	[ 'simple', '[true]',                                   'a must be an integer, not true or false', 'a' ],
	[ 'simple', '["1", null]', 'a must be an integer, not a string; b must be a number, not null', 'a', 'b' ],
	[ 'simple', '{"a": 1, "d": 1}', 'd must be true or false, not an integer or d must be null, not an integer', 'd' ],
	[ 'simple', '{"a": [], "c": {}}', 'a must be an integer, not an array; c must be a string, not an object', 'a', 'c' ],
	[ 'lists',  '[[1, 2.5], {"x": [1]}, [1, "b"], [1, 2, 3], [1, 2]]', '' ],
	[ 'lists',  '[[1, 2.5, true]]',       'a[2] must be a number, not true or false', 'a' ],
	[ 'lists',  '[[], {"x": [1, "y"]}]',  'b.x[1] must be an integer, not a string', 'b' ],
	[ 'lists',  '[[], {}, [1]]',          'c must have 2 elements, not 1', 'c' ],
	[ 'lists',  '[[], {}, ["a", "b"]]',   'c[0] must be an integer, not a string', 'c' ],
	[ 'lists',  '[[], {}, [1, ""], [1, null]]', 'd[1] must be an integer, not null', 'd' ],
	[ 'lists',  '[[], {}, [1, ""], [], [1, 1]]', 'e must have no element twice', 'e' ],
	[ 'unions', '[["a"], null, "m", "red"]', '' ],
	[ 'unions', '[1, 1, 1.0, 2]',            '' ],
	[ 'unions', '[[1]]', 'a must be an integer, not an array or a[0] must be a string, not an integer', 'a' ],
	[ 'unions', '[1, 1, true]',              'c must be one of "m", 1, not true', 'c' ],
	[ 'unions', '[1, 1, 1, "blue"]',         'd must be one of "red", 2, not "blue"', 'd' ],
	[ 'classes', '[{"value": 1, "children": [{"value": 2}]}, {"exact": true}, "2026-01-01"]', '' ],
	[ 'classes', '[{"value": 1, "children": [{"value": "2"}]}]', 'node.children[0].value must be a number, not a string', 'node' ],
	[ 'classes', '[{}]',                      'node.value is missing', 'node' ],
	[ 'classes', '[[]]',                      'node must be an object, not an array', 'node' ],
	[ 'classes', '[{"value": 1}, {}]',        'options.exact is missing', 'options' ],
	[ 'classes', '[{"value": 1}, {"exact": true, "depth": ""}]', 'options.depth must be an integer, not a string', 'options' ],
	[ 'classes', '{"node": {"value": 1}, "when": 5}', 'when must be a string, not an integer', 'when' ],
	[ 'rest',    '[1, 2, 3]',               '' ],
	[ 'rest',    '[1, 2, "3"]',             'more[1] must be an integer, not a string', 'more[1]' ],
	[ 'rest',    '{"first": 1, "x": "y"}',  '' ],
	[ 'rest',    '{"first": 1, "x": 2}',    'x must be a string, not an integer', 'x' ],
	[ 'anything', '[1, "x", []]',           '' ],
	[ 'by_position', '[1]',                 '' ],
);
for my $case (@cases) {
	my ($method, $params, $detail, @wrong) = @$case;
	my $answer = json_decode($daemon->rpc_raw(qq({"jsonrpc":"2.0","id":1,"method":"$method","params":$params})));
	if ($detail eq '') {
		is_deeply($answer, { jsonrpc => '2.0', id => 1, result => 'ok' }, "$method $params") or diag explain $answer;
		next;
	}
	is_deeply(
		$answer->{error},
		{ code => -32602, message => 'Invalid params', data => { detail => $detail, wrong => \@wrong } },
		"$method $params"
	) or diag explain $answer;
}

# What is missing is said first; a notification is not answered, and not performed.
is($daemon->rpc('simple')->{error}{data}{detail}, 'missing: a', 'missing parameters');
my $connection = $daemon->connect;
$connection->send(qq({"jsonrpc":"2.0","method":"simple","params":["x"]}\n));
is($connection->rpc('simple', [1])->{result}, 'ok', 'no answer to a notification');
is($daemon->stop, 0, 'exit status');

my $unchecked = Preforge->start(app => $source, args => [ '-D', 'server.workers=1' ]);
is($unchecked->call('simple', 'x'), 'ok', 'annotations are not enforced by default');
is($unchecked->stop, 0, 'exit status');

done_testing;
