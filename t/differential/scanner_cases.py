"""Scanners: strs in attributes that are read by an index, characters that are asked what they are, and the empty str at the end."""
from collections import defaultdict


class MyStr(str):
    def __getitem__(self, index):
        return "<" + str.__getitem__(self, index) + ">"

    def isdigit(self):
        return True


class Doubled:
    def __init__(self, text):
        self.text = text

    def __len__(self):
        return len(self.text)

    def __getitem__(self, index):
        return self.text[index] * 2

    def __repr__(self):
        return f"Doubled({self.text!r})"


class Scanner:
    def __init__(self, text, pos=0):
        self.text = text
        self.pos = pos
        self.line = 1

    def peek(self):
        if self.pos < len(self.text):
            return self.text[self.pos]
        return ""

    def advance(self):
        ch = self.text[self.pos]
        self.pos += 1
        return ch

    def accept(self, chars):
        if self.pos < len(self.text) and self.text[self.pos] in chars:
            self.pos += 1
            return self.text[self.pos - 1]
        return None

    def word(self):
        start = self.pos
        while self.peek().isalnum() or self.peek() == "_":
            self.advance()
        return self.text[start : self.pos]

    def tokens(self):
        found = []
        while self.pos < len(self.text):
            ch = self.peek()
            if ch == "\n":
                self.line += 1
                self.advance()
            elif ch.isspace():
                self.advance()
            elif ch == "#":
                while self.peek() and self.peek() != "\n":
                    self.advance()
            elif ch.isdigit():
                start = self.pos
                while self.peek().isdigit() or self.peek() == ".":
                    self.advance()
                found.append((self.line, self.text[start : self.pos]))
            elif ch.isalpha() or ch == "_":
                found.append((self.line, self.word()))
            elif self.text[self.pos : self.pos + 2] in ("==", "!=", "->"):
                found.append(self.text[self.pos : self.pos + 2])
                self.pos += 2
            else:
                found.append(self.advance())
        return found


class Slots:
    __slots__ = ("text", "at")

    def __init__(self, text, at):
        self.text = text
        self.at = at


def scan(text):
    scanner = Scanner(text)
    try:
        return scanner.tokens(), scanner.pos, scanner.line
    except (IndexError, TypeError, AttributeError) as e:
        return type(e), str(e), scanner.pos


def scan_uncaught(text, pos):
    return Scanner(text, pos).advance()


def accepted(text, chars):
    scanner = Scanner(text)
    found = []
    while True:
        got = scanner.accept(chars)
        if got is None:
            found.append(scanner.pos)
            if scanner.pos >= len(text):
                return found
            scanner.pos += 1
        else:
            found.append(got)


def item(text, at):
    slots = Slots(text, at)
    return slots.text[slots.at]


def item_asked(text, at):
    slots = Slots(text, at)
    try:
        ch = slots.text[slots.at]
        return ch, ch.isdigit(), ch.isalpha(), ch.upper(), ch == "a", ch < "b", "a" <= ch, ch in "ab", ch is None, not ch, ord(ch)
    except (IndexError, TypeError, AttributeError, KeyError) as e:
        return type(e), str(e)


def part(text, start, stop):
    slots = Slots(text, start)
    slots2 = Slots(text, stop)
    return slots.text[slots.at : slots2.at]


def counted(words, key):
    counts = Slots(defaultdict(int), key)
    for word in words:
        counts.at = word
        counts.text[counts.at] += 1
    return sorted(counts.text.items())


def ends(text):
    """What is the empty str, or a character."""
    found = []
    for i in range(len(text) + 2):
        ch = text[i] if i < len(text) else ""
        found.append(ch.isdigit())
        found.append(ch.isspace() or ch.isalpha())
        found.append(ch.isprintable())
        found.append(ch.isascii())
        found.append(ch.istitle())
        found.append(ch == "")
        found.append(ch != "a")
        found.append(ch < "b")
        found.append(ch in "ab")
        found.append(ch not in "")
        found.append(ch in ("a", ""))
        found.append(bool(ch))
        found.append(ch.lower() + ch.upper())
        found.append("yes" if ch else "no")
        found.append(ch is None)
        found.append(ch == "ab" or ch != "")
        found.append(ch == "\u0101")
    return found


