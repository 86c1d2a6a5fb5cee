"""Objects: lists, dicts, strings, attributes, calls of all shapes, exceptions in the middle, and what dies when."""
import sys
import warnings
import weakref

COUNT = 0
LOG = []


class Point:
    kind = "point"

    def __init__(self, x, y=0):
        self.x = x
        self.y = y

    def __repr__(self):
        return f"Point({self.x}, {self.y})"

    def moved(self, dx, dy=0, *rest, **named):
        return Point(self.x + dx, self.y + dy + len(rest) + len(named))

    @property
    def double(self):
        return self.x * 2

    @classmethod
    def make(cls, x):
        return cls(x, -x)


class Slots:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a


class Child(Point):
    def __init__(self, x):
        super().__init__(x, 7)
        self.name = "child"

    def moved(self, dx, dy=0):
        return super().moved(dx, dy, 1)


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(self.name)


class Odd:
    def __getattr__(self, name):
        if name == "bad":
            raise KeyError(name)
        return name.upper()

    def __getitem__(self, i):
        if i > 3:
            raise IndexError("no more")
        return i * 10

    def __len__(self):
        return 4

    def __bool__(self):
        raise ValueError("neither")

    def __eq__(self, other):
        return NotImplemented

    def __add__(self, other):
        return "odd sum"


class Manager:
    def __init__(self, swallow):
        self.swallow = swallow

    def __enter__(self):
        LOG.append("enter")
        return self

    def __exit__(self, *what):
        LOG.append(what[0].__name__ if what[0] else None)
        return self.swallow


def log():
    seen = list(LOG)
    LOG.clear()
    return seen


def dot(a, b):
    s = 0
    for i in range(len(a)):
        s += a[i] * b[i]
    return s


