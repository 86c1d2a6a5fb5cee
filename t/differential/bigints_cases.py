"""Large ints where they come from and go to: parameters, results, items, attributes, builtins, methods, mixed with all else."""
# The first call says what a function is compiled for: with a large one, for ints of any size.
EDGES = [3**200, 0, 1, -1, 5, -7, 255, 256, 2**30 - 1, 2**30, 2**62, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**64, -(2**64), 2**89 - 1, 2**120, -(2**121) + 1, 10**40, -(7**100), 10**400]


class Sub(int):
    def __add__(self, other):
        return "sub+"

    def bit_length(self):
        return "sub length"

    def __neg__(self):
        return "-sub"


def signs(x):
    return -x, ~x, +x, abs(x), abs(-x), not x, int(x), -(x + 1), ~(x * x), abs(x - 2**70)


def counts(x):
    return x.bit_length(), x.bit_count(), (x * x).bit_length(), (x + 1).bit_count(), x.bit_length() + 1, [0] * (x.bit_length() % 5)


def parts(x, y):
    try:
        q, r = divmod(x, y)
        p = divmod(x * x, y)
        return q, r, p, q * y + r == x, divmod(x, 10), divmod(x * x, 256), divmod(x, 2**40), divmod(x, 1), divmod(x, -3), p[1]
    except (ZeroDivisionError, TypeError) as e:
        return str(e)


def parts_raised(x, y):
    z = x * x
    q, r = divmod(z, y)
    return q + r


def power(x, y, z):
    try:
        return pow(x, y, z), pow(x * x, y + 1, z)
    except (ValueError, TypeError) as e:
        return str(e)


def power_raised(x, y, z):
    w = x * 3
    return pow(w, y, z) + 1


def power_of_two_operands(x, y):
    try:
        r = pow(x, y)
        return r, r + 1, r * x, r < 5, pow(x * x, 2), pow(x, 3), pow(y, y)
    except (ZeroDivisionError, OverflowError) as e:
        return str(e)


def small_or_large(x):
    if x < 100:
        return x
    if x < 2**64:
        return x * 3
    return x * x


def of_small_or_large(x):
    return small_or_large(x) + 1, small_or_large(x) * 2, small_or_large(x) % 1000, small_or_large(x) < 5, -small_or_large(x), small_or_large(3) + x


def any_kind(x):
    if x < 10:
        return x
    if x < 2**64:
        return x * 0.5
    if x < 2**100:
        return True
    return x * x


def of_any_kind(x):
    y = any_kind(x)
    return y + 1, y * 2, y < 7, y == x, -y, y


def fib(n):
    if n == 0:
        return (0, 1)
    a, b = fib(n >> 1)
    c = a * (b * 2 - a)
    d = a * a + b * b
    if n & 1:
        return (d, c + d)
    return (c, d)


def extended_gcd(a, b):
    x0, x1, y0, y1 = 1, 0, 0, 1
    while b:
        q = a // b
        a, b = b, a % b
        x0, x1 = x1, x0 - q * x1
        y0, y1 = y1, y0 - q * y1
    return a, x0, y0


