"""Lists of numbers that native code may keep as numbers: filled, read, stored to, appended to, swapped, aliased, left in the
middle, returned, and such that must stay lists of objects."""


def best(weights, capacity):
    table = [0] * (capacity + 1)
    for weight in weights:
        for room in range(capacity, weight - 1, -1):
            candidate = table[room - weight] + weight
            if candidate > table[room]:
                table[room] = candidate
    return table[capacity]


def squares(n, k):
    """An index beyond the end, in the middle of a loop."""
    a = [0] * n
    for i in range(n):
        a[i] = i * i
    total = 0
    for i in range(k):
        total += a[i]
    return total


def powers(n):
    """Ints that do not fit."""
    a = [1] * n
    for i in range(1, n):
        a[i] = a[i - 1] * 3
    return a


def edit_distance(a, b):
    """Rows that change places."""
    previous = []
    for j in range(len(b) + 1):
        previous.append(j)
    for i in range(1, len(a) + 1):
        current = [i]
        for j in range(1, len(b) + 1):
            cost = 0 if a[i - 1] == b[j - 1] else 1
            current.append(min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost))
        previous = current
    return previous[len(b)]


def two_rows(n, m):
    old, new = [0.0] * n, [0.0] * n
    for i in range(n):
        old[i] = i * 0.5
    for _ in range(m):
        for i in range(1, n - 1):
            new[i] = (old[i - 1] + old[i + 1]) * 0.5
        old, new = new, old
    return old, new


def smoothed(values):
    out = [0.0] * len(values)
    for i, value in enumerate(values):
        out[i] = value
    for i in range(1, len(values)):
        out[i] = out[i - 1] * 0.75 + out[i] * 0.25
    return out


def floats_from_ints(n):
    a = [1] * n
    t = 0.0
    for i in range(n):
        t += a[i] * 0.5
        a[i] = i
    return t, a[-1]


def sieve(n):
    is_prime = [1] * (n + 1)
    is_prime[0] = is_prime[1] = 0
    i = 2
    while i * i <= n:
        if is_prime[i]:
            for j in range(i * i, n + 1, i):
                is_prime[j] = 0
        i += 1
    return [i for i in range(n + 1) if is_prime[i]]


def queue(n):
    waiting = [0]
    head = 0
    order = []
    seen = [0] * n
    while head < len(waiting):
        place = waiting[head]
        head += 1
        order.append(place)
        for step in (1, 3, 7):
            other = (place * 2 + step) % n
            if not seen[other]:
                seen[other] = 1
                waiting.append(other)
    return order, seen, head


def aliased(n, at):
    a = [0] * n
    b = a
    for i in range(n):
        a[i] = i
        b[i] = b[i] + 1
    a[at] = -1
    return a, a is b, b[at]


def left_in_the_middle(n, odd):
    """The store of another type: both names must go on naming one list."""
    a = [0] * n
    b = a
    for i in range(n):
        a[i] = odd if i == n // 2 else i
    b[0] = 99
    return a, b, a is b


def mixed(n):
    a = [0.0] * n
    for i in range(n):
        a[i] = i * 0.5 if i % 3 else i
    return a


def bools(n):
    a = [False] * n
    for i in range(0, n, 2):
        a[i] = True
    return a, sum(a)


def caught(n, k):
    a = [0] * n
    hits = 0
    for i in range(k):
        try:
            a[i] += i
            hits += a[i]
        except IndexError as e:
            return str(e), hits, len(a), a
    return hits


def negative(n):
    a = [0] * n
    for i in range(1, n + 1):
        a[-i] = i
    return a[-1], a[0], a[-n], a


def grows(n):
    a = [1]
    for x in a:
        if len(a) < n:
            a.append(x + 1)
    return len(a), a[-1]


def literal(x, y, n):
    a = [x * 2, y * 2, 7]
    for i in range(n):
        a[i % 3] += a[(i + 1) % 3] % 1000
    return a


def chosen(n, flag):
    a, b = [0] * n, [5] * n
    c = a if flag else b
    for i in range(n):
        c[i] += i
    return a, b


def maybe_none(n, flag):
    a = [0] * n if flag else None
    t = 0
    for i in range(n):
        if a is not None:
            a[i] = i
            t += a[i]
    return t


def passed(n):
    a = [0] * n
    for i in range(n):
        a[i] = n - i
    return sorted(a), max(a), sum(a), a


