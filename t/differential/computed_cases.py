"""Instances of classes whose __init__ computes what it stores: made and not made, read while they are made, of arguments of all
kinds, and of classes that change; and the end of instances of plain classes, one within the other."""

LOG = []
CASES = []


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


def shown(o):
    return type(o).__name__, list(o.__dict__.items())


class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y)

    def __mul__(self, k):
        return Vec(self.x * k, self.y * k)

    def dot(self, other):
        return self.x * other.x + self.y * other.y

    def unit(self):
        return self * (1.0 / (self.dot(self) + 1.0))


class Ray:
    def __init__(self, origin, direction):
        self.origin = origin
        self.direction = direction.unit()

    def at(self, t):
        return self.origin + self.direction * t


def rays(n, k):
    total = Vec(0.0, 0.0)
    for i in range(n):
        ray = Ray(Vec(i, k), Vec(k, i + 1))
        total = total + ray.at(2) + ray.direction
    return total.x, total.y


def kept_rays(n, k):
    made = [Ray(Vec(i, k), Vec(k, i + 1)) for i in range(n)]
    return [(shown(r), shown(r.origin), shown(r.direction))[0][1][0][0] for r in made], sum(r.at(i).x for i, r in enumerate(made))


CASES += [(f, (n, k)) for f in (rays, kept_rays) for n in (0, 1, 9) for k in (1, 0.5, -1.0, 2**62, 2**70, "a", None)]


class Range:
    limit = 100

    def __init__(self, low, high=None, step=1):
        self.low = low if high is not None else 0
        self.high = low if high is None else high
        self.width = self.high - self.low
        self.step = step
        self.label = "range"
        self.far = self.width > Range.limit or not step

    def middle(self):
        return self.low + self.width // 2


class SubRange(Range):
    pass


def ranges(n, k):
    out, s = [], 0
    for i in range(n):
        a, b, c = Range(i), Range(i, k), SubRange(low=i, high=k + i, step=0)
        s += a.width + b.middle() + c.width
        out.append((a.far, b.far, c.far, type(c).__name__, b.label))
    return out, s, shown(b)


CASES += [(ranges, (n, k)) for n in (1, 5) for k in (1, 3.5, True, 1000, 2**63, "a", None)]


class Checked:
    __slots__ = ("value", "inverse")

    def __init__(self, value):
        if value < 0:
            raise ValueError(f"{value} is negative")
        self.value = value
        self.inverse = 1 / value


def checked(values):
    s, out = 0, []
    for value in values:
        try:
            c = Checked(value)
            s += c.inverse + c.value
        except (ValueError, ZeroDivisionError, TypeError) as e:
            tb, names = e.__traceback__, []
            while tb:
                names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
                tb = tb.tb_next
            out.append((str(e), names))
    return s, out


def unchecked(values):
    return [Checked(value).inverse for value in values]


CASES += [(f, (v,)) for f in (checked, unchecked) for v in ([1, 2, 4], [1, -2], [0.5, 0], [1, "a", 2.0], [2**70, 1], [])]


class Twice:
    """Not always stored, or twice: called."""

    def __init__(self, a, b):
        self.a = a
        if b:
            self.b = b
        self.a = a + 1


class Early:
    def __init__(self, a):
        self.a = a
        if a > 2:
            return
        self.b = a + a


class Itself:
    def __init__(self, a):
        self.a = a
        self.me = self.double()

    def double(self):
        return self.a * 2


class Swapped:
    def __init__(self, a, b):
        self.a = a + 1
        self, b = b, self
        b.c = self


class Other:
    def __init__(self, a, to):
        self.a = a + 1
        to.last = a


class Lists:
    def __init__(self, n):
        self.items = []
        self.n = n + 1
        self.items.append(n)


def odd_ones(n):
    out = []
    for i in range(n):
        to = Vec(i, i)
        made = [Twice(i, i % 2), Early(i), Itself(i), Swapped(i, 3), Other(i, to), Lists(i)]
        out.append([shown(m) for m in made[:5]] + [made[5].items, to.last])
    return out


CASES += [(odd_ones, (n,)) for n in (1, 6)]


class Holder:
    def __init__(self, one, two):
        self.two = two
        self.one = one
        self.n = one.name + two.name


def loud_ones(n):
    out = []
    for i in range(n):
        h = Holder(Loud(f"a{i}"), Loud(f"b{i}"))
        out.append((h.n, log()))
    h = None
    out.append(log())
    Holder(Loud("x"), Loud("y")).n
    out.append(log())
    return out


