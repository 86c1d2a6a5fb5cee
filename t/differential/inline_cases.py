"""Short functions and methods that only compute: built into their callers where CPython's inline caches are warm; and all
that can be told of their calls: exceptions and their lines, what is changed meanwhile, operands that do not fit."""
import sys
import traceback

LOG = []


def log():
    out = LOG[:]
    LOG.clear()
    return out


def tried(f, *args):
    try:
        return f(*args)
    except Exception as e:
        lines = [(s.name, s.lineno - tried.__code__.co_firstlineno, s.line) for s in traceback.extract_tb(e.__traceback__)[1:]]
        return repr(e), lines


class Matrix:
    def __init__(self, rows):
        self.rows = rows
        self.n = len(rows)

    def __getitem__(self, ij):
        return self.rows[ij[0]][ij[1]]

    def row(self, i):
        return self.rows[i]

    def first(self):
        return self.rows[0][0]

    def trace(self):
        total = 0
        for i in range(self.n):
            total += self[i, i]
        return total

    def __len__(self):
        return self.n

    def __contains__(self, x):
        return x == self.rows[0][0]


class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def dot(self, o):
        return self.x * o.x + self.y * o.y

    def __add__(self, o):
        return Vec(self.x + o.x, self.y + o.y)

    def __sub__(self, o):
        if not isinstance(o, Vec):
            return NotImplemented
        return Vec(self.x - o.x, self.y - o.y)

    def __mul__(self, k):
        return Vec(self.x * k, self.y * k)

    def __eq__(self, o):
        return self.x == o.x and self.y == o.y

    def __lt__(self, o):
        return self.x < o.x

    def norm2(self):
        return self.dot(self)

    def itself(self):
        return self

    def pair(self):
        return self.x, self.y

    @property
    def total(self):
        return self.x + self.y

    def clamp(self, low, high=5):
        if self.x < low:
            return low
        if self.x > high:
            return high
        return self.x

    def checked(self, i):
        if i < 0:
            raise ValueError("negative", i)
        return self.x + i

    def over(self, k):
        return self.x / k


class Bag:
    def __init__(self, items):
        self.items = items
        self.head = items[0] if items else None

    def is_empty(self):
        return len(self.items) == 0

    def size(self):
        return len(self.items)

    def peek(self):
        if not self.items:
            raise IndexError("empty bag")
        return self.items[-1]

    def get(self, i):
        return self.items[i]

    def get_or(self, i, default=None):
        return self.items[i] if 0 <= i < len(self.items) else default

    def truth(self):
        return not self.items

    def same(self, other):
        return self.head is other.head or self is other


def trace(m):
    total = 0.0
    for i in range(m.n):
        for j in range(m.n):
            total += m[i, j]
    return total


def dots(vs):
    total = 0
    for v in vs:
        for w in vs:
            total += v.dot(w)
    return total


def sums(vs):
    a = Vec(0, 0)
    for v in vs:
        a = a + v * 2
    return a.x, a.y


def norms(vs):
    return [v.norm2() for v in vs], [v.total for v in vs], [v.clamp(1) for v in vs], [v.clamp(0, high=1) for v in vs]


def smallest(vs):
    best = vs[0]
    for v in vs:
        if v < best:
            best = v
    return best.x, best.y, [v == best for v in vs]


def checked(vs, n):
    return [v.checked(n) for v in vs]


def over(vs, n):
    total = 0
    for v in vs:
        total += v.over(n)
    return total


def bags(b, n):
    out = [b.is_empty(), b.size(), b.truth()]
    for i in range(n):
        out.append(b.get(i))
        out.append(b.get_or(i + 1, "none"))
    out.append(b.peek())
    return out


def pairs(vs):
    out = []
    for v in vs:
        x, y = v.pair()
        out.append((x, y, v.itself() is v, v.pair()))
    return out


def warm(n=12):
    for _ in range(n):
        vs = [Vec(1.5, 2.5), Vec(3.0, 0.5)]
        trace(Matrix([[1.0, 2.0], [3.0, 4.0]])), dots(vs), sums(vs), norms(vs), smallest(vs), checked(vs, 1), over(vs, 2)
        bags(Bag([1, 2, 3]), 2), pairs(vs), Matrix([[1, 2], [3, 4]]).trace()


