"""Functions with *args and **kwargs, and calls f(*t, **d): decorators as they are written, what they are given, what they keep, what dies when, what is
raised on the way, and who looks at the frames."""
import functools
import sys

log = []


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append("dies %s" % (self.name,))

    def __repr__(self):
        return "Dies(%r)" % (self.name,)


def logged():
    r = log[:]
    del log[:]
    return r


# ---- decorators


def counting(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return f(*args, **kwargs)

    wrapper.calls = 0
    return wrapper


def plain(function):
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner


def nonlocal_counting(f):
    count = 0

    def wrapper(*args):
        nonlocal count
        count += 1
        return f(*args), count

    return wrapper


def logging(f):
    def wrapper(*args, **kwargs):
        log.append((f.__name__, args, kwargs))
        result = f(*args, **kwargs)
        log.append(result)
        return result

    return wrapper


def retrying(times):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(*args, **kwargs):
            for attempt in range(times):
                try:
                    return f(*args, **kwargs)
                except ValueError as e:
                    log.append((attempt, str(e)))
            raise RuntimeError("gave up on %s" % (args,))

        return wrapper

    return decorate


def validated(check):
    def decorate(f):
        def wrapper(x, *rest, **named):
            if not check(x):
                raise ValueError("bad %r" % (x,))
            return f(x, *rest, **named)

        return wrapper

    return decorate


def memo(f):
    cache = {}

    def wrapper(*args):
        if args not in cache:
            cache[args] = f(*args)
        return cache[args]

    wrapper.cache = cache
    return wrapper


def memo_try(f):
    seen = {}

    @functools.wraps(f)
    def wrapper(*args):
        try:
            return seen[args]
        except KeyError:
            result = seen[args] = f(*args)
            return result

    return wrapper


def swallowing(f):
    def wrapper(*args, **kwargs):
        try:
            return f(*args, **kwargs)
        except ZeroDivisionError:
            return None
        finally:
            log.append(len(args))

    return wrapper


def adding(f):
    def wrapper(*args, **kwargs):
        return f(*args, extra=5, **kwargs)

    return wrapper


def method_wrapper(f):
    def wrapper(self, *args, **kwargs):
        self.calls += 1
        return f(self, *args, **kwargs)

    return wrapper


def looking(f):
    def wrapper(*args, **kwargs):
        frame = sys._getframe()
        log.append((frame.f_code.co_name, frame.f_back.f_code.co_name, frame.f_lineno))
        return f(*args, **kwargs)

    return wrapper


def changing(f):
    def wrapper(*args, **kwargs):
        kwargs["scale"] = kwargs.get("scale", 1) + 1
        args = args[:2]
        return f(*args, **kwargs)

    return wrapper


@counting
def add(a, b, scale=1):
    return (a + b) * scale


@counting
def mul(a, b):
    return a * b


@plain
def concat(a, b="-", *, sep=""):
    return a + sep + b


@plain
@counting
def twice(x):
    return x + x


@nonlocal_counting
def nth(x):
    return x * 2


@logging
def heard(a, b=2, *c, d=4, **e):
    return a, b, c, d, sorted(e)


@retrying(3)
def flaky(n, good):
    if n % good:
        raise ValueError(n)
    return n


@validated(lambda x: x > 0)
def positive(x, y=1, z=2):
    return x * y + z


@memo
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@memo_try
def paths(r, c):
    return 1 if r == 0 or c == 0 else paths(r - 1, c) + paths(r, c - 1)


@swallowing
def divide(a, b):
    return a / b


@adding
def with_extra(a, extra=0, other=0):
    return a, extra, other


@looking
def looked(x):
    log.append(sys._getframe().f_back.f_code.co_name)
    return x


@changing
def changed(a, b=0, scale=0):
    return a, b, scale


class Counter:
    def __init__(self):
        self.calls = 0
        self.total = 0

    @method_wrapper
    def add(self, n, m=1):
        self.total += n * m
        return self.total

    @method_wrapper
    def kill(self, *things):
        log.append("in kill")
        return len(things)


class Quiet:
    def __init__(self, n):
        self.n = n

    def __enter__(self):
        self.n += 1
        return self

    def __exit__(self, *exc):
        self.n -= 1
        return exc[0] is ValueError


class Told:
    def __enter__(self):
        return self

    def __exit__(self, *exc):
        log.append([str(e) for e in exc[:2]])


class Base:
    def __init__(self, *args, **kwargs):
        self.args = args
        self.kwargs = kwargs


class Derived(Base):
    def __init__(self, x, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.x = x


# ---- who calls them


def sums(n):
    s = 0
    for i in range(n):
        s += add(i, 2, scale=3) + mul(i, i) + add(i, b=1)
    r = s, add.calls, mul.calls
    add.calls = mul.calls = 0
    return r


def floats(n):
    s = 0.0
    for i in range(n):
        s += add(i * 0.5, 2, scale=i) - mul(1.5, i)
    return s


def big(n):
    return [mul(2**62, i) for i in range(n)], mul("ab", n), add([1], [n])


def strings(n):
    return [concat("a", sep=str(i)) for i in range(n)], concat("x", "y"), concat(a="q")


def nested(n):
    t = 0
    for i in range(n):
        t += twice(i)
    return t, twice("x"), twice(1.5)


def counted(n):
    return [nth(i)[0] for i in range(n)], nth(1)[1] > 0


def tells(n):
    for i in range(n):
        heard(i)
        heard(i, 1, 2, 3, d=i, x=5, y="z")
        heard(b=1, a=i)
    return logged()


def retries(n):
    t = []
    for i in range(n):
        try:
            t.append(flaky(i, 3))
        except RuntimeError as e:
            t.append(str(e))
    return t, logged()


def retried_out(n):
    del log[:]
    return flaky(n, 3)


def checks(n):
    t = []
    for i in range(-2, n):
        try:
            t.append((positive(i), positive(i, 2), positive(i, z=7), positive(i, 3, z=1)))
        except ValueError as e:
            t.append(str(e))
    return t


def checked_fails(n):
    return positive(n, 3)


def memos(n):
    t = [fib(i) for i in range(n)]
    k = len(fib.cache)
    fib.cache.clear()
    return t, k, paths(n % 9, 5)


def memo_keys(keys):
    f = memo(lambda *k: len(k))
    return [f(*k) for k in keys], [type(k[0]).__name__ for k in f.cache if k]


def divides(n):
    t = [divide(i, i % 3) for i in range(n)]
    return t, logged()


def extras(n):
    return [with_extra(i) for i in range(n)], with_extra(1, other=2)


def extra_twice(n):
    return with_extra(n, extra=1)


def looks(n):
    for i in range(n):
        looked(i)
    return logged()


def changes(n):
    return [changed(i, i + 1, i + 2) for i in range(n)], changed(1, scale=7), changed(0)


def methods(n):
    c = Counter()
    for i in range(n):
        c.add(i)
        c.add(i, m=2)
        c.add(m=3, n=i)
    return c.total, c.calls


def kills(n):
    c = Counter()
    for i in range(n):
        c.kill(Dies(i), Dies(-i), Dies("s"))
        log.append("back")
    del c
    return logged()


def wrapped_deaths(n):
    log.append("begin")
    for i in range(n):
        d = Dies(i)
        twice_quiet(d)
        twice_quiet(Dies(i + 10))
        twice_quiet(x=Dies(i + 20))
        log.append("end of round")
        d = None
    return logged()


@plain
def twice_quiet(x):
    log.append(x.name)
    x = None
    log.append("x is none")


def wrong(what):
    if what == 0:
        return add()
    if what == 1:
        return add(1, 2, 3, 4)
    if what == 2:
        return add(1, 2, q=3)
    if what == 3:
        return add(1, 2, a=3)
    if what == 4:
        return concat("a", "b", "c")
    if what == 5:
        return add(*5)
    if what == 6:
        return add(1, 2, **{1: 2})
    if what == 7:
        return positive()
    if what == 8:
        return add(*(1, 2), **{"b": 1})
    return add(1, "x")


def wrong_caught(n):
    t = []
    for i in range(n):
        try:
            t.append(wrong(i))
        except TypeError as e:
            t.append(str(e))
            t.append(e.__traceback__.tb_lineno)
    return t


def raising(n):
    if n > 2:
        raise KeyError(n)
    return n


raising_wrapped = plain(counting(plain(raising)))


def lines(n):
    t = []
    for i in range(n):
        try:
            t.append(raising_wrapped(i))
        except KeyError as e:
            tb, where = e.__traceback__, []
            while tb:
                where.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
                tb = tb.tb_next
            t.append(where)
    return t


def raised(n):
    return raising_wrapped(n)


def withs(n):
    q = Quiet(0)
    t = 0
    for i in range(n):
        with q:
            t += q.n
        with q as p:
            if i % 3 == 0:
                raise ValueError(i)
            t += p.n
    return t, q.n


def with_told(n):
    for i in range(n):
        try:
            with Told():
                if i % 2:
                    raise KeyError(i)
        except KeyError:
            log.append(i)
    return logged()


def inherits(n):
    ds = [Derived(i, i + 1, k=i) for i in range(n)]
    return [(d.x, d.args, d.kwargs) for d in ds], Base(1).args, Base().kwargs


def rest(a, *more):
    t = a
    for m in more:
        t += m
    return t, len(more), more[:1]


def rests(n):
    return [rest(i) for i in range(n)], [rest(i, 1, i) for i in range(n)], rest(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)


def options(**options):
    if not options:
        return None
    options["more"] = 1
    return sorted(options.items()), len(options)


def optional(n):
    return [options(a=i, b="x") for i in range(n)], options(), options(**{"c d": 1})


def given_back(*args, **kwargs):
    return args, kwargs


def backs(n):
    a, k = given_back(n, x=n)
    b, m = given_back()
    return a, k, b, m, given_back(*a, **k), given_back(*a)[0] == a, given_back(2**70, 1.5, x=None)


def spread(n):
    t = (n, 2)
    u = [n, 3]
    return add(*t), add(*u), add(*t, scale=2), mul(*range(2)), add(1, *[2]), add(*t, *()), add(**{"a": 1, "b": n})


def keyword_only(a, *, b, c=3):
    return a, b, c


def keywords(n):
    return [keyword_only(i, b=2) for i in range(n)], [keyword_only(i, c=1, b=i) for i in range(n)]


def new_decorator(n):
    @counting
    def local(x):
        return x + n

    t = [local(i) for i in range(n)]
    return t, local.calls


def one_wrapper(f, n):
    return [f(i, i + 1) for i in range(n)]


def many_wrapped(n):
    return one_wrapper(add, n), one_wrapper(mul, n), one_wrapper(plain(add), n), one_wrapper(plain(max), n)


def replaced(n):
    global mul
    kept, t = mul, []
    try:
        for i in range(n):
            t.append(mul(i, 3))
            if i == 2:
                mul = plain(lambda a, b: a - b)
            if i == 4:
                mul = divmod
    finally:
        mul = kept
    return t


def cell_changed(n):
    def outer():
        def f(x):
            return x + 1

        def wrapper(*args):
            return f(*args)

        def change(g):
            nonlocal f
            f = g

        return wrapper, change

    w, change = outer()
    t = [w(i) for i in range(n)]
    change(lambda x: x * 10)
    t += [w(i) for i in range(n)]
    change(str)
    return t + [w(i) for i in range(n)]


def tally(n, other):
    """Attributes of functions: changed, deleted, in another dict, under names that all functions have."""

    def f():
        f.count += n
        return f.count

    f.count = 0
    t = [f() for _ in range(5)]
    f.first, f.count = f.count, "x" * n
    del f.first
    f.count = 7
    t.append(f())
    f.__dict__ = {"a": 1, "count": other}
    for _ in range(3):
        try:
            t.append(f())
        except TypeError as e:
            t.append(str(e))
    f.__name__ = "g"
    f.__dict__.clear()
    try:
        f()
    except AttributeError as e:
        t.append(str(e))
    f.__doc__ = f.count = [1]
    f.count.append(f)
    return t, f.__name__, f.__doc__[0], sorted(f.__dict__)


partial_add = functools.partial(add, 10, scale=2)


def partials(n):
    p = functools.partial(mul, 3)
    return [partial_add(i) + p(i) for i in range(n)], partial_add(1, scale=5)


def lists_through(n):
    t = []
    for i in range(n):
        data = [i, i + 1, i + 2]
        t.append(total(data) + total(data, start=i))
        data.append(9)
        t.append(len(data))
    return t


@plain
def total(values, start=0):
    s = start
    for v in values:
        s += v
    return s


def exits_in_wrapper(n):
    t = 0
    for i in range(n):
        t = add(t, 2**61)
    return t


def interned(*args, **kwargs):
    return [k is s for k, s in zip(kwargs, ("alpha", "beta"))], args


def same_keys(n):
    return [interned(i, alpha=1, beta=2) for i in range(n)]


# ---- wrappers that are short enough to be built in, with what they wrap


def clamped(low, high):
    def decorate(fn):
        def around(*args, **kwargs):
            result = fn(*args, **kwargs)
            if result < low:
                return low
            if result > high:
                return high
            return result
        return around
    return decorate


def with_first(fn):
    def around(first, *args, by=2, **kwargs):
        return fn(first * by, *args, last=by, **kwargs)
    return around


def gives_rest(fn):
    def around(*args, **kwargs):
        return args, kwargs, fn
    return around


@clamped(-20, 40)
def short_scaled(x, factor=3):
    return x * factor - 50


@clamped(0, 9)
def short_only_named(x, *, offset=1, by=1):
    return (x + offset) * by


@with_first
def short_last(x, y=5, *, last=0, more=7):
    return x * 1000 + y * 100 + last * 10 + more


@gives_rest
def short_given(x):
    return x


@clamped(-3, 3)
def short_divided(x, y):
    return x // y


class Rated:
    def __init__(self, rate):
        self.rate = rate

    @clamped(0, 30)
    def rated(self, n):
        return self.rate * n

    @with_first
    @plain
    def doubled(self, n, last=0):
        return self.rate + n * 2 + last

    def __mul__(self, other):
        return self.rate * other


def short_all(n):
    out = []
    r = Rated(7)
    for i in range(n):
        out.append((short_scaled(i * 5), short_scaled(i, factor=9), short_scaled(factor=i, x=2)))
        out.append((short_only_named(i), short_only_named(i, offset=i), short_only_named(i, by=2, offset=-i)))
        out.append((short_last(i), short_last(i, 1), short_last(i, by=3), short_last(i, 2, by=i, more=1)))
        out.append((r.rated(i), short_scaled(i + 0.5), short_scaled(2**62 + i), short_scaled(True)))
    return out


def short_mistakes(n):
    out = []
    for call in (lambda: short_scaled(), lambda: short_scaled(1, 2, 3), lambda: short_scaled(1, x=2), lambda: short_only_named(1, 2),
                 lambda: short_only_named(1, none=2), lambda: short_last(), lambda: short_last(1, last=3), lambda: short_scaled("a"),
                 lambda: Rated(2).doubled(3)):
        for _ in range(n):
            try:
                out.append(call())
            except (TypeError, AttributeError) as e:
                out.append(str(e))
    return out


def short_divides(n):
    out = []
    for i in range(n):
        for y in (2, -1, 0, 0.5):
            try:
                out.append(short_divided(i, y))
            except ZeroDivisionError as e:
                tb, lines = e.__traceback__, []
                while tb:
                    lines.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno, sorted(tb.tb_frame.f_locals)))
                    tb = tb.tb_next
                out.append((str(e), lines[1:]))
    return out


