"""with over classes: their __enter__ and __exit__ are called directly, also by an exception."""
import sys
import threading

LOG = []


class Counts:
    def __init__(self):
        self.n = 0
        self.most = 0

    def __enter__(self):
        self.n += 1
        if self.n > self.most:
            self.most = self.n
        return self

    def __exit__(self, kind, value, traceback):
        self.n -= 1


class Itself:
    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        return None


class Swallows:
    def __init__(self, kind):
        self.kind = kind

    def __enter__(self):
        return self.kind.__name__

    def __exit__(self, kind, value, traceback):
        LOG.append((kind and kind.__name__, repr(value), traceback and traceback.tb_lineno))
        return kind is self.kind


class Transaction:
    """Nested: the inner one's changes are undone by its exception."""

    def __init__(self, rows):
        self.rows = rows

    def __enter__(self):
        self.saved = list(self.rows)
        return self.rows

    def __exit__(self, kind, value, traceback):
        if kind is not None:
            self.rows[:] = self.saved
        return False


class Fails:
    def __init__(self, where):
        self.where = where

    def __enter__(self):
        if self.where == "enter":
            raise ValueError("no entry")
        return 7

    def __exit__(self, kind, value, traceback):
        if self.where == "exit":
            raise OSError("no exit")
        return False


class Dies:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        return len(self.name)

    def __exit__(self, kind, value, traceback):
        LOG.append("exit " + self.name)

    def __del__(self):
        LOG.append("%s dies in line %d" % (self.name, sys._getframe(1).f_lineno))


class All:
    def __enter__(self):
        return self

    def __exit__(self, *what):
        LOG.append([w is None for w in what])


class Static:
    @staticmethod
    def __enter__():
        return "static"

    @staticmethod
    def __exit__(kind, value, traceback):
        LOG.append(kind)


class NoExit:
    def __enter__(self):
        return self


class Looks:
    def __enter__(self):
        return sys._getframe(1).f_lineno

    def __exit__(self, kind, value, traceback):
        LOG.append((sys._getframe(1).f_lineno, sys.exc_info()[0], kind))
        return True


def logged(*result):
    seen, LOG[:] = LOG[:], []
    return result, seen


def counts(n):
    c = Counts()
    total = 0
    for i in range(n):
        with c as inner:
            total += inner.n * i
            with inner:
                total += c.n
    return total, c.n, c.most


def leaves_loops(n):
    m = Itself()
    seen = []
    for i in range(n):
        with m as same:
            seen.append(same is m)
            if i == 2:
                continue
            if i == 5:
                break
            if i == n - 1:
                return "early", seen
    return "end", seen


def swallowed(texts):
    got = []
    for text in texts:
        with Swallows(ValueError) as name:
            got.append((name, int(text)))
        with Swallows(KeyError) as name:
            got.append({"1": "one"}[text])
    return logged(got)


def not_swallowed(text):
    try:
        with Swallows(KeyError):
            int(text)
    except ValueError as e:
        return logged(str(e), e.__traceback__.tb_lineno - not_swallowed.__code__.co_firstlineno)
    return logged("fine")


