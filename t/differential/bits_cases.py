"""Ints of which only low bits are used: hashes, random number generators, checksums; divisions by powers of two; what branches
and masks say of the size of an int; objects that direct calls pass on and return."""

CASES = []
INTS = [0, 1, -1, 2, 255, -256, 2**31, 2**32 - 1, -(2**32), 2**53 + 1, 2**62, 2**63 - 1, -(2**63), 2**63, 2**64 - 1, -(2**70)]


def add(name, parameters, body, *arguments):
    names = {"__name__": "cases"}
    exec(compile(f"def {name}({parameters}):\n" + "".join(f"    {line}\n" for line in body.split("\n")), name, "exec"), names)
    CASES.extend((names[name], a) for a in arguments)


for n, expression in enumerate((
    "(a * 0xCC9E2D51) & 0xFFFFFFFF",
    "(a * b) & 0xFFFF",
    "(a * b + a) & 0x7FFFFFFFFFFFFFFF",
    "((a << 13) | (a >> 19)) & 0xFFFFFFFF",
    "(a << 62) & 0xFF, (a << 63) & 0xFF, (a << 64) & 0xFF, (a << 0) & 0xFF",
    "(a * b) & -1, (a + b) & -256, (a - b) & 0",
    "(~(a * b) ^ (a + b)) & 0xFFFFF",
    "((a * b) | 1) & ((a - b) | 0xFF) & 0xFFFFFF",
    "(-(a * 3)) & 0xFFFF",
    "(a * b) % 65536, (a + b) % 1, (a - b) % 2**62, a % 2**63",
    "a // 1, a // 2, a // 4096, a // 2**62, (a * b) // 16",
    "(a * a * a * a * a) & 0xFFFFFFFF",
    "((a * b) >> 3) & 0xFF",
    "(a * b) & b, (a * b) & 0xFF",
    "(a ^ (a >> 33)) * 0xFF51AFD7 & 0xFFFFFFFF",
    "[a * b & 0xFF, a + b & 0xFFF][a & 1]",
)):  # fmt: skip
    add(f"mask{n}", "a, b", f"return {expression}", *[(x, y) for x in INTS for y in INTS[2:16:3]], (1.5, 2), (True, 7), ("x", 3))

add("lcg", "seed, rounds", "for _ in range(rounds):\n    seed = (seed * 1103515245 + 12345) % 2147483648\nreturn seed", *[(x, 50) for x in INTS], ("x", 1), (1.0, 3))
add("xorshift", "s, rounds", "t = 0\nfor _ in range(rounds):\n    s ^= s << 13 & 0xFFFFFFFF\n    s ^= s >> 17\n    s ^= s << 5 & 0xFFFFFFFF\n    t += s & 0xFF\nreturn s, t", *[(x, 50) for x in INTS])
add("whiles", "s, n", "i = 0\nh = s\nwhile i < n:\n    h = (h * 31 + i) & 0xFFFFFF\n    i += 1\n    if i > 60: break\nreturn h, i", *[(x, 40) for x in INTS], (3, 2**64), (3, 1.5), (3, -1))
# A state between the product and the mask has CPython's product.
add("kept", "a, b, c", "k = a * b\nm = k & 0xFFFF\nreturn m // c, k", *[(x, y, z) for x in INTS[5:] for y in (3, 2**40) for z in (0, 7)])
add("not_kept", "a, b, c", "k = a * b\nk = k & 0xFFFF\nreturn k // c", *[(x, y, z) for x in INTS[5:] for y in (3, 2**40) for z in (0, 7)])
add("caught", "a, b, c", "try:\n    k = (a * b) & (0xFFFF // c)\nexcept ZeroDivisionError:\n    k = a * b\nreturn k", *[(x, y, z) for x in INTS[5:] for y in (3, 2**40) for z in (0, 7)])
add("log", "a, b", "log = []\nfor i in range(3):\n    k = a * b + i\n    log.append(k)\n    a = k & 0xFF\nreturn log", *[(x, y) for x in INTS for y in (3, 2**40)])
# What branches say.
add("bounded", "a", "if 0 <= a < 1000:\n    return a * a * a + 1, a - 1, -a\nif a > 2**62:\n    return a + 1\nif a == 2**62:\n    return a * 2\nreturn a - 1, abs(a), -a", *[(x,) for x in INTS + [999, 1000]])
add("clamped", "a, n", "i = a\nwhile i < n:\n    if i >= 100:\n        i += i\n    else:\n        i += 1\nreturn i, i + 1", *[(x, y) for x in (0, 5, 101, -3) for y in (2**63 - 1, 2**62 + 1, 50, 2**64)])
add("downwards", "a", "n = 0\nwhile a > 0:\n    a = a // 2 - 1\n    n += 1\nreturn a, n", *[(x,) for x in INTS])
add("divided", "a, b", "t = 0\nfor i in range(-3, 4):\n    try:\n        t += (a // i) + (a % i) + (a >> (i & 3)) + (b / (i * i))\n    except ZeroDivisionError:\n        t += 1000\nreturn t", *[(x, y) for x in INTS for y in (1.5, 3)])
add("shifts", "a, n", "t = []\nfor i in range(n):\n    t.append(a << i)\n    t.append(a >> i)\n    t.append((a & 0xFF) << (i & 7))\nreturn t", *[(x, 70) for x in INTS], (1, -1))
add("sums", "n, m", "x = 0\ny = 1\nfor i in range(n):\n    x += y & 3\n    for j in range(m):\n        y += j * i\n        x -= 1\nreturn x, y", (5, 5), (0, 3), (3, 0), (100, 100), (7, 7))
# y grows with x and x with y: no count bounds them.
add("mutual", "n", "x = y = 1\nfor i in range(n):\n    x += y\n    y += x\nreturn x, y", *[(n,) for n in (0, 1, 10, 44, 45, 46, 90, 91, 200)])


