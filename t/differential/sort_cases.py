"""sorted() and list.sort(): what is compared without running Python code, keys that are built in, and whatever else there is; lists that
are looked at while they are sorted, exceptions of keys and comparisons, stability."""
from operator import attrgetter, itemgetter

CASES = []
ALL_FIRST = True  # what native code is made of is known when it is made
NAN = float("nan")
LOG = []


class P:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def __repr__(self):
        return f"P({self.a!r}, {self.b!r})"


class Slots:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a, self.b = a, b

    def __repr__(self):
        return f"S({self.a!r}, {self.b!r})"


class Less(P):
    def __lt__(self, other):
        return self.a < other.a


class LessOfTwo(P):
    def __lt__(self, other):
        return (self.a, self.b) < (other.a, other.b)


class Loud(P):
    def __lt__(self, other):
        LOG.append((self.a, other.a))
        return self.a < other.a


def plain(items):
    return sorted(items), sorted(items, reverse=True)


def in_place(items, reverse):
    items.sort(reverse=reverse)
    return items


def negated(items):
    return sorted(items, key=lambda x: -x)


def by_attribute(items):
    return sorted(items, key=lambda p: p.a), sorted(items, key=lambda p: p.b, reverse=True)


def by_both(items):
    return sorted(items, key=lambda p: (p.b, p.a))


def by_mixed(items):
    return sorted(items, key=lambda p: (p.a, 1) if p.b else p.a)


def by_condition(items):
    return sorted(items, key=lambda p: p.a if p.b else 0.5)


def by_five(items):
    return sorted(items, key=lambda p: (p.a, p.b, p.a, p.b, p.a))


def by_tuple_of_tuples(items):
    return sorted(items, key=lambda p: (p.a, (p.b, p.a)))


def key_of(p):
    return p.a


def by_function(items):
    return sorted(items, key=key_of)


def by_outer(items, weights):
    items.sort(key=lambda i: weights[i])
    return items


def by_outer_sorted(n, weights):
    return sorted(range(n), key=lambda i: weights[i])


def by_itself(items):
    items.sort(key=lambda x: items[0])
    return items


def by_own_length(items):
    items.sort(key=lambda x: len(items))
    return items


def by_own_item(items):
    items.append(items)
    try:
        items.sort(key=lambda x: x[0])
    finally:
        items.remove(items)
    return items


def by_getitem(items):
    return sorted(range(len(items)), key=items.__getitem__)


def by_own_getitem(items):
    items.sort(key=items.__getitem__)
    return items


def by_get(items, d):
    return sorted(items, key=d.get)


def items_of(d):
    return sorted(d.items(), key=lambda kv: kv[1]), sorted(d, key=lambda k: d[k]), sorted(d.values(), reverse=True)


def by_getters(items):
    return sorted(items, key=itemgetter(1)), sorted(items, key=itemgetter(1, 0), reverse=True), sorted(items, key=itemgetter(-1))


def by_name(items):
    return sorted(items, key=itemgetter("n"))


def by_attributes(items):
    return sorted(items, key=attrgetter("a")), sorted(items, key=attrgetter("b", "a"), reverse=True)


def by_dotted(items):
    return sorted(items, key=attrgetter("a.b"))


def by_builtin(items, name):
    function = {"len": len, "abs": abs, "int": int, "float": float, "str": str, "lower": str.lower, "casefold": str.casefold, "ord": ord}[name]
    copy = list(items)
    copy.sort(key=function, reverse=True)
    return sorted(items, key=function), copy


def generated(n):
    return sorted((x * x % 7 for x in range(n)), key=lambda x: -x)


def changing(items):
    def key(x):
        items.append(x)
        return x

    items.sort(key=key)
    return items


def failing(items):
    def key(x):
        LOG.append(x)
        return 1 / x

    try:
        items.sort(key=key)
    except ZeroDivisionError as e:
        return str(e), items, LOG[-len(items) :]
    return items


def logged(items):
    del LOG[:]
    return sorted(items), LOG[:]


def calls(items, other):
    return sorted(items, key=lambda x: sorted(other, key=lambda y: (x - y) * (x - y))[0])


def in_loop(rows):
    total = 0
    for row in rows:
        total += sorted(row, key=lambda x: x % 3)[0]
    return total


