"""array.array, memoryview and bytearray: items read and written, at the edges of each kind, resized and released meanwhile."""
import array as arrays
import types
from array import array

TYPECODES = "bBhHiIlLqQfd"
SIZES = {code: array(code).itemsize for code in TYPECODES}
TABLE = array("I", [n * 2654435761 & 0xFFFFFFFF for n in range(256)])
BYTES = bytes(range(255, -1, -1))
VIEW = memoryview(BYTES)


class Index:
    def __init__(self, value=1):
        self.value = value

    def __index__(self):
        return self.value

    def __float__(self):
        return 2.5

    def __repr__(self):
        return "Index()"


class Shrinking:
    """Its value is asked for while it is being stored."""

    def __init__(self, a):
        self.a = a

    def __index__(self):
        self.a.pop()
        return 7

    def __float__(self):
        self.a.pop()
        return 7.5

    def __repr__(self):
        return "Shrinking()"


def kinds(a):
    return type(a).__name__, a.typecode if type(a) is array else a.format if type(a) is memoryview else ""


def read(a, i):
    total = 0
    for x in a:
        total += x
    for k in range(len(a)):
        total -= a[k] * 2
    return total, a[i], type(a[i]), len(a), bool(a), a[-1]


def write(a, i, v):
    a[i] = v
    return a[i], list(a)


def scale(a, v):
    for i in range(len(a)):
        a[i] = a[i] + v
    return list(a)


def swap(a):
    i, j = 0, len(a) - 1
    while i < j:
        a[i], a[j] = a[j], a[i]
        i += 1
        j -= 1
    return list(a)


def reduced(a):
    return sum(a), min(a), max(a), sum(a[1:]), sum(a[::-1]), max(a[:2])


def pairs(a, b):
    found = []
    for i, x in enumerate(a):
        found.append((i, x))
    for x, y in zip(a, b):
        found.append(x * y)
    for i, x in enumerate(a, 5):
        if i == 6:
            break
    return found, i, x


def comprehensions(a):
    return [x * 2 for x in a], sum(x * x for x in a), {x: i for i, x in enumerate(a)}, any(x > 2 for x in a), sorted(a)


def append(a, v):
    a.append(v)
    a.append(v)
    return a, len(a), a[-1]


def append_many(a, n):
    for i in range(n):
        a.append(i)
        a.append(i * 0.5) if a.typecode in "fd" else a.append(i & 1)
    return a


def append_while_seen(a):
    view = memoryview(a)
    try:
        a.append(1)
    except BufferError as e:
        found = str(e)
    view.release()
    a.append(2)
    return found, a


def append_and_read(a, n):
    for i in range(n):
        a.append(a[i] + 1)
    total = 0
    for x in a:
        total += x
        if len(a) < 20:
            a.append(1)
    return total, a


def others(a):
    b = a + a
    c = a * 2
    d = a[1:]
    b.extend(c)
    b.pop()
    d.reverse()
    d.insert(0, a[0])
    return b, c, d, b == c, a.index(a[0]), a.count(a[0]), a.tolist(), b[0] + c[1] + d[0], kinds(b)


def shrinking(a):
    a[2] = Shrinking(a)
    return a


def shrinking_last(a):
    a[len(a) - 1] = Shrinking(a)
    return a


def made(n):
    a = array("d", [0.0]) * n
    b = arrays.array("i", range(n))
    c = array("Q")
    for i in range(n):
        a[i] = i / 2
        b[i] *= 3
        c.append(i << 40)
    return a, b, c, a[-1] + b[-1] + c[-1]


def made_otherwise(n):
    array = arrays.array
    a = array("b", b"\x01\x02") + array("b", [n])
    total = 0
    for x in a:
        total = total * 10 + x
    return a, total, array("u", "ab"), array("u", "ab")[1]


def prefix_sums(a):
    sums = array("d", bytes(8 * (len(a) + 1)))
    for i in range(len(a)):
        sums[i + 1] = sums[i] + a[i]
    return sums


def table(data):
    h = 0xFFFFFFFF
    for byte in data:
        h = TABLE[(h ^ byte) & 0xFF] ^ (h >> 8)
        h ^= BYTES[h & 0xFF] + VIEW[byte]
    return h, len(TABLE), [x for x in TABLE][3]


def view_of(data, i):
    m = memoryview(data)
    total = 0
    for x in m:
        total = total * 3 + x
    part = m[1:-1]
    gaps = m[::2]
    for k in range(len(part)):
        total ^= part[k]
    for x in gaps:
        total += x
    return total, m[i], part.tolist(), len(gaps), gaps[-1], m.readonly


def view_write(data, i, v):
    with memoryview(data) as m:
        m[i] = v
        m[0] = m[i]
    return data


def cast(data, code):
    m = memoryview(data).cast(code)
    found = [x for x in m]
    m[0] = m[1]
    return found, m[0], m[-1], data


def cast_i(data):
    m = memoryview(data).cast("i")
    total = 0
    for i in range(len(m)):
        total += m[i]
        m[i] = total & 0x7FFFFFFF
    return total, data


