"""Patterns of match: sequences, mappings, classes, and what goes wrong with each; what is asked of the subject, and in which order."""
import collections
import collections.abc
import enum
from collections import OrderedDict, defaultdict, deque

LOG = []


def told():
    found, LOG[:] = list(LOG), []
    return found


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __repr__(self):
        return f"{type(self).__name__}({self.x!r}, {self.y!r})"

    def again(self):
        return type(self)(self.x, self.y)


class Point3(Point):
    __match_args__ = ("x", "y", "z")
    z = 7


class Slotted:
    __slots__ = ("a", "b")
    __match_args__ = ("b", "a")

    def __init__(self, a, b=None):
        self.a = a
        if b is not None:
            self.b = b

    def __repr__(self):
        return "Slotted"

    def again(self):
        return self


class Tells:
    """Whose attributes are looked up is told."""

    __match_args__ = ("first", "second", "fails", "raises")

    def __init__(self, name="tells"):
        self.name = name

    @property
    def first(self):
        LOG.append("first")
        return Tells("of first")

    @property
    def second(self):
        LOG.append("second")
        return 2

    @property
    def fails(self):
        LOG.append("fails")
        raise AttributeError("as if it were not there")

    @property
    def raises(self):
        LOG.append("raises")
        raise KeyError("raised")

    def __del__(self):
        LOG.append("del " + self.name)

    def __repr__(self):
        return "Tells"

    def again(self):
        return Tells()


class Meta(type):
    def __instancecheck__(cls, other):
        LOG.append("instancecheck")
        if other == "raise":
            raise ValueError("instancecheck")
        return other != "no"


class Anything(metaclass=Meta):
    pass


class MatchArgs(type):
    @property
    def __match_args__(cls):
        LOG.append("match_args")
        return ("x",) if cls.__name__ == "ByMeta" else cls.wanted


class ByMeta(Point, metaclass=MatchArgs):
    pass


class Lists(Point):
    __match_args__ = ["x"]


class Numbers(Point):
    __match_args__ = ("x", 1)


class Twice(Point):
    __match_args__ = ("x", "x")


class Raises(Point, metaclass=MatchArgs):
    @classmethod
    @property
    def wanted(cls):
        raise OSError("no match_args")


class Missing(Point, metaclass=MatchArgs):
    @classmethod
    @property
    def wanted(cls):
        raise AttributeError("as if there were none")


class OwnInt(int):
    pass


class ArgsInt(int):
    __match_args__ = ("real", "imag")


class Seq(collections.abc.Sequence):
    def __init__(self, *items):
        self.items = items

    def __len__(self):
        LOG.append("len")
        if self.items == ("bad",):
            raise ValueError("len")
        return len(self.items)

    def __getitem__(self, i):
        LOG.append(("item", i))
        return self.items[i]

    def __repr__(self):
        return f"Seq{self.items}"

    def again(self):
        return self


class Map(collections.abc.Mapping):
    def __init__(self, **items):
        self.items_ = items

    def __len__(self):
        LOG.append("len")
        return len(self.items_)

    def __iter__(self):
        return iter(self.items_)

    def __getitem__(self, key):
        LOG.append(("item", key))
        return self.items_[key]

    def get(self, key, default=None):
        LOG.append(("get", key))
        if key == "bad":
            raise ValueError("get")
        return self.items_.get(key, default)

    def keys(self):
        LOG.append("keys")
        return self.items_.keys()

    def __repr__(self):
        return f"Map{self.items_}"

    def again(self):
        return self


class NoGet(dict):
    get = property(lambda self: 1 / 0)


class LooksLike:
    """Says that it is a point."""

    __class__ = Point
    x, y = 1, 2

    def __repr__(self):
        return "LooksLike"

    def again(self):
        return self


class Loud:
    """A key of a dict that tells of comparisons."""

    def __init__(self, key):
        self.key = key

    def __hash__(self):
        return hash(self.key)

    def __eq__(self, other):
        LOG.append(("eq", self.key, other))
        if self.key == "bad":
            raise ValueError("eq")
        return isinstance(other, str) and self.key == other

    def __repr__(self):
        return f"Loud({self.key!r})"

    def again(self):
        return self


