"""Write a case file of small random functions on ways through a function: random_ways.py SEED COUNT [small] > cases.py

match statements on all that they can look at; try, finally and with in loops that break, continue and return out of them; locals that are deleted; unpacking with stars; globals that change while a loop reads them,
here and in what it calls; closures in closures with nonlocal; classes with bases, properties and what they delegate; finalizers that raise; recursion that goes too deep. The same seed gives the same file.
"""
import re

import random_templates

PRELUDE = r"""
import gc
import sys

gc.disable()  # cycles would die when it pleases it
k = 5
LOG = []
GI = 3
GF = 0.5
GL = [1, 2]


def hook(u):
    LOG.append(("dead", (type(u.exc_value).__name__, str(u.exc_value))))  # as what has died: when is not told exactly


sys.unraisablehook = hook


""" + random_templates.LIVES + r"""

class Bad(T):
    def __del__(self):
        LOG.append(("dead", self.v))
        raise Own(self.v)


class P:
    __match_args__ = ("x", "y")

    def __init__(self, x, y=2):
        self.x = x
        self.y = y

    def __repr__(self):
        return f"{type(self).__name__}({getattr(self, 'x', None)!r}, {self.y!r})"

    def again(self):
        return type(self)(getattr(self, "x", 0), self.y)

    @property
    def sum(self):
        return self.x + self.y

    @sum.setter
    def sum(self, v):
        self.x = v - self.y

    @sum.deleter
    def sum(self):
        del self.x

    def scaled(self, n):
        return self.x * n

    def __iter__(self):
        yield self.x
        yield self.y


class Q(P):
    def scaled(self, n):
        return super().scaled(n) + self.y

    @property
    def sum(self):
        return super().sum * 2

    @sum.setter
    def sum(self, v):
        P.sum.fset(self, v)

    def __bool__(self):
        return self.x > 2


class R(Q):
    z = 4

    def __init__(self, x, y=1):
        super().__init__(x, y)
        self.z += x

    def __getattr__(self, name):
        if name == "w":
            return self.z
        raise AttributeError(name)

    def scaled(self, n):
        return super().scaled(n) - self.z


class Plain:
    def __init__(self, swallows=False):
        self.swallows = swallows

    def __enter__(self):
        return 5

    def __exit__(self, *exc):
        LOG.append(exc[0] and exc[0].__name__)
        return self.swallows


def raises(i):
    if i > 3:
        raise Own(i)
    return i + 1


def sets(i):
    global GI
    GI = i
    return i


def reads(i):
    return GI + i


def deep(i):
    return deep(i + 1) + 1


def deeper(i, n):
    try:
        return deeper(i + 1, n) + 1
    except RecursionError:
        return i


def odd(n):
    return n and even(n - 1)


def even(n):
    return not n or odd(n - 1)


def count(n):
    total = 0

    def add(v):
        nonlocal total

        def twice():
            nonlocal total, v
            v += 1
            total += v

        twice()
        twice()
        return total

    for i in range(n):
        add(i)
    return add, lambda: total


def first(*values, **more):
    return values[0] if values else more


def found(items, wanted):
    for i in items:
        try:
            if i == wanted:
                return i
            if i is None:
                continue
            if i == 7:
                break
        finally:
            LOG.append(i)
    else:
        return "none"
    return "seven"


def told():
    global GI, GF, GL
    text = events()
    GI, GF, GL = 3, 0.5, [1, 2]
    return text
""" + random_templates.EVENTS
EXPRESSIONS = {
    "i": """ {i} + {i} | {i} - {i} | {i} * {i} | {i} // {n} | {i} % {n} | {i} & 15 | GI | GI + {i} | GI * {i} | reads({i}) | sets({i}) | raises({i}) | raises({i}) | {l}[{x}] | {t}[{x}] | len({l}) | {p}.x | {p}.sum | {p}.scaled({i}) | {p}.y | {p}.z | {p}.w | {d}['a'] | {i} if {q} else {i} | len({y}) | {o}.v
        | count({u})[0]({i}) | count({u})[1]() | first({i}, *{l}) | first(*{t}) | found({l}, {i}) | sum({l}) | sum({p}) | H({i}) | (lambda v, w={i}: v - w)({i}) | (I9 := {i}) | int({f}) | round({f}) | deeper({i}, {i}) % 7 | GL[0] | len(GL) | abs({i}) """,
    "f": """ {f} + {i} | {f} * {f} | {i} / {n} | GF | GF * {f} | -{f} | {f} // {n} | {f} % {n} | abs({c}) | {c}.real | {c}.imag | float({i}) | {f} if {q} else {i} | {f} ** 2 | divmod({f}, {n})[1] | round({f}, 1) """,
    "c": """ {c} + {i} | {c} * {f} | {c} - {c} | {c}.conjugate() | complex({i}, {f}) | {i} - {c} | {c} / {n} | {c} * {c} """,
    "l": """ [{i}, {i}] | {l}[1:] | {l}[{w}] | [*{l}, {i}] | [*{t}, *{l}] | [raises(v) for v in {l}] | list({p}) | list({t}) | sorted({l}) | [v for v in {l} if v > GI] | GL | {l} + {l} """,
    "t": """ ({i}, {i}) | (*{l}, {i}) | tuple({p}) | {t} + {t} | {t}[{w}] | ({i}, {l}) | (*{t}, *{p}) """,
    "d": """ {{'a': {i}}} | {{**{d}, 'b': {i}}} | {{'a': {i}, 'c': {l}}} | vars({p}) | dict(a={i}, b={f}) """,
    "p": """ P({i}) | P({i}, {i}) | Q({i}) | Q({i}, {i}) | R({i}) | R({i}, {f}) | {p} if {q} else {p} | {p}.again() """,
    "o": """ T({i}) | T({i}) | Bad({i}) | {o} or {o} """,
    "s": """ 'a' | 'abc' | str({i}) | f'{{{k}}}' | repr({t})[:9] """,
    "q": """ {i} < {i} | {i} == {i} | {i} > {i} | {l} | {p} | not {i} | {q} and {q} | {q} or {q} | {i} in {l} | 'a' in {d} | {f} > {i} | GI > {i} | odd({u}) | {i} < {i} < {i} | isinstance({p}, Q) | {c} == {i} """,
    "a": """ {i} | {i} | {f} | {l} | {t} | {d} | {p} | {s} | {c} | None | ({i}, {p}) | [{t}, {i}] """,
    "n": """ ({i} or 3) | 3 | 7 | -5 | {i} """,
    "u": """ 0 | 1 | 2 | 3 | ({i} & 3) """,
    "x": """ 0 | -1 | 1 | {i} """,
    "w": """ 1: | :2 | ::-1 | ::2 | -2::-1 | {u}:{i} | {i}::-2 """,
    "y": """ () """,
}
ATOMS = {
    "i": "0 1 2 3 4 5 -1 7 9 2**62 10**20 True".split(),
    "f": "0.0 0.5 -1.5 2.0 1e10 -0.0".split(),
    "c": ["1j", "(1+2j)", "0j"],
    "l": ["[]", "[8]", "[9, 1]", "[0, 7, 3]", "[1, None, 2]"],
    "t": ["()", "(1,)", "(1, 2)", "(3, 1, 2)"],
    "d": ["{'a': 1}", "{'a': 0, 'c': [4, 5]}", "{'b': 2, 'a': 3}"],
    "p": ["P(1)", "Q(2, 3)", "R(1, 2)"],
    "o": ["T(1)", "T(-2)", "Bad(3)"],
}
STATEMENTS = """ {I} = {i} | {I} = {i} | {I} += {i} | {F} = {f} | {F} += {i} | {C} = {c} | {C} *= {f} | {L} = {l} | {T} = {t} | {D} = {d} | {P} = {p} | {O} = {o} | {O} = None | del {I} | del {O} | del {L} | {P}.sum = {i} | del {P}.sum | {P}.x += {i} | {P}.z = {i} | del {P}.x
    | {I}, *{L} = {l} | *{L}, {I} = {t} | {I}, *{L}, {I} = {l} | {I}, {I} = {t} | {I}, ({I}, *{L}) = {i}, {t} | [{I}, *{T}] = {l} | {I}, {I} = {p} | {L}[{x}], {I} = {I}, {i} | {I}, {L}[{x}] = {t} | {L}[{x}] = {i} | {L}.append({i}) | {L}[{w}] = {t} | del {L}[{x}] | {D}['a'] = {i} | del {D}['a']
    | GI = {i} | GI += {i} | GI = {f} | GF = {f} | GL = {l} | GL.append({i}) | GI, GF = {i}, {f} | del GI | sets({i}) | LOG.append({a}) | LOG.append({i}) | LOG.append(({f}, {c})) | LOG.append(GI) | {I} = len({y}) | K({i}) | K({i}) | {I} = H({i}) | {I} = raises({i}) | {I} = found({l}, {i}) """