def short_gives(n):
    out = []
    for i in range(n):
        args, kwargs, fn = short_given(i, 2, a=i)
        kwargs["b"] = args
        again = short_given(i, 2, a=i)
        out.append((args, kwargs, fn.__name__, again[1], again[1] is kwargs, again[0] is args))
    return out


def short_keeps(n):
    """Who dies when, of arguments that only the wrapper has."""
    out = []
    for i in range(n):
        out.append((short_given(Dies(i), x=Dies("x"))[0], logged()))
        out.append(logged())
    out.clear()
    return logged()


def add_one(x):
    return x + 1


def take_one(x):
    return x - 1


short_adds = clamped(-5, 50)(add_one)
short_takes = clamped(-5, 50)(take_one)


def short_several(n):
    """The same wrapper around several functions, by name and as a value."""
    out = []
    for i in range(n):
        out.append((short_adds(i), short_takes(i)))
        for f in (short_adds, short_takes, short_scaled, add_one):
            out.append(f(i))
        f = short_takes if i % 3 else short_adds
        out.append(f(i))
    return out


def short_replaced(n):
    """What a wrapper has closed over becomes another function."""
    global short_adds
    out = []
    cell = next(c for c in short_adds.__closure__ if c.cell_contents is add_one)
    for i in range(n):
        if i == n // 2:
            cell.cell_contents = take_one
        if i == n - 3:
            cell.cell_contents = float
        out.append(short_adds(i))
        if i == n - 2:
            short_adds = short_takes
    short_adds = clamped(-5, 50)(add_one)
    return out


