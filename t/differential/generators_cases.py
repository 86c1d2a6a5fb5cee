"""Loops over generators of the module, whose bodies are built into the loops, and those that are not."""
import sys

DIED = []


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        DIED.append(self.name)


def count_up(n):
    i = 0
    while i < n:
        yield i
        i += 1


def evens(n, start=0):
    for i in range(start, n):
        if i % 2 == 0:
            yield i


def pairs(items):
    last = None
    for item in items:
        if last is not None:
            yield last, item
        last = item


def words(text):
    word = []
    for char in text:
        if char.isalpha():
            word.append(char.lower())
        elif word:
            yield "".join(word)
            word.clear()
    if word:
        yield "".join(word)


def fibonacci(limit):
    a, b = 0, 1
    while a < limit:
        yield a
        a, b = b, a + b


def empty():
    return
    yield


def returns(n):
    for i in range(n):
        yield i
    return "ignored"


def raises(n):
    yield 1
    yield 2
    yield 1 // n


def raises_late(items):
    for i in range(10):
        yield items[i]


def closes(log):
    try:
        yield 1
        yield 2
    finally:
        log.append("closed")


def nested(n):
    for i in count_up(n):
        for j in count_up(i):
            yield i * j


def receives(n):
    for i in range(n):
        got = yield i
        if got is not None:
            yield "got"


def looks(n):
    for i in range(n):
        yield sys._getframe(0).f_code.co_name, sys._getframe(1).f_code.co_name, sys._getframe(1).f_lineno


def holds(log):
    a = Dies("a")
    b = [Dies("b")]
    for i in range(3):
        for c in [Dies("c")]:
            yield len(log)
    log.append((a, b) is None)


def squares_to(n, f=3):
    for i in range(n):
        yield i * i * f


def calls_python(n):
    for i in range(n):
        yield twice(i)


def twice(x):
    return x + x


def tree(node):
    if node:
        for x in tree(node[0]):
            yield x
        yield node[1]
        for x in tree(node[2]):
            yield x


def delegates(n):
    yield from count_up(n)
    yield -1


def with_cell(n):
    f = lambda: n
    for i in range(n):
        yield f() + i


def sum_up(n):
    t = 0
    for i in count_up(n):
        t += i
    return t


def sum_evens(n):
    t = 0
    for i in evens(n):
        t += i
    else:
        t += 1000
    return t


def sum_evens_from(n, start):
    t = 0
    for i in evens(n, start):
        t += i
    return t


def count_words(text):
    counts = {}
    for word in words(text):
        counts[word] = counts.get(word, 0) + 1
    return counts


def sum_pairs(items):
    t = 0
    for a, b in pairs(items):
        t += a * b
    return t


def fib_sum(limit):
    t = 0
    for x in fibonacci(limit):
        t += x
    return t


def of_empty():
    for _ in empty():
        return 1
    return 2


def of_returns(n):
    out = []
    for x in returns(n):
        out.append(x)
    return out


def of_raises(n):
    out = []
    try:
        for x in raises(n):
            out.append(x)
    except ZeroDivisionError as e:
        out.append(str(e))
        out.append(e.__traceback__.tb_next.tb_frame.f_code.co_name)
        out.append(e.__traceback__.tb_next.tb_lineno - e.__traceback__.tb_next.tb_frame.f_code.co_firstlineno)
    return out


def uncaught(items):
    t = 0
    for x in raises_late(items):
        t += x
    return t


def breaks(n, at):
    for x in count_up(n):
        if x == at:
            break
    else:
        return "all"
    return x


def of_closes(at):
    log = []
    for x in closes(log):
        if x == at:
            break
    log.append(x)
    return log


def of_nested(n):
    t = 0
    for x in nested(n):
        t = t * 3 % 1000003 + x
    return t


def of_receives(n):
    return [x for x in receives(n)]


def of_looks(n):
    out = []
    for x in looks(n):
        out.append(x)
    return out


def of_holds(at):
    log = []
    DIED.clear()
    for x in holds(log):
        log.append((x, list(DIED)))
        if len(log) == at:
            break
    log.append(list(DIED))
    return log


def comprehension(n):
    return [x + 1 for x in squares_to(n, 2)], {x for x in count_up(n)}, {x: y for x, y in pairs(range(n))}


def of_calls(n):
    t = 0
    for x in calls_python(n):
        t += x
    return t


def of_tree(depth):
    def make(d):
        return (make(d - 1), d, make(d - 1)) if d else None
    out = []
    for x in tree(make(depth)):
        out.append(x)
    return out


def of_delegates(n):
    return [x for x in delegates(n)]


def of_cells(n):
    t = 0
    for x in with_cell(n):
        t += x
    return t


def two_at_once(n):
    t = 0
    for a in count_up(n):
        for b in evens(n):
            t += a * b
        for b in evens(a):
            if b > 3:
                break
            t -= b
    return t


def outgrows(n):
    t = 1
    for x in fibonacci(10**30):
        t = t * (x + 1)
        if t > 10**n:
            return t
    return -t


def wrong_arguments(n):
    try:
        for x in count_up(n, n):
            pass
    except TypeError as e:
        return str(e)


def not_a_number(x):
    t = 0
    for i in count_up(x):
        t += i
    return t


def changed(n):
    global count_up
    t, old = 0, count_up
    for i in count_up(n):
        t += i
        if i == 3:
            count_up = squares_to
            break
    try:
        for i in count_up(n):
            t += 1000 * i
    finally:
        count_up = old
    return t


