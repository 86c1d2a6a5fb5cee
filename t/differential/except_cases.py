"""Exceptions that the function that meets them handles: what the handler sees, what is being handled and when, tracebacks and
their frames, what dies on the way, handlers in loops, nested ones, finally and with, and exceptions in handlers."""
import sys
import traceback

LOG = []


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(self.name)

    def __bool__(self):
        raise ValueError(self.name)

    def __enter__(self):
        LOG.append("enter " + self.name)
        return self

    def __exit__(self, kind, value, where):
        LOG.append(f"exit {self.name} {kind and kind.__name__} {value}")
        return kind is KeyError

    def __lt__(self, other):
        raise TypeError("no order")

    @property
    def broken(self):
        raise AttributeError("broken " + self.name)


class Failing:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise OSError("no more")
        self.n -= 1
        return self.n


def said(kept):
    log = LOG + kept
    LOG.clear()
    return log


def numbers(texts):
    good, bad = 0, 0
    for text in texts:
        try:
            good += int(text)
        except ValueError:
            bad += 1
    return good, bad


def counts(words):
    seen = {}
    for word in words:
        try:
            seen[word] += 1
        except KeyError:
            seen[word] = 1
    return seen


def named(texts):
    out = []
    for text in texts:
        try:
            out.append(float(text))
        except ValueError as e:
            out.append((str(e), type(e).__name__, e.__traceback__.tb_lineno, e.__context__))
        except TypeError as e:
            out.append(("type", str(e)))
    return out


def several(values):
    out = []
    for v in values:
        try:
            out.append(len(v) + v[0])
        except (TypeError, IndexError) as e:
            out.append(str(e))
        except KeyError as e:
            out.append(("key", e.args))
        else:
            out.append("else")
        finally:
            out.append("finally")
    return out


def handled_now():
    return repr(sys.exc_info()[1]), sys.exc_info()[0]


def what_is_handled(text):
    seen = [handled_now()]
    try:
        int(text)
    except ValueError:
        seen.append(handled_now())
        try:
            {}[text]
        except KeyError as e:
            seen.append(handled_now())
            seen.append(repr(e.__context__))
        seen.append(handled_now())
    seen.append(handled_now())
    return seen


def nested(values):
    out = []
    for v in values:
        try:
            try:
                out.append(v.upper())
            except AttributeError:
                out.append(v + "x")
        except TypeError as e:
            out.append((str(e), repr(e.__context__)))
    return out


def raises_again(text):
    try:
        return int(text)
    except ValueError:
        LOG.append("again")
        raise


def raises_from(text):
    try:
        return int(text)
    except ValueError as e:
        raise KeyError(text) from e


def unmatched(text):
    try:
        return int(text)
    except KeyError:
        return "never"


def wrong_class(text, kind):
    try:
        return int(text)
    except kind:
        return "caught"


def from_callee(texts):
    n = 0
    for text in texts:
        try:
            n += raises_again(text)
        except ValueError as e:
            n += len(traceback.extract_tb(e.__traceback__))
    return n, said([])


def always(text):
    try:
        return int(text)
    finally:
        LOG.append("finally " + text)


def always_said(text):
    try:
        return always(text), said([])
    except ValueError as e:
        return str(e), said([])


def wins(text):
    try:
        int(text)
    finally:
        return "finally wins"


def in_with(texts):
    out = []
    for text in texts:
        with Loud("w" + text) as w:
            out.append({"a": 1}[text])
        out.append(w.name)
    del w
    return out, said([])


def in_with_of_others(texts):
    try:
        for text in texts:
            with Loud("w"):
                int(text)
    except ValueError as e:
        return str(e), said([])
    return said([])


def dies_on_the_way(n):
    kept = []
    for i in range(n):
        try:
            Loud(f"a{i}") < Loud(f"b{i}")
        except TypeError:
            kept.append(f"handled {i}")
            kept += said([])
    return kept


def locals_die(n):
    for i in range(n):
        x = Loud(f"x{i}")
        try:
            if x:
                return None
        except ValueError as e:
            LOG.append(str(e))
    del x
    return said([])