def total_of(fn):
    total = 0

    def around(*args, **kwargs):
        nonlocal total
        total += len(args) + len(kwargs)
        return fn(*args, **kwargs) + total
    return around


@total_of
def short_total(a, b=1, **more):
    return a * b


@total_of
def short_total_of_two(a, b=1):
    return a * b


def short_counts(n):
    out = []
    for i in range(n):
        out.append((short_total(i), short_total(i, b=2), short_total_of_two(i, 3), short_total_of_two(i, b=i)))
        try:
            short_total_of_two(i, None)
        except TypeError as e:
            out.append(str(e))
    return out


CASES = [
    (sums, (5,)),
    (sums, (300,)),
    (floats, (20,)),
    (big, (5,)),
    (strings, (4,)),
    (nested, (10,)),
    (counted, (4,)),
    (tells, (3,)),
    (retries, (7,)),
    (retried_out, (4,)),
    (checks, (4,)),
    (checked_fails, (-1,)),
    (checked_fails, (3,)),
    (memos, (30,)),
    (memos, (95,)),
    (memo_keys, ([(1,), (1.0,), (True,), ("1",), (), (1, 2), (1, 2), (2**80,), (None,), ((1, 2),)],)),
    (divides, (7,)),
    (extras, (3,)),
    (extra_twice, (3,)),
    (looks, (3,)),
    (changes, (4,)),
    (methods, (6,)),
    (kills, (3,)),
    (wrapped_deaths, (3,)),
    (wrong, (0,)),
    (wrong, (1,)),
    (wrong, (2,)),
    (wrong, (3,)),
    (wrong, (4,)),
    (wrong, (5,)),
    (wrong, (6,)),
    (wrong, (7,)),
    (wrong, (8,)),
    (wrong, (9,)),
    (wrong_caught, (10,)),
    (lines, (5,)),
    (raised, (2,)),
    (raised, (3,)),
    (withs, (7,)),
    (with_told, (5,)),
    (inherits, (3,)),
    (rests, (3,)),
    (optional, (3,)),
    (backs, (3,)),
    (spread, (3,)),
    (keywords, (3,)),
    (new_decorator, (6,)),
    (many_wrapped, (5,)),
    (replaced, (7,)),
    (cell_changed, (4,)),
    (partials, (5,)),
    (lists_through, (5,)),
    (exits_in_wrapper, (6,)),
    (same_keys, (3,)),
    (tally, (2, 5)),
    (tally, (1, 1.5)),
    (tally, (1, None)),
    (short_all, (9,)),
    (short_mistakes, (3,)),
    (short_divides, (4,)),
    (short_gives, (3,)),
    (short_keeps, (3,)),
    (short_several, (8,)),
    (short_replaced, (20,)),
    (short_counts, (5,)),
]


