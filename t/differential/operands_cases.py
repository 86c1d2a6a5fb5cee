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


class Right:
    """Only its right methods are asked, of numbers."""

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __radd__(self, k):
        return Right(k + self.x, k + self.y)

    def __rmul__(self, k):
        return Right(k * self.x, k * self.y)

    def __rmod__(self, k):
        LOG.append(("Right.__rmod__", type(k).__name__))
        return NotImplemented

    def __rsub__(self, k):
        return k - self.x

    def __rlshift__(self, k):
        return ("Right.__rlshift__", k)

    def __rand__(self, k):
        return ("Right.__rand__", k)

    def __repr__(self):
        return f"Right({self.x!r}, {self.y!r})"


class Whole(int):
    def __rmul__(self, k):
        return ("Whole.__rmul__", k)

    def __radd__(self, k):
        return ("Whole.__radd__", k)


class Listed(list):
    def __radd__(self, k):
        return ("Listed.__radd__", k)

    def __rmul__(self, k):
        return ("Listed.__rmul__", k)


def of_numbers(k, b):
    out = []
    for f in (add, mul, mod, sub, shifted, both, add_in_place, mul_in_place):
        out.append(repr(attempt(f, k, b)))
    return out


def sub(a, b):
    return a - b


def shifted(a, b):
    return a << b


def both(a, b):
    return a & b


def left_numbers(k, kinds, n):
    """A number on the left, whatever is on the right, by turns."""
    operands, out = [{"Right": Right(1.5, 2), "Whole": Whole(3), "Listed": Listed([1])}.get(kind) or right(kind) for kind in kinds], []
    for i in range(n):
        out.append(of_numbers(k, operands[i % len(operands)]))
    return out, log()


def times(b):
    return 2.5 * b


def plus(b):
    return 3 + b


class Ratio(int):  # a float divides it without asking
    def __rtruediv__(self, k):
        return ("Ratio.__rtruediv__", k)


class Part(float):
    def __rfloordiv__(self, k):
        return ("Part.__rfloordiv__", k)


def ratio(b):
    return 2.5 / b


def ratio_of_int(b):
    return 7 / b


def part(b):
    return 7.5 // b


def part_of_int(b):
    return 7 // b


def numbers_on_the_right(n):
    return [(ratio(Ratio(i + 2)), ratio_of_int(Ratio(i + 2)), part(Part(i + 0.5)), part_of_int(Part(i + 0.5))) for i in range(n)]


HIGH = Level.HIGH


class Asks:
    def __init__(self, x):
        self.x = x

    def __rmul__(self, k):
        return Asks(self.x * k)

    def __sub__(self, k):
        return (type(k).__name__, self.x)

    def __gt__(self, k):
        return (type(k).__name__, self.x)

    def __radd__(self, k):
        return (type(k).__name__, self.x)


def member_on_the_right(n):
    return [(Asks(i) - HIGH, Asks(i) > HIGH, Asks(i) - 2) for i in range(n)]


def member_on_the_left(n):
    """What is calculated with as an int is another thing for the method that gets it."""
    return [((HIGH * Asks(i * 0.5)).x, HIGH + Asks(i * 0.5), True + Asks(i)) for i in range(n)]


def by_constants(kinds, n):
    """So it is with numbers that are known as such."""
    operands = [{"Right": Right(1.5, 2), "Whole": Whole(3), "Listed": Listed([1])}.get(kind) or right(kind) for kind in kinds]
    return [(repr(attempt(times, b)), repr(attempt(plus, b))) for _ in range(n) for b in operands], log()


def pulled(n, dt, k):
    """Instances that need not be made, and those that attributes have."""
    total, place = Right(0.5, 0.25), Reflected(2.0)
    for i in range(n):
        d = Right(i * 0.5, i - 2.0)
        step = dt * d
        total = k + Right(step.x + total.x, step.y + total.y)
        place = Reflected((dt * place)[1])
        total.x -= 2.5 - total
    return total, place.x, log()


def pulled_ints(n, k):
    v = Right(1, 2)
    for _ in range(n):
        v = k * v
    return v


def right_changes(n):
    """The class's method is another one, and none, from then on."""

    class Late:
        def __init__(self, x):
            self.x = x

        def __rmul__(self, k):
            return k * self.x

    v, out = Late(2.5), []
    for i in range(n):
        if i == n // 3:
            Late.__rmul__ = lambda self, k: ("other", k)
        if i == 2 * n // 3:
            del Late.__rmul__
        out.append(attempt(mul, 1.5, v))
        out.append(attempt(mul, 2, v))
    return out


class Sum:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Sum(self.x + other.x, self.y + other.y)

    def __iadd__(self, other):
        self.x += other.x
        self.y += other.y
        return self

    def __sub__(self, other):
        return Sum(self.x - other.x, self.y - other.y)

    def __isub__(self, other):
        LOG.append("Sum.__isub__")
        return NotImplemented

    def __mul__(self, k):
        return Sum(self.x * k, self.y * k)

    def __imul__(self, k):
        LOG.append("Sum.__imul__")
        return "product"


class Derived(Sum):
    pass


def in_place(kind, n):
    """Instances with methods in place, which are not made and which others see."""
    total, seen = kind(0.5, 1), kind(1.0, 2.0)
    other = seen
    for i in range(n):
        total += kind(i * 0.5, i)
        seen += total
        if i % 3 == 0:
            total -= kind(1.0, 1)
            once = kind(1.5, 2)
            once *= 2.0
            LOG.append(once)
    return total.x, total.y, seen is other, seen.x, other.y, log()


def in_place_later(n):
    class Late:
        def __init__(self, x):
            self.x = x

        def __add__(self, other):
            return Late(self.x + other.x)

    def iadd(self, other):
        LOG.append("iadd")
        return self

    a, b, out = Late(1.5), Late(2.0), []
    for i in range(n):
        if i == n // 2:
            Late.__iadd__ = iadd
        c = a
        c += b
        out.append((c is a, c.x))
    return out, log()


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
for k in (2, -3, 2.5, True, 2**70, NUMBERS[5], 2**62):
    CASES += [(left_numbers, (k, ("Right",), 12)), (left_numbers, (k, ("Right", "Reflected"), 12)), (left_numbers, (k, ("Right", "Whole", "Number", "Level"), 12))]
    CASES += [(left_numbers, (k, ("Listed", "Right", "Plain", "Point"), 12)), (left_numbers, (k, (2.5, "Right", None, 3), 12))]
    CASES += [(pulled, (12, k, 0.5)), (pulled, (12, 0.5, k)), (pulled_ints, (9, k))]
CASES += [(right_changes, (30,)), (in_place, (Sum, 12)), (in_place, (Derived, 12)), (in_place_later, (24,))]
for kind in ("Right", "Reflected", "Whole", "Number", "Listed", "Point", "Level", "Plain", "ab", 2.5):
    CASES += [(by_constants, ((kind,), 12)), (by_constants, ((kind, "Right"), 12)), (by_constants, (("Right", "Right", kind), 12))]
CASES += [(numbers_on_the_right, (12,))]
CASES += [(member_on_the_left, (12,)), (member_on_the_right, (12,))]
