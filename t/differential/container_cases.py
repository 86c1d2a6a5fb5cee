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
