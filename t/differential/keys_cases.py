"""Dicts and sets whose keys are ints or tuples of ints, and what has the same hash or is equal to one; values that are changed in place,
and who else has them; keys as objects: which one stays, and when it dies."""
from collections import Counter, OrderedDict, defaultdict

CASES = []
EDGES = [0, 1, -1, -2, 2, 255, 256, 257, 2**30, -(2**30), 2**60, 2**61 - 1, 2**61, 2**61 - 2, -(2**61) + 1, -(2**61), 2**63 - 1, -(2**63), 2**62]


class Like:
    """Equal to an int, with its hash; says when it is asked."""

    log = []

    def __init__(self, value, raises=False):
        self.value = value
        self.raises = raises

    def __hash__(self):
        return hash(self.value)

    def __eq__(self, other):
        Like.log.append((type(other).__name__, other if type(other) is int else str(other)))
        if self.raises:
            raise ValueError("no comparison")
        return self.value == other

    def __repr__(self):
        return f"Like({self.value})"


class Dies:
    def __init__(self, log, name):
        self.log = log
        self.name = name

    def __del__(self):
        self.log.append(self.name)


class Missing(dict):
    def __missing__(self, key):
        return ("missing", key)


class Doubling(dict):
    def __getitem__(self, key):
        return dict.__getitem__(self, key) * 2

    def __setitem__(self, key, value):
        dict.__setitem__(self, key, value + 1)

    def __contains__(self, key):
        return not dict.__contains__(self, key)


def count(values):
    d = {}
    for v in values:
        d[v] = d.get(v, 0) + 1
    return d


def count_if_in(values):
    d = {}
    for v in values:
        if v in d:
            d[v] += 1
        else:
            d[v] = 1
    return list(d.items())


def count_numbers(n, m):
    d = {}
    for i in range(n):
        k = i * i % m
        d[k] = d.get(k, 0) + i
    return d


def total_floats(n, m):
    d = {}
    for i in range(n):
        k = i * 7 % m
        d[k] = d.get(k, 0.0) + i * 0.5
    return d


def total_mixed(n, m):
    d = {}
    for i in range(n):
        k = i * 7 % m
        d[k] = d.get(k, 0) + i * 0.5
    return d


def edges(values):
    d = {}
    for i, v in enumerate(values):
        d[v + 0] = i
    seen = []
    for v in values:
        seen.append(d[v - 0])
        seen.append(v in d)
        seen.append(v + 1 in d)
    return d, seen


def edge_pairs(values):
    d = {}
    s = set()
    for v in values:
        for w in values:
            d[v, w] = d.get((v, w), 0) + 1
            if (w, v) in d:
                d[w, v] += 1
            s.add((v, w))
    return len(d), sum(d.values()), list(d)[3:9], len(s), (values[0], values[1]) in s, (values[0], 77) in s


def pairs(n):
    d = {}
    for i in range(n):
        for j in range(n):
            d[i % 3, j % 4] = d.get((i % 3, j % 4), 0) + i * j
    return d


def triples(n):
    d = {}
    s = set()
    for i in range(n):
        for j in range(n):
            k = (i % 3, j % 4, i * j % 5)
            if k not in d:
                d[k] = 0
            d[k] += 1
            s.add(k)
    return d, s, sorted(s)


def fours(n):
    d = {}
    for i in range(n):
        d[i, i + 1, i + 2, i % 2] = i
    return d, (3, 4, 5, 1) in d, (3, 4, 5, 0) in d


def absent(d, k):
    return d[k + 1]


def absent_pair(d, i, j):
    return d[i + 1, j + 1]


def absent_caught(d, n):
    seen = []
    for i in range(n):
        try:
            seen.append(d[i * 2])
        except KeyError as e:
            seen.append(e.args)
        try:
            seen.append(d[i, i + 1])
        except KeyError as e:
            seen.append(e.args)
    return seen


def in_any(container, n):
    seen = []
    for i in range(n):
        seen.append(i + 1 in container)
        seen.append((i, i + 1) in container)
        seen.append((i, i + 1) not in container)
    return seen


def item_of_any(container, i):
    return container[i + 1]


def set_in_any(container, i, value):
    container[i + 1] = value
    container[i + 2] = i + 1000
    container[i + 3] = i + 0.5
    return container


