"""Write a case file of random functions that loop for long: random_rounds.py SEED COUNT [small] > cases.py

A call begins in CPython and becomes native in the middle of a loop: ints, floats, strs, lists, dicts, objects, closures, generators, handlers and `with` around and in the loop, iterators of all kinds, and what
changes late: a type, a global, a class.  Small ones have some dozen rounds, others 40000.  The same seed gives the same file.
"""
import re

import random_templates

N = 50 if random_templates.SMALL else 40000
PRELUDE = f"N = {N}\nLATE = N * 2 // 3\n" + r"""
import gc

gc.disable()  # cycles would die when it pleases it
k = 5
LOG = []
SAVED = []
GI = 3


class Own(ValueError):
    pass


class T:
    def __init__(self, v=1):
        self.v = v

    def __del__(self):
        if len(LOG) < 30:
            LOG.append(("dead", self.v))

    def __repr__(self):
        return f"T({self.v!r})"

    def again(self):
        return T(self.v)

    def m(self, x):
        return self.v + x

    def grow(self, x):
        self.v = self.v + x & 0xFFFF
        return self


class Slots:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __repr__(self):
        return f"Slots({self.x!r}, {self.y!r})"

    def __add__(self, other):
        return Slots(self.x + other.x & 255, self.y)

    def again(self):
        return Slots(self.x, self.y)


class Counted:
    def __init__(self, v):
        self.v = v

    def __enter__(self):
        return self.v

    def __exit__(self, *exc):
        return exc[0] is Own


def raises(i):
    if i % 5 == 3:
        raise Own(i)
    return i + 1


def plus(x, y=2):
    return x + y


def G(v, w):
    for k in range(3):
        yield v + k * w


def log(v):
    if len(LOG) < 30:
        LOG.append(v)


def patch(where, name, value):
    if not any(w is where and n == name for w, n, _ in SAVED):
        SAVED.append((where, name, getattr(where, name)))
    setattr(where, name, value)


def rebind(v):
    global GI
    GI = v


def told():
    global GI
    GI = 3
    text = events()
    while SAVED:
        setattr(*SAVED.pop())
    return text
""" + random_templates.EVENTS
EXPRESSIONS = {
    "i": """ at | at | at & 7 | {i} + {i} | {i} - {i} | {i} * {i} | {i} // {n} | {i} % {n} | {i} & 255 | {i} ^ {i} | {i} >> 1 | raises({i}) | plus({i}) | plus({i}, {i}) | {o}.v | {o}.m({i}) | {p}.x | ({p} + {p}).x | len({l}) | {l}[{x}] | {l}[{x}] | {d}.get({i}, {i}) | {d}[{i}] | len({s}) | GI | H({i}) | sum({l}) | sum(G({i}, 1))
        | {i} if {q} else {i} | abs({i}) | min({i}, {i}) | max({l}, key=lambda v: -v) | int({f}) | ord({s}[{x}]) | next(G({i}, 2)) | sum(v * 2 for v in {l}) | len([v for v in {l} if v > {i}]) """,
    "f": """ {f} + {f} | {f} * 0.5 | {f} - {i} | {i} / {n} | {f} / ({f} or 1.5) | float({i}) | min({f}, {f}) """,
    "s": """ {s} + {s} | {s}[1:] | str({i}) | f'{{{k}}}' | {s}[{x}] | {s}.upper() | {s} if {q} else {s} | 'a' """,
    "l": """ [{i} & 0xFFFF, {i} & 255] | {l}[1:] | {l} + {l} | [v + 1 for v in {l}] | sorted({l}) | list(G({i}, {i})) | [0] * 3 """,
    "d": """ {{{i}: {i}}} | dict({d}) """,
    "o": """ T({i}) | T() | {o}.grow({i}) | {o} if {q} else {o} """,
    "p": """ Slots({i}, {i}) | {p} + {p} | {p} """,
    "q": """ {i} < {i} | {i} == {i} | {i} & 1 | {i} in {l} | {i} in {d} | {s} == {s} | {f} > {f} | {l} | {o} is {o} | not {i} | {i} % 7 == 0 | {s} in {s} | {q} and {q} | at > LATE | at == LATE """,
    "n": """ ({i} or 3) | 3 | 7 | {i} """,
    "u": """ 0 | 1 | 2 | 3 """,
    "x": """ 0 | -1 | 1 | {i} & 1 """,
}
ATOMS = {
    "i": "0 1 2 3 5 -1 7 100 2**40".split(),
    "f": "0.0 0.5 1.5 -2.25".split(),
    "s": ["''", "'ab'", "'x'"],
    "l": ["[]", "[1, 2]", "[3, 1, 2]", "list(range(5))"],
    "d": ["{}", "{1: 2}", "{0: 1, 3: 4}"],
    "o": ["T(1)", "T(2)"],
    "p": ["Slots(1, 2)"],
}
STATEMENTS = """ {I} = {i} | {I} = {i} | {I} += {i} | {I} += {i} | {I} -= {i} | {F} = {f} | {F} += {f} | {S} = {s} | {S} += {s} | {L} = {l} | {L}.append({i} & 0xFFFF) | {L}.append({i} & 255) | {L}.pop() | {L}[{x}] = {i} & 0xFFFF | {L}[{x}] += {i} & 255 | {D}[{i}] = {i} & 0xFFFF | {D}[{i} & 7] = {i} & 0xFFFF | {D}.pop({i}, 0) | {O} = {o} | {O}.v = {i} | {O}.v += {i} | {O}.grow({i})
    | {P} = {p} | {P}.x = {i} & 255 | {I}, {I} = {I}, {i} | log({i}) | log({i}) | K({i}) | {I} = H({i}) | {O}, {O} = {O}, {O} | {I} = raises({i}) | del {I} | {I} = plus({i}) | {L} = {l} | if at == LATE: rebind({i}) | if at == LATE: {I} = {f} | if at == LATE: {I} = 2**70 | if at == LATE: {L} = {s} | if at > LATE: log({i})
    | if at == LATE: patch(T, 'm', lambda self, x: 11) | if at == LATE: patch(Slots, '__add__', lambda self, o: Slots(0, 1)) | if at == LATE: {O} = {p} | if at > LATE: {L}.append({f}) """
