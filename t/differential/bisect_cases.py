"""bisect and insort: lists of what is compared without a call, and of what has a say in it, which may change the list; divisions of what
nothing is known of."""
import bisect as module
from bisect import bisect, bisect_left, bisect_right, insort, insort_left
from decimal import Decimal
from fractions import Fraction

CASES = []
ALL_FIRST = True  # what is called is known when native code is made
NAN = float("nan")


class Odd:
    log = []

    def __init__(self, n, what=None, items=None):
        self.n, self.what, self.items = n, what, items

    def __lt__(self, other):
        n = other.n if isinstance(other, Odd) else other
        Odd.log.append((self.n, n))
        if self.what == "raise":
            raise ValueError(self.n)
        if self.what == "clear":
            del self.items[:]
        return self.n < n

    __gt__ = lambda self, other: not self < other

    def __repr__(self):
        return f"Odd({self.n})"


def left(items, x):
    return bisect_left(items, x)


def right(items, x):
    return bisect_right(items, x), bisect(items, x), module.bisect(items, x)


def logged(items, what, n):
    del Odd.log[:]
    items = list(items)
    x = Odd(n, what, items)
    try:
        return bisect_left(items, x), Odd.log, items
    except (ValueError, IndexError) as e:
        return type(e), str(e), Odd.log, items


def sorted_in(xs):
    out = []
    for x in xs:
        insort(out, x)
    return out


def sorted_left(xs):
    out = []
    for x in xs:
        insort_left(out, x)
    return [id(a) == id(b) for a in out for b in xs if a is b], out


def medians(xs):
    window, out = [], []
    for i, x in enumerate(xs):
        insort(window, x)
        if i >= 5:
            del window[bisect_left(window, xs[i - 5])]
        out.append(window[len(window) // 2])
    return out


def grades(scores):
    return ["FDCBA"[bisect([60, 70, 80, 90], s)] for s in scores]


def longest(xs):
    tails = []
    for x in xs:
        i = bisect_left(tails, x)
        if i == len(tails):
            tails.append(x)
        else:
            tails[i] = x
    return len(tails), tails


def ends(items, x):
    return bisect_left(items, x, 1), bisect_right(items, x, 0, 2)


class Pair:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def ratio(self):
        return self.a / self.b

    def whole(self):
        return self.a // self.b


def ratios(a, b):
    p = Pair(a, b)
    return p.ratio(), p.whole()


def caught(a, b):
    p = Pair(a, b)
    try:
        return p.ratio()
    except ZeroDivisionError as e:
        return str(e)


LISTS = [[], [1], [1, 3, 5, 7], [1, 2, 2, 2, 3], [0.5, 1.5, 2.0], [1, 1.5, 2, 2.5], ["a", "b", "ca"], [(1, 2), (1, 3), (2, 0)], [2**62, 2**70], [-(2**70), 0, 2**70], [1, "a"],
         [None], [True, 2], [NAN, 1.0, NAN], [Odd(1), Odd(3)], [[1], [2]]]
for items in LISTS:
    for x in (2, 1.5, True, 2**70, "b", (1, 3), NAN, None, Odd(2), 2**53 + 1):
        CASES += [(left, (items, x)), (right, (items, x))]
CASES += [(f, ((1, 2, 3), 2)) for f in (left, right)] + [(f, ("abc", "b")) for f in (left, right)] + [(f, (5, 2)) for f in (left, right)] + [(ends, ([1, 2, 3, 4], 3))]
CASES += [(logged, (items, what, n)) for items in ([1, 2, 3, 4, 5], []) for what in (None, "raise", "clear") for n in (0, 3, 9)]
for xs in ([3, 1, 2, 2, 9, 0, 5, 5], [0.5, 0.25, 3.0, 0.5], [1, 0.5, 2**70, True], ["b", "a"], [1, "a"], [(2, 1), (1, 5), (1, 2)], [NAN, 1.0, NAN, 0.5], [Odd(2), Odd(1)], [1000, 10**6, 1000], []):
    CASES += [(f, (xs,)) for f in (sorted_in, sorted_left, medians, longest)]
CASES += [(grades, (xs,)) for xs in ([33, 99, 77, 70, 89.5], [60], ["a"], [])]
for a in (7, 7.5, -7, True, 2**53 + 1, 2**62, 2**70, Fraction(7, 2), Decimal("7.5"), 7j, "a", NAN):
    for b in (2, 2.5, -2, 0, 0.0, 2**53 + 1, 2**70, Fraction(1, 3), None):
        CASES += [(ratios, (a, b)), (caught, (a, b))]
