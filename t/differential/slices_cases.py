"""Slices of sequences: read, stored to and deleted, with every kind of bound, step and value, and what goes wrong."""

LOG = []


class Loud:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"Loud({self.name})"

    def __del__(self):
        LOG.append(self.name)


class Recorder:
    def __getitem__(self, key):
        return ("get", key)

    def __setitem__(self, key, value):
        LOG.append(("set", key, value))

    def __delitem__(self, key):
        LOG.append(("del", key))


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        LOG.append("index")
        return self.value

    def __repr__(self):
        return f"Index({self.value})"


class Sub(list):
    pass


def log():
    seen = list(LOG)
    LOG.clear()
    return seen


def all_of(a):
    return a[:], a[::], a[None:None], a[:] is a


def two(a, i, j):
    return a[i:j], a[:j], a[i:], a[i:-1], a[-2:j], a[i + 1 : j - 1]


def three(a, i, j, k):
    return a[i:j:k], a[:j:k], a[i::k], a[::k], a[::-1], a[i::-1], a[:j:-1], a[i:j:-2]


def of_known_list(n, i, j, k):
    a = list(range(n))
    b = [x * 0.5 for x in range(n)]
    return a[i:j], b[i:j:k], a[i:j] + a[j:], len(a[::k]), sum(a[i:j])


def turned(n, k):
    a = list(range(n))
    a[: k + 1] = a[k::-1]
    return a


def store(a, i, j, value):
    a[i:j] = value
    return a


def store_step(a, i, j, k, value):
    a[i:j:k] = value
    return a


def store_itself(a, i, j):
    a[i:j] = a
    a[:1] = a[1:]
    return a


def delete(a, i, j):
    del a[i:j]
    return a


def delete_step(a, i, j, k):
    del a[i:j:k]
    return a


def known_stores(n, i, j):
    a = list(range(n))
    a[i:j] = [7, 8, 9]
    del a[j:]
    a[:0] = (1.5, 2.5)
    a[len(a) :] = "xy"
    return a


def caught(a, i, j, k, value):
    seen = []
    for _ in range(3):
        try:
            seen.append(a[i:j:k])
            a[i:j:k] = value
        except (ValueError, TypeError) as e:
            seen.append(str(e))
    return seen, a


def items_as_bounds(bounds, a):
    seen = []
    for bound in bounds:
        seen.append(a[bound:])
        seen.append(a[:bound])
        seen.append(a[bound::-1])
        seen.append(a[bound:bound])
    return seen


def optional(a, start=None, stop=None, step=None):
    return a[start:stop:step], a[start:], a[:stop]


def recorded(i, j, k):
    r = Recorder()
    seen = [r[i:j], r[i:j:k], r[:], r[i], r[1:2, i:j]]
    r[i:j] = 1
    r[::k] = 2
    del r[i:j]
    return seen, log()


def dies(n):
    a = [Loud(i) for i in range(n)]
    b = a[1:3]
    del a[:2]
    seen = [log()]
    a[:] = b
    seen.append(log())
    b[:] = ()
    seen.append(log())
    a[::2] = [Loud(10)]
    seen.append(log())
    a.clear()
    return seen, log()


def items_of(a, i, j):
    first = a[0]
    part = a[i:j]
    a[:] = [0.25] * 3
    return first, part, a


def in_loops(a, n):
    total = 0
    for i in range(n):
        for x in a[i : i + 3]:
            total += x
        for x in a[::-1]:
            total = total * 3 % 1000003 + x
        a[i % len(a) :] = a[i % len(a) :][::-1]
    return total, a


def strings(s, i, j):
    return s[i:j] + s[j:] + s[:i], s[::-1], s[i:j] == s[i:j], s[0:1] is s[0], s[:] is s, s[i:j].upper()


def sub(i, j):
    a = Sub(range(6))
    b = a[i:j]
    a[i:j] = [1]
    return type(b).__name__, b, type(a).__name__, a


def unbound(a):
    b = a[missing:1]
    return b


def of_int(n):
    return n[1:2]


def store_of_tuple(t):
    t[0:1] = [1]


def delete_of_str(s):
    del s[0:1]


L = list(range(10))
BIG = 2**63 - 1
CASES = [(all_of, (x,)) for x in ([], [1, 2], (), (1, 2), "", "ab", "\u0394a", b"", b"ab", bytearray(b"ab"), range(4))]
for i, j in ((0, 0), (0, 3), (2, 5), (-3, -1), (5, 2), (-20, 20), (BIG, -BIG), (True, 4), (2.0, 3), (None, 2), (1, None)):
    CASES += [(f, (x, i, j)) for f in (two,) for x in (L, tuple(L), "0123456789", "01\u039423", b"0123456789") if i is not None and j is not None]
    CASES += [(delete, (L, i, j)), (delete, (bytearray(b"0123456789"), i, j)), (store_itself, (L, i, j))]
    CASES += [(store, (L, i, j, v)) for v in ([], [1], (1, 2, 3), "abcd", range(5), 7, {1: 2})]
    CASES += [(recorded, (i, j, 2)), (sub, (i, j))]
for i, j, k in ((0, 8, 2), (8, 0, -2), (-1, -9, -3), (0, 8, 0), (1, 9, BIG), (9, 1, -BIG - 1), (5, 5, 1), (0, 3, -1), (None, None, -1), (0, 9, 1)):
    if i is not None:
        CASES += [(three, (x, i, j, k)) for x in (L, tuple(L), "0123456789", b"0123456789", bytearray(b"0123456789"), [])]
        CASES += [(of_known_list, (10, i, j, k))]
    CASES += [(delete_step, (L, i, j, k)), (optional, (L, i, j, k)), (optional, ("abcdefg", i, j, k))]
    CASES += [(store_step, (L, i, j, k, v)) for v in ([], [1], (1, 2, 3), (1, 2, 3, 4), 5)]
    CASES += [(caught, (L, i, j, k, v)) for v in ([1], 5)]
CASES += [(turned, (8, k)) for k in range(9)]
CASES += [(known_stores, (10, i, j)) for i, j in ((0, 3), (4, 2), (-3, 20))]
CASES += [(items_as_bounds, (b, L)) for b in ([1, 2, -3], [0, None, 2], [1, 2.5], [2**70, -(2**70)], [True], [Index(2)], ["a"])]
CASES += [(items_as_bounds, ([1, 2, -3], "abcdef")), (optional, (L,)), (optional, (L, 2)), (optional, (L, Index(3), Index(5)))]
CASES += [(dies, (4,)), (items_of, ([1, 2, 3, 4], 1, 3)), (in_loops, (list(range(7)), 20)), (strings, ("abcdef", 1, 3))]
CASES += [(strings, ("ab\u0394def", 1, 3)), (unbound, (L,)), (of_int, (5,)), (store_of_tuple, ((1, 2),)), (delete_of_str, ("ab",))]