def matrices(n):
    warm()
    good = Matrix([[float(i * j) for j in range(n)] for i in range(n)])
    ints = Matrix([[i - j for j in range(n)] for i in range(n)])
    ragged = Matrix([[1.0, 2.0, 3.0], [4.0], [5.0, 6.0, 7.0]])
    tuples = Matrix(((1.0, 2.0), (3.0, 4.0)))
    texts = Matrix(["ab", "cd"])
    dicts = Matrix({0: {0: 1.0, 1: 2.0}, 1: {0: 3.0, 1: 4.0}})
    return [tried(trace, m) for m in (good, ints, ragged, tuples, texts, dicts, Bag([1]), None)], good.trace() if n else 0


def vectors(n):
    warm()
    floats = [Vec(i + 0.5, i - 0.5) for i in range(n)]
    ints = [Vec(i, -i) for i in range(n)]
    large = [Vec(2 ** 62, i) for i in range(n)]
    mixed = floats[:1] + ints[:1] + large[:1] + [Vec("a", "b")] + floats[1:]
    bare = floats[:1] + [Vec.__new__(Vec)]
    out = []
    for f in (dots, sums, norms, smallest, pairs):
        out.append([tried(f, list(vs)) for vs in (floats, ints, large, mixed, bare)])
    return out


def raising(n):
    warm()
    vs = [Vec(i + 0.5, i) for i in range(3)]
    return [tried(f, vs, k) for f in (checked, over) for k in (1, 0, -1, 2.5, None)], tried(bags, Bag([]), 0), \
        tried(bags, Bag(list(range(n))), n), tried(bags, Bag((1, 2, 3)), n), tried(bags, Bag("abc"), n)


def caught(vs, n):
    out = []
    for v in vs:
        for k in range(-1, n):
            try:
                out.append(v.checked(k))
                out.append(v.over(k))
            except ValueError as e:
                out.append(e.args)
            except ZeroDivisionError as e:
                out.append(str(e))
    return out


def catches(n):
    for _ in range(12):
        caught([Vec(1.0, 2.0)], 3)
    return caught([Vec(i * 0.5, i) for i in range(n)], n)


class Changed:
    def __init__(self, n):
        self.n = n

    def value(self):
        return self.n * 2

    def __getitem__(self, i):
        return self.n + i


class Derived(Changed):
    def value(self):
        return -self.n


class Plain(Changed):
    pass


def total_of(o, n):
    total = 0
    for i in range(n):
        total += o.value() + o[i]
    return total


def changes(n):
    for _ in range(12):
        total_of(Changed(3), 5)
    o = Changed(n)
    out = [total_of(o, 4), total_of(Derived(n), 4), total_of(Plain(n), 4)]
    value, item = Changed.value, Changed.__getitem__
    Changed.value = lambda self: 1000
    out.append(total_of(o, 4))
    Changed.value = value
    o.value = lambda: 5
    out.append(total_of(o, 4))
    del o.value
    Changed.__getitem__ = lambda self, i: 100
    out.append(total_of(o, 4))
    del Changed.__getitem__
    out.append(tried(total_of, o, 4))
    Changed.__getitem__ = item
    code = Changed.value.__code__
    Changed.value.__code__ = (lambda self: self.n + 1).__code__
    out.append(total_of(o, 4))
    Changed.value.__code__ = code
    Changed.n = property(lambda self: 77)
    out.append(total_of(Changed.__new__(Changed), 4))
    del Changed.n
    out.append(total_of(o, 4))
    return out


class Default:
    def __init__(self, n):
        self.n = n

    def plus(self, by=2, name="x", data=(1, 2)):
        return self.n + by + data[0] if name == "x" else data


def defaults_used(o, n):
    return [o.plus() + o.plus(n) + o.plus(by=n, data=(3,)) for _ in range(3)], o.plus(1, "y"), o.plus(name="z")


