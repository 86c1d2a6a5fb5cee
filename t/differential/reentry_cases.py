"""Calls that leave native code in the middle of a loop, and may enter it again at the loop's head: what is in the frame
then, what runs meanwhile, and how it ends."""
import sys

LOG = []
BIG = 2**62


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append("del " + self.name)


class Number:
    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return self.value + other

    __radd__ = __add__

    def __repr__(self):
        return "Number(%r)" % self.value


def told():
    said = LOG[:]
    LOG.clear()
    return said


def item_turns(items):
    """The types change for good."""
    total = 0
    for item in items:
        total = total + item
    return total


def one_other(items):
    """One item is of another kind."""
    total = 0
    for item in items:
        if item == "x":
            continue
        total += item * 2
    return total


def overflows(n, step):
    total = 1
    i = 0
    while i < n:
        total += step
        if total > BIG:
            total -= BIG
            total -= BIG
        i += 1
    return total, i


def nested(rows):
    total = 0
    for row in rows:
        part = 0
        for value in row:
            part += value
            part = part * 3 % 1000 if part.__class__ is int else part
        total += part
    return total


def nested_while(n, m, values):
    i = total = 0
    while i < n:
        j = 0
        while j < m:
            total += values[(i * m + j) % len(values)]
            j += 1
        else:
            total += 1
        i += 1
    else:
        total -= 1
    return total


def breaks(items, stop):
    found = -1
    for i in range(len(items)):
        if items[i] == stop:
            found = i
            break
        found += items[i] * 0
    else:
        return "none", found
    return found, i


def continues(items):
    n = kept = 0
    for item in items:
        n += 1
        if item < 0:
            continue
        kept += item
    return n, kept


def enumerated(items):
    total = 0
    for i, item in enumerate(items):
        total += i * item
    return total


def zipped(left, right):
    total = 0
    for a, b in zip(left, right):
        total += a * b
    return total


def over_dict(d):
    total = 0
    for key in d:
        total += d[key]
    for key, value in d.items():
        total += value * 2
    return total


def squares(items):
    for item in items:
        yield item * item


def over_generator(items):
    total = 0
    for square in squares(items):
        total += square
    return total


def over_tuple(n, items):
    total = 0
    for i in range(n):
        for item in (1, 2, items[i]):
            total += item
    return total


def over_text(text, other):
    n = 0
    seen = ""
    for c in text:
        n += ord(c)
        seen += c
        if c == other:
            n = n + 0.5
    return n, seen


def downwards(n, items):
    out = []
    for i in range(n, -n, -3):
        out.append(items[i] + i)
    return out


def in_try(items):
    total = caught = 0
    for item in items:
        try:
            total += 10 // item
        except ZeroDivisionError as e:
            caught += 1
            total += len(str(e))
        finally:
            caught += 2
    return total, caught


def try_around(items):
    total = i = 0
    try:
        for i in range(100):
            total += items[i]
    except IndexError as e:
        return "IndexError", str(e), i, total
    except TypeError as e:
        return "TypeError", str(e), i, total, sys.exc_info()[2].tb_lineno
    return total


def loop_in_handler(items):
    total = 0
    try:
        raise ValueError("first")
    except ValueError:
        for item in items:
            total += item
            if item == 7:
                total += sys.exc_info()[1].args[0] == "first"
    return total, sys.exc_info()[1]


class Manager:
    def __enter__(self):
        LOG.append("enter")
        return 3

    def __exit__(self, kind, value, traceback):
        LOG.append("exit %s" % kind)
        return kind is KeyError


def in_with(items):
    total = 0
    with Manager() as three:
        for item in items:
            total += item * three
            if item == "k":
                raise KeyError(item)
    return total


def raises_later(items, where):
    total = 0
    for i, item in enumerate(items):
        total += item
        if i == where:
            raise ValueError(
                "at %d: %r" % (i, total)
            )
    return total


def lines_of(items):
    try:
        raises_later(items, len(items) - 1)
    except ValueError as e:
        t = e.__traceback__
        lines = []
        while t:
            lines.append((t.tb_frame.f_code.co_name, t.tb_lineno - t.tb_frame.f_code.co_firstlineno))
            t = t.tb_next
        return lines, str(e)


def dies(items):
    kept = Dies("first")
    for item in items:
        kept = Dies(str(item * 2)) if item != 3 else kept
        LOG.append("round")
    LOG.append("end")
    return item


def dies_in_place(n, items):
    for holder in [[Dies("a")], [Dies("b")], [Dies("c")]]:
        for i in range(n):
            if items[i] == 0.5:
                LOG.append("half")
        LOG.append("next")
    del holder
    LOG.append("out")


