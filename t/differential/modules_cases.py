"""Calls of functions, methods and bound methods of other modules, which have globals of their own: names that mean one
thing here and another there, modules that change while they are in use, functions whose module is not to be found."""
import operator
import random
import sys
import types

FAR = '''
import sys
SCALE = 3
COUNT = 0
NAMES = []


def scale(x, by=None):
    return x * (SCALE if by is None else by)


def twice(x):
    return scale(scale(x))


def count(n=1):
    global COUNT
    COUNT += n
    return COUNT


def adder(n):
    return lambda x: x + n + SCALE


def squares(n):
    for i in range(n):
        yield i * i + SCALE


def total(n):
    return sum(x for x in squares(n)) + sum([x * SCALE for x in range(n)])


def divide(x, y):
    return x / y


def guarded(x, y):
    try:
        return divide(x, y)
    except ZeroDivisionError as e:
        return str(e), NAMES


class Odd(ValueError):
    pass


def refuse(x):
    if x % 2:
        raise Odd
    return x


def refused(n):
    t = 0
    for i in range(n):
        try:
            t += refuse(i)
            if i == 4:
                raise Odd
        except Odd:
            t += 100
    return t


def where():
    return sys._getframe().f_globals["__name__"], sys._getframe(1).f_globals["__name__"], SCALE


def back(function, x):
    return function(x) + SCALE


def even(n):
    return True if n == 0 else NEAR.odd(n - 1)


def imports():
    import math
    from math import floor
    return floor(math.sqrt(50))


class Die:
    def __init__(self, sides=6, state=1):
        self.sides = sides
        self.state = state

    def next(self):
        self.state = (self.state * 1103515245 + 12345) % 2147483648
        return self.state

    def roll(self, n=1):
        t = 0
        for _ in range(n):
            t += self.next() % self.sides * SCALE
        return t

    @property
    def half(self):
        return self.sides / 2

    @staticmethod
    def fair(x):
        return x % SCALE == 0

    @classmethod
    def of(cls, sides):
        return cls(sides, SCALE)

    def __add__(self, other):
        return Die(self.sides + other.sides, self.state)


class Point:
    def __init__(self, x, y=SCALE):
        self.x = x
        self.y = y

    def size(self):
        return scale(self.x) + self.y


the_die = Die()
roll = the_die.roll
following = the_die.next
'''
far = types.ModuleType("preforge_far")
exec(compile(FAR, "far.py", "exec"), far.__dict__)
sys.modules["preforge_far"] = far
lost = types.ModuleType("preforge_lost")  # nobody finds its functions by name
exec(compile(FAR, "lost.py", "exec"), lost.__dict__)
lost.SCALE = 5
far.NEAR = lost.NEAR = sys.modules[__name__]
from preforge_far import Die, Point, divide, scale, squares, total  # noqa: E402

SCALE = 100
Odd = KeyError
NAMES = ["not these"]


def imported(x):
    t = 0
    for i in range(5):
        t += scale(x) + scale(i, by=2) + far.twice(i) + far.scale(x, 7)
    return t


def totals(n):
    return total(n), far.total(n), [x for x in squares(n)], sum(squares(n)), SCALE


def makes(n):
    add = far.adder(n)
    return [add(i) for i in range(3)], far.adder("a") is not None, lost.adder(n)(1)


def counts(n):
    before = far.COUNT
    for _ in range(n):
        far.count()
        far.count(2)
    return far.COUNT - before


def fails(x, y):
    return divide(x, y) + far.divide(1.0, y)


def guards(x, y):
    return far.guarded(x, y), lost.guarded(x, y)


def refuses(n):
    t = far.refused(n) + lost.refused(n)
    try:
        far.refuse(n)
    except Odd:
        return -1
    except far.Odd:
        return t
    return -t


def looks():
    return far.where(), lost.where(), SCALE


def mine(x):
    return x * SCALE


