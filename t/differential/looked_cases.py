"""Locals of a frame that runs, as somebody sees them of whom native code knows nothing: a method, what is called by what is called, C
code.  CPython runs the first calls, so that the places are known when functions are compiled."""
import sys

CASES = []


def case(*arguments):
    def add(function):
        CASES.extend([(function, arguments)] * 6)
        return function

    return add


def shown(f_locals):
    return sorted((name, repr(value)[:40]) for name, value in f_locals.items() if name[0] != "_")


def callers(depth=1):
    return shown(sys._getframe(depth).f_locals)


class Template:
    def __init__(self, text):
        self.text = text

    def filled(self):
        return self.text % sys._getframe(1).f_locals

class Point:
    def __init__(self, x):
        self.x = x

    def scaled(self, k):
        y = self.x * k
        return callers(2), callers(), y

    @property
    def seen(self):
        return callers(2)

@case(7)
def interpolated(value):
    half = value / 2
    twice = value * 2
    return Template("%(value)d %(half).2f %(twice)s").filled(), half + twice

@case(3)
def two_levels(n):
    def middle(m):
        w = m + 1
        return callers(2), w

    v = n * 3
    return middle(v), v

@case(5)
def by_a_method(n):
    p = Point(n)
    z = n - 1
    return [name for name, _ in p.scaled(z)[0]], p.scaled(2)[1][0], [name for name, _ in p.seen], z

@case(4)
def its_generator(n):
    base = n * 10

    def values():
        for i in range(n):
            double = i * 2
            yield shown(sys._getframe().f_locals)[0], double, base

    return list(values())


def asked(name):
    return sys._getframe(2).f_locals.get(name, "none")


def asking(name):
    return asked(name)


@case(5)
def in_a_loop(n):
    found = []
    for i in range(n):
        width = i * i
        found.append(asking("width"))
        width += 1
        found.append(asking("i") + width)
    return found


@case(5)
def by_a_value(n):
    ask = asking
    width = n * 0.5
    return ask("width"), [f("width") for f in (ask, asking)], width


@case(3)
def with_many(n):
    total = 0
    for i in range(n):
        for j in range(i):
            total += i * j
            if total > 1:
                total += len(asking(name="total" if j else "j") * [0])
    return total


@case(3)
def in_a_handler(n):
    kept = n * n
    try:
        n // (kept - kept)
    except ZeroDivisionError as e:
        again = kept + 1
        return asking("kept"), asking("again"), again
    return kept