def released(data, n):
    m = memoryview(data)
    total = 0
    for i in range(len(m)):
        if i == n:
            m.release()
        total += m[i]
    return total


def released_beside(data, n):
    m = memoryview(data)
    part = m[1:]
    total = 0
    for i in range(len(part)):
        if i == n:
            m.release()
        total += part[i]
        total += m[0]
    return total


def released_in_loop(data, n):
    m = memoryview(data)
    found = []
    for x in m:
        found.append(x)
        if len(found) == n:
            m.release()
    return found


def released_then(data, what):
    m = memoryview(data)
    total = m[0]
    m.release()
    try:
        if what == 0:
            total += len(m)
        elif what == 1:
            m[0] = total
        elif what == 2:
            for x in m:
                total += x
        elif what == 3:
            total += sum(m)
        elif what == 4:
            total += bool(m)
        else:
            total += m[0]
    except ValueError as e:
        return str(e), total
    return total


def aliases(data):
    a, b = memoryview(data), memoryview(data)
    for i in range(1, len(a)):
        b[i] = a[i - 1] + 1 & 0xFF
    return data, a[2], b[3]


def resized(a):
    view = memoryview(a)
    try:
        a.pop()
    except BufferError as e:
        return str(e), view[0]


def blur(src, width, height):
    dst = bytearray(len(src))
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            at = y * width + x
            dst[at] = (src[at - 1] + src[at] * 2 + src[at + 1] + src[at - width] + src[at + width]) // 6
    return dst


def histogram(data):
    counts = array("L", [0]) * 256
    for byte in data:
        counts[byte] += 1
    return [(i, n) for i, n in enumerate(counts) if n]


def unsigned(a):
    found = []
    for x in a:
        found.append(x >> 1)
        found.append(x - 1)
    return found, a[0] - a[-1], a[0] * a[0]


