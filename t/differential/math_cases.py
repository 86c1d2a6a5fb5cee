"""Functions of module math, rounding, and complex numbers, over the values where they raise or change their ways."""
import math
import sys
from math import atan2, sqrt

NAN, INF = float("nan"), float("inf")
FLOATS = [
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.1, 3.0, 4.0, 100.25, -7.75, 1e-300, 5e-324, 0.49999999999999994, 709.0, 710.0, -746.0,
    2.0**52, 2.0**52 + 0.5, 2.0**53, 2.0**62, -(2.0**63), 2.0**63, 2.0**64, 1e308, -1e308, INF, -INF, NAN,
]
INTS = [0, 1, -1, 2, 5, -3, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 10**400, True, False]
OTHERS = ["x", None, 1j, [1.0]]
ONE = "acos acosh asin asinh atan atanh cbrt cos cosh exp exp2 expm1 log log10 log1p log2 sin sinh tan tanh sqrt fabs floor ceil trunc degrees radians isnan".split()
TWO = "atan2 copysign fmod pow".split()
CASES = []


def define(name, source):
    names = {"__name__": "cases", "math": math}
    exec(compile(source, name, "exec"), names)
    return names[name]


for name in ONE:
    f = define(name, f"def {name}(x):\n    return math.{name}(x)\n")
    CASES += [(f, (x,)) for x in FLOATS + INTS + OTHERS]
    g = define(f"all_{name}", f"def all_{name}(xs):\n    out = []\n    for x in xs:\n        out.append(math.{name}(x))\n    return out\n")
    CASES += [(g, ([x for x in FLOATS if 0 < x < 1],)), (g, ([0.5, 1, True],)), (g, ([0.5, 1, "x"],)), (g, ([0.5, -2.0, 1e300],))]
for name in TWO:
    f = define(name, f"def {name}(x, y):\n    return math.{name}(x, y)\n")
    CASES += [(f, (x, y)) for x in FLOATS for y in FLOATS]
    CASES += [(f, (x, y)) for x in INTS + OTHERS for y in [1, 0.5, -2, None]]


def rounded(x):
    return round(x)


def whole(x):
    return int(x)


def rounded_sum(xs):
    total = 0
    for x in xs:
        total += round(x * 0.5) + int(x) + math.floor(x) - math.ceil(x)
    return total


CASES += [(f, (x,)) for f in (rounded, whole) for x in FLOATS + INTS + ["12", None]]
CASES += [(rounded_sum, (xs,)) for xs in ([0.5, 1.5, -2.5, 3.0], [1.0, INF], [NAN], [2.0**70, 1.0], [3, 4])]


def distance(x, y):
    return sqrt(x * x + y * y), atan2(y, x), math.pi, math.e * x, math.tau, math.inf


def wrong_count(x):
    return math.sqrt(x, x)


def keyword(x):
    return math.sqrt(x=x)


def not_there(x):
    return math.no_such_function(x)


CASES += [(distance, (3.0, 4.0)), (distance, (3, 4)), (distance, ("a", 1)), (wrong_count, (1.0,)), (keyword, (1.0,)), (not_there, (1.0,))]


def replaced(x, n):
    """Another function, or another number, takes the place of one in the middle of a loop."""
    out = []
    old, old_pi = math.cos, math.pi
    try:
        for i in range(n):
            out.append(math.cos(x))
            out.append(math.pi)
            out.append(sqrt(x))
            if i == n // 2:
                change()
    finally:
        math.cos, math.pi = old, old_pi
        globals()["sqrt"] = math.sqrt
    return out


def change():
    math.cos = math.sin
    math.pi = "three"
    globals()["sqrt"] = lambda x: (x, "mine")


def removed(x):
    old = math.tan
    try:
        first = math.tan(x)
        del math.tan
        return first, math.tan(x)
    finally:
        math.tan = old


class Index:
    def __float__(self):
        return 0.25

    def __floor__(self):
        return "floor"


def of_object(kind):
    x = Index()
    return (math.cos(x), math.sqrt(x), math.floor(x)) if kind else math.cos(object())


def who(x):
    return math.log(x), sys.maxsize, sys.float_info.max


CASES += [(replaced, (0.5, n)) for n in (1, 4, 9)] + [(removed, (1.0,)), (of_object, (1,)), (of_object, (0,)), (who, (2.0,)), (who, (-2.0,))]


def quotients(a, b):
    q, r = divmod(a, b)
    return q, r, divmod(b, 7)[1], divmod(a, b)


