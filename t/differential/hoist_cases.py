"""Loops that may leave, and in which something is the same in all rounds: rows of matrices, items, lengths, guards; where that is not
true, as a list is stored into by two names, grows, or has items of other types; ways out of the middle."""

CASES = []


def scaled(a, b, c, k):
    total = 0
    for j in range(len(b)):
        total += a[k] * b[j]
        c[j] = total
    return total, a, b, c


def eliminate(m, k):
    for i in range(k + 1, len(m)):
        factor = m[i][k] / m[k][k]
        for j in range(k, len(m)):
            m[i][j] -= factor * m[k][j]
    return m


def product(a, b):
    c = [[0] * len(b[0]) for _ in a]
    for i in range(len(a)):
        row = a[i]
        out = c[i]
        for j in range(len(b[0])):
            total = 0
            for k in range(len(b)):
                total += row[k] * b[k][j]
            out[j] = total
    return c


def prefix(a, n):
    i = 1
    while i < n:
        a[i] = a[i - 1] + a[0]
        i += 1
    return a, i


def first_above(a, limit, start):
    for i in range(start, len(a)):
        if a[i] > limit:
            break
        if a[i] == limit:
            continue
        a[i] = a[i] + 1
    else:
        return -1, a
    return i, a


def found(a, x):
    for v in a:
        if v == x:
            return v * 2
        x = x + 1 if v < x else x
    return x


def grows(a, b, n):
    for i in range(n):
        b.append(a[i % len(a)] + len(b))
        a[0] = b[-1]
    return a, b


def histogram(data, table, n):
    for byte in data:
        table[byte % n] += 1
        n = len(table)
    return table


def copy(a, b, k):
    for i in range(len(a)):
        b[i] = a[i] ^ a[k]
        a[k] = i & 255
    return a, b


def both(rows, i, j):
    r, s = rows[i], rows[j]
    for k in range(len(r)):
        r[k] = s[k] + rows[i][k] + rows[j][0]
    return rows


def replaced(rows, n):
    # The list that is stored into has, or is, the row.
    for k in range(n):
        rows[k] = rows[0][1] + k if k else rows[0][0]
    return rows


