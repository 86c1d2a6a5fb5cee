"""When objects die, and that they do: locals, arguments, what closures have, what a generator that was left has, and numbers.

See run.py; told() is what died in a call.
"""
import sys

CASES = []
DEAD = []


def told():
    text = repr(DEAD)
    DEAD.clear()
    return text


class Mortal:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        DEAD.append(self.n)

    def __repr__(self):
        return f"Mortal({self.n})"

    def again(self):
        return Mortal(self.n)


def case(*arguments):
    def add(function):
        CASES.append((function, arguments))
        return function

    return add


# ---- what stays alive after a call: nothing


def counts(arguments):
    return [sys.getrefcount(a) for a in arguments]


def kept(name, *arguments):
    """How many references to the arguments ten calls left, after a first one."""
    function = globals()[name]
    function(*arguments)
    before = counts(arguments)
    for _ in range(10):
        function(*arguments)
    return [n - m for m, n in zip(before, counts(arguments))]


def number_becomes_text(n):
    n = "n%d" % n
    return n


def number_becomes_list(n):
    n = [n]
    return n


def number_grows(n):
    n += 1
    n = [n, n]
    return n[0]


def closure_has(a):
    def g():
        return a

    return g


def closure_has_another(a):
    a = 5

    def g():
        return a

    return 7


def closure_has_none(a):
    def g():
        return a

    del a
    return g


def closure_perhaps(a, n):
    if n:

        def g():
            return a

    return 7


def closure_changes(a):
    def g():
        nonlocal a
        a = a, a

    g()
    return a


def called_with(a, n):
    return closure_has_another(a), number_becomes_text(n), closure_has(a)()


LIST, INT, FLOAT = [1], int("12345678901"), float("1.5")
for argument in (INT, FLOAT, LIST):
    for name in ("number_becomes_list", "closure_has", "closure_has_another", "closure_has_none", "closure_changes"):
        CASES.append((kept, (name, argument)))
    CASES.append((kept, ("closure_perhaps", argument, 0)))
    CASES.append((kept, ("closure_perhaps", argument, INT)))
    CASES.append((kept, ("called_with", argument, INT)))
for name, argument in (("number_becomes_text", INT), ("number_grows", INT), ("number_grows", FLOAT)):
    CASES.append((kept, (name, argument)))


# ---- when


@case(1)
@case(7)
def left_generator(n):
    return any(m.n > n for m in [Mortal(k) for k in range(3)])


@case(1)
@case(7)
def left_generator_of_all(n):
    found = all(m.n < n for m in (Mortal(k) for k in range(3)))
    DEAD.append("then")
    return found


@case(1)
@case(7)
def summed(n):
    return sum(m.n for m in [Mortal(k) for k in range(n)])


# ---- arguments die with the frame of what is called


def takes(m, n):
    mine = Mortal(n + 100)
    if n == 3:
        raise ValueError(n)
    return mine.n


def replaces(m, n):
    m = n
    DEAD.append("replaced")
    return m


def with_default(m, n, k=1):
    del m
    DEAD.append("deleted")
    return n + k


class Holder:
    def method(self, m):
        mine = Mortal(60)
        return m.n


class SubHolder(Holder):
    def method(self, m):
        return super().method(Mortal(m.n + 1))


CALLED = [takes, replaces, with_default, lambda m, n: n, Mortal.again]
for function in CALLED[:-1]:  # first calls, which a hook on frames sees, are another matter
    function(Mortal(0), 0)
Holder().method(Mortal(0))
SubHolder().method(Mortal(0))
DEAD.clear()


@case(0, 1)
@case(1, 1)
@case(2, 1)
@case(3, 1)
@case(4, 1)
@case(0, 3)
def calls_what_nobody_knows(k, n):
    f = CALLED[k]
    first = f(Mortal(n), n) if k < 4 else f(Mortal(n))
    DEAD.append("between")
    return first, f(Mortal(n + 10), n) if k < 4 else f(Mortal(n + 10))


@case(0, 3)
@case(0, 1)
def catches_what_is_raised(k, n):
    f = CALLED[k]
    try:
        return f(Mortal(n), n)
    except ValueError as e:
        DEAD.append("caught")
        return str(e)


@case(1)
@case(2)
def methods_what_nobody_knows(n):
    return [h.method(Mortal(n)) for h in (Holder(), SubHolder())]


@case(1)
def called_with_less(n):
    try:
        return CALLED[0](Mortal(n))
    except TypeError as e:
        DEAD.append("caught")
        return str(e)