def quotient_kept(a, b):
    t = divmod(a, b)
    try:
        return t, t is t, a // (b - 1), t[0] * b + t[1]
    except ZeroDivisionError:
        return t, "zero"


def digits(n, base):
    out = []
    while n > 0:
        n, d = divmod(n, base)
        out.append(d)
    return out[::-1]


def power(a, b):
    return pow(a, b)


def power_modulo(a, b, m):
    return pow(a, b, m), pow(a, b, 97)


def power_named(a, b):
    return pow(base=a, exp=b), pow(a, b, None)


def is_prime(n):
    d, r = n - 1, 0
    while d % 2 == 0:
        d //= 2
        r += 1
    for a in (2, 3, 5, 7, 11, 13):
        x = pow(a, d, n)
        if x == 1 or x == n - 1:
            continue
        for _ in range(r - 1):
            x = pow(x, 2, n)
            if x == n - 1:
                break
        else:
            return False
    return True


SOME = [0, 1, -1, 7, -7, 2**62 + 1, -(2**63), 2**63, True, 0.0, -2.5, 1e300, INF, NAN, "x", None]
CASES += [(f, (x, y)) for f in (quotients, quotient_kept) for x in SOME for y in SOME]
CASES += [(f, (x, y)) for f in (power, power_named) for x in SOME for y in (0, 1, -1, 7, True, 0.0, -2.5, NAN, "x", None)]
CASES += [(power_modulo, (x, y, z)) for x in SOME[:9] for y in (0, 1, 5, 2**62, -1, True) for z in (1, 2, -5, 0, 2**62 + 3, 2**63, 2.0)]
CASES += [(digits, x) for x in ((0, 10), (12345678901234, 10), (2**63, 16), (255, 1.5), (5.5, 2), (7, 0))]
CASES += [(is_prime, (n,)) for n in (17, 341, 2**31 - 1, 2**61 - 1, 10**18 + 9, 10**18 + 11, 2**64 + 13)]


def distance(x):
    return abs(x) * 2.0


def abs_is_another_for_some_calls(x):
    """What a global was in the last call says nothing about this one."""
    out = [distance(x), distance(x)]
    try:
        globals()["abs"] = lambda x: x * 10.0
        out += [distance(x), distance(x), distance(x)]
        del globals()["abs"]
        out += [distance(x), distance(x)]
        globals()["abs"] = lambda x: x - 1.0
        out += [distance(x), distance(x)]
    finally:
        del globals()["abs"]
    return [*out, distance(x)]


CASES += [(distance, (x,)) for x in (-4.0, 4, "x")] + [(abs_is_another_for_some_calls, (x,)) for x in (-4.0, -2)]


class Whole:
    """What floor(), ceil() and trunc() ask of what is no number."""

    def __init__(self, x):
        self.x = x

    def __floor__(self):
        return "floor"

    def __ceil__(self):
        return self.x

    def __trunc__(self):
        raise ValueError("trunc")

    def __repr__(self):
        return f"Whole({self.x!r})"


class Place:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def cell(self):
        return math.floor(self.x), math.ceil(self.y)

    def odd(self):
        return (math.floor(self.x) + math.floor(self.y)) % 2


def cells(values):
    """Attributes of which nothing is known, in methods that are built in and as they are."""
    places, out = [Place(x, y) for x in values for y in values], []
    for p in places:
        try:
            out.append((math.floor(p.x), math.ceil(p.y), math.trunc(p.x)))
            out.append((p.cell(), p.odd()))
        except (TypeError, ValueError, OverflowError) as e:
            out.append(str(e))
    return out


def cells_of(values, n):
    places = [Place(x, -x) for x in values]
    return sum(p.odd() + p.cell()[0] for _ in range(n) for p in places)


def floor_is_another(n):
    p, out, floor = Place(2.5, -1.5), [], math.floor
    for i in range(n):
        if i == n // 2:
            math.floor = lambda x: x * 10
        out.append((math.floor(p.x), p.cell(), p.odd()))
    math.floor = floor
    return out


CASES += [(cells, (values,)) for values in ([0.5, -1.5, 2.0], [1.5, 2, True], [2.5, Whole(1.5), 3], [1e300, -0.0, 2.0**63], [NAN, 1.0], [INF, 1], [0.5, "x", None], [2**70, 0.5], [1j, -0.5])]
CASES += [(cells_of, (values, 9)) for values in ([0.5, -1.5, 2.0], [1, 2.5], [2**62 + 0.0, -(2.0**63)], [2**64, 0.25])] + [(floor_is_another, (20,))]
