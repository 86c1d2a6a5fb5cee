"""Masks and moduli that are globals, as hashes and random number generators have them: as wide as 64 bits without a sign,
wider, changed while they are in use, by the module's own functions and by others; constant tuples of numbers."""
M64 = 0xFFFFFFFFFFFFFFFF
M32 = 0xFFFFFFFF
HIGH = 1 << 63
WIDE = (1 << 64) + 12345
MOD = 10**9 + 7
BITS = 13
OFFSET = 0xCBF29CE484222325
MOVING = 0xFFFFFFFFFFFFFFFF
COUNTER = 7


def fnv(data):
    h = OFFSET
    for c in data:
        h = ((h ^ c) * 0x100000001B3) & M64
    return h


def fnv32(data):
    h = 0x811C9DC5
    for c in data:
        h = ((h ^ c) * 0x01000193) & M32
    return h


def splitmix(n):
    x, s = n, 0
    for _ in range(5):
        x = (x + 0x9E3779B97F4A7C15) & M64
        z = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & M64
        s ^= z ^ (z >> 31)
    return s


def xorshift(x):
    found = []
    for _ in range(4):
        x ^= (x << BITS) & M64
        x ^= x >> 7
        x ^= (x << 17) & M64
        found.append((x, x % MOD, x // 3, x > HIGH, x == HIGH, x & WIDE))
    return found


def modular(n):
    t, u = 1, 0
    for i in range(n):
        t = (t * (i + 12345)) % MOD
        u = (u + t * t) % MOD
    return t, u, t << BITS, u >> BITS, t // MOD, -t % MOD, -t // MOD


def others(x):
    return [x & HIGH, x | HIGH, x ^ M64, M64 - HIGH, HIGH + 1, x + HIGH, str(M64), [M64], HIGH >> 3, M64 % 10, HIGH // 7, -HIGH, ~M64]


def wide(x):
    return x & WIDE, x % WIDE, (x * x) & WIDE


def moves(n):
    """The mask is another one from the third round on, as any module may make it."""
    found = []
    for i in range(n):
        if i == 2:
            globals()["MOVING"] = 0xFF
        if i == 4:
            globals()["MOVING"] = "no mask" if n > 5 else 0xFFFFFFFFFFFFFFF0
        try:
            found.append((i * 0x9E3779B97F4A7C15) & MOVING)
        except TypeError as e:
            found.append(str(e))
    globals()["MOVING"] = M64
    return found


def counts(n):
    global COUNTER
    found = []
    for i in range(n):
        COUNTER += i
        found.append(100 % COUNTER)
    COUNTER = 7
    return found


def moduli_change(n):
    found = []
    for i in range(n):
        if i == 2:
            globals()["MOD"] = 5
        if i == 3:
            globals()["MOD"] = 0
        try:
            found.append((i * 1000003 + 7) % MOD)
        except ZeroDivisionError as e:
            found.append(str(e))
    globals()["MOD"] = 10**9 + 7
    return found


def products(a, b, m):
    """The product has more than 64 bits; the remainder does not."""
    found = []
    x = a
    for i in range(3):
        try:
            x = x * (b + i) % m
            found.append(x)
            found.append(a * b % m + x * x % -m)
            p = a * x
            found.append((p % m, p))
        except ZeroDivisionError as e:
            found.append(str(e))
    return found


def powers(n):
    found = []
    for a in (2, 3, 5, 7):
        found.append(pow(a, n, 1000003))
        found.append(pow(a, n, 2**61 - 1))
    for a in (2, -3, 2**40):
        for m in (1, 7, 2**32, 2**32 - 1, 2**62 + 1):
            found.append(pow(a, 5, m))
    return found


def constants(n):
    t = 0
    for x, y in zip((1, 2, 3), (0.5, 1.5, 2.5)):
        t += x * y * n
    for i, x in enumerate((10, 20, 30)):
        t += i * x
    for x in (1, 2.5, True, "a"):
        t += x if x != "a" else 0
    for x in (2**62, 2**63, 2**64):
        t += x
    return t, (3, 1, 2)[n % 3], [(5, 6, 7)[i] * n for i in range(-3, 3)]


def same_objects(n):
    return [x is y for x, y in zip((1, 2), (1, 3))], n


NS = (0, 1, 2, 3, 5, 6)
CASES = [(f, (n,)) for f in (moves, counts, moduli_change, modular, powers, constants, same_objects) for n in NS]
CASES += [(f, (d,)) for f in (fnv, fnv32) for d in (b"", b"a", bytes(range(40)), [1, 2**70], [1.5], "a")]
CASES += [(f, (x,)) for f in (splitmix, xorshift, others, wide) for x in (0, 1, -1, 2**31, 2**62, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -2**63, 2**70, True)]
CASES += [(products, (a, b, m)) for a in (3, -3, 2**40 + 1, -2**62, 2**63 - 1, 2**70) for b in (5, -2**41, 2**62 + 3, -2**63 + 4) for m in (7, -7, 2**61 - 1, -2**62 - 1, 1, -1, 0, 2**63 - 1, -2**63, 2**64)]
CASES += [(products, (1.5, 2, 3)), (products, (3, True, 4)), (powers, ("a",))] + [(powers, (n,)) for n in (-1, 1000, 2**62, 2**70)]
