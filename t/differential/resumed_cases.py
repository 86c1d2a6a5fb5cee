"""Generators that stay objects: kept, passed on, recursive, delegating, thrown into, closed, abandoned in the middle."""
import itertools
import sys

LOG = []


def told():
    return LOG[:]


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(self.name)


def drained():
    out = LOG[:]
    LOG.clear()
    return out


class Node:
    def __init__(self, value, left=None, right=None):
        self.value, self.left, self.right = value, left, right

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right

    def items(self):
        if self.left is not None:
            for x in self.left.items():
                yield x
        yield self.value
        if self.right is not None:
            for x in self.right.items():
                yield x

    def depths(self, depth=0):
        count = 1
        if self.left is not None:
            count += yield from self.left.depths(depth + 1)
        yield depth
        if self.right is not None:
            count += yield from self.right.depths(depth + 1)
        return count


def tree(a, b):
    if a >= b:
        return None
    m = (a + b) // 2
    return Node(m, tree(a, m), tree(m + 1, b))


def inorder(n):
    t = tree(0, n)
    return list(t), sum(t), max(t), list(t.items()), tuple(t)


def counted(n):
    g = tree(0, n).depths()
    out = []
    while True:
        try:
            out.append(next(g))
        except StopIteration as stop:
            return out, stop.value


def count(n):
    i = 0
    while i < n:
        yield i
        i += 1


def kept(n):
    g = count(n)
    out = [next(g), next(g)]
    for x in g:
        out.append(x)
        if x == 5:
            break
    out += g
    out.append(next(g, None))
    return out


def zipped(n):
    return list(zip(count(n), itertools.islice(count(1000), 3, None), itertools.cycle(count(2))))


def chained(n):
    def inner(k):
        yield from range(k)
        yield from [k, k + 1]
        yield from "ab"
        yield from (x * x for x in range(3))
        yield from iter([])
        yield from {k: 1}
        return k

    def outer(k):
        got = yield from inner(k)
        yield ("got", got)
        got = yield from inner(k + 1)
        return got

    out = []
    g = outer(n)
    try:
        while True:
            out.append(next(g))
    except StopIteration as stop:
        out.append(stop.value)
    return out


def deep(n):
    def down(k):
        if k:
            yield from down(k - 1)
        yield k

    return list(down(n))


def too_deep():
    def down(k):
        yield from down(k + 1)

    try:
        for _ in down(0):
            pass
    except RecursionError as e:
        return type(e).__name__


def sends(values):
    def echo():
        got = []
        try:
            while True:
                got.append((yield len(got)))
        except ZeroDivisionError as e:
            got.append(str(e))
            yield "caught"
        finally:
            LOG.append(got)
        return got

    def through():
        result = yield from echo()
        return ("through", result)

    g = through()
    out = [next(g)]
    for v in values:
        out.append(g.send(v))
    out.append(next(g))
    out.append(g.throw(ZeroDivisionError("thrown")))
    try:
        g.send(None)
    except StopIteration as stop:
        out.append(stop.value)
    return out, drained()


def send_at_start(value):
    try:
        count(3).send(value)
    except TypeError as e:
        return str(e)


def closes(n):
    def inner():
        d = Dies("inner")
        try:
            for i in range(n):
                yield i
        finally:
            LOG.append("finally")

    def outer():
        e = Dies("outer")
        try:
            yield from inner()
        except GeneratorExit:
            LOG.append("exit")
            raise

    g = outer()
    for x in g:
        if x == n // 2:
            break
    g.close()
    LOG.append("closed")
    g = outer()
    next(g)
    del g
    LOG.append("deleted")
    return drained()


def ignores_exit():
    def g():
        while True:
            try:
                yield 1
            except GeneratorExit:
                yield 2

    x = g()
    next(x)
    try:
        x.close()
    except RuntimeError as e:
        return str(e)


def reenters():
    def g():
        yield 1
        yield next(me)

    def through():
        yield from g2
        yield 3

    me = g()
    out = [next(me)]
    try:
        next(me)
    except ValueError as e:
        out.append(str(e))

    def inner():
        yield 1
        yield from g2

    g2 = inner()
    t = through()
    try:
        out.append(list(t))
    except ValueError as e:
        out.append(str(e))
    return out


