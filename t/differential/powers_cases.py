"""Powers of floats: pow() rounds some, about one in 1200, to the other one of the two floats that are nearest."""

MANY = [(i * 1.7320508075688772 % 1000 + 1 / 3) * (-1) ** i for i in range(12000)]
EXPONENTS = (-1074, -600, -540, -512, -400, -301, -300, -100, 0, 100, 300, 301, 341, 400, 511, 512, 1000)
ENDS = [m * 2.0**e for e in EXPONENTS for m in (1.0, 1.25, 1.9)]


def square(values):
    powers = [x**2 for x in values]
    return hash(tuple(powers)), powers[-51:]


def cube(values):
    powers = [x**3 for x in values]
    return hash(tuple(powers)), powers[-51:]


def root(values):
    powers = [x**0.5 for x in values]
    return hash(tuple(powers)), powers[-51:]


def other(values):
    powers = [pow(x, 2.0) + x**1.5 + x**-2 for x in values]
    return hash(tuple(powers)), powers[-51:]


def length(values):
    return [((x - 1) ** 2 + (x + y) ** 2) ** 0.5 for x, y in zip(values, values[1:])]


def powers_of(x):
    return x**2, x**3, x**0.5


CASES = [(f, (v,)) for f in (square, cube) for v in (MANY, ENDS, ENDS[:36])]
CASES += [(f, ([abs(x) for x in v],)) for f in (root, other) for v in (MANY, ENDS, ENDS[:36])]
CASES += [(length, (MANY[:200],))]
CASES += [(powers_of, (x,)) for x in (0.0, -0.0, 1.0, -1.0, -8.0, float("inf"), -float("inf"), float("nan"), 5e-324, 1e200, -1e200, 3, -3, True)]