class Color(enum.Enum):
    RED = "r"
    BLUE = "b"


class Keys:
    A = "a"
    ALSO_A = "a"
    ONE = 1
    ONE_FLOAT = 1.0
    UNHASHABLE = []


# ---- sequences


def sequence(x):
    match x:
        case []:
            return "empty"
        case [a]:
            return "one", a
        case [1, b, *_]:
            return "one first", b
        case [a, b]:
            return "two", a, b
        case [a, *middle, "end"]:
            return "end", a, middle
        case [[a, b], *rest] | [{"k": [a, b]}, *rest]:
            return "nested", a, b, rest
        case (a, b, c) if a == c:
            return "same ends", b
        case [*all_of_it]:
            return "others", all_of_it
        case _:
            return "none"


def sequences(xs):
    """In a loop, where subjects are numbers, too."""
    found = []
    for x in xs:
        match x:
            case (a, b):
                found.append(a)
            case []:
                found.append("empty")
            case 3 | 4:
                found.append("three or four")
            case int() | float():
                found.append("number")
            case str(s):
                found.append(s)
    return found


def of_known(n):
    """Whose kind is known."""
    match [n, n + 1]:
        case [a, 2]:
            return "two", a
        case [a, b]:
            a += b
    match (n, "x"):
        case (1, y):
            return y
        case [z, *rest]:
            return a, z, rest
    return "never"


def of_dict(n):
    d = {"n": n, "m": n * 2}
    match d:
        case [*_]:
            return "never"
        case {"n": 1}:
            return "one"
        case {"m": m, **rest}:
            return m, rest
    return d


def of_views():
    return sequence(memoryview(b"xy")), sequence(iter([1, 2])), mapping({}.keys()), mapping(vars(Point))


def changes(x):
    """The guard changes the subject."""
    match x:
        case [a, b] if x.clear():
            return "never"
        case [a, b]:
            return "never"
        case []:
            return "cleared"
    return "other"


# ---- mappings


def mapping(x):
    match x:
        case {"type": "point", "x": int(px), "y": int(py)}:
            return "point", px, py
        case {"type": str(kind), **rest}:
            return kind, rest
        case {1: one, None: nothing}:
            return one, nothing
        case {"bad": _}:
            return "bad"
        case {-1: m, 2.5: n, True: t, b"b": b}:
            return m, n, t, b
        case {}:
            return "empty"
        case _:
            return "none"


def keys_of(x):
    match x:
        case {Keys.A: 1}:
            return "one"
        case {Keys.A: a, Keys.ONE: one}:
            return a, one
        case {Keys.A: a, Keys.ALSO_A: b}:
            return a, b
    return "none"


def equal_keys(x):
    match x:
        case {Keys.ONE: a, Keys.ONE_FLOAT: b}:
            return a, b
    return "none"


def unhashable_key(x):
    match x:
        case {"a": _, Keys.UNHASHABLE: _}:
            return "never"
    return "none"


def makes_none(d):
    """A dict that makes what is missing is not asked to."""
    match d:
        case {"missing": m}:
            return m
        case {"there": t}:
            return t, len(d)
    return len(d)


# ---- classes


def of_class(x):
    match x:
        case Point3(a, b, c):
            return "three", a, b, c
        case Point(0, y):
            return "on axis", y
        case Point(x=px, y=Point(qx, _)):
            return "nested", px, qx
        case Point(a, y=b) if a == b:
            return "diagonal", a
        case Point() as p:
            return p
        case Slotted(b, a):
            return "slotted", a, b
        case Slotted(a=a):
            return "no b", a
        case Color.RED:
            return "red"
        case Color(value=v):
            return "color", v
        case None:
            return "None"
        case True | False:
            return "bool"
        case OwnInt(n):
            return "own", n
        case int(n) if n > 10:
            return "large", n
        case int() | float() as n:
            return "number", n
        case str("a" | "b" as s):
            return "a or b", s
        case str() | bytes() | bytearray():
            return "text"
        case list([a, *_]) | tuple([a, *_]):
            return "first", a
        case dict(items=i):
            return "dict", len(i())
        case complex(real=r, imag=i):
            return r, i
        case frozenset(s) | set(s):
            return "set", len(s)
    return "none"


