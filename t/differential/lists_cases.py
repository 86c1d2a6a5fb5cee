"""Lists of numbers and buffers, element by element: stores in place, with and without others that hold the same number; sizes of ints
at which the number of digits changes; bytes() of generators."""

CASES = []
STEPS = [0, 1, -1, 255, 256, 257, -5, -6, 2**30 - 1, 2**30, -(2**30), 2**60 - 1, 2**60, -(2**60), 2**62, 2**63 - 1, -(2**63), 2**63, 2**90]


def store(values, i, x):
    values[i] = x + 1
    values[i - 1] = x
    return values


def over_and_over(values, steps):
    seen = []
    for x in steps:
        for i in range(len(values)):
            values[i] = x + i
        seen.append(values[0])
    return seen, values


def shared(values, x):
    other = values[:]
    first = values[0]
    same = values[1]
    values[0] = x * 3
    values[1] = x + 5
    values[2] = values[0]
    values[0] = x - 7
    return values, other, first, same


def kept_in(values, x):
    d = {values[0]: 1}
    t = (values[0], values[1])
    values[0] = x + 1
    values[1] = x * 2
    return d, t, values, values[0] in d


def swap(values, n):
    for i in range(n):
        values[i], values[-1 - i] = values[-1 - i], values[i]
        values[i] = values[i] + values[-1 - i]
    return values


def augmented(values, x):
    for i in range(len(values)):
        values[i] += x
        values[i] *= 2
        values[i] -= i
    return values


def counts(data, n):
    table = [0] * n
    for byte in data:
        table[byte] += 1
    best = 0
    for i in range(n):
        if table[i] > table[best]:
            best = i
    return table, best


def mixed(values, x):
    values[0] = x
    values[1] = 1.5
    values[2] = x * 2
    values[1] = x
    values[0] = 2.5
    values[2] = None
    values[2] = x
    return values


def nested(n, m, x):
    rows = [[0] * m for _ in range(n)]
    for i in range(n):
        for j in range(m):
            rows[i][j] = i * j * x
            rows[i][j] += rows[i - 1][j - 1]
    return rows


def one_row(n, m):
    rows = [[0] * m] * n
    for i in range(n):
        for j in range(m):
            rows[i][j] += i + j * 300
    return rows


class Watched:
    log = []

    def __init__(self, name):
        self.name = name

    def __del__(self):
        self.log.append(self.name)


def dies(x):
    Watched.log = []
    values = [Watched("a"), Watched("b"), 3]
    values[0] = x + 1
    Watched.log.append("then")
    values[1] = x + 2
    return values, Watched.log


def knapsack(weights, values, capacity):
    best = [0] * (capacity + 1)
    for k in range(len(weights)):
        for room in range(capacity, weights[k] - 1, -1):
            candidate = best[room - weights[k]] + values[k]
            if candidate > best[room]:
                best[room] = candidate
    return best


CASES.extend((store, ([1, 2, 3], i, x)) for x in STEPS for i in (0, 2, -3, 3, -4))
CASES.extend((store, ([1.5, 2, 3], 1, x)) for x in (1.5, 3, None, "x"))
CASES.extend((over_and_over, ([y, y + 1, y], STEPS)) for y in (0, 300, 2**40, 2**70))
CASES.extend((over_and_over, ([1.5, 2], [0.5, 1.5, -0.0])) for _ in range(1))
CASES.extend((shared, ([y, y + 1, y + 2], x)) for y in STEPS for x in STEPS[::3])
CASES.extend((kept_in, ([y, y + 1], x)) for y in STEPS for x in STEPS[::3])
CASES.extend((swap, ([k * 10**k for k in range(n)], n // 2)) for n in (0, 2, 5, 19, 25))
CASES.extend((augmented, ([k * 10**k for k in range(n)], x)) for n in (3, 19) for x in (0, -3, 2**31, 2**62, 0.5))
CASES.extend((counts, (bytes(k * k & 63 for k in range(n)), 64)) for n in (0, 10, 3000))
CASES.extend([(counts, (b"abc", 60)), (counts, (bytearray(b"ab"), 100)), (counts, ([1, 2, -1], 4)), (counts, ([1, 2.5], 4))])
CASES.extend((mixed, ([1, 2, 3], x)) for x in (0, 7, 1000, 2**40, 2.5, "x"))
CASES.extend((nested, (3, 4, x)) for x in (1, 2**20, 2**40, 2**62, 0.25))
CASES.extend([(one_row, (3, 4)), (dies, (1,)), (dies, (2**40,)), (knapsack, ([3, 4, 5], [10, 400, 2**33], 20)), (knapsack, ([3, 4], [1.5, 2], 9))])


def of_bytes(n, m, make):
    return make(i * m & 255 for i in range(n))


def bytes_of(n, m, k):
    return (bytes if k else bytearray)(b"x") + bytes(i * m + (i // 7) & 255 for i in range(n)), bytearray(i % 256 for i in range(n) if i != m)


def no_bytes(n, m):
    log = []
    try:
        return bytes(log.append(i) or i * m for i in range(n)), log
    except (ValueError, TypeError, OverflowError) as e:
        return str(e), log


def bytes_of_list(values):
    return bytes(v for v in values), bytearray(v & 255 for v in values)


CASES.extend((bytes_of, (n, m, k)) for n in (0, 1, 300, 1000) for m in (3, 7) for k in (0, 1))
CASES.extend((of_bytes, (20, 7, make)) for make in (bytes, bytearray, list, sum))
CASES.extend((no_bytes, (n, m)) for n, m in ((5, 3), (20, 20), (5, -1), (3, 2**70), (3, 1.5), (3, None), (300, 1)))
CASES.extend((bytes_of_list, (v,)) for v in ([1, 2, 255], [1, 256, 3], [1, -1], [], [True, False], (1, 2), [1, 2.5], ["x"], "ab"))


def constants(n):
    a, b, c, d = 1, 2.5, True, None
    x, y = 10**30, "é"
    total = 0
    for dx in (-1, 0, 2**40):
        for dy in (1.5, 2, "x", None):
            if dy != "x" and dy is not None:
                total += dx * dy
    for p, q in ((1, 2), (3, 4.5)):
        total += p * q
    text = ""
    for i in range(n):
        text += "abcé"[i - 1] + "xyz€"[-i] + str((1, 2.5, None, "z")[i]) + str(b"abcd"[i])
    for ch in "añ":
        text += ch
    for byte in b"\x00\xff":
        total += byte
    return a, b, c, d, x, y, total, text


def passed_on(values, n):
    return [values[i % len(values)] for i in range(n)]


def calls_after_loops(n):
    # What is called was loaded before the loop that makes its argument.
    data = passed_on(bytes(i & 255 for i in range(n + 1)), n)
    more = passed_on([i * i for i in range(n + 1)], sum(1 for i in range(n)))
    return data, more, later(list(i for i in range(n)))


def later(values):
    return len(values)


CASES.extend((constants, (n,)) for n in (0, 3, 4, 5))
CASES.extend((calls_after_loops, (n,)) for n in (0, 1, 7))


def repeated(n, values):
    i, kept = 10**20, [2, 1]
    for i in values:
        kept += [i] * (i & n)  # i is looked at only when its list is there
        kept = kept[:9]
    return i, kept


CASES.extend((repeated, (n, values)) for n in (0, 3) for values in ({}, {1: 2}, {1: 2, 7: 1, 2**40: 0}, {1: 0, 2**70: 1}, {1: 2, 2.5: 3}))
