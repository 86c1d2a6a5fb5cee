"""Function values: functions that C code calls, closures and what is in their cells, functions in locals, arguments,
attributes and containers, functions of one code with other defaults or cells, and what is seen of their frames."""
import functools
import sys

LOG = []


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(self.name)


# ---- called by C code


def negated(x):
    return -x * 3


def added(x, y=100):
    return x + y


def third(x):
    return x % 3 == 1


def ratio(x):
    return 100 / (x - 3)


def callers(n):
    """What C code calls by itself."""
    numbers = [i * 7919 % 101 for i in range(n)]
    return (
        sorted(numbers, key=negated),
        min(numbers, key=negated, default=None),
        list(map(negated, numbers)),
        list(filter(third, numbers)),
        functools.reduce(added, numbers, 0),
        list(map(added, numbers)),
    )


def who_calls(x):
    frame = sys._getframe()
    names = []
    while frame and frame.f_code.co_name != "outcome":
        names.append((frame.f_code.co_name, frame.f_lineno))
        frame = frame.f_back
    return names


def seen_frames(n):
    return [who_calls(n), list(map(who_calls, range(n))), sorted([n], key=who_calls), functools.partial(who_calls, n)()]


def fails_in_key(n):
    return sorted(range(n), key=ratio)


def catches_in_key(n):
    caught = []
    for i in range(n):
        try:
            caught.append(list(map(ratio, range(i))))
        except ZeroDivisionError as e:
            tb, lines = e.__traceback__, []
            while tb:
                lines.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
                tb = tb.tb_next
            caught.append(lines)
    return caught


def other_arguments(n):
    """Wrong numbers of them, keywords, types that no code is for."""
    found = []
    for arguments in ((), (n,), (n, 2), (n, 2, 3), ("a", "b"), (None,), (2**70, n)):
        for function in (negated, added, functools.partial(added, y=n)):
            try:
                found.append(functools.partial(function, *arguments)())
            except TypeError as e:
                found.append(str(e))
    found.append(functools.partial(added, y=n, x=1)())
    return found


def deep(n):
    return 0 if n == 0 else 1 + next(map(deep, [n - 1]))


def too_deep(n):
    try:
        return deep(10 * sys.getrecursionlimit() + n)
    except RecursionError as e:
        return type(e)


def grown(x):
    """Leaves native code in the middle."""
    total = x
    for i in range(70):
        total = total * 2 + i
    return total


def kept(x):
    y = x + 1
    FRAMES.append(sys._getframe())
    return y


FRAMES = []


def kept_frames(n):
    FRAMES.clear()
    found = list(map(kept, range(n)))
    return found, [(f.f_lineno, f.f_code.co_name) for f in FRAMES], FRAMES[0].f_back is None if FRAMES else None


def drop(loud):
    LOG.append("call")
    loud = None
    LOG.append("over")


def dies_in_map(n):
    LOG.clear()
    for _ in map(drop, (Loud(i) for i in range(n))):
        LOG.append("next")
    return LOG[:]


def rebinds_code(n):
    """C code goes on calling what is another function by now."""
    def one(x):
        return x + 1

    def two(x):
        return x * 10

    def turn(x):
        if x == 2:
            one.__code__ = two.__code__
        return one(x)

    return list(map(turn, range(n))), list(map(one, range(n)))


# ---- closures


def counter(step):
    n = 0

    def count():
        nonlocal n
        n += step
        return n

    return count


def compose(f, g):
    return lambda x: f(g(x))


def counts(n, step):
    c, d = counter(step), counter(1)
    total = 0
    for i in range(n):
        total += c() * 3 + d()
    return total, c(), d()


def composed(n):
    f = compose(lambda x: x + 1, compose(lambda x: x * 2, lambda x: x - 3))
    total = 0
    for i in range(n):
        total += f(i)
    return total, f(2.5), f(2**70)


