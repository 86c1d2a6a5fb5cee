# rpc.discover: what the OpenRPC document says of signatures, annotations, defaults and docstrings.
use strict;
use warnings;

use Test::More;
use Preforge;

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
		{ name => 'color', required => $false, schema => { '$ref' => '#/components/schemas/Color' } },
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

done_testing;