def loud_later(n):
    out, kept = [], []
    for i in range(n):
        a = Loud(f"a{i}")
        kept.append(Holder(a, Loud(f"b{i}")))
        a = None
        out.append(log())
    kept.reverse()
    kept.pop()
    out.append(log())
    kept.clear()
    return out, log()


CASES += [(f, (n,)) for f in (loud_ones, loud_later) for n in (1, 4)]


class Wide:
    def __init__(self, a, b):
        self.product = a * b
        self.sum = a + b
        self.pair = (a, b)
        self.same = a


def wide(n, k):
    out = []
    for i in range(n):
        w = Wide(i * k, k)
        v = w
        v.sum += 1
        out.append((w.product, w.sum, w.pair, w.same, v is w))
    return out, shown(w)


CASES += [(wide, (n, k)) for n in (1, 4) for k in (1, 1.5, 2**40, 2**63, True, "ab")]


class Changing:
    def __init__(self, a):
        self.a = a + 1
        self.b = self.a * 2


def old_init(self, a):
    self.a = a + 1
    self.b = self.a * 2


def new_init(self, a):
    self.a = a - 1
    self.c = "new"


def changing(n):
    out = []
    for i in range(n):
        if i == 2:
            Changing.__init__ = new_init
        if i == 4:
            Changing.b = property(lambda self: "hidden", lambda self, value: LOG.append(("set", value)))
            Changing.__init__ = old_init
        if i == 6:
            del Changing.b
        c = Changing(i)
        out.append((c.a, getattr(c, "b", None), shown(c), log()))
    Changing.__init__ = old_init
    return out


CASES += [(changing, (n,)) for n in (1, 9)]


SCALE = 2


class Scaled:
    def __init__(self, a):
        self.a = a * SCALE
        self.size = abs(a)


def scaled(n):
    global SCALE
    out = []
    for i in range(n):
        SCALE = i if i % 3 else "x"
        s = Scaled(i - 2)
        out.append((s.a, s.size))
    SCALE = 2
    return out


CASES += [(scaled, (n,)) for n in (1, 7)]


# ---- the end of instances: what dies within what dies


class Node:
    def __init__(self, left, right):
        self.left = left
        self.right = right


class Slot:
    __slots__ = ("item", "next")

    def __init__(self, item, next):
        self.next = next
        self.item = item


class Both(Slot):
    __slots__ = ("more", "__dict__", "__weakref__")

    def __init__(self, item, next, more):
        self.item = item
        self.next = next
        self.more = more
        self.other = item


def chain(n, kind):
    last = None
    for i in range(n):
        last = kind(Loud(i) if i % 1000 == 0 else i, last)
    last = None
    return len(LOG), sorted(log())


CASES += [(chain, (n, k)) for n in (3, 60, 5000) for k in (Node, Slot)]


def tree(depth):
    if depth == 0:
        return Node(Loud("leaf"), None)
    return Node(tree(depth - 1), tree(depth - 1))


def order_of_end(n):
    out = []
    for i in range(n):
        b = Both(Loud("item"), Slot(Loud("inner"), None), Loud("more"))
        b.late = Loud("late")
        b.next.next = Node(Loud("left"), Loud("right"))
        b = None
        out.append(log())
        t = tree(2)
        t.left = None
        out.append(log())
        t = None
        out.append(log())
    return out


CASES += [(order_of_end, (n,)) for n in (1, 3)]


class Reborn:
    """Keeps itself alive the first time."""

    kept = []

    def __init__(self, a):
        self.a = a + 1

    def __del__(self):
        LOG.append(("del", self.a))
        if self.a < 3:
            Reborn.kept.append(self)


def reborn(n):
    for i in range(n):
        Node(Reborn(i), Loud("beside"))
        r = Reborn(i)
        r = None
    out = log(), [r.a for r in Reborn.kept]
    Reborn.kept.clear()
    return out, log()


CASES += [(reborn, (n,)) for n in (1, 5)]


class Late:
    def __init__(self, a):
        self.a = a + 1


def late_del(n):
    """The class gets a __del__ when instances have died already."""
    for i in range(n):
        o = Late(i)
        kept = [o]
        if i == n - 2:
            Late.__del__ = lambda self: LOG.append(("late", self.a))
        o = kept = None
    out = log()
    if "__del__" in Late.__dict__:
        del Late.__del__
    o = Late(1)
    kept = [o]
    o = kept = None
    return out, log()


CASES += [(late_del, (n,)) for n in (1, 6)]


