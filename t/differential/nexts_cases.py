"""Loops over instances: __next__ is called directly, StopIteration of its own ends the loop; __iter__ and methods that are
generators are built into the loop."""
import sys

LOG = []


class Down:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n + 1


class Says(Exception):
    pass


class Of:
    """Its items, which may be anything; ends in several ways."""

    def __init__(self, items, how):
        self.items, self.how, self.at = items, how, 0

    def __iter__(self):
        LOG.append("iter")
        return self

    def __next__(self):
        at = self.at
        if at >= len(self.items):
            if self.how == "class":
                raise StopIteration
            if self.how == "call":
                raise StopIteration()
            if self.how == "value":
                raise StopIteration(at, self)
            if self.how == "inner":
                return next(iter(()))
            if self.how == "sub":
                raise Ends
            if self.how == "from":
                raise StopIteration from KeyError(at)
            if self.how == "finally":
                try:
                    raise StopIteration
                finally:
                    LOG.append(at)
            if self.how == "looks":
                LOG.append((sys._getframe(0).f_code.co_name, sys._getframe(1).f_code.co_name, sys._getframe(1).f_lineno))
                raise StopIteration
            raise Says(self.how)
        self.at = at + 1
        return self.items[at]


class Ends(StopIteration):
    def __init__(self, *args):
        LOG.append("made")


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(self.name)


def over(items, how):
    LOG.clear()
    out = []
    for x in Of(items, how):
        out.append(x)
    else:
        out.append("else")
    return out, list(LOG)


def pairs(items, how):
    LOG.clear()
    total = 0
    for a, b in Of(items, how):
        total += a * b
    return total, list(LOG)


def caught(items, how):
    LOG.clear()
    out = []
    try:
        for x in Of(items, how):
            out.append(x)
    except Says as e:
        tb = e.__traceback__
        while tb:
            out.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
            tb = tb.tb_next
    except StopIteration:
        out.append("not here")
    return out, list(LOG)


def counted(n):
    total = 0
    for i in Down(n):
        total += i
    return total


def twice(n):
    total, down = 0, Down(n)
    for i in down:
        if i == n // 2:
            break
        total += i
    for i in down:
        total += 100 * i
    for i in down:
        total += 10000
    return total


def nested(n):
    return [(i, j) for i in Down(n) for j in Down(i)]


def both(items, n):
    total = 0
    for it in (Down(n), items, Down(n), iter(items), {1: 2, 3: 4}, "12"):
        for x in it:
            total += int(x)
    return total


def dies(n):
    LOG.clear()
    for i in Of([Dies(k) for k in range(n)], "class"):
        LOG.append("body")
    LOG.append("end")
    i = None
    return list(LOG)


def replaced(n):
    old = Down.__next__
    out = []
    try:
        for i in Down(n):
            out.append(i)
            if i == 3:
                Down.__next__ = lambda self: old(self) * 100
    finally:
        Down.__next__ = old
    return out


def not_iterable(x):
    class No:
        __next__ = None

        def __iter__(self):
            return self

    class Wrong:
        def __iter__(self):
            return 5

    out = []
    for it in (No(), Wrong(), x):
        try:
            for i in it:
                out.append(i)
        except TypeError as e:
            out.append(str(e))
    return out


# ---- generators of classes


class Linked:
    def __init__(self, items):
        self.head = None
        for x in reversed(items):
            self.head = (x, self.head)

    def __iter__(self):
        node = self.head
        while node is not None:
            yield node[0]
            node = node[1]


class Grid:
    def __init__(self, w, h, f=1):
        self.w, self.h = w, h
        self.cells = [x * y * f for y in range(h) for x in range(w)]

    def __iter__(self):
        for y in range(self.h):
            for x in range(self.w):
                yield x, y, self.cells[y * self.w + x]

    def rows(self, step=1, *, extra=0):
        for y in range(0, self.h, step):
            yield self.cells[y * self.w : (y + 1) * self.w]

    def above(self, least, start=0):
        for c in self.cells[start:]:
            if c > least:
                yield c

    def looks(self):
        for c in self.cells:
            yield sys._getframe(0).f_code.co_name, sys._getframe(1).f_code.co_name, c

    def closes(self):
        try:
            for c in self.cells:
                yield c
        finally:
            LOG.append("closed")

    @staticmethod
    def numbers(n):
        for i in range(n):
            yield i

    @classmethod
    def made(cls, n):
        for i in range(n):
            yield cls(i, i).cells


