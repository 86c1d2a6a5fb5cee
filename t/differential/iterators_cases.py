"""Loops over enumerate() and zip(): of all sequences, with and without the tuple, left for CPython in the middle."""

CASES = []
SEQUENCES = [[], [1], [1, 2, 3], [1.5, 2, "x", None], (4, 5), (), "abc", "äß", "a€c", b"xyz", bytearray(b"\x00\xff"), range(3), {"k": 1}, {7}, 5, None]


def plain(x):
    r = []
    for i, v in enumerate(x):
        r.append(i)
        r.append(v)
    else:
        r.append("else")
    return r


def started(x, n):
    r = []
    for i, v in enumerate(x, n):
        r.append((v, i))
    return r


def started_by_name(x, n):
    return [i for i, _ in enumerate(x, start=n)], [(i, v) for i, v in enumerate(iterable=x)]


def whole(x):
    return [t for t in enumerate(x)], list(enumerate(x)), [len(t) + t[0] for t in enumerate(x, 2)]


def kept(x):
    e = enumerate(x)
    z = zip(x, x)
    first = next(e, None)
    return first, [i for i, _ in e], list(z), enumerate(x) is enumerate(x)


def pairs(x, y):
    r = []
    for a, b in zip(x, y):
        r.append(b)
        r.append(a)
    return r


def triples(x, y, z):
    return [(a, b, c) for a, b, c in zip(x, y, z)], [t for t in zip(x, y, z)], sum(1 for a, b, c in zip(x, y, z)), [u for (u,) in zip(x)]


def five(x):
    return [a for a, b, c, d, e in zip(x, x, x, x, x)], [t for t in zip()], list(zip(x, x, strict=True))


def dot(x, y):
    return sum(a * b for a, b in zip(x, y)), sum((a - 1) * (a - b) for a, b in zip(x, y) if a != b), max(a for a, _ in zip(x, y))


def where(x, v):
    for i, item in enumerate(x):
        if item == v:
            break
    else:
        return -1
    return i


def grows(x, n):
    r = []
    for i, v in enumerate(x):
        if i < n:
            x.append(v)
        r.append(v)
    for a, b in zip(x, x[1:]):
        if len(x) < 2 * n:
            x.append(a)
        r.append(b)
    return r, x


def shrinks(x):
    r = []
    for i, v in enumerate(x):
        x.pop()
        r.append((i, v))
    y = [1, 2, 3, 4]
    for a, b in zip(y, x):
        y.clear()
        r.append((a, b))
    return r


def overflows(x, n):
    total = n
    r = []
    for i, v in enumerate(x, n):
        total += v
        r.append(i)
    for a, b in zip(x, r):
        total += a * b
    return total, r


def raises(x, y):
    r = []
    try:
        for i, (a, b) in enumerate(zip(x, y)):
            r.append(a // b)
            r.append(i)
    except ZeroDivisionError as e:
        r.append(str(e))
    for a, b in zip(x, y):
        r.append(a % b)
    return r


def unpacks_wrongly(x):
    for a, b, c in enumerate(x):
        return a
    for (a,) in zip(x, x):
        return a
    return x


def deeper(x):
    r = []
    for i, (a, b) in enumerate(x):
        for j, v in enumerate((a, b), i):
            r.append(i * j + v)
    return r


def cells(x):
    fs = []
    for i, v in enumerate(x):
        fs.append(lambda: (i, v))
    return [f() for f in fs]


def left(x, y):
    # import is an instruction that CPython does at the first time.
    r = []
    for i, a in enumerate(x):
        for k, (b, c) in enumerate(zip(y, x), 1):
            if k == 2:
                import os.path as p  # noqa

                r.append(p.basename("a/b"))
            r.append((i, a, b, c))
    return r, sum(a + b for a, b in zip(x, y)), [a + b for a, b in zip(x, y)]


def generator_left(x, y):
    return list((a, b) if a != 2 else (yield_none(a), b) for a, b in zip(x, y)), any(a > b for a, b in zip(x, y)), sorted(a + b for a, b in zip(x, y))


def yield_none(a):
    return [a].__len__()


def shadowed(x):
    zip = lambda *a: ["mine", "own"]  # noqa
    return [t for t in zip(x, x)]


def distance(a, b):
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        current = [i]
        for j, y in enumerate(b, 1):
            cost = 0 if x == y else 1
            current.append(min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost))
        previous = current
    return previous[-1]


