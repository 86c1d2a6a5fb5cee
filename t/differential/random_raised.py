"""Write a case file of small random functions with `with` and exceptions of their own kinds: random_raised.py SEED COUNT [small] > cases.py

Context managers that are classes: what they return, swallow, raise and tell, with slots, bases, `*exc`, no exception that they look at; exceptions whose __init__ and __str__ are their own, with
defaults, keywords, attributes, bases of bases, and such as cannot be made; try in try, raise in handlers, `from`, finally that returns; functions that are called directly and raise. The
same seed gives the same file.
"""
import random_templates

PRELUDE = r"""
import contextlib
import gc
import sys

gc.disable()  # cycles would die when it pleases it
k = 5
LOG = []
SAVED = []


""" + random_templates.LIVES + r"""

class Coded(Exception):
    def __init__(self, code, text="none"):
        self.code = code
        self.text = text


class Told(Coded):
    def __init__(self, code, *, text="some"):
        super().__init__(code, text)
        self.count = code + 1

    def __str__(self):
        return f"{self.code}: {self.text}"


class Passed(Own):
    def __init__(self, a, b=2):
        super().__init__(f"{a} and {b}")
        self.a, self.b = a, b


class Refused(Exception):
    def __init__(self, v):
        if v > 2:
            raise KeyError(v)
        Exception.__init__(self, v, v)


class Slots(LookupError):
    __slots__ = ("x",)

    def __init__(self, x=1):
        self.x = x
        LOG.append(("made", x))


class New(Exception):
    def __new__(cls, v):
        LOG.append("new")
        return super().__new__(cls, v * 2)


class Holds(Exception):
    def __init__(self, o):
        self.o = o


class Plain:
    def __repr__(self):
        return "Plain()"

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        return None


class Counted:
    def __init__(self, v=0):
        self.v = v

    def __repr__(self):
        return f"{type(self).__name__}({self.v!r})"

    def again(self):
        return type(self)(self.v)

    def __enter__(self):
        self.v += 1
        return self.v

    def __exit__(self, *exc):
        self.v -= 1
        LOG.append((self.v, exc[0] and exc[0].__name__))


class Swallows(Counted):
    def __exit__(self, kind, value, traceback):
        super().__exit__(kind, value, traceback)
        return kind is not None and issubclass(kind, Own)


class Asks(Counted):
    def __exit__(self, kind, value, traceback):
        LOG.append((str(value), traceback and traceback.tb_lineno))
        return self.v


class Fails:
    __slots__ = ("v",)

    def __init__(self, v):
        self.v = v

    def __repr__(self):
        return f"Fails({self.v!r})"

    def again(self):
        return Fails(self.v)

    def __enter__(self):
        if self.v > 4:
            raise Coded(self.v)
        return T(self.v)

    def __exit__(self, kind, value, traceback):
        if self.v > 2:
            raise Told(self.v) from value
        return self.v == 1


class Changes:
    def __repr__(self):
        return "Changes()"

    def __init__(self, items):
        self.items = items

    def __enter__(self):
        self.items.append(1)
        return self.items

    def __exit__(self, kind, value, traceback):
        self.items.pop()
        return kind is IndexError


@contextlib.contextmanager
def managed(v):
    LOG.append("in")
    try:
        yield v
    except Own as e:
        LOG.append(("own", str(e)))
    finally:
        LOG.append("out")


def raises(i):
    if i > 3:
        raise Coded(i)
    return i + 1


def passed(i):
    if i < 1:
        raise Passed(i)
    with Counted(i) as v:
        return raises(v) * 2


def told_of(i):
    try:
        return raises(i)
    except Coded as e:
        return e.code


def lines(e):
    found = []
    tb = e.__traceback__
    while tb:
        found.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
        tb = tb.tb_next
    return found


def shown(e):
    if not isinstance(e, BaseException):
        return e
    return type(e).__name__, str(e)[:60], repr(e.args), vars(e).get("code"), lines(e), e.__suppress_context__, shown(e.__cause__), shown(e.__context__ if e.__context__ is not e.__cause__ else None)


def patch(where, name, value):
    SAVED.append((where, name, getattr(where, name)))
    setattr(where, name, value)


THIS = sys.modules["cases"]


def told():
    text = events()
    while SAVED:
        setattr(*SAVED.pop())
    return text
""" + random_templates.EVENTS
EXPRESSIONS = {
    "i": """ {i} + {i} | {i} - {i} | {i} * {i} | {i} // {n} | raises({i}) | raises({i}) | passed({i}) | told_of({i}) | {o}.v | len({l}) | {l}[{x}] | {l}[{i}] | {i} if {q} else {i} | len({y}) | {e}.code | len({e}.args) | {c}.v | {d}[{i}] | int({s}) """,
    "o": """ T({i}) | T({i}) | {o} if {q} else {o} | Holds({o}).o """,
    "l": """ [{i}, {i}] | {l}[1:] | [raises(v) for v in {l}] | list({d}) """,
    "d": """ {{{i}: {i}}} | {{v: v for v in {l}}} """,
    "c": """ Counted({i}) | Counted() | Swallows({i}) | Asks({i}) | Fails({i}) """,
    "m": """ Plain() | Counted({i}) | Counted() | Counted(v={i}) | Swallows({i}) | Swallows() | Asks({i}) | Fails({i}) | Changes({l}) | managed({i}) | {c} | {c} | contextlib.suppress(Own, LookupError) """,
    "e": """ Own({i}) | Own({i}, {i}) | Coded({i}) | Coded({i}, {i}) | Coded(code={i}, text={i}) | Coded({i}, text={o}) | Told({i}) | Told({i}, text='x') | Told({i}, 5) | Passed({i}) | Passed({i}, {i}) | Passed(b={i}, a={i}) | Refused({i})
        | Slots({i}) | Slots() | New({i}) | Coded() | Holds({o}) | KeyError({i}) | Coded(*({i}, {i})) | Coded(**{{'code': {i}}}) | Coded(T({i})) """,
    "q": """ {i} < {i} | {i} == {i} | {i} > {i} | {l} | not {i} | {q} and {q} | {i} in {l} | {i} in {d} | isinstance({e}, Own) """,
    "n": """ ({i} or 3) | 3 | {i} """,
    "u": """ 0 | 1 | 2 | 3 | ({i} & 3) """,
    "x": """ 0 | -1 | 1 """,
    "s": """ '5' | str({i}) | 'x' """,
    "y": """ () """,
}
ATOMS = {
    "i": "0 1 2 3 4 5 -1 7 2**62 10**20".split(),
    "o": ["T(1)", "T(2)", "T(-3)"],
    "l": ["[]", "[8]", "[9, 1]", "[0, 2, 3]"],
    "d": ["{}", "{1: 2}", "{3: 4, 0: 1}"],
    "c": ["Counted(1)", "Swallows(2)", "Asks(0)", "Fails(1)", "Fails(0)"],
    "e": ["Own(1)", "Coded(2)", "Told(3)", "Passed(4)"],
}
STATEMENTS = """ {I} = {i} | {I} += {i} | {I} = {i} | {O} = {o} | {L} = {l} | {C} = {c} | {E} = {e} | {O} = None | del {O} | del {I} | {O}.v = {i} | {C}.v = {i} | {E}.code = {i} | {L}.append({i}) | LOG.append({i}) | LOG.append(shown({e})) | {D}[{i}] = {i} | {I} = len({y})
    | LOG.append(repr({y})) | patch(THIS, 'raises', lambda v: v * 2) | patch(Counted, '__exit__', lambda self, *exc: LOG.append('other')) | patch(Coded, '__init__', lambda self, v: None) | patch(Plain, '__enter__', lambda self: 3) | raises({i}) | passed({i}) | {I} = told_of({i}) """
