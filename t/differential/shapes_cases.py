"""Instances whose comparisons and hashes are those of their attributes, where C code compares and hashes them: heapq, dicts, sets."""
import heapq
from dataclasses import dataclass

NS = (0, 1, 2, 7, 16)
NAN = float("nan")


class Event:
    __slots__ = ("time", "kind")

    def __repr__(self):
        return f"Event {self.time} {self.kind}"

    def __init__(self, time, kind):
        self.time = time
        self.kind = kind

    def __lt__(self, other):
        return self.time < other.time


class Task:
    def __init__(self, rank, name):
        self.rank = rank
        self.name = name

    def __lt__(self, other):
        return (self.rank, self.name) < (other.rank, other.name)


class Late(Task):
    """Sorts the other way round."""

    def __lt__(self, other):
        return self.rank > other.rank


class Swapped(Task):
    def __lt__(self, other):
        return other.rank < self.rank


class Named:
    """Not careful with others."""

    def __init__(self, name):
        self.name = name

    def __hash__(self):
        return hash(self.name)

    def __eq__(self, other):
        return self.name == other.name


class Found(Named):
    def __getattr__(self, name):
        return 7

    def __lt__(self, other):
        return self.missing < other.missing


class Pretends(Task):
    """Another class than its type."""

    __class__ = property(lambda self: int)

    def __eq__(self, other):
        if other.__class__ is self.__class__:
            return (self.rank,) == (other.rank,)
        return NotImplemented

    def __hash__(self):
        return hash((self.rank,))


class Watched:
    seen = []

    def __init__(self, x):
        self.value = x

    @property
    def x(self):
        self.seen.append(self.value)
        return self.value

    def __lt__(self, other):
        return self.x < other.x

    def __hash__(self):
        return hash(self.x)

    def __eq__(self, other):
        return self.x == other.x


@dataclass(frozen=True)
class Point:
    x: object
    y: object


@dataclass(order=True)
class Version:
    major: object
    minor: object


@dataclass(frozen=True)
class Point3(Point):
    z: object = 0


class Loud:
    def __lt__(self, other):
        return "yes"

    def __repr__(self):
        return "loud"


def make(kind, values):
    return [kind(v, str(i)) for i, v in enumerate(values)]


def shown(item):
    return [getattr(item, name, "none") for name in ("time", "rank", "kind", "name", "x", "y", "major", "minor")]


def through_heap(kind, values):
    """The order in which they come, also of what is left when it raises."""
    heap, out = [], []
    try:
        for item in make(kind, values):
            heapq.heappush(heap, item)
        while len(heap) > 1:
            out.append(shown(heapq.heappop(heap)))
            if len(heap) > 3:
                out.append(shown(heapq.heappushpop(heap, heap[1])))
    except (TypeError, AttributeError) as e:
        out.append(str(e))
    return out, [shown(item) for item in heap]


def compared(kind, values):
    out, items = [], make(kind, values)
    for a in items:
        for b in items:
            for how in range(5):
                try:
                    if how == 0:
                        r = "less" if a < b else "not less"
                    elif how == 1:
                        r = "same" if a == b else "other"
                    elif how == 2:
                        r = "other" if a != b else "same"
                    elif how == 3:
                        r = a <= b
                    else:
                        r = "more" if a > b else "not more"
                except (TypeError, AttributeError) as e:
                    r = str(e)
                out.append(r)
    return out


def as_keys(kind, values):
    table, seen, out = {}, set(), []
    for i, item in enumerate(make(kind, values)):
        try:
            table[item] = table.get(item, 0) + 1
            seen.add(item)
            out.append((item in table, item in seen, table[item], len(table), item in {"1": 2, "x": 3}))
            table[item] += i
            again = kind(values[0], str(0))
            out.append((again in table, again in seen, table.get(again), table.setdefault(again, 0)))
        except (TypeError, AttributeError, KeyError) as e:
            out.append(type(e).__name__)
    return out, [v for v in table.values()]


def names(xs):
    """Dicts of strs, which have the hashes of what is looked for."""
    table, out = {"a": 1, "b": 2, Named("c"): 3, Named("z"): 4}, []
    strs = {"a": 1, "b": 2}
    for x in xs:
        for where in (table, strs):
            try:
                out.append(where[Named(x)])
            except (AttributeError, KeyError) as e:
                out.append((type(e).__name__, str(e) if type(e) is AttributeError else 0))
            try:
                out.append(Named(x) in where)
            except AttributeError as e:
                out.append(str(e))
    return out