def many(n):
    return [sorted(range(k), key=lambda i: i * 7919 % 13)[:3] for k in range(n)], sorted([i * 37 % 101 / 3 for i in range(n * 20)])[:: n // 2 + 1]


def identity(n):
    xs = [float(i % 5) for i in range(n)]
    ys = sorted(xs)
    return [[k for k, x in enumerate(xs) if x is y][0] for y in ys]


NUMBERS = [[], [1], [2, 1], [3, 1, 2] * 9, [0.0, -0.0, 1, True, 2.5, False, -0.0, 0], [2**53, 2.0**53, 2**53 + 1], [2**62, -(2**63), 2**63 - 1, 0],
           [2**70, 1, -(2**70)], [NAN, 1.0, 0.5, NAN, -1.0], [float("inf"), float("-inf"), 0], list(range(50)), list(range(50, 0, -1))]
WORDS = [[], ["b", "a", "", "ab"], ["abcdefgh1", "abcdefgh0", "abcdefgh", "abcdefg", "abcdefgh\0"], ["é", "e", "z", "\xff"], ["日本", "日", "a", "\U0001f600", "\uffff"]]
OTHERS = [[1, "a"], ["a", 1], [None, None], [None], [1, None, 2], [(1, 2), (1, 1), (0, 5)], [(1,), (1, 2)], [(1, "a"), (1, None)], [(2, "a"), (1, None)],
          [[2, 1], [1, 2], [1, 1]], [[]], [(), ()], [1j, 2j], [{1}, {1, 2}], [b"b", b"a"], [(1, 2, 3, 4), (1, 2, 3, 3)], [(1, 2, 3, 4, 5), (1, 2, 3, 4, 4)],
          [(NAN,), (NAN,), (1.0,)], [(1, (2, 3)), (1, (2, 2))]]
for xs in NUMBERS + WORDS + OTHERS:
    CASES += [(plain, (xs,)), (in_place, (xs, True)), (in_place, (xs, False)), (negated, (xs,)), (plain, (tuple(xs),))]
PAIRS = [[(i * 7 % 5, i % 3) for i in range(30)], [(i * 7 % 5 / 2, f"n{i * 5 % 7}") for i in range(30)], [(f"k{i * 7 % 4}", None) for i in range(9)], [(2**70, 0), (1, 1)],
         [(NAN, 1), (0.5, 0)], [(1, 1), ("a", 0)], [(0, 1), (0, 0)], [((1, 2), 1), ((0, 5), 2)], [(1, 1)], []]
for pairs in PAIRS:
    for kind in (P, Slots, Less, LessOfTwo):
        things = [kind(*pair) for pair in pairs]
        CASES += [(f, (things,)) for f in (by_attribute, by_both, by_function, by_attributes)]
        if kind is P:
            CASES += [(f, (things,)) for f in (by_mixed, by_condition, by_five, by_tuple_of_tuples, by_dotted)]
        if kind in (Less, LessOfTwo):
            CASES += [(plain, (things,)), (in_place, (things, True))]
    CASES += [(by_getters, (pairs,)), (by_getters, ([list(p) for p in pairs],)), (by_name, ([{"n": a} for a, b in pairs],)), (by_getters, ([p[:1] for p in pairs],))]
    CASES += [(logged, ([Loud(*pair) for pair in pairs],))]
CASES += [(by_attribute, ([P(1, 2), Less(0, 3), P(1, 1)],)), (by_attribute, ([P(1, 2), 3],)), (plain, ([Less(1, 2), P(0, 1)],)), (plain, ([P(1, 2), P(0, 1)],))]
CASES += [(by_outer, ([3, 0, 2, 1], w)) for w in ([5, 3, 9, 1], [5.5, 3, 9, 1], ["b", "a", "d", "c"], [1, 2], {0: 1, 1: 0, 2: 5, 3: 4}, [None] * 4)]
CASES += [(by_outer_sorted, (4, w)) for w in ([5, 3, 9, 1], [5.5, 3, 9, 1], ["b", "a", "d", "c"], [1, 2], {0: 1, 1: 0, 2: 5, 3: 4}, [None] * 4)]
CASES += [(f, (xs,)) for f in (by_itself, by_own_length, by_own_item, by_own_getitem, changing, failing) for xs in ([3, 1, 2], [0, 1], [5], [], [[2], [1]])]
CASES += [(by_getitem, (xs,)) for xs in ([3, 1, 2], ["b", "a"], [None, 1])]
CASES += [(by_get, ([3, 1, 2], d)) for d in ({3: 0, 1: 5, 2: 2}, {3: 0}, {}, {3: "a", 1: "b", 2: "c"}, {P(1, 2): 1, 3: 2, 1: 1, 2: 0})]
CASES += [(items_of, (d,)) for d in ({}, {"a": 3, "b": 1, "c": 2}, {1: 2.5, 0: 1}, {"x": None, "y": 1}, {"x": (1, 2), "y": (0, 9)})]
for name, lists in (("len", (["bb", "a", ""], [[1], []], [{1: 2}, {}], [1, 2])), ("abs", ([-3, 2, -1.5], ["a"], [True, -2])), ("int", (["3", "12", "1"], ["x"], [2.5, "1"])),
                    ("float", (["3", "1e5", "nan"], [1, 2])), ("str", ([3, 12, 1], ["b", "a"], [[1], [0]])), ("lower", (["B", "a", "C"], [1], [])), ("casefold", (["ß", "SS", "a"],)), ("ord", (["b", "a"], ["ab"]))):
    CASES += [(by_builtin, (xs, name)) for xs in lists]
CASES += [(generated, (n,)) for n in (0, 1, 9)] + [(calls, ([5, 1, 9, 3], [2, 6])), (calls, ([5, "a"], [2]))]
CASES += [(in_loop, ([[4, 3, 5], [7, 8], [9]],)), (in_loop, ([[4, 3.5], [7]],)), (in_loop, ([[]],)), (many, (40,)), (many, (3,)), (identity, (40,))]