def defaults(n):
    for _ in range(12):
        defaults_used(Default(1), 2)
    out = [defaults_used(Default(n), n)]
    old = Default.plus.__defaults__
    Default.plus.__defaults__ = (10, "x", (5,))
    out.append(defaults_used(Default(n), n))
    Default.plus.__defaults__ = (1.5,)
    out.append(tried(defaults_used, Default(n), n))
    Default.plus.__defaults__ = old
    return out


class Noted:
    def __init__(self, name):
        self.name = name
        self.other = None

    def __del__(self):
        LOG.append(self.name)

    def __repr__(self):
        return "Noted(%r)" % self.name

    def me(self):
        return self

    def mine(self):
        return self.other

    def label(self):
        return self.name


def lives(name):
    kept = Noted(name).me()
    LOG.append("made")
    label = Noted(name + "2").label()
    inner = Noted("outer")
    inner.other = Noted("inner")
    got = inner.mine()
    inner = None
    LOG.append("outer gone")
    return kept.name, label, got.label()


def living(n):
    for i in range(14):
        LOG.append(lives("n%d" % (i % 2)))
    return log()[-7 * n:]


class Deep:
    def __init__(self, n):
        self.n = n

    def down(self):
        return self.n - 1


def recursion(o, n):
    return o.down() if n == 0 else recursion(o, n - 1) + o.down()


def too_deep(n):
    for _ in range(12):
        recursion(Deep(1), 3)
    limit = sys.getrecursionlimit()
    try:
        return recursion(Deep(n), limit + n)
    except RecursionError as e:
        return str(e)[:30]


def traced(n):
    for _ in range(12):
        total_of(Changed(3), 5)
    calls = []

    def tracer(frame, event, arg):
        if event == "call":
            calls.append(frame.f_code.co_name)

    sys.settrace(tracer)
    try:
        total_of(Changed(n), 3)
    finally:
        sys.settrace(None)
    return calls


class Node:
    def __init__(self, key, left=None, right=None):
        self.key = key
        self.left = left
        self.right = right

    def is_leaf(self):
        return self.left is None and self.right is None

    def smaller(self, key):
        return key < self.key

    def named(self, name):
        return self.key == name


def insert(root, key):
    node = root
    while not node.is_leaf() or node.key != key:
        if node.smaller(key):
            if node.left is None:
                node.left = Node(key)
            node = node.left
        else:
            if node.right is None:
                node.right = Node(key)
            node = node.right
        if node.key == key:
            break
    return root


def walk(node, out):
    if node is not None:
        walk(node.left, out)
        out.append(node.key)
        walk(node.right, out)
    return out


def trees(n):
    for _ in range(3):
        root = Node(50)
        for k in (30, 70, 20, 60, 65):
            insert(root, k)
    root = Node(n)
    for k in range(20):
        insert(root, k * 7 % 20)
    texts = Node("m")
    for k in "hello world":
        insert(texts, k)
    return walk(root, []), walk(texts, []), tried(insert, root, "x"), [t.named(n) for t in (root, texts)]


class Noisy:
    """Short ones that do something that can be seen, which must not happen twice."""

    def __init__(self, items):
        self.items = items

    def noted(self, i):
        LOG.append(i)
        return self.items[i]

    def taken(self, i):
        return self.items.pop() + self.items[i]

    def printed(self, i):
        return len(print("", end="", file=self) or self.items) + self.items[i]

    def write(self, text):
        LOG.append(("write", text))

    def through(self, i):
        return self.noted(i) + 1


def noisily(o, n):
    total = 0
    for i in range(n):
        total += o.noted(i) + o.through(i)
        total += o.printed(i)
        total += o.taken(0)
    return total


def noises(n):
    for _ in range(12):
        noisily(Noisy([1, 2, 3, 4]), 2)
    LOG.clear()
    return [(tried(noisily, Noisy(list(items)), n), log()) for items in ((1, 2, 3, 4, 5, 6), (1, 2), (1.5, 2, 3), (2**63, 4, 5))]


class Sized:
    limit = 3
    name = "sized"
    none = None

    def __init__(self, n):
        self.n = n
        self.cells = {}

    def __len__(self):
        return self.n

    def __contains__(self, x):
        return x == self.n or x is self

    def __setitem__(self, xy, v):
        x, y = xy
        self.cells[x, y] = v
        self.n = v

    def __getitem__(self, xy):
        return self.n + xy[0] * xy[1]

    def full(self):
        return self.n >= self.limit

    def title(self):
        return self.name, self.none


