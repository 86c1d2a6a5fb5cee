"""Complex numbers over the values where their parts' signs, infinities and NaNs matter, alone and with other numbers."""
import cmath
import math
import random

NAN, INF = float("nan"), float("inf")
PARTS = [0.0, -0.0, 1.0, -2.5, 1e300, -5e-324, INF, -INF, NAN]
COMPLEX = [complex(x, y) for x in PARTS for y in PARTS]
REALS = [0, 1, -3, 2**53 + 1, 2**63, 10**400, True, 0.0, -0.0, 2.5, INF, NAN]
OTHERS = ["x", None, [1]]
CASES = []


def show(z):
    """Signs of zeros are not told by repr() of all that come up; NaNs' are CPython's builds' own."""
    return tuple("nan" if part != part else part.hex() for part in (z.real, z.imag))


def define(name, source):
    names = {"__name__": "cases", "math": math, "cmath": cmath, "show": show}
    exec(compile(source, name, "exec"), names)
    return names[name]


for n, op in enumerate(["+", "-", "*", "/"]):
    f = define(f"both{n}", f"def both{n}(a, b):\n    return show((0j + a) {op} (b + 0j))\n")
    CASES += [(f, (x, y)) for x in COMPLEX[::3] for y in COMPLEX[1::4]]
    f = define(f"left{n}", f"def left{n}(a, b):\n    return show((a * 1j) {op} b)\n")
    g = define(f"right{n}", f"def right{n}(a, b):\n    return show(b {op} -(1j * a))\n")
    CASES += [(h, (x, y)) for h in (f, g) for x in COMPLEX[::5] for y in REALS]
    CASES += [(h, (x, y)) for h in (f, g) for x in OTHERS + REALS for y in OTHERS + [1j]]


def plain(a, b):
    z = complex(a, b)
    return show(z), show(-z), show(+z), z == z, z != 1j, not z, bool(z), z.real, show(z.conjugate())


def size(a, b):
    return abs(complex(a, b))


def one(a):
    return show(complex(a)), complex(a) == a, a == complex(a), complex(a) != 1


CASES += [(f, (x, y)) for f in (plain, size) for x in PARTS + REALS for y in PARTS + [3, 2**53 + 1]]
CASES += [(one, (x,)) for x in PARTS + REALS + ["1+2j", None, 2j]]


def functions(z):
    w = z * 1.0 + 0j
    return show(cmath.exp(w)), cmath.phase(w), show(cmath.sqrt(w))


def exponential(z):
    return show(cmath.exp(z))


def angle(z):
    return cmath.phase(z)


def polar(r, phi):
    return show(cmath.rect(r, phi))


CASES += [(f, (x,)) for f in (functions, exponential, angle) for x in COMPLEX + REALS + OTHERS + [complex(709.5, 1), complex(708.0, 2), complex(-800, 1)]]
CASES += [(polar, (x, y)) for x in PARTS + REALS + OTHERS for y in PARTS + [1, None]]


def many(seed):
    """The last bits of exp(), which C gives for real and imaginary part at once."""
    r = random.Random(seed)
    total = 0
    for i in range(300):
        z = complex(r.uniform(-20, 20), r.uniform(-1000, 1000) ** 3)
        w = cmath.exp(z) / complex(r.random(), i - 150) - cmath.rect(r.random(), z.imag)
        total = hash((total, w.real, w.imag, abs(w), cmath.phase(w)))
    return total


def julia(c, n):
    z = 0j
    for i in range(n):
        z = z * z + c
        if abs(z) > 4.0:
            return i, z
    return n, z


def identity(n):
    """One number in several places is one object there, also where native code is left."""
    out = []
    z = 1j
    for i in range(n):
        z = z * (1 + 1j) - 0.5
        w = z
        out.append(w)
        t = (z, w, out[-1] is w, z is w)
        if i == 5:
            z = z + 10**400 * 0 + i  # an int that native code has no word for
            u = z
            out.append(u is z)
    return out, t[0] is t[1], t[2:]


def exit_inside(values):
    """Complex locals that live while native code is left."""
    z, same = 2j, None
    for v in values:
        z = z * 3j + 1
        same = z
        try:
            z = z / v
        except ZeroDivisionError as e:
            z = z + len(str(e))
        except TypeError:
            z = -same
    return z, same, same is z


def total(n):
    return sum([complex(i, -i) * 1j for i in range(n)]), sum(abs(complex(i, 1)) for i in range(n)), sum(i * 1j for i in range(n))


def mixed(values):
    z = 1j
    out = {}
    for i, v in enumerate(values):
        z = v * z if i % 2 else z - v
        out[z] = i
    return z, list(out)


class Special:
    def __rmul__(self, other):
        return ("mine", other)

    def __radd__(self, other):
        return NotImplemented


def special(kind):
    z = 2j * 2
    return z * Special() if kind else z + Special()


CASES += [(many, (s,)) for s in range(4)]
CASES += [(julia, (c, n)) for c in (0.1 + 0.2j, -1, 0.5, 2j, "x") for n in (1, 30)]
CASES += [(identity, (n,)) for n in (1, 4, 9)] + [(total, (n,)) for n in (0, 1, 20)] + [(special, (1,)), (special, (0,))]
CASES += [(exit_inside, (v,)) for v in ([1, 2.0, 1j], [1, 0, 2j], [0j, 3], ["x", 1], [10**400, 1], [INF, 1j])]
CASES += [(mixed, (v,)) for v in ([1, 2.5, 1j, True], [1.0] * 5, [1j, "x"])]