def attributes(n):
    out = []
    x = Loud("p")
    for i in range(n):
        try:
            x.broken
        except AttributeError as e:
            out.append(str(e))
        try:
            x.nothing = i
            del x.nothing
            del x.nothing
        except AttributeError as e:
            out.append(str(e))
    return out


def iterators(n):
    out = []
    for i in range(n):
        try:
            for v in Failing(i):
                out.append(v)
        except OSError as e:
            out.append(str(e))
    return out


def breaks(texts):
    n = 0
    for text in texts:
        try:
            if text == "stop":
                break
            if text == "skip":
                continue
            n += int(text)
        except ValueError:
            n += 1000
        finally:
            n += 1
    return n


def while_loop(n):
    left, failures = n, 0
    while left:
        try:
            left -= 1
            failures += [1, 2][left]
        except IndexError:
            failures += 100
    return failures


def truth_raises(n):
    out = []
    while n:
        n -= 1
        try:
            out.append(1 if Loud(str(n)) else 2)
        except ValueError as e:
            out.append(str(e))
    return out, said([])


def in_handler(texts):
    out = []
    for text in texts:
        try:
            int(text)
        except ValueError as e:
            try:
                float(text)
            except ValueError as f:
                out.append((repr(f), repr(f.__context__), f.__context__ is e))
            else:
                out.append("float")
    return out


def keeps(text):
    kept = None
    try:
        int(text)
    except ValueError as e:
        kept = e
    return kept


def kept(text):
    e = keeps(text)
    frame = e.__traceback__.tb_frame
    return (e.__traceback__.tb_lineno, e.__traceback__.tb_lasti, frame.f_lineno, frame.f_code is keeps.__code__,
            frame.f_back.f_code.co_name, frame.f_locals["text"],
            e.__traceback__.tb_next)


def grab():
    return sys._getframe(1)


def keeps_frame(n):
    total = 0
    for i in range(n):
        total += i
    frame = grab()
    return frame, total


def kept_frame(n):
    frame, total = keeps_frame(n)
    return total, frame.f_lineno, frame.f_lasti, frame.f_code is keeps_frame.__code__, frame.f_back.f_code.co_name


def keeps_own_frame(x, y):
    OWN_FRAME[:] = [sys._getframe()]
    before = x
    return x / y, before


OWN_FRAME = []


def locals_of_own_frame(x, y):
    try:
        keeps_own_frame(x + 1, y * 2)
    except ZeroDivisionError as e:
        text = str(e)
    return text, sorted(OWN_FRAME[0].f_locals.items()), OWN_FRAME.clear()


def same_code(frame, function):
    return frame.f_code is function.__code__, frame.f_lineno - frame.f_code.co_firstlineno, frame.f_lasti < len(frame.f_code.co_code)


def leaves(n):
    total = n
    seen = [same_code(sys._getframe(), leaves)]
    for i in range(3):
        total *= n  # beyond 64 bits at last
        seen.append(same_code(sys._getframe(), leaves))
    return total, seen


