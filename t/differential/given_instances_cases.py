"""sum(), list() and others of instances: __next__ is called directly, in a loop that is built in; next() of them."""
import sys

LOG = []


def told():
    said = LOG[:]
    LOG.clear()
    return said


class Down:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n


class Of:
    def __init__(self, items, fails=None):
        self.items, self.at, self.fails = items, 0, fails

    def __iter__(self):
        LOG.append("iter")
        return self

    def __next__(self):
        at = self.at
        if at == self.fails:
            raise KeyError(at)
        if at >= len(self.items):
            LOG.append("end")
            raise StopIteration(at)
        self.at += 1
        return self.items[at]

    def __del__(self):
        LOG.append("del")


class Long(Of):
    def __len__(self):
        LOG.append("len")
        return 2


class Hint(Of):
    def __length_hint__(self):
        LOG.append("hint")
        return self.fails or 5


class BadHint(Of):
    def __length_hint__(self):
        raise ValueError("no hint")


class Lists(Of):
    def __iter__(self):
        return iter(self.items)


class Others(Of):
    def __iter__(self):
        return Down(len(self.items))


class Generates(Of):
    def __iter__(self):
        for i in self.items:
            yield i


class Looks(Of):
    def __next__(self):
        LOG.append([sys._getframe(1).f_code.co_name, sys._getframe(1).f_lineno, sys._getframe(0).f_code.co_name])
        return Of.__next__(self)


class Plain:
    pass


class NoNext:
    def __iter__(self):
        return Plain()


CLASSES = [Of, Long, Hint, BadHint, Lists, Others, Generates, Looks]


def sums(n):
    total = 0
    for i in range(n):
        total += sum(Down(i))
        total += sum(Down(i), 5)
        total += len(list(Down(i))) + max(Down(i + 1)) + min(Down(i + 1))
    return total


def tuples(n):
    return tuple(Down(n)), sorted(Down(n)), list(Down(n)), any(Down(n)), all(Down(n)), bytes(Down(min(n, 9)))


def sum_of(x):
    return sum(x)


def list_of(x):
    return list(x)


def tuple_of(x):
    return tuple(x)


def sorted_of(x):
    return sorted(x)


def max_of(x):
    return max(x)


def min_of(x):
    return min(x)


def any_of(x):
    return any(x)


def all_of(x):
    return all(x)


def joined(x):
    return ",".join(x)


OF = [sum_of, list_of, tuple_of, sorted_of, max_of, min_of, any_of, all_of, joined]


def each(which, kind, items, fails):
    return OF[which](CLASSES[kind](items, fails))


def each_caught(which, kind, items, fails):
    try:
        return OF[which](CLASSES[kind](items, fails)), None
    except Exception as e:
        lines, at = [], e.__traceback__
        while at:
            lines.append((at.tb_frame.f_code.co_name, at.tb_lineno))
            at = at.tb_next
        return type(e).__name__, e.args, lines


def caught_here(items, fails):
    it = Of(items, fails)
    try:
        a = sum(it)
    except (KeyError, TypeError) as e:
        a = e.args
    return a, it.at, told()


def goes_on(n):
    it = Down(n)
    first = any(it)
    return first, it.n, sum(it), it.n


def in_local(n):
    it = Down(n)
    total = 0
    for x in it:
        total += x
        if x % 3 == 0:
            total += sum(it)
    return total


def any_kind(things):
    out = []
    for x in things:
        try:
            out.append(sum(x))
        except TypeError as e:
            out.append(str(e))
    return out


def kinds(n):
    return any_kind([Down(n), [1, 2], (3, 4), {5: 6}, range(n), Lists([1, 2]), Others([1]), Generates([7]), NoNext(), Plain(), None, 5, "a", Down(3)])


def changes(n):
    out = []
    for k in range(n):
        out.append(list(Down(3)))
        if k == 1:
            Down.__next__ = lambda self: next(iter(())) if self.n == 5 else setattr(self, "n", 5)
    Down.__next__ = DOWN
    return out