def unsigned_store(a, x):
    for i in range(len(a)):
        x = (x * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        a[i] = x
    return a


def floats_of_ints(a, b):
    for i in range(len(a)):
        a[i] = b[i]
        a[i] += b[i] * True
    return a


def nested(rows, n):
    total = 0
    for i in range(n):
        row = rows[i]
        for j in range(n):
            total += row[j] * rows[j][i]
            row[j] = j
    return total, rows


def in_a_call(a, n):
    return add_up(a, n) + add_up(a, 0)


def add_up(a, n):
    total = a[n]
    for i in range(n, len(a)):
        total += a[i]
    return total


def given_back(n):
    a = numbers_to(n)
    return a[n - 1], a


def numbers_to(n):
    a = array("h", range(n))
    return a


SHELF = b"abc"


def rebound(values):
    """A global that is guessed to be what it was when this was compiled."""
    global SHELF
    found = []
    for value in values:
        SHELF = value
        try:
            found.append((SHELF[0], len(SHELF)))
            for x in SHELF:
                found.append(x)
            found.append(arrays.SHELF[1])
        except (TypeError, IndexError, KeyError) as e:
            found.append(str(e))
        arrays.SHELF = value
    return found


arrays.SHELF = (1, 2)
COPIES = {}


def copy_for(function, *key):
    """The function with a code object of its own for arguments of these kinds, so that it is compiled for them."""
    if (function, key) not in COPIES:
        code = function.__code__.replace(co_firstlineno=function.__code__.co_firstlineno)
        COPIES[function, key] = types.FunctionType(code, globals(), function.__name__)
    return COPIES[function, key]


def fresh(function, *arguments):
    return copy_for(function, *map(kinds, arguments[:1])), arguments


def of_view(function, data, code, *arguments):
    """Of the function of that name; a memoryview cannot be copied, so it is made here."""
    with memoryview(data).cast("B").cast(code) as m:
        return copy_for(globals()[function], "view", code, m.readonly)(m, *arguments), data


def two_views(function, data, code):
    with memoryview(data).cast(code) as m:
        return copy_for(globals()[function], "two", code)(m, m[:2]), data


NUMBERS = [0, 1, -1, True, 127, -128, 128, 255, 256, -129, 2**15, 2**16 - 1, 2**16, -(2**15), 2**31, -(2**31), 2**32 - 1, 2**32, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 1.5, -0.0, 1e300, float("inf"), Index(), Index(300), None, "x"]
INDICES = [0, -1, 2, 3, -3, -4, True, 1.0, None, Index(), Index(-9), 2**70]
SAMPLES = {code: array(code, [1.5, -2.25, 1e30] if code in "fd" else [3, 1, 2]) for code in TYPECODES}
SOME = [SAMPLES[code] for code in "biQfd"]
CASES = [fresh(read, a, i) for a in SAMPLES.values() for i in INDICES[:6]] + [fresh(read, bytearray(b"abc"), i) for i in INDICES]
CASES += [fresh(write, a, i, v) for a in SAMPLES.values() for i in (0, -1) for v in NUMBERS] + [fresh(write, SAMPLES[c], i, 1) for c in "iQd" for i in INDICES]
CASES += [fresh(scale, a, v) for a in SAMPLES.values() for v in (1, 300, 2**33, 0.5, -1)] + [fresh(swap, a) for a in SOME]
CASES += [fresh(f, a) for f in (reduced, comprehensions, others) for a in [*SOME, array("i"), array("d"), array("L", [2**64 - 1, 5]), array("d", [-0.0]), array("f", [float("nan"), 1.0])]]
CASES += [fresh(pairs, a, b) for a in SOME for b in (SAMPLES["i"], SAMPLES["d"], [1, 2], b"ab")]
CASES += [fresh(append, a, v) for a in SAMPLES.values() for v in NUMBERS] + [fresh(append_many, a, n) for a in SOME for n in (0, 1, 40, 100)]
CASES += [fresh(f, a) for f in (append_while_seen, shrinking, shrinking_last, resized) for a in (SAMPLES["i"], SAMPLES["d"], SAMPLES["B"])]
CASES += [fresh(append_and_read, a, n) for a in SOME for n in (0, 3, 8)]
CASES += [(f, (n,)) for f in (made, made_otherwise, numbers_to, given_back) for n in (1, 2, 5, 100)] + [fresh(prefix_sums, a) for a in (*SOME, [1, 2.5], (1,))]
CASES += [fresh(table, d) for d in (b"", b"hello", bytearray(b"\xff\x00"), SAMPLES["B"])]
CASES += [(copy_for(view_of, type(d)), (d, i)) for d in (b"abcdef", bytearray(b"xyz!"), array("i", [5, 6, 7])) for i in INDICES]
CASES += [(copy_for(view_write, type(d)), (d, i, v)) for d in (b"abcdef", bytearray(b"xyz!"), array("h", [5, 6, 7])) for i in INDICES for v in (0, 300, "x", Index(), 65536)]
CASES += [(copy_for(cast, c), (bytearray(range(1, 17)), c)) for c in TYPECODES] + [(copy_for(cast, "?c"), (bytearray(b"\x01\x00"), c)) for c in "?cz"]
CASES += [(cast_i, (bytearray(range(200, 216)),)), (cast_i, (b"abcd",)), (cast_i, (b"abc",))]
CASES += [(of_view, (f, bytearray(range(1, 49)), c, *more)) for c in TYPECODES for f, more in (("read", (1,)), ("read", (50,)), ("scale", (1,)), ("scale", (255,)))]
CASES += [(of_view, (f, bytearray(range(1, 49)), c)) for c in "bIQf" for f in ("swap", "reduced", "comprehensions")]
CASES += [(of_view, ("write", bytearray(16), c, i, v)) for c in TYPECODES for i in (0, -1, 40) for v in NUMBERS] + [(of_view, (f, bytes(16), c, *more)) for c in "BiQd" for f, more in (("read", (1,)), ("write", (0, 1)), ("scale", (1,)))]
CASES += [(two_views, ("pairs", bytearray(range(16)), c)) for c in "bHqf"]
CASES += [(copy_for(f, type(d)), (d, n)) for f in (released, released_beside, released_in_loop) for d in (b"abcdef", bytearray(b"xyz"), array("d", [1, 2, 3])) for n in (0, 1, 2, 9)]
CASES += [(copy_for(released_then, type(d), w), (d, w)) for d in (bytearray(b"xyz"), array("d", [1, 2, 3])) for w in range(6)]
CASES += [(aliases, (bytearray(b"\xfe" * 9),)), (blur, (bytes(range(64)), 8, 8)), (blur, (bytearray(b"ab"), 8, 8)), (histogram, (b"hello",)), (histogram, ([1, 300],))]
CASES += [fresh(unsigned, array(c, a)) for c in "LQI" for a in ([1, 2], [2**31, 5], [2**32 - 1, 1])] + [fresh(unsigned, array("Q", [2**63, 2**64 - 1, 5]))]
CASES += [fresh(unsigned_store, array(c, [0]) * 4, x) for c in "QLqI" for x in (1, 12345)]
CASES += [fresh(floats_of_ints, array(c, [0] * 4), b) for c in "df" for b in ([1, 2, 3, 4], [2**53 + 1, -(2**63), 2**62, 0], [1.5, True, None, 2], array("q", [2**63 - 1, 1, 2, 3]))]
CASES += [(nested, ([array("i", [i, i + 1, i + 2]) for i in range(3)], 3)), (nested, ([[1, 2], array("d", [3, 4])], 2)), (nested, ([bytearray(b"ab"), bytearray(b"cd")], 2))]
CASES += [(copy_for(rebound, n), (v,)) for n, v in enumerate(([b"abc", b"d"], ["xyz", "\u65e5", 5, b""], [[1, 2], (3, 4), {0: 1}, None], [array("i", [1, 2]), array("d", [1.5, 2.5]), bytearray(b"q")], [{0: 5, 1: 6}, [7, 8], "s"]))]
CASES += [fresh(in_a_call, a, 1) for a in (SAMPLES["i"], SAMPLES["d"], [1, 2])]
