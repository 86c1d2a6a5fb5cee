"""functools.lru_cache() and cache(): results, counts, what is thrown out and when it dies, keys of all kinds, exceptions, recursion, caches that
change while they are asked."""
import functools


def counted(f):
    info = f.cache_info()
    f.cache_clear()
    return tuple(info)


@functools.lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@functools.cache
def paths(r, c):
    if r == 0 or c == 0:
        return 1
    return paths(r - 1, c) + paths(r, c - 1)


@functools.lru_cache
def collatz(n):
    return 1 if n == 1 else 1 + collatz(n // 2 if n % 2 == 0 else 3 * n + 1)


@functools.lru_cache(maxsize=3)
def few(n):
    log.append(n)
    return [n]


@functools.lru_cache(maxsize=0)
def none(n):
    log.append(n)
    return n


@functools.lru_cache(maxsize=2, typed=True)
def typed(n):
    return type(n).__name__


@functools.lru_cache(maxsize=4)
def fails(n):
    log.append(n)
    if n % 2:
        raise ValueError(n)
    return n


@functools.cache
def any_key(*args, **kwargs):
    log.append((args, sorted(kwargs)))
    return len(args)


log = []


class Key:
    def __init__(self, x, hashed):
        self.x, self.hashed = x, hashed

    def __hash__(self):
        log.append("hash %s" % self.x)
        return self.hashed

    def __eq__(self, other):
        log.append("%s == %s" % (self.x, getattr(other, "x", other)))
        return self is other

    def __repr__(self):
        return "Key(%s)" % self.x


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        log.append("dies %s" % self.name)


@functools.lru_cache(maxsize=2)
def made(n):
    return Dies(n)


class Thing:
    def __init__(self, n):
        self.n = n

    @functools.lru_cache(maxsize=8)
    def times(self, m):
        return self.n * m


@functools.lru_cache(maxsize=2)
def reenters(n):
    log.append(n)
    if n > 0:
        reenters(n - 1)
        reenters(n - 2)
    return n


@functools.lru_cache(maxsize=2)
def clears(n):
    if n == 3:
        clears.cache_clear()
    return 0 if n == 0 else clears(n - 1) + 1


@functools.cache
def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


def fibs(n):
    t = [fib(i) for i in range(n)]
    return t, counted(fib)


def grid(n):
    return paths(n, n), counted(paths)


def longest(n):
    best = 0
    for i in range(1, n):
        best = max(best, collatz(i))
    return best, counted(collatz)


def thrown_out(order):
    del log[:]
    t = [few(n) for n in order]
    same = [t[i] is t[k] for i in range(len(t)) for k in range(i)]
    return t, same, log[:], counted(few)


def not_kept(n):
    del log[:]
    return [none(i % 2) for i in range(n)], log[:], counted(none)


def by_type(values):
    return [typed(v) for v in values], counted(typed)


def kept_by_type(values):
    return [any_key(v) for v in values], counted(any_key)


def errors(n):
    del log[:]
    t = []
    for i in range(n):
        try:
            t.append(fails(i % 4))
        except ValueError as e:
            t.append(str(e))
    return t, log[:], counted(fails)


def error_leaves(n):
    counted(fails)
    return fails(n)


def wrong(what):
    if what == 0:
        return few([1])
    if what == 1:
        return few()
    if what == 2:
        return few(1, 2)
    if what == 3:
        return few(([1], 2))
    return few(n=1), few(m=2)


def keys(hashed):
    del log[:]
    counted(any_key)
    a, b = Key("a", hashed), Key("b", hashed)
    t = [any_key(a), any_key(b), any_key(a), any_key(a, b), any_key(a, b), any_key(), any_key(), any_key(7), any_key(7.0)]
    return t, log[:], counted(any_key)


def few_keys(n):
    del log[:]
    counted(few)
    ks = [Key(i, i % 2) for i in range(n)]
    for k in ks:
        few(k)
        few(ks[0])
    r = log[:], tuple(few.cache_info())
    few.cache_clear()
    return str(r)


def lives(order):
    del log[:]
    for n in order:
        made(n)
        log.append(n)
    made.cache_clear()
    return log[:]


def methods(n):
    a, b = Thing(2), Thing(3)
    Thing.times.cache_clear()
    t = [a.times(i) + b.times(i % 3) for i in range(n)]
    return t, counted(Thing.times)


def reentered(n):
    del log[:]
    return reenters(n), log[:], counted(reenters)


def cleared(n):
    return clears(n), counted(clears)


def too_deep(n):
    counted(deep)
    try:
        return deep(n)
    except RecursionError as e:
        return str(e)[:33], deep.cache_info().currsize


def words(text):
    del log[:]
    return [few(w) for w in text.split()], log[:], counted(few)


def attributes():
    few.extra = 3
    return few.extra, few.__wrapped__.__name__, few.cache_parameters()


class Called:
    """What only looks like it."""

    def __call__(self, n):
        return n + 1


called = Called()


def replaced(n):
    global collatz
    kept, t = collatz, []
    try:
        for i in range(1, n):
            t.append(collatz(i))
            if i == 3:
                collatz = called
    finally:
        collatz = kept
    return t, counted(collatz)


CASES = [
    (fibs, (60,)),
    (fibs, (120,)),
    (grid, (6,)),
    (longest, (60,)),
    (longest, (300,)),
    (thrown_out, ([1, 2, 3, 1, 4, 2, 1, 1, 3, 4, 5, 1],)),
    (thrown_out, ([1, 1, 1],)),
    (not_kept, (5,)),
    (by_type, ([1, 1.0, True, 1, "1", 1.0],)),
    (kept_by_type, ([1, 1.0, True, "1", 2**80, 2**80, None, (), (1,), ((1,),), b"1"],)),
    (errors, (9,)),
    (error_leaves, (3,)),
    (error_leaves, (2,)),
    (wrong, (0,)),
    (wrong, (1,)),
    (wrong, (2,)),
    (wrong, (3,)),
    (wrong, (4,)),
    (keys, (1,)),
    (keys, (7,)),
    (few_keys, (6,)),
    (lives, ([1, 2, 3, 2, 1, 3],)),
    (methods, (6,)),
    (reentered, (5,)),
    (cleared, (6,)),
    (too_deep, (100,)),
    (too_deep, (3000,)),
    (words, ("a b a c d a e b",)),
    (attributes, ()),
    (replaced, (8,)),
]
