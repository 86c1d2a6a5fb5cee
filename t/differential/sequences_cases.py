"""Sequences: strs, bytes, bytearrays, lists and their methods, sums and extremes, at the edges of each and changed meanwhile."""
import sys
import types

LOG = []


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(self.name)


class Index:
    def __index__(self):
        return 1

    def __repr__(self):
        return "Index()"


def log():
    seen = list(LOG)
    LOG.clear()
    return seen


def characters(s, i):
    found = []
    for c in s:
        found.append(ord(c))
        if c == "b" or c > "x" or "é" == c or c == "ab" or c != "\u0394":
            found.append(c)
    return found, s[i], s[i] == s[0], s[-1] is s[-1], len(s), bool(s), s[i] + s[0]


def same_characters(s):
    return [a is b for a in s for b in s], {c: ord(c) for c in s}, sorted(s), "".join(c for c in s)


def equal(a, b):
    n = 0
    for i in range(len(a)):
        if a[i] == b[i]:
            n += 1
        if a[i] < b[i]:
            n += 100
    return n, a == b, a != b


def upper(s):
    out = ""
    for c in s:
        out += chr(ord(c) - 32) if "a" <= c <= "z" else c
    return out


def chars(n):
    return [chr(i) for i in range(n - 2, n + 2)]


def as_bytes(b, i):
    total = 0
    for x in b:
        total = total * 31 + x
    for k in range(len(b)):
        total ^= b[k]
    return total, b[i], b[-1], len(b), bool(b), b[1:], b + b, b * 2


def store_byte(a, i, v):
    for k in range(2):
        a[i] = v
    return a


def count_up(a):
    for i in range(len(a)):
        a[i] = (a[i] + 200) & 0xFF
        a[-1] = a[i] >> 1
    return a


def bytes_grow(a):
    seen = []
    for x in a:
        seen.append(x)
        if len(a) < 6:
            a.append(x + 1)
        elif x == 3:
            del a[2:]
    return seen, a


def sieve(n):
    flags = bytearray(n)
    found = []
    for i in range(2, n):
        if not flags[i]:
            found.append(i)
            for k in range(i * i, n, i):
                flags[k] = 1
    return found, flags


def repeated(n):
    a = [0] * n
    b = n * [1.5]
    c = (0, 1) * n
    d = "ab" * n
    for i in range(n):
        a[i] += i
        b[i] *= 2
    return a, b, c, d, b"x" * n, a + [1], a[1:], d[::-1]


def stack(items):
    out = []
    rest = []
    for x in items:
        out.append(x)
        if len(out) > 2:
            rest.append(out.pop())
            rest.append(out.pop(0))
    while out:
        rest.append(out.pop(-1))
    return rest, out


def pop_at(a, i):
    for _ in range(2):
        a.pop(i)
    return a


def pop_all(a):
    while True:
        a.pop()


def append_value(a):
    return [a.append(5) for _ in range(2)], a.append.__name__, a


def grown_while_read(a):
    n = 0
    for x in a:
        n += 1
        if n < 10:
            a.append(x)
    return n, a


def loud_list(n):
    a = []
    for i in range(n):
        a.append(Loud(i))
    seen = [a.pop().name, log()]
    a[0] = 1
    a[1] = 2.5
    seen.append(log())
    a = [0] * 2
    seen.append(log())
    return seen


def smallest(a, b, c):
    return min(a, b), max(a, b), min(a, b, c), max(c, b, a), max(b, a, 2), min(1.5, a)


def smallest_items(a):
    best = a[0]
    for i in range(1, len(a)):
        best = max(best, a[i])
    for x in a:
        best = min(best, x)
    return best


def clamp(a):
    for i in range(len(a)):
        a[i] = min(max(a[i] - 3, 0), 4)
    return a


def reduced(a):
    return sum(a), min(a), max(a), sum(a) / len(a)


def bad_min(a, b):
    for _ in range(2):
        min(a, b)
    return max()


def builtins_made(x):
    a = list(x)
    a.append(1)
    b = bytearray(a)
    b[0] = 7
    s = sorted(a)
    s[0] = s[-1]
    d = set(a)
    return a, b, s, d, tuple(x), dict.fromkeys(x), len(d)


def hidden(a):
    list = str
    len = abs
    return list(a), len(-3)


def identities(s, t):
    k = 0
    for i in range(len(s)):
        k += s[i] is t[i]
    return k


def of_ints(a, i, v):
    for k in range(3):
        a[i] = v
        a[k % len(a)] += 1
        a[i] = a[i] + 300
    b = a[i]
    a[i] = 1000
    c = a[i]
    a[i] = 1001
    return a, b, c, a[i] is a[i], [x is y for x in a for y in a if x < 257]


def float_alias(n):
    a = [1.5] * n
    x = a[0]
    a[0] = 2.5
    y = a[0]
    a[0] = 3.5
    b = a[:]
    for i in range(n):
        a[i] += 1.0
        b[i] -= a[i]
    return a, b, x, y


class Liar:
    @property
    def __class__(self):
        LOG.append("asked")
        return int

    def __repr__(self):
        return "Liar()"


class MyList(list):
    pass


def instances(x):
    found = []
    for _ in range(2):
        if isinstance(x, int):
            found.append("int")
            if isinstance(x, bool):
                found.append("bool")
        elif isinstance(x, str):
            found.append(x + "!")
        elif isinstance(x, list):
            found.append(x[:1])
            x.append(1)
        found.append((isinstance(x, float), isinstance(x, tuple), isinstance(x, dict), isinstance(x, (int, str)), isinstance(x, object)))
    return found, log()


