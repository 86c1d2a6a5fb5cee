"""Numbers to text and back, round(), methods of strs, dicts and sets, and `in` with constants."""
import types
from array import array


class MyStr(str):
    pass


class MyInt(int):
    pass


class Loud:
    """A key that says when it is asked."""

    def __init__(self, value):
        self.value = value

    def __hash__(self):
        if self.value is None:
            raise TypeError("no hash")
        return 5

    def __eq__(self, other):
        if self.value == "bad":
            raise ValueError("no comparison")
        return isinstance(other, Loud) and self.value == other.value

    def __repr__(self):
        return f"Loud({self.value!r})"


def ints_of(items):
    found = []
    for x in items:
        try:
            found.append(int(x))
            found.append(int(x) + 1)
        except (ValueError, TypeError) as e:
            found.append(str(e))
    return found


def ints_of_chars(s):
    total = 0
    for c in s:
        total = total * 10 + int(c)
    return total


def floats_of(items):
    found = []
    for x in items:
        try:
            found.append(float(x) * 2)
            found.append(float(x))
        except (ValueError, TypeError) as e:
            found.append(str(e))
    return found


def ords_of(items):
    found = []
    for x in items:
        try:
            found.append(ord(x) + 1)
        except TypeError as e:
            found.append(str(e))
    return found


def one_int(x):
    return int(x)


def one_float(x):
    return float(x)


def one_ord(x):
    return ord(x)


def texts(x):
    return str(x), repr(x), f"{x}", f"{x!r}", f"{x!s:>30}", f"<{x!a}>", "%s" % x, str(x) + "!"


def rounded(x, n):
    return round(x, n), round(x, 2), round(x, 0)


def rounded_sum(items):
    total = 0.0
    for x in items:
        total += round(x * 1.19, 2)
    return total, round(total, 1)


def in_constants(items):
    found = []
    for x in items:
        found.append((x in (1, 2, 300), x not in (0,), x in {5, 7, 1}, x in (), x in (1, "a"), x in (1.0, 2), x in (True, 2)))
    return found


def chars_in_constants(s):
    n = 0
    for c in s:
        if c in "abc":
            n += 1
        if c not in " \t\u65e5":
            n += 10
        if c in ("x", "ab", "\xff"):
            n += 100
        if c in {"z", "y"}:
            n += 1000
        if c in "":
            n += 10000
        if c in ("x", 1):
            n += 100000
    return n, s[0] in "abc" if s else None


def strs_in_constants(items):
    return [(x in "hello", x in ("a", "hell"), x in {"a", "b"}) for x in items]


def found_in(s, part, start, end):
    found = []
    for f in (lambda: s.find(part), lambda: s.find(part, start), lambda: s.find(part, start, end), lambda: s.rfind(part, start, end), lambda: s.count(part, start, end), lambda: s.startswith(part, start), lambda: s.endswith(part, start, end)):
        try:
            found.append(f())
        except (TypeError, ValueError) as e:
            found.append(str(e))
    return found


def finds(s, part, i, j):
    a = s.find(part), s.find(part, i), s.find(part, i, j), s.rfind(part), s.rfind(part, i), s.rfind(part, i, j)
    b = s.count(part), s.count(part, i), s.count(part, i, j)
    c = s.startswith(part), s.startswith(part, i), s.startswith(part, i, j), s.endswith(part), s.endswith(part, i), s.endswith(part, i, j)
    return a, b, c


def indexes(s, part, i, j):
    try:
        return s.index(part), s.index(part, i), s.rindex(part, i, j)
    except ValueError as e:
        return str(e)


def index_raises(s, part):
    return s.index(part) + s.rindex(part)


def split_at(text):
    found = []
    i = 0
    while True:
        j = text.find(",", i)
        if j < 0:
            break
        found.append(text[i:j])
        i = j + 1
    return found, text[i:], text.startswith("a"), text.endswith(("x", "b"))


def gets(d, keys):
    n = 0
    found = []
    for k in keys:
        try:
            found.append(d.get(k))
            d[k] = d.get(k, 0) + 1
            n += d[k]
        except (TypeError, ValueError) as e:
            found.append(str(e))
    return found, n, d


