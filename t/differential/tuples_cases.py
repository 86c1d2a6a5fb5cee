"""Tuples that need not be made: unpacked, indexed, compared, returned, in several places at once, and made where they escape."""

LOG = []


class Loud:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"Loud({self.name})"

    def __del__(self):
        LOG.append(self.name)


def log():
    seen = list(LOG)
    LOG.clear()
    return seen


def kept(t):
    return (t, len(t))


def add(a, b):
    ax, ay, az = a
    return ax + b[0], ay + b[1], az + b[2]


def scale(a, k):
    return (a[0] * k, a[1] * k, a[2] * k)


def cross(a, b):
    ax, ay, az = a
    bx, by, bz = b
    return ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx


def vectors(n, x):
    p, v = (0.0, 0.0, 0.0), (x, x + 1, x * 2)
    for i in range(n):
        p = add(p, scale(v, 0.5))
        v = cross(v, p) if i % 3 == 0 else add(v, (0.25, 0.5, i))
    return p, v


def divide(a, b):
    return a // b, a % b


def gcd_steps(a, b):
    steps = []
    while b:
        q, r = divide(a, b)
        steps.append((q, r))
        a, b = b, r
    return a, steps


def both(a, b):
    pair = divide(a, b)
    q = pair[0]
    return pair, q, pair[-1], pair == divide(a, b), pair != (q, 0), len(pair), bool(pair)


def parse(text, at):
    value = 0
    while at < len(text) and text[at].isdigit():
        value = value * 10 + int(text[at])
        at += 1
    return value, at


def parse_sum(text):
    total, at = parse(text, 0)
    while at < len(text):
        op = text[at]
        value, at = parse(text, at + 1)
        total = total + value if op == "+" else total - value
    return total


def parse_tree(text, at):
    if text[at] != "(":
        return text[at], at + 1
    items = []
    at += 1
    while text[at] != ")":
        item, at = parse_tree(text, at)
        items.append(item)
    return items, at + 1