def captured(n):
    a = [0] * n
    def get(i):
        return a[i]
    for i in range(n):
        a[i] = i + 1
    return sum(get(i) for i in range(n))


def items_out(n):
    a = [0.5] * n
    out = {}
    for i in range(n):
        a[i] *= i
        out[i] = a[i]
    return out


def special(values):
    a = [0.0] * len(values)
    for i in range(len(values)):
        a[i] = values[i]
    for i in range(len(values)):
        a[i] = a[i] * -1.0
    return a


def nested(n, m):
    total = 0
    for i in range(n):
        row = [i] * m
        for j in range(m):
            row[j] *= j
        for j in range(1, m):
            row[j] += row[j - 1]
        total += row[m - 1]
    return total


def too_long(n):
    a = [0] * n
    for i in range(3):
        a[i] = i
    return len(a)


def same_numbers(n):
    a = [1000] * n
    a[0] += 1
    for i in range(1, n):
        if a[i] != 1000:
            break
    return a[0], a[1] is a[n - 1] or a[1] == a[n - 1]


def deleted(n):
    a = [0] * n
    for i in range(n):
        a[i] = i
    del a
    try:
        return a
    except UnboundLocalError as e:
        return str(e)


def stops(n, at):
    a = [0] * n
    for i in range(n):
        a[i] = 10 // (i - at)
    return a


def ways_to_pay(coins, target):
    ways = [1] + [0] * target
    for c in coins:
        for i in range(c, target + 1):
            ways[i] += ways[i - c]
    return ways[target]


def put_together(n, x):
    a = [x] * n + [0.5, 1.5]
    b = [2.5] + a[1:]
    for i in range(len(b)):
        b[i] += i
    return b, a[0] if a else None


CASES = [(best, ([3, 4, 5, 9, 14], n)) for n in (0, 3, 26, 100)] + [(best, ([3, 4.5], 26)), (best, ([3], -1))]
CASES += [(squares, (n, k)) for n, k in ((10, 10), (10, 12), (0, 0), (0, 1), (-3, 1), (4, -1))]
CASES += [(powers, (n,)) for n in (0, 1, 20, 40, 41, 60)]
CASES += [(edit_distance, pair) for pair in (("kitten", "sitting"), ("", "abc"), ("abc", ""), ("", ""), ([1, 2, 3], (1, 3)))]
CASES += [(two_rows, (n, m)) for n, m in ((2, 3), (10, 0), (10, 1), (17, 6), (0, 1))]
CASES += [(smoothed, (v,)) for v in ([], [1.5], [1.0, 2.0, -0.0, 1e308], [1.0, 2, 3.0], [1.0, "x"])]
CASES += [(f, (n,)) for f in (floats_from_ints, sieve, queue, bools, mixed, negative, passed, captured, items_out) for n in (1, 2, 10, 50)]
CASES += [(aliased, (n, at)) for n, at in ((5, 2), (5, -1), (5, 5), (1, 0))]
CASES += [(left_in_the_middle, (6, odd)) for odd in (5, 2**63 - 1, 2**63, -2**80, 1.5, True, None, "x")]
CASES += [(caught, (n, k)) for n, k in ((5, 5), (5, 9), (0, 1))]
CASES += [(grows, (n,)) for n in (1, 2, 100)]
CASES += [(literal, args) for args in ((1, 2, 10), (1, 2.5, 4), (2**62, 1, 3), (True, 1, 3))]
CASES += [(chosen, (n, flag)) for n in (0, 4) for flag in (True, False)]
CASES += [(maybe_none, (n, flag)) for n in (0, 4) for flag in (True, False)]
CASES += [(special, (v,)) for v in ([0.0, -0.0, float("inf"), 1e-320, float("nan")],)]
CASES += [(nested, (n, m)) for n, m in ((3, 1), (10, 20), (2**40, 0), (3, 0))][:2] + [(nested, (3, 0))]
CASES += [(too_long, (n,)) for n in (3, 2, 2**60, 2**62, 2**64)]
CASES += [(same_numbers, (n,)) for n in (2, 10, 0)]
CASES += [(deleted, (n,)) for n in (0, 3)]
CASES += [(stops, (n, at)) for n, at in ((5, 9), (5, 3))]
CASES += [(ways_to_pay, args) for args in (([1, 2, 5], 20), ([2], 3), ([], 0), ([50, 1], 200), ([0, 1], 90), ([-1], 2))]
CASES += [(put_together, args) for args in ((3, 1.0), (0, 2.0), (2, 1), (1, "x"))]