def tells(x):
    match x:
        case Tells(first=Tells(name="other")):
            return "never"
        case Tells(first, second):
            return first.name, second
    return "none"


def tells_fails(x):
    match x:
        case Tells(first, _, fails):
            return "never"
        case Tells(second=2, nothing=_):
            return "never"
        case Tells(name=n):
            return n
    return "none"


def tells_raises(x):
    match x:
        case Tells(first, second, raises=r):
            return "never"
    return "none"


def in_try(x):
    try:
        match x:
            case Tells(second, raises=r):
                return "never"
            case Anything():
                return "anything"
    except (KeyError, ValueError) as e:
        return type(e).__name__, str(e)
    finally:
        LOG.append("finally")


def anything(x):
    match x:
        case Anything():
            return "yes"
    return "no"


def too_many(x):
    match x:
        case Point(a, b, c):
            return "never"
    return "other"


def too_many_int(x):
    match x:
        case int(a, b):
            return "never"
    return "other"


def none_allowed(x):
    match x:
        case Anything(a):
            return "never"
    return "other"


def match_args_list(x):
    match x:
        case Lists(a):
            return "never"
    return "other"


def match_args_numbers(x):
    match x:
        case Numbers(a, b):
            return "never"
    return "other"


def match_args_twice(x):
    match x:
        case Twice(a, b):
            return "never"
    return "other"


def twice(x):
    match x:
        case Point(1, x=a):
            return "never"
    return "other"


def by_meta(x):
    match x:
        case ByMeta(a):
            return a
        case Raises(a):
            return "never"
        case Missing():
            match x:
                case Missing(a):
                    return "never"
    return "other"


def args_int(x):
    match x:
        case ArgsInt(r, i):
            return r, i
        case int(r):
            return r
    return "other"


def no_class(x):
    match x:
        case Keys.A():
            return "never"
        case LOG():
            return "never"
    return "other"


def replaced(x, to):
    """The class of that name is another one from then on."""
    global Shape
    match x:
        case Shape(a):
            return "a", a
    Shape = to
    match x:
        case Shape(a):
            return "b", a
    return "other"


Shape = Point


def replaced_and_back(x, to):
    global Shape
    try:
        return replaced(x, to)
    finally:
        Shape = Point


def args_change(x):
    """What its places are for changes."""
    found = []
    try:
        for args in ("x", "y"), ("y", "x"), (), ("z",), ("x", "y", "z"):
            Point.__match_args__ = args
            match x:
                case Point(a, b):
                    found.append((a, b))
                case Point(a):
                    found.append(a)
                case Point():
                    found.append("some point")
    except TypeError as e:
        found.append(str(e))
    finally:
        Point.__match_args__ = ("x", "y")
    return found


# ---- together


def evaluate(e):
    match e:
        case int(n) | float(n):
            return n
        case ("+", a, b):
            return evaluate(a) + evaluate(b)
        case ("*", a, b):
            return evaluate(a) * evaluate(b)
        case ("-", a):
            return -evaluate(a)
        case ("sum", *items):
            return sum(evaluate(i) for i in items)
        case {"op": op, "args": [*args]}:
            return evaluate((op, *args))
        case _:
            raise TypeError(f"no expression: {e!r}")


def kinds(xs):
    def each():
        for x in xs:
            match x:
                case [] | {}:
                    yield "empty"
                case Point(x=0 | 1 as v):
                    yield v
                case [first, *_] | {"first": first}:
                    yield first
                case _:
                    yield type(x).__name__

    return list(each())


def counts(n):
    """Numbers that are compared, in a loop that computes."""
    odd = small = 0
    for i in range(n):
        match i % 5, i:
            case (0, _):
                odd += 1
            case (1 | 2, x) if x < n // 2:
                small += x
            case (r, x):
                odd += r * x
    return odd, small


