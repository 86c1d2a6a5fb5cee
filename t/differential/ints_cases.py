"""Ints of any size: run with $PREFORGE_JIT_INTS, which has operators compiled for them, and without, where native code is
left when they become too large."""
EDGES = [0, 1, -1, 2, -3, 7, 255, 256, -6, 2**30 - 1, 2**30, -(2**30), 2**31, 2**59 + 1, 2**60, 2**62, -(2**62), 2**63 - 1, 2**63, -(2**63)]
EDGES += [-(2**63) - 1, 2**64 - 1, 2**64, 2**64 + 1, -(2**64), 2**90, -(2**90) + 1, 2**120 - 1, 2**127, -(2**127), 10**40, -(10**30), 3**200]
M64 = 0xFFFFFFFFFFFFFFFF


class Sub(int):
    def __add__(self, other):
        return "sub+"

    def __rmul__(self, other):
        return "*sub"


def arithmetic(a, b):
    return a + b, a - b, a * b, a & b, a | b, a ^ b


def division(a, b):
    try:
        return a // b, a % b, divmod(a, b)
    except ZeroDivisionError as e:
        return str(e)


def division_out(a, b):
    return a // b + a % b


def true_division(a, b):
    try:
        return a / b
    except (ZeroDivisionError, OverflowError) as e:
        return str(e)


def comparison(a, b):
    return a < b, a <= b, a == b, a != b, a > b, a >= b, 1 if a < b else 2, 3 if a == b else 4, not a, (5 if b else 6)


def shifts(a, n):
    try:
        return a << n, a >> n
    except (ValueError, OverflowError) as e:
        return str(e)


def powers(a, n):
    try:
        return a**n, pow(a, n), pow(a, n, 1000003), pow(a, n, 2**89 - 1)
    except (ValueError, ZeroDivisionError, OverflowError) as e:
        return str(e)


def constants(a):
    b = a + 1
    b = b * 3 - a
    return b, b % 10, b % (10**9 + 7), b % (2**40 + 15), b % -7, b & 0xFF, b & M64, b & 0x7FFFFFFFFFFFFFFF, b | 5, b ^ 5, b >> 3, b << 3, b // 10, 10 - b, 10 // (b | 1), -b, ~b, +b


def reflected(a):
    b = a * a
    return 5 + b, 5 - b, 5 * b, 5 & b, 5 | b, 5 ^ b, 7 % (b + 1), 7 // (b + 1), 7 < b, 7 >= b, 7 == b


def in_place(a, b):
    c = d = e = f = g = a
    c += b
    d -= b
    e *= b
    f ^= b
    g |= b
    g &= a
    g <<= 3
    g >>= 2
    h = a
    h //= b or 1
    i = a
    i %= b or 1
    return c, d, e, f, g, h, i, a, b


