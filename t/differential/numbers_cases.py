"""Numbers and loops: every operator over the values where machine arithmetic and Python's part ways."""

INTS = [0, 1, -1, 2, -2, 3, 7, -7, 63, 64, 65, 255, 2**31, -(2**31), 2**53, 2**53 + 1, 2**62, -(2**62), 2**63 - 1, -(2**63), 2**63, 2**64, -(2**65) + 1, 10**30]
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, -2.5, 3.0, 1e16, 2.0**53, 1e308, -1e308, 5e-324, float("inf"), float("-inf"), float("nan")]
NUMBERS = INTS + FLOATS + [True, False]


def add(a, b):
    return a + b


def sub(a, b):
    return a - b


def mul(a, b):
    return a * b


def floordiv(a, b):
    return a // b


def mod(a, b):
    return a % b


def truediv(a, b):
    return a / b


def power(a, b):
    return a**b


def shl(a, b):
    return a << b


def shr(a, b):
    return a >> b


def bit_and(a, b):
    return a & b


def bit_or(a, b):
    return a | b


def bit_xor(a, b):
    return a ^ b


def compare(a, b):
    r = 0
    if a < b:
        r += 1
    if a <= b:
        r += 2
    if a == b:
        r += 4
    if a != b:
        r += 8
    if a > b:
        r += 16
    if a >= b:
        r += 32
    return r


def unary(a):
    x = -a
    y = +a
    z = not a
    return (x, y, z, abs(a))


def invert(a):
    return ~a


def chained(a, b, c):
    return a < b <= c


def logic(a, b):
    return a and b or not a


def convert(a):
    return (float(a), bool(a))


def to_int(a):
    return int(a)


def inplace(a, b):
    a += b
    a *= 3
    a -= b
    a //= 2
    a %= 1000003
    return a


SMALL = [0, 1, -1, 2, 3, -7, 2**31, 2**62, 2**63 - 1, -(2**63), 2**70, 0.0, -0.0, 0.5, -2.5, 1e16, float("inf"), float("nan"), True, False]
CASES = []
for f in (add, sub, mul, floordiv, mod, truediv, bit_and, bit_or, bit_xor, compare, inplace):
    CASES += [(f, (a, b)) for a in NUMBERS for b in NUMBERS]
for f in (shl, shr):
    CASES += [(f, (a, b)) for a in INTS for b in (0, 1, -1, 5, 31, 62, 63, 64, 65, 200, True)]
CASES += [(power, (a, b)) for a in SMALL for b in (0, 1, 2, 3, 10, 62, 63, 64, -1, -2, 0.5, -0.5, 0.0, 2.0, True)]
CASES += [(f, (a,)) for f in (unary, convert, to_int) for a in NUMBERS]
CASES += [(invert, (a,)) for a in INTS + [True]]
CASES += [(chained, (a, b, c)) for a in SMALL[:9] for b in SMALL[8:14] for c in SMALL[4:12]]
CASES += [(logic, (a, b)) for a in SMALL for b in SMALL]
CASES += [(add, (a, b)) for a in ("x", [1], None, 1) for b in ("y", [2], None, 1.5)]