def stops_inside(n):
    def g():
        for i in range(n):
            yield i
        raise StopIteration(n)

    def through():
        yield from g()

    out = []
    try:
        for x in through():
            out.append(x)
    except RuntimeError as e:
        out.append((str(e), type(e.__cause__).__name__, e.__cause__.args, type(e.__context__).__name__))
    return out


def raises_at(n, k):
    for i in range(n):
        if i == k:
            raise KeyError(i)
        yield i


def raises_through(n, k):
    def middle():
        yield -1
        yield from raises_at(n, k)
        yield -2

    def outer():
        yield from middle()

    return list(outer())


def catches_through(n, k):
    def middle():
        try:
            yield from raises_at(n, k)
        except KeyError as e:
            yield ("caught", e.args)
        else:
            yield "else"
        finally:
            yield "finally"

    return list(middle())


class Iter:
    def __init__(self, n, error=None):
        self.n, self.error = n, error

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            if self.error:
                raise self.error
            raise StopIteration("over")
        self.n -= 1
        return self.n

    def throw(self, *args):
        LOG.append(("thrown", type(args[0]).__name__))
        return 99

    def close(self):
        LOG.append("closed")


def of_iterators(n, error):
    def g():
        got = yield from Iter(n, error)
        yield ("got", got)

    return list(g())


def throws_into_iterators(n):
    def g():
        yield from Iter(n)
        yield "end"

    x = g()
    out = [next(x), x.throw(KeyError("k")), next(x)]
    x.close()
    return out, drained()


def handled(n):
    def g():
        for i in range(n):
            yield sys.exc_info()[0]
            try:
                1 // 0
            except ZeroDivisionError:
                yield sys.exc_info()[0]

    def through():
        try:
            raise KeyError
        except KeyError:
            yield from g()
        yield sys.exc_info()[0]

    out = []
    try:
        raise ValueError
    except ValueError:
        for x in through():
            out.append((x, sys.exc_info()[0]))
    return [(a and a.__name__, b and b.__name__) for a, b in out]


def frames(n):
    def leaf():
        f = sys._getframe()
        names = []
        while f and f.f_code.co_name != "frames":
            names.append((f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno))
            f = f.f_back
        yield names
        yield n

    def middle():
        yield from leaf()

    def outer():
        yield from middle()

    g = outer()
    out = [next(g)]
    out.append((g.gi_running, g.gi_suspended, g.gi_yieldfrom.__name__, g.gi_frame.f_lineno - g.gi_code.co_firstlineno))
    out.append(list(g))
    out.append((g.gi_running, g.gi_suspended, g.gi_yieldfrom, g.gi_frame))
    return out


def seen_locals(n):
    def g(a, b):
        total = a
        for i in range(n):
            total += i * b
            yield total
        del a
        yield -1

    x = g(3, 4)
    out = []
    for v in x:
        f = x.gi_frame
        out.append((v, sorted((k, w) for k, w in f.f_locals.items() if k not in "ni"), f.f_lasti >= 0))
    return out


def traceback_lines(n):
    def inner():
        yield 1
        [][n]

    def outer():
        yield 0
        yield from inner()

    out = []
    try:
        for x in outer():
            out.append(x)
    except IndexError as e:
        tb = e.__traceback__
        while tb:
            out.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
            tb = tb.tb_next
    return out


def cells(n):
    total = 0

    def add(x):
        nonlocal total
        total += x

    def g():
        nonlocal total
        for i in range(n):
            add(i)
            yield total
            total += 1

    return list(g()), total


def owns_cells(n):
    def g():
        k = 0

        def bump():
            nonlocal k
            k += 2
            return k

        for i in range(n):
            yield bump() + k
            k += 1

    return list(g())


def two(n):
    a = count(n)
    b = (x * 2 for x in a)
    c = (x + 1 for x in b if x % 3)
    return [next(a, None), list(c), next(b, None)]


def changes_types(values):
    def running():
        total = 0
        for v in values:
            total = total + v
            yield total

    return list(running())


def big(n):
    def powers():
        x = 1
        while True:
            yield x
            x *= 3

    return list(itertools.islice(powers(), n))


def unbound(flag, n):
    def g():
        if flag:
            late = 1
        for i in range(n):
            yield i
        yield late

    return list(g())


