"""What is done to lists of numbers that native code keeps as numbers: methods, slices, operators, builtins, items that move
from one list to another; with what makes them lists of objects again."""


def flips(n):
    permutation = list(range(n))
    count = [0] * n
    checksum = most = 0
    for _ in range(200):
        if permutation[0]:
            flips = 0
            work = permutation[:]
            first = work[0]
            while first:
                work[: first + 1] = work[first::-1]
                flips += 1
                first = work[0]
            most = max(most, flips)
            checksum += flips
        permutation[0], permutation[1] = permutation[1], permutation[0]
        for i in range(2, n):
            if count[i] < i:
                count[i] += 1
                break
            if i == n - 1:
                return checksum, most
            count[i] = 0
            permutation.insert(i + 1, permutation.pop(0))
    return checksum, most, permutation, work


def stack(n):
    waiting = [n]
    seen = 0
    while waiting:
        top = waiting.pop()
        seen += top
        if top > 1:
            waiting.append(top // 2)
            waiting.append(top - top // 2 - 1)
    return seen, waiting


def pops(n, k, at):
    a = [i * i for i in range(n)]
    out = []
    for _ in range(k):
        out.append(a.pop(at))
    return a, out


def pops_caught(n, k):
    a = [i * 1000 for i in range(n)]
    total = 0
    try:
        for _ in range(k):
            total += a.pop()
    except IndexError as e:
        return total, str(e), a
    return total, a


def inserts(n, at, x):
    a = [0] * 3
    for i in range(n):
        a.insert(at, i)
        a.insert(-at, a[0] + 1)
        a.insert(i, x)
    return a


def slices(n, i, j, k):
    a = list(range(n))
    t = 0
    for r in range(3):
        b = a[i:j]
        c = a[i:j:k]
        d = a[::-1]
        for x in b:
            t += x
        for x in c:
            t += 2 * x
        for x in d:
            t = (t * 3 + x) % 1000003
        a[r] = t % 100
    return a, b, c, d, t


def slices_set(n, i, j, k, m):
    a = [v * 10 for v in range(n)]
    b = [v + 500 for v in range(m)]
    t = 0
    for r in range(2):
        a[i:j] = b
        a[i:j:k] = b[:len(a[i:j:k])]
        t += a[0] + len(a)
    return a, t


def slices_deleted(n, i, j, k):
    a = [v * 10 for v in range(n)]
    t = 0
    for r in range(2):
        del a[i:j]
        del a[j::k]
        for x in a:
            t += x
    return a, t


def extended_wrong(n, m):
    a = [1] * n
    b = [2] * m
    for i in range(n):
        a[i] += i
    a[::2] = b
    for i in range(m):
        b[i] += a[i]
    return a, b


def itself(n):
    a = [1] * n
    for i in range(n):
        a[i] = i
    a[1:2] = a
    a.extend(a)
    a += a[:2]
    a[::-1] = a
    for i in range(n):
        a[i] += 1
    return a


def joined(n, x):
    a = [0] * n
    b = [x]
    for i in range(n):
        a[i] = i
        b.append(i * i)
    c = a + b
    for i in range(len(c)):
        c[i] += 1
    d = c
    c += a
    d[0] = -1
    c.extend(b)
    return c, d is c, a + b, len(d)


def literal(n):
    a = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    f = [0.5, 1.5, 2.5, -0.0]
    t = 0
    for i in range(n):
        t += a[i % 12] + f[i % 4]
    return t, a, f


def literal_mixed(n):
    a = [1, 2, 3.5, 4]
    t = 0
    for i in range(n):
        t += a[i % 4]
    return t


def reversed_sorted(values, n):
    a = [0] * n
    for i in range(n):
        a[i] = values[i]
    a.reverse()
    b = a[:]
    b.sort()
    c = a.copy()
    c.reverse()
    for i in range(n):
        c[i] -= b[i]
    return a, b, c


def sorted_floats(values, n):
    a = [0.0] * n
    for i in range(n):
        a[i] = values[i] * 1.0
    a.sort()
    t = 0.0
    for x in a:
        t += x
    return a, t


def reduced(n, x):
    a = [x]
    for i in range(n):
        a.append((i * 7919) % 101 - 50)
    t = 0
    for i in range(3):
        t += sum(a) + min(a) - max(a)
        a[0] = i
    return t, tuple(a)


def reduced_floats(n):
    a = [-0.0] * n
    t = []
    for i in range(3):
        t.append((sum(a), min(a), max(a)))
        for j in range(n):
            a[j] += j * 0.5 * i
    return t


def reduced_empty(n):
    a = [0] * n
    for i in range(n):
        a[i] = i
    return sum(a), max(a)


def large_sum(n):
    a = [2**62] * n
    for i in range(n):
        a[i] -= i
    return sum(a), max(a)


def found(n, what):
    a = [0] * n
    hits = 0
    for i in range(n):
        a[i] = i * 300
    for i in range(10):
        hits += i * 300 in a
        hits += i * 300 + 1 not in a
    return hits, what in a


def removed(n, at):
    a = [i * 10 for i in range(n)]
    t = 0
    for i in range(3):
        del a[at]
        t += a[0]
    return a, t


def moved(n):
    a = [i * 1000 for i in range(n)]
    b = []
    c = [0] * n
    while a:
        b.append(a.pop())
    for i in range(n):
        c[i] = b[n - 1 - i]
    for i in range(0, n - 1, 2):
        b[i], b[i + 1] = b[i + 1], b[i]
    b[0], c[0] = c[0], b[0]
    return a, b, c


def moved_out(n, other):
    """Into a list that is none of numbers."""
    a = [i * 1000 for i in range(n)]
    for i in range(n):
        a[i] += 1
    while len(a) > 1:
        other.append(a.pop())
        other[0] = a[0]
    return a, other


def popped_objects(n):
    a = [i * 1000 for i in range(n)]
    names = {}
    for i in range(n):
        a[i] += 1
    while a:
        x = a.pop()
        names[x] = str(x)
    return names


def turned_float(n):
    """The hint says ints, what comes is a float."""
    a = [0] * n
    for i in range(n):
        a[i] = i
    b = a[:]
    b[n // 2] = 0.5
    t = 0
    for x in b:
        t += x
    for x in a:
        t += x
    return t, a, b


def permutations(n):
    a = list(range(n))
    found = []
    c = [0] * n
    found.append(tuple(a))
    i = 0
    while i < n:
        if c[i] < i:
            if i % 2:
                a[c[i]], a[i] = a[i], a[c[i]]
            else:
                a[0], a[i] = a[i], a[0]
            found.append(tuple(a))
            c[i] += 1
            i = 0
        else:
            c[i] = 0
            i += 1
    return found


def copies(n):
    a = list(range(n))
    kept = []
    for i in range(n):
        a[i] += i
        kept.append(a[:])
        kept.append(a + [i])
    return kept


def window(values, k):
    a = []
    best = 0
    for v in values:
        a.append(v)
        if len(a) > k:
            a.pop(0)
        best = max(best, sum(a))
    return best, a


def aliased(n):
    a = [0] * n
    b = a
    for i in range(n):
        a.insert(0, i)
        b.pop()
        b[0] += 1
    b += [5]
    b.reverse()
    return a, b, a is b


def maybe(n, flag):
    a = list(range(n))
    if flag:
        a = a[1:]
    t = 0
    for i in range(len(a)):
        t += a[i]
        a[i] = t
    return a, t


def ranges(start, stop, step):
    a = list(range(start, stop, step))
    t = 0
    for x in a:
        t ^= x
    for i in range(len(a)):
        t += a[i] & 7
    return a, t, len(a)


def same_object(n):
    a = [10**6, 10**6 + 1]
    x = a[0]
    y = x
    t = 0
    for i in range(n):
        t += a[i % 2]
    return x is y, t


def unbound(n):
    t = 0
    a = [3, 2, 1, 0]
    while n:
        if a[n % 4]:
            k = a[n % 4]
            while k:
                t += k
                k = a[4 - k]
        n -= 1
    try:
        return t, k
    except UnboundLocalError as e:
        return t, str(e)


CASES = [(flips, (n,)) for n in (3, 4, 5, 7)] + [(stack, (n,)) for n in (0, 1, 2, 1000)]
CASES += [(pops, args) for args in ((5, 3, 0), (5, 5, -1), (5, 6, 0), (5, 2, 3), (5, 1, -6), (0, 1, 0), (4, 2, 2))]
CASES += [(pops_caught, (n, k)) for n, k in ((5, 5), (5, 6), (0, 1))]
CASES += [(inserts, args) for args in ((0, 0, 0), (5, 0, 9), (5, 2, -1), (4, 100, 3), (4, -2, 2**63), (3, 1, "x"), (3, 1, True), (3, 1, 0.5))]
CASES += [(slices, (n, i, j, k)) for n, i, j, k in ((5, 1, 3, 1), (5, 0, 100, 2), (5, -3, -1, 1), (7, 5, 1, -2), (4, 3, 1, 2), (3, 0, 3, -1), (5, 1, 3, 0), (2, 0, 1, 1))]
CASES += [(slices_set, args) for args in ((5, 1, 3, 1, 2), (8, 1, 7, 2, 4), (5, 3, 1, 1, 3), (5, 0, 5, 1, 0), (8, -4, -1, 2, 9), (8, 1, 3, 0, 2))]
CASES += [(slices_deleted, args) for args in ((9, 1, 3, 1), (9, 3, 1, 2), (20, 2, 5, 3), (20, 5, 15, -2), (9, -4, -2, -1), (0, 0, 5, 2), (9, 1, 2, 0))]
CASES += [(extended_wrong, args) for args in ((6, 3), (6, 2), (5, 3), (0, 1), (0, 0))]
CASES += [(itself, (n,)) for n in (3, 0, 1, 8)]
CASES += [(joined, args) for args in ((3, 1), (0, 5), (4, 2**63 - 1), (4, 2**64), (3, 0.5), (1, True))]
CASES += [(literal, (n,)) for n in (0, 30)] + [(literal_mixed, (9,))]
CASES += [(reversed_sorted, args) for args in (([3, 1, 2, 5, 4], 5), ([1], 1), ([], 0), ([2**62, -2**62, 0], 3), ([1, 2.5], 2), ([1, 2], 3))]
CASES += [(sorted_floats, args) for args in (([3.5, 1.5, 2.5], 3), ([0.0, -0.0, -1.0, -0.0, 0.0], 5), ([float("nan"), 1.0, float("-inf")], 3), ([1.5, float("nan"), 0.5, 0.25], 4), ([], 0), ([1, 2**53], 2))]
CASES += [(reduced, args) for args in ((0, 5), (10, 2**62), (10, 2**63), (5, 0.5), (3, -1000))]
CASES += [(reduced_floats, (n,)) for n in (1, 4)] + [(reduced_floats, (0,)), (reduced_empty, (0,)), (reduced_empty, (3,))]
CASES += [(large_sum, (n,)) for n in (1, 2, 3)]
CASES += [(found, (n, what)) for n, what in ((0, 0), (12, 300), (12, 300.0), (12, "x"), (12, 2**70), (12, True))]
CASES += [(removed, (n, at)) for n, at in ((5, 0), (5, -1), (5, 3), (2, 0), (5, 9))]
CASES += [(f, (n,)) for f in (moved, popped_objects, turned_float, copies, same_object) for n in (1, 2, 9)] + [(permutations, (n,)) for n in (1, 3, 4)]
CASES += [(moved_out, (4, other)) for other in ([1], ["x"], [0.5, 2])]
CASES += [(window, (v, k)) for v in ([1, 5, 2, 8, 3], [2**62] * 5, [1, 2.5, 3]) for k in (1, 3)]
CASES += [(aliased, (n,)) for n in (1, 5)] + [(maybe, (n, flag)) for n in (0, 5) for flag in (True, False)]
CASES += [(ranges, args) for args in ((0, 5, 1), (5, 0, -2), (0, 0, 1), (-3, 2**40, 2**39), (0, 5, 0), (2**63 - 3, 2**63 - 1, 1), (3, -2**63, -2**62))]
CASES += [(unbound, (n,)) for n in (0, 1, 3, 5, 8)]


def shown_before(n):
    """What is put into the list after others have it."""
    a = [n, 1]
    b = [5, 6, 7]
    t = 0
    for i in range(3):
        t += a[i & 1] + b[i]
    out = [0]
    out.append(a)
    a.append(b.pop())
    t += len(b)
    return out, t


CASES += [(shown_before, (n,)) for n in (0, 1000)]


def sorted_in_place(n, m):
    """Of some hundred items: more than one run."""
    a = [0] * n
    b = [0.0] * n
    x = 12345
    for i in range(n):
        x = (x * 1103515245 + 12345) % 2147483648
        a[i] = x % m - 3
        b[i] = (x % m - m // 2) * 0.5
    for i in range(0, n, 7):
        b[i] = -0.0
    for i in range(3, n, 5):
        b[i] = 0.0
    a.sort()
    b.sort()
    t = 0
    for i in range(1, n):
        if a[i] < a[i - 1] or b[i] < b[i - 1]:
            t += 1
    return a, b, t


def sorted_with_nan(n, nan):
    b = [0.0] * n
    for i in range(n):
        b[i] = i * 7 % n * 1.0
    for i in range(2, n, 6):
        b[i] = nan
    b.sort()
    t = 0.0
    for i in range(n):
        t += b[i]
    return b, t


CASES += [(sorted_in_place, (n, m)) for n in (0, 1, 2, 11, 12, 13, 24, 25, 100, 311) for m in (3, 1000, 2**31)]
CASES += [(sorted_with_nan, (n, float("nan"))) for n in (3, 20)]