def set_pair_in_any(container, i, value):
    container[i + 1, i] = value
    container[i + 1, i] = i + 1000
    return container


def get_any(d, i, otherwise):
    return d.get(i + 1), d.get(i + 1, otherwise), d.get((i, i)), d.get((i, i), otherwise), d.get(i, 7), d.get((i, i), 8)


def likes(raises, n):
    """Something that is asked whether it is the key."""
    Like.log.clear()
    d = {}
    d[Like(3, raises)] = "three"
    s = set()
    s.add(Like(3, raises))
    seen = []
    for i in range(n):
        seen.append(i + 1 in d)
        seen.append(i + 1 in s)
        seen.append(d.get(i + 1, 5))
        d[i + 1] = i
        s.add(i + 1)
    return seen, list(d), len(s), Like.log[:]


def likes_of_any(kind, n):
    """Asked as often as in CPython."""
    Like.log.clear()
    d = kind()
    d[Like(3)] = "three"
    d["x"] = 1
    seen = []
    for i in range(n):
        try:
            seen.append(d[i])
        except KeyError as e:
            seen.append(e.args)
        seen.append(d.setdefault(i + 2, i))
        seen.append(d.setdefault(Like(i), "like"))
        seen.append(d.pop(i, None))
    return seen, [str(k) for k in d], Like.log[:]


def taken_out(n):
    d = {}
    s = set()
    seen = []
    for i in range(n):
        d[i % 5] = d.pop(i % 5, i) + 1
        d[i % 3, i % 2] = d.pop((i % 3, i % 2), 0) + 1
        s.add(i % 7)
        s.add((i, i))
        s.discard(i % 4)
        s.discard((i, i + 1))
        s.discard((i - 1, i - 1))
        if i % 7 in s:
            s.remove(i % 7)
        d.setdefault(i, []).append(i) if i > 5 else seen.append(d.setdefault(i))
    return d, s, seen


def taken_out_caught(d, s, k):
    seen = []
    for what in range(5):
        try:
            if what == 0:
                seen.append(d.pop(k + 1))
            elif what == 1:
                s.remove(k + 1)
            elif what == 2:
                s.remove((k, k))
            elif what == 3:
                seen.append(d.pop((k, k)))
            else:
                s.discard(k + 1)
        except KeyError as e:
            seen.append(e.args)
    return seen, d, s


def sets_of_sets(x):
    s = {frozenset({1, 2}), 3}
    s.discard(x)
    try:
        s.remove(x)
    except (KeyError, TypeError) as e:
        return type(e).__name__, str(e), s
    return s


def same_pair(n, r, c):
    t = 0
    for i in range(n):
        for j in range(n):
            if (i, j) != (r, c):
                t += 1
            if (i, j) == (j, i):
                t += 100
            if (i > 2, j) == (j > 2, i):
                t += 1000
    return t, (r, c) == (r, c), (r, 0.5) == (r, 0.5)


def likes_in_tuple(n):
    Like.log.clear()
    d = {(1, Like(2)): "a", (1, 2.0): "b", (True, 2): "c"}
    seen = []
    for i in range(n):
        seen.append(d.get((i, i + 1), -1))
        d[i, i + 1] = i
    return seen, [str(k) for k in d], Like.log[:]


def equal_ones(n):
    d = {1.0: "float", True: "bool", 2.0: 2, False: 0}
    s = {1.0, 2.0, False}
    seen = []
    for i in range(n):
        seen.append((i in d, i in s, d.get(i)))
        if i in d:
            d[i] = i
            s.add(i)
    return seen, d, list(s)


def in_place(n, v):
    """Numbers that only the dict has, and such that others have, too."""
    d = {1: v, 2: v + 1}
    kept = d[2]
    for i in range(n):
        d[1] = d[1] + v
        d[2] = d[2] + v
    other = dict(d)
    for i in range(n):
        d[1] = d[1] + 1
        d[2] += 1
    values = list(d.values())
    for i in range(n):
        d[1] += 5
    return d, kept, other, values


