"""Write a case file of random generators and of functions that use them as objects: random_resumed.py SEED COUNT [small] > cases.py

Generators that yield values and take what is sent, delegate to others, to iterators and to themselves, have handlers and finally around what they yield, and return
values; functions that ask them, send, throw, close, keep and drop them in the middle, and look at where they wait.  The same seed gives the same file.
"""
import random_templates

PRELUDE = r"""
import gc
import itertools
import sys

gc.disable()  # cycles would die when it pleases it
k = 5
LOG = []
KEPT = []


""" + random_templates.LIVES + r"""

class Iterator:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        self.n -= 1
        if self.n < 0 or self.n > 9:
            raise StopIteration(self.n)
        return self.n


class Odd(Iterator):  # takes what a generator takes
    def send(self, v):
        LOG.append(("sent", v))
        return next(self)

    def throw(self, kind, value=None, tb=None):
        LOG.append(("thrown", kind if type(kind) is type else type(kind)))
        raise kind

    def close(self):
        LOG.append("closed")


class Tree:
    def __init__(self, depth, v):
        self.v = v
        self.left = Tree(depth - 1, v + 1) if depth > 0 else None
        self.right = Tree(depth - 1, v * 2) if depth > 1 else None

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.v
        if self.right is not None:
            for v in self.right:
                yield v

    def depth(self):
        a = (yield from self.left.depth()) if self.left else 0
        yield a
        b = (yield from self.right.depth()) if self.right else 0
        return max(a, b) + 1


def hook(u):
    LOG.append(("unraisable", type(u.exc_value).__name__, str(u.exc_value)))


sys.unraisablehook = hook


def G(v, w):
    for k in range(3):
        yield v + k * w


def raises(i):
    if i > 3:
        raise Own(i)
    return i + 1


def lines(e):
    found = []
    tb = e.__traceback__
    while tb:
        found.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
        tb = tb.tb_next
    return found


def state(g):
    if not hasattr(g, "gi_frame"):
        return type(g).__name__
    frame = g.gi_frame
    return frame and (frame.f_lineno, frame.f_lasti), g.gi_running, g.gi_suspended, type(g.gi_yieldfrom).__name__


def drive(g, script):
    out = []
    for what, value in script:
        try:
            if what == "next":
                out.append(next(g))
            elif what == "send":
                out.append(g.send(value))
            elif what == "throw":
                out.append(g.throw(value))
            elif what == "close":
                out.append(g.close())
            else:
                out.append(state(g))
        except StopIteration as e:
            out.append(("stop", e.value))
        except BaseException as e:
            out.append((type(e).__name__, str(e), lines(e), type(e.__context__).__name__, type(e.__cause__).__name__))
    g = script = value = None  # no cycle with the traceback of what was thrown
    return tuple(out)


def told():
    KEPT.clear()
    return events()
""" + random_templates.EVENTS
EXPRESSIONS = {
    "i": """ {i} + {i} | {i} - {i} | {i} * {i} | {i} // {n} | raises({i}) | {o}.v | len({l}) | {l}[{x}] | sum(v * {i} for v in {m}) | abs({i}) | {i} if {q} else {i} | next({g}, {i}) | next(Iterator({i})) """,
    "o": """ T({i}) | T({i}) | {o} if {q} else {o} | {o} or {o} """,
    "l": """ [{i}, {i}] | [{i}] * {u} | {l}[1:] | list({m}) | [v for v in {m} if v] """,
    "g": """ {y} | {y} | {y} | G({i}, {i}) | (v + {i} for v in {m}) | (v for v in {m} if v != {i}) | Iterator({i}) | Odd({u}) | Tree({u}, {i}).depth() | iter(Tree({u}, {i})) | iter({l}) | {g} if {q} else {g} """,
    "m": """ {g} | {g} | range({u}) | {l} | ({i}, {i}) | (v for v in {m}) | Tree({u}, {i}) | map(abs, {l}) | zip({l}, {g}) """,
    "q": """ {i} < {i} | {i} == {i} | {i} > {i} | {l} | not {i} | {q} and {q} | {i} in (1, 2) | {i} in {l} | {i} in {m} | any(v == {i} for v in {m}) """,
    "n": """ ({i} or 3) | 3 | {i} """,
    "u": """ 0 | 1 | 2 | 3 | ({i} & 3) """,
    "x": """ 0 | -1 | 1 """,
    "y": """ G(1, 2) """,
}
BODY_EXPRESSIONS = {
    **EXPRESSIONS,
    "i": EXPRESSIONS["i"] + "| ((yield {i}) or {i}) | ((yield {i}) or {i}) | ((yield from {g}) or {i}) | len((yield from {m}) or ()) ",
    "o": EXPRESSIONS["o"] + "| ((yield {o}) or {o}) ",
}
ATOMS = {
    "i": "0 1 2 3 4 5 -1 7 9 2**62 10**20".split(),
    "o": ["T(1)", "T(2)", "T(-3)"],
    "l": ["[]", "[8]", "[9, 10]", "[1.5, 2]"],
    "g": ["G(1, 2)", "G(0, 0)", "iter(())", "Iterator(3)"],
}
COMMON = """ {I} = {i} | {I} += {i} | {I} = {i} | {O} = {o} | {L} = {l} | {G} = {g} | {O} = None | del {O} | del {I} | del {G} | {O}.v = {i} | {L}.append({i}) | LOG.append({i}) | LOG.append(state({g})) | KEPT.append({g})
    | {I}, {I} = {I}, {i} | {I} = next({g}, {i}) """