def iterator_is_seen(n, change):
    """The iterator has a name, too."""
    it = iter(range(n))
    out = []
    for i in it:
        out.append(i * change[i % len(change)])
        if i % 10 == 5:
            out.append(next(it, None))
    return out


def list_iterator_is_seen(items):
    it = iter(items)
    out = 0
    for item in it:
        out += item
        if item == 4:
            out += next(it)
    return out, list(it)


def list_grows(items):
    total = 0
    for item in items:
        total += item
        if len(items) < 60:
            items.append(item / 2 if item % 3 == 0 else item)
    return total, len(items)


def deep(n, items):
    """Itself, in a loop."""
    total = 0
    for i in range(n):
        total += items[i % len(items)]
        if i == 3 and n > 4:
            total += deep(n - 1, items)
    return total


def sometimes_bound(items):
    for item in items:
        if item == 5:
            late = item
        item += 1
    try:
        return item, late
    except NameError as e:
        return item, str(e)


def deletes(items):
    total = 0
    for item in items:
        part = item + 1
        total += part
        del part
    try:
        return part
    except UnboundLocalError as e:
        return total, str(e)


def counts_in_cell(items):
    total = 0

    def add(x):
        nonlocal total
        total += x

    for item in items:
        add(item)
        total += 1
    return total


def makes_closures(items):
    out = []
    for item in items:
        out.append(lambda: item)
        item * 2
    return [f() for f in out][:3], len(out)


def frees(factor):
    def inner(items):
        total = 0
        for item in items:
            total += item * factor
        return total

    return inner


def calls_free(items, factor):
    return frees(factor)(items)


class Base:
    def total(self, items):
        return len(items)


class Derived(Base):
    def total(self, items):
        n = 0
        for item in items:
            n += item
            if item == 9:
                n += super().total(items)
        return n


def calls_super(items):
    return Derived().total(items)


def changes_argument(n, items):
    while n:
        n -= 1
        items = items[1:] + items[:1]
        if items[0] == "s":
            items = [1, 2.5]
    return items


def unpacks(pairs):
    total = 0
    for (a, b), *rest in pairs:
        total += a * b + len(rest)
    return total


def comprehends(rows):
    out = []
    for row in rows:
        out.append(sum(x * 2 for x in row))
        out.append([x for x in row if x])
    return out


def three_deep(n, items):
    total = 0
    for i in range(n):
        for j in range(i):
            for k in range(j):
                total += items[(i + j + k) % len(items)]
    return total


def with_none(items):
    best = None
    for item in items:
        if best is None or item > best:
            best = item
    return best


def while_true(items):
    i = total = 0
    while True:
        total += items[i]
        i += 1
        if i == len(items):
            return total


def while_not_none(node):
    total = 0
    while node is not None:
        total += node[0]
        node = node[1]
    return total


def chain(values):
    node = None
    for value in reversed(values):
        node = (value, node)
    return node


def while_chain(values):
    return while_not_none(chain(values))


def sees_frame(items):
    lines = set()
    total = 0
    for item in items:
        total += item
        if item == 2.5:
            frame = sys._getframe()
            lines.add((frame.f_lineno - frame.f_code.co_firstlineno, frame.f_code.co_name, len(frame.f_code.co_consts)))
            lines.add(sorted(frame.f_locals)[0])
    return total, sorted(map(str, lines))


def long_body(items):
    """A way back over more code than one byte says."""
    a = b = c = d = 0
    for item in items:
        a += item * 3 + b - c * 2 + d
        b += item * 5 - a + c * 3 - d
        c += item + a * 2 - b + d * 2
        d += item - a + b * 2 - c
        a = a * 7 - b * 2 + c - d * 3 + 1
        b = b * 5 - c * 2 + d - a * 3 + 2
        c = c * 3 - d * 2 + a - b * 3 + 3
        d = d * 2 - a * 2 + b - c * 3 + 4
        a = a % 1000 if a > b else a % 999
        b = b % 1000 if b > c else b % 999
        c = c % 1000 if c > d else c % 999
        d = d % 1000 if d > a else d % 999
        a += b * c - d * 2 + item
        b += c * d - a * 2 + item
        c += d * a - b * 2 + item
        d += a * b - c * 2 + item
        a, b, c, d = a % 97, b % 89, c % 83, d % 79
    return a, b, c, d


def compares(limit, values):
    i = n = 0
    x = 0
    while x < limit:
        x += values[i % len(values)]
        i += 1
        while n * 2.0 < x:
            n += 1
    return i, n, x


