"""Calls that begin in CPython and get native code in the middle of a loop: what the frame holds then, what looks at it
from outside, and how it ends."""
import sys

LOG = []


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append("del " + self.name)


def told():
    said = LOG[:]
    LOG.clear()
    return said


def counted(n):
    s = 0
    for i in range(n):
        s += i % 7
    return s


def while_less(n):
    i = s = 0
    while i < n:
        i += 1
        s += i
    return i, s


def while_true(n):
    i = 0
    while True:
        i += 3
        if i > n:
            return i


def while_truth(items):
    found = []
    while items:
        found.append(items.pop())
    return found


def while_none(node):
    n = 0
    while node is not None:
        node = node[0]
        n += 1
    return n


def while_other(n):
    i = 0
    while not i >= n:
        i += 1
    else:
        i = -i
    return i


def nested(n):
    s = 0
    for i in range(n):
        for k in range(i):
            for m in (1, 2.5, "x"):
                if m == "x":
                    break
                s += m * k
        else:
            s += 1
    return s


def several(items):
    a = b = c = 0
    for x in items:
        a += x
    for i, x in enumerate(items):
        b += i * x
    for x, y in zip(items, reversed(items)):
        c += x * y
    while c > 100:
        c //= 2
    return a, b, c


def dict_items(d):
    s = 0
    for k, v in d.items():
        s += len(k) * v
    return s


def dict_counts(text):
    counts = {}
    for c in text:
        counts[c] = counts.get(c, 0) + 1
    return sorted(counts.items())


def sets(items):
    seen = set()
    for x in items:
        if x in seen:
            return x
        seen.add(x)
    return seen


def squares(n):
    for i in range(n):
        yield i * i


def generator(n):
    s = 0
    for x in squares(n):
        s += x
    return s


def expression(n):
    return sum(x * x for x in range(n)), [x + 1 for x in range(n)], {x: -x for x in range(n)}


def strings(n):
    text = ""
    for i in range(n):
        text += str(i)
    return text


def cells(n):
    s = 0

    def add(x):
        nonlocal s
        s += x

    for i in range(n):
        add(i)
    return s


def made(n):
    functions = []
    for i in range(n):
        functions.append(lambda i=i: i * n)
    return [f() for f in functions]


def free(n):
    def inner():
        s = 0
        for i in range(n):
            s += i
        return s

    return inner()


def tries(items):
    s = bad = 0
    for x in items:
        try:
            s += 10 // x
        except ZeroDivisionError:
            bad += 1
        finally:
            s += 1
    return s, bad


def around(items):
    s = 0
    try:
        for x in items:
            s += 10 // x
    except ZeroDivisionError as e:
        return s, str(e)
    return s