def negative_indices(a):
    return [a[-1], a[-len(a)], a[len(a) // 2]]


def beyond(a, i):
    total = 0
    for x in a:
        total += x
    return total + a[i]


def swap_all(a):
    for i in range(len(a) // 2):
        a[i], a[-1 - i] = a[-1 - i], a[i]
    return a


def bubble(a):
    for i in range(len(a)):
        for j in range(len(a) - 1 - i):
            if a[j] > a[j + 1]:
                a[j], a[j + 1] = a[j + 1], a[j]
    return a


def store(a, i, v):
    for k in range(3):
        a[i] = v
    return a


def in_place(n):
    a = [0.0] * n
    b = a[:]
    for k in range(5):
        for i in range(n):
            a[i] = a[i] + i * 0.5
    return a, b


def shared_floats(n):
    x = 1.5
    a = [x] * n
    for i in range(n):
        a[i] += i
    return a, x


def matrix(n):
    m = [[i * j for j in range(n)] for i in range(n)]
    t = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            t[j][i] = m[i][j]
    return t


def grow(n):
    a = []
    for i in range(n):
        a.append(i)
        if len(a) > 5:
            del a[0]
    a.extend(x for x in (1, 2))
    a += [3]
    return a


def changed_while_read(n):
    a = list(range(n))
    seen = []
    for x in a:
        seen.append(x)
        if x % 2:
            a.append(x - 1)
        if len(a) > 20:
            a.clear()
    return seen


def counted(words):
    counts = {}
    for w in words.split():
        counts[w] = counts.get(w, 0) + 1
    return sorted(counts.items())


def dicts(n):
    d = {i: i * i for i in range(n)}
    for k, v in d.items():
        d[k] = v + 1
    del d[0]
    return d, 1 in d, 0 not in d, {**d, "x": 1}, d | {5: None}


def missing_key(n):
    d = {}
    for i in range(n):
        d[i] = i
    return d[n]


def sets(n):
    s = {i % 3 for i in range(n)}
    s |= {n}
    return sorted(s), {1, 2} <= s


def strings(n):
    s = ""
    for i in range(n):
        s += str(i)
        s = s + ","
    return s, s[1:-1], s[::2], f"{n:>5}|{n!r}|{n / 3:.3f}|{s!s:.4}", "%d-%s" % (n, s[:3])


def aliased_string(n):
    s = "x"
    t = s
    for i in range(n):
        s += "y"
    return s, t


def unpack(t):
    for _ in range(2):
        a, b = t
        (c, d), e = (a, b), 3
    return a, b, c, d, e


def unpack_star(t):
    for _ in range(2):
        a, *b, c = t
    return a, b, c


def attributes(n):
    p = Point(1)
    total = 0
    for i in range(n):
        p.x = p.x + i
        p.y += 1
        total += p.x + p.double
    return p, total, p.kind


def many_shapes(n):
    things = [Point(1), Child(2), Slots(3), Odd()]
    out = []
    for i in range(n):
        t = things[i % 4]
        try:
            out.append(t.a)
        except AttributeError as e:
            out.append(str(e))
    return out


def methods(n):
    p = Point(0)
    for i in range(n):
        p = p.moved(i, dy=2)
    return p, Point.make(n), Child(n).moved(1), p.moved(1, 2, 3, 4, z=5)


def method_hidden(n):
    p = Point(1)
    out = []
    for i in range(n):
        if i == 2:
            p.moved = lambda dx: "hidden"
        out.append(str(p.moved(1)))
    return out


def class_changes(n):
    class Local:
        value = 1

        def get(self):
            return self.value

    o = Local()
    out = []
    for i in range(n):
        if i == 2:
            Local.value = 2
        if i == 3:
            Local.get = lambda self: "new"
        if i == 4:
            o.value = 9
            del Local.get
            Local.get = lambda self: self.value
        out.append(o.get())
    return out


def slots(n):
    s = Slots(0)
    for i in range(n):
        s.a += i
    try:
        return s.a, s.b
    except AttributeError as e:
        return str(e)


def deleted_attribute(n):
    p = Point(n)
    for i in range(2):
        del p.x
        p.x = i
    del p.x
    return p.x


def calls(n):
    def f(a, b=2, *c, d=4, **e):
        return a, b, c, d, e

    out = []
    for i in range(n):
        out.append(f(i))
        out.append(f(i, d=i, z=1))
        out.append(f(*range(i), **{"d": 1}) if i else f(0))
    return out


def bad_call(n):
    total = 0
    for i in range(n):
        total += max(i, 3)
    return len(1, 2)


def double_keyword(n):
    def f(**k):
        return k

    for i in range(n):
        pass
    return f(a=1, **{"a": n})


def bad_star(n):
    return max(*n)


def closures(n):
    fs = []
    for i in range(n):
        def f(k, i=i):
            nonlocal n
            n += k
            return n * i

        fs.append(f)
    return [f(1) for f in fs], n


def counter(n):
    global COUNT
    COUNT = 0
    for i in range(n):
        COUNT += i
    return COUNT


def caught(items):
    out = []
    for x in items:
        try:
            out.append(10 // x)
        except ZeroDivisionError as e:
            out.append(str(e))
        except TypeError:
            out.append("type")
        else:
            out.append("fine")
        finally:
            out.append(".")
    return out


def reraised(items):
    try:
        for x in items:
            int(x)
    except ValueError as e:
        raise KeyError("outer") from e


def with_manager(swallow, x):
    out = []
    for i in range(3):
        with Manager(swallow) as m:
            out.append(m.swallow)
            out.append(6 // (x - i))
    return out, log()


def with_bad(x):
    for i in range(2):
        with x:
            pass


def dies(n):
    out = []
    for i in range(n):
        a = Loud(i)
        out.append(log())
        b = [a]
        a = None
        out.append(log())
        b = None
        out.append(log())
    return out


def dies_in_order(n):
    a = Loud("a")
    b = Loud("b")
    c = [Loud("c"), Loud("d")]
    for i in range(n):
        pass
    return n


def after_dying(n):
    dies_in_order(n)
    return log()


def dies_by_exception(n):
    try:
        a = Loud("x")
        for i in range(n):
            b = Loud(i)
        return 1 // (n - n)
    except ZeroDivisionError:
        return log()


def argument_dies(a):
    r = weakref.ref(a[0])
    x = a.pop()
    alive = r() is not None
    x = None
    return alive, r() is None


def call_argument_dies(n):
    return [argument_dies([Point(i)]) for i in range(n)]


def odd(n):
    o = Odd()
    out = []
    for i in range(n):
        out.append(o[i])
        out.append(o.name)
        out.append(o + 1)
        out.append(o == o)
    return out, len(o), list(o), 20 in o


def odd_truth(n):
    o = Odd()
    for i in range(n):
        pass
    return 1 if o else 2


def odd_attribute(n):
    for i in range(n):
        pass
    return Odd().bad


def generators(n):
    def gen(k):
        for i in range(k):
            yield i * 2

    total = 0
    for x in gen(n):
        total += x
    return total, sum(gen(n)), list(x for x in gen(n) if x > 2), max((x for x in gen(n + 1)), default=0), any(x == 4 for x in gen(n))


def iterated(things):
    out = []
    for x in things:
        out.append(x)
    return out


def enumerated(a):
    out = []
    for i, x in enumerate(a):
        out.append((i, x))
    for x, y in zip(a, reversed(a)):
        out.append((x, y))
    return out


def comprehensions(n):
    return ([x * y for x in range(n) for y in range(x)], {x: [y for y in range(x)] for x in range(n)}, {x % 2 for x in range(n)}, [z for z in [x + n for x in range(n)] if z % 2])


def comprehension_raises(n):
    return [10 // (x - 3) for x in range(n)]


def comprehension_of_objects(a):
    return [x.upper() for x in a if x]


def comparisons(a, b):
    out = []
    for i in range(2):
        out.append((a < b if type(a) is type(b) else None, a == b, a != b, a is b, a is not None))
    return out, 1 < len(out) <= 2


def truth(x):
    out = []
    for i in range(2):
        out.append((not x, x and 1, x or 2, bool(x)))
    return out


def mixed(a, b):
    out = []
    for i in range(3):
        for op in (lambda: a + b, lambda: a * b, lambda: a - b, lambda: a % b, lambda: a // b, lambda: a / b):
            try:
                out.append(op())
            except Exception as e:
                out.append(f"{type(e).__name__}: {e}")
    return out


def added(a, b):
    for i in range(2):
        c = a + b
        c += b
    return c


def in_place_list(a, b):
    c = a
    for i in range(2):
        a += b
    return a, c, a is c


def sliced(a):
    for i in range(2):
        b = a[1:], a[:-1], a[::2], a[::-1]
    return b


def warned(n):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for i in range(n):
            warnings.warn("careful")
    return [(str(w.message), w.lineno - warned.__code__.co_firstlineno) for w in caught]


def callers(n):
    out = []
    for i in range(n):
        f = sys._getframe()
        out.append((f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno))
        out.append(who())
    return out


def who():
    f = sys._getframe(1)
    return f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno


def imports(n):
    for i in range(n):
        import math
        from os import path as p
    return math.floor(2.5), p.basename("a/b")


def bad_import(n):
    for i in range(n):
        pass
    from os import no_such_thing
    return no_such_thing


def asserts(n):
    for i in range(n):
        assert i < 3, f"too large: {i}"
    return n


def unbound_after(n):
    for i in range(n):
        x = i
    del x
    return x


def undefined(n):
    for i in range(n):
        pass
    return no_such_name


def big(n):
    x = 1
    for i in range(1, n):
        x *= i
    return x, str(x)[:5], x % 1000007


def complexes(n):
    z = 0j
    for i in range(n):
        z = z * z + (0.1 + 0.2j)
    return z, abs(z), z.real


def bytes_sum(b):
    t = 0
    for x in b:
        t = t * 31 + x & 0xFFFFFF
    for i in range(len(b)):
        t ^= b[i]
    return t


def match_it(x):
    for _ in range(2):
        match x:
            case [a, b]:
                r = ("pair", a, b)
            case {"k": v}:
                r = ("key", v)
            case Point(x=px):
                r = ("point", px)
            case int():
                r = "int"
            case _:
                r = None
    return r


def walrus(a):
    out = []
    while (n := len(a)) > 2:
        a.pop()
        out.append(n)
    return out


def captured(x):
    own = x[:]
    twice = [2 * own[k] for k in range(2)]
    return [own[k] + twice[k] for k in range(2)], own, twice


class First(Child):
    """super() without arguments looks at the first argument's place in the frame: a cell, changed or deleted."""

    def in_cell(self, n):
        def me():
            return self
        return super().moved(n), me() is self

    def in_new(cls, n):
        return super(First, cls).moved(n), [super(First, cls).moved(k) for k in range(n)]

    def replaced(self, n):
        self = First(n)
        return super().moved(1), self.x

    def replaced_often(self, n):
        for i in range(n):
            self = First(self.x + i)
            super().moved(i)
        return super().moved(n)

    def no_instance(self, n):
        kept = super().moved(n)
        self = n
        return kept, super().moved(n)

    def deleted(self, n):
        del self
        return super().moved(n)

    def deleted_from_cell(self, n):
        def me():
            return self
        del self
        return super().moved(n)

    def set_from_inside(self, n):
        def change():
            nonlocal self
            self = First(n)
        change()
        return super().moved(1)


def first(name, n):
    return getattr(First(5), name)(n)


def not_used(a, b):
    a + 1
    b < 2.5
    [a * 2 for _ in range(2)]
    return 5


def not_used_in_loop(items):
    n = 0
    for x in items:
        x * 3
        -x
        n += 1
    return n


def one_function(n):
    f = lambda: n
    f.note = n
    kept = [f, f]
    g = h = lambda x: x
    return f.note, kept[0] is kept[1], kept[0] is f, g is h, f(), (k := lambda: 1) is k


def one_function_in_cell(n):
    def f():
        return f.note if n else f
    f.note = [n]
    f.__name__ = "named"
    return f.note is f() or f is f(), f.__name__


def named_generator(n):
    def func():
        yield n
    func.__name__ = "named"
    return func().__name__


def one_range(n):
    r = range(n)
    s = t = range(n)
    kept = [r]
    total = 0
    for x in r:
        for y in r:
            total += x * y
    return kept[0] is r, s is t, s is r, sum(x for x in r), total


def one_generator(n):
    g = (i * 2 for i in range(n))
    h = g
    return next(g, None), next(h, None), g is h, list(g)


def one_number(x):
    y = x + 1000
    z = y
    return y is z, y is not z, x is not y


def annotated(n):
    def f(x: int, *rest: "str", y: list = n) -> dict:
        return x, y
    def g() -> [n]:
        return n
    return f(1), f.__annotations__, g.__annotations__, f.__kwdefaults__, g.__annotations__ is g.__annotations__


def nan_in(x):
    y = x * 1.0
    return y in [y], [y, y].count(y), (y, y)[0] is (y, y)[1]


def one_float(x):
    y = x + 0.5
    a = [y, y]
    z = y
    return a[0] is a[1], z is y, [z][0] is y, y in {y: 1}


def one_big_int(x):
    y = x * 3
    a = (y, y)
    return a[0] is a[1], a[0] is y


def one_float_a_round(n):
    out = []
    x = 0.5
    for i in range(n):
        x = x * 1.5
        t = [x, x]
        out.append((t[0] is t[1], t[0] is x))
    return out


NS = (0, 1, 3, 6)
CASES = [(f, (n,)) for f in (in_place, shared_floats, matrix, grow, changed_while_read, dicts, missing_key, sets, strings, aliased_string, attributes, many_shapes, methods, method_hidden, class_changes, slots, deleted_attribute, calls, bad_call, double_keyword, closures, counter, after_dying, dies_by_exception, call_argument_dies, odd, odd_truth, odd_attribute, generators, comprehensions, comprehension_raises, warned, callers, imports, bad_import, asserts, unbound_after, undefined, big, complexes) for n in NS]
CASES += [(dies, (n,)) for n in (0, 1, 3)]
CASES += [(dot, (a, b)) for a in ([1, 2], [1.5, 2.5], [1, 2.5], (1, 2), "ab", [2**70, 1]) for b in ([3, 4], [0.5, 1], [1], (1, 2), [2**62, 2**62])]
CASES += [(negative_indices, (a,)) for a in ([1], [1, 2, 3], (4, 5), "xyz", b"ab", [])]
CASES += [(beyond, (a, i)) for a in ([1, 2], (1.5,), range(3)) for i in (0, -1, 5, -7, 2**70, "x", True, None)]
CASES += [(f, (a,)) for f in (swap_all, bubble) for a in ([], [3, 1, 2], [2.5, 1.5, 9.0, -1.0], ["b", "a"], [1, 2.5, True], [1, "a"])]
CASES += [(store, (a, i, v)) for a in ([1, 2, 3], [1.5, 2.5], (1,), bytearray(b"abc")) for i in (0, -1, 9) for v in (7, 2.5, "x", None, 2**65)]
CASES += [(counted, ("a b a c",)), (counted, ("",))]
CASES += [(f, (t,)) for f in (unpack, unpack_star) for t in ((1, 2), [1, 2], (1,), (1, 2, 3), "ab", 5, {1: 2, 3: 4}, None, [[1], 2])]
CASES += [(bad_star, (x,)) for x in ((1, 2), 5, None, "ab", [])]
CASES += [(caught, (x,)) for x in ([1, 2], [0], [1, 0, "x"], [2.5, None], [])] + [(reraised, (x,)) for x in (["1"], ["x"], [None])]
CASES += [(with_manager, (s, x)) for s in (True, False) for x in (0, 1, 5)] + [(with_bad, (x,)) for x in (5, None)]
CASES += [(iterated, (x,)) for x in ([1], (1, 2.5), "ab", {1: 2}, range(3), 5, None, b"ab")] + [(enumerated, (x,)) for x in ([], [1, 2], "ab", (1.5,))]
CASES += [(comprehension_of_objects, (x,)) for x in (["a", ""], [], ["a", 5], "xyz")]
VALUES = [0, 1, 2.5, "", "ab", None, [1], [], (1, 2), 2**70, True, {1: 2}, b"x"]
CASES += [(comparisons, (a, b)) for a in VALUES for b in VALUES[:8]] + [(truth, (x,)) for x in VALUES]
CASES += [(mixed, (a, b)) for a in (3, 2.5, "ab", [1], 2**65) for b in (2, 0, 0.5, "x", [2], 3)]
CASES += [(added, (a, b)) for a in VALUES for b in (1, 0.5, "x", [2], (3,))]
CASES += [(in_place_list, (a, b)) for a in ([1], (1,), "a", 1) for b in ([2], (2,), "b", 2)]
CASES += [(sliced, (x,)) for x in ([1, 2, 3], "abc", (1,), b"ab", 5)]
CASES += [(bytes_sum, (x,)) for x in (b"hello", b"", bytearray(b"abc"), [1, 2], "x")]
CASES += [(match_it, (x,)) for x in ([1, 2], {"k": 3}, 5, "s", (1, 2, 3))] + [(walrus, (x,)) for x in ([], [1, 2, 3, 4])]
CASES += [(captured, (x,)) for x in ([1, 2], [1j, 2j], [1.5, 2], ['a', 'b'], [2**62, 1], [1], (1j, 2))]
CASES += [(first, (f, n)) for f in ("in_cell", "in_new", "replaced", "replaced_often", "no_instance", "deleted", "deleted_from_cell", "set_from_inside") for n in (1, 3)]
CASES += [(not_used, (a, b)) for a in (1, 2.5, "x", None, [1], 2**70) for b in (1, 0.5, "x", None)]
CASES += [(not_used_in_loop, (x,)) for x in ([1, 2], [1.5, 2], ["a", 2], [1, "a"], [None], [2**70, []])]
CASES += [(f, (n,)) for f in (one_function, one_function_in_cell, named_generator, one_range) for n in (0, 1, 5)]
CASES += [(one_generator, (n,)) for n in (0, 1, 5)] + [(one_number, (x,)) for x in (0, 5, 1.5, 2**62, True)]
CASES += [(annotated, (n,)) for n in (0, 2)]
CASES += [(f, (x,)) for f in (nan_in, one_float) for x in (2.0, float("nan"), float("inf"))] + [(one_big_int, (2**50,)), (one_float_a_round, (4,))]