LOOPS = """ {I} in range({u}) | {I} in {l} | {I} in {t} | {I} in range(4) | {I} in {p} | {I}, {I} in enumerate({l}) | {I}, *{L} in ({t}, {t}) | {O} in (T({i}), Bad({i})) | {P} in ({p}, {p}, {p}) | {I} in GL | {I}, {F} in zip({l}, ({f}, {f})) | {L}[0] in {t} """
CAUGHT = ["Own", "Own", "(TypeError, AttributeError)", "LookupError", "ValueError", "Exception", "Exception", "NameError", "UnboundLocalError", "RecursionError", "ArithmeticError", "AttributeError", "BaseException"]
RAISED = """ raise Own({i}) | raises(9) | {I} = 1 // 0 | {I} = {l}[9] | {I}, {I} = {i}, | assert {q}, {i} | raise Own | deep({i}) | {I} = {d}['q'] | {I} = {f} // 0 | raise KeyError({i}) from Own({i}) """
WITHS = """ Plain() | Plain({q}) | Plain() as {I} | Plain(True) | Plain(True) as {I}, Plain() """
CASES = """ 0 | 1 \\| 2 | int() | int({I}) | float({F}) | [{I}, *{L}] | [{I}, {I}] | ({I}, {I}, *_) | [] | [_, *_] | [int({I}), *_] | {{'a': {I}}} | {{'a': {I}, **{D}}} | {{}} | P({I}, {I}) | P(x=0) | P(y={I}) | Q() | R(x={I}, z={I}) | Q({I}) | str() | str({I}) | None | True | -1 | [P({I}, _), *_] | ({I}, P()) | (0 \\| 1) as {I}
    | [[*{L}], *_] | complex() | -1.5 \\| 0.5 | 'a' \\| 'abc' | {{'c': [{I}, *_]}} | [*_, {I}] """
