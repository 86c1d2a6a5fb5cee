"""Methods of builtin types: of known receivers, of those that the inline caches tell of, of subclasses, and their errors."""


class Text(str):
    def lower(self):
        return "mine"


class Items(list):
    def append(self, item):
        super().append((item,))

    def pop(self):
        return "popped"


class Table(dict):
    def get(self, key, default=None):
        return "got"


class Key:
    def __repr__(self):
        return f"Key({self.value})"

    def __init__(self, value):
        self.value = value

    def __hash__(self):
        return hash(self.value)

    def __eq__(self, other):
        raise ValueError(f"no {self.value}")


def predicates(text):
    return [(c.isalpha(), c.isdigit(), c.isdecimal(), c.isnumeric(), c.isspace(), c.isupper(), c.islower(), c.isalnum(), c.isprintable(), c.isidentifier(), c.istitle(), c.isascii()) for c in text]


def cases(text):
    out = []
    for c in text:
        out.append(c.lower() + c.upper() + c.swapcase() + c.title() + c.casefold() + c.capitalize())
    return out


def lowered(text):
    return "".join([c.lower() for c in text if c.isalpha()])


def raised(text):
    n = 0
    for c in text:
        if c.upper() == c:
            n += 1
    return n


def count_letters(text):
    counts = {}
    for c in text:
        if c.isalpha():
            c = c.lower()
            counts[c] = counts.get(c, 0) + 1
    return sorted(counts.items())


def strs(s, a):
    s = s + ""
    return (s.strip(), s.strip(a), s.lstrip(a).rstrip(a), s.split(), s.split(a), s.rsplit(a, 1), s.find(a), s.rfind(a), s.count(a), s.replace(a, "<>"), s.replace(a, "", 1),
            s.startswith(a), s.endswith((a, "z")), s.partition(a), s.upper().lower(), s.title(), s.zfill(12), s.ljust(9, "*"), s.center(11), s.splitlines(True), s.encode().decode(), s.index(a))


def formats(s, x):
    s = s + "{} {!r:>8}"
    return s.format(x, x)


def lists(n):
    items = list(range(n))
    items.append(n)
    items.extend(range(3))
    items.insert(1, "x")
    items.reverse()
    popped = items.pop(), items.pop(0), items.pop(-1)
    if "x" in items:
        items.remove("x")
    copied = items.copy()
    copied.sort(key=lambda v: -v)
    return items, popped, copied, items.index(0) if 0 in items else None, items.count(2), copied.clear(), copied


def lists_raise(n, what):
    items = list(range(n))
    out = []
    for _ in range(2):
        try:
            if what == 0:
                items.remove(99)
            elif what == 1:
                items.pop(50)
            elif what == 2:
                items.index(99)
            elif what == 3:
                items.append(1, 2)
            elif what == 4:
                items.sort(1)
            elif what == 5:
                items.insert("a", 2)
            elif what == 6:
                items.pop("a")
            else:
                items.nothing()
        except Exception as e:
            out.append((type(e).__name__, str(e)))
    return out


def dicts(n):
    d = {k: k * k for k in range(n)}
    d.setdefault("a", []).append(n)
    d.update({"b": 2}, c=3)
    return d.get(2), d.get("x"), d.get("x", 7), d.pop(1, None), list(d.keys()), list(d.values()), sorted(map(str, d.items())), d.copy() == d, d.popitem(), len(d), d.clear(), d


def dicts_raise(n, what):
    d = {1: 2}
    out = []
    for _ in range(2):
        try:
            if what == 0:
                d.pop(99)
            elif what == 1:
                d.get([])
            elif what == 2:
                d.get()
            elif what == 3:
                d.setdefault({}, 1)
            elif what == 4:
                d.get(Key(1))
            elif what == 5:
                d.get(Key(n + 7), "free")
            else:
                d.update(5)
        except Exception as e:
            out.append((type(e).__name__, str(e), e.__traceback__.tb_lineno - dicts_raise.__code__.co_firstlineno))
    return out


def sets(n):
    s = set(range(n))
    s.add(2)
    s.add(50)
    s.discard(1)
    s.discard(100)
    return s.union([7]), s.intersection(range(3)), s.difference([2]), s.issubset(range(100)), s.copy() == s, sorted(map(str, s)), s.isdisjoint([n])


def byteses(b):
    b = b + b"  x"
    return b.strip(), b.split(), b.find(b"x"), b.upper(), b.hex(), b.decode("latin-1"), b.startswith(b"a"), b.replace(b"x", b"yy"), bytearray(b).pop(), bytearray(b).find(120)


def guessed(xs):
    out = []
    for x in xs:
        out.append(x.lower())
    return out


def guessed_append(x, n):
    for i in range(n):
        x.append(i)
    return x, x.pop()


def guessed_get(d, keys):
    return [d.get(k, "no") for k in keys]


def chained(lines):
    total = 0
    for line in lines:
        name, _, value = line.strip().partition("=")
        if name.lower().startswith("k") and value.isdigit():
            total += int(value)
    return total


