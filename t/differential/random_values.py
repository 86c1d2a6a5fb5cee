"""Write a case file of small random functions on all kinds of builtin values: random_values.py SEED COUNT [small] > cases.py

Ints and their methods, divmod() and pow(), floats, complex numbers, strs and bytes and their methods, tuples, lists, sets, dicts,
ranges and slices, loops over all of them and over generators, comprehensions, closures, unpacking and exceptions: templates whose
holes are filled at random.  The functions are small, because what takes time is to compile them.  The same seed gives the same file.
"""
import random
import re
import sys

SMALL = sys.argv[3:] == ["small"]
MAX_SMALL = 400  # characters

# In a template, {i} is an expression of kind i, {I} a variable of that kind to store into.
EXPRESSIONS = {
    "i": """ {i} + {i} | {i} - {i} | {i} * {i} | {i} // {n} | {i} % {n} | {i} & {i} | {i} \\| {i} | {i} ^ {i} | {i} << {u} | {i} >> {u} | -{i} | ~{i}
        | abs({i}) | divmod({i}, {n})[{b}] | pow({i}, {u}) | pow({i}, {u}, {n}) | pow({n}, -1, {n}) | {i}.bit_length() | {i}.bit_count()
        | {i}.__index__() | {i}.numerator | {i}.real | int({f}) | round({f}) | int({s}) | int({s}, 16) | len({s}) | len({t}) | len({l}) | len({e})
        | len({d}) | {t}[{x}] | {l}[{x}] | {r}[{x}] | {y}[{x}] | sum({t}) | sum({l}) | max({t}) | min({l}) | max({i}, {i}) | min({i}, {i}, {i})
        | {s}.find({s}) | {s}.count({s}) | {s}.rfind({s}) | {s}.index({s}) | ord({s}[{x}]) | {t}.index({i}) | {l}.count({i}) | {d}[{i}]
        | {d}.get({i}, {i}) | sum({d}.values()) | hash({t}) % 997 | int.from_bytes({y}, 'big') | {i} if {q} else {i} | {i} and {i} | {i} or {i}
        | sum(v * {i} for v in {m}) | sum(a * b for a, b in zip({m}, {m})) | sum(i * v for i, v in enumerate({m})) | max((v ^ {i} for v in {m}), default={i})
        | len([v for v in {m} if v > {i}]) | len({{v % {n} for v in {m}}}) | sum(k + v for k, v in {d}.items()) | sum(k in {e} for k in {m}) """,
    "f": """ {f} + {f} | {f} - {f} | {f} * {f} | {f} / {f} | {i} / {n} | {f} * {i} | {f} // {f} | {f} % {f} | -{f} | abs({f}) | float({i}) | {c}.real
        | {c}.imag | abs({c}) | round({f}, {u}) | max({f}, {f}) | min({f}, {i}) | {f} ** 2 | {f} ** {u} | sum(v * {f} for v in {m}) | divmod({f}, {f})[{b}]
        | {f} if {q} else {f} | float({s}) """,
    "c": """ {c} + {c} | {c} - {c} | {c} * {c} | {c} / {c} | {c} * {f} | {c} + {i} | {f} - {c} | complex({f}, {f}) | {c}.conjugate() | -{c} | {c} ** 2
        | {c} if {q} else {c} """,
    "s": """ {s} + {s} | {s} * {u} | {s}[{w}] | {s}[{x}] | {s}.upper() | {s}.lower() | {s}.strip() | {s}.replace({s}, {s}) | {s}.zfill(4) | {s}.title()
        | {s}.ljust(3, '-') | {s}.center(5) | {s}.partition({s})[2] | {s}.join([{s}, {s}]) | ','.join(str(v) for v in {m}) | str({i}) | repr({t}) | f'{{{v}}}'
        | f'{{{v}:>5}}{{{z}!r}}' | '%.2f' % {f} | '%d,%s' % ({i}, {s}) | hex({i}) | bin({i})[-4:] | chr({i} % 128) | {s} if {q} else {s} | ''.join(reversed({s}))
        | ''.join(sorted({s})) | ''.join(c for c in {s} if c > {s}) | str({c}) | {s}.removeprefix({s}) | {s}.swapcase() | '{{}}-{{}}'.format({i}, {s}) """,
    "t": """ ({i}, {i}) | ({i}, {i}, {i}) | {t} + {t} | {t}[{w}] | tuple({l}) | {t} * {u} | divmod({i}, {n}) | tuple(sorted({e})) | {t} if {q} else {t} | ({i},)
        | tuple(v + {i} for v in {m}) | tuple({m}) """,
    "l": """ [{i}, {i}] | [{i}] * {u} | {l} + {l} | {l}[{w}] | list({t}) | sorted({l}) | sorted({m}, reverse=True) | [v * {i} for v in {m}] | [v for v in {m} if v < {i}]
        | list({r}) | {l}.copy() | [a - b for a, b in zip({m}, {m})] | [*{m}, {i}] | [i + v for i, v in enumerate({m}, {u})] | list(map(abs, {m})) | list({y}) | list({d}) """,
    "e": """ {{{i}, {i}}} | set({m}) | {e} \\| {e} | {e} & {e} | {e} - {e} | {e} ^ {e} | {{v % {n} for v in {m}}} | {e} if {q} else {e} """,
    "d": """ {{{i}: {i}}} | {{v: v + {i} for v in {m}}} | dict(zip({m}, {m})) | {d} \\| {d} | {d}.copy() | {{**{d}, {i}: {i}}} | {{k: v for k, v in {d}.items() if k < {i}}} """,
    "y": """ bytes({t}) | bytes(v & 255 for v in {m}) | {s}.encode() | {y}[{w}] | {y} + {y} | bytearray({y}) | {y} if {q} else {y} """,
    "r": """ range({u}) | range({i} % 7) | range({u}, {i} % 9) | range({i} % 9, -2, -1) | {r}[{w}] """,
    "m": """ {t} | {l} | {r} | {t} | {l} | {y} | {d} | {e} | reversed({l}) | {d}.values() | {l}[{w}] | {t}[{w}] | G({i}, {i}) """,
    "q": """ {i} < {i} | {i} == {i} | {i} >= {i} | {f} < {f} | {f} != {i} | {s} == {s} | {s} < {s} | {s} in {s} | {i} in {t} | {i} not in {l} | {i} in {e} | {i} in {d}
        | {i} in {r} | {s} in ('a', 'b', {s}) | {i} in (1, 2, {i}) | {t} == {t} | {t} < {t} | {l} == {l} | {e} <= {e} | {c} == {c} | {i} < {i} <= {i} | not {q} | {q} and {q}
        | {q} or {q} | any(v > {i} for v in {m}) | all(v != {i} for v in {m}) | {s}.startswith({s}) | {s}.isdigit() | isinstance({a}, (int, str)) | {l} is {l} | {d} is {d} | {l} is None | bool({a}) """,
    "a": """ {i} | {f} | {c} | {s} | {t} | {l} | {e} | {d} | {y} """,
    "n": """ ({i} or 3) | 3 | 7 | -5 | 2**31 | 10 | {i} """,
    "u": """ 0 | 1 | 2 | 3 | ({i} & 3) """,
    "b": """ 0 | 1 """,
    "x": """ 0 | 1 | -1 | -2 | {i} & 1 | {i} """,
    "w": """ 1: | :2 | -2: | :-1 | ::-1 | {u}:{i} | ::2 | {i}:{i} | 1:3 """,
}
ATOMS = {
    "i": "0 1 2 3 5 -1 -7 10 100 255 2**31 2**62 2**63-1 -2**63 10**20 True".split(),
    "f": "0.0 0.5 1.5 -2.25 1e10 1e300 -0.0 3.0".split(),
    "c": ["1j", "(1+2j)", "(0.5-1j)", "0j"],
    "s": ["''", "'a'", "'abc'", "'12'", "' x'", "'\xe9'", "'\u20acb'"],
    "t": ["()", "(1,)", "(1, 2)", "(3, 1, 2)"],
    "l": ["[]", "[1]", "[2, 1]", "[5, 3, 4]"],
    "e": ["set()", "{1}", "{1, 2}"],
    "d": ["{}", "{1: 2}", "{3: 1, 2: 2}"],
    "y": ["b''", "b'ab'", "b'\\x00\\xff'"],
    "r": ["range(3)", "range(5)"],
}
STATEMENTS = """ {I} = {i} | {F} = {f} | {C} = {c} | {S} = {s} | {T} = {t} | {L} = {l} | {E} = {e} | {D} = {d} | {Y} = {y} | {I} += {i} | {I} -= {i} | {I} ^= {i}
    | {F} += {f} | {F} *= {f} | {I}, {I} = divmod({i}, {n}) | {I}, {I} = {t} | {I}, *{L} = {m} | {I}, {S} = {i}, {s} | {L}.append({i}) | {L}[{x}] = {i}
    | {L}[{w}] = {m} | del {L}[{x}] | {L}.pop() | {L}.insert({x}, {i}) | {L}.extend({m}) | {L}.reverse() | {L}.sort() | {L} += {l} | {E}.add({i}) | {E}.discard({i})
    | {E}.update({m}) | {E}.remove({i}) | {D}[{i}] = {i} | {D}.pop({i}) | {D}.setdefault({i}, {i}) | {D}.update({d}) | {D}[{i}] += {i} | del {D}[{i}] | LOG.append({a})
    | LOG.append(({i}, {s})) | {I} = H({i}) | {I} = H({i}, {i}) | K({i}) | {S} += {s} | {T} += {t} | {L}[0], {L}[-1] = {L}[-1], {L}[0] | {S}, {S} = {S}, {S}
    | {I} = next(iter({m})) | {I} = (lambda v, w={i}: v * 2 + w)({i}) """
