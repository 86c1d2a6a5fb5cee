"""Locals of a frame that runs, as its function, those that it calls and reports of exceptions see them: sys._getframe(), f_back,
tb_frame, through functions, closures and C code, in loops and handlers."""
import sys

CASES = []
get_frame = sys._getframe


def case(*arguments):
    def add(function):
        CASES.append((function, arguments))
        return function

    return add


def shown(f_locals):
    return sorted((name, repr(value)[:40]) for name, value in f_locals.items() if name[0] != "_")


def callers(depth=1):
    return shown(sys._getframe(depth).f_locals)


def back():
    frame = sys._getframe().f_back
    return shown(frame.f_locals)


def asks(name):
    return sys._getframe(1).f_locals.get(name, "none")


def names_of(e):
    tb, found = e.__traceback__, []
    while tb:
        found.append((tb.tb_frame.f_code.co_name, tb.tb_lineno, shown(tb.tb_frame.f_locals)))
        tb = tb.tb_next
    return found



@case(3, 1.5)
def own(n, x):
    total = 0
    for i in range(n):
        total += i * 2
        y = x * total
    return total, y, shown(sys._getframe().f_locals)


@case(3, 1.5)
def of_caller(n, x):
    total = 0
    for i in range(n):
        total += i * 2
        y = x * total
    return callers(), total, y, i


@case(4)
def in_a_loop(n):
    seen = []
    for i in range(n):
        square = i * i
        text = str(square)
        seen.append(callers()[:3])
        square += len(text)
    return seen, square


@case(4)
def by_frames_back(n):
    a, b = n * 2, [n, n + 1]
    for c in b:
        a ^= c
    return back(), a


@case(5)
def one_name(n):
    width = n * n
    height = width + 0.5
    return asks("width"), asks("height"), asks("n"), asks("depth"), width + height



@case(3)
def of_a_closure(n):
    k = n + 1

    def inner(m):
        j = m * k
        return callers(), j

    return inner(2), callers(), k



@case([1, 2])
def by_c_code(items):
    factor = len(items)
    return list(map(lambda v: asks("factor"), items)), sorted(items, key=lambda v: -v), factor



def failing(n):
    limit = n * 2
    for i in range(n):
        part = limit - i
        if part < 5:
            raise ValueError(part)
    return limit


@case(3)
@case(9)
def reported(n):
    before = n + 0.5
    try:
        failing(n)
    except ValueError as e:
        return [(name, line, names) for name, line, names in names_of(e)], before
    return before


@case(3)
def reported_in_place(n):
    kept = n * n
    try:
        raise KeyError(kept + 1)
    except KeyError as e:
        return shown(e.__traceback__.tb_frame.f_locals), kept


@case(6)
def reported_through(n):
    depth = n * 2

    def inner(v):
        w = v + depth
        return 1 // (w - w)

    try:
        return inner(depth)
    except ZeroDivisionError as e:
        return names_of(e)


@case(3)
def changed(n):
    x = n * 2
    frame = sys._getframe()
    first = frame.f_locals["x"]
    x += 1
    second = frame.f_locals["x"]
    return first, second, frame.f_locals is frame.f_locals, x


@case(0)
@case(2)
def unbound(n):
    for i in range(n):
        last = i
    return callers()


@case(2)
def deleted(n):
    a = b = n
    c = a + b
    del a
    return callers(), c


@case(3)
def with_keywords(n, *rest, flag=True, **more):
    m = n + len(rest)
    return callers(depth=1), m


def recursive(n):
    here = n * 2
    if n == 0:
        found = []
        for k in range(4):
            found.append(sys._getframe(k).f_locals.get("here"))
        return found
    return recursive(n - 1)


CASES.append((recursive, (3,)))




@case(3)
def by_getframe_under_another_name(n):
    q = n * n
    return shown(get_frame().f_locals)[1:], q
