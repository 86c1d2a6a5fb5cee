"""Loops, fused sums, and everything that makes native code hand over to CPython in the middle."""
import sys

LIMIT = 1000
SCALE = 0.25


def sum_squares(n):
    return sum(x * x for x in range(n))


def hello():
    total = sum(x * x for x in range(100000))
    return f"Total: {total}"


def sum_filtered(n, k):
    return sum(x * k for x in range(n) if x % 3 if x > k)


def sum_floats(n):
    return sum(x * 0.1 for x in range(n))


def sum_start(n, start):
    return sum((x - 3 for x in range(n)), start)


def sum_mixed(n):
    return sum(x if x % 2 else x * 0.5 for x in range(n))


def sum_bools(n):
    return sum(x % 3 == 0 for x in range(n))


def sum_nested(n):
    return sum(x * y for x in range(n) for y in range(x, n, 2))


def sum_of_sums(n):
    return sum(sum(x * y + n for y in range(x)) for x in range(n))


def sum_overflow(n):
    return sum(x * 4611686018427387904 for x in range(n))


def sum_raises(n):
    return sum(
        100
        // (x - 5)
        for x in range(n)
    )


def sum_strings(n):
    return sum(str(x) for x in range(n))


def sum_closure(n):
    k = 7
    total = sum(x + k for x in range(n))
    k = 9
    total += sum(x + k for x in range(n))
    return total, k


def sum_walrus(n):
    last = None
    total = sum((last := x) for x in range(n))
    return total, last


def range_steps(a, b, c):
    t = 0
    for i in range(a, b, c):
        t = t * 3 + i
        t %= 1000000007
    return t


def while_else(n):
    i = t = 0
    while i < n:
        if i == 13:
            t += 1000
            break
        t += i
        i += 1
    else:
        t = -t
    return t


def for_else(n, stop):
    for i in range(n):
        if i == stop:
            break
    else:
        i = -1
    return i


def unbound(n):
    for i in range(n):
        pass
    return i


def nested(n):
    t = 0
    for i in range(n):
        for j in range(i, n):
            if (i + j) % 7 == 0:
                continue
            if j > 40:
                break
            t += i ^ j
    return t


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