# f(*t) of a tuple or list that there is, of as many items as f has parameters, or of others.
def product(a, b, c=2):
    return a + b * c


def first_of(a, b):
    if a is None:
        raise ValueError(f"no {b}")
    return a


def frames_of(a, b):
    return a, b, sys._getframe(1).f_code.co_name, sorted(sys._getframe(0).f_locals)


def deep(n, rest):
    return n if n <= 0 else deep(*(rest[0], rest))


def count_down(n, step):
    t = n - step, step
    return n if n <= 0 else count_down(*t) + 1


def rows_given(rows):
    total = []
    for row in rows:
        total.append(product(*row))
    return total


def row_given(name, row):
    f = globals()[name]
    return f(*row), row


def name_given(name, row):
    f = eval(name)
    return f(*row), row


def caught_in_given(rows):
    found = []
    for row in rows:
        try:
            found.append(first_of(*row))
        except (ValueError, TypeError) as e:
            found.append((type(e).__name__, str(e), e.__traceback__.tb_next is not None))
    return found


def looked_at_in_given(rows):
    return [frames_of(*row) for row in rows]


def split_given(lines):
    return [first_of(*line.split(",")) for line in lines]


def tasks_given(tasks):
    done = []
    while tasks:
        name, args = tasks.pop()
        f = FUNCTIONS[name]
        done.append(f(*args))
    return done