LATIN = "".join(map(chr, range(256)))
OTHER = "\u0130\u0131\u01c5\u0391\u03c2\u0660\u00b2\u2160\u4e2d\U0001d7d8\U00010400\u3000\u200b\ud800"
TEXTS = ["", "a", "Z", "\u00b5", "\u00df", "\u00ff", LATIN, OTHER, LATIN + OTHER, "Hello, World 42", 5, ["ab", "C", "1"], b"ab"]
CASES = [(f, (t,)) for f in (predicates, cases, lowered, raised, count_letters) for t in TEXTS]
CASES += [(strs, (s, a)) for s in ("", "abcabc", "  a b  c ", "a=b\nc\r\nd", "\u4e2d a", 5) for a in ("a", " ", "", "zz", None, 3)]
CASES += [(formats, (s, x)) for s in ("", "<") for x in (1, 2.5, "t", None, Text("q"))]
CASES += [(f, (n,)) for f in (lists, dicts, sets) for n in (0, 1, 3, 5)]
CASES += [(lists_raise, (3, k)) for k in range(8)] + [(dicts_raise, (n, k)) for k in range(7) for n in (1, -6)]
CASES += [(byteses, (b,)) for b in (b"", b"a b", b"xx", bytearray(b"ax"))]
CASES += [(guessed, (x,)) for x in (["A", "Bc"], ["A"] * 5, [Text("A"), "B"], [b"Ab"], ["A", b"B", "C"], [1], [])]
CASES += [(guessed_append, (x, n)) for x in ([], [1], bytearray(b"a"), None) for n in (0, 2, 5)] + [(guessed_append, (Items(), 3)), (guessed_append, ([], 4))]
CASES += [(guessed_get, (d, k)) for d in ({}, {1: 2, "a": 3}, Table(), None) for k in ([], [1, "a", 2.5], [[]], [Key(1)])]
CASES += [(chained, (x,)) for x in ([], ["k1=5", " K2=7\n", "x=1", "k", "k=a"], ["k=\u0663"], [b"k=1"], [Text("k=3")])]


class Odd:
    def __init__(self, log):
        self.log = log

    def __eq__(self, other):
        self.log.append(str(other))
        return other == "odd"


def among(x):
    log = []
    odd = Odd(log)
    return x in ("a", "bc", "\u00e9", "\u4e2d"), x not in ("+", "-"), x in ("q", odd, "never", 5), x in (), x in ("a", None, 1.5), log


def scan(text):
    numbers, i = [], 0
    while i < len(text):
        if text[i].isdigit():
            j = i
            while j < len(text) and text[j].isdigit():
                j += 1
            numbers.append(text[i:j])
            i = j
        else:
            i += 1
    return numbers, text[0], text[-1]


def bools(s, n):
    s = s + "x"
    x = s.startswith("a")
    t = 0
    for i in range(n):
        t += s.endswith("x") + x
    return x, not x, x is True, s.isalpha() and "yes", t, [s.isdigit(), s.isupper()], {1, 2}.issubset({n, 1, 2})


CASES += [(among, (x,)) for x in ("a", "bc", "b", "", "\u00e9", "\u4e2d", "odd", "+", 5, 1.5, None, Text("a"), Text("odd"), True)]
CASES += [(scan, (t,)) for t in ("12 + 345", "a1", "7", "", "\u0663\u0664 5", "\u4e2d12", ["1", "b"], Text("1 2"), b"12", 5)]
CASES += [(bools, (s, n)) for s in ("", "a", "A1") for n in (0, 3)] + [(bools, (Text("a"), 2)), (bools, (5, 2))]


def item_loops(d):
    t, names = 0, []
    for k, v in d.items():
        names.append(k)
        t += v
    for k, v in list(d.items()):
        t += v
    for (a, b), c in {(1, 2): 3}.items():
        t += a * b * c
    else:
        t += 1
    return t, names


def items_change(d, what):
    n, log = 0, []
    try:
        for k, v in d.items():
            n += 1
            log.append((k, v))
            if n == 2:
                if what == 0:
                    d["new"] = 1
                elif what == 1:
                    del d[k]
                elif what == 2:
                    d[k] = "changed"
                elif what == 3:
                    del d[k]
                    d[k] = 5
                elif what == 4:
                    d.clear()
                elif what == 5:
                    break
            if n > 20:
                break
    except RuntimeError as e:
        log.append((str(e), e.__traceback__.tb_lineno - items_change.__code__.co_firstlineno))
    return n, log, d


def pairs_of(xs):
    out = []
    for a, b in xs:
        out.append((b, a))
    return out


class Pair:
    def __repr__(self):
        return "Pair()"

    def __iter__(self):
        yield "x"
        yield "y"


class Attributes:
    def __init__(self):
        self.a = 1
        self.b = 2
        self.c = 3


def attributes():
    return [(k, v) for k, v in Attributes().__dict__.items()], {v: k for k, v in Attributes().__dict__.items()}


CASES += [(item_loops, (d,)) for d in ({}, {"a": 1}, {k: k * 0.5 for k in range(20)}, {1: 2**62, 2: 2**62}, {1: "x"}, Table(a=1), 5)]
CASES += [(items_change, ({k: k for k in range(n)}, w)) for n in (0, 1, 2, 3, 5) for w in range(6)]
CASES += [(pairs_of, (x,)) for x in ([], [(1, 2), [3, 4], "ab"], [(1, 2, 3)], [(1,)], [Pair()], {"ab": 1, "cd": 2}, [5], None)]
CASES += [(attributes, ())]
