"""Calls between functions of one module: recursion, defaults and keywords, results of several types, exceptions on the
way, what is seen of the stack, names that are bound anew while they are in use, and the recursion limit."""
import _thread
import functools
import signal
import sys
import warnings

LOG = []


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(self.name)


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def fib_big(n, scale=1):
    return scale if n < 2 else fib_big(n - 1, scale) + fib_big(n - 2, scale=scale)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def tak(x, y, z=0):
    if y >= x:
        return z
    return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y=y))


def power(x, n):
    if n == 0:
        return 1.0
    return power(x, n - 1) * x


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


def mixed(n):
    """Now an int, now a float, now a str."""
    if n % 3 == 0:
        return n
    if n % 3 == 1:
        return n / 2
    return str(n)


def use_mixed(n):
    return [mixed(k) for k in range(n)], mixed(n), mixed(n + 1), mixed(n + 2)


def half_int(n):
    if n > 40:
        return n * 1.5
    return n + 1


def use_half_int(n):
    total = 0
    for k in range(n):
        total += half_int(k)
    return total


def factorial(n):
    return 1 if n < 2 else n * factorial(n - 1)


def element(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def row(n, i):
    return sum(element(i, j) * 2.0 for j in range(n)), [element(j, i) for j in range(n)]


def inverse(x):
    return 1 / x


def sum_inverses(n):
    total = 0.0
    for k in range(n, -3, -1):
        total += inverse(k)
    return total


def caught_inverses(n):
    out = []
    for k in range(-2, n):
        try:
            out.append(inverse(k))
        except ZeroDivisionError as e:
            out.append((str(e), e.__traceback__.tb_next.tb_lineno))
    return out


def merge(a, b):
    out = []
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i] <= b[j]:
            out.append(a[i])
            i += 1
        else:
            out.append(b[j])
            j += 1
    return out + a[i:] + b[j:]


def mergesort(items):
    if len(items) <= 1:
        return items
    middle = len(items) // 2
    return merge(mergesort(items[:middle]), mergesort(items[middle:]))


def depth(tree):
    return 0 if tree is None else 1 + max(depth(tree[0]), depth(tree[1]))


def tree(n):
    return (tree(n - 1), tree(n - 2)) if n > 0 else None


def fail_at(n, x):
    if n == 0:
        return [1, 2][x]
    return fail_at(n - 1, x)


def name_of_caller(depth):
    return sys._getframe(depth).f_code.co_name, sys._getframe(depth).f_lineno


def stack(n):
    if n == 0:
        frame, names = sys._getframe(), []
        while frame and frame.f_code.co_name == "stack":
            names.append((frame.f_lineno, frame.f_back is not None))
            frame = frame.f_back
        return names
    return stack(n - 1)


def looks(n):
    return name_of_caller(1), name_of_caller(0), n


def kept_frame(n):
    if n == 0:
        return sys._getframe()
    return kept_frame(n - 1)


def use_kept_frame(n):
    frame = kept_frame(n)
    out = []
    while frame.f_code.co_name == "kept_frame":
        out.append((frame.f_lineno, frame.f_code.co_name))
        frame = frame.f_back
    return out, frame.f_code.co_name


def old(n):
    warnings.warn("old %d" % n, stacklevel=2)
    return n


def warned(n):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        total = old(n)
        total += old(n + 1)
    return total, [(str(w.message), w.lineno - warned.__code__.co_firstlineno) for w in seen]


def replaced(x):
    return x + 1


def other(x):
    return x * 100


def rebinds(n):
    global replaced
    before, total = replaced, []
    for k in range(n + 3):
        total.append(replaced(k))
        if k == 2:
            replaced = other
    replaced = before
    total.append(replaced(n))
    return total


def changes_code(n):
    before, total = replaced.__code__, []
    for k in range(n + 3):
        total.append(replaced(k))
        if k == 1:
            replaced.__code__ = other.__code__
    replaced.__code__ = before
    return total + [replaced(1)]