def instances_of_items(a):
    n = 0
    for x in a:
        if isinstance(x, float) or not isinstance(x, int):
            n += 1
        elif isinstance(x * 2.0, float) and isinstance(n < 3, int) and not isinstance(n, float):
            n += 100
    return n


def bad_instance(x, t):
    return isinstance(x, int), isinstance(x, t)


def hidden_instance(x):
    isinstance = max
    return isinstance(x, 2)


COPIES = {}


def fresh(function, *arguments):
    """The function with a code object of its own for arguments of these types, so that it is compiled for them."""
    key = function, *(str(a.isascii()) if type(a) is str else type(a) for a in arguments[:2])
    if key not in COPIES:
        code = function.__code__.replace(co_firstlineno=function.__code__.co_firstlineno)
        COPIES[key] = types.FunctionType(code, globals(), function.__name__)
    return COPIES[key], arguments


STRS = ["", "b", "abc", "zzz", "héllo", "\xff\x80", "日本", "a\U0001f600", "\0x"]
NAN = float("nan")
CASES = [fresh(characters, s, i) for s in STRS for i in (0, -1, 2, 9, True, "x", 2**70)]
CASES += [fresh(same_characters, s) for s in STRS] + [fresh(upper, s) for s in [*STRS, b"ab", ["a", "b"]]]
CASES += [fresh(equal, a, b) for a in ("abc", "aé", "日本語", b"abc", ["a", "b", "c"], [1, 2]) for b in ("abc", "xbz", "日x語", b"abd", ("a", "b", 5), "a")]
CASES += [fresh(chars, n) for n in (1, 2, 128, 255, 256, 0x110000)]
CASES += [fresh(as_bytes, b, i) for b in (b"", b"a", b"hello\xff", bytearray(b"abc"), bytearray(), [1, 2], (3,)) for i in (0, -1, 4, -6, Index(), 1.0)]
CASES += [fresh(store_byte, bytearray(b"abc"), i, v) for i in (0, -1, 3, -4, True, Index(), "x", 2**70) for v in (0, 255, 256, -1, True, Index(), 2.5, "x", 2**70, None)]
CASES += [fresh(store_byte, b"abc", 0, 1), fresh(store_byte, [1, 2], 1, 300)]
CASES += [fresh(count_up, a) for a in (bytearray(b"abc"), bytearray(), [100, 200], b"ab")] + [fresh(bytes_grow, bytearray(a)) for a in (b"", b"\x01", b"\x01\x02\x03", b"\xff")]
CASES += [fresh(sieve, n) for n in (0, 2, 50)] + [fresh(repeated, n) for n in (0, 1, 5, -2)]
CASES += [fresh(stack, a) for a in ([], [1], [1, 2.5, "x", None, 2**70], "abcdef", range(7))]
CASES += [fresh(pop_at, [1, 2, 3], i) for i in (0, -1, 2, 5, -4, True, "x", Index(), 2**70)] + [fresh(pop_all, [1, 2.5])]
CASES += [fresh(append_value, [1]), fresh(grown_while_read, [1, "x"]), fresh(loud_list, 3)]
CASES += [fresh(smallest, a, b, c) for a in (1, 2.5, True, NAN, -0.0, 2**70, "x") for b in (2, 0.0, 1.0, False) for c in (1, -1.5, None)]
CASES += [fresh(smallest_items, a) for a in ([1], [3, 1, 2], [1.5, -0.0, 0.0], [1, 2.5], ["b", "a"], [], [NAN, 1.0], [2**70, 1], [True, 0])]
CASES += [fresh(clamp, a) for a in ([], [1, 5, 9], [1.5, 9.5], [True, 2**70], ["x"])]
CASES += [fresh(reduced, a) for a in ([1, 2, 3], [0.1] * 10, [1, 2.5, 3], [-0.0], [], (1, 2), b"abc", bytearray(b"\xff\xfe"), [2**62, 2**62], [2**53 + 1, 0.5], [True, 2], ["a"], [1, None], range(5), {3: 1, 4: 2}, [1, NAN, 2.0], [2.0, 2, 1])]
CASES += [fresh(bad_min, a, b) for a in (1, None, "x") for b in (2, "y")]
CASES += [fresh(builtins_made, x) for x in ([3, 1, 2], (1,), b"abc", range(3), [300], ["a"], 5)] + [fresh(hidden, [1, 2])]
CASES += [fresh(identities, s, t) for s in ("abc", "é日") for t in ("abc", "é日z")]
CASES += [fresh(of_ints, a, i, v) for a in ([1, 2, 3], [10**6, 5], [10**6] * 3, [2**40, -1], ["x", 1]) for i in (0, -1, 7) for v in (5, -5, 256, 257, 10**6, 2**30, -(2**30), 2**62, True)]
CASES += [fresh(float_alias, n) for n in (1, 3)]
CASES += [fresh(instances, x) for x in (1, True, 2.5, "x", "é", [3], [], (1,), {1: 2}, None, 2**70, b"x", Liar(), MyList([1]), int)]
CASES += [fresh(instances_of_items, a) for a in ([1, 2], [1.5], [1, 2.5, "x", True, None], [])] + [fresh(bad_instance, x, t) for x in (1, "x") for t in (int, 5, (str, 6), None)] + [fresh(hidden_instance, 1)]