def fib(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def fib_rec(n):
    if n < 2:
        return n
    return fib_rec(n - 1) + fib_rec(n - 2)


def factorial(n):
    r = 1
    for i in range(2, n + 1):
        r *= i
    return r


def is_prime(n):
    if n < 4:
        return n > 1
    if n % 2 == 0:
        return False
    d = 3
    while d * d <= n:
        if n % d == 0:
            return False
        d += 2
    return True


def escape(cr, ci, limit):
    zr = zi = 0.0
    for step in range(limit):
        rr = zr * zr
        ii = zi * zi
        if rr + ii > 4.0:
            return step
        zi = 2.0 * zr * zi + ci
        zr = rr - ii + cr
    return limit


def integrate(n):
    h = 1.0 / n
    t = 0.0
    for i in range(n):
        x = h * (i + 0.5)
        t += 4.0 / (1.0 + x * x)
    return t * h


def int_becomes_float(n):
    t = 0
    for i in range(n):
        t += i * SCALE
    return t


def append(n):
    out = []
    for i in range(n):
        out.append(i * i)
    return out


def caught(n):
    t = 0
    for i in range(n):
        try:
            t += 100 // (i - 3)
        except ZeroDivisionError as e:
            t -= 1000
        finally:
            t += 1
    return t


def raised(n):
    t = 0
    for i in range(n):
        t += (
            10
            // (5 - i)
        )
    return t


class Ctx:
    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return exc[0] is ValueError


def with_block(n):
    t = 0
    with Ctx():
        for i in range(n):
            t += i
            if t > 50:
                raise ValueError(t)
    return t


def many_args(a, b=2, *args, c=3, d, **kw):
    t = a * b + c * d
    for i in range(10):
        t += i * a
    return t, args, kw


def call_many(a):
    return many_args(a, d=5), many_args(a, 7, 8, 9, c=1, d=2, e=3)


def closure_maker(k):
    def inner(n):
        t = 0
        for i in range(n):
            t += i * k
        return t

    return inner


def call_closure(k, n):
    return closure_maker(k)(n)


def with_global(n):
    t = 0
    for i in range(n):
        if i > LIMIT:
            break
        t += i
    return t


def change_global(n):
    global LIMIT
    before = with_global(n)
    LIMIT = 10
    middle = with_global(n)
    LIMIT = "x"
    try:
        after = with_global(3)
    except TypeError as e:
        after = str(e)
    LIMIT = 1000
    return before, middle, after


def shadowed(n):
    return sum(x for x in range(n))


def shadow_builtin(n):
    global sum, range
    first = shadowed(n)
    sum = lambda it: "mine"
    try:
        second = shadowed(n)
    finally:
        del sum
    range = lambda n: [5, 6, n]
    try:
        third = shadowed(n)
    finally:
        del range
    return first, second, third


def none_default(n=None):
    if n is None:
        n = 10
    t = 0
    for i in range(n):
        t += i
    return t


def identity(a, b):
    t = 0
    for i in range(3):
        t += i
    return a is b, [a][0] is a, t


def local_names(n):
    t = 0
    for i in range(n):
        t += i
    return sorted(locals().items())


def deleted(n):
    t = 1
    for i in range(n):
        t += i
    del i
    return i


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


def recursion_limit():
    low = 0
    try:
        endless(0)
    except RecursionError as e:
        return str(e)


def endless(n):
    t = n
    for i in range(2):
        t += i
    return endless(t)


def frame_name(n):
    t = 0
    for i in range(n):
        t += i
    frame = sys._getframe()
    return frame.f_code.co_name, frame.f_lineno, frame.f_back.f_code.co_name, t


def listcomp(n):
    t = 0
    for i in range(n):
        t += i
    return [i * t for i in range(n) if i & 1]


def string_building(n):
    s = ""
    for i in range(n):
        s += chr(97 + i % 26)
    return s


def ternaries(a, b):
    return (a if a > b else b) - (a or b) + (a and b)


def bits(n):
    c = 0
    while n:
        n &= n - 1
        c += 1
    return c


def lcg(n):
    x = 42
    for _ in range(n):
        x = (x * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
    return x


def xorshift(n):
    x = 88172645463325252
    for _ in range(n):
        x ^= x << 13 & 0xFFFFFFFF
        x ^= x >> 7
        x &= 0x7FFFFFFFFFFF
    return x


RANGE_ENDS = [0, 1, 5, -3, 100, 2**63 - 1, 2**63 - 3, -(2**63), 2**64]
CASES = [(sum_squares, (n,)) for n in (0, 1, 2, 1000, 10.5, "x", True, 2**13)]
CASES += [(hello, ())]
CASES += [(sum_filtered, (n, k)) for n in (0, 5, 100) for k in (0, 3, -2, 0.5, 2**62, 2**70)]
CASES += [(f, (n,)) for f in (sum_floats, sum_mixed, sum_bools, sum_nested, sum_of_sums, sum_overflow, sum_raises, sum_strings, sum_closure, sum_walrus) for n in (0, 1, 2, 5, 6, 20, 101)]
CASES += [(sum_start, (n, s)) for n in (0, 1, 10) for s in (0, 5, -1, 2.5, True, 2**63, "x", [])]
CASES += [(range_steps, (a, b, c)) for a in RANGE_ENDS[:5] for b in RANGE_ENDS[:5] for c in (1, 2, -1, -3, 0, 2**62)]
CASES += [(range_steps, (2**63 - 5, 2**63 - 1, 2)), (range_steps, (2**63 - 5, 2**63 - 1, 2**62)), (range_steps, (-(2**63) + 3, -(2**63), -2)), (range_steps, (1, 2, 0.5)), (range_steps, (2**63 - 4, 2**63 + 4, 1))]
CASES += [(f, (n,)) for f in (while_else, unbound, nested, fib, factorial, append, caught, raised, local_names, deleted, listcomp, string_building, bits, lcg, xorshift, int_becomes_float) for n in (0, 1, 3, 10, 30, 60, 100)]
CASES += [(for_else, (10, s)) for s in (0, 5, 20)] + [(collatz, (n,)) for n in (1, 27, 97, 113383)]
CASES += [(gcd, (a, b)) for a in (0, 12, 2**62, 10**20, -12) for b in (0, 18, 3, 10**18, -5)] + [(gcd, (7.5, 2.5))]
CASES += [(fib_rec, (15,)), (depth, (300,)), (recursion_limit, ()), (integrate, (1000,)), (integrate, (0,))]
CASES += [(is_prime, (n,)) for n in (0, 1, 2, 3, 4, 25, 97, 1000003, 10**12 + 39, 7.0)]
CASES += [(escape, (a, b, c)) for a in (-0.5, 0.3, 2.0, 1, float("nan")) for b in (0.0, 0.6, -1) for c in (0, 1, 50)]
CASES += [(with_block, (n,)) for n in (3, 30)] + [(call_many, (a,)) for a in (1, 2.5, "x")]
CASES += [(call_closure, (k, n)) for k in (2, 0.5, "ab") for n in (0, 4)]
CASES += [(change_global, (20,)), (shadow_builtin, (5,)), (none_default, ()), (none_default, (5,)), (none_default, ("x",))]
BIG = 10**9
CASES += [(identity, (BIG, BIG)), (identity, (BIG, 10**9)), (identity, (float("nan"), 1.0)), (frame_name, (4,))]
CASES += [(ternaries, (a, b)) for a in (0, 1, -2, 0.0, 1.5, float("nan"), 2**63, True) for b in (0, 3, 2.5, False)]