def fill(values, data, table, text, k):
    total = 0
    for i in range(len(values)):
        total += values[i]
    for byte in data:
        total = (total ^ table[byte & 3]) * 31 & 0xFFFFFFFF
    for char in text:
        total += ord(char)
    values[0] = total
    return values if k == 0 else data if k == 1 else table if k == 2 else text


def numbers(n):
    return [i * i for i in range(n)]


def caller(n, k):
    data = bytes(i & 255 for i in range(n))
    other = bytearray(data)
    result = fill(numbers(n), data, (1, 2, 3, 2**40), "äbc", k)
    again = fill(numbers(n + 1), other, [1, 2, 3, 4], "€bc", k)
    more = fill([True, 2.5, 3], "no bytes" if k == 3 else b"bytes", (1, 2, 3, 4), "x" * n, k)
    return result, again, more, len(result) + len(again)


def recursive(values):
    if len(values) < 2:
        return values
    left, right = recursive(values[::2]), recursive(values[1::2])
    return [left[0] + right[0]] + left[1:] + right[1:]


def sometimes(n):
    if n > 3:
        return [n]
    if n > 1:
        return (n, n)
    return None


def of_sometimes(n):
    r = []
    for i in range(n):
        got = sometimes(i)
        r.append(len(got) if got else -1)
    return r


def int_or_list(n):
    return [n] if n < 10 else n.bit_length()


def of_int_or_list(n):
    return [int_or_list(i) for i in range(n)]


CASES.extend((caller, (n, k)) for n in (1, 2, 20) for k in range(4))
CASES.extend((recursive, (v,)) for v in ([1, 2, 3, 4, 5, 6, 7, 8], [1.5, 2, 3], (1, 2, 3, 4), "abcd", b"abcd", []))
CASES.extend([(of_sometimes, (6,)), (of_int_or_list, (12,))])