def stored(n):
    g = count_up(n)
    t = 0
    for i in g:
        t += i
        if i == 2:
            break
    for i in g:
        t += 100 * i
    return t


def returns_inside(n):
    for i in count_up(n):
        for j in evens(n):
            if i + j > 10:
                return i, j
    return None


def deletes(n):
    items = list(range(n))
    out = []
    for a, b in pairs(items):
        if a == 3:
            items.clear()
        out.append(a + b)
    del items
    return out


TEXTS = ["", "a", "one two  three", "One, one: ONE! two", "x" * 50 + " y", "\u00e9t\u00e9 \u00c9T\u00c9", "\u4e2d\u6587 \u4e2d\u6587"]
SIZES = [0, 1, 2, 5, 6, 30, -1, True]
CASES = [(f, (n,)) for f in (sum_up, sum_evens, fib_sum, of_returns, of_nested, of_receives, comprehension, of_calls, of_delegates, of_cells, two_at_once, changed, stored, returns_inside, deletes, outgrows) for n in SIZES]
CASES += [(sum_evens_from, (n, s)) for n in SIZES for s in (0, 3, -4)]
CASES += [(count_words, (t,)) for t in [*TEXTS, 5, ["ab", "c", " "], b"ab"]]
CASES += [(sum_pairs, (x,)) for x in ([], [1], [1, 2, 3], (2.5, 3, 4), range(50), [2**62, 4, 5], ["a", 2, 3], [None, 1, 2], 7)]
CASES += [(of_empty, ()), (of_raises, (0,)), (of_raises, (1,)), (of_raises, (2,))]
CASES += [(uncaught, (x,)) for x in ([], [1, 2, 3], list(range(10)), list(range(20)), [0.5] * 12, ["a"] * 10, None)]
CASES += [(breaks, (n, a)) for n in SIZES for a in (0, 1, 4, 99)] + [(of_closes, (a,)) for a in (1, 2, 3)]
CASES += [(of_looks, (n,)) for n in (0, 1, 3)] + [(of_holds, (a,)) for a in (1, 2, 3, 9)] + [(of_tree, (d,)) for d in (0, 1, 2, 4)]
CASES += [(wrong_arguments, (2,))] + [(not_a_number, (x,)) for x in (3, 3.5, "x", None, 2**70, -(2**70))][:3] + [(not_a_number, (x,)) for x in ("x", None, -(2**70))]


def fused(n):
    return sum(x * 2 for x in count_up(n)), any(x > 3 for x in evens(n)), list(a + b for a, b in pairs(range(n))), sorted(-x for x in count_up(n))


def fused_raises(items):
    return sum(x for x in raises_late(items))


def in_a_comprehension(n):
    return [[x * y for x in count_up(y)] for y in evens(n)]


CASES += [(f, (n,)) for f in (fused, in_a_comprehension) for n in SIZES]
CASES += [(fused_raises, (x,)) for x in ([], [1, 2, 3], list(range(10)), [0.5] * 12, ["a"] * 10)]


def holds_given(items):
    a = items.pop()
    for i in range(2):
        for c in [items.pop(), items.pop()]:
            yield i
    del a


def of_given(at):
    items = [Dies(k) for k in range(8)]
    log = []
    DIED.clear()
    seen = 0
    for _ in holds_given(items):
        log.append(list(DIED))
        seen += 1
        if seen == at:
            break
    log.append(list(DIED))
    return log


CASES += [(of_given, (a,)) for a in (1, 2, 3, 4, 5)]


def consumed(n):
    return sum(count_up(n)), any(evens(n)), all(count_up(n)), list(evens(n, 3)), tuple(pairs(range(n))), sorted(squares_to(n, -1)), bytes(evens(n))


def joined(text):
    return "-".join(words(text)), list(words(text))


def consumed_raises(items):
    return list(raises_late(items))


def summed(items):
    return sum(raises_late(items))


def consumed_looks(n):
    return list(looks(n))


def consumed_calls(n):
    return [sum(calls_python(n)), list(nested(n)), list(tree(((None, n, None), 2, None)))]


CASES += [(f, (n,)) for f in (consumed, consumed_looks, consumed_calls) for n in SIZES] + [(joined, (t,)) for t in TEXTS]
CASES += [(f, (x,)) for f in (consumed_raises, summed) for x in ([], [1, 2, 3], list(range(10)), [0.5] * 12, ["a"] * 10, [2**62] * 10)]


def handled_inside(n):
    t = 0
    for x in count_up(n):
        try:
            t += 60 // (x - 2)
        except ZeroDivisionError:
            t += 1000
    return t


def handled_outside(n):
    t, items, log = 0, [Dies(k) for k in range(8)], []
    DIED.clear()
    try:
        for x in holds_given(items):
            log.append(list(DIED))
            t += 60 // (x - n)
    except ZeroDivisionError as e:
        log.append(list(DIED))
        log.append(e.__traceback__.tb_lineno - e.__traceback__.tb_frame.f_code.co_firstlineno)
    return t, log


def stops(items):
    it = iter(items)
    while True:
        yield next(it)


def of_stops(items):
    out = []
    try:
        for x in stops(items):
            out.append(x)
    except RuntimeError as e:
        out.append((str(e), type(e.__cause__).__name__))
    return out


CASES += [(f, (n,)) for f in (handled_inside, handled_outside) for n in SIZES] + [(of_stops, (x,)) for x in ([], [1], [1, 2, 3], "ab")]
