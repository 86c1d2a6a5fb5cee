"""Write a case file of small random functions on what numbers are kept in: random_memory.py SEED COUNT [small] > cases.py

Lists of ints and of floats with all their methods, lists of such lists with rows that are shared, slices that are read, stored and deleted, bytearrays,
arrays of several types, memoryviews of them, dicts with tuples as keys and items, strs that are built and formatted.
"""
import random_templates

INT_LISTS = """ [{i}, {i}] | [{i}] * {u} | [0] * {u} | {l} + {l} | {l}[{w}] | {l}.copy() | list({l}) | sorted({l}) | [v * {i} for v in {h}] | [v for v in {h} if v < {i}]
    | list(range({u}, {i} % 9)) | [*{h}, {i}] | {m}[{x}] | {a}.tolist() | list({y}) | {v}.tolist() | [r[{b}] for r in {m}] | [len(r) for r in {m}] | [a * b for a, b in zip({l}, {l})] """
EXPRESSIONS = {
    "i": """ {i} + {i} | {i} - {i} | {i} * {i} | {i} // {n} | {i} % {n} | {i} & 255 | {i} >> {u} | {l}[{x}] | {l}[{x}] | {m}[{x}][{x}] | {m}[{x}][{x}] | {y}[{x}] | {a}[{x}] | {v}[{x}]
        | len({l}) | len({m}) | len({y}) | len({a}) | len({v}) | sum({l}) | sum({m}[{x}]) | min({l}) | max({l}) | sum(sum(r) for r in {m}) | sum(r[{b}] for r in {m}) | {l}.pop() | {l}.pop({x})
        | {l}.index({i}) | {l}.count({i}) | {y}.pop() | {y}.find({b}) | {a}.pop() | {a}.index({i}) | {a}.itemsize | {d}[{i}, {i}] | {d}.get(({i}, {i}), {i}) | {p}[{i}][{b}] | len({d}) | int({f})
        | round({f}) | sum(x * y for (x, y) in {d}) | sum(a * b for a, b in zip({l}, {l})) | sum(v for v in {h}) | sum(i * v for i, v in enumerate({h})) | {i} if {q} else {i}
        | max(sum(r) for r in {m}) | {v}.nbytes | {m}.index({l}) | int.from_bytes({y}, 'little') | sum({g}[k] > {f} for k in range(len({g}))) | sum({a}) | sum({v}) | len({s}) """,
    "f": """ {f} + {f} | {f} - {f} | {f} * {f} | {f} / {f} | {f} * {i} | {g}[{x}] | {g}[{x}] | sum({g}) | max({g}) | min({g}) | round({f}, {u}) | round({f}, -1) | abs({f}) | -{f} | {g}.pop()
        | sum(x * y for x, y in zip({g}, {g})) | {c}[{x}] | {c}.pop() | sum({c}) | {i} / {n} | float({i}) | {f} ** 2 | {f} if {q} else {f} | {o}[{x}][{x}] | {o}[{x}][{x}] | sum(r[{b}] for r in {o})
        | float({s}) """,
    "l": INT_LISTS,
    "g": """ [{f}, {f}] | [{f}] * {u} | [0.0] * {u} | {g} + {g} | {g}[{w}] | {g}.copy() | sorted({g}) | [v * {f} for v in {g}] | {o}[{x}] | {c}.tolist() | [v / {n} for v in {l}] | [round(v, 2) for v in {g}]
        | [r[{b}] for r in {o}] | [float(v) for v in {h}] """,
    "m": """ [{l}, {l}] | [[{i}] * {u} for _ in range({u})] | [[0] * 3] * {u} | [r[:] for r in {m}] | {m}[{w}] | {m} + {m} | [list(r) for r in zip(*{m})] | [[a + {i} for a in r] for r in {m}]
        | [[i * j for j in range({u})] for i in range({u})] | [r for r in {m} if r] | [[v] for v in {h}] | sorted({m}) | {m}.copy() """,
    "o": """ [{g}, {g}] | [[{f}] * {u} for _ in range({u})] | [r[:] for r in {o}] | {o}[{w}] | [list(r) for r in zip(*{o})] | [[a * {f} for a in r] for r in {o}] | [[0.0] * 2 for _ in range(2)] """,
    "y": """ bytearray({u}) | bytearray(b'abc') | {y}[{w}] | {y} + {y} | {y} * {u} | bytearray(v & 255 for v in {h}) | bytearray({s}.encode()) | {y}.copy() | bytearray({y}) """,
    "a": """ array('i', {l}) | array('q', {l}) | array('b', {l}) | array('H', {l}) | array('B', {y}) | {a}[{w}] | {a} + {a} | {a} * {u} """,
    "c": """ array('d', {g}) | array('f', {g}) | {c}[{w}] | {c} + {c} """,
    "v": """ memoryview({y}) | memoryview({a}) | {v}[{w}] | memoryview(bytes({y})) | {v}.cast('B') | {v}.toreadonly() """,
    "d": """ {{({i}, {i}): {i}}} | {{(i, j): i * j for i in range({u}) for j in range({u})}} | {d}.copy() | {{(a, {i}): a for a in {h}}} | {d} \\| {d} """,
    "p": """ {{{i}: ({i}, {i})}} | {{v: (v, v + 1) for v in {h}}} | {p}.copy() """,
    "s": """ {s} + {s} | {s} * {u} | {s}[{w}] | f'{{{k}}}' | f'{{{k}:>5}}{{{z}!r:4}}' | f'{{{k}:04x}}' | f'{{{j}:.2f}}' | f'{{{j}:8.3e}}\\|' | f'{{{j}:g}}' | f'{{{k}:,}}{{{k}:+d}}' | f'{{{z}:^7}}' | '%.3f' % {f} | '%5d' % {i}
        | ','.join(str(v) for v in {h}) | ''.join([{s}, {s}]) | str({f}) | str({i}) | repr({l}) | {s}.upper() | {s}.ljust({u}, '.') | {s}.replace({s}, {s}) | chr({i} % 300) | str({y}) | {y}.hex()
        | bytes({y}[:3]).decode('latin-1') | '{{:>4}}{{:.1f}}'.format({i}, {f}) """,
    "h": """ {l} | {l} | {m}[{x}] | {y} | {a} | {v} | range({u}) | reversed({l}) | {l}[{w}] """,
    "q": """ {i} < {i} | {i} == {i} | {i} >= {i} | {f} < {f} | {f} != {i} | {i} in {l} | {f} in {g} | {l} == {l} | {l} < {l} | {m} == {m} | {l} in {m} | {y} == {y} | {i} in {y} | {a} == {a} | {v} == {y} | ({i}, {i}) in {d}
        | {i} in {p} | {m}[{x}] is {m}[{x}] | {l} is {l} | {s} == {s} | {s} < {s} | not {l} | not {m} | not {q} | {q} and {q} | any(v > {i} for v in {h}) | all(v for v in {l}) | isinstance({z}, (int, list)) """,
    "t": """ {i} | {f} | {s} | {l} | {g} | {m} | {y} | {a} | {d} | {p} """,
    "n": """ ({i} or 3) | 3 | 7 | -5 | 10 """,
    "u": """ 0 | 1 | 2 | 3 | 4 | ({i} & 3) """,
    "b": """ 0 | 1 """,
    "x": """ 0 | 1 | -1 | -2 | 2 | {i} & 1 | {i} """,
    "w": """ 1: | :2 | -2: | :-1 | ::-1 | {u}:{i} | ::2 | {i}:{i} | 1:3 | : """,
}
ATOMS = {
    "i": "0 1 2 3 5 -1 -7 10 100 255 2**31 2**62 2**63-1 10**20 True".split(),
    "f": "0.0 0.5 1.5 -2.25 1e10 1e300 -0.0 3.0 2.675".split(),
    "l": ["[]", "[1]", "[2, 1]", "[5, 3, 4]", "[0, 0, 7, 2**62]", "[1, 2.5]"],
    "g": ["[]", "[0.5]", "[1.5, -2.0, 0.0]", "[3.25, 1.0]"],
    "m": ["[]", "[[1, 2], [3, 4]]", "[[0, 0, 0], [1, 2, 3]]", "[[5]]", "[[], [1]]", "[[1, 2], [0.5, 3]]"],
    "o": ["[]", "[[0.5, 1.5], [2.0, -1.0]]", "[[1.0]]"],
    "y": ["bytearray()", "bytearray(b'ab')", "bytearray(b'\\x00\\xff\\x10')"],
    "a": ["array('i', [1, 2, 3])", "array('q', [2**62, -1])", "array('B', [7, 255])", "array('h')"],
    "c": ["array('d', [0.5, 1.5])", "array('f', [2.5, 0.1])", "array('d')"],
    "v": ["memoryview(bytearray(b'xyz'))", "memoryview(array('i', [4, 5]))", "memoryview(b'ro')"],
    "d": ["{}", "{(1, 2): 3}", "{(0, 0): 5, (0, 1): 2}"],
    "p": ["{}", "{1: (2, 3)}", "{0: (1, 1), 2: (5, 0)}"],
    "s": ["''", "'a'", "'abc'", "'12'", "'\xe9'", "'\u20acb'"],
}
STATEMENTS = """ {I} = {i} | {F} = {f} | {L} = {l} | {G} = {g} | {M} = {m} | {O} = {o} | {Y} = {y} | {A} = {a} | {C} = {c} | {V} = {v} | {D} = {d} | {P} = {p} | {S} = {s} | {I} += {i} | {F} += {f} | {F} *= {f}
    | {l}[{x}] = {i} | {L}[{x}] += {i} | {L}[{x}] -= {i} | {L}[{w}] = {h} | del {L}[{x}] | del {L}[{w}] | {L}.append({i}) | {L}.insert({x}, {i}) | {L}.extend({h}) | {L}.remove({i}) | {L}.reverse() | {L}.sort()
    | {L}.sort(reverse=True) | {L}.clear() | {L} += {l} | {L} *= {u} | {L}[0], {L}[-1] = {L}[-1], {L}[0] | {L}[{x}], {I} = {I}, {L}[{x}] | {G}[{x}] = {f} | {G}[{x}] += {f} | {G}[{x}] *= {f} | {G}.append({f}) | {G}[{x}] = {i}
    | {G}.sort() | {G}.extend({g}) | {L}.append({f}) | {m}[{x}][{x}] = {i} | {M}[{x}][{x}] += {i} | {M}[{x}][{x}] *= {i} | {M}[{x}] = {l} | {M}.append({l}) | {M}[{x}].append({i}) | {M}[{x}], {M}[{x}] = {M}[{x}], {M}[{x}] | {L} = {M}[{x}]
    | {M}[{x}][0], {M}[{x}][1] = {i}, {i} | {M}.pop() | del {M}[{x}] | {M}[{x}][{x}] = {f} | {M}[{w}] = {m} | {O}[{x}][{x}] = {f} | {O}[{x}][{x}] += {f} | {G} = {O}[{x}] | {O}.append({g}) | {O}[{x}] = {g}
    | {Y}[{x}] = {i} | {Y}[{x}] = {i} & 255 | {Y}[{x}] ^= 85 | {Y}.append({i} & 255) | {Y}.extend({y}) | {Y}[{w}] = {y} | del {Y}[{w}] | {Y} += {y} | {Y}.reverse() | {A}[{x}] = {i} | {A}[{x}] += {i} | {A}.append({i}) | {A}.extend({a})
    | {A}[{w}] = {a} | {C}[{x}] = {f} | {C}[{x}] += {f} | {C}.append({f}) | {V}[{x}] = {i} | {V}[{x}] += 1 | {V}[{w}] = {y} | {V}.release() | {D}[{i}, {i}] = {i} | {D}[{i}, {i}] += {i} | {D}.pop(({i}, {i}), 0) | {P}[{i}] = {i}, {i}
    | {I}, {I} = {p}[{i}] | {S} += {s} | {S} += f'{{{k}}},' | {I}, {I} = {l} | {I}, *{L} = {l} | {L}, {L} = {m} | LOG.append({t}) | LOG.append(({i}, {l}[:3])) """
