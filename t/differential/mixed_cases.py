"""Operands of several types at one place, with which CPython's inline caches are warm: run with $PREFORGE_JIT_CALLS."""

CASES = []


# Operands of two types at one place, which CPython's inline caches have no word for.
def weighted(values, k):
    s = 0.0
    for v in values:
        s += 2 * v
        s -= v * k
        s += v / 4
        s += v // 3 + v % 5
    return s


def counted(values):
    n = [0] * 6
    for v in values:
        if v > 0:
            n[0] += 1
        if v <= 2.5:
            n[1] += 1
        if 3 < v:
            n[2] += 1
        if v == 7:
            n[3] += 1
        if v != 1.5:
            n[4] += 1
        n[5] += v >= 2
    return n


def powers(values, x):
    r = []
    for v in values:
        r.append(x ** v)
        r.append(v ** x)
        r.append(x / v)
        r.append(x // v)
        r.append(x % v)
        r.append(v % x)
    return r


MIXED = (
    [1, 2.5, 3, -0.0, 7] * 4,
    [2**40, 7.0, 2**53 + 1, 1.5, -(2**62)] * 3,
    [float("inf"), float("nan"), 1, 2**70, -3.5] * 3,
    [True, 2.5, False, 7] * 4,
    [1, 2.5, "x"],
    [2.5] * 9 + [3] * 9,
    [3] * 9 + [2.5] * 9 + [2**1100],
    [1.5, 2 + 1j, 3],
)
CASES.extend((weighted, (m, k)) for m in MIXED for k in (3, 0.5, True))
CASES.extend((counted, (m,)) for m in MIXED)
CASES.extend((powers, ([v for v in m if v != 0], x)) for m in MIXED for x in (2.5, -0.5, 3.0))


def beside_ints(values, n):
    r = []
    for v in values:
        r.append(v / 3)
        r.append(v // 2)
        r.append(v % 7)
        r.append(v**2)
        r.append(2**v if v < 50 else 0)
        r.append(n / v)
        r.append(-v)
    return r


def remainders(texts):
    return [t % 5 for t in texts]


CASES.extend((beside_ints, ([v for v in m if not isinstance(v, (str, complex)) and v], n)) for m in MIXED for n in (1, -7, 2**60))
CASES.extend((remainders, (t,)) for t in ([9, 2.5, -1], ["%d", "%x and", "none"], [9, "%5d"], [True, 2**70]))


# min() and max() of an int and a float.
NAN, INF = float("nan"), float("inf")


def clamped(values, low, high):
    return [max(low, min(high, v)) for v in values]


def cut_off(values):
    s = 0.0
    for v in values:
        s = s * 0.5 + max(v, 0)
    return s


def extremes(values):
    s, r = 0.0, []
    for v in values:
        y = v * 1.5
        r.append((max(y, 0), min(y, 1), max(0, y), min(1, y)))
        s += max(0, y) * s + min(1, y) / (1 + max(y, 3))
    return s, r


def pairs(n, f):
    return max(n, f), min(n, f), max(f, n), min(f, n), f * max(n, f), 1.0 + min(f, n), max(n, 2), max(2, f)


def running(n):
    t = 0
    for i in range(n):
        x = i * 0.25
        t = max(t, x)
        t = min(t, 5)
    return t


SOME = [[], [1.0, -2.0, 3], [-1, 0.5, 2], [NAN, 1], [1, NAN], [-0.0, 0], [0, -0.0, 1e300], [2**53 + 1, 2.0**53], [True, 0.5], [2**70, 1.0], ["x"], [None]]
CASES.extend((clamped, (v, low, high)) for v in SOME for low, high in ((0, 1), (0.0, 1.0), (0, 1.5), (-1.5, 2)))
CASES.extend((f, (v,)) for f in (cut_off, extremes) for v in SOME)
CASES.extend((pairs, (n, f)) for n in (0, 1, -1, 2**53 + 1, 2**62, True, 2**80) for f in (0.0, -0.0, 0.5, NAN, 2.0**53, 1e300, INF))
CASES.extend((running, (n,)) for n in (0, 5, 100))


class Line:
    def __init__(self, quantity, price):
        self.quantity = quantity
        self.price = price

    def total(self):
        return self.quantity * self.price

    def each(self):
        return self.price / self.quantity

    def both(self, other):
        return (self.quantity + other.price) * (self.price - other.quantity)


def attempt(call, *args):
    try:
        return call(*args)
    except (ArithmeticError, TypeError) as e:
        return type(e).__name__, str(e)


def lines(amounts):
    """Attributes of unknown types, one of which is a float most often, in methods that are built in and others."""
    made = [Line(q, p) for q, p in amounts]
    totals = [attempt(line.total) for line in made] + [attempt(line.each) for line in made]
    for a, b in zip(made, made[1:]):
        totals.append(attempt(a.both, b))
    r = []
    for line in made:
        try:
            r.append(line.total())
            r.append(line.each())
            r.append(line.quantity - line.price)
        except (ArithmeticError, TypeError) as e:
            r.append(str(e))
    return totals, r


WARM = [(i % 7 + 1, 0.25 * i) for i in range(20)]
AMOUNTS = (
    [],
    [(0.5, 2), (2, 0.5), (0.5, 0.25), (2, 3), (-0.0, 0), (0, -0.0)],
    [(True, 2.5), (2.5, False), (2**70, 0.5), (0.5, 2**70), (2**1100, 1.5), (2**53 + 1, 3), (3, 2**53 + 1)],
    [(INF, 0), (NAN, 1), (1, NAN), (1e308, 10), (0, 0.0), (0.0, 0)],
    [("ab", 3), (3, "ab"), ([1], 2), (1j, 0.5), (0.5, 2j), (None, 0.5), (0.5, None), ("x", 0.5)],
)
CASES.extend((lines, (WARM + a,)) for a in AMOUNTS)
CASES.extend((lines, (a * 5,)) for a in AMOUNTS)
