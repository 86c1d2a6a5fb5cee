"""Lists of lists of numbers that native code keeps as numbers: tables of dynamic programming, matrices, rows that change places,
rows that are one row, what leaves in the middle, and such that must stay lists of objects."""


def lcs(a, b):
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            if a[i - 1] == b[j - 1]:
                table[i][j] = table[i - 1][j - 1] + 1
            else:
                table[i][j] = max(table[i - 1][j], table[i][j - 1])
    return table[len(a)][len(b)], table


def floyd(n):
    d = [[(i * 31 + j * 17) % 97 + 1 for j in range(n)] for i in range(n)]
    for k in range(n):
        dk = d[k]
        for i in range(n):
            di = d[i]
            ik = di[k]
            for j in range(n):
                x = ik + dk[j]
                if x < di[j]:
                    di[j] = x
    return d


def product(n, m):
    a = [[i * 0.5 + j for j in range(m)] for i in range(n)]
    b = []
    for i in range(m):
        row = []
        for j in range(n):
            row.append(i - j * 0.25)
        b.append(row)
    c = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            t = 0.0
            for k in range(m):
                t += a[i][k] * b[k][j]
            c[i][j] = t
    return c, a[0] if n else None


def one_row(n):
    """All rows are one."""
    row = [0] * n
    a = [row, row]
    for i in range(n):
        a[0][i] = i + 1
        a[1][i] += 1
    row[0] = 99
    return a, row, a[0] is a[1], a[0] is row


