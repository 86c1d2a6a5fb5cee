"""with over what contextlib.contextmanager() makes: the generator's body is built in around that of the with."""
import contextlib
import sys
from contextlib import contextmanager

LOG = []


class State:
    def __init__(self):
        self.depth = 0
        self.items = []


@contextmanager
def deeper(state):
    state.depth += 1
    try:
        yield state
    finally:
        state.depth -= 1


@contextmanager
def setting(settings, name, value=5):
    old = settings[name]
    settings[name] = value
    yield
    settings[name] = old


@contextmanager
def pushed(items, x):
    items.append(x)
    try:
        yield len(items)
    finally:
        items.pop()


@contextmanager
def swallows(kind):
    """Documented."""
    try:
        yield kind.__name__
    except kind as e:
        LOG.append((type(e).__name__, str(e)))


@contextmanager
def never():
    if LOG:
        yield 1


@contextmanager
def too_often(n):
    for i in range(n):
        yield i


@contextmanager
def fails(where):
    if where == "enter":
        LOG[5]
    yield where
    if where == "exit":
        {}["k"]


@contextmanager
def looks():
    LOG.append((sys._getframe(0).f_code.co_name, sys._getframe(1).f_code.co_name, sys._getframe(2).f_lineno))
    yield
    LOG.append((sys._getframe(0).f_code.co_name, sys._getframe(1).f_code.co_name, sys._getframe(2).f_lineno))


@contextmanager
def calls(state):
    note(state)
    yield
    note(state)


def note(state):
    LOG.append((state.depth, sys._getframe(1).f_code.co_name))


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(self.name)


@contextmanager
def holds(x):
    held = Dies("held")
    yield x
    LOG.append("leaving")


class Base:
    def __init__(self):
        self.open = 0

    @contextmanager
    def transaction(self, n=1):
        self.open += n
        yield self
        self.open -= n

    def work(self, n):
        total = 0
        for i in range(n):
            with self.transaction() as t, self.transaction(n=3):
                total += t.open * i
        return total, self.open


def depths(n):
    state, total = State(), 0
    for i in range(n):
        with deeper(state) as s:
            with deeper(s):
                total += s.depth
    return total, state.depth


def settings(n):
    d, out = {"a": 1, "b": 2.5}, []
    for i in range(n):
        with setting(d, "a", i), setting(d, "b"):
            out.append(dict(d))
    return out, d


def stacked(items):
    stack, out = [], []
    for x in items:
        with pushed(stack, x) as n:
            with pushed(stack, n) as m:
                out.append((n, m, list(stack)))
    return out, stack


def leaves(items, value):
    state = State()
    for x in items:
        with deeper(state) as s:
            if x == value:
                return "returned", state.depth, s is state
            if x is None:
                continue
            if x == "stop":
                break
            s.items.append(x)
    return state.items, state.depth


def returned(items, value):
    state = State()
    return leaves(items, value), state.depth


def raises(items):
    LOG.clear()
    state, out = State(), []
    for x in items:
        try:
            with deeper(state) as s, swallows(ValueError) as name:
                s.items.append(int(x))
                out.append(name)
        except TypeError as e:
            out.append((str(e), state.depth))
    return out, state.depth, state.items, list(LOG)


def wrong(n):
    LOG.clear()
    out = []
    for k in range(n):
        try:
            with never():
                out.append("body")
        except RuntimeError as e:
            out.append((str(e), type(e.__cause__), type(e.__context__)))
        try:
            with too_often(k):
                out.append(k)
        except RuntimeError as e:
            out.append(str(e))
    return out


def failing(where):
    LOG.clear()
    out = []
    for k in range(3):
        try:
            with fails(where) as w:
                out.append(w)
                if where == "body":
                    1 / 0
        except (IndexError, KeyError, ZeroDivisionError) as e:
            tb = e.__traceback__
            while tb:
                out.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
                tb = tb.tb_next
    return out


def uncaught(where):
    with fails(where) as w:
        if where == "body":
            1 / 0
    return w


def looking(n):
    LOG.clear()
    for k in range(n):
        with looks():
            LOG.append(k)
    return list(LOG)


def calling(n):
    LOG.clear()
    state = State()
    for k in range(n):
        with calls(state):
            state.depth += 1
    return list(LOG)


def dying(n):
    LOG.clear()
    for k in range(n):
        with holds(Dies("given")) as x:
            LOG.append("body")
            x = None
        LOG.append("after")
    return list(LOG)


def grown(start, n):
    state = State()
    state.depth = start
    for k in range(n):
        with deeper(state) as s:
            s.depth += s.depth
    return state.depth


def kept(n):
    """A manager that is an object."""
    state, out = State(), []
    for k in range(n):
        manager = deeper(state)
        with manager as s:
            out.append(s.depth)
        out.append(type(manager).__name__)
    return out


def at_exit(items):
    """Leaves within the body: the manager is made then."""
    state, out = State(), []
    for x in items:
        with deeper(state) as s:
            y = x * 2
            frame = sys._getframe()
            out.append((y, s.depth, frame.f_lineno - frame.f_code.co_firstlineno))
    return out, state.depth


def patched(n):
    class Mine(contextlib._GeneratorContextManager):
        def __enter__(self):
            LOG.append("mine")
            return super().__enter__()

    LOG.clear()
    state, old, total = State(), contextlib._GeneratorContextManager, 0
    try:
        for k in range(n):
            with deeper(state) as s:
                total += s.depth
            if k == 2:
                contextlib._GeneratorContextManager = Mine
    finally:
        contextlib._GeneratorContextManager = old
    return total, list(LOG)


def replaced(n):
    global deeper
    old, total, state = deeper, 0, State()
    try:
        for k in range(n):
            with deeper(state) as s:
                total += s.depth if s else 1000
            if k == 2:
                deeper = contextlib.nullcontext
    finally:
        deeper = old
    return total


def methods(n):
    return Base().work(n)


def generated(n):
    state = State()
    for k in range(n):
        with deeper(state) as s:
            yield s.depth
    yield state.depth


def consumed(n):
    return list(generated(n))


def wrapped(n):
    @deeper(State())
    def inner(x):
        return x + 1

    return sum(inner(k) for k in range(n))


SIZES = [0, 1, 2, 3, 5, 12]
CASES = [
    (f, (n,))
    for f in (depths, settings, wrong, looking, calling, dying, kept, patched, replaced, methods, consumed, wrapped)
    for n in SIZES
]
CASES += [(stacked, (items,)) for items in ([], [1, 2, 3], ["a", None, 1.5])]
CASES += [(f, (items, value)) for f in (leaves, returned) for items in ([], [1, 2, 3], [1, None, 2, "stop", 4]) for value in (2, 4, "no")]
CASES += [(raises, (items,)) for items in ([], ["1", "2"], ["1", "x", "3"], [None, "x", "2", None], [[], "5"])]
CASES += [(f, (where,)) for f in (failing, uncaught) for where in ("", "enter", "body", "exit")]
CASES += [(grown, (start, n)) for start in (0, 1.5, 2**40, 2**61, 2**62) for n in (1, 3, 9)]
CASES += [(at_exit, (items,)) for items in ([], [1, 2], [1, 2**62, 3], [1.5, "a", [1]], [1, None])]