class Grid:
    def __init__(self, w, h):
        self.w, self.h = w, h

    def neighbors(self, x, y):
        for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1)):
            nx, ny = x + dx, y + dy
            if 0 <= nx < self.w and 0 <= ny < self.h:
                yield nx, ny

    def cells(self):
        for x in range(self.w):
            for y in range(self.h):
                yield x, y

    def edges(self):
        for x, y in self.cells():
            yield [(x, y, *n) for n in self.neighbors(x, y)]


def grid(w, h):
    g = Grid(w, h)
    return [list(e) for e in g.edges()], sum(x * y for c in g.cells() for x, y in g.neighbors(*c))


def permutations(items):
    if len(items) <= 1:
        yield list(items)
        return
    for i, x in enumerate(items):
        for rest in permutations(items[:i] + items[i + 1 :]):
            yield [x] + rest


def primes(n):
    found = []
    for k in range(2, n):
        for p in found:
            if p * p > k:
                found.append(k)
                yield k
                break
            if k % p == 0:
                break
        else:
            found.append(k)
            yield k


def with_block(n):
    class Context:
        def __enter__(self):
            LOG.append("in")
            return self

        def __exit__(self, *args):
            LOG.append(("out", args[0] and args[0].__name__))
            return args[0] is KeyError

    def g():
        for i in range(n):
            with Context():
                yield i
                if i == 2:
                    raise KeyError(i)
                yield -i
        with Context():
            raise ValueError(n)

    out = []
    try:
        for x in g():
            out.append(x)
    except ValueError as e:
        out.append(str(e))
    return out, drained()


def dies_in_order(n):
    def g(a):
        b = Dies("b")
        c = Dies("c")
        for i in range(n):
            yield i
            c = Dies("c%d" % i)
        d = Dies("d")
        LOG.append("end")

    for x in g(Dies("a")):
        LOG.append(x)
    LOG.append("over")
    return drained()


def of_dict(d):
    def g():
        for k, v in d.items():
            yield k, v * 2
        for k in d:
            yield k
        for i, v in enumerate(d.values()):
            yield i, v

    return dict(list(g())[: len(d)]), list(g())


def changed_while(d):
    def g():
        for k in d:
            yield k

    out = []
    for k in g():
        out.append(k)
        d[k + "x"] = 1
    return out


def grows(items):
    def g():
        for x in items:
            yield x

    out = []
    for x in g():
        out.append(x)
        if x < 40:
            items.append(x * 2)
    return out


def list_after_end():
    items = [1]

    def g():
        for x in items:
            yield x
        yield "end"
        for x in items:
            yield x

    x = g()
    out = [next(x), next(x)]
    items.append(7)
    return out + list(x)


def slices(text, n):
    def chunks():
        for i in range(0, len(text), n):
            yield text[i : i + n]

    return list(chunks()), "|".join(chunks()), sorted(set(chunks())), max(chunks(), default=None)


def floats(n):
    def walk(x):
        v = 0.5
        for i in range(n):
            v = v * 0.9 + x * 0.1
            yield v

    return list(walk(2.0)), sum(walk(3)), min(walk(1.0), default=0)


def lines(text):
    def tokens():
        word = ""
        for c in text:
            if c == " ":
                if word:
                    yield word
                word = ""
            else:
                word += c
        if word:
            yield word

    return [(w, len(w)) for w in tokens()], dict(zip(tokens(), itertools.count()))


def assigned_yield(n):
    def g():
        total = 0
        while True:
            x = yield total
            if x is None:
                total += 1
            else:
                total += x

    x = g()
    out = [next(x)]
    for i in range(n):
        out.append(x.send(i) if i % 2 else next(x))
    return out


def expression_yield(n):
    def g():
        out = []
        for i in range(n):
            out.append(str((yield i)) + repr((yield -i)))
        return out

    def through():
        yield (yield from g())

    return list(through())


def returns_value(n):
    def g():
        yield from count(n)
        return n * 2

    def h():
        a = yield from g()
        b = yield from g()
        yield a + b

    return list(h())


def finishes_twice(n):
    g = count(n)
    return list(g), list(g), next(g, "over"), g.gi_frame