def swaps(n):
    a = [[i * 10 + j for j in range(n)] for i in range(n)]
    for i in range(n // 2):
        a[i], a[n - 1 - i] = a[n - 1 - i], a[i]
        first = a[i]
        for j in range(n):
            first[j] += a[n - 1 - i][j]
    kept = a[0]
    a[0] = a[n - 1]
    a[0][0] = -1
    return a, kept, a[0] is a[n - 1]


def beyond(n, i, j):
    a = [[0] * n for _ in range(n)]
    for k in range(n):
        a[k][k] = k
    a[i][j] = 5
    return a


def beyond_caught(n, i, j):
    a = [[0.5] * n for _ in range(n)]
    t = 0.0
    try:
        for k in range(10):
            t += a[k % n][k % n]
            a[i][j + k] = t
    except IndexError as e:
        return str(e), t, a
    return t, a


def odd_value(n, x):
    """Another type in one place: all must be what CPython has then."""
    a = [[0] * n for _ in range(n)]
    b = a[0]
    for i in range(n):
        for j in range(n):
            a[i][j] = x if i == 1 and j == 1 else i * j
    b[0] = 7
    return a, b, a[0] is b


def overflows(n):
    a = [[1] * n for _ in range(n)]
    for i in range(1, n):
        for j in range(1, n):
            a[i][j] = a[i - 1][j] * 3 + a[i][j - 1] * 5
    return a


def kept_row(n, out):
    a = [[i] * n for i in range(n)]
    for i in range(n):
        a[i][0] += 1
        if i == 1:
            out.append(a[i])
    for i in range(n):
        a[i][0] += 1
    return a, out


def kept_all(n, out):
    a = [[i] * n for i in range(n)]
    t = 0
    for i in range(n):
        t += a[i][0]
    out.append(a)
    a[0][0] = 5
    return a, out, t, out[-1] is a


def iterated(n):
    a = [[i ^ j for j in range(n)] for i in range(n)]
    t = 0
    for row in a:
        for x in row:
            t += x
    for i, row in enumerate(a):
        t += len(row) + row[i]
    return t, sum(sum(row) for row in a), [max(row) for row in a]


def transposed(n, m):
    a = [[i * m + j for j in range(m)] for i in range(n)]
    b = [[0] * n for _ in range(m)]
    for i in range(n):
        for j in range(m):
            b[j][i] = a[i][j]
    return b, len(a), len(a[0]) if a else 0


def mixed_rows(n):
    a = [[0] * n, [0.5] * n]
    t = 0
    for i in range(n):
        a[0][i] = i
        t += a[0][i] + a[1][i]
    return a, t


def not_only_rows(n):
    a = [[0] * n, n]
    t = 0
    for i in range(n):
        t += a[0][i] + a[1]
    return a, t


def three(n):
    a = [[[i * j + k for k in range(n)] for j in range(n)] for i in range(n)]
    t = 0
    for i in range(n):
        for j in range(n):
            for k in range(n):
                t += a[i][j][k]
                a[i][j][k] = t & 63
    return t, a


def in_itself(n):
    a = [[]]
    a.append(a)
    for i in range(n):
        a[0].append(i)
    return len(a), a[0]


def row_methods(n):
    a = [[j * 3 % 7 for j in range(n)] for _ in range(n)]
    for i in range(n):
        a[i].sort()
        a[i].append(i)
        a[i].insert(0, -i)
        a[i][1:2] = a[0][:2]
        if i % 2:
            a[i].reverse()
    return a


def outer_methods(n):
    a = [[j] * n for j in range(n)]
    t = 0
    for i in range(n):
        t += a[i][0]
    a.reverse()
    b = a[1:] + [[1, 2]]
    c = a.pop()
    return a, b, c, t


def triangle(n):
    a = [[1]]
    for i in range(1, n):
        above = a[i - 1]
        row = [1] * (i + 1)
        for j in range(1, i):
            row[j] = above[j - 1] + above[j]
        a.append(row)
    return a


def stops(n, at):
    a = [[1.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            a[i][j] = 1.0 / (at - i)
    return a


def grid(rows):
    h, w = len(rows), len(rows[0])
    out = [[0] * w for _ in range(h)]
    for y in range(h):
        for x in range(w):
            n = 0
            for dy in (-1, 0, 1):
                for dx in (-1, 0, 1):
                    n += rows[(y + dy) % h][(x + dx) % w]
            out[y][x] = n
    return out


def loop_twice(n):
    """The same names again, for other lists."""
    t = 0
    for k in range(3):
        a = [[k] * n for _ in range(2)]
        for i in range(n):
            a[k & 1][i] += t
            t += a[0][i]
        last = a[1]
    return t, a, last


def chosen(n, flag):
    a = [[1] * n for _ in range(3)]
    b = [[2] * n for _ in range(3)]
    c = a if flag else b
    for i in range(n):
        c[i % 3][i] += 5
    return a, b, c is a


CASES = [(lcs, pair) for pair in (("kitten", "sitting"), ("", "a"), ("", ""), ([1, 2, 3], (3, 2, 1)))]
CASES += [(f, (n,)) for f in (floyd, one_row, iterated, mixed_rows, not_only_rows, three, in_itself, row_methods, outer_methods, triangle, loop_twice) for n in (1, 2, 6)]
CASES += [(product, (n, m)) for n, m in ((0, 0), (1, 1), (3, 5), (6, 2))] + [(swaps, (n,)) for n in (1, 2, 5)] + [(overflows, (n,)) for n in (2, 30)]
CASES += [(f, args) for f in (beyond, beyond_caught) for args in ((3, 0, 0), (3, 3, 0), (3, 0, 3), (3, -1, -3), (3, -4, 0), (3, 2, -4))]
CASES += [(odd_value, (n, x)) for n in (1, 3) for x in (5, 0.5, 2**63, "x", None, True, [1])]
CASES += [(f, (n, out)) for f in (kept_row, kept_all) for n in (1, 3) for out in ([], [0])] + [(floyd, (0,)), (triangle, (0,)), (three, (0,))]
CASES += [(transposed, (n, m)) for n, m in ((0, 0), (1, 3), (4, 2))] + [(stops, (4, at)) for at in (9, 2)] + [(chosen, (n, f)) for n in (0, 5) for f in (0, 1)]
CASES += [(grid, (g,)) for g in ([[1, 0, 1], [0, 1, 1], [1, 1, 0]], [[2**62] * 3] * 3, [[1, 0.5], [2, True]], [[1]])]