def backwards(x):
    found = []
    for v in reversed(x):
        found.append(v)
    for v in reversed(x):
        if len(found) > 7:
            break
        found.append([w for w in reversed(x)])
    return found, [a for a in reversed(range(len(x)))], sum(v * 2 for v in reversed(range(len(x))))


def backwards_to(x, n):
    total = 0
    for v in reversed(x):
        total += v * n
    return total


def backwards_changed(x, n):
    """Shrinks, and grows again, while it is read."""
    found = []
    for v in reversed(x):
        found.append(v)
        if len(found) == n:
            del x[2:]
        if len(found) == n + 1:
            x.extend([7, 8, 9])
        found.append(len(x) + (2**63 - 1) * (len(found) > 4) - 1)
    return found, x


def backwards_range(a, b, c):
    found = []
    for i in reversed(range(a, b, c)):
        found.append(i)
    for i in reversed(range(b)):
        found.append(i + a)
        if i > 2**62:
            break
    for i in reversed(range(a, b)):
        for k in reversed(range(i)):
            found.append(k)
            if len(found) > 20:
                break
        if len(found) > 20:
            break
    return found


def backwards_left(x):
    """Native code ends in the middle."""
    total = 2**62
    seen = []
    for v in reversed(x):
        seen.append(v)
        total += v
        total += 2**62
    return total, seen


def from_the_end(x):
    found = []
    for i in x:
        try:
            found.append(x[-i])
        except (IndexError, TypeError) as e:
            found.append(str(e))
    return found


CASES.extend((f, (x,)) for f in (plain, whole, kept, five, unpacks_wrongly, cells, shadowed) for x in SEQUENCES)
CASES.extend((started, (x, n)) for x in SEQUENCES[:12] for n in (0, 5, -3, 2**63 - 2, 2**70, True, 1.5))
CASES.extend((started_by_name, (x, n)) for x in SEQUENCES[:6] for n in (0, 2**63 - 1, None))
CASES.extend((pairs, (x, y)) for x in SEQUENCES for y in SEQUENCES[2:13:2])
CASES.extend((triples, (x, y, z)) for x in SEQUENCES[1:4] for y in SEQUENCES[4:13:3] for z in SEQUENCES[2:11:2])
CASES.extend((dot, (x, y)) for x in ([1, 2, 3], [1.5, 2.5], (1, 2**62), b"abc") for y in ([3, 2], [0.5, 1.5, 7.0], (2**62, 4), ["a", "b"]))
CASES.extend((where, (x, v)) for x in SEQUENCES[:11] for v in (3, "c", 255, "€"))
CASES.extend((grows, (x, n)) for x in ([1, 2, 3], [], [1.5]) for n in (0, 2, 5))
CASES.extend((shrinks, (list(range(n)),)) for n in (0, 1, 4, 5))
CASES.extend((overflows, (x, n)) for x in ([1, 2], (5, 6, 7), [2**62, 2**62], b"ab", [0.5]) for n in (0, 2**62, 2**63 - 2, -(2**63)))
CASES.extend((raises, (x, y)) for x in ([6, 7, 8], (1, 2)) for y in ([3, 0, 1], [1, 2, 3], (2.0, 0.0), ["x"]))
CASES.extend([(deeper, ([(1, 2), (3, 4)],)), (deeper, ([(1, 2), (3, 4, 5)],)), (deeper, (((1.5, 2),),)), (deeper, ([1],))])
CASES.extend((f, (x, y)) for f in (left, generator_left) for x in ([1, 2, 3], (1, 2), [1.5]) for y in ([4, 5, 6], (7, 8), b"ab", "xy"))
CASES.extend((distance, (a, b)) for a in ("kitten", "", "äöü") for b in ("sitting", "x", "€"))
CASES.extend((f, (x,)) for f in (backwards, from_the_end) for x in SEQUENCES)
CASES.extend((backwards_to, (x, n)) for x in SEQUENCES[:12] for n in (1, 2**62, 0.5))
CASES.extend((backwards_changed, (list(range(k)), n)) for k in (0, 3, 6, 9) for n in (1, 2, 3, 5))
CASES.extend((backwards_range, (a, b, c)) for a in (0, 2, -3, 2**62) for b in (0, 5, -9, 2**63 - 1) for c in (1, 2, -1, -3, 0, 2**62, -(2**63)) if (b - a) // (c or 1) < 50)
CASES.extend((backwards_left, (x,)) for x in ([1, 2, 3], (2, 3), b"abc", [], [2**62, -1], [1.5, 2], "ab", bytearray(b"xy"), {1: 2}, range(4)))
