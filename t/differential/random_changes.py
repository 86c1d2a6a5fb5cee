"""Write a case file of small random functions that change what they go through: random_changes.py SEED COUNT [small] > cases.py

Dicts, sets, lists, deques and bytearrays that grow, shrink and are replaced while something iterates over them, here, in a comprehension, in a function that is called or by what is asked while it lasts; keys that
compare, hash and die loudly; slices with steps, read, stored to and deleted; views, copies, sorting and `in` of what changes meanwhile; str methods; ints, floats, bools and complex numbers as keys that are equal.
The same seed gives the same file.
"""
import random_templates

PRELUDE = r"""
import gc
from collections import OrderedDict, defaultdict, deque

gc.disable()  # cycles would die when it pleases it
k = 5
LOG = []
SHARED = []
TABLE = {}


""" + random_templates.LIVES + r"""

class Key:
    def __init__(self, v, act=None):
        self.v = v
        self.act = act

    def __hash__(self):
        LOG.append(("hash", self.v))
        return hash(self.v)

    def __eq__(self, other):
        LOG.append(("eq", self.v))
        if self.act is not None:
            act, self.act = self.act, None
            act.clear()
        return self.v == (other.v if isinstance(other, Key) else other)

    def __lt__(self, other):
        if self.act is not None:
            self.act.append(self.v)
        return self.v < (other.v if isinstance(other, Key) else other)

    def __repr__(self):
        return f"Key({self.v!r})"

    def again(self):
        return Key(self.v)


class Clears(T):
    def __del__(self):
        LOG.append(("cleared", len(SHARED)))
        SHARED.clear()


class Box(dict):
    def __missing__(self, key):
        LOG.append(("missing", key))
        self[key] = 0
        return 0


class Items(list):
    def __iter__(self):
        LOG.append("iter")
        return super().__iter__()

    def again(self):
        return Items(self)


def grow(c, v):
    if isinstance(c, dict):
        c[v] = v
    elif isinstance(c, set):
        c.add(v)
    else:
        c.append(v)
    return v


def shrink(c):
    if isinstance(c, dict):
        return c.popitem()
    return c.pop()


def every(c, wanted):
    for v in c:
        if v == wanted and len(c) < 20:
            grow(c, 11)
    return len(c)


def told():
    SHARED.clear()
    TABLE.clear()
    return events()
""" + random_templates.EVENTS
EXPRESSIONS = {
    "i": """ {i} + {i} | {i} - {i} | {i} * {i} | {i} % {n} | {i} // {n} | len({l}) | len({d}) | len({e}) | len({r}) | {l}[{x}] | {l}.pop() | {l}.pop({x}) | {d}[{h}] | {d}[{i}] | {d}.get({h}, {i}) | {d}.pop({h}, {i}) | {d}.setdefault({h}, {i}) | {e}.pop() | {r}.popleft() | {r}[{x}] | {y}[{x}] | {y}.pop() | sum({m}) | max({m}) | min({m}, default={i})
        | grow({l}, {i}) | grow({d}, {i}) | grow({e}, {i}) | every({l}, {i}) | every({d}, {i}) | {l}.index({i}) | {l}.count({h}) | sum(grow({l}, v) for v in {z}) | sum(v for v in {m} if v != {i}) | sum({d}.values()) | next(iter({m})) | next(reversed({l})) | {i} if {q} else {i} | len({s}) | {s}.find({s}) | {s}.count({s}) | int({s}) | hash({h}) % 97 | len({w}) """,
    "l": """ [{i}, {i}] | {l}[{v}] | {l}[{v}] | {l} + {l} | {l} * {u} | list({m}) | list({d}.items()) | [v for v in {m}] | [grow({l}, v) for v in {z}] | [v for v in {l} if v in {e}] | sorted({m}) | sorted({l}, key=Key) | SHARED | {l}.copy() | Items({m}) | list({e}) | list(zip({l}, {l})) | list(enumerate({m})) | [*{l}, *{m}] | list(reversed({l})) | {s}.split() """,
    "d": """ {{{h}: {i}}} | {{v: {i} for v in {m}}} | {{**{d}, {h}: {i}}} | {d} \\| {d} | dict(zip({m}, {m})) | {d}.copy() | Box({d}) | TABLE | defaultdict(int, {d}) | OrderedDict({d}) | dict.fromkeys({m}, {i}) | {{v: w for w, v in {d}.items()}} """,
    "e": """ {{{h}, {i}}} | set({m}) | {{v for v in {m}}} | {e} \\| {e} | {e} & {e} | {e} - {e} | {e} ^ {e} | {e}.union({m}) | {e}.difference({m}) | {e} \\| {d}.keys() """,
    "r": """ deque({m}) | deque({l}, {u}) | deque([{i}, {i}], 3) """,
    "y": """ bytearray(b'abc') | {y}[{v}] | {y} + {y} | bytearray({u}) """,
    "h": """ {i} | {i} | 1.0 | 2.0 | True | 1j | 'a' | (1, 2) | None | Key({i}) | Key({i}) | Key({i}, {l}) | Key({i}, {d}) | T({i}) | {s} | -0.0 | ({i}, {i}) """,
    "m": """ {l} | {l} | {d} | {d}.values() | {d}.keys() | {e} | {r} | {y} | range({u}) | {l}[{v}] | reversed({l}) | SHARED | iter({l}) | ({i}, {i}) | map(abs, {l}) | (v for v in {l}) """,
    "z": """ {l}[:3] | range({u}) | ({i}, {i}) | list({d})[:3] """,
    "o": """ T({i}) | T({i}) | Clears({i}) """,
    "s": """ {s} + {s} | {s}[{v}] | {s}.upper() | {s}.strip({s}) | {s}.replace({s}, {s}) | {s}.split({s})[0] | {s}.join(map(str, {l})) | repr({h}) | str({i}) | {s}.title() | {s}.rjust(5, '*') | {s}.partition({s})[0] | {s}.translate({{97: {s}}}) | {s}.splitlines(True)[0] | {s}.casefold() | f'{{{{{k}!r:>3}}}}' """,
    "q": """ {i} < {i} | {i} == {i} | {h} in {d} | {h} in {l} | {h} in {e} | {i} in {m} | {l} | {d} | {e} | {l} == {l} | {d} == {d} | {e} <= {e} | {l} < {l} | {s} in {s} | {s}.startswith({s}) | not {q} | any(v == {i} for v in {m}) | {d}.keys() & {e} | {d}.items() >= {d}.items() | {l} is SHARED """,
    "a": """ {i} | {l} | {d} | {e} | {y} | {s} | {l} """,
    "w": """ {l} | {d} | {e} | {r} | {s} """,
    "n": """ ({i} or 3) | 3 | -5 | {i} """,
    "u": """ 0 | 1 | 2 | 3 | ({i} & 3) """,
    "x": """ 0 | -1 | 1 | {i} """,
    "v": """ 1: | :2 | ::-1 | ::2 | -2::-1 | {u}:{i} | {i}::-2 | 1::2 | ::{n} | 3:0:-1 | : """,
}
ATOMS = {
    "i": "0 1 2 3 4 5 -1 7 9 2**62 10**20 True".split(),
    "l": ["[]", "[8]", "[3, 1, 2]", "[0, 7, 3, 7]", "[1, 2.0, True]"],
    "d": ["{}", "{1: 1}", "{2: 2, 0: 3, 1: 5}", "{'a': 4, 1: 7}"],
    "e": ["set()", "{1}", "{2, 1, 7}"],
    "r": ["deque()", "deque([1, 2])"],
    "y": ["bytearray()", "bytearray(b'xyz')"],
    "s": ["''", "'a'", "'abc'", "'12'", "'a b'", "'\xe9a'"],
    "o": ["T(1)", "T(-2)"],
}
STATEMENTS = """ {I} = {i} | {I} += {i} | {L} = {l} | {D} = {d} | {E} = {e} | {R} = {r} | {Y} = {y} | {S} = {s} | {S} += {s} | {O} = {o} | {O} = None
    | {L}.append({i}) | {L}.append({o}) | {L}[{x}] = {i} | {L}[{x}] += {i} | {L}[{v}] = {m} | {L}[{v}] = {l} | del {L}[{x}] | del {L}[{v}] | del {L}[{v}] | {L}.insert({x}, {i}) | {L}.extend({z}) | {L} += {z} | {L}.remove({h}) | {L}.sort() | {L}.sort(key=Key) | {L}.reverse() | {L}.clear() | {L} *= {u} | {L}[{v}], {I} = {l}, {i} | {L}.sort(key={L}.count)
    | {D}[{h}] = {i} | {D}[{h}] = {o} | {D}[{i}] += 1 | del {D}[{h}] | {D}.pop({h}) | {D}.popitem() | {D}.clear() | {D}.update({d}) | {D} \\|= {d} | {D}.setdefault({h}, {i}) | {D}[{i}] = {D}.get({i}, 0) + 1 | {E}.add({h}) | {E}.discard({h}) | {E}.remove({i}) | {E} \\|= {e} | {E} -= {e} | {E}.update({m}) | {E}.clear() | {R}.append({i}) | {R}.appendleft({i}) | {R}.popleft() | {R}.rotate({u}) | {R}.extend({l})
    | {Y}.append({i} & 255) | {Y}[{v}] = {y} | del {Y}[{v}] | {Y}[{x}] = {i} | grow({w}, {i}) | shrink({w}) | grow({L}, {i}) | shrink({D}) | SHARED.append({o}) | SHARED.append({i}) | SHARED[:] = {l} | {L} = SHARED | TABLE[{h}] = {i} | LOG.append({a}) | LOG.append({i}) | LOG.append(list({m})) | {I}, *{L} = {m} | LOG.append({q} and 1) """
