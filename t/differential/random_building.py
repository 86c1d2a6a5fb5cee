"""Write a case file of small random functions that build strs and take them apart: random_building.py SEED COUNT [small] > cases.py

Strs that grow in loops by += and join(), also such that somebody else has, in locals, attributes, items and cells; words, lines, digits and characters of them; dicts and lists of strs; formats; counts; translate(), encode(), slices;
ASCII, Latin-1 and wider ones, and what changes from one to the other in the middle.  The same seed gives the same file.
"""
import re

import random_templates

PRELUDE = """
k = 5
LOG = []
WORDS = "the quick brown fox jumps over the lazy dog the end".split()
TABLE = str.maketrans({"a": "4", "e": None, "t": "th", 233: "e"})
VOWELS = frozenset("aeiou")


class Own(ValueError):
    pass


class Buffer:
    def __init__(self, text=""):
        self.text = text
        self.parts = []

    def add(self, s):
        self.text += s
        self.parts.append(s)
        return self

    def value(self):
        return "".join(self.parts)

    def again(self):
        return Buffer(self.text)

    def __repr__(self):
        return f"Buffer({self.text!r}, {self.parts!r})"


def reverse(s):
    t = ""
    for c in s:
        t = c + t
    return t


def shift(s, n):
    return "".join(chr((ord(c) - 97 + n) % 26 + 97) if c.islower() else c for c in s)


def words(s):
    found = []
    word = ""
    for c in s:
        if c.isalnum():
            word += c
        elif word:
            found.append(word)
            word = ""
    if word:
        found.append(word)
    return found


def runs(s):
    out = []
    i = 0
    while i < len(s):
        j = i
        while j < len(s) and s[j] == s[i]:
            j += 1
        out.append(f"{s[i]}{j - i}")
        i = j
    return "".join(out)


def number(s):
    n = 0
    for c in s:
        if not "0" <= c <= "9":
            raise Own(c)
        n = n * 10 + ord(c) - 48
    return n


def counts(s):
    found = {}
    for c in s:
        found[c] = found.get(c, 0) + 1
    return found


def parts(s, n):
    for i in range(0, len(s), n):
        yield s[i : i + n]


def told():
    text = repr(LOG)[:600]
    LOG.clear()
    return text
"""
EXPRESSIONS = {
    "s": """ {s} + {s} | {s} + {s} + {s} | {s} * {u} | {s}[{x}] | {s}[{w}] | {s}.upper() | {s}.strip() | {s}.lower() | {s}.replace({s}, {s}) | {s}.title() | {s}.join({l}) | ''.join({l}) | ', '.join({l}) | ''.join(c for c in {s} if c != {s}) | ''.join(c + {s} for c in {s}) | ' '.join(sorted({l}))
        | {l}[{x}] | str({i}) | f'{{{z}}}' | f'{{{z}!r}}-{{{k}}}' | f'{{{k}:>5}}{{{z}:<4}}' | f'{{{z}}}{{{z}}}' | '%s=%d' % ({s}, {i}) | '%s' % {i} | '{{}}:{{}}'.format({s}, {i}) | reverse({s}) | shift({s}, {i}) | runs({s}) | {b}.text | {b}.value() | {b}.add({s}).text | chr({i} % 400 + 97)
        | {s}.translate(TABLE) | {s}.removeprefix({s}) | {s}.partition({s})[{v}] | {s}.rpartition({s})[{v}] | {s}.ljust(4, '.') | {s}.zfill(3) | {s}.center(6) | {s}.encode('utf-8').decode() | {s}.capitalize() | {s}.expandtabs(2) | {s} if {q} else {s} | {s} or {s} | repr({s}) | max({l}) | min({l}, key=len) | ''.join(reversed({s})) | hex({i}) | {s}.lstrip({s}) | {s}.rstrip('ab') """,
    "i": """ {i} + {i} | {i} * {i} | len({s}) | len({s}) | {s}.find({s}) | {s}.count({s}) | {s}.index({s}) | ord({s}[{x}]) | int({s}) | number({s}) | len({l}) | len({d}) | {d}.get({s}, {i}) | {d}[{s}] | sum(map(ord, {s})) | sum(len(w) for w in {l}) | sum(c in VOWELS for c in {s}) | {s}.rfind({s}) | hash({s}) % 1000 | {i} if {q} else {i} | sum({d}.values()) | len(set({s})) | ord(max({s})) """,
    "l": """ [{s}, {s}] | {s}.split() | {s}.split({s}) | list({s}) | words({s}) | {l}[1:] | {l} + {l} | sorted({l}) | [c for c in {s}] | [w.upper() for w in {l}] | [w for w in {l} if {s} in w] | list(parts({s}, 2)) | {s}.splitlines() | list({d}) | WORDS[:{u}] | list(map(str, range({u}))) | {s}.rsplit(None, 1) | [f'{{w}}!' for w in {l}] """,
    "d": """ counts({s}) | {{{s}: {i}}} | {{w: len(w) for w in {l}}} | dict(zip({l}, range(9))) """,
    "b": """ Buffer({s}) | Buffer() | {b}.add({s}) """,
    "q": """ {s} == {s} | {s} < {s} | {s} in {s} | {s} in {l} | {s} in {d} | {s}.startswith({s}) | {s}.endswith({s}) | {s}.isdigit() | {s}.isalpha() | {s} | {l} | {i} > {i} | not {s} | {q} and {q} | {s}[{x}] == {s} | {s} is {s} and 1 | {s} != '' | any(c == {s} for c in {s}) | {s}.isupper() | {s} in VOWELS | {s}[{x}] in 'abc' """,
    "u": """ 0 | 1 | 2 | 3 | ({i} & 3) """,
    "x": """ 0 | -1 | 1 | {i} """,
    "v": """ 0 | 1 | 2 """,
    "w": """ 1: | :2 | -2: | :-1 | ::-1 | {u}:{i} | ::2 """,
}
ATOMS = {
    "s": ["''", "'a'", "'abc'", "'12'", "' x y'", "'Hello World'", "'the tea'", "'a,b,,c'", "'aaabb'", "'\xe9t\xe9'", "'\u20acb'", "'\U0001f600'", "'line\\nend'", "'7'"],
    "i": "0 1 2 3 -1 7 65 100 2**40".split(),
    "l": ["[]", "['a']", "['b', 'a']", "['x', '', 'yz']", "list('abc')"],
    "d": ["{}", "{'a': 1}", "{'b': 2, '': 3}"],
    "b": ["Buffer('q')", "Buffer()"],
}
STATEMENTS = """ {S} = {s} | {S} = {s} | {S} += {s} | {S} += {s} | {S} += {s} | {S} = {s} + {S} | {I} = {i} | {I} += {i} | {L} = {l} | {D} = {d} | {B} = {b} | {S}, {S} = {S}, {s} | {B}.text += {s} | {B}.text = {s} | {B}.add({s}) | {L}.append({s}) | {L}.append({s}) | {L}[{x}] += {s} | {L}[{x}] = {s}
    | {L}.sort() | {L}.reverse() | {L}.extend({s}) | {D}[{s}] = {i} | {D}[{s}] = {D}.get({s}, 0) + 1 | {D}.setdefault({s}, {i}) | {D}[{s}] += {i} | LOG.append({s}) | LOG.append({i}) | {S}, _, {S} = {s}.partition({s}) | {S}, *{L} = {l} | {S} *= {u} | {L} += {l} | {S} = H({i}) and {s} | LOG.append(f'{{{z}}}') | {S} = {S}[1:] + {S}[:1] | {S} = {S}[{w}] """
