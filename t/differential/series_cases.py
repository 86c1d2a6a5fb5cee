"""Loops whose results are computed without running them, and those that nearly are."""


def squares(n):
    return sum(x * x for x in range(n))


def cubes(n):
    return sum(x * x * x for x in range(n))


def fourth_powers(n):
    return sum(x * x * x * x for x in range(n))


def polynomial(n):
    t = 0
    for i in range(n):
        t += 3 * i * i - 2 * i + 1
    return t


def falling(n):
    t = 7
    for i in range(1000, 1000 - n, -1):
        t -= i * (i - 999)
    return t


def started(n, t):
    for i in range(n):
        t += 5 - i
    return t


def counted(a, b):
    n = 0
    for _ in range(a, b):
        n += 1
    return n


def last(n):
    i = -1
    for i in range(n):
        pass
    return i


def two_and_last(n):
    a, b, i = 1, 2, None
    for i in range(3, n, 4):
        a += b
        b += 3
    return a, b, i


def nested(n):
    t = 0
    for i in range(n):
        for j in range(100):
            t += j * j
        t -= i
    return t


def triangle(n):
    t = 0
    for i in range(n):
        for j in range(i):
            t += j
    return t


def one_after_the_other(n):
    t = 0
    for i in range(n):
        t += i
    for i in range(n):
        t += i * i
    return t


def outgrows(n):
    t = 0
    for i in range(n):
        t += i * 4611686018427387
    return t


def big_factor(n):
    t = 1
    for i in range(n):
        t += 3000000000000000000
    return t


def geometric(n):
    t = 1
    for _ in range(n):
        t += t
    return t


def floats_too(n):
    t, x = 0, 0.5
    for i in range(n):
        t += i
        x += 0.25
    return t, x


def unused_floats(n):
    t, x = 0, 0.5
    for i in range(n):
        t += i
        x = i * 0.5
    return t


def masked(n):
    t = 0
    for i in range(n):
        t = (t + i * i) & 0xFFFF
    return t


def of_a_list(items):
    n = 0
    for _ in items:
        n += 2
    return n


def previous(n):
    a, b = 10, 20
    for i in range(n):
        a, b = b, i
    return a, b


def raises(n, t):
    for i in range(n):
        t += i
    return t + None


ENDS = [-(2**63), -5, 0, 1, 2, 3, 4, 5, 63, 64, 1000, 65535, 65536, 65537, 78000]
CASES = [(f, (n,)) for f in (squares, cubes, fourth_powers, polynomial, falling, last, two_and_last, outgrows, big_factor, masked) for n in ENDS]
CASES += [(f, (1814000 + k,)) for f in (squares, polynomial) for k in (-500000, -1500, 0, 400000)]
CASES += [(started, (n, t)) for n in ENDS[:-2] for t in (0, -7, 2**60, 2**61 + 5, 2**63 - 3, -(2**63) + 3, 2**70, 0.5, True)]
CASES += [(counted, (a, b)) for a in (0, 5, -(2**63), 2**63 - 3) for b in (0, 7, 2**63 - 1, -(2**63) + 9) if b - a < 10**6]
CASES += [(f, (n,)) for f in (nested, triangle) for n in (0, 1, 50, 300)] + [(geometric, (n,)) for n in (0, 1, 62, 63, 64, 100)]
CASES += [(f, (n,)) for f in (one_after_the_other, floats_too, unused_floats, previous) for n in ENDS]
CASES += [(of_a_list, (x,)) for x in ([], [1], list(range(500)), tuple("abc"), "abc" * 50, b"ab", 5)]
CASES += [(raises, (n, t)) for n in (0, 5, 100) for t in (0, 2**63 - 1)]