LOOPS = """ {I} in {l} | {I} in {L} | {I} in {L} | {I} in {d} | {I} in {D} | {I} in {D} | {I} in {e} | {I} in {E} | {I} in {R} | {I} in {Y} | {I} in list({D}) | {I}, {I} in {D}.items() | {I}, {I} in {D}.items() | {I} in {D}.values() | {I} in reversed({L}) | {I} in {L}[{v}] | {I}, {I} in enumerate({L}) | {I}, {I} in zip({L}, {m}) | {I} in range({u}) | {I} in {m} | {I} in SHARED | {I} in TABLE | {I} in {L}.copy() | {L}[0] in {l} | {I} in sorted({D}) | {S} in {s} | {I} in range(len({L})) """
CAUGHT = ["RuntimeError", "RuntimeError", "(KeyError, IndexError)", "LookupError", "ValueError", "TypeError", "Exception", "Exception"]
RAISED = """ raise Own({i}) | {I} = {l}[9] | {I} = {d}['q'] | {E}.remove('q') | {L}[::2] = {l} | {I} = next(iter(())) """
BOUND = {"i": " % 2**66", "l": "[:7]", "s": "[:20]", "y": "[:7]"}
SHOWN = {"e": "sorted(map(repr, {}))"}

random_templates.write(random_templates.Grammar("changes", PRELUDE, ATOMS, EXPRESSIONS, STATEMENTS, LOOPS, CAUGHT, BOUND, "iilllddersy", final="", raised=RAISED, shown=SHOWN))