def with_default(x, step=2, *, flag=False):
    return x + step


def scaled(x, factor=3, extra=None, name="n"):
    return x * factor if extra is None else (x * factor, extra, name)


def changes_defaults(n):
    before, out = scaled.__defaults__, []
    for k in range(n + 3):
        out.append(scaled(k))
        out.append(scaled(k, extra=k))
        if k == 1:
            scaled.__defaults__ = (5, None, "m")
    scaled.__defaults__ = before
    return out, scaled(2)


def keywords(n):
    return scaled(n, name="k"), scaled(factor=2, x=n), scaled(n, 2, n), scaled(n, extra=[n]), with_default(n), with_default(n, flag=True)


def bad_keywords(n):
    return scaled(n, 1, 2, 3, 4) if n == 0 else scaled(n, factr=2) if n == 1 else scaled(n, x=n) if n == 2 else scaled()


def deletes_itself(n):
    """The function dies while it runs."""
    global doomed

    def make():
        global doomed
        exec("def doomed(n):\n    global doomed\n    del doomed\n    return n + len('ab')", globals())
    make()
    return doomed(n), "doomed" in globals()


def clobber(x):
    x = [x, Loud("inner")]
    return len(x)


def dies(n):
    LOG.clear()
    result = clobber(Loud("argument"))
    LOG.append("returned")
    held = Loud("held")
    result += clobber(held)
    LOG.append("again")
    del held
    return result, list(LOG)


def raises_with(x, n):
    y = Loud("local")
    if n:
        raise ValueError(n)
    return 1


def dies_by_exception(n):
    LOG.clear()
    try:
        raises_with(Loud("argument"), n)
    except ValueError as e:
        LOG.append(str(e))
    LOG.append("after")
    return list(LOG)


def identity(x):
    return x


def same(x):
    return identity(x) is x, identity(x)


def references(x):
    before = sys.getrefcount(x)
    for _ in range(10):
        identity(x)
        clobber(x)
    return sys.getrefcount(x) - before


def makes_cells(n):
    def add(k):
        return n + k
    return add(1) + add(2)


def calls_cells(n):
    return [makes_cells(k) for k in range(n + 2)]


def nothing(n):
    for _ in range(n):
        pass


def calls_nothing(n):
    return nothing(n), [nothing(k) for k in range(2)]


def never(n):
    raise KeyError(n)


def calls_never(n):
    try:
        return never(n)
    except KeyError as e:
        return e.args, [f[1] for f in lines(e)]


def lines(e):
    out, tb = [], e.__traceback__
    while tb:
        out.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
        tb = tb.tb_next
    return out


def generator(n):
    yield from range(n)


def variadic(*args, **kwargs):
    return len(args) + len(kwargs)


def calls_others(n):
    return list(generator(n)), variadic(n, n, a=n), (lambda x: x + 1)(n)


def down(n):
    return 0 if n == 0 else 1 + down(n - 1)


def deepest(step):
    """The deepest call that does not raise, by trying: the same one as CPython's, to the frame."""
    frame, here = sys._getframe(), 0
    while frame:
        here += 1
        frame = frame.f_back
    low, high = 0, sys.getrecursionlimit()
    while low < high:
        middle = (low + high + step) // 2
        try:
            down(middle)
            low = middle
        except RecursionError:
            high = middle - 1
    return low + here - sys.getrecursionlimit()


def too_deep(n):
    try:
        down(10000 + n)
    except RecursionError as e:
        return str(e), len(lines(e)) > 500, lines(e)[-1]


NOTHING = {}


class Signalled(Exception):
    pass


def on_signal(number, frame):
    LOG.append((number == signal.SIGUSR1, frame.f_code.co_name))
    raise Signalled("signal")


signal.signal(signal.SIGUSR1, on_signal)


def interrupts(number):
    try:
        _thread.interrupt_main(number)
    except Signalled as e:
        return str(e), e.__traceback__.tb_lineno - interrupts.__code__.co_firstlineno
    return "late"