class Mortal:
    def __init__(self, log, name):
        self.log, self.name = log, name

    def __del__(self):
        self.log.append(self.name)


def takes(a, b):
    a.log.append("taken")
    a = None
    b.log.append("first is gone")


def dies_when_given(n):
    log = []
    tuples = [(Mortal(log, f"a{i}"), Mortal(log, f"b{i}")) for i in range(n)]
    lists = [[Mortal(log, f"c{i}"), Mortal(log, f"d{i}")] for i in range(n)]
    while tuples:
        takes(*tuples.pop())
        log.append("then")
        takes(*lists.pop())
        log.append("then")
    return log


class Pair(tuple):
    def __iter__(self):
        return iter(("of", "Pair"))


class Row(list):
    def __iter__(self):
        return iter(("of", "Row"))


def replaced_when_given(rows):
    global first_of
    kept, found = first_of, []
    try:
        for row in rows:
            found.append(first_of(*row))
            first_of = lambda a, b: (b, a, "another")
    finally:
        first_of = kept
    return found


def changed_when_given(rows):
    for row in rows:
        first_of(*row)
        row.append(1) if isinstance(row, list) else None
    return rows


def defaults_given(rows):
    kept, found = product.__defaults__, []
    try:
        for row in rows:
            found.append(product(*row))
            product.__defaults__ = (5,)
    finally:
        product.__defaults__ = kept
    return found


