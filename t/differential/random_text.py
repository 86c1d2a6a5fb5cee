"""Write a case file of small random functions on numbers and text, and on numbers in memory: random_text.py SEED COUNT [small] > cases.py

Arrays of several types, bytearrays and memoryviews, read and written, resized, sliced and released; formats in f-strings, % and str.format(); what str's
methods find, int(), float(), round(), int.from_bytes(), reversed() and `in` with constants.  The same seed gives the same file.
"""
import random_templates

EXPRESSIONS = {
    "i": """ {i} + {i} | {p}[{x}] | {g}[{x}] | {i} - {i} | {i} * {i} | {i} ^ {i} | {i} >> {u} | {i} & 255 | {h}[{x}] | len({p}) | len({g}) | len({h}) | sum({p}) | min({p}) | max({g}) | sum({h})
        | int.from_bytes({y}, 'little') | int.from_bytes({y}, 'big') | {i}.bit_length() | {i}.bit_count() | int({s}) | ord({s}) | {s}.find({s}) | {s}.find({s}, {u}) | {s}.rfind({s}, {u}, {i})
        | {s}.index({s}) | {s}.count({s}) | round({f}) | round({i}, {u}) | T[{x}] | U[{i} & 7] | B[{i} % 5] | {p}[-{u}] | {g}[-{i}] | sum(v * 2 for v in {p}) | sum(v ^ {i} for v in {h})
        | D.get({i}, {i}) | sum(v for v in reversed({r})) | {p}.index({i}) | {p}.count({i}) | int({s}[{x}]) | {i} if {q} else {i} """,
    "f": """ {o}[{x}] | {f} + {o}[{x}] | {f} * {f} | {f} / {i} | sum({o}) | max({o}) | min({o}) | round({f}, {u}) | round({f}, 2) | float({s}) | float({i}) | {o}[-{u}] | sum(v * v for v in {o}) | {f} - {i} """,
    "s": """ f'{{{k}:05d}}' | f'{{{k}:x}}{{{k}:>4}}' | f'{{{j}:.2f}}' | f'{{{j}}}\\|{{{k}!r}}' | f'{{{j}:10.3e}}' | f'{{{k}:,}}' | f'{{{j}:,.1f}}' | '%d,%05d' % ({i}, {i}) | '%.2f' % {f} | '%s=%d%%' % ({s}, {i})
        | '%6.1f\\|%-4d' % ({f}, {i}) | '%x' % {i} | '%s' % {f} | '{{}}-{{:.3f}}'.format({i}, {f}) | '{{:4d}}{{}}'.format({i}, {s}) | str({f}) | str({i}) | repr({f}) | {s} + {s} | {s}[{x}] | {s}[{w}]
        | ''.join(chr(65 + v % 26) for v in {g}) | ''.join(reversed({s})) | ''.join([c for c in reversed({s})]) """,
    "y": """ bytes({g}) | {g}[{w}] | ({i} & 255).to_bytes(2, 'big') | ({i} & 65535).to_bytes({u}, 'little') | {p}.tobytes()[:6] | {y} + b'x' | {s}.encode() """,
    "p": """ {p}[{w}] | array('i', [{i} & 127, 5]) | array('q', {r}) | array('B', {g}) | {p} + {p} | {p} * {u} | array('h', {p}) | array('Q', [{i}, {i}]) """,
    "o": """ array('d', {p}) | {o}[{w}] | array('d', [{f}, {f}]) | array('f', {o}) | {o} + {o} """,
    "g": """ {g}[{w}] | bytearray({y}) | {g} + {g} | bytearray({u}) """,
    "h": """ memoryview({g}) | memoryview({y}) | memoryview({p}) | {h}[{w}] | memoryview(bytearray(8)).cast('h') """,
    "r": """ range({u}) | range({i} % 6) | range(5, {u}, -1) | range(1, {i} % 8, 2) """,
    "q": """ {i} < {i} | {f} < {f} | {i} in (1, 2, 5) | {i} not in {{0, 7}} | {s} in 'abc12' | {s}.startswith({s}) | {s}.endswith({s}) | {i} in {p} | {p} == {p} | {s}[{x}] in '0123' | {p} | {g} | {f} in {o} | {i} == {i} """,
    "u": """ 0 | 1 | 2 | 3 | ({i} & 3) """,
    "x": """ 0 | 1 | -1 | {i} & 1 | {i} | {u} """,
    "w": """ 1: | :2 | -2: | :-1 | ::-1 | {u}:{i} | ::2 """,
}
ATOMS = {
    "i": "0 1 2 3 5 -1 -7 127 200 255 65535 -32768 2**31 2**32-1 2**62 2**63-1 2**64-1 -2**63 True".split(),
    "f": "0.0 0.5 1.5 -2.25 2.675 1e10 1e300 -0.0 123456.789".split(),
    "s": ["''", "'a'", "'12'", "'-5'", "'2.5'", "'abc1'", "'\xe9'", "'\u20acb'"],
    "y": ["b''", "b'ab'", "b'\\x00\\xff\\x80'"],
    "p": ["array('i', [3, 1, 2])", "array('q', [5, -6])", "array('B', [1, 255])", "array('h')", "array('Q', [7, 8])", "array('I', [2**32 - 1, 1])"],
    "o": ["array('d', [1.5, 2.0])", "array('f', [0.5, -1.0, 3.0])", "array('d')"],
    "g": ["bytearray(b'abc')", "bytearray()", "bytearray(b'\\xff\\x00')"],
}
STATEMENTS = """ {I} = {i} | {F} = {f} | {S} = {s} | {Y} = {y} | {P} = {p} | {O} = {o} | {G} = {g} | {I} += {i} | {I} ^= {i} | {F} += {f} | {P}[{x}] = {i} | {P}[{x}] += {i} | {G}[{x}] = {i} & 255 | {G}[{x}] ^= {i}
    | {O}[{x}] = {f} | {O}[{x}] *= {f} | {P}.append({i}) | {P}.append({i} & 63) | {O}.append({f}) | {G}.append({i} & 255) | {G}.append({i}) | {G}.extend({y}) | {P}.pop() | del {G}[{w}] | {P}.extend({p})
    | {P}[0], {P}[-1] = {P}[-1], {P}[0] | {S} += {s} | LOG.append(({i}, {s})) | LOG.append({f}) | {h}[{x}] = {i} & 127 | D[{i} & 7] = {i} | E.add({i}) """
LOOPS = """ {I} in {p} | {I} in {g} | {F} in {o} | {I} in {h} | {I} in {r} | {I} in reversed({r}) | {I} in reversed({y}) | {S} in {s} | {S} in reversed({s}) | {I}, {I} in enumerate({p}) | {I}, {I} in zip({p}, {g})
    | {I}, {F} in zip({h}, {o}) | {I}, {F} in enumerate({o}) | {I} in range(len({p})) """
CAUGHT = ["IndexError", "(OverflowError, TypeError)", "ValueError", "LookupError", "BufferError", "Exception"]
BOUND = {"i": " % 2**70", "s": "[:12]", "y": "[:6]", "p": "[:6]", "o": "[:6]", "g": "[:6]"}
PRELUDE = """from array import array

k = 5
j = 1.5
LOG = []
T = array('H', [5, 65535, 7])
U = bytes(range(250, 256)) + bytes(4)
B = bytearray(b'table')
D = {}
E = set()
"""

random_templates.write(random_templates.Grammar("text", PRELUDE, ATOMS, EXPRESSIONS, STATEMENTS, LOOPS, CAUGHT, BOUND, "iifsypppoogg"))