LOOPS = """ {I} in range({u}) | {I} in {l} | {I}, {I} in {d}.items() | {S} in {s} | {I} in G({i}, {i}) | {I}, {I} in enumerate({l}) """
CAUGHT = ["Own", "IndexError", "(Own, KeyError)", "TypeError", "Exception", "ZeroDivisionError", "LookupError"]
RAISED = """ raise Own({i}) | {I} = {l}[9] | {I} = {d}[{i}] | {I} = {i} // 0 | raises(3) """
WITHS = """ Counted({i}) | Counted({i}) as {I} """
LONG = ["{I} in range(N)", "{I} in range(N)", "{I} in range(0, 2 * N, 2)", "{I} in range(N, 0, -1)", "_, {I} in enumerate(range(N))", "{I}, {I} in zip(range(N), range(3, 2 * N))", "{I} in [v & 15 for v in range(N)]", "{I} in map(abs, range(N))", "{I} in (v * 3 for v in range(N))", "{I} in {{v: 1 for v in range(N)}}", "{S} in 'abcde' * (N // 5)",
        "{I} in reversed(range(N))", "{I} in iter(range(N))", "{I}, {F} in [(v, v * 0.5) for v in range(N)]"]
BOUND = {"i": " & 0xFFFFFF", "l": "[:6]", "s": "[:8]", "f": " % 1000.5"}


class Function(random_templates.Function):
    """A loop, with something before and behind it, and at times around it; at is the round."""

    def assign(self, indent):
        n = len(self.lines)
        super().assign(indent)
        text = self.lines[n] if self.loops else ""
        for name in re.findall(r"^ *([ilsf]\d)(?:\.append|\[[^=]*)? [-+]?= ", text) + re.findall(r"^ *(l\d)\.append", text) + re.findall(r", (i\d) = ", text):
            self.emit(indent, f"{name} = {name}{BOUND[name[0]]}")
        for name in re.findall(r"([op]\d)\.[vxy] [-+]?=", text):
            self.emit(indent, f"{name}.{'v' if name[0] == 'o' else 'x'} &= 0xFFFF")
        for name in re.findall(r"^ *(d\d)\[", text):
            self.emit(indent, f"if len({name}) > 20: {name}.clear()")

    def long_loop(self, indent):
        rng = self.rng
        if rng.random() < 0.2:
            self.emit(indent, "while at < N:")
        else:
            self.emit(indent, f"for {self.fill(rng.choice(LONG), 0)}:")
        self.emit(indent + 1, "at += 1")
        self.loops += 2
        handled = rng.random()
        if handled < 0.3:
            self.emit(indent + 1, "try:")
        elif handled < 0.4:
            self.emit(indent + 1, f"with {self.fill(rng.choice(self.grammar.withs), 0)}:")
        self.block(indent + 1 + (handled < 0.4), 3)
        if handled < 0.3:
            self.handler(indent + 1)
        if rng.random() < 0.3:
            self.raise_or_leave(indent + 1)
        self.loops -= 2

    def block(self, indent, n):
        if self.lines:
            return super().block(indent, n)
        self.emit(1, "at = 0")
        super().block(1, 1)
        if self.rng.random() < 0.2:
            self.emit(1, "try:")
            self.long_loop(2)
            self.handler(1)
        else:
            self.long_loop(1)
        super().block(1, 1)


random_templates.write(
    random_templates.Grammar("rounds", PRELUDE, ATOMS, EXPRESSIONS, STATEMENTS, LOOPS, CAUGHT, BOUND, "iiiflldsop", final="LOG[-2:]", raised=RAISED, withs=WITHS, handled="str({0})[:20]", shown={"s": "{}[:9]"}), Function
)
