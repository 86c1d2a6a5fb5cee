"""min() and max() with key=: functions that are lambdas, closures, builtins, methods; items and keys of all types; exceptions of
the function, of comparisons and of the iterable; and native code that is left in the middle."""

LOG = []


def dist(p, q):
    return (p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2


def nearest(p, centers):
    return min(range(len(centers)), key=lambda i: dist(p, centers[i]))


def farthest(p, centers):
    return max(centers, key=lambda c: dist(p, c))


def pivot(m, c):
    return max(range(c, len(m)), key=lambda r: abs(m[r][c]))


def longest(words):
    return max(words, key=len), min(words, key=len)


def of_floats(n):
    a = [(i * 7919 % 1009) / 8.0 for i in range(n)]
    return min(a, key=lambda x: abs(x - 50)), max(a, key=lambda x: -x)


def of_ints(n, bias):
    a = [i * 7919 % 1009 for i in range(n)]
    return min(a, key=lambda x: x * bias), max(a, key=lambda x: x * bias % 97)


def ties(n):
    """The first of equal ones."""
    a = [(i % 3, i) for i in range(n)]
    return min(a, key=lambda t: t[0]), max(a, key=lambda t: t[0]), max(a, key=lambda t: (t[0], -t[1]))


def nans(a):
    return min(a, key=lambda x: x), max(a, key=lambda x: x)


def noted(x):
    LOG.append(x)
    return -x


def notes(a):
    LOG.clear()
    try:
        return min(a, key=noted), LOG[:]
    except Exception as e:
        return type(e).__name__, str(e), LOG[:]


def empty(a):
    try:
        return max(a, key=lambda x: x)
    except ValueError as e:
        return str(e)


def uncaught(a):
    return min(a, key=lambda x: 10 // x)


def caught(a):
    n = 0
    for k in range(3):
        try:
            n += min(a, key=lambda x: 10 // (x - k))
        except ZeroDivisionError as e:
            n += 1000
    return n


class Key:
    def __init__(self, x):
        self.x = x

    def __lt__(self, other):
        LOG.append(("lt", self.x, other.x))
        return self.x < other.x

    def __gt__(self, other):
        LOG.append(("gt", self.x, other.x))
        if self.x == 13:
            raise TypeError("thirteen")
        return [1] if self.x > other.x else []

    def __del__(self):
        LOG.append(("del", self.x))


def keys(a):
    LOG.clear()
    try:
        return min(a, key=Key), max(a, key=Key), LOG[:]
    except TypeError as e:
        return str(e), LOG[:]


class Item:
    def __init__(self, x):
        self.x = x

    def __repr__(self):
        return f"Item({self.x})"

    def __del__(self):
        LOG.append(self.x)

    def score(self):
        return self.x * 7 % 5


def made(n):
    """Items that nobody else has die when they have lost."""
    LOG.clear()
    best = min([Item(i) for i in range(n)], key=lambda it: it.x * 7 % 5)
    LOG.append("done")
    other = max([Item(i) for i in range(n)], key=Item.score)
    LOG.append("done")
    text = repr(best), repr(other)
    del best, other
    return text, LOG[:]


def changed(n):
    """The list changes in the middle."""
    a = [3, 1, 2]
    def key(x):
        if len(a) < n:
            a.append(-x)
        return x
    return min(a, key=key), a, max(a, key=key)


def wide(n, x):
    """Keys and items that outgrow 64 bits, or become floats, in the middle."""
    a = [1, 2, 3, x, 4, x]
    return min(a, key=lambda v: v * n), max(a, key=lambda v: v * n), max(range(6), key=lambda i: a[i] * n)


def odd(a):
    try:
        return min(a, key=lambda v: v)
    except TypeError as e:
        return str(e)


def other_forms(a, d):
    return (
        min(a, key=None),
        max(a, key=abs),
        min(3, -4, key=abs),
        max((x for x in a), key=lambda x: -x),
        min(a, key=lambda x: x, default=0),
        min([], key=lambda x: x, default=7),
        max(d, key=d.get),
        min(d.items(), key=lambda kv: kv[1]),
        max("hello", key=lambda c: ord(c)),
    )


def in_comprehension(points, centers):
    return [min(range(len(centers)), key=lambda i: dist(p, centers[i])) for p in points]


def nested(n):
    return max(range(n), key=lambda i: min(range(1, n), key=lambda j: (i - j) ** 2) * 10 + i)


POINTS = [(i * 37 % 11 / 2, i * 53 % 7 / 3) for i in range(12)]


def negative_ord(c):
    return -ord(c)


def max_of_text(s):
    """A str of which it is not known before it runs how wide its characters are."""
    t = s[1:] + s[:1]
    return max(t, key=lambda c: -ord(c))


def min_of_text(s):
    t = s[1:] + s[:1]
    return min(t, key=negative_ord) + t


CASES = [
    (nearest, ((1.0, 2.0), POINTS)),
    (farthest, ((1.0, 2.0), POINTS)),
    (pivot, ([[1.0, 2.0], [-3.0, 4.0], [2, -9]], 0)),
    (pivot, ([[1.0, 2.0], [-3.0, 4.0], [2, -9]], 1)),
    (longest, (["a", "bbb", "cc", "ddd", "e"],)),
    (of_floats, (50,)),
    (of_ints, (50, 3)),
    (of_ints, (50, -3)),
    (of_ints, (1, 1 << 61)),
    (of_ints, (50, 1 << 61)),
    (ties, (9,)),
    (nans, ([float("nan"), 1.0, 2.0],)),
    (nans, ([1.0, float("nan"), 0.5, 2.0],)),
    (notes, ([3, 1, 2],)),
    (notes, ([3, 1 << 70, 2],)),
    (notes, ([3, "x", 2],)),
    (notes, ([],)),
    (empty, ([],)),
    (empty, ((),)),
    (empty, ([2],)),
    (uncaught, ([5, 2, 0, 1],)),
    (uncaught, ([5, 2, 1],)),
    (caught, ([5, 2, 1],)),
    (keys, ([4, 2, 9, 2],)),
    (keys, ([4, 13, 9, 2],)),
    (made, (6,)),
    (changed, (9,)),
    (wide, (3, 2)),
    (wide, (3, 1 << 62)),
    (wide, (3, 2.5)),
    (wide, (0.5, 1 << 80)),
    (odd, ([1, 2, "x"],)),
    (odd, ([None, None],)),
    (odd, ([None],)),
    (odd, ([(1, 2), (1, 1)],)),
    (odd, ([1, 0.5, True, 2**70],)),
    (other_forms, ([3, -5, 2], {"a": 3, "b": 1, "c": 7})),
    (in_comprehension, (POINTS, POINTS[:4])),
    (nested, (6,)),
    *((f, (s,)) for f in (max_of_text, min_of_text) for s in ("abc", "\u20acb", "a", "\xe9\xe9")),
]


def warm():
    """Native code is to know what comes."""
    for function, arguments in CASES:
        for _ in range(12):
            try:
                function(*arguments)
            except ZeroDivisionError:
                pass


warm()
