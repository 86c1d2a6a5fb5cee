"""map() and filter() of functions: loops that call the function directly, and what is left of them where native code is
left."""
import sys

DIED = []


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        DIED.append(self.name)


class Callable:
    def __init__(self, by):
        self.by = by

    def __call__(self, x):
        return x * self.by

    def method(self, x):
        return x + self.by


def square(x):
    return x * x


def is_odd(x):
    return x % 2 == 1


def halves(x):
    return x // 2 if x % 2 == 0 else x / 2


def divides(x):
    return 100 // x


def looks(x):
    return x, sys._getframe(1).f_code.co_name, sys._getframe(1).f_lineno - sys._getframe(1).f_code.co_firstlineno


def numbers(n):
    for i in range(n):
        yield i


def sums(n):
    return sum(map(square, range(n))), sum(map(lambda x: x * 3 + 1, range(n))), sum(filter(is_odd, range(n)))


def lists(items):
    return list(map(square, items)), list(filter(is_odd, items)), [x for x in map(halves, filter(lambda x: x > 1, items))]


def loops(items):
    t = 0
    for x in map(square, items):
        t += x
    for x in filter(lambda x: x & 3, items):
        t = t * 2 - x
    return t


def closure(n, k):
    f = lambda x: x * k
    out = list(map(f, range(n)))
    k += 1
    return out, list(map(f, range(n))), sum(filter(lambda x: x > k, map(f, range(n))))


def strings(text):
    return list(map(str.upper, text.split())), list(map(int, text.split())), max(map(len, text.split()))


def texts(text):
    return ",".join(map(str, map(len, text.split()))), sorted(map(str.lower, text.split())), any(map(str.isdigit, text))


def truths(items):
    return list(filter(None, items)), list(filter(bool, items)), list(filter(lambda x: x, items)), all(map(bool, items))


def instances(n):
    c = Callable(n)
    return list(map(c, range(n))), sum(map(c.method, range(n))), [a.by for a in map(Callable, range(n))]


def raised(items):
    out = []
    try:
        for x in map(divides, items):
            out.append(x)
    except ZeroDivisionError as e:
        tb = e.__traceback__
        while tb:
            out.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
            tb = tb.tb_next
    return out


def uncaught(items):
    return sum(map(divides, items))


def filter_raises(items):
    t = 0
    for x in filter(divides, items):
        t += x
    return t


class NoTruth:
    def __init__(self, x):
        self.x = x

    def __bool__(self):
        if self.x > 2:
            raise ValueError(self.x)
        return self.x > 0


def no_truth(n):
    out = []
    try:
        for x in filter(NoTruth, range(n)):
            out.append(x)
    except ValueError as e:
        out.append(repr(e))
    return out, [x for x in filter(lambda x: NoTruth(x % 3), range(n))]


def frames(n):
    out = []
    for x in map(looks, range(n)):
        out.append(x)
    return out, list(map(looks, range(n)))


def breaks(n, at):
    for x in map(square, range(n)):
        if x >= at:
            break
    else:
        return "all"
    return x


def kept(n):
    m = map(square, range(n))
    t = 0
    for x in m:
        t += x
    return t, list(m), list(m)


def read_again(n):
    m = map(square, range(n))
    first = next(m, None)
    return first, list(m), next(m, "end")


def of_generators(n):
    return sum(map(square, numbers(n))), [x for x in filter(is_odd, map(square, numbers(n)))], list(map(square, (x + 1 for x in numbers(n))))


def to_generators(n):
    return sum(x for x in map(square, range(n)) if x % 3), list(x * 2 for x in filter(is_odd, range(n)))


def objects(n):
    DIED.clear()
    log = []

    def make(k):
        d = Dies(k)
        log.append((k, list(DIED)))
        return d
    for d in map(make, range(n)):
        log.append(list(DIED))
    del d
    log.append(list(DIED))
    for k in map(lambda d: d.name, map(make, range(n))):
        log.append((k, list(DIED)))
    for d in filter(lambda d: d.name % 2, map(make, range(n))):
        log.append((d.name, list(DIED)))
        if d.name == 5:
            break
    log.append(list(DIED))
    return log


def forgets(x):
    name = x.name
    x = None
    return name, list(DIED)


def items_live(n):
    DIED.clear()
    out = []
    for r in map(forgets, [Dies(k) for k in range(n)]):
        out.append((r, list(DIED)))
    for r in map(forgets, (Dies(10 + k) for k in range(n))):
        out.append((r, list(DIED)))
    return out


def outgrows(n):
    return list(map(lambda x: 3 ** x, range(n))), sum(map(lambda x: x ** 5 * 10**15, range(n)))


def mixed(items):
    t = 0
    for x in map(halves, items):
        t += x
    return t, list(map(lambda x: x + x, items))


def changed(n):
    global square
    old, out = square, []
    try:
        for x in map(square, range(n)):
            out.append(x)
            if x == 4:
                square = is_odd
        for x in map(square, range(n)):
            out.append(x)
    finally:
        square = old
    return out


