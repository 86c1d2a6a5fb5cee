"""Functions with cells that are built into their callers: counters and accumulators with nonlocal, functions of functions; what is left in
the middle of them, cells that are empty, hold something else, or that others see."""
CASES = []
ALL_FIRST = True  # what is called is known when native code is made


def counter(start, step):
    n = start

    def inc():
        nonlocal n
        n += step
        return n

    def peek():
        return n

    def reset(value):
        nonlocal n
        n = value

    return inc, peek, reset


def count(start, step, n):
    inc, peek, reset = counter(start, step)
    total = 0
    for i in range(n):
        total += inc()
    return total, peek(), reset(start), peek(), inc.__closure__[0].cell_contents


def two(n):
    a, _, _ = counter(0, 1)
    b, _, _ = counter(0.5, 2)
    out = 0
    for i in range(n):
        f = a if i % 3 else b
        out += f()
    return out, a(), b()


def statistics(values):
    total = 0.0
    n = 0
    biggest = None

    def add(x):
        nonlocal total, n, biggest
        total += x
        n += 1
        if biggest is None or x > biggest:
            biggest = x

    try:
        for v in values:
            add(v)
    except TypeError as e:
        return str(e), total, n, biggest
    return total, n, biggest


def halfway(values):
    """The second change leaves native code behind the first one."""
    n = m = 0

    def add(x):
        nonlocal n, m
        n += 1
        m += x
        return n

    out = []
    for v in values:
        try:
            out.append(add(v))
        except TypeError as e:
            out.append((str(e), n, m))
    return out, n, m


def shared(n):
    x = 1

    def double():
        nonlocal x
        x *= 2
        return x

    def less():
        nonlocal x
        x -= 1
        return x

    total = 0
    for i in range(n):
        total += double() + less() + x
    return total, x


def itself(n):
    last = 0

    def swap(x):
        nonlocal last
        old = last
        last = x
        return old

    out = []
    for i in range(n):
        out.append(swap(i * 1000))
        out.append(swap(i / 2))
    return out, last


def empty(early):
    def f():
        return z + 1

    if early:
        try:
            return f()
        except NameError as e:
            return str(e)
    z = 1
    return f(), f()


def deleted(n):
    x = 1

    def f(y):
        return x + y

    out = 0
    for i in range(n):
        if i == n - 1:
            del x
        try:
            out += f(i)
        except NameError as e:
            return str(e), out
    return out


def of_strs(words):
    text = ""

    def add(w):
        nonlocal text
        text += w
        return len(text)

    return [add(w) for w in words], text


def compose(f, g):
    return lambda x: f(g(x))


def composed(xs):
    f = compose(lambda x: x + 1, compose(lambda x: x * 2, lambda x: x - 3))
    out = []
    for x in xs:
        try:
            out.append(f(x))
        except TypeError as e:
            out.append(str(e))
    return out


def integrate(f, a, b, n):
    h = (b - a) / n
    s = 0.5 * (f(a) + f(b))
    for i in range(1, n):
        s += f(a + i * h)
    return s * h


def integrals(n):
    return [integrate(lambda x: x * x + k * x, 0.0, 1.0, n) for k in (0, 1.5, 2**70, True)]


def table(n):
    functions = [lambda x: x + 1, lambda x: x * 2, lambda x: x - 3, lambda x: x / 2]
    total = 0
    for i in range(n):
        total += functions[i % 4](i)
    return total


def adders(n):
    functions = [lambda x, i=i: x + i for i in range(5)]
    total = 0
    for k in range(n):
        total += functions[k % 5](k)
    return total, functions[2](1, 7)


class Dies:
    log = []

    def __del__(self):
        Dies.log.append("died")


def replaced(n):
    """What was in the cell dies when a number takes its place."""
    thing = Dies()

    def put(x):
        nonlocal thing
        thing = x
        return len(Dies.log)

    del Dies.log[:]
    return [put(i) for i in range(n)], Dies.log


def kept(n):
    """A generator sees the cell."""
    x = 0

    def put(v):
        nonlocal x
        x += v

    def values():
        while True:
            yield x

    g, out = values(), []
    for i in range(n):
        put(i)
        out.append(next(g))
    return out


def recursive(n):
    calls = 0

    def fib(k):
        nonlocal calls
        calls += 1
        return k if k < 2 else fib(k - 1) + fib(k - 2)

    return fib(n), calls


def limiter(rate, burst):
    tokens = burst
    last = 0.0
    dropped = 0

    def allow(now):
        nonlocal tokens, last, dropped
        tokens = min(burst, tokens + (now - last) * rate)
        last = now
        if tokens >= 1.0:
            tokens -= 1.0
            return True
        dropped += 1
        return False

    return allow, lambda: (tokens, last, dropped)


def limited(n, burst):
    allow, report = limiter(5.0, burst)
    passed = 0
    for i in range(n):
        if allow(i * 0.05):
            passed += 1
    return passed, report()


BIG = 2**62
for start, step in ((0, 1), (0.5, 1), (1, 0.25), (BIG, BIG), (-BIG, -BIG), (True, 1), (0, True), (2**70, 1), ("", "a"), (0, "a")):
    if isinstance(start, str) == isinstance(step, str) == False:
        CASES += [(count, (start, step, n)) for n in (0, 1, 9, 40)]
CASES += [(two, (n,)) for n in (1, 7, 30)] + [(shared, (n,)) for n in (1, 5, 70)] + [(itself, (n,)) for n in (1, 9)] + [(empty, (e,)) for e in (0, 1)]
CASES += [(f, (xs,)) for f in (statistics, halfway) for xs in ([], [1.5, 2.5, 0.5], [1, 2, 3], [1, 2.5, BIG, BIG, 3], [1.5, "a", 2.5], [1, None], [True, 2], [float("nan"), 1.0])]
CASES += [(deleted, (n,)) for n in (1, 9)] + [(of_strs, (["a", "b", "cd"],)), (of_strs, (["a", 1],))]
CASES += [(composed, (xs,)) for xs in ([1, 2, 3], [1.5, 2], ["a", 1], [BIG, BIG * 2], [None])] + [(integrals, (n,)) for n in (1, 20)]
CASES += [(f, (n,)) for f in (table, adders, kept, replaced) for n in (1, 4, 30)] + [(recursive, (n,)) for n in (1, 12)]
CASES += [(limited, (n, b)) for n in (3, 60) for b in (10.0, 3, True)]