BODY_STATEMENTS = COMMON + """ | yield {i} | yield {i} | yield {i} | yield {I} | yield {o} | yield | yield {i}, {i} | {I} = yield {i} | {I} = (yield {i}) or {i} | {I} = (yield) or {i} | yield from {m} | yield from {m} | {I} = (yield from {g}) or {i}
    | {L} = [(yield {i}), {i}] | {I} += (yield {i}) or 1 | LOG.append((yield {i})) | KEPT.append((yield {i})) | {L}.append((yield from {g})) """
STATEMENTS = COMMON + """ | LOG.append(drive({g}, {s})) | LOG.append(drive({g}, {s})) | LOG.append(drive({G}, {s})) | LOG.append(drive({G}, {s})) | {G}.close() | {G}.throw(Own({i})) | {I} = {G}.send({i}) | {I} = {G}.send(None) | {I} = next({G})
    | {L} = list(itertools.islice({g}, {u})) | {L} = list({G}) | {L} = [*{m}] | {I}, *{L} = {m} | {I}, {I} = {m} | {I} = sum({m}) | {I} = max({m}, default={i}) | {L} = [a for a, b in zip({m}, {m})] | {G} = {y} | {G} = {y}
    | {G} = (v for v in {G}) | {L} = list(map(raises, {m})) | {L} = sorted({m}) | {G} = itertools.chain({m}, {m}) | KEPT.append({G}) | LOG.append(drive(KEPT[-1], {s})) """
LOOPS = """ {I} in range({u}) | {I} in {l} | {I} in {g} | {I} in {g} | {I} in {G} | {I} in {y} | {I}, {I} in enumerate({g}) | {I}, {I} in zip(range({u}), {g}) | {I} in Tree({u}, {i}) """
CAUGHT = ["Own", "GeneratorExit", "BaseException", "RuntimeError", "ZeroDivisionError", "(Own, TypeError)", "Exception", "(StopIteration, IndexError)", "Own", "GeneratorExit", "Exception"]
RAISED = """ raise Own({i}) | raise StopIteration({i}) | raise KeyError({i}) | {I} = 1 // 0 | raises(9) | next(iter(())) | {I} = next({G}) | assert {q}, {i} """
STEPS = ["('next', 0)"] * 4 + ["('send', 1)", "('send', 7)", "('send', None)", "('throw', Own(1))", "('throw', Own)", "('throw', GeneratorExit())", "('throw', StopIteration(4))", "('close', 0)", "('state', 0)", "('state', 0)"]
BOUND = {"i": " % 2**66", "l": "[:5]"}
HANDLED = "(str({0})[:60], lines({0}))"


class Body(random_templates.Function):
    """What waits somewhere in it: else no generator."""

    def source(self):
        text = super().source()
        return text if "yield" in text else f"{text}\n    yield {self.atom('i')}"

    def is_python(self, source):  # a yield in a comprehension is none
        try:
            return bool(compile(source, "", "exec"))
        except SyntaxError:
            return False


class Driver(random_templates.Function):
    """What has made steps of a generator first."""

    def hole(self, kind, depth):
        if kind == "s":
            return f"[{', '.join(self.rng.choices(STEPS, k=self.rng.randint(1, 6)))}]"
        return super().hole(kind, depth)

    def block(self, indent, n):
        if not self.lines:
            self.emit(1, self.fill("LOG.append(drive({y}, {s}))", 0))
        super().block(indent, n)


def grammar(expressions, statements, params):
    return random_templates.Grammar("resumed", PRELUDE, ATOMS, expressions, statements, LOOPS, CAUGHT, BOUND, params, final="", raised=RAISED, shown={"g": "state({})"}, handled=HANDLED, calls="y")


random_templates.write(grammar(EXPRESSIONS, STATEMENTS, "iiooll"), Driver, (grammar(BODY_EXPRESSIONS, BODY_STATEMENTS, "iiiol"), Body))