def constants():
    x, y, z = "abc", "", "\u0416"
    found = []
    if x < y or x == "abc":
        found.append(1)
    if y:
        found.append(2)
    if not y and z:
        found.append(3)
    found += [x < z, x > z, x <= x, y != x, y in x, x in y, "b" in x, z.isalpha(), y.isalpha(), x.isidentifier(), z.isupper()]
    found += ["\ud800" == "\ud801", "\ud800" < z, "\ud800".isprintable(), x is None, y is not None]
    return found


def closed(text):
    stack = []
    for ch in text:
        if ch in "([{":
            stack.append(ch)
        elif ch in ")]}":
            if not stack or stack.pop() + ch not in ("()", "[]", "{}"):
                return False
    return not stack


ASCII = ["let x_1 = 42 != 3.5 # end\nf(x) -> y == z", "", "a", "12 _b", "#", "\n\n# \n1", "x" * 30, "a\tb\x00c\x7f"]
WIDE = ["caf\xe9 \xb2\xb3 \xd7 \xdf1", "\u0416\u0417 1\u0662 \u4e00# \u0416\n2", "\U0001f600a1", "\ud800x", "ab\u0416" * 5]
CASES = [(scan, (text,)) for text in ASCII * 2 + WIDE + ASCII + WIDE]
CASES += [(scan, (x,)) for x in (["a", "1", "="], ("b", " ", "#"), b"a1", MyStr("a1 ="), Doubled("a1"), ASCII[0], 5, None)]
CASES += [(scan_uncaught, (text, pos)) for text in ASCII[:4] + WIDE[:4] for pos in (0, -1, True, 1, 100, -100)]
CASES += [(scan_uncaught, args) for args in ((ASCII[0], 1.5), (ASCII[0], "0"), (ASCII[0], 2**70), (ASCII[0], None), (None, 0), ({0: "x"}, 0))]
CASES += [(accepted, (text, chars)) for text in ASCII + WIDE for chars in ("ax1", "", "\u0416=", ("a", "1"), {"a": 1, "x": 2}, ["="])]
CASES += [(item, (text, at)) for text in ASCII[:3] + WIDE for at in (0, 1, -1, -2)]
CASES += [(item, args) for args in ((MyStr("abc"), 1), (b"abc", 1), ([1, 2], -1), ((3,), 0), ({1: 2}, 1), (range(5), 3), (Doubled("xyz"), 2))]
CASES += [(item, args) for args in ((bytearray(b"ab"), 0), (5, 0), ("abc", slice(1, None)), ("abc", 2**80), ("abc", False))]
CASES += [(item_asked, (text, at)) for text in ASCII + WIDE for at in (0, 1, -1)]
CASES += [(item_asked, args) for args in ((MyStr("abc"), 1), (b"abc", 1), ([1, 2], -1), ({1: "q"}, 1), ({}, 1), (Doubled("xyz"), 2))]
CASES += [(part, ("abc\u0416def", a, b)) for a in (0, 2, -3, None, True) for b in (5, None, -1, 2**70)]
CASES += [(part, args) for args in ((b"abc", 1, 2), ([1, 2, 3], 0, 2), (MyStr("abc"), 1, 3), ("abc", 1.0, 2), ("abc", 0, "2"), (range(9), 2, 5))]
CASES += [(counted, (words, None)) for words in ("abcab", ["x", "y", "x"], [1, 2, 1, True], [], ["\u0416", "\u0416"], [(1,), (1,)])] * 2
CASES += [(ends, (text,)) for text in ASCII + WIDE]
CASES += [(constants, ())] * 3
CASES += [(closed, (text,)) for text in ("([{}])", "(]", "((", "", "a(b)c", "\u0416(\u0417)", ")")]