LOOPS = """ {I} in {m} | {I} in {m} | {I} in {r} | {S} in {s} | {I}, {I} in {d}.items() | {I} in {d}.keys() | {I}, {I} in enumerate({m}) | {I}, {I} in zip({m}, {m})
    | {I} in G({i}, {i}) | {I}, {S} in zip({m}, {s}) | {I} in sorted({e}) """
CAUGHT = ["ZeroDivisionError", "IndexError", "(KeyError, ValueError)", "ArithmeticError", "LookupError", "TypeError", "Exception"]
GROWS = re.compile(r"\*|<<|pow|\+=|join|replace|repr|update|extend|insert|append")
BOUND = {"I": " % 2**70", "S": "[:12]", "T": "[:6]", "L": "[:6]", "Y": "[:6]"}


def choices(text):
    return [t.strip().replace("\0", "|") for t in text.replace("\\|", "\0").split("|")]


EXPRESSIONS = {kind: choices(text) for kind, text in EXPRESSIONS.items()}
STATEMENTS, LOOPS = choices(STATEMENTS), choices(LOOPS)


class Function:
    def __init__(self, rng, name, params):
        self.rng = rng
        self.name = name
        self.params = params
        self.names = {kind: [p for p in params if p[0] == kind] for kind in ATOMS}
        self.lines = []
        self.loops = 0

    def fill(self, template, depth):
        """The template with its holes filled, {{ and }} for braces."""
        return re.sub(r"\{\{|\}\}|\{(\w)\}", lambda m: self.hole(m[1], depth) if m[1] else m[0][0], template)

    def hole(self, kind, depth):
        if kind.isupper():
            return self.target(kind.lower())
        return self.expression(kind, depth + 1)

    def expression(self, kind, depth=int(SMALL)):
        rng = self.rng
        if kind in "vz":  # only a name, for strings with holes of their own
            return rng.choice(self.names["i" if kind == "v" else "s"] or ["k"])
        if kind in ATOMS and (depth > 2 or rng.random() < 0.25 + 0.25 * depth):
            names = self.names[kind]
            atom = rng.choice(names) if names and rng.random() < 0.75 else rng.choice(ATOMS[kind])
            return f"({atom})" if atom[0] in "-0123456789T" or "**" in atom else atom
        text = self.fill(rng.choice(EXPRESSIONS[kind] if depth < 5 else EXPRESSIONS[kind][:3]), depth)
        return text if kind in "wub" or kind not in ATOMS and kind not in "qmn" else f"({text})"

    def target(self, kind):
        names = self.names[kind]
        if not names or self.rng.random() < 0.25:
            names.append(f"{kind}{len(names) + 3}")
            return names[-1]
        return self.rng.choice(names)

    def emit(self, indent, text):
        self.lines.append("    " * indent + text)

    def assign(self, indent):
        text = self.fill(self.rng.choice(STATEMENTS), int(SMALL))
        self.emit(indent, text)
        changed = re.match(r"([istly]\d)\b", text)
        if self.loops and changed and GROWS.search(text):
            bound = BOUND[changed[1][0].upper()]
            self.emit(indent, f"{changed[1]} = {changed[1]}{bound}")

    def block(self, indent, n):
        for _ in range(self.rng.randint(1, n)):
            self.statement(indent)

    def statement(self, indent):
        rng, r = self.rng, self.rng.random()
        if r < 0.6 or indent > 4:
            self.assign(indent)
        elif r < 0.72:
            self.emit(indent, f"if {self.expression('q')}:")
            self.block(indent + 1, 2)
            if rng.random() < 0.3:
                self.emit(indent, "else:")
                self.block(indent + 1, 1)
        elif r < 0.86 and self.loops < 2:
            self.loops += 1
            self.emit(indent, f"for {self.fill(rng.choice(LOOPS), int(SMALL))}:")
            self.emit(indent + 1, "N[0] += 1")
            self.emit(indent + 1, "if N[0] > 60: break")
            self.block(indent + 1, 2)
            if rng.random() < 0.2:
                self.emit(indent + 1, f"if {self.expression('q')}: {rng.choice(['break', 'continue'])}")
            self.loops -= 1
        elif r < 0.95:
            self.emit(indent, "try:")
            self.block(indent + 1, 2)
            self.emit(indent, f"except {rng.choice(CAUGHT)}{rng.choice(['', ' as e'])}:")
            self.emit(indent + 1, "LOG.append('caught')" if "as e" not in self.lines[-1] else "LOG.append(str(e)[:60])")
            if rng.random() < 0.2:
                self.emit(indent, "finally:")
                self.block(indent + 1, 1)
        else:
            self.emit(indent, f"if {self.expression('q')}: return {self.expression('a')}")

    def inner(self):
        """A generator, a closure that reads and one that changes a local."""
        rng, text = self.rng, "\n".join(self.lines)
        if "G(" in text:
            again = f"        if {self.expression('q', 2)}: yield {self.expression('i', 2)}\n" if rng.random() < 0.5 else ""
            yield f"    def G(v, w):\n        for k in range({rng.randint(0, 4)}):\n            yield v + k * w\n{again}"
        if "H(" in text:
            yield f"    def H(v, w={self.expression('i', 3)}):\n        return v * 3 - w + {rng.choice(self.names['i'] + ['1'])}\n"
        if "K(" in text and self.names["i"]:
            name = rng.choice(self.names["i"])
            yield f"    def K(v):\n        nonlocal {name}\n        {name} = v ^ {name}\n"

    def source(self):
        self.block(1, 2 if SMALL else 4)
        known = [n for kind in self.names for n in self.names[kind]]
        inner = list(self.inner())
        known += [n for kind in self.names for n in self.names[kind] if n not in known]
        head = [f"def {self.name}({', '.join(self.params)}):", "    N = [0]"]
        head += [f"    {n} = {self.rng.choice(ATOMS[n[0]])}" for n in known if n not in self.params and self.rng.random() < 0.95]
        result = f"    return {', '.join(self.rng.sample(known, min(5, len(known))))}, LOG[-4:]"
        return "\n".join([*head, *(text.rstrip("\n") for text in inner), *self.lines, result])

    def argument(self, param):
        kind = param[0] if self.rng.random() < 0.95 else self.rng.choice("ifstl")
        return self.rng.choice(ATOMS[kind])


def parameters(rng):
    return [f"{kind}{i}" for i, kind in enumerate(rng.choices("iifcsstlledy", k=rng.randint(1, 3)))]


def main():
    rng = random.Random(f"values {sys.argv[1]}")
    print(f"# random_values.py {sys.argv[1]} {sys.argv[2]}\nk = 5\nLOG = []\nCASES = []\nALL_FIRST = True\n\n\ndef G(v, w):\n    for k in range(3):\n        yield v + k * w\n")
    for k in range(int(sys.argv[2])):
        f = Function(rng, f"f{k}", parameters(rng))
        source = f.source()
        while SMALL and len(source) > MAX_SMALL:
            f = Function(rng, f.name, parameters(rng))
            source = f.source()
        print(source, "\n")
        for _ in range(3):
            print(f"CASES.append((f{k}, ({', '.join(f.argument(p) for p in f.params)},)))")
        print()


main()
