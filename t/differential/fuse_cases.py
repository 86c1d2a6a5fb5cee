"""Builtins over generator expressions, which become loops of the caller: results, side exits, errors and their order."""
import builtins
import types

SEEN = []


class Odd:
    def __init__(self, value):
        self.value = value

    def __bool__(self):
        SEEN.append(self.value)
        if self.value == 13:
            raise ValueError("unlucky")
        return bool(self.value)

    def __repr__(self):
        return f"Odd({self.value})"


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        SEEN.append(self.name)


def seen():
    log = SEEN[:]
    SEEN.clear()
    return log


def items(a):
    return list(x for x in a), tuple(x for x in a), sorted(x for x in a), list(x + x for x in a if x)


def of_range(n, k):
    return list(i * k for i in range(n)), tuple((i, k) for i in range(n)), sum(i * k for i in range(n)), sorted(-i for i in range(n))


def as_bytes(a):
    return bytes(x for x in a), bytearray(x for x in a)


def as_bytes_of_range(n, step):
    return bytes(i * step & 255 for i in range(n)), bytearray(i * step for i in range(n))


def truths(a):
    return any(x for x in a), all(x for x in a), any(not x for x in a), all(x == x for x in a)


def searches(a, b):
    return any(x == b for x in a), all(x < b for x in a), any(x > b for x in a if x), seen()


def nested(a, n):
    return any(all(x > i for x in a) for i in range(n)), sum(sum(x * i for x in a) for i in range(n)), list(list(i for i in range(k)) for k in range(n))


def closure(a, k):
    def inner(x):
        return x * k

    return [sum(inner(x) + k for x in a), any(inner(x) > k for x in a), tuple(y * k for y in (inner(x) for x in a))]


def sums(a):
    return sum(x for x in a), sum(x * x for x in a), sum(1 for x in a), sum(len(str(x)) for x in a)


def joined(a):
    return "".join(x for x in a), ", ".join(str(x) for x in a), f"{len(a)}".join(c for c in "abc")


def two_loops(a, b):
    return list((x, y) for x in a for y in b if x != y), any(x == y for x in a for y in b), sum(x * y for x in a for y in b)


def stops_early(a):
    it = iter(a)
    first = any(x for x in it)
    return first, list(it), seen()


def dies_early(n):
    found = any(Loud(i).name == 1 for i in range(n))
    SEEN.append("after")
    kept = list(Loud(i) for i in range(n))
    SEEN.append("made")
    kept = None
    return found, seen()


def while_changed(a):
    return list(a.append(x) or x for x in a if len(a) < 8), sum(a.pop() for x in a), a