SEQUENCES = [[], [5], [1, 2], [1, 2, 3], [2, 3], [2, 3, 2], [2, 3, "end"], [[1, 2], 3], [{"k": (4, 5)}, 6], [{"k": 1}], (), (1,)]
SEQUENCES += [(1, 2, 3, 4), "ab", b"ab", bytearray(b"ab"), range(2), range(0), deque([1, 2]), {1, 2}, {}, 5, 2.5, None, Seq(), Seq(7)]
SEQUENCES += [Seq(1, 2, 3), Seq(3, 4, "end"), Seq("bad"), list(range(40)), 2**70]
MAPPINGS = [{}, {"type": "point", "x": 1, "y": 2}, {"type": "point", "x": 1, "y": "z"}, {"type": 5}, {"type": "t"}, {1: 2, None: 3}]
MAPPINGS += [{"bad": 1}, {-1: 1, 2.5: 2, True: 3, b"b": 4}, {-1: 1, 2.5: 2, 1: 3, b"b": 4}, OrderedDict(type="o", a=1), [], "type", 3]
MAPPINGS += [defaultdict(list, type="d"), Map(type="m", z=1), Map(), Map(bad=2), NoGet(type="n"), {Loud("type"): 1}, {Loud("bad"): 1}]
OBJECTS = [Point(0, 1), Point(2, Point(3, 4)), Point(5, 5), Point(5, 6), Point3(1, 2), Slotted(1, 2), Slotted(3), Color.RED, Color.BLUE]
OBJECTS += [None, True, False, 5, 50, 2**65, -1, OwnInt(3), 2.5, "a", "abc", b"a", [1, 2], (), (3,), {"a": 1}, 1j, {1, 2}, frozenset([3])]
OBJECTS += [LooksLike(), object, range(3)]

CASES = [(sequence, (x,)) for x in SEQUENCES]
CASES += [(sequences, (SEQUENCES,)), (sequences, ([1, 2.5, 3, 4, (5, 6), [], "s", None, True],))]
CASES += [(f, (n,)) for f in (of_known, of_dict) for n in (1, 2, 2**62, 2.5, "s")]
CASES += [(of_views, ())] + [(changes, (x,)) for x in ([1, 2], [], [1], (1, 2), 3)]
CASES += [(mapping, (x,)) for x in MAPPINGS]
CASES += [(keys_of, (x,)) for x in ({"a": 1}, {"a": 2, 1: 3}, {"a": 2}, {}, Map(a=2), 3)]
CASES += [(equal_keys, (x,)) for x in ({1: 2}, {}, Map(a=2), [])]
CASES += [(unhashable_key, (x,)) for x in ({"a": 2}, {}, {1: 2})]
CASES += [(makes_none, (x,)) for x in (defaultdict(list, there=1), defaultdict(list), {"there": 2})]
CASES += [(of_class, (x,)) for x in OBJECTS]
CASES += [(f, (x,)) for f in (tells, tells_fails, tells_raises, in_try) for x in (Tells(), 3, "no", "raise")]
CASES += [(anything, (x,)) for x in (1, 2.5, "no", "raise", [])]
CASES += [(f, (Point(1, 2),)) for f in (too_many, none_allowed, twice, no_class, args_change, by_meta)]
CASES += [(f, (x,)) for f in (too_many_int, args_int, twice, no_class) for x in (1, True, ArgsInt(4), 2.5, Point(2, 1))]
CASES += [(match_args_list, (Lists(1, 2),)), (match_args_numbers, (Numbers(1, 2),)), (match_args_twice, (Twice(1, 2),))]
CASES += [(by_meta, (x(1, 2),)) for x in (ByMeta, Raises, Missing)]
CASES += [(replaced_and_back, (Point(1, 2), to)) for to in (Point3, Point, int, None)] + [(replaced_and_back, (3, int))]
CASES += [(evaluate, (e,)) for e in (1, 2.5, ("+", 1, ("*", 2, 3.5)), ("-", 2**63 - 1), ("sum", 1, ("-", 2), 3), ("+", 1), "x")]
CASES += [(evaluate, (e,)) for e in ({"op": "*", "args": [2, ("+", 3, 4)]}, {"op": "*"}, ["+", True, 2], ("sum",), ("?", 1))]
CASES += [(kinds, ([[], {}, Point(0, 1), Point(2, 1), [7, 8], {"first": 9}, {"second": 1}, "s", 5, (), (6,)],))]
CASES += [(counts, (n,)) for n in (0, 1, 10, 200)]
