"""Exceptions that go on their way from a handler or from finally: which lines and frames their tracebacks have, what is being handled
then, what dies and when; and the attributes that exceptions are given."""
import sys

LOG = []


def told():
    said = LOG[:]
    LOG.clear()
    return said


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(f"del {self.name}")


def trace(e):
    lines, at = [], e.__traceback__
    while at:
        lines.append((at.tb_frame.f_code.co_name, at.tb_lineno, at.tb_frame.f_lineno))
        at = at.tb_next
    return lines


def active():
    kind, value, _ = sys.exc_info()
    return kind and kind.__name__, value and value.args


class Custom(Exception):
    def __init__(self, code, text):
        super().__init__(text)
        self.code = code
        self.text = text
        self.more = [code]


class Other(Custom):
    level = 3

    def __init__(self, code):
        Custom.__init__(self, code, "other")
        self.first = code


class Slotted(Exception):
    __slots__ = ("code",)

    def __init__(self, code):
        self.code = code


class Computed(Exception):
    @property
    def code(self):
        return 42


def inner(n):
    if n > 2:
        raise ValueError(n)
    if n < 0:
        raise Custom(n, "less")
    return n


def again(n):
    try:
        return inner(n)
    except ValueError:
        raise


def again_named(n):
    kept = Dies("kept")
    try:
        return inner(n)
    except ValueError as e:
        n += 1
        raise


def again_later(n, items):
    for i in items:
        try:
            n += inner(i)
        except ValueError:
            n += 100
            if i > 5:
                raise
    return n


def last(n):
    try:
        return inner(n) + 1
    finally:
        n += 1
        LOG.append(n)


def last_in_loop(items):
    for item in items:
        held = Dies(f"held {item}")
        try:
            inner(item)
        finally:
            LOG.append(active())


def not_mine(n):
    try:
        return inner(n)
    except KeyError:
        return -1


def not_mine_in_loop(items):
    s = 0
    for item in [Dies("in list"), *items]:
        if type(item) is Dies:
            continue
        try:
            s += inner(item)
        except (KeyError, IndexError):
            s -= 1
    return s


def from_other(n):
    try:
        return inner(n)
    except ValueError as e:
        raise Custom(n, "from") from e


def in_handler(n):
    try:
        return inner(n)
    except ValueError:
        return inner(n + 1)


def without_traceback(n):
    try:
        return inner(n)
    except ValueError as e:
        e.__traceback__ = None
        raise


def other_traceback(n):
    try:
        return inner(n)
    except ValueError as e:
        e.with_traceback(e.__traceback__.tb_next)
        raise


def twice(n):
    try:
        try:
            return inner(n)
        except ValueError:
            raise
    except ValueError:
        n += 1
        raise


def bare(n):
    try:
        raise
    except RuntimeError as e:
        return str(e), trace(e)
    except ValueError as e:
        return n, e.args


def bare_of_caller(n):
    try:
        return inner(n)
    except ValueError:
        return bare(n)


def bare_only():
    raise


def calls_bare_only(n):
    try:
        return inner(n)
    except ValueError:
        bare_only()


def generator(n):
    for i in range(n):
        try:
            yield inner(i)
        except ValueError:
            raise
        finally:
            LOG.append(i)


def of_generator(n):
    return list(generator(n))


def with_cell(n):
    def add(k):
        nonlocal n
        n += k
        return n

    try:
        return inner(add(1))
    except ValueError:
        add(10)
        raise
    finally:
        LOG.append(n)


def deep(n, k):
    try:
        return deep(n, k - 1) if k else inner(n)
    except KeyError:
        return 1
    except ValueError:
        if k % 2:
            raise
        raise


def managed(n):
    with Manager() as m:
        m.n += inner(n)
    return m.n


class Manager:
    n = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, value, where):
        LOG.append(kind and kind.__name__)


FUNCTIONS = {
    f.__name__: f
    for f in (again, again_named, last, not_mine, from_other, in_handler, without_traceback, other_traceback, twice, with_cell)
}
FUNCTIONS["managed"] = managed
IN_LOOPS = {f.__name__: f for f in (last_in_loop, not_mine_in_loop)}


def caught(name, n):
    function = FUNCTIONS[name]
    try:
        return function(n), active()
    except Exception as e:
        return type(e).__name__, e.args, trace(e), repr(e.__cause__), repr(e.__context__), active()