def wrong(n):
    out = []
    for f in (lambda: map(square, n), lambda: list(map(n, range(3))), lambda: list(map(square)), lambda: list(filter(square, None)), lambda: list(map(lambda: 1, range(2)))):
        try:
            out.append(f())
        except TypeError as e:
            out.append(str(e))
    return out


def two(n):
    return list(map(lambda a, b: a * b, range(n), range(1, n))), list(map(pow, range(n), range(n)))


def grows(n):
    items = [1, 2, 3]
    for x in map(square, items):
        if len(items) < n:
            items.append(x)
    return items


def nested(n):
    return [list(map(lambda x: x * y, range(y))) for y in range(n)], sum(map(lambda y: sum(map(lambda x: x * y, range(y))), range(n)))


def handed(items):
    return dict(zip(items, map(square, items))), set(map(square, items)), len([*map(square, items)]), max(map(square, items), default=None)


SIZES = [0, 1, 2, 5, 9, 30, -1, True]
ITEMS = [[], [1], [1, 2, 3, 4, 5], [0], [2, 0, 1], (3, 4), range(7), [1.5, 2.5], [1, 2.5, 3], [2**40, 2**62, 2**70], {5: 1, 6: 2}, "", b"abc", [True, False], [1, None], 5, None, ["a", "b"], [1, 2, "x"], [4, 2, 0, 5], [[1], [2]]]
CASES = [(f, (n,)) for f in (sums, instances, no_truth, frames, kept, read_again, of_generators, to_generators, objects, items_live, outgrows, changed, wrong, two, grows, nested) for n in SIZES]
CASES += [(f, (n, k)) for f in (closure, breaks) for n in SIZES for k in (0, 3, 50)]
CASES += [(f, (x,)) for f in (lists, loops, truths, raised, uncaught, filter_raises, mixed, handed) for x in ITEMS]
CASES += [(f, (t,)) for f in (strings, texts) for t in ("", "1 22 333", "One two 3", "4 five", "\u4e2d 1", b"1 2", 7)]


LOG = []


def steps(x):
    LOG.append(x)
    return 10 // (3 - x)


def shrinks(x):
    LOG.append(x)
    return x if x < 5 else x * 0.5


def odd_until(x):
    LOG.append(x)
    return x % 2 if x < 6 else [x][x - 6:]


def raises_in_loop(n):
    LOG.clear()
    t = 0
    try:
        for x in map(steps, range(n)):
            t += x
    except ZeroDivisionError as e:
        LOG.append(e.__traceback__.tb_next.tb_frame.f_code.co_name)
    return t, list(LOG)


def raises_in_sum(n):
    LOG.clear()
    return sum(map(steps, range(n)))


def raises_in_filter(n):
    LOG.clear()
    t = 0
    for x in filter(steps, range(n)):
        t += x
    return t, list(LOG)


def changes_type(n):
    LOG.clear()
    t = 0
    for x in map(shrinks, range(n)):
        t += x
    return t, sum(map(shrinks, range(n))), [x + 1 for x in map(shrinks, range(n))], list(LOG)


def changes_truth(n):
    LOG.clear()
    t = 0
    for x in filter(odd_until, range(n)):
        t = t * 3 + x
    return t, list(filter(odd_until, range(n))), list(LOG)


def told():
    return list(LOG)


def uncaught_is_told(n):
    try:
        return raises_in_sum(n)
    except ZeroDivisionError:
        return told()


def overflows(n):
    LOG.clear()
    t = 1
    for x in map(shrinks, range(2, n)):
        t *= 10**x
    return t, list(LOG)


CASES += [(f, (n,)) for f in (raises_in_loop, raises_in_sum, raises_in_filter, changes_type, changes_truth, uncaught_is_told, overflows) for n in (0, 1, 3, 4, 5, 9, 30)]


# Short functions that change something, and leave native code behind that.
class Taker:
    def __init__(self):
        self.n = 0
        self.items = []

    def take(self, x):
        self.items.append(x)
        self.n += 1
        return 12 // (5 - x)


TAKEN = []


def take(x):
    TAKEN.append(x)
    return 12 // (5 - x)


def taking(xs):
    TAKEN.clear()
    t, out = Taker(), []
    try:
        out.append(list(map(t.take, xs)))
        for x in filter(take, xs):
            out.append(x)
        out.append(sum(map(take, xs)))
    except (TypeError, ZeroDivisionError) as e:
        out.append((str(e), e.__traceback__.tb_next.tb_lineno - take.__code__.co_firstlineno))
    return out, t.n, t.items, TAKEN[:]


CASES += [(taking, (xs,)) for xs in ([1, 2, 3], [1, 2.5, 3], [1, 5], [1, 2, 5, 3], [2**70, 1], [1, "x"], [True, None], [])]


def sum_of_text(s):
    """A str of which it is not known before it runs how wide its characters are."""
    t = s[1:] + s[:1]
    return sum(map(ord, t))


def list_of_text(s):
    t = s + s
    return list(map(ord, t)), [c for c in filter(str.isalpha, t + "1")], max(map(ord, t + s))


CASES += [(f, (s,)) for f in (sum_of_text, list_of_text) for s in ("abc", "\u20acb", "a", "\xe9\xe9")]
