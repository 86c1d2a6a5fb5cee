"""Items of bytes, bytearrays, arrays and memoryviews that are attributes, items or globals, so that only what was met tells what they are;
and of others at the same place."""
from array import array

CASES = []


class Has:
    def __init__(self, data):
        self.data = data

    def again(self):
        kind = type(self.data)
        return Has(dict(self.data) if kind is dict else Own() if kind is Own else self.data[:])

    def __repr__(self):
        return f"Has({self.data!r})"

    def get(self, i):
        return self.data[i]

    def put(self, i, v):
        self.data[i] = v

    def total(self):
        t = 0
        for i in range(len(self.data)):
            t += self.data[i]
        return t


class Own:
    def __getitem__(self, i):
        return i * 2

    def __setitem__(self, i, v):
        self.last = (i, v)

    def __len__(self):
        return 3

    def again(self):
        return Own()

    def __repr__(self):
        return f"Own({self.__dict__})"


def get(h, i):
    try:
        return h.get(i)
    except (IndexError, TypeError, KeyError) as e:
        return str(e)


def put(h, i, v):
    try:
        h.put(i, v)
    except (IndexError, TypeError, ValueError, OverflowError) as e:
        return str(e), h
    return h


def total(h, n):
    t = 0
    data = h.data
    for i in range(n):
        t = t + data[i]
    return t


def fill(h, n, v):
    data = h.data
    for i in range(n):
        data[i] = v
    return h


def xor(h, other, n):
    data = h.data
    key = other.data
    for i in range(n):
        data[i] ^= key[n - 1 - i]
    return h


def scale(h, n, f):
    data = h.data
    for i in range(n):
        data[i] = data[i] * f
    return h


def many(hs, n):
    out = []
    for h in hs:
        t = 0
        for i in range(n):
            t += h.data[i]
        out.append(t)
    return out


def swap(h, i, j):
    d = h.data
    d[i], d[j] = d[j], d[i]
    return h


def beyond(h):
    try:
        for i in range(100):
            h.data[i] = h.data[i + 1]
    except (IndexError, TypeError) as e:
        return i, str(e), h


def shrinks(h):
    t = 0
    try:
        for i in range(8):
            t += h.data[i]
            if i == 2:
                del h.data[4:]
    except IndexError as e:
        return i, t, str(e)
    return t


def changes(h, others):
    out = []
    for o in others:
        out.append(h.data[1])
        h.data = o
    return out


def texts(h):
    d = h.data
    return [d[0] == "a", d[-1], len(d)]


class Matrix:
    """As those of scientific programs: an index is a tuple, and checked."""

    def __init__(self, w, h, data):
        self.width = w
        self.height = h
        self.data = data

    def again(self):
        return Matrix(self.width, self.height, self.data[:])

    def __repr__(self):
        return f"Matrix({self.data!r})"

    def at(self, x, y):
        if 0 <= x < self.width and 0 <= y < self.height:
            return y * self.width + x
        raise IndexError(f"{x} {y}")

    def __getitem__(self, x_y):
        (x, y) = x_y
        return self.data[self.at(x, y)]

    def __setitem__(self, x_y, value):
        (x, y) = x_y
        self.data[self.at(x, y)] = value

    def places(self):
        for y in range(self.height):
            for x in range(self.width):
                yield x, y


class Loud(Matrix):
    log = []

    @property
    def width(self):
        Loud.log.append("width")
        return self.w

    @width.setter
    def width(self, w):
        self.w = w

    def again(self):
        return Loud(self.w, self.height, self.data[:])


def relax(m, n, f):
    try:
        for _ in range(n):
            for y in range(1, m.height - 1):
                for x in range(1, m.width - 1):
                    m[x, y] = f * (m[x, y - 1] + m[x, y + 1] + m[x - 1, y] + m[x + 1, y]) - m[x, y]
    except (TypeError, ValueError, OverflowError) as e:
        return str(e), m
    return m


def add_up(m):
    t = 0
    for x, y in m.places():
        t += m[x, y] * (x - y)
    return t


def outside(m, x, y):
    try:
        return m[x, y]
    except (IndexError, TypeError, ValueError) as e:
        return str(e)


def loud(m):
    Loud.log.clear()
    t = m[0, 1]
    m[1, 1] = t
    return t, list(Loud.log), m


