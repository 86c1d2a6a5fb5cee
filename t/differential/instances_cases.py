"""What programs made of classes do most: counters in attributes, isinstance(), static and class methods, properties that are
set, with, exceptions on their way through several calls, and everything that may be seen or changed meanwhile."""
import sys

LOG = []


def log():
    out = LOG[:]
    LOG.clear()
    return out


class Counter:
    def __init__(self, n=0):
        self.n = n
        self.other = None

    def up(self, by):
        self.n += by
        return self.n


class Slotted:
    __slots__ = ("n", "other")

    def __init__(self, n=0):
        self.n = n


NUMBERS = (0, 1, -1, 5, -5, -6, 256, 257, 300, -300, 2**30 - 1, 2**30, -(2**30), 2**31, 2**40, -(2**40), 2**59, 2**60 - 1,
           2**60, -(2**60), 2**62, 2**63 - 1, -(2**63))


def counted(make, n):
    """Ints that change their value in place, through all sizes, and what others hold of them."""
    o = make()
    kept = []
    for i in range(n):
        for x in NUMBERS:
            o.n = x + i - i
            kept.append(o.n)
            o.n += 1000
            o.n -= 1000 + i
            o.other = o.n
            o.n += i
            kept.append((o.n, o.other))
    return kept


def shared_ints(n):
    a, b = Counter(1000), Counter(2000)
    out = []
    for i in range(n):
        b.n = a.n
        a.n += 1
        out.append((a.n, b.n, a.n is b.n))
        a.n = b.n = a.n + 5000
        a.n += 1
        out.append((a.n, b.n))
        a.n = i
        out.append((a.n is i, a.n is 0 + i, a.n, b.n))
        del b.n
        b.n = i * 1000
        b.__dict__["n"] += 1
        b.n += 1
        out.append(b.n)
    return out


def overflows(n):
    o = Counter(2**63 - 3)
    for i in range(n):
        o.n += 1
    return o.n


def becomes_small(n):
    o = Counter()
    small = [-5, 0, 1, 256, 257]
    out = []
    for i in range(n):
        for x in small:
            o.n = 1000 + i
            o.n -= 1000 + i - x
            out.append((o.n is x, o.n == x))
    return [pair for pair, x in zip(out, small * n) if x < 257]


def other_kinds(n):
    o = Counter(1 << 20)
    out = []
    for i in range(n):
        o.n = (o.n, True)[i == 3]
        out.append((o.n, type(o.n)))
        o.n = o.n + 1000
        out.append((o.n, type(o.n)))
        if i == 4:
            o.n = 1.5
        if i == 6:
            o.n = 10**30
    return out


def methods_count(n):
    o = Counter()
    for i in range(n):
        o.up(i * 100)
        o.up(-1)
    return o.n, o.up(0)


class Shape:
    pass


class Square(Shape):
    pass


class Pretends:
    """Says that it is a Shape."""
    def __init__(self, what):
        self.what = what

    @property
    def __class__(self):
        LOG.append("asked")
        if self.what is None:
            raise KeyError("no class")
        return self.what


class Meta(type):
    def __instancecheck__(cls, other):
        LOG.append(f"checks {type(other).__name__}")
        if other == 3:
            raise ValueError("three")
        return other == 1


class ByMeta(metaclass=Meta):
    pass


class Loud:
    def __getattr__(self, name):
        LOG.append(name)
        raise AttributeError(name)


class Int(int):
    pass


def objects():
    return [1, True, "a", 1.5, None, (1,), [2], Int(4), Shape(), Square(), Loud(), int, Shape, sys, len, {1}, {2: 3}, b"x", 3]


def is_of(x, cls):
    return isinstance(x, cls)


def instances_of(n):
    out = []
    for i in range(n):
        for x in objects():
            out.append((isinstance(x, int), isinstance(x, str), isinstance(x, Shape), isinstance(x, Square),
                        isinstance(x, (int, str)), isinstance(x, (Shape, (list, tuple))), isinstance(x, object),
                        isinstance(x, type), isinstance(x, ()), isinstance(x, int | str), isinstance(x, bool)))
    return out


def pretenders(n, cls):
    out = []
    for i in range(n):
        for what in (int, Shape, Square, 5, None):
            x = Pretends(what)
            try:
                out.append(isinstance(x, cls))
            except KeyError as e:
                out.append(repr(e))
    return out, log()


def pretends_alone(what, cls):
    return isinstance(Pretends(what), cls)


def by_meta(n):
    out = []
    for i in range(n):
        for x in (1, "a", Shape()):
            out.append((isinstance(x, ByMeta), isinstance(x, (int, ByMeta)), isinstance(x, (ByMeta, int))))
    return out, log()


def class_changes(n):
    """A class gets another __class__, or its instances another class."""
    out = []
    x = Square()
    for i in range(n):
        out.append((isinstance(x, Shape), isinstance(x, Counter)))
        if i == 1:
            Square.__class__ = property(lambda self: Counter)
        if i == 3:
            del Square.__class__
        if i == 4:
            x.__class__ = Counter
    return out


def isinstance_replaced(n):
    global isinstance
    out = []
    for i in range(n):
        if i == 2:
            isinstance = lambda x, y: "mine"
        out.append(isinstance(i, Shape))
    if n > 2:
        del isinstance
    return out


NS = (0, 1, 3, 8, 20)
CASES = [(counted, (make, n)) for make in (Counter, Slotted) for n in (1, 4)]
CASES += [(f, (n,)) for f in (shared_ints, becomes_small, overflows, other_kinds, methods_count) for n in NS]
CASES += [(f, (n,)) for f in (instances_of, by_meta, class_changes, isinstance_replaced) for n in (0, 1, 3, 6)]
CASES += [(pretenders, (n, c)) for n in (0, 2) for c in (int, Shape, (str, Shape), (str, (Shape, int)), Counter)]
CASES += [(pretends_alone, (w, c)) for w in (int, None) for c in (int, Shape)]
CASES += [(is_of, (x, c)) for x in (1, "a", 3) for c in (int, Shape, ByMeta, 5, (int, 5), (5, int), None, [int], (str, ByMeta), int | None)]
