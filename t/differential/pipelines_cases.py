"""Generators that are given to other generators, kept in locals, and generator expressions of generators: their bodies
are built into one loop where nobody can tell."""
import sys

DIED = []


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        DIED.append(self.name)


def numbers(n):
    for i in range(n):
        yield i


def squares(it):
    for x in it:
        yield x * x


def evens(it):
    for x in it:
        if x % 2 == 0:
            yield x


def first_of(it, n):
    for x in it:
        if n <= 0:
            break
        n -= 1
        yield x


def window(values, n):
    buffer = []
    for v in values:
        buffer.append(v)
        if len(buffer) > n:
            buffer.pop(0)
        if len(buffer) == n:
            yield sum(buffer) / n


def strip(lines):
    for line in lines:
        yield line.strip()


def fields(lines):
    for line in lines:
        if line and not line.startswith("#"):
            yield line.split(",")


def amounts(rows):
    for row in rows:
        yield float(row[1])


def twice(it):
    for x in it:
        yield x
    for x in it:
        yield -x


def late(it, n):
    total = 0
    for i in range(n):
        total += i
    for x in it:
        total += x
        yield total


def both(a, b):
    for x in a:
        yield x
    for x in b:
        yield x


def divides(it, by):
    for x in it:
        yield x // by


def holds(name, n):
    a = Dies(name + "a")
    for i in range(n):
        b = [Dies(name + str(i))]
        yield i
    del a, b


def holds_it(it, name):
    before = Dies(name)
    for x in it:
        yield x
    del before


def loop(n):
    t = 0
    for x in evens(squares(numbers(n))):
        t += x
    return t


def consumed(n):
    return sum(evens(squares(numbers(n)))), list(squares(evens(numbers(n)))), any(x > 50 for x in squares(numbers(n)))


def breaks(n, at):
    out = []
    for x in squares(evens(numbers(n))):
        if x > at:
            break
        out.append(x)
    return out


def inner_breaks(n, m):
    return list(first_of(squares(numbers(n)), m)), [x for x in first_of(first_of(numbers(n), m), 2)]


def averages(lines):
    best = 0.0
    for average in window(amounts(fields(strip(lines))), 3):
        if average > best:
            best = average
    return best


def in_a_local(n):
    g = numbers(n)
    h = squares(g)
    t = 0
    for x in h:
        t += x
    return t


def read_again(n):
    g = numbers(n)
    t = 0
    for x in g:
        t += x
        if x == 3:
            break
    return t, list(g), list(g)


def given_and_kept(n):
    g = numbers(n)
    out = []
    for x in first_of(g, 2):
        out.append(x)
    return out, list(g)


def never_used(n):
    DIED.clear()
    g = holds("x", n)
    h = squares(g)
    return list(DIED)


def is_twice(n):
    return list(twice(numbers(n))), list(twice(range(n)))


def same_twice(n):
    g = numbers(n)
    return list(both(g, g))


def of_both(n):
    return sum(both(numbers(n), squares(numbers(n)))), list(both(evens(numbers(n)), range(n)))


def is_late(n):
    return list(late(numbers(n), n))


def raises(n, by):
    try:
        return list(divides(squares(numbers(n)), by))
    except ZeroDivisionError as e:
        tb, names = e.__traceback__, []
        while tb:
            names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
            tb = tb.tb_next
        return names


def uncaught(items):
    t = 0
    for x in squares(items):
        for y in divides(numbers(3), x):
            t += y
    return t


def dies_at_break(n, at):
    DIED.clear()
    log = []
    for x in holds_it(holds("i", n), "o"):
        log.append((x, list(DIED)))
        if x == at:
            break
    log.append(list(DIED))
    return log


def dies_in_local(n, at):
    DIED.clear()
    log = []
    g = holds("g", n)
    for x in g:
        log.append((x, list(DIED)))
        if x == at:
            break
    log.append(list(DIED))
    g = None
    log.append(list(DIED))
    return log