FUNCTIONS = {"product": product, "first_of": first_of, "max": max, "Pair": Pair}
GIVEN = (
    [(1, 2, 3), (4, 5, 6)],
    [(1.5, 2, 3), (2**62, 2**62, 2**3), ("a", "b", 3)],
    [[1, 2, 3], (1, 2, 3)],
    [(1, 2), (1, 2, 3), (1,)],
    [(), (1, 2, 3)],
    [(1, 2), (None, 2), (3, 4)],
    [(1, 2), [None, "x"], (2, None)],
    [Pair((1, 2)), Row((1, 2))],
    ["ab", b"ab", {1: 2, 3: 4}, range(2), 5, None],
    [(1, 2, 3, 4), (1, 2, "c"), (1, "b", 2)],
    [(True, False), (0, -0.0)],
    [],
)
CASES.extend((f, (rows,)) for f in (rows_given, caught_in_given, looked_at_in_given, replaced_when_given, changed_when_given, defaults_given) for rows in GIVEN)
CASES.extend((f, (name, row)) for f in (row_given, name_given) for name in FUNCTIONS for rows in GIVEN[:8] for row in rows)
CASES.extend((split_given, (lines,)) for lines in (["a,b", "c,d"], ["a,b", "c"], ["a,b,c"], []))
CASES.extend((tasks_given, ([(name, (1, 2)), ("product", args), ("first_of", [3, 4])],)) for name in ("product", "first_of", "max") for args in ((1, 2), (1, 2, 3), (1,), "xy"))
CASES.extend([(dies_when_given, (n,)) for n in (0, 1, 2)] + [(deep, (3, r)) for r in ([0], [-1, 2])] + [(count_down, (n, 1)) for n in (0, 1, 30, 600)])


