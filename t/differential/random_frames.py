"""Write a case file of small random functions that are about frames and lives: random_frames.py SEED COUNT [small] > cases.py

Objects that tell when they die, as locals, arguments, items and attributes; instances with slots, properties and operators, of a class like a dataclass and of a subclass, that are
made and dropped in loops; calls with keywords and defaults; exceptions from functions that are called directly, with the lines of their tracebacks; try, with and finally
in each other; lines that sys._getframe() sees; generators; globals and builtins that change in the middle.
"""
import random_templates

PRELUDE = r"""
import gc
import builtins
import sys

gc.disable()  # cycles would die when it pleases it
k = 5
LOG = []
GI = 5
SAVED = []


""" + random_templates.LIVES + r"""
    def m(self, x):
        return self.v + x

    def grow(self, x):
        self.v += x
        return self


class P:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __repr__(self):
        return f"{type(self).__name__}({self.x!r}, {self.y!r})"

    def __add__(self, other):
        return P(self.x + other.x, self.y + other.y)

    def __mul__(self, n):
        return P(self.x * n, self.y * n)

    def __eq__(self, other):
        return isinstance(other, P) and self.x == other.x and self.y == other.y

    def __len__(self):
        return abs(self.x) & 3

    @property
    def norm(self):
        return self.x * self.x + self.y * self.y

    def again(self):
        return P(self.x, self.y)

    def moved(self, n):
        return P(self.x + n, self.y)

    def dot(self, other):
        return self.x * other.x + self.y * other.y


class Q(P):
    def __init__(self, x, y, z=1):
        super().__init__(x, y)
        self.z = z

    def again(self):
        return Q(self.x, self.y, self.z)

    def moved(self, n):
        return Q(self.x, self.y + n, self.z)


def generated(name, parameters, body):  # as dataclasses makes methods
    made = {}
    exec(f"def create(DEFAULT):\n def {name}({parameters}):\n  {body}\n return {name}", globals(), made)
    return made["create"](2)


class D:
    __init__ = generated("__init__", "self, a, b=DEFAULT", "self.a = a; self.b = b")
    __eq__ = generated("__eq__", "self, other", "return (self.a, self.b) == (other.a, other.b) if other.__class__ is self.__class__ else NotImplemented")
    __repr__ = generated("__repr__", "self", "return 'D(a=%r, b=%r)' % (self.a, self.b)")

    def again(self):
        return D(self.a, self.b)

    def total(self):
        return self.a + self.b


class Context:
    def __init__(self, v, swallows=False):
        self.v = v
        self.swallows = swallows

    def __enter__(self):
        LOG.append("enter")
        return T(self.v)

    def __exit__(self, kind, value, traceback):
        LOG.append(("exit", kind and kind.__name__))
        return self.swallows


def raises(i):
    if i > 3:
        raise Own(i)
    return i + 1


def deep(i):
    x = raises(i - 1)
    return x * 2


def default(a, b=2, *, c=3):
    return a + b * c


def rest(*a, **k):
    return len(a) + sum(k.values())


def rebind(i):
    global GI
    GI = i
    return i


def get():
    return GI


def line():
    return sys._getframe(1).f_lineno


def lines(e):
    found = []
    tb = e.__traceback__
    while tb:
        found.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
        tb = tb.tb_next
    return found


def gen(i, n):
    try:
        for k in range(i & 3):
            yield k + n
    finally:
        LOG.append("end")


def G(v, w):
    for k in range(3):
        yield v + k * w


def make(x, y):
    return P(x, y)


def pick(o):
    return o


def takes(o, n):
    mine = T(n + 100)
    if n == 7:
        raise Own(n)
    return n + mine.v


def patch(where, name, value):
    SAVED.append((where, name, getattr(where, name)))
    setattr(where, name, value)


THIS = sys.modules["cases"]


def told():
    global GI
    text = events()
    GI = 5
    while SAVED:
        setattr(*SAVED.pop())
    return text
""" + random_templates.EVENTS
EXPRESSIONS = {
    "i": """ {i} + {i} | {i} - {i} | {i} * {i} | {i} // {n} | raises({i}) | raises({i}) | deep({i}) | default({i}) | default({i}, {i}) | default({i}, c={i}) | default(b={i}, a={i}) | rest({i}, {i}) | rest(x={i})
        | rest(*({i}, {i}), **{{'z': {i}}}) | {o}.v | {o}.m({i}) | {p}.x | {p}.y | {p}.norm | {p}.dot({p}) | P({i}, {i}).x | ({p} + {p}).y | ({p} * {i}).x | get() | GI | len({l}) | sum(o.v for o in {l}) | {l}[{x}].v
        | takes({o}, {i}) | takes(T({i}), {i}) | len({y}) | max(o.v for o in {l}) | next(gen({i}, 1)) | sum(gen({i}, 2)) | H({i}) | H({i}, w={i}) | abs({i}) | len({p}) | {i} if {q} else {i} | D({i}).total() | D({i}, b={i}).a | {d}.a
        | {d}.total() | {p}.moved({i}).norm | T({i}).v | T({i}).m({i}) | min({i}, {i}) | Q({i}, {i}, {i}).z | sum(G({i}, {i})) | (lambda v, w={i}: v - w)({i}) """,
    "o": """ T({i}) | T({i}) | T({i}) | {l}[{x}] | pick({o}) | {o}.grow({i}) | {o} if {q} else {o} | {l}.pop() | {o} or {o} """,
    "p": """ P({i}, {i}) | P({i}, {i}) | make({i}, {i}) | {p} + {p} | {p} * {i} | {p}.moved({i}) | Q({i}, {i}, {i}) | Q({i}, {i}) | {p} if {q} else {p} | P(y={i}, x={i}) | pick({p}) | {p} or {p} """,
    "d": """ D({i}) | D({i}, {i}) | D(b={i}, a={i}) | pick({d}) """,
    "l": """ [{o}, {o}] | [T(k) for k in range({u})] | {l}[1:] | {l} + {l} | list({l}) | [o for o in {l} if o.v > {i}] | [T(v) for v in G({i}, {i})] """,
    "q": """ {i} < {i} | {i} == {i} | {i} > {i} | {o} is {o} | {p} == {p} | {d} == {d} | {l} | not {l} | {o} in {l} | {p} | not {q} | {q} and {q} | {i} in (1, 2) | isinstance({p}, Q) | any(o.v > {i} for o in {l}) | {i} """,
    "n": """ ({i} or 3) | 3 | {i} """,
    "u": """ 0 | 1 | 2 | 3 | ({i} & 3) """,
    "x": """ 0 | -1 | 1 | {i} & 1 """,
    "y": """ () """,  # a call of an earlier function
}
ATOMS = {
    "i": "0 1 2 3 4 5 -1 7 9 2**62 10**20".split(),
    "o": ["T(1)", "T(2)", "T(-3)"],
    "p": ["P(1, 2)", "P(0, 5)", "Q(3, 4)", "P(2**62, 1)"],
    "d": ["D(1)", "D(4, 5)"],
    "l": ["[]", "[T(8)]", "[T(9), T(10)]"],
}
STATEMENTS = """ {I} = {i} | {I} += {i} | {O} = {o} | {O} = {o} | {P} = {p} | {P} = {p} | {D} = {d} | {L} = {l} | {O} = None | del {O} | del {P} | del {I} | {O}.v = {i} | {O}.v += {i} | {O}.w = {o} | {P}.x = {i} | {P}.x += {i} | {P}.z = {i} | {P} += {p}
    | {D}.b = {i} | {D}.a += {i} | {L}.append({o}) | {L}.append({o}) | {L}.pop() | {L}[{x}] = {o} | {L}.clear() | del {L}[{x}] | LOG.append({i}) | LOG.append(line()) | LOG.append(repr({y})) | LOG.append(repr({p})) | {I} = len({y})
    | rebind({i}) | patch(THIS, 'raises', lambda v: v * 2) | patch(THIS, 'GI', {i}) | patch(builtins, 'len', lambda v: 99) | patch(P, 'moved', lambda self, n: P(n, n)) | patch(T, 'm', lambda self, n: 11) | patch(default, '__defaults__', (9,))
    | patch(P, '__init__', Q.__init__) | patch(P, 'dot', lambda *a: 0) | {I} = H({i}) | K({i}) | {O}, {O} = {O}, {o} | {I}, {O} = {i}, {o} | {O} = {O}.grow({i}) | takes({o}, {i}) | T({i}) | T({i}).w = 1 | {P}, {P} = {P}, {p}
    | {I} = (lambda: {p}.x + {i})() | {O} = (lambda: {o})() | {L} = [{o} for k in range({u})] """