class Killer:
    """Changes the class of what is dying around it."""

    def __init__(self, what):
        self.what = what

    def __del__(self):
        Node.extra = self.what
        Slot.extra = self.what
        LOG.append(self.what)


def changed_by_the_dead(n):
    for i in range(n):
        a = Node(Killer(i), Node(Loud("l"), Loud("r")))
        b = Slot(Killer(i), Slot(Loud("s"), Killer("k")))
        a = b = None
    del Node.extra, Slot.extra
    return log()


CASES += [(changed_by_the_dead, (n,)) for n in (1, 4)]


def watched(n):
    import weakref

    out = []
    for i in range(n):
        o = Late(i)
        r = weakref.ref(o, lambda r: LOG.append("gone"))
        d = vars(o)
        out.append((r() is o, d))
        o = None
        out.append((r() is None, log()))
        o = Node(None, i)
        d = vars(o)
        o = None
        d["z"] = 1
        out.append(d)
    return out


CASES += [(watched, (n,)) for n in (1, 4)]


def collected(n):
    """Instances that refer to each other; the collector finds them."""
    import gc

    gc.collect()
    for i in range(n):
        a = Node(None, Loud("ring"))
        a.left = Slot(a, Both(a, None, None))
        a = None
    before = log()
    gc.collect()
    return before, log(), gc.is_tracked(Node(1, 2)), gc.is_tracked(Slot(1, 2))


CASES += [(collected, (n,)) for n in (1, 3)]


def counted(n):
    """Each instance is one for the collector, and one less when it dies."""
    import gc

    gc.collect()
    gc.disable()
    kept = []
    start = gc.get_count()[0]
    for i in range(n):
        kept.append(Node(i, None))
    more = gc.get_count()[0] - start
    kept.clear()
    less = gc.get_count()[0] - start
    gc.enable()
    return more - less


CASES += [(counted, (n,)) for n in (0, 50)]


class Tree:
    def __init__(self, depth, v):
        self.v = v
        self.left = Tree(depth - 1, v + 1) if depth > 0 else None
        self.right = Tree(depth - 1, v * 2) if depth > 1 else None

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.v


def planted(kept, depth):
    kept.append(iter(Tree(depth, 10**20)))
    yield depth


def grown(depth):
    kept = []
    return list(planted(kept, depth)), list(kept[0])


CASES.extend((grown, (depth,)) for depth in (0, 1, 3))


class Sized:
    """What abs() asks, and a float that is none for it."""

    def __abs__(self):
        CALLED.append("abs")
        return 2.5

    def __repr__(self):
        return "Sized()"


class Odd(float):
    def __abs__(self):
        CALLED.append("odd")
        return "x"


CALLED = []


def pivots(rows):
    """abs() of items of which nothing is known."""
    found = []
    for k in range(len(rows)):
        best = k
        for i in range(k + 1, len(rows)):
            if abs(rows[i][k]) > abs(rows[best][k]):
                best = i
        rows[k], rows[best] = rows[best], rows[k]
        found.append(best)
    return found


def best_row(rows, k):
    return max(range(len(rows)), key=lambda r: abs(rows[r][k])), min(range(len(rows)), key=lambda r: abs(rows[r][k]))


def size_of(x):
    return abs(x)


def sizes(items):
    del CALLED[:]
    return [size_of(x) for x in items], [abs(x) for x in items], CALLED[:]


def abs_of(x):
    return abs(x), [abs(x)] * 2


def some_rows(*items):
    return [[items[(i * 3 + j * 5) % len(items)] for j in range(4)] for i in range(4)]


ABSOLUTE = [(1.5, -2.5, 0.0, -3.25), (1, -2, 3, -4), (1, -2.5, 3, -0.5), (2**70, -(2**71), 5, -1.5), (True, False, -1, 0.5)]
ABSOLUTE += [(float("nan"), -1.0, 2.0, float("-inf")), (-0.0, 0.0, 0, -1e-320), (1.5, "x", 2.5, 3), (-(2**63), 1, -(2**62), 2.0)]
CASES += [(pivots, (some_rows(*items),)) for items in ABSOLUTE]
CASES += [(best_row, (some_rows(*items), k)) for items in ABSOLUTE for k in (0, 2)]
CASES += [(sizes, (list(items),)) for items in ABSOLUTE + [(1.5, Sized(), 2, -1j), (-2.5, Odd(-1.5), 3 - 4j), (None,), (1.5, [])]]
CASES += [(abs_of, (x,)) for x in (-1.5, -0.0, 3, -(2**63), True, 3 + 4j, Sized(), Odd(1.5), "x", None)]