def is_prime(n, bases=(2, 3, 5, 7, 11, 13)):
    for p in bases:
        if n % p == 0:
            return n == p
    d, s = n - 1, 0
    while d % 2 == 0:
        d //= 2
        s += 1
    for a in bases:
        x = pow(a, d, n)
        if x == 1 or x == n - 1:
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def square_root(n):
    x = 1 << ((n.bit_length() + 1) >> 1)
    while True:
        y = (x + n // x) >> 1
        if y >= x:
            return x
        x = y


def karatsuba(x, y):
    if x < 1000 or y < 1000:
        return x * y
    half = max(len(str(x)), len(str(y))) // 2
    a, b = divmod(x, 10**half)
    c, d = divmod(y, 10**half)
    ac = karatsuba(a, c)
    bd = karatsuba(b, d)
    mid = karatsuba(a + b, c + d) - ac - bd
    return ac * 10 ** (2 * half) + mid * 10**half + bd


def items(values, k):
    """Met large once, all kinds later."""
    total = 0
    for v in values:
        total = total * 7 + v
    try:
        return total, values[k] + 1, values[k] * 3, values[k] % 5, values[k] / 2, values[k] > 1.5, 2.5 < values[k], values[k] == 2.5, [v // 2 for v in values], values[k] - 0.5
    except (TypeError, OverflowError) as e:
        return str(e)


def made_items(n):
    a = [1, 2, 3]
    for i in range(n):
        a[0] = a[0] * 3 + a[1]
        a.append(a[-1] * a[0])
    return a[0], a[-1], a.pop(), sum(a), a[1]


def made_rows(n):
    rows = [[1, 1], [1, 0]]
    for _ in range(n):
        rows = [[rows[0][0] * 2 + rows[0][1], rows[0][0]], [rows[1][0] + rows[1][1], rows[0][1]]]
    return rows[0][1] + rows[1][0], rows


class Rational:
    def __init__(self, n, d=1):
        a, b = abs(n), d
        while b:
            a, b = b, a % b
        self.n = n // a
        self.d = d // a

    def __add__(self, other):
        return Rational(self.n * other.d + other.n * self.d, self.d * other.d)

    def __eq__(self, other):
        return self.n == other.n and self.d == other.d


def harmonic(n):
    s = Rational(0)
    for i in range(1, n + 1):
        s = s + Rational(1, i)
    return s.n, s.d, s == Rational(s.n * 2, s.d * 2)


def mixed_arguments(x, y, f):
    try:
        return x + y, x * f, f - y, x < f, f >= y, x == f, x // 3, y % 7, x * y * f
    except (TypeError, OverflowError) as e:
        return str(e)


def swap_in_loop(a, b):
    found = []
    for i in range(6):
        a, b = b * 3 + i, a
        if i == 3:
            b = 0.5
        found.append(a)
    return found, a, b


BIG = 2**127 - 1


def of_global(x):
    return x * BIG % (BIG + 2), BIG - x, x < BIG, BIG % 10


def of_changed_global(x, value):
    global BIG
    old = BIG
    BIG = value
    try:
        return of_global(x)
    except TypeError as e:
        return str(e)
    finally:
        BIG = old


def with_default(x, m=2**90 + 7):
    return x * x % m, m


def values_of(n):
    x = 1
    while n:
        x = x * 10 + n
        yield x
        n -= 1


def generated(n):
    return [v % 1000007 for v in values_of(n)], sum(values_of(n)), max(values_of(n), default=None)


def divides(x, y):
    """The handler is this function's."""
    total = x * x
    for k in (y, 0, 3):
        try:
            total += x // k + divmod(total, k)[1]
        except ZeroDivisionError as e:
            total = -total
            note = str(e)
        try:
            total %= k
            total = total << -k
        except ValueError as e:
            note = str(e)
        except ZeroDivisionError:
            pass
    return total, note


def bits(n):
    s = (1 << (n + 1)) - 1
    s &= ~3
    p = 2
    while p * p <= n:
        if s >> p & 1:
            for m in range(p * p, n + 1, p):
                s &= ~(1 << m)
        p += 1
    return s


def shared_exit(n):
    """The first operator that overflows is not the first one that is repeated."""
    a = (n + 1) * (n + 2) * (n + 3)
    b = (1 << (n & 127)) - (n - 1)
    return a, b, a - b


def kinds(x):
    return type(x) is int, isinstance(x, int), isinstance(x, (int, float)), type(-x), hash(x), bool(x), str(x)[:20], f"{x:x}"[-9:], x in (1, 2**64), x in [5, x]


CASES = [(f, (a,)) for a in EDGES + [True, Sub(9), 2.5] for f in (signs, kinds) if not (f is signs and type(a) is float)]
CASES += [(counts, (a,)) for a in EDGES + [True]] + [(counts, (Sub(2**70),)), (counts, (2.5,))]
CASES += [(f, (a, b)) for a in EDGES[::2] for b in EDGES[1::2] + [0] for f in (parts, parts_raised)] + [(parts, (2**70, 2.5)), (parts, (2.5, 2**70)), (parts, (True, 2**70)), (parts, ("a", 2))]
CASES += [(f, (a, b, m)) for a in (2**70, 3, -(2**80), 0) for b in (65537, 0, 1, 2**70 + 1, -1) for m in (2**89 - 1, 1, 7, 2**61 - 1, 2**64, -(2**89) + 1, 10**300 + 7, 0) for f in (power, power_raised)]
CASES += [(power, (3, 2**70, 2.5)), (power, (Sub(3), 2**70, 2**64 + 1)), (power, (True, 2**70, 2**65)), (power, (2**2000 + 1, 2**900 + 1, 2**1500 + 3)), (power, (5, 3**100, 2**1537 + 1))]
CASES += [(power_of_two_operands, (a, b)) for a in (2**70, 2, -(2**65), 0) for b in (0, 1, 5, -1, -2)]
CASES += [(f, (a,)) for a in EDGES for f in (of_small_or_large, of_any_kind)]
CASES += [(fib, (n,)) for n in (0, 1, 90, 93, 94, 700)] + [(extended_gcd, (a, b)) for a in (2**127 - 1, 240, 3**150) for b in (2**89 - 1, 46, 7**60, 0)]
CASES += [(is_prime, (n,)) for n in (2**89 - 1, 13, 1000003, 2**61 - 1, 2**64 + 13, 2**127 - 1, 2**127 + 1)] + [(square_root, (n,)) for n in (10**60, 2, 99, 2**64, 2 * 10**200)]
CASES += [(karatsuba, p) for p in ((3**120, 7**80), (12, 12345), (123456, 654321), (10**19 + 7, 10**18 + 3), (2**64, 1001))]
CASES += [(items, (v, k)) for v in ([1, 2, 3], [2**62, 2**63], [2**70, 3**80, 1], [2**70, 2.5], [1.5, 2.5, 2**70], [2**70, True], [2**70, Sub(3)], [2**2000, 1], ["a", 2**70], (2**64, 1, -5)) for k in (0, 1, -1)]
CASES += [(f, (n,)) for n in (1, 5, 40, 120) for f in (made_items, made_rows)] + [(harmonic, (n,)) for n in (1, 10, 60)]
CASES += [(mixed_arguments, p) for p in ((2**70, 2, 0.5), (1, 2, 0.5), (2, 2**70, 0.5), (2**70, 2**80, 1.5), (2**2000, 1, 2.0), (1.5, 2**70, 2), (2**70, True, 2**65), (2**70, None, 1.0))]
CASES += [(swap_in_loop, p) for p in ((2**70, 1), (1, 2), (2**62, 2**63), (1, 2**70), (0.5, 2**70), (2**70, None))]
CASES += [(of_global, (x,)) for x in (2**64, 1, -(2**90), 2.5)] + [(of_changed_global, (x, v)) for x in (2**70, 3) for v in (5, 2**64 - 1, 2.5, "a", True, 2**200)]
CASES += [(with_default, p) for p in ((2**70,), (3,), (2**70, 1000), (5, 2**64), (2.5,), (2**70, 2.5))] + [(generated, (n,)) for n in (0, 3, 30, 60)]
CASES += [(divides, (a, b)) for a in (2**70, 1, 2**40, -(2**90)) for b in (1, 7, 2**70)] + [(bits, (n,)) for n in (20, 62, 63, 64, 300)] + [(shared_exit, (n,)) for n in (1, 60, 63, 64, 127, 2**21, 2**31, 2**62, 2**63, 2**70)]
