"""Operators of classes whose right operand is of another type: a number, a sequence, an instance of a class with and without a
method for it, of a subclass, and classes that get such a method, or other bases, while a loop runs."""
from enum import IntEnum

CASES = []
LOG = []


class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        if isinstance(other, Vec):
            return Vec(self.x + other.x, self.y + other.y)
        return NotImplemented

    def __mul__(self, k):
        LOG.append(("Vec.__mul__", type(k).__name__))
        if type(k) in (int, float, bool):
            return Vec(self.x * k, self.y * k)
        return NotImplemented

    def __mod__(self, k):
        return Vec(self.x % k, self.y % k)

    def __matmul__(self, k):
        return ("Vec.__matmul__", type(k).__name__)

    def __lt__(self, other):
        return self.x < (other.x if isinstance(other, Vec) else other)

    def __eq__(self, other):
        return isinstance(other, Vec) and self.x == other.x

    def __le__(self, other):
        return NotImplemented

    def __repr__(self):
        return f"Vec({self.x!r}, {self.y!r})"


class Point(Vec):  # comes first where it has methods of its own
    def __rmul__(self, other):
        LOG.append(("Point.__rmul__", type(other).__name__))
        return ("Point.__rmul__", other.x)

    def __radd__(self, other):
        return ("Point.__radd__", other.x)

    def __gt__(self, other):
        return ("Point.__gt__", other.x)


class Same(Vec):  # has none
    pass


class Reflected:
    def __init__(self, x):
        self.x = x

    def __rmul__(self, other):
        LOG.append(("Reflected.__rmul__", type(other).__name__))
        return ("Reflected.__rmul__", other.x, self.x)

    def __radd__(self, other):
        return ("Reflected.__radd__", other.x, self.x)

    def __ge__(self, other):
        return ("Reflected.__ge__", other.x, self.x)


class Plain:
    x = 7.0


class Multiplies:
    x = 5.0

    def __mul__(self, other):
        return ("Multiplies.__mul__", self.x)


class Apart:
    x = 9.0

    def __add__(self, other):
        return ("Apart.__add__", other.x)

    def __lt__(self, other):
        return ("Apart.__lt__", other.x)


class Number(float):
    def __rmul__(self, other):
        return ("Number.__rmul__", other.x)


class Level(IntEnum):
    LOW = 2
    HIGH = 3


class Matrix:
    def __init__(self, a, b, c, d):
        self.a = a
        self.b = b
        self.c = c
        self.d = d

    def __truediv__(self, v):
        return Vec(self.a * v.x + self.b * v.y, self.c * v.x + self.d * v.y)

    def __sub__(self, v):
        return Matrix(self.a - v.x, self.b, self.c, self.d - v.y)


def log():
    told = tuple(LOG)
    LOG.clear()
    return told


def attempt(function, *operands):
    try:
        return function(*operands)
    except TypeError as e:
        return str(e)


def add(a, b):
    return a + b


def mul(a, b):
    return a * b


def mod(a, b):
    return a % b


def matmul(a, b):
    return a @ b


def less(a, b):
    return a < b


def at_most(a, b):
    return a <= b


def same(a, b):
    return a == b


def divided(a, b):
    return a / b


def add_in_place(a, b):
    a += b
    return a


def mul_in_place(a, b):
    a *= b
    return a


def mod_in_place(a, b):
    a %= b
    return a


FUNCTIONS = {f.__name__: f for f in (add, mul, mod, matmul, less, at_most, same, add_in_place, mul_in_place, mod_in_place)}


def right(kind):
    return {
        "Vec": Vec(2.0, 3.0),
        "Point": Point(2.0, 3.0),
        "Same": Same(2.0, 3.0),
        "Reflected": Reflected(4.0),
        "Plain": Plain(),
        "Multiplies": Multiplies(),
        "Number": Number(1.5),
        "Level": Level.HIGH,
    }.get(kind, kind)


def each(name, kind, n):
    """The same operand again and again."""
    function, a, b, out = FUNCTIONS[name], Vec(1.5, 2.5), right(kind), []
    for _ in range(n):
        out.append(repr(attempt(function, a, b)))
    return out[0], set(out), log()


def mixed(name, kinds, n):
    """Another one each time: what is remembered of the last one must not be taken for the next."""
    function, a, operands = FUNCTIONS[name], Vec(1.5, 2.5), [right(kind) for kind in kinds]
    return [repr(attempt(function, a, operands[i % len(operands)])) for i in range(n)], log()


