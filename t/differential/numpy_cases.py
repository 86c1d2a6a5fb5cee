"""numpy's arrays: as memoryviews their items are numbers in memory, as they are they stay numpy's own scalars.  Needs numpy."""
import types

import numpy as np


def total(a):
    s = 0
    for x in a:
        s += x
    for i in range(len(a)):
        s += a[i] * 2
    return s, type(s).__name__, type(a[0]).__name__, len(a)


def scale(a, k):
    for i in range(len(a)):
        a[i] = a[i] * k + 1
    return a[0], a[-1], type(a[0]).__name__


def reduced(a):
    return sum(a), max(a), min(a), type(sum(a)).__name__


def of_two(a, b):
    s = 0.0
    for x, y in zip(a, b):
        s += x * y
    for i, x in enumerate(a):
        s += i * b[i]
    return s, type(s).__name__


def cells(a):
    s = 0
    for i in range(len(a)):
        for j in range(len(a[i])):
            s += a[i, j] + a[i][j]
    return s, type(s).__name__, type(a[0, 0]).__name__


def stores(a):
    for i in range(len(a)):
        a[i] = i * 1.5
        a[i] += a[i - 1]
    return a.tolist()


COPIES = {}


def copy_for(function, *key):
    if (function, key) not in COPIES:
        code = function.__code__.replace(co_firstlineno=function.__code__.co_firstlineno)
        COPIES[function, key] = types.FunctionType(code, globals(), function.__name__)
    return COPIES[function, key]


def made(dtype, how):
    a = np.array([1, 2, 3, 4, 5, 6], dtype=dtype)
    return {"plain": a, "gaps": a[::2], "back": a[::-1], "part": a[1:4], "square": a.reshape(2, 3), "none": a[:0]}[how]


def run(name, dtype, how, view, *arguments):
    a = made(dtype, how)
    if view == "fixed":
        a.flags.writeable = False
    given = a if view == "array" else memoryview(a)
    try:
        return copy_for(globals()[name], dtype, how, view)(given, *arguments), a.tolist()
    except (TypeError, ValueError, IndexError, NotImplementedError, OverflowError) as e:
        return type(e).__name__, str(e), a.tolist()


def pair(x, y):
    return copy_for(of_two, x, y)(memoryview(made(x, "plain")), memoryview(made(y, "plain")))


DTYPES = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", ">f8", ">i4", "f2", "?", "c16"]
CASES = [(run, ("total", d, h, v)) for d in DTYPES for h in ("plain", "part") for v in ("view", "array")]
CASES += [(run, ("total", "f8", h, v)) for h in ("gaps", "back", "none", "square") for v in ("view", "fixed", "array")]
CASES += [(run, ("scale", d, "plain", v, 2)) for d in DTYPES for v in ("view", "fixed", "array")] + [(run, ("scale", "i1", "plain", "view", 100)), (run, ("scale", "u1", "plain", "view", -1))]
CASES += [(run, ("reduced", d, "plain", v)) for d in DTYPES[4:12] for v in ("view", "array")] + [(run, (n, d, "square", v)) for n in ("cells", "total") for d in ("f8", "i4") for v in ("view", "array")]
CASES += [(pair, (x, y)) for x in ("f8", "i4", "f4") for y in ("f8", "u1", "i8")] + [(run, ("stores", d, "plain", "array")) for d in ("f8", "f4", "i4")]