CASES = [
    (inorder, (0 + 1,)),
    (inorder, (60,)),
    (counted, (20,)),
    (kept, (20,)),
    (zipped, (10,)),
    (chained, (2,)),
    (deep, (50,)),
    (too_deep, ()),
    (sends, ([1, "a", None, 3],)),
    (send_at_start, (1,)),
    (closes, (6,)),
    (ignores_exit, ()),
    (reenters, ()),
    (stops_inside, (3,)),
    (raises_through, (5, 3)),
    (raises_through, (5, 9)),
    (catches_through, (5, 3)),
    (catches_through, (3, 9)),
    (of_iterators, (3, None)),
    (of_iterators, (3, ValueError("v"))),
    (throws_into_iterators, (5,)),
    (handled, (3,)),
    (frames, (3,)),
    (seen_locals, (4,)),
    (traceback_lines, (3,)),
    (cells, (6,)),
    (owns_cells, (6,)),
    (two, (20,)),
    (changes_types, ([1, 2, 3],)),
    (changes_types, ([1, 2.5, 3, 1j],)),
    (changes_types, ([1, 2**70, 3, "x"],)),
    (big, (60,)),
    (unbound, (True, 3)),
    (unbound, (False, 3)),
    (grid, (4, 3)),
    (list, (permutations([1, 2, 3]),)),
    (with_block, (5,)),
    (dies_in_order, (3,)),
    (of_dict, ({"a": 1, "b": 2},)),
    (changed_while, ({"a": 1},)),
    (grows, ([1, 5],)),
    (list_after_end, ()),
    (slices, ("abcdefgh", 3)),
    (floats, (6,)),
    (lines, ("the quick  brown fox ",)),
    (assigned_yield, (6,)),
    (expression_yield, (3,)),
    (returns_value, (3,)),
    (finishes_twice, (4,)),
]


def number_lists(n):
    def g():
        xs = [0] * n
        rows = [[0.0] * 3 for _ in range(3)]
        for i in range(n):
            xs[i] = i * i
            rows[i % 3][1] += i
        yield sum(xs)
        yield xs[2], xs
        ys = []
        for i in range(n):
            ys.append(i)
            xs[i] += ys[-1]
        yield ys, rows
        xs.append("end")
        yield xs

    x = g()
    out = [next(x), x.gi_frame.f_locals["xs"][:], next(x)[0]]
    return out + [repr(v) for v in x]


def swaps(n):
    def g():
        a, b = 0, 1
        t = (a, b)
        while b < n:
            t = (t[1], b)
            yield t
            a, b = b, a + b
        return t

    def through():
        yield (yield from g())

    return list(through())


def all_permutations(n):
    return [tuple(p) for p in permutations(list(range(n)))]


def all_primes(n):
    return list(primes(n)), sum(primes(n))


CASES = [(f, a) for f, a in CASES if f is not list]
CASES += [(number_lists, (6,)), (swaps, (40,)), (all_permutations, (4,)), (all_primes, (100,))]


def simple(v, w):
    for k in range(3):
        yield v + k * w


def where(g):
    frame = g.gi_frame
    return frame and (frame.f_lineno, frame.f_lasti), g.gi_suspended, g.gi_running


def not_begun(n):
    """A generator that is made where native code is left stands where CPython's stands."""
    g = simple(n, 2)
    h = simple(n, 3)
    LOG.append(next(h))
    return [where(g), where(h), drained(), list(g), where(g), list(h)]


CASES += [(not_begun, (3,)), (not_begun, (2**63,))]


class Stepping:
    def __init__(self):
        self.v = 0
        self.seen = []

    def step(self):
        self.v += 1
        self.seen.append(self.v)
        return self.v


def comprehensions(items):
    yield [x * 2 for x in items]
    yield [x // 1 for x in items]


def sums(items):
    for v in items:
        yield sum(x * v for x in items)


def late_sums(items):
    g = (x for x in items)
    yield list(g)
    g = (x + 1 for x in items)
    yield sum(g)


def conditions(items):
    for i in items:
        i = (yield) or i
        if 4 > sum(v * 2**62 for v in items) and i < 5:
            continue
    return i


def steps(n):
    stepping = Stepping()
    for _ in range(n):
        yield stepping.step()
    yield stepping.seen


def no_room(items):
    """What is built into a generator has no more of its stack than CPython had."""
    return [list(g(items)) for g in (comprehensions, sums, late_sums, conditions)] + [list(steps(len(items))) for _ in range(14)]


CASES += [(no_room, (items,)) for items in ([1, 3, 5], [1, 2**63, 3], [0, -(2**62)], ["a", 1])]