def in_place_floats(n, v):
    d = {"a": v * 1.0, 5: v * 2.0, (1, 2): v * 3.0}
    kept = d["a"], d[5]
    for i in range(n):
        d["a"] += 1.5
        d[5] += 1.5
        d[1, 2] += 1.5
    other = d.copy()
    for i in range(n):
        d["a"] += 1.5
        d[5] += 1.5
        d[1, 2] += 1.5
    return d, kept, other


def in_place_str(words, big):
    d = {}
    for w in words:
        d[w] = d.get(w, big) + 1
    first = d[words[0]]
    for w in words:
        d[w] += 1
    return d, first


def growing(n, v):
    """Over the sizes of ints."""
    d = {}
    seen = []
    for i in range(n):
        d[7] = v
        v = v * 3 + 1
        seen.append(d[7])
        d[8] = -v
    return d, seen


def replaced_dies(n):
    log = []
    d = {}
    for i in range(n):
        d[i % 3] = Dies(log, i)
        log.append("set")
        if i % 4 == 3:
            d[i % 3] = i
            log.append("number")
    log.append(len(d))
    return log[:]


def value_lives(n):
    """What was read from a dict stays alive when the dict lets go of it."""
    log = []
    d = {1: Dies(log, "a"), 2: Dies(log, "b")}
    seen = []
    for i in range(n):
        x = d[2 if i else 1]
        d[2 if i else 1] = i
        log.append(i)
        if i < 2:
            seen.append(x.name)
        x = None
    return log[:], seen


def temporary(n):
    log = []
    name = {n: Dies(log, "value")}[n].name
    log.append("read")
    return log[:], name


def key_identity(n):
    big = n + 100000
    d = {}
    d[big] = 1
    kept = list(d)[0]
    d[big + 0] = 2
    k = (n, n + 1)
    d[k] = 3
    again = [x for x in d if x == k][0]
    s = set()
    s.add(k)
    return kept is list(d)[0], again is k, list(s)[0] is k, d


def deleted(n):
    d = {}
    s = set()
    for i in range(n):
        d[i] = i
        s.add(i * 3)
        if i > 3:
            del d[i - 3]
            s.discard(i * 3 - 9)
    seen = [i in d for i in range(n)] + [i in s for i in range(n)]
    return d, s, seen


def not_hashable(d, x):
    return (x, [1]) in d


def not_hashable_set(d, i, x):
    d[i, x] = 1


def frozen(n):
    s = frozenset(range(n))
    t = 0
    for i in range(2 * n):
        if i in s:
            t += 1
        if (i, i) in s:
            t += 100
    return t


def default(n, kind):
    d = defaultdict(kind)
    for i in range(n):
        d[i % 3] += 1
        d[i % 3, i % 2] += 2
    return d, 7 in d, d[7]


def default_lists(n):
    d = defaultdict(list)
    for i in range(n):
        d[i % 3].append(i)
        d[i % 2, i % 3].append(i)
    return d


def group(n):
    d = {}
    for i in range(n):
        d.setdefault(i % 3, []).append(i)
        d.setdefault((i % 2, i % 3), []).append(i)
    return d


def counter(n):
    c = Counter()
    for i in range(n):
        c[i * i % 5] += 1
    return c, c[77], 77 in c


def ordered(n):
    d = OrderedDict()
    for i in range(n):
        d[i % 4] = i
        if i % 3 == 0:
            d.move_to_end(i % 4)
    return d, 3 in d, d.get(9, 1)


def shared_keys(n):
    """A dict of an object's attributes that gets other keys, too."""
    o = Dies([], "x")
    d = o.__dict__
    for i in range(n):
        d[i] = i
        d["name"] = i + 5000
    return d, 3 in d, "name" in d, o.name


def changed_while(n):
    d = {i: i for i in range(n)}
    t = 0
    for k in d:
        d[k] = k + 1
        t += d[k]
        if k == 5:
            d[k + 1000] = 1
    return t


def nested(n):
    d = {}
    for i in range(n):
        if i % 3 not in d:
            d[i % 3] = {}
        d[i % 3][i % 5] = d[i % 3].get(i % 5, 0) + i
    return d


def graph(n):
    g = {i: [(i * 3 + 1) % n, (i * 7 + 2) % n] for i in range(n)}
    seen = set()
    out = []
    stack = [0]
    while stack:
        v = stack.pop()
        if v in seen:
            continue
        seen.add(v)
        out.append(v)
        for w in g[v]:
            if w not in seen:
                stack.append(w)
    return out