def undone(amounts):
    rows = []
    failed = 0
    for amount in amounts:
        try:
            with Transaction(rows) as outer:
                outer.append(amount)
                with Transaction(rows) as inner:
                    inner.append(100 // amount)
        except ZeroDivisionError:
            failed += 1
    return rows, failed


def fails(where):
    with Fails(where) as seven:
        return seven


def fails_in_try(where):
    try:
        with Fails(where) as seven:
            x = seven + 1 if where != "body" else [][seven]
    except (ValueError, OSError, IndexError) as e:
        return type(e).__name__, str(e), type(e.__context__).__name__
    return x


def dies():
    with Dies("temporary") as n:
        LOG.append("body %d" % n)
    LOG.append("behind")
    return logged(n)


def dies_by_exception():
    try:
        with Dies("temporary"):
            [].pop()
    except IndexError as e:
        LOG.append("handler " + str(e))
    return logged()


def varargs(n):
    for i in range(n):
        with All():
            pass
    try:
        with All():
            raise KeyError(n)
    except KeyError as e:
        return logged(e.args)


def mixed(n):
    lock = threading.Lock()
    managers = [Counts(), Itself(), lock, Swallows(KeyError), Static(), All()]
    seen = []
    for i in range(n):
        with managers[i % len(managers)] as m:
            seen.append(m if type(m) in (str, bool) else type(m).__name__)
    return logged(seen, lock.locked(), managers[0].n)


def protocol(what):
    try:
        with what() if what in (NoExit, Itself) else what:
            return "in"
    except (TypeError, AttributeError) as e:
        return type(e).__name__, str(e)


def changed():
    seen = []

    def other(self, kind, value, traceback):
        seen.append("other")

    class Changes:
        def __enter__(self):
            return self

        def __exit__(self, kind, value, traceback):
            seen.append("first")

    for i in range(4):
        with Changes():
            if i == 1:
                Changes.__exit__ = other
    return seen


class Replaced:
    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        LOG.append("first")


def second(self, kind, value, traceback):
    LOG.append("second")


def replaced(n):
    first = Replaced.__exit__
    for i in range(n):
        with Replaced() as r:
            if i == 2:
                Replaced.__exit__ = second
            if i == 4:
                r.__exit__ = None  # of an instance: not asked
    Replaced.__exit__ = first
    return logged()


def looks():
    first = looks.__code__.co_firstlineno
    with Looks() as line:
        LOG.append(line - first)
        raise RuntimeError
    LOG[1:] = [(LOG[1][0] - first,) + LOG[1][1:]]
    return logged()


def in_generator(n):
    c = Counts()
    for i in range(n):
        with c:
            yield i, c.n
    yield c.n


def generated(n):
    return list(in_generator(n))


def closed(n):
    g = in_generator(n)
    got = [next(g), next(g)]
    g.close()
    return got


def leaves(x):
    """Native code is left in the body, and in __exit__."""
    c = Counts()
    with c:
        x = x * x + 1
    c.n = 2**70
    with c as d:
        y = d.n
    return x, y, c.n


def several(texts):
    c, s = Counts(), Swallows(ValueError)
    total = 0
    for text in texts:
        with c as inner, s, c:
            total += int(text) * inner.n
    return logged(total, c.n)


def dies_in_loop(n):
    for i in range(n):
        with Dies("x" * i) as length:
            if length == 2:
                continue
    return logged()


def rebound(n):
    m = Itself()
    for i in range(n):
        with m as x:
            m = x = Counts()
            LOG.append(type(m).__name__)
        m = Itself()
    return logged()


def retried(n):
    """A pool's resources are given back whatever happens."""
    pool = Counts()
    tries = 0
    last = None
    for attempt in range(n):
        try:
            with pool:
                tries += pool.n
                if attempt < n - 1:
                    raise ConnectionError(attempt)
                return "done", tries, pool.n, str(last)
        except ConnectionError as e:
            last = e.args[0]
            continue
    return "given up", tries, pool.n


CASES = [
    (counts, (5,)),
    (counts, (0,)),
    (leaves_loops, (3,)),
    (leaves_loops, (4,)),
    (leaves_loops, (9,)),
    (swallowed, (["1", "x", "2"],)),
    (swallowed, (["1", None],)),
    (not_swallowed, ("5",)),
    (not_swallowed, ("y",)),
    (undone, ([5, 0, 7, 0],)),
    (undone, ([5, "a"],)),
    (fails, ("enter",)),
    (fails, ("exit",)),
    (fails, ("",)),
    (fails_in_try, ("enter",)),
    (fails_in_try, ("exit",)),
    (fails_in_try, ("body",)),
    (fails_in_try, ("",)),
    (dies, ()),
    (dies_by_exception, ()),
    (dies_in_loop, (4,)),
    (varargs, (3,)),
    (mixed, (14,)),
    (protocol, (5,)),
    (protocol, (NoExit,)),
    (protocol, (Itself,)),
    (protocol, (Counts,)),
    (changed, ()),
    (replaced, (6,)),
    (looks, ()),
    (generated, (3,)),
    (closed, (4,)),
    (leaves, (3,)),
    (leaves, (2**40,)),
    (leaves, (1.5,)),
    (several, (["1", "x", "2"],)),
    (rebound, (3,)),
    (retried, (3,)),
    (retried, (0,)),
]