def dies_on_error(n, at):
    DIED.clear()
    log = []
    g = holds("g", n)
    try:
        for x in holds_it(g, "o"):
            log.append((x, list(DIED), 10 // (x - at)))
    except ZeroDivisionError:
        log.append(list(DIED))
    log.append(list(DIED))
    return log


def nested_expressions(n):
    a = sum(x for x in (y * 2 for y in range(n)) if x % 3)
    even = (x for x in range(n) if x % 2 == 0)
    squared = (x * x for x in even)
    return a, sum(squared), [x for x in (y + 1 for y in numbers(n))], list(x * n for x in (z - n for z in squares(numbers(n))))


def expression_loop(n, k):
    t = 0
    for x in (i * k for i in range(n)):
        t = t * 3 + x
    for x in (c for c in "hello" if c != "l"):
        t += ord(x)
    return t


def functions_of_expression(n):
    out = []
    for f in ((lambda: i * n) for i in range(n)):
        out.append(f())
    return out


def lazy(n):
    k = 1
    g = (x * k for x in range(n))
    k = 10
    out = []
    for x in g:
        out.append(x)
        k += 1
    return out


def to_python(n):
    return len_of(squares(numbers(n))), max(numbers(n + 1), key=lambda x: x % 3), dict(zip(numbers(n), squares(numbers(n))))


def len_of(it):
    return len([*it])


def chosen(n, which):
    it = squares(numbers(n)) if which else numbers(n)
    t = 0
    for x in it:
        t += x
    return t


def reassigned(n):
    it = numbers(n)
    for _ in range(3):
        it = squares(it)
    t = 0
    for x in it:
        t += x
    return t


def steps(it, log):
    for x in it:
        log.append(("step", x))
        yield x
        log.append(("after", x))


def order(n):
    log = []
    for x in steps(steps(numbers(n), log), log):
        log.append(x)
    return log


def looks(it):
    for x in it:
        yield x, sys._getframe(0).f_code.co_name, sys._getframe(1).f_code.co_name


def of_looks(n):
    return list(looks(looks(numbers(n))))


def unstarted(n):
    g = squares(numbers(n))
    try:
        g.send(1)
    except TypeError as e:
        return str(e), next(g, None), g.gi_running, g.gi_yieldfrom


def sends(it):
    for x in it:
        got = yield x
        if got:
            yield got


def of_sends(n):
    g = sends(numbers(n))
    out = [next(g, None)]
    if n > 1:
        out.append(g.send("got"))
    return out, list(g)


def replaced(n):
    global squares
    old, out = squares, []
    try:
        for k in range(3):
            if k == 1:
                squares = evens
            elif k == 2:
                squares = starts_by_sending
            try:
                for x in evens(squares(numbers(n))):
                    out.append(x)
            except TypeError as e:
                out.append(str(e))
    finally:
        squares = old
    return out


def starts_by_sending(g):
    return [g.send(7)]


def grows(n):
    t = 1
    for x in squares(squares(squares(numbers(n)))):
        t += x * x * x
    return t


def deep(n):
    return list(squares(first_of(evens(squares(first_of(evens(late(divides(numbers(n), 1), 2)), 9))), 5)))


def in_a_comprehension(n):
    return [sum(squares(numbers(k))) for k in range(n)], {x: y for x, y in zip(evens(numbers(n)), squares(numbers(n)))}


def yields_generators(n):
    for i in range(n):
        yield numbers(i)


def of_generators(n):
    t = 0
    for g in yields_generators(n):
        for x in g:
            t = t * 2 + x
    return t


LINES = ["# head", "a,1.5,x\n", " b,2.5 ", "", "c,-7e3,,", "d,4,", "e,5,6", "f,6,7"]
SIZES = [0, 1, 2, 5, 9, 30, -1, True]
CASES = [(f, (n,)) for f in (loop, consumed, in_a_local, read_again, given_and_kept, never_used, is_twice, same_twice, of_both, is_late, nested_expressions, functions_of_expression, lazy, to_python, reassigned, order, of_looks, unstarted, of_sends, replaced, grows, deep, in_a_comprehension, of_generators) for n in SIZES]
CASES += [(f, (n, k)) for f in (breaks, inner_breaks, raises, dies_at_break, dies_in_local, dies_on_error, expression_loop, chosen) for n in (0, 1, 4, 9) for k in (0, 1, 2, 5, 40)]
CASES += [(averages, (x,)) for x in (LINES, LINES[:3], [], LINES + ["g"], LINES + ["h,x"], [b"a,1", b"b,2"], [*LINES, 7], None, (*LINES, "\u4e2d,8"))]
CASES += [(uncaught, (x,)) for x in ([], [1, 2], [1, 0, 2], [0.5], ["a"], None, 3, [2**40, 1], range(1, 4), {1: 2})]
CASES += [(loop, (x,)) for x in (2.5, "a", None)]


def holds_given(items, n):
    a = items.pop()
    b = None
    for i in range(n):
        b = [items.pop()]
        yield i
    del a, b


def holds_it_given(it, items):
    before = items.pop()
    for x in it:
        yield x
    del before


def given_objects(n, at):
    items = [Dies(k) for k in range(n + 3)]
    DIED.clear()
    log = []
    for x in holds_it_given(holds_given(items, n), items):
        log.append((x, list(DIED)))
        if x == at:
            break
    log.append(list(DIED))
    return log


def given_and_in_local(n, at):
    items = [Dies(k) for k in range(n + 3)]
    DIED.clear()
    log = []
    g = holds_given(items, n)
    for x in g:
        log.append((x, list(DIED)))
        if x == at:
            break
    log.append(list(DIED))
    g = None
    log.append(list(DIED))
    return log


def given_and_passed(n, at):
    items = [Dies(k) for k in range(n + 3)]
    DIED.clear()
    log = []
    g = holds_given(items, n)
    for x in holds_it_given(g, items):
        log.append((x, list(DIED)))
        if x == at:
            break
    log.append(list(DIED))
    g = None
    log.append(list(DIED))
    return log


def given_never_run(n, at):
    items = [Dies(k) for k in range(n + 3)]
    DIED.clear()
    g = holds_it_given(holds_given([items.pop()], n), [items.pop()])
    if at:
        g = None
    return list(DIED)


def given_and_raised(n, at):
    items = [Dies(k) for k in range(n + 3)]
    DIED.clear()
    log = []
    g = holds_given(items, n)
    try:
        for x in g:
            log.append((x, list(DIED), 10 // (x - at)))
    except ZeroDivisionError:
        log.append(list(DIED))
    g = None
    log.append(list(DIED))
    return log


CASES += [(f, (n, at)) for f in (given_objects, given_and_in_local, given_and_passed, given_never_run, given_and_raised) for n in (0, 1, 3, 6) for at in (0, 1, 2, 9)]


def kept_by_local(n, at):
    items = [Dies(k) for k in range(n + 3)]
    DIED.clear()
    log, a, b, c, d = [], 1, 2, 3, 4
    g = holds_given(items, n)
    for x in map(abs, g):
        log.append((x, list(DIED)))
        if x == at:
            break
    log.append((list(DIED), a, b, c, d))
    h = holds_given([Dies(k) for k in range(n + 20)], n)
    for x in (v + 1 for v in h):
        log.append((x, list(DIED)))
        if x == at:
            break
    log.append((list(DIED), a, b, c, d))
    return log


CASES += [(kept_by_local, (n, at)) for n in (0, 1, 3, 6) for at in (0, 1, 2, 9)]


def dies_later(items, objects):
    kept = objects.pop()
    for x in items:
        yield x


def sums(items):
    total = 0
    for x in items:
        total += x
        yield total


def one_behind_another(n, at):
    """The first is an object, as it is read again; the second is found to be one only then."""
    DIED.clear()
    objects = [Dies("first"), Dies("second")]
    g = sums([1, 2.5, n])
    t = 0
    h = dies_later(g, objects)
    for x in h:
        t += x
        if x >= at:
            break
    t += sum(g)
    DIED.append("after")
    return t


def one_behind_another_told(n, at):
    return one_behind_another(n, at), list(DIED)


CASES += [(one_behind_another_told, (n, at)) for n in (0, 1, 3, 6) for at in (0, 2, 9)]