def seen(items):
    s = set()
    twice = []
    for x in items:
        try:
            if x in s:
                twice.append(x)
            s.add(x)
        except (TypeError, ValueError) as e:
            twice.append(str(e))
    return twice, len(s)


def bytes_out(values):
    out = bytearray()
    for v in values:
        out.append(v)
        out.append(out[-1] >> 1)
    return out, len(out)


def bytes_popped(n):
    out = bytearray(range(n))
    del out[: n // 2]
    for i in range(n):
        out.append(i & 0xFF)
    before = out.__alloc__()
    while len(out) > 3:
        out.pop()
        out.append(7)
        out.pop()
    return out, before, out.__alloc__(), len(out)


def bytes_while_seen(out):
    with memoryview(out):
        try:
            out.append(1)
        except BufferError as e:
            return str(e), out


class Taking(str):
    def __rmod__(self, other):
        return other, 5

    def __format__(self, spec):
        return "formatted " + spec

    def __str__(self):
        return "a str"


def percents(x):
    found = []
    for f in (
        lambda: "%d" % x,
        lambda: "<%5d|%-5d|%05d|%+d|% d>" % (x, x, x, x, x),
        lambda: "%x %X %o %i%%" % (x, x, x, x),
        lambda: "%s" % x,
        lambda: "%.3d" % x,
        lambda: "%c" % x,
    ):
        try:
            found.append(f())
        except (TypeError, OverflowError, ValueError) as e:
            found.append(str(e))
    return found


def percents_here(x, s):
    a = "%s=%s;" % (s, x) + "%s" % x
    b = "100%% of %s, %s" % (s, x)
    return a, b, ("%s" % s) + "!", "%s" % (x,), "%s %s" % (x, s) == f"{x} {s}"


def same_str(s):
    s = s + "x"
    return "%s" % s is s, "{}".format(s) is s, "%s" % (s,) is s, "%s" % s, "{}".format(s), "%s%s" % (s, ""), "%d" % len(s)


def parts(s, i, j):
    n = 0
    if s[i:j] == "ab":
        n += 1
    if s[i : i + 2] != "ab":
        n += 10
    if s[:j] == "\u65e5\u672c" or s[i:] == "":
        n += 100
    if s[-2:] == "bc" and s[i:j] == s[i:j] and "ab" == s[i:j]:
        n += 1000
    return n, s[i:j] == 5, s[i:j] == b"ab", s[i:j:1] == "ab", s[i:j] < "b", [k for k in range(5) if s[k : k + 2] == "ab"], s[i:j] == "ab" == s[:2]


def byte_parts(b, i, j):
    return b[i:j] == b"ab", b[i:] != b"", b[:j] == "ab", b[i:j] == b"\x00", [k for k in range(4) if b[k : k + 1] == b"a"]


def percent_ints(i):
    i += 0
    return "%d" % i, "<%5d|%-5d|%05d|%+d|% d|%-+7d|%+07d>" % (i, i, i, i, i, i, i), "%x %X %o %i %u%%" % (i, i, i, i, i), "%5.1f" % i, "%3s" % i, "%.3d" % i, "%e" % i


def percent_floats(x):
    x = x * 1.0
    return "%f" % x, "%.2f|%8.3f|%-8.1f|%08.2f|%+.0f|% .1e" % (x, x, x, x, x, x), "%g %.3g %G %E" % (x, x, x, x), "%s %F" % (x, x), "%#.0f" % x


def percent_wrong(x, which):
    x = x + 0
    if which == 0:
        return "%d %d" % x
    if which == 1:
        return "none" % x
    if which == 2:
        return "%d" % (x, x)
    if which == 3:
        return "%d %" % x
    if which == 4:
        return "%(a)d" % x
    return "%d %y" % (x, x)


def percent_others(x, d):
    return "%s %r" % (x, x), "%s" % (x,), "%(a)s" % d, "%s" % d, "%*d" % (5, 3), "%s" % Taking("x"), "%d%%" % 5


def percent_subclass(x):
    y = "%s" % x
    return y, len(y)


def fields(x, s):
    return "{}".format(x), "{}-{}".format(x, s), "{{{}}}".format(s), "{:>5}|{:<7}".format(x, 3), "{1}{0}".format(x, s), "{}".format(s, x), "{a}".format(a=x), "no fields".format(x), "{!r}".format(s)


def fields_of_numbers(i, x):
    i += 0
    x *= 1.0
    return "{:05d}/{:x}/{:,}/{}".format(i, i, i, i), "{:.2f}|{:10.1e}|{:%}|{}|{:g}".format(x, x, x, x, i), "{}{}".format(i, x)


def fields_wrong(i, which):
    i += 0
    return ("{} {}".format(i) if which == 0 else "{".format(i) if which == 1 else "}".format(i) if which == 2 else "{:q}".format(i) if which == 3 else "{:.1d}".format(i)) if which < 5 else "{0} {}".format(i, i)


def read_ints(data, width):
    found = []
    for i in range(0, len(data), 3):
        part = data[i : i + width]
        found.append((int.from_bytes(part, "little"), int.from_bytes(part, "big"), int.from_bytes(part, "big", signed=True)))
    return found


def from_bytes(data):
    return int.from_bytes(data, "little") + 1, int.from_bytes(data), dict.fromkeys(data, 1), int.from_bytes(data, "middle")


def write_ints(items, length):
    found = []
    for x in items:
        try:
            found.append(x.to_bytes(length, "big") + x.to_bytes(length, "little"))
            found.append(x.to_bytes(length, "big", signed=True))
        except (OverflowError, ValueError, TypeError) as e:
            found.append(f"{type(e).__name__} {e}")
    return found


def to_bytes(x, length):
    x += 0
    return x.to_bytes(length, "big"), x.to_bytes(length, "little"), x.bit_length(), x.bit_count(), (x + 1).bit_length()


def bits(x):
    x = x * 1
    return x.bit_length(), x.bit_count()


def whole(x):
    x = x * 1.0
    return x.is_integer(), x.hex()


COPIES = {}


def fresh(function, *arguments):
    """The function with a code object of its own for arguments of these types, so that it is compiled for them."""
    key = function, *map(type, arguments)
    if key not in COPIES:
        code = function.__code__.replace(co_firstlineno=function.__code__.co_firstlineno)
        COPIES[key] = types.FunctionType(code, globals(), function.__name__)
    return COPIES[key], arguments


SPECS = ["", "d", "5", "05", "5d", "<8", "^9d", ">7", "=+8", "*^11", "x", "X", "08x", "#x", "b", "o", "+d", " d", "-d", ",", "12,", "012,", "<12,d", ",x", "_", "c", "n", "s", ".2", "5.1d", "300", "é>6", "0<6", "06"]
FLOAT_SPECS = ["", "f", ".2f", "8.3f", "08.2f", "+.1f", " .0f", "<10.2f", "*^12.1f", "=+9.1f", "e", ".3e", "G", "g", ".4g", "%", ".1%", ",.2f", "12,.1f", "012,.1f", ",", "10", ".3", ".0", "E", "F", "#.0f", "z.1f", "_.2f", "n", "d", "s", ".300f", "0.2f", "<06.1f", "x<9.1e"]


def maker(name, specs):
    """A function that formats its argument in all these ways, which must be constants."""
    body = "".join(f"    try:\n        out.append(f'{{x:{s}}}')\n    except (ValueError, OverflowError) as e:\n        out.append(str(e))\n" for s in specs)
    space = {}
    exec(f"def {name}(x):\n    out = []\n{body}    return out\n", space)
    return space[name]


formats = [maker(f"formats_{i}", specs[k : k + 9]) for i, specs in enumerate((SPECS, FLOAT_SPECS)) for k in range(0, len(specs), 9)]
INTS = [0, 1, -1, 7, 12, -12, 255, 1000, -1000, 1234567, -999999, 2**31, 2**53 + 1, 2**62, -(2**63), 2**63 - 1, 2**64, -(10**30), True, False]
FLOATS = [0.0, -0.0, 1.0, 0.5, 1.5, 2.5, -2.5, 0.1, 0.125, 2.675, 1.005, -1.115, 1e16, 1e17, 123456789.987654321, 1e22, 1e300, -1e-300, 5e-324, 1e-5, 0.0001, 999999.5, 0.05, 0.15, 1e15 + 0.3, 3.0e10 + 0.125, float("inf"), float("-inf"), float("nan"), 1.7976931348623157e308]
TEXTS = ["", "0", "1", "-1", "+5", "007", " 12 ", "12\n", "1_000", "99999999999999999999", "123456789012345678", "-123456789012345678", "1234567890123456789", "x", "1x", "--1", "-", "1.5", "1e5", "inf", "nan", "\u0663", "\xb2", "é", "\x00", MyStr("5"), b"12", b"x", 5, 2.5, None, True, "0x10", " "]
CASES = [fresh(f, TEXTS) for f in (ints_of, floats_of, ords_of)] + [fresh(f, x) for f in (one_int, one_float, one_ord) for x in TEXTS]
CASES += [fresh(ints_of_chars, s) for s in ("", "0123456789", "12x", "1\xb2", "1\u0663", "abc")]
CASES += [fresh(texts, x) for x in (*INTS, *FLOATS, "x", None, [1.5], MyInt(3))]
CASES += [fresh(f, x) for f in formats for x in (*INTS, *FLOATS, "text", MyInt(5), None)]
CASES += [fresh(rounded, x, n) for x in FLOATS for n in (0, 1, 2, 3, -1, -2, 15, 17, 22, 23, 30, 323, 324, -308, -309, 10**20, True, None, 1.5)]
CASES += [fresh(rounded, x, n) for x in INTS[:16] for n in (0, 2, -1, -2, -30, True, None)]
CASES += [fresh(rounded, k / 1000 + d, n) for k in range(-2100, 2100, 105) for d in (0.0, 0.0005, 1e6 + 0.005) for n in (1, 2, 3)]
CASES += [fresh(rounded_sum, a) for a in ([1.5, 2.345, 99.995], [i / 7 for i in range(50)], [1, 2.5], [float("inf")])]
CASES += [fresh(in_constants, a) for a in ([0, 1, 2, 300, 5], [1.0, True, 2], ["a", None, 2**70], [2**63 - 1, -1])]
CASES += [fresh(chars_in_constants, s) for s in ("", "abcxyz \t", "\xff\xe9", "日本x", "zzz")]
CASES += [fresh(strs_in_constants, a) for a in (["", "a", "hell", "x"], ["b", MyStr("a")])]
STRS = ["", "a", "abcabc", "héllo", "日本語日", "\U0001f600x"]
CASES += [fresh(f, s, p, i, j) for f in (finds, indexes) for s in STRS for p in ("", "a", "bc", "é", "日") for i in (0, 1, -2, 9) for j in (3, -1)]
CASES += [fresh(found_in, s, p, i, j) for s in ("abcabc", MyStr("aba")) for p in ("b", 5, None, MyStr("a"), ("a", "b")) for i in (0, None, True, 2**70, "x") for j in (2, None)]
CASES += [fresh(index_raises, s, p) for s, p in (("abc", "b"), ("abc", "x"), ("", "é"))] + [fresh(split_at, s) for s in ("", "a,b", ",,", "日,x", "ax")]
CASES += [fresh(gets, d, k) for d in ({}, {"a": 5, 1: 2}, {Loud(1): 3}) for k in (["a", "b", "a"], [1, True, 1.0], [Loud(1), Loud(2), Loud("bad")], [[], Loud(None)], [(1, 2), (1, 2)])]
CASES += [fresh(seen, a) for a in ([1, 2, 1], "hello", [[], 1], [Loud(1), Loud(1), Loud("bad"), Loud(None)], [(1, "a"), (1, "a")])]
CASES += [fresh(bytes_out, v) for v in ([1, 2, 255], [0, 256], [-1], [True, None], [1.5], [2**70], range(100), b"abc", "x")]
CASES += [(bytes_popped, (n,)) for n in (0, 1, 5, 40, 200)] + [(bytes_while_seen, (bytearray(b"ab"),))]
DATA = bytes(range(250, 256)) + bytes(range(10)) + b"\x80" * 12
CASES += [fresh(read_ints, d, n) for d in (DATA, bytearray(DATA), memoryview(DATA).tolist(), "abc", b"") for n in (0, 1, 3, 8, 9)]
CASES += [fresh(from_bytes, d) for d in (b"ab", [1, 2], [1, 300], 5, bytearray(b"x"))]
CASES += [fresh(write_ints, a, n) for a in ([0, 1, 255, 256, -1, 2**62], [2**70, True, "x"]) for n in (0, 1, 2, 4, 8, 9, -1, True)]
CASES += [fresh(to_bytes, x, n) for x in INTS for n in (1, 2, 8, 9, -1, 2**62)] + [fresh(bits, x) for x in INTS] + [fresh(whole, x) for x in FLOATS]
CASES += [fresh(percents, x) for x in (*INTS[:8], 2.5, "x", None, True)] + [fresh(percents_here, x, s) for x in (1, 2.5, "y", None, MyInt(3), 2**70, True) for s in ("a", "é", MyStr("s"), 5)]
CASES += [fresh(percent_ints, i) for i in INTS] + [fresh(percent_floats, x) for x in FLOATS] + [fresh(percent_wrong, x, w) for x in (5, 2.5) for w in range(6)]
CASES += [fresh(percent_others, x, {"a": 1}) for x in (1, "é", Taking("t"), None, (1,))] + [fresh(percent_subclass, x) for x in ("a", Taking("t"), 5, MyStr("q"))]
CASES += [fresh(fields, x, s) for x in (1, 2.5, "y", True, MyInt(3), Taking("t"), None) for s in ("a", "日", MyStr("s"), 5)] + [fresh(fields_of_numbers, i, x) for i in INTS for x in FLOATS[::5]]
CASES += [fresh(same_str, s) for s in ("abc", "é", "", "日本")]
CASES += [fresh(fields_wrong, 5, w) for w in range(6)]
CASES += [fresh(parts, s, i, j) for s in ("", "ab", "abc", "xabab", "日本ab", MyStr("ab"), ["a", "b"]) for i in (0, 1, -2, 2**62, True) for j in (2, 3, -1, None)]
CASES += [fresh(byte_parts, b, i, j) for b in (b"", b"ab", b"\x00abab", bytearray(b"ab"), bytearray(b"xa")) for i in (0, 1, -2) for j in (2, -1)]


# Strs that are compared with what may be no str; hashes may be known or not.
class Word(str):
    def __eq__(self, other):
        return "equal to " + str.__str__(other)

    def __ne__(self, other):
        return ["unequal", other]

    __hash__ = str.__hash__


def kinds(xs):
    out = []
    for x in xs:
        if x == "X":
            out.append(1)
        elif x != "number":
            out.append(2)
        else:
            out.append(3)
        out.append((x == "", "ab" == x, x != "ä", "€" != x, x == "X" == x))
    return out


def all_equal(xs, y):
    n = 0
    for x in xs:
        if x == y:
            n += 1
        if y != x:
            n += 100
    return n


def same_and_made(text):
    """One has been hashed, one has not."""
    a = text[:2] + text[2:]
    b = "".join(reversed(text))
    d = {a: 1}
    return a == text, a != b, a == b[::-1], b == "cba", d.get(text), a[0] == text[0], a[0] != b[0], a[:1] == b[-1:]


WORDS = [["X", "O", "X"], ["number", "nombre", "numbers"], [None, "X", "number"], ["X", 1, 2.5, None, b"X"], ["ä", "Ä", "€", "\U0001f600"], [Word("X"), "X"], ["", "a", "ab", "abc"], [("X",), ["X"]], []]
CASES.extend((kinds, (w,)) for w in WORDS)
CASES.extend((all_equal, (w, y)) for w in WORDS for y in ("X", "number", "ä", "\U0001f600", "", None, Word("number")))
CASES.extend((same_and_made, (t,)) for t in ("abc", "äbc", "€bc", "\U0001f600bc", "aba", "xy"))
def bytes_of_one(values):
    out = b""
    seen = []
    for v in values:
        c = bytes([v & 255])
        out = out + c
        seen.append(c is bytes([v & 255]))
        try:
            out += bytes([v])
        except ValueError as e:
            seen.append(str(e))
        seen.append(len(bytes([v & 15, 1])))
    return out, seen, bytes([len(out) & 1])


def bytes_of_one_leaves(v):
    return bytes([v + 1])


CASES += [(bytes_of_one, (v,)) for v in ([], [0, 1, 255, 128, 65], [256, -1, 7], [2**62, -(2**63), 3], [True, False])]
CASES += [(bytes_of_one_leaves, (v,)) for v in (0, 254, 255, -1, -2, 2**63 - 1, 2**70, 1.5, "a")]