class Odd(Sized):
    limit = 2.5

    def __len__(self):
        LOG.append("len")
        return self.n

    def __contains__(self, x):
        LOG.append("contains")
        return "yes"

    def __setitem__(self, xy, v):
        LOG.append(("set", xy, v))
        return "ignored"


class Texts:
    limit = "a"

    def __init__(self, n):
        self.n = "b" * n

    def __len__(self):
        return "no length"

    def __contains__(self, x):
        return self.n

    def __setitem__(self, xy, v):
        raise KeyError(xy, v)

    def full(self):
        return self.n >= self.limit


def sizes(o, n):
    total = 0
    for i in range(n):
        total += len(o)
        if i in o:
            total += 100
        if i not in o:
            total += 1000
        o[i, n] = i
        total += o[i, 2]
    return total, o in o


def fulls(o, n):
    return [o.full() for _ in range(n)], o.limit, type(o).limit


def sized(n):
    for _ in range(12):
        sizes(Sized(3), 4), fulls(Sized(2), 2), Sized(1).title()
    out = [tried(sizes, o, n) for o in (Sized(2), Odd(2), Texts(3), Sized(-1), Sized("x"), Sized(1.5), Sized(2**64),
                                         Sized(True), Sized(None), [0, 1, 2], {0: 1}, "abc", None)]
    hides = Sized(2)
    hides.limit = 1
    more = [tried(fulls, o, n) for o in (Sized(2), Sized(3), Odd(2), Texts(1), hides, None)]
    Sized.limit = 10
    more.append(tried(fulls, Sized(5), n))
    Sized.limit = 3
    return out, more, log()


class Ring:
    """Short methods that change numbers and lists, and may leave in the middle of that."""

    def __init__(self, n):
        self.data = [0] * n
        self.head = self.tail = self.size = 0
        self.n = n
        self.sum = 0.0
        self.log = []

    def put(self, x):
        self.data[self.tail] = x
        self.tail = (self.tail + 1) % self.n
        self.size += 1

    def get(self):
        x = self.data[self.head]
        self.head = (self.head + 1) % self.n
        self.size -= 1
        return x

    def add(self, x):
        self.sum += x
        self.log.append(x)
        return self.sum / (x - 3)

    def push(self, x):
        self.log.append(x)

    def grow(self, k):
        before = self.size
        self.size = before * k
        self.tail += self.size
        return before, self.size

    def checked(self, x):
        self.size += 1
        if x < 0:
            raise ValueError("negative", x)
        self.tail += x
        return self.tail

    def both(self, other):
        self.size += other.size
        other.size = self.size
        return self.size + other.size

    def twice(self, x):
        self.push(x)
        self.push(x + 1)
        return len(self.log)


def ring(r, n):
    total = 0
    for i in range(n):
        r.put(i * 3)
        r.put(i + 0)
        total += r.get()
        r.push(i)
        total += r.twice(i)
    return total, r.data, r.head, r.tail, r.size, r.log


def added(r, xs):
    total = 0.0
    for x in xs:
        total += r.add(x)
    return total, r.sum, r.log


def grown(r, k, n):
    for _ in range(n):
        r.grow(k)
    return r.grow(k), r.size, r.tail


def checks(r, xs):
    total = 0
    for x in xs:
        total += r.checked(x)
    return total


def state(r):
    return [(k, v) for k, v in r.__dict__.items()]


