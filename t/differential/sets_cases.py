"""Operators, comparisons, min() and max() of sets and frozensets: what comes out, the order in which it is iterated over, and who is
compared with whom."""

CASES = []


class Like:
    """All have one hash; they say when they are compared."""

    log = []

    def __init__(self, value, raises=False):
        self.value = value
        self.raises = raises

    def __hash__(self):
        return 7

    def __eq__(self, other):
        Like.log.append((self.value, getattr(other, "value", other)))
        if self.raises:
            raise ValueError("no comparison")
        return self.value == getattr(other, "value", other)

    def __repr__(self):
        return f"Like({self.value})"


class Sub(set):
    def __sub__(self, other):
        return "sub"

    def __rsub__(self, other):
        return "rsub"

    def __le__(self, other):
        return "le"

    def __ge__(self, other):
        return "ge"


class Dies:
    def __init__(self, log):
        self.log = log

    def __del__(self):
        self.log.append("died")


def operators(a, b):
    return list(a - b), list(a & b), list(a | b), list(a ^ b), list(b - a), list(b & a)


def types(a, b):
    return type(a - b), type(a & b), type(b - a), type(b & a), a - a == a & set(), list(a & a)


def comparisons(a, b):
    return a < b, a <= b, a == b, a != b, a > b, a >= b


def branches(a, b):
    n = 0
    if a < b:
        n += 1
    if a <= b:
        n += 2
    if a == b:
        n += 4
    if a != b:
        n += 8
    if a > b:
        n += 16
    if a >= b:
        n += 32
    while a <= b and n < 100:
        n += 50
    return n


def best(a):
    return min(a), max(a)


def of_items(sets, free):
    out = []
    for s in sets:
        if s <= free:
            left = free - s
            if len(left & s) == 0 and left:
                out.append((min(left), max(left), len(left), list(left)))
    return out


def cover(n, left, pieces, chosen):
    if not left:
        return [list(chosen)]
    first = min(left)
    found = []
    for p in pieces:
        if first in p and p <= left:
            chosen.append(sorted(p))
            found += cover(n + 1, left - p, pieces, chosen)
            chosen.pop()
    return found


def covers(n):
    pieces = [frozenset(p) for i in range(n) for p in ((i, i + 1), (i, i + 1, i + 2), (i, i + 2))]
    return cover(0, frozenset(range(n)), pieces, [])


def asks(values, others, raises):
    Like.log.clear()
    a = {Like(v) for v in values}
    b = {Like(v, raises) for v in others}
    out = []
    for op in (lambda: a - b, lambda: a & b, lambda: a <= b, lambda: a == b, lambda: a > b, lambda: b - {8}):
        Like.log.clear()
        try:
            result = op()
            result = result if isinstance(result, bool) else [v.value for v in result]
        except ValueError as e:
            result = str(e)
        out.append((result, list(Like.log)))
    return out


def asks_here(values, others):
    a = {Like(v) for v in values}
    b = {Like(v) for v in others}
    Like.log.clear()
    c = a - b
    d = a & b
    e = a <= b
    return sorted(v.value for v in c), sorted(v.value for v in d), e, list(Like.log)


def grows(n, step):
    a = {i * step for i in range(n)}
    b = {i * step for i in range(0, n, 3)}
    c = a - b
    before = list(c)
    c.add(-1)
    c.add(-2)
    c.discard(step)
    return before, list(c), list(a & b), list(c - {step}), len(c)


def discarded(n):
    a = set(range(n))
    for i in range(0, n, 2):
        a.discard(i)
    b = set(range(n // 2, n))
    return list(a - b), list(a & b), list(b - a), a <= b, b & a == a & b, list(b & a)


def lives(n):
    log = []
    a = {Dies(log) for _ in range(n)}
    b = set(list(a)[:1])
    c = a - b
    d = a & b
    out = [len(c), len(d), len(log)]
    del a, b
    out.append(len(log))
    c = None
    out.append(len(log))
    d = None
    out.append(len(log))
    return out


def in_place(a, b):
    c, d = set(a), set(a)
    c -= b
    d &= b
    return list(c), list(d)


def not_sets(a, b):
    out = []
    a = a.keys() if type(a) is dict else a
    b = b.keys() if type(b) is dict else b
    for op in (lambda: a - b, lambda: a & b, lambda: a <= b, lambda: a == b, lambda: min(a)):
        try:
            out.append(op())
        except (TypeError, ValueError) as e:
            out.append(str(e))
    return out


def untypical(a, b, x):
    try:
        if a <= b:
            return len(a & b), a - b
        return a - x
    except TypeError as e:
        return str(e)


SETS = [set(), {1}, {1, 2, 3}, {3, 2, 1, 8, 16, 24, 32}, {0, -1, -2, 2**61 - 1, 2**61 - 2}, {"a", "b", "c"}, {"a", 1, (1, 2)}, {1.0, 2, 3.5}]
SETS += [{(x, y) for x in range(5) for y in range(4)}, {(x, y) for x in range(3, 9) for y in range(2)}, {(1, "a"), (1, "b"), ("a", (1, 2))}, {True, 2, None}]
SETS += [set(range(50)), set(range(0, 200, 7)), {i * 2**30 for i in range(30)}, {i << 61 for i in range(12)}, {frozenset({1}), frozenset({2})}, {b"a", "b"}]
SETS += [{i * i % 1009 for i in range(400)}, {f"k{i}" for i in range(60)}, {f"k{i}" for i in range(30, 90)}, {2**70, -(2**70), 5}, {"\u20ac", "\xe9", "z"}]
for x in SETS:
    for y in SETS:
        CASES += [(operators, (x, y)), (comparisons, (frozenset(x), y)), (branches, (x, frozenset(y)))]
    CASES += [(types, (frozenset(x), {1, 2})), (types, (x, frozenset({1, 2, 3}))), (best, (x,)), (best, (frozenset(x),)), (in_place, (x, {1, "a", (1, 2)}))]
    CASES += [(branches, (x, set(list(x)[:-1]))), (branches, (x, set(x))), (operators, (frozenset(x), frozenset(list(x)[::2])))]
for n in (0, 1, 4, 5, 6, 19, 20, 60, 200, 400):
    CASES += [(grows, (n, 1)), (grows, (n, 8)), (grows, (n, 2**20 + 1)), (discarded, (n,))]
for n in (0, 1, 3, 9):
    CASES += [(lives, (n,)), (covers, (n,))]
CASES += [(of_items, ([frozenset({1, 2}), frozenset({30}), {5, 6}, frozenset()], frozenset(range(20))))]
for raises in (False, True):
    CASES += [(asks, ((1, 2, 3), (2, 3), raises)), (asks, ((1,), (2,), raises)), (asks, ((), (1, 2), raises)), (asks, ((1, 2, 3, 4, 5, 6), (9,), raises))]
CASES += [(asks_here, ((1, 2, 3), (2, 3))), (asks_here, ((1, 2, 3), ())), (asks_here, ((1, 2), (1, 2, 3)))]
for x in (Sub({1, 2}), {1, 2}, frozenset({2}), [1], {1: 2}, 5, None, "ab", 1.5):
    for y in (Sub({1}), {1, 3}, {1: 2}, (1,), 2, 2.5):
        CASES += [(not_sets, (x, y))]
CASES += [(untypical, a) for a in ((1, 2, 3), (1.5, 2, 1), ({1}, {1, 2}, 0), ({4}, {1, 2}, {4}), ("a", "b", "c"), (frozenset(), {1}, None), ({1}, [1], 2))]
