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