LOOPS = """ {I} in range({u}) | {I} in range({u}) | {O} in {l} | {I} in gen({i}, {i}) | {I}, {O} in enumerate({l}) | {P} in ({p}, {p}) | {O} in [T({i}), T({i})] | {I}, {P} in zip(range({u}), [{p}, {p}, {p}]) | {I} in G({i}, {i}) """
CAUGHT = ["Own", "ZeroDivisionError", "(Own, TypeError)", "AttributeError", "(IndexError, NameError)", "ArithmeticError", "LookupError", "Exception", "Own"]
RAISED = """ raise Own({i}) | raise KeyError({i}) | raise Own | {I} = 1 // 0 | raises(9) | deep(9) | {I} = deep(8) | assert {q}, {i} | T(5).nothing | takes(T(6), 7) """
WITHS = """ Context({i}) | Context({i}, {q}) | Context({i}) as {O} | Context({i}, True) as {O} | Context({i}), Context({i}, {q}) as {O} """
BOUND = {"i": " % 2**66", "l": "[:5]"}

random_templates.write(
    random_templates.Grammar("frames", PRELUDE, ATOMS, EXPRESSIONS, STATEMENTS, LOOPS, CAUGHT, BOUND, "iiiooppdl", final="", raised=RAISED, withs=WITHS,
                             handled="(str({0})[:60], lines({0}))", calls="y")
)