DATA = [bytes(range(12)), bytearray(range(12)), array("d", range(12)), array("i", range(12)), array("B", range(12)), array("Q", [2**64 - 1] * 12)]
DATA += [list(range(12)), tuple(range(12)), {i: i for i in range(12)}, Own(), array("f", [0.1] * 12), array("b", range(12)), array("u", "abcdefghijkl")]
MADE = [Has(d) for d in DATA] + [Has("abcdefghijkl"), Has("abcdefghijk\u20ac")]
NUMBERS = [h for h in MADE if not isinstance(h.data, str) and not (isinstance(h.data, array) and h.data.typecode == "u")]
for h in MADE:
    CASES += [(get, (h, i)) for i in (0, 5, -1, 11, 12, -12, -13, 2**70, "a", None, True, 1.5)]
    CASES += [(put, (h, i, v)) for i in (0, -1, 12) for v in (1, 255, 256, -1, 1.5, 2**64, "a", None)]
    CASES += [(texts, (h,)), (swap, (h, 1, 2)), (beyond, (h,))]
for h in NUMBERS:
    CASES += [(total, (h, 12)), (total, (h, 0)), (fill, (h, 5, 7)), (fill, (h, 5, 2.5)), (fill, (h, 5, 300)), (scale, (h, 3, 2)), (scale, (h, 3, 0.5))]
    CASES += [(xor, (h, NUMBERS[0], 12)), (xor, (NUMBERS[1], h, 9)), (shrinks, (h,)), (Has.total, (h,)), (changes, (h, DATA))]
CASES += [(many, (NUMBERS, 12)), (many, (NUMBERS[:2], 12)), (many, (NUMBERS[2:4] * 3, 12)), (many, (NUMBERS[::-1], 3))]
MATRICES = [Matrix(4, 3, d[:12]) for d in DATA[:8] if not isinstance(d, bytes)] + [Matrix(4, 3, [0.5] * 12), Loud(4, 3, array("d", range(12)))]
for m in MATRICES:
    CASES += [(relax, (m, n, f)) for n in (0, 1, 3) for f in (1, 0.25)] + [(add_up, (m,))] + [(outside, (m, x, y)) for x, y in ((0, 0), (3, 2), (4, 0), (-1, 1), (1.0, 1), ("a", 0))]
CASES += [(loud, (MATRICES[-1],))]


def four(data, i):
    a, b, c, d = data[i : i + 4]
    return a, b, c, d, a + b + c + d


def ends(data):
    a, b = data[:2]
    c, d = data[-2:]
    e, f = data[4:-4]
    return [a, b, c, d, e, f]


def pair(data, i, j):
    try:
        a, b = data[i:j]
    except ValueError as e:
        return str(e)
    return b, a


def whole(data):
    try:
        a, b, c = data
    except ValueError as e:
        return str(e)
    return c, b, a


def mixed_columns(data):
    for i in range(0, len(data) - 3, 4):
        a, b, c, d = data[i : i + 4]
        data[i] = (a ^ b) & 63
        data[i + 1] = (c + d) & 63
    return data


def unpacked_made(n):
    out = []
    for i in range(n):
        a, b = bytearray([i, i + 1])[0:2]
        c, d = bytes([i]) + b"\xff"
        out.append(a * b + c - d)
    return out


def none_ends(data, i, j):
    a, b = data[i:j]
    return a, b


TEN = [bytes(range(10)), bytearray(range(10)), array("i", range(10)), list(range(10)), tuple(range(10)), "abcdefghij", array("d", range(10)), array("Q", [2**64 - 1 - i for i in range(10)])]
for d in TEN:
    CASES += [(four, (d, i)) for i in (0, 3, 6)] + [(ends, (d,)), (whole, (d[:3],)), (whole, (d[:2],)), (whole, (d[:0],)), (whole, (d[:4],))]
    CASES += [(pair, (d, i, j)) for i, j in ((0, 2), (1, 3), (8, 10), (8, 11), (8, 12), (9, 11), (-2, 10), (-2, 2**40), (2, 2), (3, 1), (0, 3), (-10, 2), (2**63 - 1, -(2**63)), (2**63 - 1, 1), (-12, 2))]
    CASES += [(none_ends, (d, i, j)) for i, j in ((None, 2), (8, None), (-2, None), (None, -8), (4, -4), (True, 3))]
CASES += [(mixed_columns, (d,)) for d in (bytearray(range(16)), array("B", range(19)), array("q", range(12)), list(range(9)), bytearray())]
CASES += [(unpacked_made, (n,)) for n in (0, 1, 20)]


def views(n):
    out = []
    data = bytearray(range(n, n + 6))
    for i in range(3):
        v = memoryview(data)
        a, b = v[i : i + 2]
        c, d, e, f, g, h = v
        out.append((a, b, c, h, d + e + f + g))
    v.release()
    try:
        a, b = v[0:2]
    except ValueError as e:
        out.append(str(e))
    return out


CASES += [(views, (n,)) for n in (0, 5)]