def rings(n):
    for _ in range(12):
        ring(Ring(5), 4), added(Ring(1), [1, 2.5]), grown(Ring(1), 2, 3), checks(Ring(1), [1, 2]), Ring(2).both(Ring(3))
    out = []
    for r, f, args in ((Ring(4), ring, (n,)), (Ring(0), ring, (n,)), (Ring(1), added, ([1, 2, 3, 4],)), (Ring(1), added, ([0.5] * n,)),
                       (Ring(1), added, ([1, "x", 2],)), (Ring(1), grown, (2**62, n)), (Ring(1), grown, ("x", n)),
                       (Ring(1), grown, (1.5, n)), (Ring(1), checks, ([1, -1, 2],)), (Ring(1), checks, ([1, 2**63, 2**63],)),
                       (Ring(1), checks, ([1, None],))):
        out.append((tried(f, r, *args), state(r)))
    for change in ("size", "tail", "data", "log"):
        for value in (None, 2.5, "text", 2**70, [Noted("old")], (1, 2), True):
            r = Ring(3)
            setattr(r, change, value)
            out.append((tried(ring, r, n), tried(checks, r, [1, 2]), [k for k, v in state(r)], r.size if r.size is not value else "same"))
            setattr(r, change, None)
    same = Ring(2)
    same.size = 1000000
    kept = same.size
    out.append((same.both(same), same.size, kept))
    return out, log()


class Watched(Ring):
    def __setattr__(self, name, value):
        LOG.append(name)
        object.__setattr__(self, name, value)


class Counted:
    size = tail = 5

    @property
    def log(self):
        LOG.append("log")
        return self.__dict__.setdefault("_log", [])

    checked, push, twice = Ring.checked, Ring.push, Ring.twice


def watched(n):
    for _ in range(12):
        ring(Ring(5), 4), checks(Ring(1), [1, 2])
    out = [tried(ring, Watched(3), n), log()]
    c = Counted()
    out += [tried(checks, c, [1, 2, -3]), tried(c.twice, n), state(c), log()]
    return out


def catching(r, xs):
    out = []
    for x in xs:
        try:
            out.append(r.checked(x))
        except ValueError as e:
            out.append((e.args, e.__traceback__.tb_next.tb_lineno - Ring.checked.__code__.co_firstlineno))
        except TypeError as e:
            out.append(str(e))
    return out, r.size, r.tail


def catchings(n):
    for _ in range(12):
        catching(Ring(1), [1, 2])
    return catching(Ring(1), [1, -n, 2**64, "x", 3]), catching(Counted(), list(range(-1, n)))


def taken(name):
    r = Ring(2)
    r.push(Noted(name))
    r.data = [Noted(name + "0"), Noted(name + "1")]
    x = r.get()
    LOG.append("got")
    r = None
    LOG.append("ring gone")
    return x.name


def takings(n):
    for i in range(14):
        LOG.append(taken("n"))
    return log()[-7 * n:]


class Shared:
    stock = 3

    def grown(self, n):
        return self.stock + n


class Words(dict):
    pass


def grows(o, n):
    total = 0
    for i in range(n):
        total += o.grown(i)
    return total


def hidden(n):
    """What the class has, hidden by the instance's own, in dicts of all kinds."""
    for _ in range(12):
        grows(Shared(), 3)
    plain, odd, words, bare = Shared(), Shared(), Shared(), Shared()
    plain.stock = 50
    odd.__dict__[n] = 1
    odd.stock = 500
    words.__dict__ = Words(stock=5000)
    bare.__dict__[n] = 1
    return [grows(o, n) for o in (Shared(), plain, odd, words, bare)]


NS = (0, 1, 2, 5)
CASES = [(f, (n,)) for f in (rings, hidden, watched, catchings, takings, sized, noises, matrices, vectors, raising, catches, changes, defaults, living, too_deep, traced, trees)
         for n in NS]


class Till:
    def __init__(self):
        self.lines = []
        self.sum = 0

    def add(self, line, factor):
        self.lines.append(line)
        self.sum += factor


class OtherTill(Till):
    def add(self, line, factor):
        self.lines.append((factor, line))


def chosen_arguments(n):
    """The method is found before the arguments, which have jumps."""
    tills = [Till(), OtherTill()]
    for i in range(n * 9):
        till = tills[i % 4 == 3]
        till.add(i if i % 3 else -i, 2 if i % 2 == 0 else 5)
        if i == n * 6:
            Till.add = OtherTill.add
        tills[0].add(i or n, i and n)
    Till.add = ADD
    return [(till.lines, till.sum) for till in tills]


ADD = Till.add
CASES.extend((chosen_arguments, (n,)) for n in NS)
