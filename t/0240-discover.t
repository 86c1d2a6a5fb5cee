# rpc.discover: what the OpenRPC document says of signatures, annotations, defaults and docstrings.
use strict;
use warnings;

use Test::More;
use Preforge qw(json_encode run srcdir);

# Against the rules of OpenRPC and JSON Schema.
sub is_valid
{
	my ($document, $name) = @_;
	my $result = run([ '/usr/bin/python3', srcdir() . '/t/lib/check-openrpc' ], stdin => json_encode($document));
SKIP: {
		skip 'python3-jsonschema is not installed', 1 if $result->{status} == 77;
		is("$result->{out}$result->{err}", '', $name);
	}
	return;
}

my $daemon = Preforge->start(app => <<'END');
"""Shapes and sums."""
import dataclasses, enum, functools
from typing import Any, Literal, Optional, TypedDict, Union

__version__ = "1.2"

class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"

class Options(TypedDict, total=False):
    exact: bool

@dataclasses.dataclass
class Node:
    value: int
    children: list["Node"] = dataclasses.field(default_factory=list)

def area(width: float, height: float = 1.5, *, unit: Literal["m", "cm"] = "m") -> float:
    """The area of a rectangle.

    In square units.
    """
    return width * height

def first(a, b=None, /):
    return a

def tree(node: Node, color: Color = Color.RED, options: Optional[Options] = None) -> dict[str, tuple[int, ...]]:
    return {}

def odd(x: "NoSuchName", y: Union[int, list[str]] = 3, *rest: int, **more: Any) -> None:
    pass
END
my $document = $daemon->call('rpc.discover');
is($document->{openrpc}, '1.2.6', 'the version of OpenRPC');
is_valid($document, 'the document is valid');
is_deeply($document->{info}, { title => 'app', version => '1.2', description => 'Shapes and sums.' }, 'the application');
my %method = map { $_->{name} => $_ } @{ $document->{methods} };
is_deeply([ sort keys %method ], [qw(area first odd tree)], 'the methods');

my ($true, $false) = ($JSON::PP::true, $JSON::PP::false);
is_deeply(
	$method{area},
	{
		name        => 'area',
		summary     => 'The area of a rectangle.',
		description => 'In square units.',
		params      => [
			{ name => 'width',  required => $true,  schema => { type => 'number' } },
			{ name => 'height', required => $false, schema => { type => 'number', default => 1.5 } },
			{ name => 'unit',   required => $false, schema => { enum => [ 'm', 'cm' ], default => 'm' } },
		],
		paramStructure => 'by-name',
		result         => { name => 'result', schema => { type => 'number' } },
	},
	'annotations, defaults, docstring'
);
is_deeply(
	$method{first},
	{
		name   => 'first',
		params => [
			{ name => 'a', required => $true,  schema => {} },
			{ name => 'b', required => $false, schema => { default => undef } }
		],
		paramStructure => 'by-position',
		result         => { name => 'result', schema => {} },
	},
	'without annotations'
);
is_deeply(
	$method{tree}{params},
	[
		{ name => 'node',  required => $true,  schema => { '$ref' => '#/components/schemas/Node' } },
		{
			name     => 'color',
			required => $false,
			schema   => { allOf => [ { '$ref' => '#/components/schemas/Color' } ], default => 'red' }
		},
		{
			name     => 'options',
			required => $false,
			schema   => { anyOf => [ { '$ref' => '#/components/schemas/Options' }, { type => 'null' } ], default => undef }
		},
	],
	'classes'
);
is_deeply(
	$method{tree}{result}{schema},
	{ type => 'object', additionalProperties => { type => 'array', items => { type => 'integer' } } },
	'containers'
);
is_deeply(
	$document->{components}{schemas},
	{
		Color   => { title => 'Color', enum => [ 'red', 'blue' ] },
		Options => { title => 'Options', type => 'object', properties => { exact => { type => 'boolean' } } },
		Node    => {
			title      => 'Node',
			type       => 'object',
			required   => ['value'],
			properties => {
				value    => { type => 'integer' },
				children => { type => 'array', items => { '$ref' => '#/components/schemas/Node' } },
			},
		},
	},
	'their schemas, also of one that contains itself'
);
is_deeply([ map { $_->{name} } @{ $method{odd}{params} } ], [ 'x', 'y' ], 'an annotation that cannot be resolved costs nothing');
is($daemon->stop, 0, 'exit status');

# Whatever an application has, the document is valid and says no less than it can.
my $odd = Preforge->start(app => <<'END');
import array, collections, dataclasses, datetime, decimal, enum, functools, typing, uuid
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence, Set
from typing import *

T = TypeVar("T")
Bound = TypeVar("Bound", bound=int)
Id = NewType("Id", int)

class Größe(enum.Enum):
    KLEIN = 1
    GROSS = float("nan")

class Number(enum.IntEnum):
    ONE = 1
    TWO = 2

class Nothing(enum.Enum):
    pass

class Pair(NamedTuple):
    left: int
    right: "Pair | None" = None

class Empty(NamedTuple):
    pass

class Movie(TypedDict):
    title: Required[str]
    year: NotRequired[int]

@dataclasses.dataclass
class Generic_(Generic[T]):
    value: T
    kind: ClassVar[int] = 1
    when: datetime.datetime = dataclasses.field(default_factory=datetime.datetime.now)
    computed: int = dataclasses.field(init=False, default=0)