def calls_back(x):
    return far.back(mine, x), far.back(scale, x), far.back(lambda y: y + SCALE, x)


def odd(n):
    return False if n == 0 else far.even(n - 1)


def throws(n):
    die = Die(6, n)
    return [die.roll(3) for _ in range(4)], die.half, Die.fair(n), Die.of(n + 2).roll(), (die + Die(n)).sides


def throws_far(n):
    die = far.Die(4, n)
    other = lost.Die(4, n)
    return die.roll(n), other.roll(n), far.Die.of(n + 1).next(), die.half


def bound(n):
    far.the_die.state = lost.the_die.state = n
    return far.roll(2), far.following(), far.roll(n=1), lost.roll(2)


def points(n):
    t = 0
    for i in range(n):
        p = Point(i)
        q = far.Point(i, y=1)
        t += p.size() + q.size() + p.x + Point(i, i).y
    return t


def changes(n):
    """What it uses becomes something else, and is put back."""
    found = []
    for i in range(n):
        if i == 2:
            far.SCALE = 10
        if i == 3:
            far.scale = lambda x, by=1: ("new", x)
        found.append((far.twice(i), far.scale(i), scale(i)))
    far.SCALE = 3
    far.scale = scale
    return found


def changes_defaults(n):
    found = []
    for i in range(n):
        if i == 2:
            scale.__defaults__ = (7,)
        found.append((scale(i), far.scale(i)))
    scale.__defaults__ = (None,)
    return found


def changes_method(n):
    found = []
    far.the_die.state = 1
    for i in range(n):
        if i == 2:
            far.roll = "abc".upper
        if i == 3:
            far.roll = far.Die(100).roll
        found.append(far.roll() if i != 4 else far.roll(2))
    far.roll = far.the_die.roll
    return found


def changes_class(n):
    die = Die(6, 1)
    found = []
    old = Die.next
    for i in range(n):
        if i == 2:
            Die.next = lambda self: 4
        found.append(die.roll(2))
    Die.next = old
    return found


def same_code(n):
    """A function with the code of one of the module, and other globals."""
    twin = types.FunctionType(scale.__code__, {"SCALE": n, "__builtins__": __builtins__}, "scale", (None,))
    return [f(i) for f in (scale, twin, lost.scale) for i in range(3)]


class Index:
    def __index__(self):
        return 5

    def __repr__(self):
        return "Index()"


def indexes(x):
    try:
        return operator.index(x), operator.index(3)
    except TypeError as e:
        return str(e)


def chances(n):
    r = random.Random(n)
    random.seed(n)
    return [r.randint(1, 6), r.randrange(10), r.choice("abc"), r.uniform(0, 1), r.randint(1, 2**70), random.randint(1, 6),
            random.choice([1, 2, 3]), random.uniform(1, 2), r.gauss(0, 1), random.sample(range(50), 3), r.shuffle([1, 2])]


def bad_chances(n):
    r = random.Random(n)
    found = []
    for a in ((6, 1), ("a", 1), (1, 2.5), (1,)):
        try:
            found.append(r.randint(*a))
        except (ValueError, TypeError) as e:
            found.append(str(e))
    return found, r.randint(1.0, 4) if n < 0 else r.randint(True, 4)


NS = (0, 1, 3, 5)
CASES = [(f, (n,)) for f in (imported, totals, refuses, makes, counts, calls_back, odd, throws, throws_far, bound, points, changes, changes_defaults, changes_method, changes_class, same_code, chances, bad_chances) for n in NS]
CASES += [(imported, (x,)) for x in (1.5, "ab", 2**62, None)] + [(calls_back, (x,)) for x in (1.5, "a")]
CASES += [(f, a) for f in (fails, guards) for a in ((1, 2), (1, 0), (1.5, 0.0), ("a", 1))] + [(looks, ()), (far.imports, ())]
CASES += [(indexes, (x,)) for x in (5, True, 2**80, 1.5, Index(), "a", None)]
