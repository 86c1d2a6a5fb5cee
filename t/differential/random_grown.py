"""Write a case file of small random functions on ints that outgrow 64 bits: random_grown.py SEED COUNT [small] > cases.py

Loops in which ints are multiplied, shifted, added and masked until they have some hundred bits, or come back from there; hashes and generators of random numbers modulo powers of two, division, pow(), digits, gcd,
bit tests, ints in lists, tuples, dicts, attributes and globals, given to functions that are called directly and returned by them.  The same seed gives the same file.
"""
import re

import random_templates

PRELUDE = """
import math

k = 5
LOG = []
M64 = 2**64 - 1
BIG = 3**90
STATE = [1, 2**63]


class Own(ValueError):
    pass


class Held:
    def __init__(self, v=1):
        self.v = v

    def step(self):
        self.v = self.v * 6364136223846793005 + 1442695040888963407 & M64
        return self.v >> 33

    def again(self):
        return Held(self.v)

    def __repr__(self):
        return f"Held({self.v})"


def grow(v, n):
    for _ in range(n):
        v = v * v + 1 if v < 2**90 else v >> 70
    return v


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


def digits(v):
    s = 0
    while v > 0:
        s += v % 10
        v //= 10
    return s


def mix(h, v):
    h ^= v
    h = h * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return h ^ h >> 29


def fib(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def power(b, e, m):
    r = 1
    while e > 0:
        if e & 1:
            r = r * b % m
        b = b * b % m
        e >>= 1
    return r


def told():
    STATE[:] = [1, 2**63]
    text = repr(LOG)[:600]
    LOG.clear()
    return text
"""
EXPRESSIONS = {
    "i": """ {i} + {i} | {i} - {i} | {i} * {i} | {i} * {i} | {i} * {i} | {i} // {n} | {i} % {n} | {i} & {a} | {i} & {a} | ({i} * {i}) & {a} | ({i} + {i}) % {b} | {i} \\| {i} | {i} ^ {i} | {i} << {u} | {i} >> {u} | {i} << {s} & {a} | -{i} | ~{i} | abs({i})
        | divmod({i}, {n})[{c}] | pow({i}, {u}) | pow({i}, {s}, {n}) | {i} ** {u} | {i}.bit_length() | {i}.bit_count() | {l}[{x}] | {l}[{x}] | len({l}) | sum({l}) | max({l}) | min({i}, {i}) | max({i}, {i}) | {o}.v | {o}.step() | STATE[{c}] | BIG | M64
        | grow({i}, {u}) | gcd(abs({i}), {b}) | digits({i}) | mix({i}, {i}) | fib({s}) | power(abs({i}), {s}, {b}) | math.gcd({i}, {i}) | math.isqrt(abs({i})) | int(str({i})) | hash({i}) | int({f}) | {i} if {q} else {i} | {d}.get({i}, {i}) | {i} * {i} % {b} | {i} // {b}
        | {i} >> {s} & 1 | sum(v * {i} for v in {l}) | {i} * {i} + {i} | len(str({i})) | int(hex({i}), 16) | ({i} ^ {i}) * 0x9E3779B97F4A7C15 & M64 | int.from_bytes((abs({i}) & M64).to_bytes(8, 'big'), 'little') """,
    "f": """ {i} / {n} | float({i}) | {i} * 0.5 | {f} + {i} | math.log2(abs({i}) + 1) """,
    "l": """ [{i}, {i}] | [{i}] * {u} | [v * {i} for v in {l}] | [v & {a} for v in {l}] | sorted({l}) | [fib(v) for v in range({s})] | {l}[1:] """,
    "d": """ {{{i}: {i}}} | {{v: v * v for v in {l}}} """,
    "o": """ Held({i}) | Held() """,
    "q": """ {i} < {i} | {i} == {i} | {i} > {i} | {i} >= 2**63 | {i} & 1 | {i} in {l} | {i} < {f} | {i} | {i} % 2 == 0 | {i} >> {s} & 1 | {q} and {q} | not {i} | {i} is None | {i} <= {i} < {b} | {i} != M64 """,
    "n": """ ({i} or 3) | 3 | 10 | 2**32 | 10**9 + 7 | -7 | (abs({i}) + 1) | 10**20 """,
    "a": """ 0xFF | 0xFFFFFFFF | 0xFFFFFFFFFFFFFFFF | M64 | 0x7FFFFFFFFFFFFFFF | 2**127 - 1 | -2 | (1 << {s}) - 1 """,
    "b": """ 2**64 | 2**32 | 10**9 + 7 | 2**61 - 1 | 997 | 10**18 | 2**89 - 1 """,
    "u": """ 1 | 2 | 3 | 4 | ({i} & 3) """,
    "s": """ 1 | 7 | 13 | 31 | 33 | 63 | 64 | 70 | ({i} & 63) """,
    "x": """ 0 | -1 | 1 | {i} & 1 """,
    "c": """ 0 | 1 """,
}
ATOMS = {
    "i": "0 1 2 3 7 -1 10 255 2**31 2**32-1 2**62 2**63-1 -2**63 2**63 2**64-1 10**20 -10**25 True 6364136223846793005".split(),
    "f": "0.5 1e10 1e20".split(),
    "l": ["[1]", "[2, 2**63]", "[5, 3, 4]", "[2**64, -1, 0]"],
    "d": ["{1: 2**64}", "{}"],
    "o": ["Held(1)", "Held(2**63)"],
}
STATEMENTS = """ {I} = {i} | {I} = {i} | {I} += {i} | {I} *= {i} | {I} -= {i} | {I} //= {n} | {I} %= {n} | {I} ^= {i} | {I} &= {a} | {I} >>= {u} | {I} <<= {u} | {I}, {I} = {I}, {i} + {I} | {I}, {I} = divmod({i}, {n}) | {F} = {f} | {L} = {l} | {L}[{x}] = {i} | {L}[{x}] *= {i}
    | {L}.append({i}) | {D}[{i}] = {i} | {O}.v = {i} | {O}.v *= {i} | {O}.v += {O}.v | {O} = {o} | LOG.append({i}) | STATE[{c}] = {i} | STATE[{c}] = STATE[{c}] * {i} & M64 | {I} = {o}.step() | {I} = mix({I}, {i}) | {I} = {I} * {I} % {b} | {I} = ({I} << 7 ^ {i}) & M64 """
