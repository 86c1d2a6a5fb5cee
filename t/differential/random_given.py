"""Write a case file of small random functions on lists of numbers that call each other with them: random_given.py SEED COUNT [small] > cases.py

Lists of ints, of floats and of such lists are made, given to functions that are called directly, changed there, returned, kept, sorted, searched by min() and max() with key=, and given numbers
of another type now and then.  The same seed gives the same file.
"""
import random_templates

PRELUDE = """
k = 5
LOG = []
KEPT = []


class Own(ValueError):
    pass


def swap(a, i, j):
    a[i], a[j] = a[j], a[i]


def total(a):
    t = 0
    for x in a:
        t += x
    return t


def made(n, v):
    return [v] * n


def told():
    text = repr((LOG, KEPT))[:400]
    LOG.clear()
    KEPT.clear()
    return text
"""
EXPRESSIONS = {
    "i": """ {i} + {i} | {i} - {i} | {i} * {i} | {i} // {n} | {i} % {n} | {i} & 7 | {l}[{x}] | {l}[{x}] | {l}[{x}] | {m}[{x}][{x}] | len({l}) | len({m}) | sum({l}) | total({l}) | total({m}[{x}]) | min({l}) | max({l})
        | min({l}, key=lambda v: {v}) | max({l}, key=lambda v: {v}) | max(range(len({l})), key=lambda v: {l}[v]) | min({l}, key=abs) | max({l}, key=lambda v: v, default={i}) | {l}.pop() | {l}.index({i}) | {l}.count({i})
        | {i} if {q} else {i} | sum(v * {i} for v in {l}) | len(max({m}, key=len)) | sum(max({m}, key=lambda v: v[{x}])) """,
    "f": """ {f} + {f} | {f} - {f} | {f} * {f} | {f} / {n} | {i} * 0.5 | {r}[{x}] | {r}[{x}] | {r}[{x}] | sum({r}) | total({r}) | min({r}) | max({r}, key=lambda v: -v) | min({r}, key=lambda v: v * v) | {r}.pop() | {f} if {q} else {f} """,
    "l": """ [{i}, {i}, {i}] | [{i}] * {u} | [0] * {u} | {l}[{w}] | {l} + {l} | {l}[:] | [v * {i} for v in {l}] | [v for v in {l} if {v} > {i}] | list(range({u})) | made({u}, {i}) | {m}[{x}] | sorted({l}) | {l} if {q} else {l} | sorted({l}, key=lambda v: {v}) | [{i} for v in range({u})] """,
    "r": """ [{f}, {f}] | [{f}] * {u} | [0.0] * {u} | {r}[{w}] | {r} + {r} | [v * {f} for v in {r}] | [v * 0.5 for v in {l}] | made({u}, {f}) | {r} if {q} else {r} """,
    "m": """ [[{i}] * {u} for v in range({u})] | [{l}, {l}] | [{l}[:] for v in range(2)] | [v[:] for v in {m}] | {m}[1:] | [[{i}, v] for v in {l}] """,
    "q": """ {i} < {i} | {i} == {i} | {f} > {f} | {l} | {i} in {l} | {l} == {l} | {q} and {q} | not {i} | {l} is {l} | any(v > {i} for v in {l}) | {l} < {l} """,
    "v": """ -v | v * v | v % 5 | v ^ {i} | v & 3 | v + {i} | (v - 5 if v > {i} else v) """,
    "n": """ ({i} or 3) | 3 | 7 """,
    "u": """ 0 | 1 | 2 | 3 | 4 | ({i} & 3) """,
    "x": """ 0 | -1 | 1 | {i} & 1 | {i} """,
    "w": """ 1: | :2 | -2: | ::-1 | {u}: | :{i} """,
}
ATOMS = {
    "i": "0 1 2 3 5 -1 7 100 2**31 2**62 True".split(),
    "f": "0.0 0.5 1.5 -2.25 1e10".split(),
    "l": ["[1]", "[2, 1]", "[5, 3, 4]", "([0] * 3)", "list(range(4))"],
    "r": ["[0.5]", "[1.5, -2.0]", "([0.0] * 3)"],
    "m": ["[[0] * 2 for k in range(2)]", "[[1, 2], [3, 4]]"],
}
STATEMENTS = """ {I} = {i} | {I} += {i} | {F} = {f} | {L} = {l} | {R} = {r} | {M} = {m} | {L}[{x}] = {i} | {L}[{x}] = {i} | {L}[{x}] += {i} | {R}[{x}] = {f} | {R}[{x}] *= {f} | {M}[{x}][{x}] = {i} | {M}[{x}][{x}] += {i} | {M}[{x}] = {l}
    | {L}.append({i}) | {L}.append({i}) | {R}.append({f}) | {M}.append({l}) | {M}[{x}].append({i}) | {L}.pop() | {L}.sort() | {L}.reverse() | {L}.insert({x}, {i}) | {L}.extend({l}) | del {L}[{x}] | {L}[{w}] = {l} | {L}[0], {L}[-1] = {L}[-1], {L}[0]
    | swap({L}, {x}, {x}) | swap({R}, 0, -1) | swap({M}, 0, {x}) | LOG.append({i}) | LOG.append({l}[:]) | {L}, {I} = {l}, {i} | {L} = {L} = {l} | {L}[{x}] = {f} | {R}[{x}] = {i} | {L}.append({f}) | KEPT.append({l}) | KEPT.append({m}) | {I} = {f} | {L}.sort(key=lambda v: {v}) """