def found(n):
    heap = []
    for i in range(n):
        heapq.heappush(heap, Found(n - i))
    return [heapq.heappop(heap).name for _ in range(n)]


def watched(n):
    """Every look at the property is seen."""
    del Watched.seen[:]
    heap, table = [], {}
    for i in range(n):
        heapq.heappush(heap, Watched(i * 7 % 5))
        table[Watched(i % 3)] = i
        if Watched(i) in table:
            heapq.heappop(heap)
    return len(table), len(heap), Watched.seen


def pretends(n):
    table = {}
    for i in range(n):
        table[Pretends(i % 3, "")] = i
        if Pretends(i, "") in table:
            table[Pretends(i, "")] = -i
    return list(table.values())


def is_first(a, b):
    heap = [b]
    heapq.heappush(heap, a)
    return heap[0] is a


def changes(n):
    """The class, the function and an instance change while the loop runs."""
    out, less, code = [], Event.__lt__, Event.__lt__.__code__
    a, b = Event(1, "a"), Event(2, "b")
    try:
        for i in range(n):
            if i == 2:
                Event.__lt__ = lambda self, other: self.kind > other.kind
            elif i == 4:
                Event.__lt__ = less
            elif i == 7:
                less.__code__ = (lambda self, other: self.time > other.time).__code__
            elif i == 9:
                less.__code__ = code
            elif i == 10:
                a.time = 2.5
            elif i == 11:
                b.time = 3.5
            elif i == 12:
                del a.time
            elif i == 13:
                a.time = 1.5
            elif i == 14:
                Event.__lt__ = lambda self, other: [] if self.time else [1]
            try:
                out.append(is_first(a, b))
            except (AttributeError, TypeError) as e:
                out.append(str(e))
    finally:
        Event.__lt__, less.__code__ = less, code
    return out


def keys_change(n):
    """What a key is changes behind the dict's back."""
    a, b, out = Named("a"), Named("b"), []
    table = {a: 1, b: 2}
    hashed, equal = Named.__hash__, Named.__eq__
    try:
        for i in range(n):
            if i == 2:
                a.name = "b"
            elif i == 3:
                a.name = "a"
            elif i == 4:
                Named.__hash__ = lambda self: 1
            elif i == 5:
                Named.__hash__ = hashed
            elif i == 6:
                Named.__eq__ = lambda self, other: False
            elif i == 7:
                Named.__eq__ = equal
            elif i == 8:
                globals()["hash"] = lambda x: 5
            elif i == 9:
                del globals()["hash"]
            elif i == 10:
                a.name = [1]
            elif i == 11:
                a.name = "a"
            elif i == 12:
                vars(a)["name"] = "b"
            elif i == 13:
                vars(a)["name"] = "a"
            try:
                out.append((table.get(a), a in table, table.get(Named("a")), Named("b") in table))
                table[Named("a")] = i
                out.append(len(table))
                table.pop(Named("a"), None)
                table[a] = 1
            except TypeError as e:
                out.append(str(e))
    finally:
        Named.__hash__, Named.__eq__ = hashed, equal
        globals().pop("hash", None)
    return out


VALUES = ([], [1], [3, 1, 2, 5, 4, 2, 9, 0, 3], [2.5, 1.5, 2.5, -1.0, 0.0, -0.0], ["b", "a", "ab", "", "é", "b"], [1, 2.5, 0, 3.5],
          [NAN, 1.0, NAN, 0.5, 2.0], [2**70, 1, -(2**70), 2**70 + 1, 2**64], [1, None, 2], [(1, 2), (1, 1), (0,)], [True, 0, 1, 5, False], [[1], [0]],
          [1, "1", 2], [-1, -2, -1, 2**61 - 1, 0, 1.0, -1.0])
KINDS = (Event, Task, Late, Swapped, Version, Point, Point3, Pretends)
CASES = [(is_first, (Event(1, 2), Event(2, 1)))]
CASES += [(f, (kind, values)) for f in (through_heap, compared, as_keys) for kind in KINDS for values in VALUES]
CASES += [(f, (n,)) for f in (found, watched, pretends, changes, keys_change) for n in NS]
CASES += [(names, (xs,)) for xs in ([], ["a"], ["a", "c", "x"], ["z", 1, 2.5, None, "b"])]
