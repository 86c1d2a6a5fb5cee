"""Write a case file of small random functions on all kinds of builtin values: random_values.py SEED COUNT [small] > cases.py

Ints and their methods, divmod() and pow(), floats, complex numbers, strs and bytes and their methods, tuples, lists, sets, dicts,
ranges and slices, loops over all of them and over generators, comprehensions, closures, unpacking and exceptions: templates whose
holes are filled at random.  The functions are small, because what takes time is to compile them.  The same seed gives the same file.
"""
import random_templates

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
        | {s}.ljust(3, '-') | {s}.center(5) | {s}.partition({s})[2] | {s}.join([{s}, {s}]) | ','.join(str(v) for v in {m}) | str({i}) | repr({t}) | f'{{{k}}}'
        | f'{{{k}:>5}}{{{z}!r}}' | '%.2f' % {f} | '%d,%s' % ({i}, {s}) | hex({i}) | bin({i})[-4:] | chr({i} % 128) | {s} if {q} else {s} | ''.join(reversed({s}))
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
BOUND = {"i": " % 2**70", "s": "[:12]", "t": "[:6]", "l": "[:6]", "y": "[:6]"}
PRELUDE = """k = 5
LOG = []


def G(v, w):
    for k in range(3):
        yield v + k * w
"""

random_templates.write(random_templates.Grammar("values", PRELUDE, ATOMS, EXPRESSIONS, STATEMENTS, LOOPS, CAUGHT, BOUND, "iifcsstlledy"))