LOOPS = """ {I} in range({u}) | {I} in range(len({l})) | {I} in {l} | {F} in {r} | {L} in {m} | {I}, {I} in enumerate({l}) | {I}, {I} in zip({l}, {l}) | {I} in range({u}, {i} & 7) | {I} in sorted({l}) """
CAUGHT = ["IndexError", "Own", "(ValueError, IndexError)", "TypeError", "Exception", "LookupError"]
RAISED = """ raise Own({i}) | {I} = {l}[9] | {I} = 1 // {i} | {L}.remove({i}) """
BOUND = {"i": " % 2**66", "l": "[:6]", "r": "[:6]", "m": "[:4]"}
KINDS = "lllrmiif"


class Function(random_templates.Function):
    def call_of(self, callees):
        callee = self.rng.choice(callees)
        self.depth = max(self.depth, callee.depth + 1)
        return f"{callee.name}({', '.join(self.expression(p[0], 2) for p in callee.params)})"

    def expression(self, kind, depth=0):
        callees = [f for f in self.earlier[-6:] if f.gives == kind and f.depth < 2]
        if callees and depth < 2 and self.rng.random() < 0.3:
            return self.call_of(callees)
        return super().expression(kind, depth)

    def assign(self, indent):
        if self.earlier and self.rng.random() < 0.15:
            self.emit(indent, self.call_of([f for f in self.earlier[-6:] if f.depth < 2] or self.earlier[:1]))
        else:
            super().assign(indent)

    def block(self, indent, n):
        if not self.lines:  # lists of its own
            for kind in self.rng.choices("llrm", k=2):
                self.emit(1, f"{self.target(kind)} = {self.expression(kind)}")
        super().block(indent, n)


class Helper(Function):
    gives = "i"

    def source(self):
        self.gives = self.rng.choice(KINDS)
        text = super().source()
        return f"{text[:text.rindex('return ')]}return {self.rng.choice(self.names[self.gives] or [self.atom(self.gives)])}"

    def block(self, indent, n):
        random_templates.Function.block(self, indent, n)


GRAMMAR = random_templates.Grammar("given", PRELUDE, ATOMS, EXPRESSIONS, STATEMENTS, LOOPS, CAUGHT, BOUND, "iiflr", final="", raised=RAISED)
HELPERS = random_templates.Grammar("given", PRELUDE, ATOMS, EXPRESSIONS, STATEMENTS, LOOPS, CAUGHT, BOUND, "lllrmi", final="", raised=RAISED)
random_templates.write(GRAMMAR, Function, (HELPERS, Helper))