DOWN = Down.__next__


def both(items):
    return [sum(Of(x)) for x in items]


def nested(n):
    return sum(Of([sum(Down(i)) for i in range(n)]))


def summed_floats(n):
    return sum(Of([i / 2 for i in range(n)])), max(Of([i / 2 for i in range(n + 1)]))


CASES = [(f, (n,)) for f in (sums, tuples, goes_on, in_local, kinds, changes, nested, summed_floats) for n in (0, 1, 2, 7, 40)]
CASES += [
    (f, (which, kind, items, fails))
    for f in (each, each_caught)
    for which in range(len(OF))
    for kind in range(len(CLASSES))
    for items, fails in (([3, 1, 2], None), ([], None), ([1, 2, 3], 2), (["b", "a"], None), ([1, "a"], None), ([2**62, 2**62, 2**70], None), ([1.5, 2], 1))
]
CASES += [(caught_here, (items, fails)) for items in ([1, 2], [1, "x"], []) for fails in (None, 0, 1, 2)]
CASES += [(both, ([[1, 2], [3.5], [], [2**63]],)), (both, ([["a"]],))]


class Restarts:
    def __init__(self, items):
        self.items = items

    def __iter__(self):
        self.at = 0
        return self

    def __next__(self):
        if self.at >= len(self.items):
            raise StopIteration
        self.at += 1
        return self.items[self.at - 1]


def mapped(items):
    total = 0
    for x in map(lambda v: v * 2, Restarts(items)):
        total += x
    return total, sum(x for x in filter(lambda v: v > 2, Restarts(items))), sum(Restarts(items))


CASES += [(mapped, (items,)) for items in ([1, 2, 3], [1, 2**62, 3, 4], [1, 2.5], [2**70, 1, 2])]


def first(it):
    return next(it)


def first_or(it, otherwise):
    return next(it, otherwise)


def drained(items, otherwise):
    it, out = iter(items), []
    while (x := next(it, otherwise)) is not otherwise:
        out.append(x)
    return out


def said(n):
    got = yield n
    LOG.append(got)
    return n + 1


def ends(how):
    it = said(how)
    out = [next(it)]
    try:
        out.append(next(it))
    except StopIteration as e:
        out.append((e.args, e.value))
    out.append(next(it, "over"))
    return out


def deep(n):
    if n > 0:
        yield next(deep(n - 1)) + 1
    yield 0


def deepest(n):
    try:
        return next(deep(n))
    except RecursionError as e:
        return str(e)[:30]


def without_end():
    it = iter([1])
    next(it)
    next(it)


def in_generator(n):
    it = iter(range(n))
    yield next(it)
    yield next(it)


def of_generator(n):
    return list(in_generator(n))


def own_next(next):
    return next(5), next(6, 7)


def handled(items):
    it, out = Of(items), []
    while True:
        try:
            out.append(next(it))
        except StopIteration as e:
            out.append(e.value)
            return out
        except (KeyError, TypeError) as e:
            return e.args


def things():
    return [iter([]), iter([1]), Down(2), Of([1], 0), Of([], None), said(3), [1], 5, None, (x for x in ()), zip([1]), Plain()]


def each_first(n):
    out = []
    for f in (first, lambda it: first_or(it, None), lambda it: first_or(it, n), lambda it: first_or(it, [n])):
        for it in things():
            try:
                out.append(f(it))
            except (StopIteration, TypeError, KeyError) as e:
                out.append((type(e).__name__, e.args))
    return out


CASES += [(each_first, (n,)) for n in (1, 2**70, 1.5)]
CASES += [(drained, (it, o)) for it in ([1, 2], (), [3, 0, 4]) for o in (None, 0)]
CASES += [(ends, (5,)), (deepest, (5,)), (deepest, (100000,)), (without_end, ()), (of_generator, (2,)), (of_generator, (1,)), (own_next, (max,)), (handled, ([1, 2],)), (handled, ([],))]