def nested_while(a, n):
    low, high = 0, n - 1
    while low <= high:
        while a[low] < a[n // 2]:
            low += 1
        while a[high] > a[n // 2]:
            high -= 1
        if low <= high:
            a[low], a[high] = a[high], a[low]
            low += 1
            high -= 1
    return low, high, a


def caught(a, b, n):
    log = []
    i = 0
    try:
        while i < n:
            b[i] = a[i] // a[0]
            i += 1
            a[0] -= 1
    except (ZeroDivisionError, IndexError, TypeError) as e:
        log.append((i, str(e)))
    return a, b, log


limit = 3


def global_guard(a, n):
    total = 0
    for i in range(n):
        total += abs(a[i % len(a)]) + limit
    return total


def many_rounds(n, a):
    s = a[0]
    for i in range(n):
        s = (s * 31 + a[i & 1] + i) & 0xFFFFFF
        if s == 12345:
            return i
    return s


NUMBERS = ([1, 2, 3], [1.5, 2.5, -0.0], [2**62, 2**40, 1], [1, 2.5, True], ["x", 1, 2], [], [1])
CASES.extend((scaled, (a, b, [0, 0.5, None], k)) for a in NUMBERS for b in NUMBERS[:4] for k in (0, 2, -1))
for a in NUMBERS[:4]:
    CASES.extend([(lambda a, k: scaled(a, a, a, k), (a, k)) for k in (0, 1)])
    CASES.extend([(lambda a, b: scaled(b, a, b, 0), (a, [3, 4, 5])), (lambda a, b: copy(a, a, b), (a, 0)), (lambda a, b: copy(a, b, 1), (bytearray(b"abc"), bytearray(b"xyz")))])
CASES.extend((eliminate, (m, 0)) for m in ([[2.0, 1.0], [1.0, 3.0]], [[4, 2, 1], [2, 3, 4], [1, 1, 5]], [[0, 1], [1, 1]], [[1.5, 2], (1, 2)], [[2, 1], [1]]))
CASES.append((lambda r: eliminate([r, r, r], 0), ([2.0, 1.0, 4.0],)))
CASES.extend((product, (a, b)) for a in ([[1, 2], [3, 4]], [[1.5, 2]], [(1, 2), [3, 4]], [[1], [2]]) for b in ([[1, 2], [3, 4]], [[1.5], [2.5]], [[2**62, 1], [2**62, 3]], [["a"], [1]]))
CASES.append((lambda a: product(a, a), ([[1, 2], [3, 4]],)))
CASES.extend((prefix, (a, n)) for a in NUMBERS for n in (0, 2, 3, 4))
CASES.extend((first_above, (a, x, s)) for a in NUMBERS for x in (1, 2.5, 2**41) for s in (0, 1, -2))
CASES.extend((found, (a, x)) for a in NUMBERS for x in (2, 2.5, 7))
CASES.extend((grows, (a, b, n)) for a in NUMBERS[:5] for b in ([], [1.5]) for n in (0, 3, 20))
CASES.append((lambda a, n: grows(a, a, n), ([1, 2], 30)))
CASES.extend((histogram, (d, t, n)) for d in (b"abcabc", bytearray(b"\x00\xff"), [1, 2, 300], "ab") for t in ([0] * 7, [0.5] * 3, []) for n in (3, 7))
CASES.extend((both, (r, i, j)) for r in ([[1, 2], [3, 4]], [[1.5, 2], [3, 4]], [[1], [2, 3]], [[1, 2], "ab"]) for i in (0, 1) for j in (0, 1, -3))
CASES.extend([(replaced, ([[5, 6], 1, 2], n)) for n in (0, 1, 2, 3, 4)] + [(replaced, ([(5, 2**62), 1, 2], 3))])
CASES.extend((nested_while, (a, len(a))) for a in ([3, 1, 2], [2.5, 0.5, 1.5, 9.0], [5] * 6, list(range(20, 0, -1)), [1, "x", 2]))
CASES.extend((caught, (a, b, n)) for a in ([3, 6, 9, 12, 15], [2.0, 3.0, 4.0, 5.0], [1, "x"]) for b in ([0] * 4, [0.0] * 9) for n in (2, 5, 9))
CASES.extend((global_guard, (a, n)) for a in ([1, -2], [1.5, -3], [-(2**63), 1]) for n in (0, 5))
CASES.extend((many_rounds, (n, a)) for n in (100, 2048, 2049, 5000) for a in ([1, 2], [7, 2**62], [1, 2.5]))


def accumulates(a, c, k):
    total = 0
    for j in range(len(c)):
        total += a[k]
        c[j] = total
    return total, a, c


def by_two_names(a, k):
    return accumulates(a, a, k)


CASES.extend((accumulates, (a, [0, 0, 0, 5], k)) for a in ([1, 2, 3], [2**40, 1000, 2**62]) for k in (0, 1, -1))
CASES.extend((by_two_names, (a, k)) for a in ([1, 2, 3], [2**40, 1000, 2**50, 7], [300] * 5) for k in (0, 1, -1))


def shortest_paths(d):
    for k in range(len(d)):
        for i in range(len(d)):
            for j in range(len(d)):
                if d[i][k] + d[k][j] < d[i][j]:
                    d[i][j] = d[i][k] + d[k][j]
    return d


def lowered(d, i, k):
    for j in range(len(d[i])):
        d[i][j] -= d[i][k]
    return d


def lowered_by_other(d, i, k):
    for j in range(len(d[k])):
        d[i][j] -= d[k][i]
    return d


MATRICES = ([[0, 9000, 2], [4, 0, 7000], [5, 1, 0]], [[0, 9.5, 2], [4, 0, 7.25], [5, 1, 0.0]], [[2**62, 2**62, 1], [2**62, 5, 2**62], [1, 1, 2**62]])
CASES.extend((shortest_paths, (d,)) for d in MATRICES)
CASES.extend((f, (d, i, k)) for f in (lowered, lowered_by_other) for d in MATRICES for i in (0, 1, -1) for k in (0, 2, -3))
CASES.append((lambda r: shortest_paths([r, r, r]), ([5, 1000, 1],)))


# ---- tables that numbers are looked up in ----

TABLE = [(i * 2654435761) & 0xFFFFFFFF for i in range(256)]
WIDE = tuple(i << 40 for i in range(-8, 8))
ODD = [1, 2, 3.5, True, 2**70, "x", None, -1]


def checksum(data, table, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def checksum_global(data):
    crc = 1
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc


def by_bytes(data, table):
    t = 0
    for byte in data:
        t += table[byte]
    return t


def wide(n):
    t = 0
    for i in range(n):
        t ^= WIDE[(i * 7 + t) & 15] + i
    return t


def while_loop(n, table):
    i = t = 0
    while i < n:
        t = (t + table[(t + i) & 7]) & 0xFFFF
        i += 1
    return t


def two_tables(n, a, b):
    t = 0
    for i in range(n):
        t += a[t & 3] - b[(t >> 2) & 7]
        if t > 1000000:
            break
    return t, i


def tables_five(n):
    a, b, c, d, e = [1, 2], [3, 4], (5, 6), (7, 8), [9, 10]
    t = 0
    for i in range(n):
        t += a[i & 1] * b[t & 1] - c[i & 1] + d[t & 1] - e[i & 1]
        t &= 0xFFFFF
    return t


def table_changes(n, table):
    t = 0
    for i in range(n):
        t += table[i & 3]
        table[t & 3] = i
    return t, table


def table_grows(n, table):
    t = 0
    for i in range(n):
        t += table[(t + i) & 63]
        table.append(i)
    return t, len(table)


def rows(n, table):
    """The table is another list in each round of the outer loop."""
    t = 0
    for row in table:
        for i in range(n):
            t += row[(t ^ i) & 3]
    return t


CASES += [(checksum, (bytes(i * 31 & 255 for i in range(n)), table)) for n in (0, 1, 5, 600, 20000) for table in (TABLE, TABLE[:200], TABLE + [5] * 2000)]
CASES += [(checksum, (bytes(3000), table)) for table in (tuple(TABLE), [2**63 - 1] * 256, [2**63] * 256, [0.5] * 256, [True] * 256, TABLE[:255] + [None])]
CASES += [(checksum_global, (bytes(i * 7 & 255 for i in range(n)),)) for n in (3, 2000, 9000)]
CASES += [(by_bytes, (bytes(i % k for i in range(n)), table)) for n, k in ((10, 4), (5000, 8), (5000, 6)) for table in ([1, 2**40, -3, 4], tuple(range(8)), ODD)]
CASES += [(wide, (n,)) for n in (0, 3, 40, 10000)]
CASES += [(while_loop, (n, table)) for n in (0, 4, 20000) for table in (list(range(8)), tuple(range(8)), ODD, [1, 2])]
CASES += [(two_tables, (n, a, b)) for n in (1, 100, 9000) for a, b in (([1, 2, 3, 4], [0] * 8), ((2**62, 1, 1, 1), (1,) * 8), ([1] * 4, (1, 2, 3)))]
CASES += [(tables_five, (n,)) for n in (1, 50, 9000)] + [(table_changes, (n, [1, 2, 3, 4])) for n in (3, 3000)]
CASES += [(table_grows, (n, [1] * 64)) for n in (3, 3000)] + [(rows, (n, [[1, 2, 3, 4], [5, 6, 7, 8], [9, 2**64, 1, 1]])) for n in (3, 3000)]