def fib_pair(n):
    if n == 0:
        return 0, 1
    a, b = fib_pair(n // 2)
    c = a * (2 * b - a)
    d = a * a + b * b
    return (c, d) if n % 2 == 0 else (d, c + d)


def min_max(values):
    low, high = values[0], values[0]
    for v in values:
        low, high = (v, high) if v < low else (low, v if v > high else high)
    return low, high


def one_or_none(n):
    if n > 2:
        return n, n * 0.5
    if n < 0:
        return None
    return (n, "few") if n else (n,)


def mixed(n):
    seen = []
    for i in range(-1, n):
        r = one_or_none(i)
        seen.append(r)
        if r is not None:
            seen.append(r[0])
            seen.append(len(r))
    return seen


def same_object(a, b):
    t = (a, b)
    u = t
    v = (t, u, (a, b))
    return t is u, v[0] is v[1], v[0] is v[2], v[0] is t, v[2] is t, t == v[2], [t, u, v[0]][0] is u


def made_once(a, b, stop):
    t = (a, b)
    u = (t, t)
    seen = []
    for i in range(5):
        seen.append(t[0])
        if i == stop:
            seen.append(t)
            seen.append(u)
            seen.append(t is u[0])
    return t, u, seen, t is u[1], seen[-2] is u if stop < 5 else None


def overflows(a, b, n):
    t = (a, b)
    u = t
    for i in range(n):
        a = a * 3
        t = (a, b)
    return t, u, t is u, (t, u)[0] is t


def left_with(a, b, c):
    t = (a, b)
    u = (t, c, [b], Loud("in u"))
    v = t
    w = u
    d = a * a * a
    e = t is v, u[0] is t, u is w
    a = b = t = v = None
    x = w[0]
    u = w = None
    return d, e, x, log()


def unpacks_wrongly(a, b, which):
    t = (a, b)
    if which == 0:
        x, y, z = t
    elif which == 1:
        (x,) = t
    elif which == 2:
        x, *y = t
        return x, y
    elif which == 3:
        return t[2]
    elif which == 4:
        return t[-3]
    elif which == 5:
        t[0] = 1
    elif which == 6:
        return t["a"]
    return t[which - 7]


def raises_between(a, b, d):
    t = (a, b)
    try:
        u = (t, a // d)
        return u
    except ZeroDivisionError:
        return t, t[0], "caught"


def in_handler(values):
    seen = []
    for i in range(len(values)):
        t = (i, 0.5)
        try:
            x, y = values[i]
            t = (y, x)
        except (TypeError, ValueError) as e:
            t = (str(e), i)
        seen.append(t[0])
        seen.append(t)
    return seen


def dies(n):
    a, b = Loud(f"a{n}"), Loud(f"b{n}")
    t = (a, b, Loud("c"))
    del a, b
    seen = [log()]
    x = t[0]
    t = (1, 2)
    seen.append(log())
    y, z = (Loud("d"), Loud("e"))
    y = z = x = None
    seen.append(log())
    u = (Loud("f"), (Loud("g"), 1), Loud("h"))
    u = u[1]
    seen.append(log())
    u = u[0]
    seen.append(log())
    return seen


def dies_at_end(n):
    a = Loud("first")
    t = (Loud("x"), Loud("y"))
    z = Loud("last")
    for i in range(n):
        t = (t[1], t[0])
    return n


def dies_after(n):
    dies_at_end(n)
    return log()


def dies_in_loop(n):
    seen = []
    for i in range(n):
        t = (Loud(i), i)
        if i % 2:
            t = (t[0], t[1] + 1)
        seen.append(log())
    t = None
    return seen, log()


def returns_objects(n):
    o = Loud(n)
    return o, [o], n


def take_objects(n):
    o, l, m = returns_objects(n)
    seen = [log(), o.name, len(l), m]
    o = None
    seen.append(log())
    l = None
    seen.append(log())
    returns_objects(n + 1)
    seen.append(log())
    return seen


def lists_of(pairs):
    total = 0
    for a, b in pairs:
        total += a * b
    for i in range(len(pairs)):
        x, y = pairs[i]
        pairs[i] = (y, x)
        total += x
    for p in pairs:
        total += p[0] - p[-1]
    return total, pairs


def keys(n):
    d = {}
    for i in range(n):
        key = (i % 3, i % 2)
        d[key] = d.get(key, 0) + 1
        if key in d and key == (1, 1):
            d[key, i] = key
    return d


def iterated(a, b, c):
    seen = []
    for x in (a, b, c):
        seen.append(x)
    t = (a, b, c)
    for x in t:
        seen.append(x)
    for i in range(3):
        seen.append(t[i])
    return seen, sum(t), max(t), sorted(t), t + t, t * 2, t[1:], "%s %s %s" % t, f"{t}", list(t), b in t


def compares(a, b):
    t, u = (a, b), (b, a)
    return t == u, t != u, t < u, t <= u, t == t, t != t, t == [a, b], (a, a) == (a, b), (a,) == (a, b), (t, 1) == (u, 1)


def called(*args, **kw):
    return args, kw


def calls_with(a, b):
    t = (a, b)
    return called(t), called(*t), called(x=t, *t), kept(t), kept((t, t))


def deep(n):
    t = ()
    for i in range(n):
        t = (t, i)
    return t


def chain(n):
    t = (0, 1)
    for i in range(n):
        t = (t[1], t[0] + t[1])
    return t


def swap4(a, b, c, d, n):
    for _ in range(n):
        a, b, c, d = d, a, b, c
    return a, b, c, d


def argument_changes(t, n):
    for i in range(n):
        t = (t[0] + 1, t[1])
    return t


def many(a):
    t0, t1, t2, t3, t4, t5, t6, t7 = (a, 0), (a, 1), (a, 2), (a, 3), (a, 4), (a, 5), (a, 6), (a, 7)
    u = ((t0, t1), (t2, t3), (t4, t5), (t6, t7))
    v = (t0, t1, t2, t3, t4, t5, t6, t7)
    w = ((a, t0), (a, t1), (a, t2), (a, t3), (a, t4), (a, t5), (a, t6), (a, t7))
    x = (t0, t0, t0, t0, t0, t0, t0)
    return u[0][0] is t0, v[7] is t7, w, u[3][1][0], v, x, (x, w, v, u)[3] is u


def closures(a, b):
    t = (a, b)

    def inner():
        return t[0] + t[1]

    s = sum(x + t[0] for x in range(3))
    t = (b, a)
    return inner(), s, t, [t[0] + x for x in range(3)]


def generated(n):
    return [(i, i * i) for i in range(n)], {(i, 1): (1, i) for i in range(n)}, sum(a * b for a, b in [(1, 2), (3, 4)])


def zipped(a, b):
    seen = []
    for t in zip(a, b):
        seen.append(t)
        seen.append(t[0])
    for t in enumerate(a):
        x, y = t
        seen.append(x + y)
    for t in enumerate(b):
        seen.append(t)
    return seen


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def pair(self):
        return self.x, self.y

    @property
    def both(self):
        return self.y, self.x

    def __add__(self, other):
        return self.x + other.x, self.y + other.y


def points(n):
    p, q = Point(1, 2.5), Point("a", "b")
    seen = []
    for i in range(n):
        x, y = p.pair()
        seen.append((x, y))
        seen.append(p.both)
        seen.append(q.pair()[0])
        seen.append(q + q)
        p.x, p.y = y, x
    return seen


def leaves(n, big):
    if n > 3:
        n = n * big
    return n, n + 1


def calls_leaves(n, big):
    seen = []
    for i in range(n):
        a, b = leaves(i, big)
        seen.append(a)
        seen.append(b)
    t = leaves(n, big)
    return seen, t, t[0]


def finished_by_cpython(n, big):
    x = big * big % 1009
    return x, n * 0.5, n > 1, [n], x + 1


def calls_finished(n, big):
    seen = []
    for i in range(n):
        a, b, c, d, e = finished_by_cpython(i, big)
        seen.append((a + e, b, c, d))
    return seen, finished_by_cpython(n, big)


def fails(n):
    return n, 1 // n


def calls_fails(n):
    seen = []
    for i in range(n, -1, -1):
        try:
            a, b = fails(i)
            seen.append(a + b)
        except ZeroDivisionError as e:
            seen.append(str(e))
    a, b = fails(0)
    return seen


def other_types(n):
    return divide(n, 3), divide(n * 0.5, 3), divide(True, 2), add((1, 2, 3), (n, n, n)), add("abc", "def")


def is_checked(a, b):
    t = (a, b)
    return t is None, t is not None, isinstance(t, tuple), type(t) is tuple, not t, t and 1, t or 2, hash(t) == hash((a, b))


def nan_inside(x):
    nan = x - x
    t = (nan, 1)
    return t == t, t == (nan, 1), (nan,) == (nan,), t != t


INF = float("inf")
CASES = [(vectors, (n, x)) for n in (0, 1, 9) for x in (0.5, 3, 2**62)]
CASES += [(gcd_steps, ab) for ab in ((48, 18), (17, 5), (2**80, 3**40), (4.5, 2), (5, 0), ("a", 1))]
CASES += [(both, ab) for ab in ((7, 3), (-7, 3), (7.5, 2), (7, 0), (2**70, 7))]
CASES += [(parse_sum, (s,)) for s in ("1+2-3", "12345678901234567890+1", "7", "")]
CASES += [(parse_tree, (s, 0)) for s in ("a", "(ab(cd)e)", "((", "(((a)))")]
CASES += [(fib_pair, (n,)) for n in (0, 1, 10, 91, 92, 93, 200)]
CASES += [(min_max, (v,)) for v in ([3, 1, 2], [1.5, -2, 7], ["b", "a"], [1], [])]
CASES += [(mixed, (n,)) for n in (0, 1, 3, 6)] + [(same_object, (1, 2.5)), (same_object, ("a", None))]
CASES += [(made_once, (1, 2, s)) for s in (0, 3, 9)] + [(made_once, ([1], "b", s)) for s in (0, 3, 9)]
CASES += [(overflows, (a, 2.5, n)) for a in (1, 2**60) for n in (0, 3, 50)]
CASES += [(left_with, (a, 2.5, c)) for a in (3, 2**62, 0.5) for c in (1, "c")]
CASES += [(unpacks_wrongly, (1, 2.5, w)) for w in range(10)] + [(unpacks_wrongly, ([], "x", w)) for w in range(10)]
CASES += [(raises_between, (7, 2, d)) for d in (0, 2)] + [(raises_between, ("a", 2, d)) for d in (0, 2)]
CASES += [(in_handler, ([(1, 2), 3, (4, 5, 6), "ab", (7.5, "x")],))]
CASES += [(dies, (n,)) for n in (1, 2)] + [(dies_after, (n,)) for n in (0, 1, 4)] + [(dies_in_loop, (4,)), (take_objects, (3,))]
CASES += [(lists_of, ([(1, 2), (3, 4)],)), (lists_of, ([(1, 2.5), (3, 4)],)), (lists_of, ([(1, 2), (3,)],)), (lists_of, ([[1, 2], "ab"],))]
CASES += [(keys, (12,)), (iterated, (1, 2, 3)), (iterated, (1.5, 2, 0.25)), (iterated, ("a", "b", "c"))]
CASES += [(compares, ab) for ab in ((1, 2), (2, 2), (1.5, 2.5), (True, False), ("a", "b"), (1, 2.0), (0.0, -0.0), (float("nan"), 1.0), (None, 1))]
CASES += [(calls_with, (1, "b")), (deep, (0,)), (deep, (6,)), (chain, (50,)), (chain, (100,)), (swap4, (1, 2.5, "c", None, 7))]
CASES += [(argument_changes, ((1, 2), 5)), (argument_changes, ((2**63 - 3, 2), 5)), (argument_changes, ([1.5, 2], 5)), (many, (5,)), (many, ("x",))]
CASES += [(closures, (1, 2)), (closures, (1.5, 2)), (generated, (4,)), (zipped, ([1, 2], [3.5, 4])), (zipped, ((1, 2, 3), ["a", "b"])), (points, (3,))]
CASES += [(calls_leaves, (n, big)) for n in (3, 6) for big in (2, 2**62, 0.5, "a")] + [(calls_finished, (4, big)) for big in (3, 2**40, 2**70)] + [(calls_fails, (3,)), (other_types, (10,))]
CASES += [(is_checked, (1, 2)), (is_checked, ("a", [])), (nan_inside, (1.5,)), (nan_inside, (INF,))]


def same_argument(a, b):
    return a is b, a == b


def identity(t):
    return t


def stored(t, where):
    where.append(t)
    return t[0]


def half_stored(t, u, where):
    x, y = u
    if x > 2:
        where.append(t)
    return x + t[0], y


def changed(t, n):
    for i in range(n):
        t = (t[1], t[0] + i)
    return t


def left_with_argument(t, n):
    x = t[0] * t[0]
    return x, t[1], n, t is None


def looked_up(t, d):
    return d[t] if t in d else d.get((t[1], t[0]), -1)


def rotated(t, k, n):
    if n == 0:
        return t[0] + t[1] + k[0]
    return rotated((t[1], t[0] + 1), (k[0] * 2, 0.5), n - 1)


def defaults(t, u=(1, 2), *, v=3):
    return t[0] + u[0] + v


def arguments(a, b, n):
    seen, where, d = [], [], {(a, b): 1, (b, a): 2}
    for i in range(n):
        t = (a, i)
        seen.append(same_argument(t, t))
        seen.append(same_argument(t, (a, i)))
        seen.append(identity(t) is t)
        seen.append(stored(t, where))
        seen.append(half_stored(t, (i, b), where))
        seen.append(changed(t, i))
        seen.append(left_with_argument(t, i))
        seen.append(looked_up((a, b), d))
        seen.append(rotated(t, (b, i), i))
        seen.append(defaults(t))
        seen.append(defaults(u=(i, a), t=t))
        seen.append(where[-1] is t)
        x, y = left_with_argument((b, a), i)[:2]
        seen.append((x, y))
    return seen, where


class Turtle:
    def __init__(self, place, heading):
        self.place, self.heading = place, heading

    def moved(self, by):
        x, y = self.place
        return x + by[0], y + by[1]

    def far(self, point):
        return abs(self.place[0] - point[0]) + abs(self.place[1] - point[1])


def turtles(n, x):
    seen = []
    t = Turtle((x, x + 1), (0, 1))
    for i in range(n):
        seen.append(t.moved((i, 0.5)))
        seen.append(t.far((i, i)))
        t = Turtle((i, x), t.place)
    return seen, t.heading


CASES += [(arguments, ab + (n,)) for ab in ((1, 2), (2.5, 3), (2**62, 5), ("a", "b"), (True, 1.5)) for n in (1, 6)]
CASES += [(turtles, (4, x)) for x in (1, 0.25)]


def polar(z, k):
    return z * k, abs(z), (z + k, z)


def complexes(z, n):
    seen = []
    t = (z, z * 1j)
    for i in range(n):
        a, b, c = polar(t[0], t[1])
        seen.append((b, c[0] == a, t))
        t = (c[0] - t[1], t[0])
        if t == (t[0], t[1]):
            seen.append(t is t)
    return seen, t


CASES += [(complexes, (z, n)) for z in (1 + 2j, 0j, complex("nan"), 3) for n in (0, 4)]


def duck_class():
    class Duck:
        def __init__(self, value):
            self.value = value

        def pair(self):
            return self.value

        def __add__(self, other):
            return self.value

    return Duck


def walk(ducks, value):
    seen = []
    for p in ducks:
        pair = p.pair()
        seen.append(pair)
        seen.append(pair is value)
        seen.append(p + p)
        try:
            x, y = p.pair()
            seen.append((y, x))
        except (TypeError, ValueError) as e:
            seen.append(str(e))
    return seen


def summed(ducks):
    total = 0
    for p in ducks:
        x, y = p.pair()
        total = total + x
    return total


def all_ducks(values):
    Duck = duck_class()
    seen = []
    for value in values:
        ducks = [Point(1, 2.5), Duck(value), Duck((value, value)), Point(3, 0.5)]
        seen.append(walk(ducks, value))
        try:
            seen.append(summed(ducks))
        except (TypeError, ValueError) as e:
            seen.append(str(e))
    return seen


class Rect:
    def __init__(self, w, h):
        self.w, self.h = w, h

    def size(self):
        return self.w * 1, self.h * 1.0


class Square:
    def __init__(self, w):
        self.w = w

    def size(self):
        return self.w * 1, self.w * 1.0


class Named:
    def size(self):
        return NAMED


NAMED = (5, 0.5)


def sizes(shapes, n):
    w, h, seen = 0, 0.0, []
    for i in range(n):
        for s in shapes:
            a, b = s.size()
            w, h = w + a, h + b
            seen.append(s.size() is NAMED)
            t = s.size()
            seen.append(t[0])
    return w, h, seen


def all_sizes(n, w):
    return sizes([Rect(w, 2.5), Square(3)], n), sizes([Square(w), Named(), Rect(1, 2)], n)


CASES += [(all_ducks, ([(1, 2), [1, 2], (1, 2, 3), ("a", None), (1, 2.5), (True, 2.5), "ab", 5, (2**70, 1.0)],))]
CASES += [(all_sizes, (n, w)) for n in (1, 5) for w in (4, 2**62, 0.5)]


def ring(n):
    """Tuples in cycles, which only the collector frees; others that it need not know."""
    import gc

    gc.collect()
    plain = []
    for i in range(n):
        items = []
        pair = (i, items)
        items.append((pair, i))
        plain.append((i, str(i), (i, 0.5 * i)))
    del items, pair
    found = gc.collect()
    return found, [gc.is_tracked(p[2]) for p in plain], plain


def first_of(words, n):
    """Keys of a dict that are the very objects, equal ones, and ones that are not there."""
    places = {}
    for i in range(n):
        for w in words:
            key = w if i % 2 else w[:1] + w[1:]
            if key in places:
                places[key] += places[key]
            else:
                places[key] = len(places) + 1
            places["".join([w, w])] = places[w]
    return places


def by_attribute(names, n):
    class Plain:
        pass

    o = Plain()
    for i, name in enumerate(names):
        setattr(o, name, i)
    d = o.__dict__
    return [d[name] for name in names for _ in range(n)], [d.get(name + name, n) for name in names]


CASES += [(ring, (n,)) for n in (0, 1, 5)]
CASES += [(f, (w, n)) for f in (first_of, by_attribute) for w in (["a"], ["a", "bc", "def", "g"], [c + d for c in "abcdefgh" for d in "xyz"]) for n in (0, 1, 4)]