def positions_of(e):
    tb = e.__traceback__
    while tb:
        code = tb.tb_frame.f_code
        yield tb.tb_lasti < len(code.co_code), tb.tb_lineno == list(code.co_positions())[tb.tb_lasti // 2][0], code.co_name
        tb = tb.tb_next


def fused(values):
    return sum(1 // v for v in values)


def fused_in_try(values):
    try:
        return sum(1 // v for v in values) + sum(x * x for x in range(values[0]))
    except TypeError:
        return "no"


def of_fused(name, values):
    try:
        return globals()[name](values)
    except ZeroDivisionError as e:
        return list(positions_of(e)), [f.name for f in traceback.extract_tb(e.__traceback__)]


def traced(n):
    events = []

    def tracer(frame, event, arg):
        if frame.f_code is leaves.__code__:
            events.append((event, frame.f_lineno - frame.f_code.co_firstlineno))
            return tracer

    sys.settrace(tracer)
    try:
        leaves(n)
    finally:
        sys.settrace(None)
    return events


def jumped(n):
    out = []

    def tracer(frame, event, arg):
        if frame.f_code is not skips.__code__:
            return None
        if event == "line" and frame.f_lineno == skips.__code__.co_firstlineno + 2:
            frame.f_lineno += 1
        return tracer

    sys.settrace(tracer)
    try:
        skips(n, out)
    finally:
        sys.settrace(None)
    return out


def skips(n, out):
    out.append(n)
    out.append("skipped")
    out.append(n + 1)


def stops(n):
    out = []
    for i in range(n):
        try:
            out.append(next(iter(())))
        except StopIteration as e:
            out.append(repr(e))
    return out


def numbers_change(values):
    total, kind = 0, "int"
    for v in values:
        try:
            total += v
        except TypeError:
            kind = str(total)
            total = 0.5
    return total, kind


def recursive(n):
    try:
        if n == 0:
            return [][n]
        return recursive(n - 1) + 1
    except IndexError:
        return 100


def unbound(text):
    try:
        value = int(text)
    except ValueError:
        pass
    return value


def cells(texts):
    failures = []

    def note(text):
        failures.append(text)

    for text in texts:
        try:
            int(text)
        except ValueError as e:
            note(str(e))
    return failures


def comprehension(texts):
    try:
        return [int(text) for text in texts]
    except ValueError as e:
        return str(e)


def groups(kinds):
    out = []
    try:
        raise ExceptionGroup("all", [kind("x") for kind in kinds])
    except* ValueError as e:
        out.append(repr(e))
    except* TypeError as e:
        out.append(repr(e))
    return out


def deep(text):
    try:
        try:
            try:
                int(text)
            except KeyError:
                return 1
        except IndexError:
            return 2
    except ValueError as e:
        return e.__traceback__.tb_lineno, e.__traceback__.tb_next
    return 3


class Where:
    """Tells, when it dies, at which line of which function that is."""
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        return self.name

    def __exit__(self, kind, value, where):
        LOG.append((self.name, kind and kind.__name__, str(value), where and where.tb_lineno, str(sys.exc_info()[1])))
        if self.name == "raises":
            raise OSError(self.name)
        return self.name == "swallows"

    def __del__(self):
        frame = sys._getframe(1)
        LOG.append((self.name, frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno, str(sys.exc_info()[1])))


def step(x):
    if x == "bad":
        raise ValueError(x)
    if x == "worse":
        raise KeyError(x)
    return len(x)


def lines(e):
    out = []
    where = e.__traceback__
    while where:
        out.append((where.tb_frame.f_code.co_name, where.tb_lineno - where.tb_frame.f_code.co_firstlineno))
        where = where.tb_next
    return type(e).__name__, str(e), out, repr(e.__context__), sys.exc_info()[1] is e


def with_in_try(names, texts):
    """Managers that die at the RERAISE of their with, of an exception raised at one of several places."""
    out = []
    for name in names:
        for text in texts:
            try:
                with Where(name) as w:
                    out.append(step(text))

                    out.append(step(text[::-1]))
                    out.append(step(w + text))
            except ValueError as e:
                out.append(lines(e))
            except OSError as e:
                out.append(lines(e))
            except KeyError:
                out.append("key")
            LOG.append("next")
    return out, said([])


def finally_in_try(texts):
    n = 0
    out = []
    for text in texts:
        try:
            try:
                out.append(step(text))
            finally:
                n += 1
                out.append(str(sys.exc_info()[1]))
        except ValueError as e:
            out.append(lines(e))
            try:
                raise
            except ValueError as again:
                out.append((lines(again), again is e))
    return n, out


def through_three(texts):
    out = []
    for text in texts:
        try:
            try:
                try:
                    out.append(step(text))
                except KeyError as e:
                    out.append(repr(e))
                    raise TypeError("instead") from e
                finally:
                    out.append("first")
            except TypeError as e:
                out.append((lines(e), repr(e.__cause__)))
            finally:
                out.append("second")
        except ValueError as e:
            out.append(lines(e))
    return out


def not_this_one(texts):
    """No handler matches in the inner try, one does in the outer one; values on the stack die in between."""
    out = []
    for text in texts:
        try:
            for piece in (Where("item"), text):
                try:
                    out.append(step(piece if piece is text else "x"))
                except TypeError:
                    out.append("type")
        except (ValueError, KeyError) as e:
            out.append(lines(e))
        del piece
    return out, said([])


def leaves_all(text):
    try:
        with Where("outer"):
            with Where("inner"):
                return step(text)
    finally:
        LOG.append("finally")


def left(text):
    try:
        return leaves_all(text)
    except Exception as e:
        return lines(e), said([])


def nested_with(texts):
    out = []
    for text in texts:
        with Where("swallows"), Where("passes"):
            out.append(step(text))
            continue
        out.append("swallowed")
    return out, said([])


def counts_in_finally(n):
    total = 0
    for i in range(n):
        try:
            try:
                total += 10 // (i % 3)
            finally:
                total += 1
        except ZeroDivisionError:
            total += 1000
    return total


# Lines of a function whose instructions are far apart, go back, and are beyond what 16 bits hold.
FAR = "def far(x, ways):\n" + "\n" * 40 + "    for way in ways:\n" + "\n" * 40000 + """\
        if way == 0:
            return (x //
                    (way))
        y = [
            x,
            x / (way
                 - 1),
            x %
            (way - 2),
        ]
""" + "\n" * 70 + """\
        if way == 3:
            far(x,
                ways[1:]
                )
    return y
"""
exec(compile(FAR, __file__, "exec"))


def lines_of_far(x, ways):
    out = []
    for i in range(3):
        try:
            out.append(far(x, ways[i:]))
        except ZeroDivisionError as e:
            tb = e.__traceback__
            while tb:
                out.append((tb.tb_frame.f_code.co_name, tb.tb_lineno, tb.tb_frame.f_lineno))
                tb = tb.tb_next
    return out


class Coded(Exception):
    def __init__(self, message, code=7, *, hint=None):
        super().__init__(message)
        self.code = code


class Silent(ValueError):
    def __init__(self, field, value):
        self.field = field
        self.value = value


class Deeper(Coded):
    def __init__(self, message, place):
        Coded.__init__(self, f"{message} at {place}", place)
        self.place = place
        self.args += (place,)


class Made(Exception):
    def __new__(cls, *args):
        made = super().__new__(cls, *args)
        made.by = "new"
        return made

    def __init__(self, text):
        self.text = text


class NotFound(KeyError):
    def __init__(self, key):
        super().__init__(key)
        self.key = key


class Returns(Exception):
    def __init__(self, what):
        return what


class Kept:
    def __init__(self, text):
        self.text = text


def raise_one(which, x):
    if which == 0:
        raise Coded("coded", x)
    if which == 1:
        raise Silent("field", value=x)
    if which == 2:
        raise Deeper("deeper", x)
    if which == 3:
        raise Made("made")
    if which == 4:
        raise NotFound(x)
    if which == 5:
        raise Returns(x)
    if which == 6:
        raise Coded("coded")
    if which == 7:
        raise Coded(message="named", code=x)
    raise Coded(x) from NotFound(x)


def own_init(x):
    seen = []
    for which in range(9):
        try:
            raise_one(which, x)
        except (Coded, Silent, Made, NotFound, Returns, TypeError) as e:
            own = sorted(vars(e).items(), key=str)
            cause = type(e.__cause__).__name__
            seen.append((type(e).__name__, e.args, str(e), repr(e), str(own), cause, e.__traceback__.tb_next is None))
    return seen


def own_init_in_place(texts):
    total = 0
    last = None
    for text in texts:
        try:
            if not text.isdigit():
                raise Coded(text, len(text))
            total += int(text)
        except Coded as e:
            total -= e.code
            last = e
    return total, last and last.args


def own_init_not_raised(x):
    made = [Coded("a", x), Silent(x, "b"), Deeper("c", x)]
    return [(e.args, e.__traceback__, e.__context__) for e in made]


def becomes_exception(n):
    """One name, two classes whose __init__ is the same function."""
    global Kept
    seen = []
    plain = Kept
    init = Kept.__init__
    for i in range(n):
        if i == 2:
            Kept = type("Kept", (Exception,), {"__init__": init})
        made = Kept(str(i))
        seen.append((isinstance(made, Exception), getattr(made, "args", None), made.text))
    Kept = plain
    return seen


class Outermost:
    """What a local of this class holds dies where CPython lets it die: the name says when."""

    def __init__(self, name):
        self.name = name
        self.rest = []

    def __del__(self):
        LOG.append("del " + self.name)


def first_round_is_like_others(texts):
    total = 0
    for text in texts:
        try:
            kept = Outermost(text)
            number = int(text)
            last = [number]
            total += 10 // number
        except ValueError:
            total += 1000
        LOG.append(str(total))
    return total


def seen_in_first_round(texts):
    """The locals that the frames of a traceback have, bound or not, in the round in which it happens."""
    del LOG[:]
    try:
        return first_round_is_like_others(texts), list(LOG)
    except ZeroDivisionError as e:
        names = e.__traceback__.tb_next.tb_frame.f_locals
        seen = sorted((name, value.name if name == "kept" else value) for name, value in names.items())
    return seen, list(LOG)


def deleted_or_not(texts):
    for text in texts:
        try:
            kept = Outermost(text)
            if text == "drop":
                del kept
            int(text)
        except ValueError:
            LOG.append("no int")
        LOG.append("end of round")
    return len(texts)


def dies_in_its_round(texts):
    del LOG[:]
    return deleted_or_not(texts), list(LOG)


class Stays:
    def __enter__(self):
        return Outermost("entered")

    def __exit__(self, kind, error, where):
        return kind is ValueError


def unbound_in_with(texts):
    for text in texts:
        with Stays() as kept:
            first = Outermost(text)
            int(text)
            second = Outermost("2" + text)
        LOG.append("end of round")
    return first.name, second.name


def with_in_rounds(texts):
    del LOG[:]
    try:
        return unbound_in_with(texts), list(LOG)
    except (UnboundLocalError, TypeError) as e:
        names = e.__traceback__.tb_next.tb_frame.f_locals
        return str(e), sorted((name, getattr(value, "name", value)) for name, value in names.items()), list(LOG)


def pair(a):
    return a, [1]


# The exception is never made; the tuple, which is not made either, is kept over it.
def kept_beside_unseen(n):
    i = 0
    try:
        kept = pair(n)
        if 7 <= n:
            raise KeyError(n)
    except Exception:
        i = n
    return n, i


class Unseen:
    def named(self, table, k):
        n = 0
        try:
            kept = pair(k)
            n = table[k]
        except KeyError as e:
            n = -1
        return n, kept

    def as_self(self, table, k):
        try:
            n = table[k]
        except KeyError as self:
            n = -1
        return n

    def as_old(self, table, k):
        kept = pair(k)
        e = "old"
        try:
            if k > 3:
                raise ValueError(k)
            n = table[k]
        except KeyError as e:
            n = -1
        except ValueError as e:
            n = -2
        try:
            return n, kept, e
        except UnboundLocalError as x:
            return n, kept, str(x)


def unseen_in_methods(k):
    u, table = Unseen(), {1: 2, 2: 3}
    return u.named(table, k), u.as_self(table, k), u.as_old(table, k)


def unseen_in_rounds(n):
    s = 0
    for x in range(n):
        kept = pair(x)
        try:
            if x & 1:
                raise ValueError
            s += x
        except ValueError:
            s -= 1
    return s, kept


CASES = [
    (numbers, (["1", "x", "2", "", "3"],)),
    (numbers, (["1", "2"],)),
    (numbers, ([],)),
    (numbers, ([1, 2.5],)),
    (counts, ("the cat and the dog and the cat".split(),)),
    (counts, ([1, 1, [], 2],)),
    (named, (["1", "x", None, "2"],)),
    (several, ([[1, 2], [], {}, {1: 2}, 5, "ab"],)),
    (what_is_handled, ("x",)),
    (what_is_handled, ("1",)),
    (nested, (["a", 1, 2.5, "b"],)),
    (raises_again, ("1",)),
    (raises_again, ("y",)),
    (raises_from, ("y",)),
    (unmatched, ("y",)),
    (wrong_class, ("y", ValueError)),
    (wrong_class, ("y", (KeyError, ValueError))),
    (wrong_class, ("y", KeyError)),
    (wrong_class, ("y", 5)),
    (wrong_class, ("y", (ValueError, 5))),
    (from_callee, (["1", "x", "2", "y"],)),
    (always_said, ("1",)),
    (always_said, ("z",)),
    (wins, ("1",)),
    (wins, ("z",)),
    (in_with, (["a", "b", "a", "c"],)),
    (in_with_of_others, (["1", "b", "2"],)),
    (in_with_of_others, (["1", "2"],)),
    (dies_on_the_way, (3,)),
    (locals_die, (3,)),
    (attributes, (3,)),
    (iterators, (4,)),
    (breaks, (["1", "skip", "x", "2", "stop", "5"],)),
    (while_loop, (5,)),
    (truth_raises, (3,)),
    (in_handler, (["1", "1.5", "x", "y"],)),
    (kept, ("x",)),
    (kept_frame, (4,)),
    (locals_of_own_frame, (4, 0)),
    (leaves, (3,)),
    (leaves, (2**40,)),
    (of_fused, ("fused", [1, 2])),
    (of_fused, ("fused", [1, 0])),
    (of_fused, ("fused_in_try", [1, 0])),
    (of_fused, ("fused_in_try", [2, 1])),
    (traced, (2**40,)),
    (jumped, (5,)),
    (skips, (5, [])),
    (stops, (3,)),
    (numbers_change, ([1, 2, "x", 3],)),
    (numbers_change, ([1, 2.5, [], 3],)),
    (recursive, (5,)),
    (unbound, ("5",)),
    (unbound, ("q",)),
    (cells, (["1", "p", "q"],)),
    (comprehension, (["1", "p"],)),
    (comprehension, (["1", "2"],)),
    (groups, ([ValueError, TypeError],)),
    (groups, ([ValueError, KeyError],)),
    (deep, ("x",)),
    (deep, ("1",)),
    (with_in_try, (["passes"], ["good", "bad", "dab", "worse"])),
    (with_in_try, (["swallows", "raises"], ["good", "bad", "dab", "worse"])),
    (with_in_try, (["passes", 5], ["bad"])),
    (finally_in_try, (["good", "bad", "dab", "bad"],)),
    (finally_in_try, (["good", "worse"],)),
    (through_three, (["good", "bad", "worse"],)),
    (not_this_one, (["good", "bad", "worse"],)),
    (left, ("good",)),
    (left, ("bad",)),
    (left, ("worse",)),
    (nested_with, (["good", "bad", "worse"],)),
    (counts_in_finally, (10,)),
    (lines_of_far, (5, [3, 0])),
    (lines_of_far, (5, [4, 3, 1, 7])),
    (lines_of_far, (5, [3, 3, 2, 7])),
    (lines_of_far, (2**70, [3, 5, 1])),
    (own_init, (5,)),
    (own_init, (None,)),
    (own_init, ("x",)),
    (own_init_in_place, (["1", "x", "yy", "3"],)),
    (own_init_not_raised, (2**70,)),
    (becomes_exception, (5,)),
    (seen_in_first_round, (["0"],)),
    (seen_in_first_round, (["x", "0"],)),
    (seen_in_first_round, (["1", "x", "0"],)),
    (seen_in_first_round, (["1", "2", "x", "5"],)),
    (dies_in_its_round, (["1", "x", "drop", "2", "drop"],)),
    (dies_in_its_round, (["drop"],)),
    (with_in_rounds, (["1", "x", "2"],)),
    (with_in_rounds, (["x", "y"],)),
    (with_in_rounds, ([None],)),
    (with_in_rounds, (["1", None],)),
    (kept_beside_unseen, (5,)),
    (kept_beside_unseen, (20,)),
    (kept_beside_unseen, (None,)),
    (kept_beside_unseen, (7.5,)),
    (unseen_in_methods, (1,)),
    (unseen_in_methods, (3,)),
    (unseen_in_methods, (9,)),
    (unseen_in_rounds, (9,)),
]