class Words(list):
    pass

class Table(dict):
    pass

class Outer:
    class Color(enum.Enum):
        RED = "r"

class Color(enum.Enum):
    RED = "red"

def enums(a: Größe, b: Number = Number.TWO, c: Nothing = None, d: Outer.Color = Outer.Color.RED, e: Color = Color.RED): pass
def classes(a: Pair, b: Empty, c: Movie, d: Generic_[int], e: Words, f: Table, g: Generic_): pass
def containers(a: List[int], b: Dict[str, List[float]], c: Tuple[int, str], d: tuple[()], e: set[str], f: Set[int],
               g: Mapping[str, int], h: MutableMapping[str, Any], i: Sequence[bool], j: Iterable[bytes], k: Tuple, l: dict, m: tuple[int, ...]): pass
def others(a: Optional[int], b: int | None, c: Union[int, str, None], d: Callable[[int], str], e: type, f: Type[int],
           g: T, h: Bound, i: Id, j: Annotated[int, "positive"], k: object, l: Any, m: "int", n: array.array, o: complex): pass
def literals(a: Literal[1, "x", None, True], b: Literal[b"bytes"], c: Literal[Number.ONE]): pass
def scalars(a: decimal.Decimal, b: uuid.UUID, c: datetime.date, d: datetime.time, e: bytes, f: bytearray) -> datetime.datetime: pass
def defaults(a=float("inf"), b=object(), c=(1, (2, 3)), d={1: 2}, e=[[]], f="\u00e9", g=10**30, h={"a": {1, 2}}, i=b"x"): pass
def wrong(a: 1, b: [int], c: "1 +", d: lambda: 1): pass
def both(a, /, b, *, c): pass
def collected(first: int, *rest: int, **more: str) -> None: "Only a summary."
@functools.lru_cache
def cached(a: int) -> int: return a
@functools.wraps(cached)
def wrapped(*args): return 1
async def later(a: int = 1) -> Generic_: pass
def documented():
    """

    Indented.

        More, with "quotes" and \u00e9.
    """
größe = partial = functools.partial(cached, 3)
class Tools:
    @staticmethod
    def static(a: "Tools") -> "Tools": pass
    @classmethod
    def of_class(cls, a: int) -> Self: pass
__all__ = [n for n, v in list(globals().items()) if getattr(v, "__module__", None) == __name__ and n not in ("T", "Bound", "Id")] + ["größe"]
END
$document = $odd->call('rpc.discover');
%method   = map { $_->{name} => $_ } @{ $document->{methods} };
is_valid($document, 'a document of odd things is valid');
sub schema_of { my ($name, $i) = @_; return $method{$name}{params}[$i]{schema} }
sub component { my ($name) = @_; return $document->{components}{schemas}{$name} }
is_deeply(component('Gr__e'), { title => "Gr\x{f6}\x{df}e" }, 'an enum whose values JSON does not have');
is_deeply(component('Number'), { title => 'Number', enum => [ 1, 2 ] }, 'an IntEnum');
is_deeply([ map { component($_)->{enum} } 'Color', 'Color_' ], [ ['r'], ['red'] ], 'two classes of one name');
is_deeply(
	component('Pair'),
	{
		title    => 'Pair',
		type     => 'array',
		items    => [ { type => 'integer' }, { anyOf => [ { '$ref' => '#/components/schemas/Pair' }, { type => 'null' } ] } ],
		minItems => 2,
		maxItems => 2
	},
	'a named tuple'
);
is_deeply(schema_of('classes', $_), { type => $_ == 4 ? 'array' : 'object' }, 'a class derived from list or dict') for 4, 5;
is_deeply(component('Movie')->{required}, ['title'], 'what a TypedDict requires');
is_deeply(
	[ map { schema_of('others', $_) } 0 .. 2 ],
	[
		({ anyOf => [ { type => 'integer' }, { type => 'null' } ] }) x 2,
		{ anyOf => [ { type => 'integer' }, { type => 'string' }, { type => 'null' } ] }
	],
	'Optional and Union, both spellings'
);
is_deeply([ map { schema_of('others', $_) } 7, 8, 9, 12 ], [ ({ type => 'integer' }) x 4 ], 'what is an int in the end');
is_deeply([ map { schema_of('literals', $_) } 0 .. 2 ], [ { enum => [ 1, 'x', undef, $true ] }, {}, { enum => [1] } ], 'Literal');
is_deeply([ map { $_->{schema}{default} } @{ $method{defaults}{params} }[ 2, 3, 4 ] ], [ [ 1, [ 2, 3 ] ], { 1 => 2 }, [ [] ] ], 'defaults');
ok(!exists schema_of('defaults', $_)->{default}, "a default that JSON does not have ($_)") for 0, 1, 7, 8;
is_deeply([ map { $_->{name} } @{ $method{cached}{params} } ], ['a'], 'what lru_cache hides');
is_deeply($method{"gr\x{f6}\x{df}e"},
	{ name => "gr\x{f6}\x{df}e", params => [], paramStructure => 'either', result => { name => 'result', schema => {} } },
	'no docstring of functools.partial');
is_deeply(
	[ @{ $method{documented} }{qw(summary description)} ],
	[ 'Indented.', qq(More, with "quotes" and \x{e9}.) ],
	'a docstring'
);
is($method{collected}{result}{schema}{type}, 'null', 'None');
is($odd->stop, 0, 'exit status');

done_testing;