# f(x, *t, y): the tuple, or list, in between.
def added_given(rows):
    total = []
    for row in rows:
        total.append(product(*row, 3))
        total.append(product(len(total), *row))
    return total


def around_given(x, row, y):
    return product(x, *row, y), product(*row, x, None), first_of(y, *row), row


def around_unmade(x, y):
    t = x, y
    return product(*t, 3), product(x * 2, *t), product(*t, c=4), first_of(*t), product(*t, "abc"), first_of(*t, *t) if x is y else t


def around_split(line, x):
    words = line.split(",")
    return first_of(x, *words), words


def around_caught(rows):
    found = []
    for row in rows:
        try:
            found.append(first_of(None, *row))
        except (ValueError, TypeError) as e:
            found.append((type(e).__name__, str(e)))
    return found


def around_unbound(n):
    if n:
        t = n,
    return first_of(*t, u)


def around_mortal(n):
    log = []
    for i in range(n):
        t = (Mortal(log, f"a{i}"),)
        u = Mortal(log, f"b{i}")
        takes(*t, u)
        log.append("next")
        takes(Mortal(log, f"c{i}"), *t)
        log.append("then")
        t = None
    return log


def given_in_wrapper(f):
    def wrapper(*args):
        return f(*args, 7)

    return wrapper


added_seven = given_in_wrapper(product)


def wrapped_given(rows):
    return [added_seven(*row) for row in rows], added_seven(1, 2)


CASES.extend((f, (rows,)) for f in (added_given, around_caught, wrapped_given) for rows in GIVEN + ([(1,), (2,)], [[1], (1,), (2**62,), ("a",)], [(1, 2.5), (2**62, 2**62), (None, "b")]))
CASES.extend((around_given, (x, row, y)) for x in (1, 2.5, 2**62) for row in ((2,), [2], (2.5,), (2**62,), (1, 2), (), "a", "ab", 5, None, Row([1]), Pair([1])) for y in (3, None))
CASES.extend((around_unmade, (x, y)) for x in (1, 2.5, 2**62, "a") for y in (1, 2**62, 3))
CASES.extend([(around_split, (line, x)) for line in ("a", "a,b", "") for x in (1, None)] + [(around_unbound, (n,)) for n in (0, 1)] + [(around_mortal, (n,)) for n in (0, 1, 2)])
