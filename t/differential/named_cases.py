"""Classes of collections.namedtuple(): made, read by name, as keys; and what is nearly one."""
from collections import namedtuple

CASES = []
Point = namedtuple("Point", "x y")
Triple = namedtuple("Triple", ["a", "b", "c"], defaults=[7, None])
One = namedtuple("One", "only")
Wide = namedtuple("Wide", [f"f{i}" for i in range(70)])
Empty = namedtuple("Empty", "")


class Sub(Point):
    def norm(self):
        return self.x * self.x + self.y * self.y


class Slots(Point):
    __slots__ = ()

    @property
    def y(self):
        return -1


class Made(Point):
    def __new__(cls, x, y):
        return super().__new__(cls, y, x)


class Begun(Point):
    def __init__(self, x, y):
        self.log = [x, y]


class Equal(Point):
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 5


class Hashed(Point):
    log = []

    def __hash__(self):
        Hashed.log.append(tuple(self))
        return tuple.__hash__(self)


class Meta(type):
    def __call__(cls, *args):
        return args


class OfMeta(Point, metaclass=Meta):
    pass


class Plain(tuple):
    pass


class Dies:
    def __init__(self, log):
        self.log = log

    def __del__(self):
        self.log.append("died")


CLASSES = [Point, Sub, Slots, Made, Begun, Equal, Hashed, OfMeta]


def make(cls, x, y):
    p = cls(x, y)
    return type(p).__name__, p, len(p), p[0], p[1]


def read(cls, x, y):
    p = cls(x, y)
    return p.x, p.y, p.x is x, p[-1]


def norm(x, y):
    return Sub(x, y).norm()


def add(points):
    t = 0
    for p in points:
        t += p.x * 2 - p.y
    return t


def moved(points, dx):
    return [Point(p.x + dx, p.y - dx) for p in points]


def store(p):
    try:
        p.x = 5
    except AttributeError as e:
        return str(e)
    return p.x


def wrong(cls, args):
    try:
        return cls(*args)
    except (TypeError, ValueError) as e:
        return str(e)


def too_few(cls):
    try:
        return cls(1)
    except TypeError as e:
        return str(e)


def named(x):
    return Point(y=x, x=2), Triple(x), Triple(x, 2), Triple(x, 2, 3), Triple(1, c=x), One(x), Empty()


def short(items):
    p = tuple.__new__(Point, items)
    try:
        return p.x, p.y
    except IndexError as e:
        return str(e), e.__traceback__.tb_next is None


def keys(cls, n):
    d = {}
    for i in range(n):
        k = cls(i % 3, i % 2)
        d[k] = d.get(k, 0) + 1
    out = [(tuple(k), v) for k, v in d.items()]
    return out, d.get((1, 1), "none"), (0, 0) in d, cls(2, 0) in d, {cls(1, 0), (1, 0), cls(1, 0)} == {(1, 0)}


def mixed_keys(n):
    d = {(i, i + 1): i for i in range(n)}
    t = 0
    for i in range(-1, n + 1):
        t += d.get(Point(i, i + 1), 100)
        t += d.get(Triple(i, i + 1, 0), 1000)
        if Point(i, i) in d:
            t += 1
        d[Point(i, i + 1)] = i * 2
    return t, list(d.items()), [type(k).__name__ for k in d]


def keys_die(n):
    log = []
    d = {}
    for i in range(n):
        d[Point(i % 2, 1)] = Dies(log)
    out = len(log)
    del d
    return out, len(log)


def lives(n):
    log = []
    out = []
    for _ in range(n):
        p = Point(Dies(log), 1)
        out.append(len(log))
        q = p.x
        p = None
        out.append(len(log))
        q = None
        out.append(len(log))
    return out, q


def replaced(n):
    """__new__ is another one from the middle on."""
    P = namedtuple("P", "x y")
    out = []
    for i in range(n):
        if i == n // 2:
            P.__new__ = lambda cls, x, y: (y, x)
        out.append((P(i, 1), type(P(i, 2)).__name__))
    return out


def another_code(n):
    P = namedtuple("P", "x y")
    out = []
    for i in range(n):
        if i == n // 2:
            P.__new__.__code__ = (lambda _cls, x, y: (y, x)).__code__
        out.append(P(i, 1))
    return out


def another_global(n):
    P = namedtuple("P", "x y")
    out = []
    for i in range(n):
        if i == n // 2:
            P.__new__.__globals__["_tuple_new"] = lambda cls, items: ("other", items)
        out.append(P(i, 1))
    return out


def another_getter(n):
    P = namedtuple("P", "x y")
    out = []
    p = P(1, 2)
    for i in range(n):
        if i == n // 2:
            P.x = P.y
        if i == n - 1:
            P.y = property(lambda self: "y")
        out.append((p.x, p.y))
    return out


def class_of(p):
    return [p.x, p.y] if p.x else p


def wide(n):
    w = Wide(*range(70))
    return w.f0 + n, w.f69, w


def unpacked(points):
    out = []
    for x, y in points:
        out.append(x + y)
    for p in points:
        x, y = p
        out.append(x - y)
    return out, [p._replace(x=9) for p in points], [p._asdict() for p in points]


for cls in CLASSES:
    for x, y in ((1, 2), (0, -1), ("a", None), (1.5, 2**70), ([], ())):
        CASES += [(make, (cls, x, y))]
        if cls is not OfMeta:
            CASES += [(read, (cls, x, y))]
    CASES += [(too_few, (cls,)), (wrong, (cls, (1, 2, 3))), (wrong, (cls, ()))]
    for n in (0, 1, 9):
        if cls is not OfMeta:
            CASES += [(keys, (cls, n))]
CASES += [(norm, (3, 4)), (norm, (1.5, 2)), (wide, (1,)), (wrong, (Plain, ((1, 2),))), (wrong, (Plain, (1, 2))), (wrong, (tuple, ((1,),)))]
POINTS = [Point(1, 2), Point(3, 4), Sub(5, 6), Slots(7, 8)]
CASES += [(add, (POINTS,)), (add, ([],)), (add, (POINTS * 5,)), (moved, (POINTS, 3)), (moved, (POINTS, 0.5)), (unpacked, (POINTS,))]
CASES += [(store, (p,)) for p in POINTS] + [(named, (x,)) for x in (1, "a", None)] + [(short, (items,)) for items in ((), (1,), (1, 2), (1, 2, 3))]
for n in (0, 1, 2, 7, 20):
    CASES += [(mixed_keys, (n,)), (keys_die, (n,)), (lives, (n,)), (replaced, (n,)), (another_code, (n,)), (another_global, (n,)), (another_getter, (n,))]
CASES += [(class_of, (p,)) for p in (Point(1, 2), Point(0, 2), Triple(1, 2, 3)._replace(a=0) if False else Sub(0, 0), Slots(1, 1))]