LOOPS = """ {S} in {s} | {S} in {s} | {S} in {l} | {I} in range({u}) | {I} in range(len({s})) | {I}, {S} in enumerate({s}) | {S}, {S} in zip({s}, {s}) | {S}, {I} in {d}.items() | {S} in sorted({d}) | {S} in parts({s}, 2) | {S} in reversed({s}) | {S} in WORDS | {S} in words({s}) | {I} in {s}.encode() """
CAUGHT = ["IndexError", "Own", "(ValueError, IndexError)", "KeyError", "TypeError", "Exception", "LookupError", "UnicodeError"]
RAISED = """ raise Own({s}) | {I} = int({s}) | {I} = {d}[{s}] | {S} = {s}[9] | {I} = {s}.index('q') """
BOUND = {"i": " % 2**66", "s": "[:40]", "l": "[:6]"}


class Function(random_templates.Function):
    """What grows in a loop, by whatever name, is cut."""

    def assign(self, indent):
        n = len(self.lines)
        super().assign(indent)
        text = self.lines[n] if self.loops else ""
        for name in re.findall(r"^ *(b\d)\.", text):
            self.emit(indent, f"{name}.text = {name}.text[:40]")
        for name in re.findall(r"^ *(l\d)\[.*\+=", text):
            self.emit(indent, f"{name} = [w[:20] for w in {name}]")


random_templates.write(random_templates.Grammar("building", PRELUDE, ATOMS, EXPRESSIONS, STATEMENTS, LOOPS, CAUGHT, BOUND, "sssilldb", raised=RAISED), Function)