BOUND = {"i": " % 2**66", "l": "[:5]", "t": "[:5]"}
SHOWN = {"p": "({0}, vars({0}))"}
PATTERNS = random_templates.choices(CASES)


class Function(random_templates.Function):
    """With more of what it is about."""

    def block(self, indent, n):
        if not self.lines:
            self.rng.choice([self.matched, self.unwound, self.loop, self.loop])(1)
        super().block(indent, n)

    def matched(self, indent):
        rng = self.rng
        self.emit(indent, f"match {self.fill(rng.choice(['{a}', '{a}', '{i}', '{l}', '{p}', '{d}', '{t}', '({i}, {p})']), 0)}:")
        for _ in range(rng.randint(1, 2 if random_templates.SMALL else 4)):
            guard = f" if {self.expression('q', 2)}" if rng.random() < 0.2 else ""
            self.emit(indent + 1, f"case {self.fill(rng.choice(PATTERNS), 0)}{guard}:")
            self.block(indent + 2, 1)
        if rng.random() < 0.4:
            self.emit(indent + 1, f"case {self.fill('{I}', 0) if rng.random() < 0.3 else '_'}:")
            self.block(indent + 2, 1)

    def unwound(self, indent):
        """What leaves a block that has something to do at its end."""
        rng = self.rng
        if not self.loops:
            self.loops += 1
            self.emit(indent, f"for {self.fill(rng.choice(['{I} in range(3)', '{I} in {t}', '{I} in (1, 2, 7)']), 0)}:")
            self.unwound(indent + 1)
            self.loops -= 1
            return
        if rng.random() < 0.3:
            self.context(indent)
        else:
            self.emit(indent, "try:")
            self.block(indent + 1, 1)
        self.emit(indent + 1, f"if {self.expression('q', 1)}: {self.leaves()}")
        if self.lines[-2].strip().startswith("with") or not self.is_try(indent):
            return
        if rng.random() < 0.4:
            self.handler(indent)
            if rng.random() < 0.4:
                self.emit(indent + 1, self.leaves())
        self.emit(indent, "finally:")
        self.block(indent + 1, 1)
        if rng.random() < 0.2:
            self.emit(indent + 1, f"if {self.expression('q', 1)}: {self.leaves()}")

    def is_try(self, indent):
        start = "    " * indent
        return next(line for line in reversed(self.lines) if line.startswith(start) and not line.startswith(start + " ")).strip() == "try:"

    def leaves(self):
        return self.rng.choice(["break", "continue", "break", "continue", f"return {self.expression('i', 1)}", "raise Own(7)"])

    def statement(self, indent):
        r = self.rng.random()
        if indent < 4 and r < 0.12:
            self.matched(indent)
        elif indent < 4 and r < 0.22:
            self.unwound(indent)
        else:
            super().statement(indent)

    def source(self):
        text = super().source().replace("I9", self.params[0] if self.params[0][0] == "i" else "i9")
        named = [n for n in ("GI", "GF", "GL") if re.search(rf"\b{n}\b[^\n=]* [-+*]?= |del {n}\b", text)]
        head, rest = text.split("\n", 1)
        return f"{head}\n    global {', '.join(named)}\n{rest}" if named else text

    def is_python(self, source):  # two names of a pattern are one, a nonlocal that is a parameter of an inner function
        try:
            return bool(compile(source, "", "exec"))
        except SyntaxError:
            return False


random_templates.write(
    random_templates.Grammar("ways", PRELUDE, ATOMS, EXPRESSIONS, STATEMENTS, LOOPS, CAUGHT, BOUND, "iiifltdpo", final="", raised=RAISED, withs=WITHS, shown=SHOWN, calls="y"), Function
)
