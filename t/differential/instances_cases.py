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


class Kinds:
    made = 0

    def __init__(self, x=0):
        self._x = x

    @staticmethod
    def plus(a, b=10):
        return a + b

    @classmethod
    def make(cls, x=5):
        cls.made += 1
        return cls(x)

    @classmethod
    def name(cls):
        return cls.__name__, sys._getframe().f_back.f_code.co_name

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        if value == 7:
            raise ValueError("seven")
        self._x = value
        return value

    length = staticmethod(len)
    numbers = classmethod(isinstance)

    def plain(self, by=1):
        return self._x + by


class MoreKinds(Kinds):
    def __init__(self, x):
        Kinds.__init__(self, x)
        self.extra = x

    @staticmethod
    def plus(a, b=20):
        return a - b

    @property
    def x(self):
        return Kinds.x.fget(self) + 100

    @x.setter
    def x(self, value):
        LOG.append(("more", value, sys._getframe(1).f_lineno - sys._getframe(1).f_code.co_firstlineno))
        Kinds.x.fset(self, value)

    def plain(self, by=2):
        return Kinds.plain(self, by) * 2


class SlotKinds:
    __slots__ = ("_x",)
    plus = staticmethod(Kinds.plus)
    make = classmethod(lambda cls, x=1: x)
    name = classmethod(lambda cls: cls.__name__)
    x = Kinds.x

    def __init__(self, x):
        self._x = x


def of_instances(n):
    out = []
    for i in range(n):
        for o in (Kinds(i), MoreKinds(i), SlotKinds(i)):
            out.append((o.plus(i), o.plus(i, b=2)))
            out.append(o.name())
    for o in (Kinds(n), MoreKinds(n), SlotKinds(n)):
        out.append(type(o.make(x=n)).__name__)
    return out


def of_classes(n):
    out = []
    for i in range(n):
        for cls in (Kinds, MoreKinds):
            out.append((cls.plus(i), cls.make(i).x, cls.name(), cls.length("abc"), cls.numbers(type)))
    return out


def of_one_class(n):
    out = []
    for i in range(n):
        out.append((Kinds.plus(i), Kinds.name(), MoreKinds.name(), MoreKinds(2).name()))
        out.append((MoreKinds.make(i).x, Kinds.made > 0, "made" in Kinds(0).__dict__))
    return out


def of_base(n):
    out = []
    for i in range(n):
        o = MoreKinds(i)
        out.append((Kinds.plain(o), MoreKinds.plain(o), Kinds.plain(o, 3), Kinds.__init__(o, 3), o.plain()))
    return out


def methods_change(n):
    """Static and class methods that are hidden by attributes of instances, and that are replaced."""
    out = []
    o = Kinds(1)
    for i in range(n):
        out.append((o.plus(i), o.make(i).x if i != 4 else 0, o.name()[0], Kinds.plus(i), Kinds.name()[0], Kinds.plain(o)))
        if i == 1:
            o.plus = lambda a: "mine"
        if i == 2:
            del o.plus
            Kinds.plus = staticmethod(lambda a, b=0: "replaced")
        if i == 3:
            Kinds.plus = lambda self, a=0: ("a method", type(self).__name__, a)
            Kinds.name = lambda self=None: ["no class method"]
        if i == 4:
            Kinds.plus = classmethod(lambda cls, a: (cls.__name__, a))
            Kinds.plain = property(lambda self: lambda: "made")
            break
    if n > 4:
        out.append((o.plus(5), o.plain()))
    return out


KINDS = {name: Kinds.__dict__[name] for name in ("plus", "name", "plain", "x")}


def restored(n):
    try:
        return methods_change(n)
    finally:
        for name in KINDS:
            setattr(Kinds, name, KINDS[name])


def class_of_class(n):
    out = []
    for i in range(n):
        for name in (Kinds, MoreKinds, int):
            try:
                out.append(name.mro()[0].__name__)
                out.append(name.__subclasses__()[:0])
                out.append(name.plus(1))
            except AttributeError as e:
                out.append(str(e))
    return out


def sets(n):
    out = []
    a, b, c = Kinds(0), MoreKinds(0), SlotKinds(0)
    for i in range(n):
        for o in (a, b, c):
            o.x = i * 2
            out.append(o.x)
            o.x += 1000
            try:
                o.x = 7
            except ValueError as e:
                out.append((str(e), e.__traceback__.tb_next.tb_lineno))
            out.append(o._x)
    return out, log()


def set_unhandled(x):
    o = Kinds(1)
    o.x = 5
    o.x = x
    return o.x


def setter_changes(n):
    out = []
    o = Kinds(1)
    old = Kinds.__dict__["x"]
    for i in range(n):
        o.x = i
        out.append((o._x, o.__dict__.get("x")))
        if i == 1:
            Kinds.x = property(lambda self: "other", lambda self, v: setattr(self, "_x", (v, "other")))
        if i == 2:
            Kinds.x = 5
        if i == 3:
            Kinds.x = old
        if i == 4:
            Kinds.x = property(lambda self: "no setter")
            try:
                o.x = 3
            except AttributeError as e:
                out.append(str(e))
            Kinds.x = old
    Kinds.x = old
    return out


class Dies:
    def __init__(self, x):
        self.x = x

    def __del__(self):
        LOG.append((self.x, sys._getframe(1).f_code.co_name))


def values_die(n):
    o = Kinds()
    for i in range(n):
        o.x = Dies(i)
        LOG.append("set")
        Kinds(0).x = Dies(-i)
        LOG.append("gone")
        Kinds.plus(Holder(i), 1)
        LOG.append("after")
    return log()


class Holder(Dies):
    def __add__(self, other):
        return None


def static_recursion(n):
    return Tree.depth(n, 0)


class Tree:
    @staticmethod
    def depth(n, so_far):
        if n == 0:
            return so_far, len(frames())
        return Tree.depth(n - 1, so_far + 1)

    @classmethod
    def count(cls, n):
        return 1 if n < 2 else cls.count(n - 1) + cls.count(n - 2)


def frames():
    out = []
    frame = sys._getframe(1)
    while frame and frame.f_code.co_name != "outcome":
        out.append((frame.f_code.co_name, frame.f_lineno))
        frame = frame.f_back
    return out


def class_recursion(n):
    return Tree.count(n), Tree().count(n)


def too_deep(n):
    try:
        return Tree.depth(100000, n)
    except RecursionError as e:
        return str(e)


NS = (0, 1, 3, 8, 20)
CASES = [(counted, (make, n)) for make in (Counter, Slotted) for n in (1, 4)]
CASES += [(f, (n,)) for f in (shared_ints, becomes_small, overflows, other_kinds, methods_count) for n in NS]
CASES += [(f, (n,)) for f in (instances_of, by_meta, class_changes, isinstance_replaced) for n in (0, 1, 3, 6)]
CASES += [(pretenders, (n, c)) for n in (0, 2) for c in (int, Shape, (str, Shape), (str, (Shape, int)), Counter)]
CASES += [(pretends_alone, (w, c)) for w in (int, None) for c in (int, Shape)]
CASES += [(is_of, (x, c)) for x in (1, "a", 3) for c in (int, Shape, ByMeta, 5, (int, 5), (5, int), None, [int], (str, ByMeta), int | None)]
CASES += [(f, (n,)) for f in (of_instances, of_classes, of_one_class, of_base, restored, class_of_class, sets, setter_changes, values_die, static_recursion, class_recursion) for n in (0, 1, 3, 6, 9)]
CASES += [(set_unhandled, (x,)) for x in (1, 7, "x")] + [(too_deep, (1,))]