def interrupts_by_star(number):
    try:
        _thread.interrupt_main(*[number])
    except Signalled as e:
        return str(e), e.__traceback__.tb_lineno - interrupts_by_star.__code__.co_firstlineno
    return "late"


def interrupts_by_keywords(number):
    try:
        functools.partial(_thread.interrupt_main, number)(**NOTHING)
    except Signalled as e:
        return str(e), e.__traceback__.tb_lineno - interrupts_by_keywords.__code__.co_firstlineno
    return "late"


def signalled(name):
    LOG.clear()
    try:
        return globals()[name](signal.SIGUSR1), LOG[:]
    except Signalled:
        return "escaped", LOG[:]


def traced(n):
    events = []

    def trace(frame, event, argument):
        if frame.f_code.co_name in ("fib", "identity"):
            events.append((event, frame.f_code.co_name))
        return trace
    sys.settrace(trace)
    try:
        fib(n)
        identity(n)
    finally:
        sys.settrace(None)
    return events


NS = (0, 1, 2, 5)

class Late:
    x = 3


def uses_late(n):
    t = 0
    for i in range(n):
        t += LATE.x + i
    return t


def set_late(n, when):
    """A global that there is not before, nor when this is compiled, and not always then."""
    global LATE
    try:
        if n >= when:
            LATE = Late()
        return uses_late(n)
    finally:
        globals().pop("LATE", None)


def never_set(n):
    return n + NEVER_SET


def uses_gone():
    return GONE + 1


def comes_and_goes(n):
    global GONE
    GONE = n
    found = uses_gone()
    del GONE
    return found, uses_gone()


CASES = [(fib, (n,)) for n in (0, 1, 2, 10, 15)] + [(fib, (x,)) for x in (5.0, True, None, "a")]
CASES += [(fib_big, (n, s)) for n in (0, 5, 12) for s in (1, 2**60, 2**62, 2**70, 0.5)] + [(fib_big, (7,))]
CASES += [(ackermann, a) for a in ((0, 0), (1, 3), (2, 5), (2, 0))] + [(tak, a) for a in ((6, 3), (7, 4, 1), (5, 2, 0.5))]
CASES += [(power, (x, n)) for x in (2, 2.5, 1e200) for n in (0, 1, 5)] + [(is_even, (n,)) for n in (0, 3, 50)]
CASES += [(factorial, (n,)) for n in (1, 5, 20, 21, 30)] + [(row, (n, i)) for n in (0, 1, 7) for i in (0, 3)]
CASES += [(use_half_int, (n,)) for n in (0, 5, 41, 60)]
CASES += [(f, (n,)) for f in (use_mixed, sum_inverses, caught_inverses, stack, looks, use_kept_frame, warned, rebinds, changes_code, changes_defaults, keywords, bad_keywords, deletes_itself, dies, dies_by_exception, calls_cells, calls_nothing, calls_never, calls_others, too_deep, traced) for n in NS]
CASES += [(mergesort, (a,)) for a in ([], [3, 1, 2], [2.5, 1.5, 9.0, -1.0], ["b", "a"], [1, "a"], (2, 1))]
CASES += [(depth, (t,)) for t in (None, (None, None), ((None, (None, None)), None), 5)] + [(tree, (n,)) for n in NS]
CASES += [(fail_at, (n, x)) for n in (0, 1, 3) for x in (0, 1, 2, "x", None)]
CASES += [(same, (x,)) for x in ([1], "ab", None, (1,))] + [(references, (x,)) for x in ([1], "ab", 10**30)]
CASES += [(deepest, (step,)) for step in (1, 2)]
CASES += [(signalled, (name,)) for name in ("interrupts", "interrupts_by_star", "interrupts_by_keywords")]
CASES += [(set_late, (n, when)) for n in (1, 5, 50) for when in (0, 5, 60)]
CASES += [(f, (n,)) for f in (never_set, comes_and_goes) for n in (1, 2.5, "s")]