def memo(n):
    known = {}

    def paths(i, j):
        if i == 0 or j == 0:
            return 1
        if (i, j) in known:
            return known[i, j]
        known[i, j] = r = paths(i - 1, j) + paths(i, j - 1)
        return r

    return paths(n, n), len(known)


def life(cells, n):
    for _ in range(n):
        counts = {}
        for x, y in cells:
            for dx in (-1, 0, 1):
                for dy in (-1, 0, 1):
                    if dx or dy:
                        k = (x + dx, y + dy)
                        counts[k] = counts.get(k, 0) + 1
        cells = {c for c, n in counts.items() if n == 3 or n == 2 and c in cells}
    return sorted(cells)


def garbage(n):
    """A dict that only had numbers gets what the collector must know of."""
    import gc

    d = {1: 1, 2: 2}
    before = gc.is_tracked(d)
    for i in range(n):
        d[i] = i
    still = gc.is_tracked(d)
    d[1] = [d]
    return before, still, gc.is_tracked(d), len(d)


def read_by_letter(d, text):
    t = 0
    for c in text:
        if c in d:
            t += d[c]
            d[c] = t
    return t, d


for n in (0, 1, 5, 30):
    CASES += [(count, ([i * i % 7 for i in range(n)],)), (count_if_in, ([i * i % 7 for i in range(n)],))]
    CASES += [(count_numbers, (n, 7)), (total_floats, (n, 7)), (total_mixed, (n, 7)), (pairs, (n,)), (triples, (n,)), (fours, (n,))]
    CASES += [(replaced_dies, (n,)), (value_lives, (n,)), (deleted, (n,)), (frozen, (n,)), (default, (n, int)), (default, (n, float))]
    CASES += [(default_lists, (n,)), (group, (n,)), (counter, (n,)), (ordered, (n,)), (shared_keys, (n,)), (changed_while, (n,)), (nested, (n,)), (key_identity, (n,))]
    CASES += [(likes, (False, n)), (likes, (True, n)), (likes_in_tuple, (n,)), (equal_ones, (n,)), (garbage, (n,)), (temporary, (n,))]
for n in (0, 1, 5, 30):
    CASES += [(likes_of_any, (dict, n)), (likes_of_any, (Missing, n)), (likes_of_any, (OrderedDict, n)), (taken_out, (n,)), (same_pair, (n, 2, 3))]
CASES += [(taken_out_caught, ({1: 2, (0, 0): 3}, {1, (0, 0)}, 0)), (taken_out_caught, ({}, set(), 0)), (taken_out_caught, ({"a": 1}, {"b"}, 7)), (same_pair, (4, 2.0, True)), (same_pair, (4, "a", None))]
CASES += [(sets_of_sets, (x,)) for x in ({1, 2}, {3}, 3, [1], (1, 2), "a", None)]
CASES += [(graph, (40,)), (memo, (9,)), (memo, (40,)), (life, ({(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)}, 6))]
CASES += [(count, ("the quick brown the fox the".split(),)), (count, ([1, 1.0, True, 2**70, 2**70, "1", None],)), (count, ([(1, 2), (1, 2), (1, 2.0), (2**70, 1), (1,), ()],))]
CASES += [(count_if_in, ([(1, 2, 3), (1, 2, 3), (True, 2, 3), 5, 5, b"5", -1, -2, -1],))]
CASES += [(edges, (EDGES,)), (edges, (EDGES[::-1],)), (edge_pairs, (EDGES,)), (edge_pairs, ([-1, -2, 2**61 - 1, 0],))]
for d in ({}, {1: "a", 3: "b", (2, 3): "c", (1, 1): "d"}, {"x": 1}, {2: 1, "x": 2}, {1.0: 5, (2.0, 3): 6, 4: 7}):
    CASES += [(absent, (d, 0)), (absent, (d, 5)), (absent_pair, (d, 1, 2)), (absent_pair, (d, 8, 8)), (absent_caught, (d, 4)), (in_any, (d, 4))]
    CASES += [(get_any, (d, 0, "z")), (get_any, (d, 1, None)), (get_any, (d, 7, 1.5)), (set_in_any, (d, 0, "new")), (set_in_any, (d, 1, [])), (set_pair_in_any, (d, 1, "new"))]
    CASES += [(item_of_any, (Missing(d), 0)), (item_of_any, (Missing(d), 8)), (not_hashable, (d, 1)), (not_hashable_set, (d, 1, [])), (not_hashable_set, (d, 1, 2))]