LOOPS = """ {I} in {h} | {I} in {l} | {I} in range(len({l})) | {L} in {m} | {L} in {m} | {I} in range({u}) | {F} in {g} | {I}, {I} in enumerate({h}) | {I}, {F} in enumerate({g}) | {I}, {L} in enumerate({m}) | {I}, {I} in zip({l}, {l})
    | ({I}, {I}), {I} in {d}.items() | {I}, ({I}, {I}) in {p}.items() | {I}, {I} in {d} | {I} in {y} | {I} in {a} | {F} in {c} | {I} in {v} | {S} in {s} | {G} in {o} | {I} in reversed({l}) """
CAUGHT = ["IndexError", "(ValueError, TypeError)", "OverflowError", "ArithmeticError", "LookupError", "BufferError", "Exception"]
BOUND = {"i": " % 2**70", "s": "[:20]", "l": "[:9]", "g": "[:9]", "m": "[:5]", "o": "[:5]", "y": "[:9]", "a": "[:9]", "c": "[:9]"}
PRELUDE = """from array import array

k = 5
LOG = []
"""

random_templates.write(random_templates.Grammar("memory", PRELUDE, ATOMS, EXPRESSIONS, STATEMENTS, LOOPS, CAUGHT, BOUND, "iifllggmmmoyyaacdps", shown={"v": "bytes({})"}))