class Other:
    def __iter__(self):
        return iter([7, 8, 9])

    def above(self, least, start=0):
        return [least, start]


def linked(items):
    total = []
    for x in Linked(items):
        total.append(x)
    return total, sum(Linked(items)) if all(type(x) is int for x in items) else None, list(Linked(items)), [y for y in Linked(items)]


def grid(w, h, f):
    total = 0
    for x, y, c in Grid(w, h, f):
        total += x * c - y
    return total


def rows(w, h, f):
    g, out = Grid(w, h, f), []
    for r in g.rows():
        out.append(sum(r))
    for r in g.rows(2):
        out.append(len(r))
    for c in g.above(3):
        out.append(c)
    for c in g.above(start=2, least=5):
        out.append(c)
    out.append(sum(g.above(1)))
    for c in g.numbers(h):
        out.append(c)
    for c in Grid.made(3):
        out.append(c)
    return out


def looks(w):
    return list(Grid(w, 2).looks())


def closes(w):
    LOG.clear()
    for c in Grid(w, 2).closes():
        if c > 3:
            break
        LOG.append(c)
    return list(LOG)


def either(which):
    it, total = Grid(4, 4) if which else Other(), 0
    for c in it.above(2):
        total += c
    for c in it:
        total += c if type(c) is int else c[2]
    return total


def mixed(n):
    total = 0
    for it in (Linked(list(range(n))), Other(), [1, 2, 3], (4, 5), Linked([1.5])):
        for x in it:
            total += x
    return total


def broken(n):
    total = 0
    for x in Linked([1, 2, 3, "a", 5]):
        if total == n:
            break
        total += x
    return total


def grown(n):
    g, total = Grid(5, 5, n), 0
    for c in g.above(-1):
        total += c * c
    return total


def changed(n):
    g, total = Grid(n, n), 0
    for x, y, c in g:
        if x == y == 1:
            g.w = 2
            g.cells.append(1)
        total += c
    return total


def rebound(n):
    old, out = Linked.__iter__, []
    try:
        for k in range(3):
            for x in Linked([1, 2, 3]):
                out.append(x)
            Linked.__iter__ = lambda self: iter("ab")
    finally:
        Linked.__iter__ = old
    return out


SIZES = [0, 1, 2, 3, 10, 40]
HOWS = ["class", "call", "value", "inner", "sub", "from", "finally", "looks", "raise"]
ITEMS = [[], [1, 2, 3], [1.5, 2.5], ["a", None, 3], [2**70, 1]]
CASES = [(f, (items, how)) for f in (over, caught) for items in ITEMS for how in HOWS]
CASES += [(pairs, (items, how)) for items in ([], [(1, 2), (3, 4)], [[1, 2]], [(1.5, 2), "ab"], [(1, 2, 3)]) for how in HOWS[:3]]
CASES += [(f, (n,)) for f in (counted, twice, nested, dies, replaced, looks, closes, mixed, broken, changed, rebound) for n in SIZES]
CASES += [(both, (items, n)) for items in ([], [1, 2], ["5"]) for n in SIZES[:4]]
CASES += [(not_iterable, (x,)) for x in (5, None, [1])]
CASES += [(linked, (items,)) for items in ITEMS]
CASES += [(f, (w, h, x)) for f in (grid, rows) for w, h in ((0, 0), (3, 2), (5, 6)) for x in (1, 2**62, 1.5, 2**70)]
CASES += [(either, (True,)), (either, (False,)), (either, (True,))]
CASES += [(grown, (n,)) for n in (1, 2**30, 2**40, 2**62, 0.5)]