LOOPS = """ {I} in range({s}) | {I} in range(40) | {I} in {l} | {I} in range({u}) | {I}, {I} in enumerate({l}) | {I}, {I} in {d}.items() | {I} in map(abs, {l}) | {I} in range({i} & 63) | _ in range(70) | _ in range({s}) """
CAUGHT = ["ZeroDivisionError", "OverflowError", "(ValueError, OverflowError)", "TypeError", "Exception", "ArithmeticError", "IndexError", "Own"]
RAISED = """ raise Own({i}) | {I} = 1 // {i} | {F} = float({i}) | {I} = {l}[5] """


class Function(random_templates.Function):
    """With loops, in which nothing grows beyond some hundred bits."""

    def assign(self, indent):
        n = len(self.lines)
        super().assign(indent)
        text = self.lines[n].split("=")[0].split(".append")[0] if self.loops else ""
        for name in re.findall(r"\b[ilod]\d", text):
            small = {"i": f"{name} %= 2**300", "l": f"{name}[:] = [v % 2**200 for v in {name}[:5]]", "o": f"{name}.v %= 2**200", "d": f"{name} = dict([*{name}.items()][:5])"}
            self.emit(indent, small[name[0]])

    def block(self, indent, n):
        if not self.lines:
            self.loop(1)
        super().block(indent, n)


random_templates.write(random_templates.Grammar("grown", PRELUDE, ATOMS, EXPRESSIONS, STATEMENTS, LOOPS, CAUGHT, {}, "iiiiilo", final="", raised=RAISED), Function)