for c in ([1, 2, (1, 2)], (1, 2, (0, 1)), {1, 3, (2, 3)}, frozenset({2, (1, 2)}), range(3), "abc", b"\x01\x02", 5, None, Doubling({1: 1}), Missing({2: 3})):
    CASES += [(in_any, (c, 3)), (item_of_any, (c, 0)), (item_of_any, (c, 5)), (set_in_any, (c, -1, 7)), (set_pair_in_any, (c, 1, 7))]
for v in (1, 100, 257, 2**29, 2**30 - 3, 2**59, 2**60 - 2, -5, -300, 2**62, 2**64):
    CASES += [(in_place, (4, v)), (in_place_floats, (3, v)), (in_place_str, (["a", "b", "a", "c", "a"], v)), (growing, (12, v))]
CASES += [(read_by_letter, ({"a": 300, "b": 400, "c": 1}, "abacabadxé"))]


# Classes that say how items are deleted, but not how they are stored: CPython looks for both at each call.
class Undeletable(dict):
    def __delitem__(self, key):
        raise TypeError(f"{key!r} stays")


class Told(dict):
    log = []

    def __delitem__(self, key):
        Told.log.append(("gone", key))
        dict.__delitem__(self, key)

    def __setitem__(self, key, value):
        Told.log.append((key, value))
        dict.__setitem__(self, key, value)


class Explicit(dict):
    __setitem__ = dict.__setitem__

    def __delitem__(self, key):
        dict.__delitem__(self, key)


class OfDict:
    __setitem__ = dict.__setitem__


class Mixed(OfDict, OrderedDict):
    pass


class Slotted(dict):
    __slots__ = ("extra",)

    def __delitem__(self, key):
        self.extra = key


class Late(dict):
    def __delitem__(self, key):
        pass


class Neither(dict):
    __setitem__ = None


def store_all(d, keys):
    for k in keys:
        d[k] = 1
        d[k] = d[k] + 300
        d[k] += 1
    for i in range(4):
        d[i] = i * 1000
        d[i, 1] = i * 0.5
        d[i, 1] += 1
        d[str(i)] = [i]
    return list(d), [dict.__getitem__(d, k) for k in list(d)], Told.log[:]


def store_in(name, keys):
    Told.log.clear()
    return store_all(globals()[name](), keys)


def store_late(n):
    found, d = [], Late()
    try:
        for i in range(n):
            d[i] = 1
            d["a"] = i
            d[i, i] = 2.5
            found.append(len(d))
            if i == 2:
                Late.__setitem__ = lambda self, key, value: found.append((key, value))
            if i == 5:
                del Late.__setitem__
    finally:
        if "__setitem__" in Late.__dict__:
            del Late.__setitem__
    return found, d


def count_all(items):
    c = Counter()
    for x in items:
        c[x] += 1
    for i in range(5):
        c[i % 3] += i
        c[i % 2, i % 3] += 1
    return list(c.items()), c.most_common(2)


def collected_of(n):
    import gc

    c = Counter()
    for i in range(n):
        c["a"] = i
        c[i] = 2
    before = gc.is_tracked(c)
    c["a"] = c
    c[0] = [c]
    return before, gc.is_tracked(c), len(c)


KEYS = (["a", "b", "a"], [1, 2, 1], [(1, 2), (1, 2), ("a", 1)], [1.5, True, 1], [Like(1), 1, 1], [2**70, None, b"x"], [[1]], [])
CASES += [(store_in, (name, keys)) for name in ("Undeletable", "Told", "Explicit", "Mixed", "Slotted", "Neither", "Counter", "OrderedDict", "dict", "list") for keys in KEYS]
CASES += [(store_late, (n,)) for n in (0, 2, 4, 9)] + [(count_all, (keys,)) for keys in KEYS] + [(collected_of, (n,)) for n in (0, 1, 3)]