# Ints of 64 bits without a sign: in and out of them, by every operator; what is kept is observed by itself.
M64 = 0xFFFFFFFFFFFFFFFF
for n, expression in enumerate((
    "(a * b) & M, (a + b) & M, (a - b) & M, (a ^ b) & M, (a | b) & M, ~a & M, -a & M",
    "((a & M) * (b & M)) & M, ((a & M) + (b & M)) & M, ((a & M) - (b & M)) & M",
    "(a & M) * 3, (a & M) + 3, (a & M) - 3, 3 - (a & M), (a & M) + -1, (a & M) - -1, -1 + (a & M)",
    "(a & M) ^ b, (a & M) | b, (a & M) & b, b & (a & M), (a & M) & -8, (a & M) & 255, (a & M) ^ -1",
    "((a & M) << 7) & M, (a & M) << 7, ((a & M) << 63) & M, (a & M) << 0, (a & M) << 64",
    "(a & M) >> 7, (a & M) >> 0, (a & M) >> 63, (a & M) >> 64, (a & M) >> 1",
    "(a & M) % 10, (a & M) // 10, (a & M) % -3, (a & M) // -3, (a & M) % 1, (a & M) // 1, (a & M) % 2**63, (a & M) // 2**63",
    "(a & M) == (b & M), (a & M) != b, (a & M) < (b & M), (a & M) <= b, b > (a & M), (a & M) >= -1, (a & M) == 1.5, (a & M) == None",
    "not (a & M), bool(a & M), (a & M) and 1, int(a & M), float(a & M), abs(a & M), -(a & M), ~(a & M), +(a & M)",
    "(a & M) / 3, (a & M) * 0.5, (a & M) ** 2, divmod(a & M, 7), hash(a & M), str(a & M), f'{a & M:x}', [a & M], {a & M: 1}",
    "((a ^ 0xCBF29CE484222325) * 0x100000001B3) & M, a * 0xBF58476D1CE4E5B9 & M, a + 0x9E3779B97F4A7C15, 2**63 ^ a, 2**63 - a",
    "((a & M) * (b & M)) & ((a & M) + 1), ((a & M) * (b & M)) & -2, ((a & M) + (b & M)) & (b & M)",
    "(a & M) is (a & M), min(a & M, b), sum([a & M, b]), range(a & M)[:0], [1, 2, 3][(a & M) >> 62 and 1], [0] * ((a & M) & 1)",
)):  # fmt: skip
    expression = expression.replace("M", "0xFFFFFFFFFFFFFFFF")
    for i, one in enumerate(expression.split(", ") if n not in (9, 12) else [expression]):
        add(f"unsigned{n}_{i}", "a, b", f"return {one}", *[(x, y) for x in INTS[::2] + [7] for y in (0, 1, -1, 3, 2**62 + 5, 2**63, M64)], (True, 1), (1.5, 1))
add("splitmix", "s, n", "out = []\nfor _ in range(n):\n    s = (s + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF\n    z = s\n    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF\n    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF\n    out.append(z ^ (z >> 31))\nreturn out, s", *[(x, 20) for x in INTS])
add("fnv", "data", "h = 0xCBF29CE484222325\nfor byte in data:\n    h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF\nreturn h", (b"",), (b"a",), (b"foobar" * 9,), (bytearray(b"xyz"),), ([1, 2, 2**70],), ([1, -1],), ("x",))
add("rotate", "x, n", "for i in range(n):\n    x = ((x << 13) | (x >> 51)) & 0xFFFFFFFFFFFFFFFF\n    x ^= (x << 7) & 0xFFFFFFFFFFFFFFFF\n    x ^= x >> 9\nreturn x, x % 1000, x // 1000", *[(x, 20) for x in INTS])
add("left", "s, values", "t = s & 0xFFFFFFFFFFFFFFFF\nu = t\nw = None\nfor v in values:\n    try:\n        t = (t * 31 + v) & 0xFFFFFFFFFFFFFFFF\n        w = t\n        t = t // v\n    except ZeroDivisionError:\n        t = t + 1\n    except TypeError as e:\n        return t, u, w, t is w, str(e)\nreturn t, u, w", *[(x, v) for x in INTS for v in ([1, 2, 0, 3], [1, "x"], [2**64, 5], [-1, -7], [1.5])])
add("same_bits", "n, v", "a = -1\nb = 0xFFFFFFFFFFFFFFFF\nc = 5\nd = c & 0xFFFFFFFFFFFFFFFF\nx = n + v\nreturn a, b, c, d, x, a == b, c == d", (1, 2), (1, 1.5), (1, "x"), (2**70, 1))
add("kept64", "a, b, c", "k = (a & 0xFFFFFFFFFFFFFFFF) * b\nm = k & 0xFFFFFFFFFFFFFFFF\nreturn m // c, k", *[(x, y, z) for x in INTS[5:] for y in (3, 2**40, -5) for z in (0, 7, 10)])