def mixed(a, b):
    found = []
    for op in range(6):
        try:
            if op == 0:
                found.append(a + b)
            elif op == 1:
                found.append(a * b)
            elif op == 2:
                found.append(b - a)
            elif op == 3:
                found.append(a < b)
            elif op == 4:
                found.append(a // b)
            else:
                found.append(a % b)
        except (TypeError, ZeroDivisionError, OverflowError) as e:
            found.append(str(e))
    return found


def identity(a):
    b = a * 1
    c = b + 0
    d = b - a
    e = b // b if b else 1
    return d is 0 + d, e == 1, b == c, b >> 0 == c, (c & 0xFF) is (b & 0xFF), d * 5 + 3 is 3


def factorial(n):
    r = 1
    for i in range(2, n + 1):
        r *= i
    return r


def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def digits(n):
    s = 0
    while n:
        s += n % 10
        n //= 10
    return s


def doubling(n):
    """The digit sum of 2**n, and how many steps make it odd."""
    x = 1
    for _ in range(n):
        x <<= 1
        x = x + x - x
    return sum(map(int, str(x))), x


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


def collatz(n):
    steps = 0
    while n != 1:
        n = n * 3 + 1 if n & 1 else n >> 1
        steps += 1
    return steps


def power_mod(b, e, m):
    r = 1
    while e:
        if e & 1:
            r = r * b % m
        b = b * b % m
        e >>= 1
    return r


def rho(n, c):
    x = y = 2
    d = 1
    steps = 0
    while d == 1 and steps < 200:
        x = (x * x + c) % n
        y = (y * y + c) % n
        y = (y * y + c) % n
        d = gcd(x - y if x > y else y - x, n)
        steps += 1
    return d, steps


def miller_rabin(n):
    d, s = n - 1, 0
    while d % 2 == 0:
        d //= 2
        s += 1
    for a in (2, 3, 5, 7, 11):
        x = pow(a, d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def pi_digits(n):
    q, r, t, k, m, x = 1, 0, 1, 1, 3, 3
    found = []
    while len(found) < n:
        if 4 * q + r - t < m * t:
            found.append(m)
            q, r, m = 10 * q, 10 * (r - m * t), (10 * (3 * q + r)) // t - 10 * m
        else:
            q, r, t, k, m, x = q * k, (2 * q + r) * x, t * x, k + 1, (q * (7 * k + 2) + r * x) // (t * x), x + 2
    return found


def pascal(n):
    row = [1]
    t = 0
    for _ in range(n):
        row = [1] + [row[i] + row[i + 1] for i in range(len(row) - 1)] + [1]
        t += sum(x % 2 for x in row)
    return t, row[n // 2]


def karatsuba(x, y):
    if x < 10**6 or y < 10**6:
        return x * y
    n = max(x.bit_length(), y.bit_length()) // 2
    a, b = x >> n, x & ((1 << n) - 1)
    c, d = y >> n, y & ((1 << n) - 1)
    ac, bd = karatsuba(a, c), karatsuba(b, d)
    return (ac << (2 * n)) + ((karatsuba(a + b, c + d) - ac - bd) << n) + bd


class SplitMix:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        return z ^ (z >> 31)

    def uniform(self):
        return (self.next() >> 11) * (1.0 / (1 << 53))


def splitmix(seed):
    r = SplitMix(seed)
    return [r.next() for _ in range(5)], [r.uniform() for _ in range(5)], r.state


def rotate(x, n):
    return ((x << n) | (x >> (64 - n))) & M64


def xoshiro(seed, n):
    s = [seed, seed ^ M64, seed * 3 & M64, seed * 5 & M64]
    found = []
    for _ in range(n):
        found.append(rotate(s[1] * 5 & M64, 7) * 9 & M64)
        t = (s[1] << 17) & M64
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
    return found, s


def first_small(values):
    """One place, ints of all sizes, then others."""
    found = []
    for v in values:
        try:
            found.append((v + 1, v * 2 - 1, v % 7, v > 100, v & 255))
        except TypeError as e:
            found.append(str(e))
    return found


def text_of(a):
    b = a * a
    return str(b), repr(b), f"{b}", f"{b:x}", f"{b:,}", "%d" % b, hex(b), bin(b), int(str(b)) == b, len(str(b)), b.bit_length(), float(b), hash(b)


def builtins_of(a, b):
    c = a * b
    return abs(c), abs(-c), min(c, a), max(c, a, b), round(c), int(c), bool(c), c.bit_length(), c.bit_count(), sum([c, a, b]), [0, 1, 2][c & 1], (c, a) < (c, b), {c: 1}[c], c in (a, c)


def too_many_digits(n):
    x = 10**n
    try:
        return len(str(x))
    except ValueError as e:
        return str(e)


def in_list(n):
    values = [1] * 5
    for i in range(n):
        for k in range(5):
            values[k] = values[k] * 7 + i
    return values, sum(values), max(values)


def in_attribute(n):
    s = SplitMix(1)
    for i in range(n):
        s.state *= i + 1
        s.state += i
    return s.state


def in_dict(n):
    d = {}
    for i in range(n):
        d["x"] = d.get("x", 1) * 3 + i
        d[i % 3] = d.get(i % 3, 0) + d["x"]
    return d


def range_of(a):
    b = a * a - a * a + 3
    return [i for i in range(b)], [1, 2, 3, 4][b], "abcde"[b], b * "x", [0] * b, b * 2.5, b / 2


def unbound(n):
    x = 2**100
    for i in range(n):
        x = x * x % (2**61 - 1)
        y = x
    return y


PAIRS = [(a, b) for a in EDGES for b in EDGES]
SHIFTS = [(a, n) for a in EDGES for n in (0, 1, 2, 29, 30, 31, 60, 63, 64, 65, 130, -1)]
CASES = [(f, p) for p in PAIRS for f in (arithmetic, division, true_division, comparison)]
CASES += [(in_place, p) for p in PAIRS[::3]] + [(division_out, p) for p in PAIRS[::7]] + [(shifts, p) for p in SHIFTS]
CASES += [(shifts, (1, 2**63)), (shifts, (0, 2**70)), (shifts, (-5, 2**70)), (shifts, (2**70, 2**70))]
CASES += [(powers, (a, n)) for a in EDGES[::2] for n in (0, 1, 2, 3, 10, -1, -2)]
CASES += [(f, (a,)) for a in EDGES for f in (constants, reflected, identity, digits if a >= 0 else identity, text_of, range_of)]
CASES += [(builtins_of, p) for p in PAIRS[::5]]
CASES += [(mixed, p) for p in [(1, 2.5), (2**70, 2.5), (2.5, 2**70), (2**2000, 1.5), (True, 2**64), (2**64, True), (False, False), (Sub(5), 2**70), (2**70, Sub(5)), (Sub(2**70), 3), ("a", 2), (2**70, "a"), (None, 2**70), (2**70, 0), (1, 0), ([1], 2), (2**70, [1]), (2**64, 1j)]]
CASES += [(factorial, (n,)) for n in (0, 1, 5, 20, 21, 60)] + [(fibonacci, (n,)) for n in (0, 10, 92, 93, 94, 200)]
CASES += [(doubling, (n,)) for n in (5, 62, 63, 64, 65, 200)]
CASES += [(gcd, p) for p in ((12, 18), (2**64 * 15, 2**70 * 9), (3**80, 3**60 * 10), (0, 2**80), (2**80, 0))]
CASES += [(collatz, (n,)) for n in (27, 2**62 + 1, 2**70 + 3, 6171)]
CASES += [(power_mod, p) for p in ((3, 100, 7), (12345, 678901, 2**61 - 1), (12345, 2**65, 2**127 - 1), (2**100, 77, 2**64 + 13))]
CASES += [(rho, p) for p in ((8051, 1), (10403, 1), (2**61 - 1, 1), (1000003 * 1000033 * 1000037, 1), (2**89 - 1, 3))]
CASES += [(miller_rabin, (n,)) for n in (13, 1000003, 2**61 - 1, 2**89 - 1, 2**90 - 1, 2**64 + 13)]
CASES += [(pi_digits, (n,)) for n in (3, 40)] + [(pascal, (n,)) for n in (3, 70, 90)]
CASES += [(karatsuba, p) for p in ((123, 456), (10**20 + 7, 10**19 + 3), (3**200, 7**150))]
CASES += [(splitmix, (n,)) for n in (0, 42, 2**63, 2**64 - 1, 2**64)] + [(xoshiro, (n, 6)) for n in (1, 2**63 + 5, 2**64 - 1)]
CASES += [(first_small, (v,)) for v in ([1, 2, 3], [1, 2**62, 2**63, 2**64, 5, -(2**70)], [2**70, 1, 2.5, True, "s", None, Sub(3)], [2**63, 1.5, 2**63])]
CASES += [(too_many_digits, (n,)) for n in (5, 4299, 4300, 5000)]
CASES += [(f, (n,)) for n in (3, 15, 40) for f in (in_list, in_attribute, in_dict)] + [(unbound, (n,)) for n in (1, 3)]
CASES += [(unbound, (0,))]


class Lcg:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (6364136223846793005 * self.state + 1442695040888963407) % 2**64
        return self.state >> 33


def lcg(seed, n):
    g = Lcg(seed)
    return [g.next() for _ in range(n)], g.state


def word(a):
    b = a * 3
    return a % 2**64, b % 2**64, (a - 5) % 2**64, (b * b + a) % 2**64, -a % 2**64, a % 2**65, a % -(2**64)


CASES += [(lcg, (n, 8)) for n in (1, 2**63, 2**64 - 1, -5, True, 2.5)] + [(word, (a,)) for a in EDGES + [True, 2.5]]


class Rng:
    def __init__(self, seed):
        self.x = seed

    def next(self):
        x = self.x
        x ^= (x << 13) & M64
        x ^= x >> 7
        x ^= (x << 17) & M64
        self.x = x
        return x

    def randrange(self, n):
        return self.next() % n, self.next() // n

    def random(self):
        return self.next() / 18446744073709551616.0, 0.5 * self.next(), self.next() + 1.5, self.next() - 0.25


def rng(seed, n):
    r = Rng(seed)
    try:
        return [r.next(), r.randrange(n), r.random(), r.x, r.next() % n]
    except (ZeroDivisionError, TypeError) as e:
        return str(e), r.x


def to_float(a):
    b = a & M64
    return b * 1.0, 1.0 * b, b + 0.0, b / 3.0, b // 2.0, b % 1024.0, b ** 1.0


def loaded(values, i):
    x = values[i]
    y = x
    x ^= values[i - 1]
    return x, y, x & M64, (values[i] + 1) % 1000, values[i] > 5


CASES += [(rng, (s, n)) for s in (88172645463325252, 1, 2**63, 2**64 - 1, 2**64, -1, 2.5) for n in (10, 1, -7, 0, 2**62, 2**63, True, 2**70)]
CASES += [(to_float, (a,)) for a in EDGES + [2**53 + 1, 2**63 + 1023, 2**63 + 1024, 2**63 + 1025, 2**63 + 3072, 2**64 - 1025, 2**64 - 1024, 2**64 - 1023]]
CASES += [(loaded, (v, i)) for v in ([1, 2], [2**63, 5], (2**64 - 1, 2**63), [2**70, -1], [True, 1]) for i in (0, 1, -1)]


def rotate_by(x, n):
    try:
        return ((x << n) | (x >> (64 - n))) & M64, (x & M64) >> n, ((x & M64) << n) & M64, (x & M64) << n
    except ValueError as e:
        return str(e)


def matrix_product(a, b):
    return [[a[0][0] * b[0][0] + a[0][1] * b[1][0], a[0][0] * b[0][1] + a[0][1] * b[1][1]], [a[1][0] * b[0][0] + a[1][1] * b[1][0], a[1][0] * b[0][1] + a[1][1] * b[1][1]]]


def fibonacci_by_matrix(n):
    r, m = [[1, 0], [0, 1]], [[1, 1], [1, 0]]
    while n:
        if n & 1:
            r = matrix_product(r, m)
        m = matrix_product(m, m)
        n >>= 1
    return r[0][1]


CASES += [(rotate_by, (x, n)) for x in (1, 2**63, 2**64 - 1, 0x123456789ABCDEF0, -1, 2**64, True) for n in (0, 1, 13, 63, 64, 65, -1, True, 2**70)[:8]]
CASES += [(fibonacci_by_matrix, (n,)) for n in (1, 50, 93, 94, 300)]