def raises_in(a, n):
    total = 0
    for i in range(n):
        try:
            total += sum(10 // x for x in a)
        except ZeroDivisionError as e:
            lines = []
            t = e.__traceback__
            while t:
                lines.append((t.tb_frame.f_code.co_name, t.tb_lineno - t.tb_frame.f_code.co_firstlineno))
                t = t.tb_next
            total += len(lines)
            SEEN.append(lines)
    return total, seen(), list(10 // x for x in a)


def stop_iteration(a):
    iterators = [iter(x) for x in a]
    return list(next(x) for x in iterators)


def not_iterable(a):
    return any(x for x in a)


def unpacks(a):
    return list(x + y for x, y in a), any(x == y for x, y in enumerate(a)), sum(i * v for i, v in enumerate(a))


def of_dict(d):
    return sorted(k for k in d), sum(v for v in d.values()), all(k == v for k, v in d.items()), list(d[k] for k in d)


def of_generator(n):
    def numbers():
        for i in range(n):
            SEEN.append(i)
            yield i

    return any(x == 1 for x in numbers()), seen(), list(x for x in numbers()), seen()


def huge(n):
    return sum(2**62 for i in range(n)), list(2**62 + i * 2**61 for i in range(n)), sum(1.5 * i for i in range(n)), sum((i, 0.5)[i & 1] for i in range(n))


def hidden(a):
    def any(x):
        return sorted(x)

    return any(x for x in a)


def redefined(a):
    before = any(x for x in a)
    builtins_any = builtins.any
    try:
        builtins.any = lambda g: ["mine", list(g)]
        return before, any(x for x in a)
    finally:
        builtins.any = builtins_any


def parsed(a):
    left = a
    n = 0
    while n < 4:
        left = (left, n)
        n += 1
        if len(left) == n:
            left = [left]
    return left


COPIES = {}


def fresh(function, *arguments):
    """The function with a code object of its own for arguments of these types, so that it is compiled for them."""
    key = function, *map(type, arguments)
    if key not in COPIES:
        code = function.__code__.replace(co_firstlineno=function.__code__.co_firstlineno)
        COPIES[key] = types.FunctionType(code, globals(), function.__name__)
    return COPIES[key], arguments


LISTS = ([], [1], [0, 0, 3], [1.5, 0.0, -2.5], [2**62, 2**62, 5], [True, False], (3, 1, 2), "hello", b"\0ab", bytearray(b"xy"), [1, 2.5, 0], ["b", "", "a"], [None, 0], [[], [1]], range(4), {2: 1, 1: 2})
CASES = [fresh(f, a) for f in (items, truths, sums, joined, as_bytes) for a in LISTS]
CASES += [fresh(as_bytes, a) for a in ([255, 256, 1], [1, -1], [1, "x"], [True, 2], [2**70], 5)]
CASES += [fresh(of_range, n, k) for n in (0, 1, 5) for k in (2, 0.5, "x", 2**62)] + [fresh(as_bytes_of_range, n, k) for n in (0, 9) for k in (1, 40, -1)]
CASES += [fresh(searches, a, b) for a in LISTS[:9] for b in (1, 0.0, 2**70, "h")]
CASES += [fresh(truths, a) for a in ([Odd(0), Odd(1)], [Odd(0), Odd(13)], [Odd(1), 0])] + [fresh(stops_early, a) for a in ([0, 0, 1, 2, 0], [0], [], [False, True, 5], [Odd(0), Odd(2), 7])]
CASES += [fresh(nested, a, n) for a in ([], [3, 4], [0.5], ["x"]) for n in (0, 3)] + [fresh(closure, a, k) for a in ([1, 2], [1.5], []) for k in (3, 0.5, "x")]
CASES += [fresh(two_loops, a, b) for a in ([1, 2], [1.5], "ab", []) for b in ([2, 3], (1.5,), "b")] + [fresh(dies_early, n) for n in (0, 1, 4)]
CASES += [fresh(while_changed, a) for a in ([], [1], [1, 2, 3])] + [fresh(raises_in, a, n) for a in ([5, 2], [5, 0], [0], [1.5, 0.0]) for n in (1, 4)]
CASES += [fresh(stop_iteration, a) for a in ([], [[1], [2]], [[1], []])] + [fresh(not_iterable, a) for a in (5, None)]
CASES += [fresh(unpacks, a) for a in ([(1, 2), (3, 4)], [(1, 2), (3,)], [[0.5, 1]], ["ab", "cd"], [])]
CASES += [fresh(of_dict, d) for d in ({}, {1: 1, 2: 2}, {1: 1.5, 3: 3}, {"a": "a"})] + [fresh(of_generator, n) for n in (0, 1, 4)] + [fresh(huge, n) for n in (0, 3, 6)]
CASES += [fresh(f, a) for f in (hidden, redefined) for a in ([3, 0], [])] + [fresh(parsed, a) for a in (1, (1, 2), "x", [1])]


# min() and max() of generators of numbers: first ones, NaN, types that change, nothing, exceptions in the middle.
def highest(values):
    return max(x for x in values)


def nearest(values, k):
    return min(abs(x - k) for x in values)


def largest_step(values):
    return max(abs(a - b) for a, b in zip(values, values[1:]))


def lowest_square(n, k):
    return min((i - k) ** 2 for i in range(n) if i % 3)


def highest_inverse(values):
    try:
        return max(1 / x for x in values)
    except ZeroDivisionError as e:
        return e.__traceback__.tb_next.tb_lineno - e.__traceback__.tb_lineno, str(e)


NUMBERS = (
    [],
    [7],
    [1, 5, 3, 5],
    [1.5, float("nan"), 2.5],
    [float("nan"), 1.0],
    [0.0, -0.0, 0],
    [1, 2.5, 7, 2**40],
    [2.5, 1, 2**70],
    [True, False, 3],
    [3, 0, 1],
    [1.0, 0.0],
    ["a", "b"],
    [1, "b"],
)
CASES.extend((f, (v,)) for f in (highest, largest_step, highest_inverse) for v in NUMBERS)
CASES.extend((nearest, (v, k)) for v in NUMBERS for k in (2, 0.5))
CASES.extend((lowest_square, (n, k)) for n in (0, 1, 2, 9, 50) for k in (0, 4, 2**62))


# list.extend() of a generator, whose body sees the list grow, and may change it.
def extended(r, a):
    return r.extend(x for x in a), r


def extended_by_range(n, k):
    r = [7]
    r.extend(i * k for i in range(n) if i != 2)
    return r


def looks_at_what_grows(r, n):
    r.extend(len(r) for _ in range(n))
    r.extend(r[-1] for _ in range(n))
    return r


def changes_what_grows(r, n):
    r.extend(r.pop() for _ in range(n))
    r.extend((r.clear() or i) for i in range(n))
    return r


def grows_and_raises(r, a):
    try:
        r.extend(10 // x for x in a)
    except ZeroDivisionError as e:
        return r, e.__traceback__.tb_next.tb_lineno - e.__traceback__.tb_lineno, str(e)
    return r


def numbers_in_turn(n):
    yield from ()
    for i in range(n):
        yield i
        yield -i / 2


def extended_by_generators(n):
    r = []
    g = (i + 1 for i in range(n))
    r.extend(g)
    return r, list(g), r.extend(numbers_in_turn(n)), r.extend([k] for k in range(n)), r.extend(sum(j for j in range(i)) for i in range(n))


class Keeper:
    def __init__(self):
        self.items = [Loud("of the list")]

    def take(self):
        items, self.items = self.items, None
        return items


def extended_and_gone(n):
    keeper = Keeper()
    keeper.take().extend(str(keeper.items) for _ in range(n))
    SEEN.append("then")
    return seen()


def bound_anew(a):
    r = []
    r.extend((r := [x]) for x in a)
    return r


class Lazy(list):
    def extend(self, items):
        super().extend(items)
        self.append("lazy")


def extended_class(a):
    r = Lazy()
    r.extend(x for x in a)
    return r


CASES += [fresh(extended, r, a) for r in ([], [1, 2], [0.5], ["x"]) for a in LISTS] + [fresh(extended, r, [1]) for r in ((1,), None, {1})] + [fresh(extended, [1], 5)]
CASES += [fresh(extended_by_range, n, k) for n in (0, 1, 5, 300) for k in (3, 0.5, "x", 2**62)] + [fresh(extended_class, a) for a in ([], [1, 2])]
CASES += [fresh(f, r, n) for f in (looks_at_what_grows, changes_what_grows) for r in ([1, 2, 3], [0.5]) for n in (0, 1, 2)]
CASES += [fresh(grows_and_raises, [4], a) for a in ([5, 2], [5, 0, 1], [], [1.5, 0.0], [1, "x"])] + [fresh(bound_anew, a) for a in ([], [1, 2])]
CASES += [fresh(f, n) for f in (extended_by_generators, extended_and_gone) for n in (0, 1, 4)]