class Managed:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        LOG.append("enter")
        return self

    def __exit__(self, kind, value, tb):
        LOG.append(("exit", kind and kind.__name__, tb and tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
        return True


def managed(items):
    s = 0
    with Managed("m"):
        for x in items:
            s += 10 // x
    return s


def in_handler(items):
    s = 0
    try:
        raise KeyError("k")
    except KeyError as e:
        for x in items:
            s += x
        s += len(e.args)
        try:
            raise ValueError
        except ValueError as v:
            return s, repr(v.__context__)


def raises(items):
    s = 0
    for x in items:
        s += x
    return s


def reraises(items):
    for x in items:
        try:
            int(x)
        except ValueError:
            raise
    return "ints"


def overflows(n):
    p = 1
    for i in range(n):
        p = p * 3 + i
    return p


def turns(items):
    s = 0
    for x in items:
        s = s + x
    return s


def unbound(n):
    for i in range(n):
        if i > 3:
            x = i
    return x


def deleted(n):
    x = 0
    for i in range(n):
        y = x
        del x
        x = y + i
    return x


def rebinds(a, *rest, key=3, **more):
    for x in rest:
        a += x * key
        rest = None
    return a, rest, sorted(more)


def frame_code(n):
    mine = set()
    for i in range(n):
        f = sys._getframe()
        mine.add((f.f_code is frame_code.__code__, f.f_lineno - f.f_code.co_firstlineno, f.f_code.co_name))
        mine.add(f.f_lasti == sys._getframe().f_lasti)
    return sorted(map(str, mine))


def names(n):
    total = 0
    for i in range(n):
        total += len(locals())
        late = i
    return total, late


def below(n):
    f = sys._getframe(1)
    return f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno, f.f_code is above.__code__


def above(n):
    seen = []
    for i in range(n):
        seen.append(below(i))
    return seen[-1], len(seen)


def frames_kept(n):
    kept = []
    for i in range(n):
        kept.append(sys._getframe())
    return len({id(f) for f in kept}), kept[0].f_code.co_name, kept[-1].f_code is frames_kept.__code__


def dies(n):
    last = None
    for i in range(n):
        last = Dies(str(i))
    LOG.append("loop ended")
    return i


def dies_in_call(n):
    for x in [Dies("item") for i in range(n)]:
        LOG.append(x.name)
        del x
    return n


def iterator_seen(items):
    it = iter(items)
    found = []
    for x in it:
        found.append((x, next(it, None)))
    return found


def grows(items):
    for x in items:
        if len(items) < 40:
            items.append(x + 1)
    return items


def recursive(n):
    s = 0
    for i in range(n):
        s += 1 + recursive(i)
    return s


def same_line(n):
    s = 0
    while n: s += n; n -= 1
    return s


def long_way(n):
    s = 0
    for i in range(n):
        s += i; s += i; s += i; s += i; s += i; s += i; s += i; s += i; s += i; s += i
        s -= i; s -= i; s -= i; s -= i; s -= i; s -= i; s -= i; s -= i; s -= i; s -= i
        s += i; s += i; s += i; s += i; s += i; s += i; s += i; s += i; s += i; s += i
        s -= i; s -= i; s -= i; s -= i; s -= i; s -= i; s -= i; s -= i; s -= i; s -= i
        s += i; s += i; s += i; s += i; s += i; s += i; s += i; s += i; s += i; s += i
        s += i; s += i; s += i; s += i; s += i; s += i; s += i; s += i; s += i; s += i
    t = [s]
    t.append(s); t.append(s); t.append(s); t.append(s); t.append(s); t.append(s); t.append(s)
    t.append(s); t.append(s); t.append(s); t.append(s); t.append(s); t.append(s); t.append(s)
    t.append(s); t.append(s); t.append(s); t.append(s); t.append(s); t.append(s); t.append(s)
    t.append(s); t.append(s); t.append(s); t.append(s); t.append(s); t.append(s); t.append(s)
    t.append(s); t.append(s); t.append(s); t.append(s); t.append(s); t.append(s); t.append(s)
    return t


CHAIN = [[[[[[None]]]]]]
def identity(n):
    x = n * 1000
    y = x
    z = n * 1000
    f = n / 3
    g = f
    nan = float("nan")
    held = [nan, x]
    t = 0
    for i in range(60):
        t += i
    return x is y, x is z, f is g, f is not nan, nan in held, held[1] is x, t, f + t


CASES = [
    (identity, (7,)),
    (counted, (30,)), (counted, (1,)), (counted, (0,)), (while_less, (30,)), (while_less, (30.5,)), (while_true, (50,)),
    (while_truth, ([1, "a", 2.5, None, 4, 5],)), (while_none, (CHAIN,)), (while_other, (9,)), (nested, (7,)),
    (several, ([3, 1, 4, 1, 5, 9, 2, 6],)), (several, ([3.5, 1, 4, 1.5],)), (dict_items, ({"a": 1, "bb": 2, "ccc": 3.5},)),
    (dict_counts, ("mississippi",)), (sets, ([5, 3, 8, 1, 3, 9],)), (sets, (["a", "b", "c"],)), (generator, (9,)),
    (expression, (9,)), (strings, (20,)), (cells, (9,)), (made, (6,)), (free, (12,)), (tries, ([1, 2, 0, 3, 0, 0.5, 4],)),
    (tries, ([1, 2, "x", 3],)), (around, ([1, 2, 5, 3, 0, 4],)), (around, ([1, 2, 5, 3],)), (managed, ([1, 2, 5, 0, 3],)),
    (managed, ([1, 2, 5, 3],)), (in_handler, ([1, 2, 3, 4],)), (raises, ([1, 2, 3, "x", 4],)),
    (reraises, (["1", "2", "3", "y"],)), (reraises, (["1", "2", "3"],)), (overflows, (60,)),
    (turns, ([1, 2, 3, 4.5, 5, 6, 7, True, 2**70, 1j, 3],)), (unbound, (9,)), (unbound, (3,)), (deleted, (9,)),
    (rebinds, (1, 2, 3, 4, 5)), (frame_code, (9,)), (names, (9,)), (above, (9,)), (frames_kept, (9,)),
    (dies, (7,)), (dies_in_call, (5,)), (iterator_seen, ([1, 2, 3, 4, 5, 6, 7],)), (grows, ([1, 2, 3],)),
    (recursive, (7,)), (same_line, (9,)), (long_way, (9,)), (counted, (True,)), (counted, ("x",)),
]