def caught_again(n):
    total = []
    for i in range(n):
        try:
            total.append(again(i))
        except ValueError as e:
            total.append(trace(e))
    return total


def caught_last(n):
    total = []
    for i in range(n):
        try:
            total.append(last(i))
        except ValueError as e:
            total.append(trace(e))
    return total


def caught_named(n):
    try:
        return again_named(n)
    except ValueError as e:
        return trace(e), told()


def caught_unmatched(n):
    total = 0
    for i in range(n):
        try:
            total += not_mine(i)
        except ValueError as e:
            total += e.args[0] * 100
    return total, active()


def caught_loop(name, items):
    function = IN_LOOPS[name]
    try:
        return function(items), told()
    except ValueError as e:
        where = trace(e)
        del e
        return where, told()


def caught_later(items):
    try:
        return again_later(1, items)
    except ValueError as e:
        return trace(e)


def caught_deep(n, k):
    try:
        return deep(n, k)
    except ValueError as e:
        return trace(e)


def same_traceback(n):
    try:
        again(n)
    except ValueError as e:
        first = e.__traceback__
        try:
            raise
        except ValueError as f:
            return f is e, f.__traceback__ is first, trace(f)


def frame_of(n):
    try:
        again_named(n)
    except ValueError as e:
        frame = e.__traceback__.tb_next.tb_frame
        return frame.f_code.co_name, sorted(frame.f_locals), frame.f_locals["n"]


def given(items):
    found = []
    for item in items:
        try:
            if item > 3:
                raise Other(item)
            if item > 1:
                raise Custom(item, "many")
            raise Slotted(item)
        except Other as e:
            e.code += 1
            found.append((e.code, e.first, e.text, e.more, e.level, e.args))
        except Custom as e:
            found.append((e.code, e.text, e.more[0], str(e)))
        except Slotted as e:
            found.append(e.code)
    return found


def code_of(e):
    return e.code


def codes(items):
    total = []
    for item in items:
        try:
            total.append(code_of(item))
        except AttributeError as e:
            total.append(str(e))
    return total


def exceptions():
    a, b, c = Custom(1, "a"), Custom(2, "b"), Custom(3, "c")
    del b.code
    c.__dict__ = {"text": 1, "more": 2, "code": "moved"}
    d = Custom(4, "d")
    d.__dict__ = type("Own", (dict,), {})(code="own")
    e = ValueError(1)
    f = ValueError(2)
    f.code = 2.5
    g = Custom(5, "e")
    g.__dict__[7] = 8
    h = Custom(2**70, "h")
    h.code = 9
    return [a, b, c, d, e, f, g, h, Other(6), Slotted(7), Computed(), a, a, h, Custom(-1, "")]


def all_codes(n):
    return codes(exceptions() * n)


def sums(items):
    total = 0
    for item in items:
        try:
            raise Custom(item, "sum")
        except Custom as e:
            total += e.code
            e.code = None
    return total


CASES = [
    *((caught, (name, n)) for name in FUNCTIONS for n in (1, 3, -1)),
    *((function, (n,)) for function in FUNCTIONS.values() for n in (1, 3)),
    (caught_again, (6,)),
    (caught_last, (6,)),
    (caught_named, (4,)),
    (caught_unmatched, (9,)),
    (caught_loop, ("last_in_loop", [0, 1, 3])),
    (caught_loop, ("not_mine_in_loop", [0, 1, 3])),
    (last_in_loop, ([1, 2, 5],)),
    (not_mine_in_loop, ([1, 2, 5],)),
    (caught_later, ([1, 2, 3, 4, 7, 1],)),
    (caught_later, ([1, 2, 3, 4, 1],)),
    (again_later, (1, [1, 2, 3, 4, 7, 1])),
    (caught_deep, (3, 0)),
    (caught_deep, (3, 5)),
    (deep, (3, 3)),
    (same_traceback, (3,)),
    (frame_of, (3,)),
    (bare, (1,)),
    (bare_of_caller, (5,)),
    (bare_only, ()),
    (calls_bare_only, (5,)),
    (of_generator, (3,)),
    (of_generator, (6,)),
    (given, ([0, 1, 2, 3, 4, 5],)),
    (given, ([5, 2**70, 0],)),
    (all_codes, (1,)),
    (all_codes, (3,)),
    (sums, ([1, 2, 3],)),
    (sums, ([1, 2**70, 3],)),
    (sums, ([1, 2.5, "x"],)),
]