LOOPS = """ {I} in range({u}) | {I} in {l} | {O} in [T({i}), T({i})] | {I} in range(3) | {I}, {I} in {d}.items() | {C} in ({c}, {c}) """
CAUGHT = ["Own", "Coded", "Coded", "Told", "Passed", "(Coded, Own)", "LookupError", "Slots", "(TypeError, AttributeError)", "Exception", "Exception", "KeyError", "Holds", "ArithmeticError", "(Refused, New)", "BaseException"]
RAISED = """ raise {e} | raise {e} | raise {e} | raise {e} from {e} | raise {e} from None | raise Coded | raise Own | raise Slots | {I} = 1 // 0 | raises(9) | passed(0) | assert {q}, {i} | {I} = {l}[9] | {I} = {d}[{i}] """
WITHS = """ {m} | {m} as {I} | {m} as {O} | {m} as {C} | {m}, {m} as {I} | {m} as {I}, {m} as {I} | Plain() | Counted({i}) as {I} | Swallows() """
BOUND = {"i": " % 2**66", "l": "[:5]"}
SHOWN = {"c": "type({}).__name__", "e": "shown({})"}


class Function(random_templates.Function):
    """With more of what it is about."""

    def block(self, indent, n):
        if not self.lines:
            self.rng.choice([self.context, self.attempt, self.loop])(1)
        super().block(indent, n)

    def statement(self, indent):
        r = self.rng.random()
        if indent < 4 and r < 0.2:
            self.context(indent)
        elif indent < 4 and r < 0.35:
            self.attempt(indent)
        elif indent > 1 and r < 0.45:
            self.raise_or_leave(indent)
        else:
            super().statement(indent)


random_templates.write(
    random_templates.Grammar("raised", PRELUDE, ATOMS, EXPRESSIONS, STATEMENTS, LOOPS, CAUGHT, BOUND, "iiiiollc", final="", raised=RAISED, withs=WITHS, shown=SHOWN, handled="shown({0})", calls="y"), Function
)