def compares_text(words):
    i = 0
    word = ""
    while word != "end":
        word = words[i]
        if word == "odd":
            i += True
        i += 1
    return i


INTS = list(range(1, 40))
CHANGE = INTS[:20] + [0.5] + INTS
FOR_GOOD = INTS[:20] + [x + 0.25 for x in INTS]
ODD = INTS[:11] + [BIG * 4] + INTS + [True, 1.5, -7] + INTS
STRANGE = INTS[:9] + [Number(4)] + INTS
TURNS = [INTS, CHANGE, FOR_GOOD, ODD]

CASES = []
for _function in (item_turns, continues, enumerated, over_generator, counts_in_cell, sometimes_bound, deletes, makes_closures,
                  calls_super, with_none, while_true, while_chain, sees_frame, long_body, list_grows, list_iterator_is_seen,
                  dies, lines_of, loop_in_handler, in_try, try_around, in_with):
    for _items in TURNS:
        CASES.append((_function, (_items,)))
CASES += [
    (item_turns, (STRANGE,)),
    (item_turns, (INTS[:15] + ["no"] + INTS,)),
    (one_other, (INTS + ["x"] + INTS + ["x", "y"] + INTS,)),
    (one_other, (INTS + ["x"] + INTS,)),
    (one_other, (INTS + [0.5] + INTS + ["x", [1]] + INTS,)),
    (overflows, (50, BIG // 3)),
    (overflows, (60, BIG // 3 + 0.0)),
    (overflows, (5000, 2**61)),
    (nested, ([INTS, CHANGE, INTS, FOR_GOOD, INTS],)),
    (nested, ([INTS, INTS, [], [1.5], INTS],)),
    (nested, ([INTS, [None], INTS],)),
    (nested_while, (10, 12, CHANGE)),
    (nested_while, (12, 3, FOR_GOOD)),
    (nested_while, (3, 12, ODD)),
    (breaks, (CHANGE, 30)),
    (breaks, (FOR_GOOD, 0)),
    (breaks, (ODD, 1.5)),
    (breaks, ([], 1)),
    (zipped, (CHANGE, FOR_GOOD)),
    (zipped, (ODD, ODD[3:])),
    (over_dict, (dict(enumerate(CHANGE)),)),
    (over_dict, (dict(enumerate(ODD)),)),
    (over_tuple, (50, CHANGE)),
    (over_tuple, (50, FOR_GOOD)),
    (over_text, ("abcdefgh" * 4, "d")),
    (over_text, ("abcdefgh\u20ac\U0001f40d" * 4, "h")),
    (downwards, (20, CHANGE)),
    (downwards, (20, ODD)),
    (in_try, (INTS + [0, 0.0, BIG * 4, 0] + INTS + ["x"] + INTS,)),
    (in_try, (INTS + [0, 2.5, BIG * 4, 0] + INTS,)),
    (try_around, (INTS * 3,)),
    (try_around, (INTS + [None] + INTS * 2,)),
    (try_around, (INTS + [0.5] + INTS * 2,)),
    (in_with, (INTS + [0.5] + INTS + ["k"],)),
    (lines_of, (INTS + [0.5, BIG * 8] + INTS + ["z"],)),
    (dies, ([1, 2, 3, 4.5, 5, 3, 6, "s", 7],)),
    (dies_in_place, (25, CHANGE)),
    (iterator_is_seen, (45, CHANGE)),
    (iterator_is_seen, (45, [1, 2, BIG * 8, 3])),
    (deep, (12, CHANGE)),
    (deep, (30, FOR_GOOD)),
    (calls_free, (CHANGE, 3)),
    (calls_free, (ODD, 3)),
    (calls_free, (INTS, BIG * 2)),
    (changes_argument, (40, [1, 2, "s", 4, 5])),
    (changes_argument, (40, (1, 2, 3))),
    (unpacks, ([((1, 2), 3)] * 20 + [((1, 2.5), 3, 4)] + [((1, 2),)] * 20,)),
    (unpacks, ([((1, 2), 3)] * 20 + [((1,), 3, 4)] + [((1, 2),)] * 20,)),
    (comprehends, ([INTS, CHANGE, [], FOR_GOOD, INTS],)),
    (three_deep, (9, CHANGE)),
    (three_deep, (12, ODD)),
    (compares, (900, CHANGE)),
    (compares, (900.5, INTS)),
    (compares_text, (["a"] * 20 + ["odd", None, 3, "b"] * 5 + ["end"],)),
]