def composed_bad(n):
    f = compose(lambda x: x + 1, lambda x: 10 // (x - 2))
    return [f(i) for i in range(n)]


def fib_inside(n):
    calls = 0

    def fib(k):
        nonlocal calls
        calls += 1
        return k if k < 2 else fib(k - 1) + fib(k - 2)

    return fib(n), calls


def rebinds_itself(n):
    """The name in the cell is another function in the middle of the recursion."""
    def down(k):
        nonlocal down
        if k == 2:
            down = lambda k: ("other", k)
        return k if k <= 0 else (k, down(k - 1))

    def run(k):
        return down(k)

    return run(n), run(n)


def empties_cell(n):
    def down(k):
        nonlocal down
        if k == 1:
            del down
        return down(k - 1) if k > 0 else 0

    try:
        return down(n)
    except NameError as e:
        return type(e).__name__, str(e)


def changes_types(values):
    """What is in the cell has one type after the other."""
    total = None

    def add(v):
        nonlocal total
        total = v if total is None else total + v
        return total

    return [add(v) for v in values], total


def shares_cell(n):
    value = 0.5

    def grow():
        nonlocal value
        value *= 2

    def shrink():
        nonlocal value
        value -= 1

    seen = []
    for i in range(n):
        grow()
        if i % 3:
            shrink()
        seen.append(value)
    return seen, value


def identity_of_cell(n):
    """What was read from a cell stays what it was."""
    value = 2.5 * n

    def get():
        return value

    def put(x):
        nonlocal value
        value = x
        value += 1.0

    a = get()
    b = get()
    put(a)
    c = get()
    return a is b, a, b, c, a is c


def big_in_cell(n):
    value = 1

    def double():
        nonlocal value
        value += value
        return value

    for _ in range(n):
        double()
    return value


def lives_in_cell(n):
    LOG.clear()
    held = Loud("first")

    def swap(i):
        nonlocal held
        held = Loud(i)
        LOG.append("swapped")

    for i in range(n):
        swap(i)
    del swap
    LOG.append("end")
    return LOG[:]


def after_lives_in_cell(n):
    lives_in_cell(n)
    return LOG[:]


def frames_of_closures(n):
    def outer(x):
        def inner():
            return who_calls(x), sorted(sys._getframe().f_locals)

        return inner()

    found = []
    for i in range(n):
        found.append(outer(i))
    return found


def late_cells(n):
    """All see the last one."""
    functions = []
    for i in range(n):
        functions.append(lambda x: x + i)
    return [f(10) for f in functions]


def early_defaults(n):
    functions = []
    for i in range(n):
        functions.append(lambda x, i=i: x + i)
    return [f(10) for f in functions], [f(10, 5) for f in functions]


def nested(n):
    def a(x):
        def b(y):
            def c(z):
                return x * 100 + y * 10 + z

            return c

        return b

    total = 0
    for i in range(n):
        total += a(i)(i + 1)(i + 2)
    return total


def permutations(items):
    found = []

    def go(rest, done):
        if not rest:
            found.append(tuple(done))
        for i, item in enumerate(rest):
            go(rest[:i] + rest[i + 1 :], done + [item])

    go(list(items), [])
    return found


def leaves_in_inner(n):
    """The inner function is left where its argument is of another type, again and again, with a default."""
    step = 2.5

    def f(v, depth=3):
        v = n
        if depth > 0:
            return f((n % (n + 1)) - (v - step), depth - 1)

    def g(v):
        v = f(v)
        return 7

    total = 0
    for i in range(n):
        total += g(i)
    return total


# ---- function values


def simpson(f, a, b, n):
    h = (b - a) / n
    s = f(a) + f(b)
    for i in range(1, n):
        s += f(a + i * h) * (4 if i % 2 else 2)
    return s * h / 3


def integrals(n):
    return simpson(lambda x: x * x, 0.0, 3.0, n), simpson(abs, -1.0, 2.0, n), simpson(lambda x: x, 0, 2, n)


def integral_fails(n):
    return simpson(lambda x: 1 / (x - 1.5), 0.0, 3.0, n)


def add_one(x):
    return x + 1


def twice(x):
    return x * 2


def minus(x):
    return -x


def to_text(x):
    return f"<{x}>"


TABLE = {"add": add_one, "twice": twice, "minus": minus, "text": to_text}


def dispatch(names, n):
    x = n
    out = []
    for name in names:
        x = TABLE[name](x)
        out.append(x)
    return out


class Events:
    def __init__(self):
        self.handlers = {}

    def on(self, name, handler):
        self.handlers.setdefault(name, []).append(handler)

    def emit(self, name, *arguments):
        return [handler(*arguments) for handler in self.handlers.get(name, ())]


def events(n):
    e = Events()
    total = 0

    def add(x):
        nonlocal total
        total += x

    e.on("tick", add)
    e.on("tick", lambda x: total * x)
    return [e.emit("tick", i) for i in range(n)], e.emit("none", 1), total


def bound(n):
    out = []
    append = out.append
    extend = out.extend
    for i in range(n):
        append(i)
        extend((i, -i))
    return out


def apply_n(f, x, n):
    for _ in range(n):
        x = f(x)
    return x


def applied(n):
    return apply_n(add_one, 0, n), apply_n(twice, 1.5, n), apply_n(to_text, 1, n), apply_n(add_one, 0.5, n), apply_n(str, n, 1)


def call_wrong(n):
    f = add_one if n % 2 else twice
    try:
        return f(n, n)
    except TypeError as e:
        return str(e)


def memoize(f):
    memo = {}

    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        if args not in memo:
            memo[args] = f(*args, **kwargs)
        return memo[args]

    return wrapper


@memoize
def ways(n, k):
    if n == 0:
        return 1
    if n < 0 or k == 0:
        return 0
    return ways(n - k, k) + ways(n, k - 1)


@functools.lru_cache(maxsize=None)
def partitions(n, k):
    if n == 0:
        return 1
    if n < 0 or k == 0:
        return 0
    return partitions(n - k, k) + partitions(n, k - 1)


def decorated(n):
    partitions.cache_clear()
    return ways(n, n), partitions(n, n), ways.__name__, partitions.cache_info().misses


class Scaler:
    def __init__(self, k):
        self.k = k

    def __call__(self, x):
        return self.k * x


def callable_instances(n):
    s = Scaler(n)
    return sum(s(i) for i in range(n)), list(map(s, range(n))), apply_n(s, 1.5, 3)


def starred(n):
    pair = (n, 2)
    return [added(*pair), added(*pair[:1]), added(*(i for i in pair)), added(**{"x": n})]


def keyed(n):
    centers = [(i * 7 % 5, i * 3 % 4) for i in range(n)]
    best = []
    for p in range(n):
        if centers:
            best.append(min(range(n), key=lambda i: (centers[i][0] - p) ** 2 + (centers[i][1] - p) ** 2))
            best.append(max(centers, key=lambda c: c[0] * p - c[1]))
    return best, sorted(centers, key=lambda c: (c[1], -c[0])), sorted(range(n), key=lambda i: centers[i], reverse=True)


def keyed_fails(n):
    return max(range(n), key=lambda i: 1 / (3 - i))


def keyed_mixed(values):
    return min(values, key=lambda v: v), max(values, key=lambda v: v)


def keyed_changes(n):
    items = list(range(n))

    def key(i):
        if i == 2 and len(items) < 2 * n:
            items.append(-i - 10)
        return i

    return min(items, key=key), max(items, key=key), items


NS = (0, 1, 2, 5, 9)
CASES = [(f, (n,)) for f in (callers, seen_frames, fails_in_key, catches_in_key, other_arguments, too_deep, kept_frames, dies_in_map, rebinds_code) for n in NS]
CASES += [(lambda x: list(map(grown, [x, x + 1, 0.5, x])), (x,)) for x in (0, 1, 2**40)]
CASES += [(counts, (n, s)) for n in NS for s in (1, 2.5, 2**61, True)]
CASES += [(f, (n,)) for f in (composed, composed_bad, fib_inside, rebinds_itself, empties_cell, shares_cell, identity_of_cell, lives_in_cell, after_lives_in_cell, frames_of_closures, leaves_in_inner, late_cells, early_defaults, nested) for n in NS]
CASES += [(changes_types, (v,)) for v in ([1, 2, 3], [1, 2.5, 3], ["a", "b"], [[1], [2]], [2**62, 2**62, 1], [1, "a"], [True, 1, 0.5])]
CASES += [(big_in_cell, (n,)) for n in (0, 5, 61, 62, 63, 64, 70)] + [(fib_inside, (15,)), (permutations, ("abcd",)), (permutations, ([],))]
CASES += [(f, (n,)) for f in (integrals, integral_fails) for n in (1, 2, 10, 12)]
CASES += [(dispatch, (names, n)) for names in (["add"], ["add", "twice", "minus", "add"] * 3, ["twice", "text", "text"], ["add", "none"]) for n in (1, 2.5, 2**63)]
CASES += [(f, (n,)) for f in (events, bound, applied, call_wrong, decorated, callable_instances, starred, keyed, keyed_fails) for n in NS]
CASES += [(keyed_mixed, (v,)) for v in ([], [1, 2.5, -3], ["b", "a"], [1, "a"], [0.0, -0.0, float("nan")], (3, 1, 1), range(5), "hello", {3: 1, 2: 2}, [2**70, 1, -(2**70)])]
CASES += [(keyed_changes, (n,)) for n in NS]


def count_same(items, value):
    return sum(1 for v in items if v is value or v == value)


def index_of(items, value):
    for i in range(3):
        found = [k for k, v in enumerate(items) if v is value or v == value]
        value = value if i < 1 else items[0]
    return found


NAN = float("nan")
CASES += [(f, (items, value)) for f in (count_same, index_of) for items, value in (([NAN, 1.0, NAN], NAN), ([1.5, 2.5, 1.5], 1.5), ([2, 2.5, NAN], 2))]


def rows_divided(rows, by):
    """Cells of comprehensions, which hold what is not read any more where the loop begins again."""
    out = []
    for row in rows:
        p = row[by]
        out.append([x / p for x in row if p])
        f = row[0]
        if f > 2:
            out.append([x - f * y for x, y in zip(row, rows[0])])
    return out, p, f


def last_divided(rows, limit):
    best, ratio = None, 0
    for k in range(limit):
        for row in rows:
            if row[0] > 3:
                ratio = row[1] / row[0]
                if best is None or ratio < best:
                    best = ratio
        p = rows[k][0]
        rows[k] = [x / p for x in rows[k]]
        if k == 3:
            raise ValueError(f"{best} {ratio}")
        f = rows[k][1]
        rows[k] = [x - f for x in rows[k]]
    return best, ratio, rows


def kept_functions(values):
    functions = []
    for v in values:
        w = v * 2
        functions.append(lambda: (v, w))
        w = w + 1
    return [g() for g in functions]


def function_over_loop(values):
    total = 0

    def seen():
        return last

    last = None
    for v in values:
        last = v
        total += v
    last = total
    return seen(), total


def generator_over_loop(values):
    factor = 2
    scaled = (v * factor for v in values)
    out = []
    for v in values:
        factor = v
        out.append(next(scaled))
    return out


def set_later(values):
    out = []
    for v in values:
        if v > 2:
            out.append([x + w for x in values])
        w = v
    return out


def deleted_cell(values):
    out = []
    for v in values:
        w = v
        out.append([w for _ in range(2)])
        del w
    try:
        return out, [w for _ in values]
    except NameError as e:
        return out, str(e)


def locals_of_error(rows, limit):
    try:
        last_divided(rows, limit)
    except ValueError as e:
        frame = e.__traceback__.tb_next.tb_frame
        return str(e), sorted((k, repr(v)) for k, v in frame.f_locals.items())


def rows_of(*heads):
    return [[h, h + 1, 5.5] for h in heads]


CASES += [(rows_divided, (r, i)) for r in (rows_of(1, 2, 3, 4), rows_of(1.5, 2, 4.5), rows_of(1, 10**20, 2.5), rows_of(3, 0, 1)) for i in (0, 1)]
CASES += [(last_divided, (rows_of(*heads), n)) for heads in ((4, 5, 6, 7), (4.0, 5, 2**70, 1.5), (1, 2, 3, 0), (1, 1, 1, 1)) for n in (2, 3, 4)]
CASES += [(locals_of_error, (rows_of(*heads), 4)) for heads in ((4, 5, 6, 7), (4.0, 5, 2**70, 1.5), (1, 1, 1, 1))]
CASES += [(f, (v,)) for f in (kept_functions, function_over_loop, generator_over_loop, set_later, deleted_cell) for v in ([1, 2, 3], [1.5, 2, 4], [3, 2**70], [])]


def added_twice(v):
    """The second round is more than 64 bits have, in a function that has no locals."""
    total = 0

    def twice():
        nonlocal total, v
        v += 1
        total += v

    twice()
    first = total
    twice()
    return first, total, v


CASES += [(added_twice, (v,)) for v in (4, 2**62, 2**62 - 5, 2**63 - 1, 1.5)]