def lefts(name, b, n):
    """So it is with left operands."""
    function, operands = FUNCTIONS[name], [Vec(1.5, 2.5), Point(1.0, 2.0), Same(3.0, 4.0), 3.0, Reflected(2.0), Multiplies()]
    return [repr(attempt(function, operands[i % len(operands)], b)) for i in range(n)], log()


def after_another(name, n):
    """What has no say beside an instance of one class has it beside another, with which it comes again and again."""
    function, b, out = FUNCTIONS[name], Point(2.0, 3.0), []
    for i in range(n):
        out.append(repr(function(Apart() if i % 6 < 3 else Vec(1.5, 2.5), b)))
    return out


def scaled(v, k, n):
    """Built in: what is multiplied by comes out of a list."""
    total, factors = Vec(0.0, 0.0), [k, k]
    for i in range(n):
        total = total + v * factors[i % 2]
    return total, len(log())


def transformed(n):
    """A method of one class, an instance of another on its right."""
    m, v = Matrix(0.5, 0.25, -0.25, 0.5), Vec(3.0, 4.0)
    for i in range(n):
        m = m - v if i % 3 == 0 else m
        v = m / v
    return v


def transformed_late(n):
    """That class gets a method for it, and loses it."""

    class Late:
        def __init__(self, x, y):
            self.x = x
            self.y = y

        def __sub__(self, other):
            return Late(self.x - other.x, self.y - other.y)

    m, v, out = Matrix(0.5, 0.25, -0.25, 0.5), Late(3.0, 4.0), []
    for i in range(n):
        if i == n // 3:
            Late.__rsub__ = lambda self, other: ("Late.__rsub__", other.a)
        if i == 2 * n // 3:
            del Late.__rsub__
        out.append(repr((m - v).a))
    return out


def becomes_subclass(n):
    """The right operand's class becomes a subclass of the left one's, which has its say first from then on."""

    class Base:
        def __add__(self, other):
            return "Base.__add__"

    class Middle:
        pass

    class Other(Middle):
        def __radd__(self, other):
            return "Other.__radd__"

        def __lt__(self, other):
            return "Other.__lt__"

    class Between(Base):
        pass

    a, b, out = Base(), Other(), []
    for i in range(n):
        if i == n // 2:
            Other.__bases__ = (Between,)
        out.append(a + b)
    return out


def becomes_other(n):
    """The instance becomes one of another class."""
    a, b, out = Vec(1.0, 2.0), Same(2.0, 3.0), []
    for i in range(n):
        if i == n // 2:
            b.__class__ = Point
        out.append(repr(a * b if i % 2 else a + b) if i >= n // 2 else repr(a + b))
    return out, log()


def changes_left(n):
    """The left operand's class has another method from then on."""

    class Left:
        def __add__(self, other):
            return ("first", other)

    def second(self, other):
        return ("second", other)

    a, out = Left(), []
    for i in range(n):
        if i == n // 2:
            Left.__add__ = second
        if i == 3 * n // 4:
            del Left.__add__
        out.append(attempt(add, a, i * 0.5))
    return out


NUMBERS = [2, -3, 2.5, True, 2**70, float("nan"), 1j]
KINDS = ["Vec", "Point", "Same", "Reflected", "Plain", "Multiplies", "Number", "Level"]
for function in FUNCTIONS:
    CASES += [(each, (function, kind, 12)) for kind in KINDS + NUMBERS + [None, "ab", [1, 2], (1,), b"x"]]
    CASES += [(mixed, (function, tuple(KINDS), 24)), (mixed, (function, (2, 2.5, True), 24)), (mixed, (function, ("Vec", 2, "Point", 2.5), 24))]
    CASES += [(mixed, (function, (2.5, "Reflected"), 24)), (mixed, (function, ("Plain", None), 24)), (mixed, (function, ("Same", "Point"), 24))]
    CASES += [(lefts, (function, b, 24)) for b in (2.5, 3, None, [1])]
CASES += [(scaled, (Vec(1.0, 2.0), k, 20)) for k in (2, 2.5, True, 2**62, float("inf"))]
CASES += [(after_another, ("add", 24)), (after_another, ("less", 24))]
CASES += [(transformed, (n,)) for n in (1, 9, 30)] + [(transformed_late, (30,)), (becomes_subclass, (24,)), (becomes_other, (24,)), (changes_left, (32,))]
