"""Exceptions that their handler does not look at, so that they need not be made: what is raised or fails, which clause takes it,
what the handler does instead, what is being handled around it and behind it, and where somebody can see something after all."""
import sys

LOG = []


class Odd(Exception):
    pass


class Odder(Odd):
    pass


class Told(Exception):
    def __init__(self, *args):
        LOG.append(args)
        super().__init__(*args)


class Dying(Exception):
    def __del__(self):
        LOG.append("died")


class Meta(type(Exception)):
    def __call__(cls, *args):
        LOG.append("called")
        return super().__call__(*args)


class Made(Exception, metaclass=Meta):
    pass


class New(Exception):
    def __new__(cls, *args):
        LOG.append("new")
        return super().__new__(cls, *args)


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append((self.name, sys.exc_info()[0]))

    def __hash__(self):
        LOG.append("hash")
        return hash(self.name)

    def __eq__(self, other):
        LOG.append("eq")
        if self.name == "bad":
            raise ValueError("eq")
        return isinstance(other, Loud) and self.name == other.name


def said(*results):
    log = LOG[:]
    LOG.clear()
    return results, log


def raised(kinds, n):
    seen = [0, 0, 0, 0]
    k = 0
    for i in range(n):
        try:
            k += 1
            if i % 3 == 0:
                raise ValueError("three", i)
            if i % 3 == 1:
                raise Odder
            if i % 7 == 0:
                raise Odd(f"seven {i}")
            k += 10
        except Odder:
            k += 100
        except (Odd, KeyError):
            k += 1000
        except ValueError:
            k -= 5
        except:
            k = -1
        seen[i & 3] += k
    return seen, k, sys.exc_info()


def tells(n):
    k = 0
    for i in range(n):
        try:
            raise Told("x", i)
        except Told:
            k += i
    return said(k)


def dies(n):
    k = 0
    for i in range(n):
        try:
            raise Dying(i)
        except Dying:
            k += i
    return said(k)


def made(n):
    k = 0
    for i in range(n):
        try:
            raise Made(i)
        except Made:
            k += i
        try:
            raise New(i)
        except New:
            k += i
        try:
            raise Made
        except Exception:
            k += 1
    return said(k)


def dying_argument(n):
    out = []
    for i in range(n):
        try:
            raise Odd(Loud(i))
        except Odd:
            out.append(len(LOG))
    return said(out)


def dying_on_the_stack(n):
    out = 0
    for i in range(n):
        try:
            out += id(Loud(i)) * 0 + [1, 2][i]
        except IndexError:
            out -= 1
    return said(out)


def keys(table, names):
    found, missing = 0, 0
    for name in names:
        try:
            found += table[name]
        except KeyError:
            missing += 1
    return found, missing, sys.exc_info()


def loud_keys(names):
    table = {Loud("a"): 1, Loud("bad"): 2}
    found, missing, broken = 0, 0, 0
    for name in names:
        try:
            found += table[Loud(name)]
        except KeyError:
            missing += 1
        except ValueError:
            broken += 1
    log = said(found, missing, broken)
    return log


def key_seen(table, names):
    seen = []
    for name in names:
        try:
            seen.append(table[name])
        except KeyError as e:
            seen.append((e.args, e.__traceback__.tb_lineno, e.__context__))
    return seen


def indices(items, places):
    total, bad = 0, 0
    for i in places:
        try:
            total += items[i]
        except IndexError:
            bad += 1
    return total, bad


def index_seen(items, places):
    seen = []
    for i in places:
        try:
            seen.append(items[i])
        except IndexError as e:
            seen.append((str(e), e.__traceback__.tb_lineno))
    return seen


def stores(n, places):
    items = [0] * n
    bad = 0
    for i in places:
        try:
            items[i] = i + 1
        except IndexError:
            bad += 1
    return items, bad


def store_seen(n, places):
    items = [0.5] * n
    seen = []
    for i in places:
        try:
            items[i] += i
        except LookupError as e:
            seen.append(str(e))
        try:
            items[i] = i * 1.5
        except Exception as e:
            seen.append(str(e))
    return items, seen


def pops(n):
    items = list(range(n))
    total = 0
    while True:
        try:
            total += items.pop()
        except IndexError:
            break
    try:
        items.pop()
    except IndexError as e:
        return total, str(e)


def characters(text, places):
    out = ""
    bad = 0
    for i in places:
        try:
            out += text[i]
        except IndexError:
            bad += 1
    try:
        text[99]
    except IndexError as e:
        return out, bad, str(e)


def divided(xs, ys):
    out = []
    bad = 0
    for x in xs:
        for y in ys:
            try:
                out.append(x / y)
            except ZeroDivisionError:
                bad += 1
            try:
                out.append(x // y)
            except ArithmeticError:
                bad += 10
            try:
                out.append(x % y)
            except (KeyError, ZeroDivisionError):
                bad += 100
    return out, bad


def division_seen(x, y):
    out = []
    try:
        out.append(x / y)
    except ZeroDivisionError as e:
        out.append(str(e))
    try:
        out.append(x // y)
    except ZeroDivisionError as e:
        out.append((str(e), e.__traceback__.tb_lineno))
    try:
        out.append(x % y)
    except Exception as e:
        out.append(str(e))
    return out


def ints(texts):
    total, bad = 0, 0
    for text in texts:
        try:
            total += int(text)
        except ValueError:
            bad += 1
    return total, bad


def ints_or(texts, other):
    out = []
    for text in texts:
        try:
            value = int(text)
        except (TypeError, ValueError):
            value = other
        out.append(value)
    return out


def floats(texts):
    out, bad = [], 0
    for text in texts:
        try:
            out.append(float(text))
        except ValueError:
            bad += 1
    return out, bad


def parse(text):
    try:
        return int(text)
    except ValueError:
        return None


def parsed(texts):
    return [parse(text) for text in texts], sys.exc_info()


def finds(table, name):
    for key in [name, name + "s", name + "es"]:
        try:
            return table[key]
        except KeyError:
            continue
    return -1


def appends(texts):
    out = []
    for text in texts:
        try:
            out.append(int(text))
        except ValueError:
            out.append(None)
    return out


def unused_name(texts):
    e = 5
    bad = 0
    for text in texts:
        try:
            int(text)
        except ValueError as e:
            bad += 1
    try:
        return bad, e
    except UnboundLocalError as error:
        return bad, str(error)


def overflows(texts):
    n = 2**63 - 3
    for text in texts:
        try:
            n += int(text) * 0
        except ValueError:
            n += 1
    return n, sys.exc_info()


def overflows_then(texts):
    n = 2**62
    kept = []
    for text in texts:
        try:
            int(text)
        except ValueError:
            n *= 2
        kept.append(sys.exc_info()[0])
    return n, kept


def in_handler(texts):
    out = []
    try:
        raise KeyError("outer")
    except KeyError:
        for text in texts:
            n = 0
            try:
                n = int(text)
            except ValueError:
                n = -1
            out.append((n, sys.exc_info()[0]))
    out.append(sys.exc_info()[0])
    return out


def contexts(texts):
    out = []
    for text in texts:
        try:
            try:
                int(text)
            except ValueError:
                pass
            raise Odd(text)
        except Odd as e:
            out.append((str(e), e.__context__))
    return out


def with_finally(texts):
    n = 0
    for text in texts:
        try:
            n += int(text)
        except ValueError:
            n -= 1
        else:
            n += 100
        finally:
            n += 1000
    return n


def nested(texts, table):
    n = 0
    for text in texts:
        try:
            try:
                n += table[text]
            except ValueError:
                n += 1
        except KeyError:
            n += 10
    return n


def deep(texts):
    n = 0
    for text in texts:
        try:
            n += int(text)
        except ValueError:
            try:
                n += len(text) // (len(text) - 1)
            except ZeroDivisionError:
                n += 1000
    return n


def returns(items, i):
    for k in range(3):
        try:
            return items[i + k]
        except IndexError:
            return "none"


def breaks(items):
    total = 0
    i = 0
    while True:
        try:
            total += items[i]
        except IndexError:
            break
        i += 1
    return total, i


Error = ValueError


def by_global(texts):
    n = 0
    for text in texts:
        try:
            n += int(text)
        except Error:
            n += 1000
    return n


def global_changes(texts):
    global Error
    out = []
    try:
        for kind in (ValueError, KeyError, LookupError, Exception, 5, None):
            Error = kind
            try:
                out.append(by_global(texts))
            except Exception as e:
                out.append((type(e), str(e), e.__context__ and type(e.__context__)))
        del Error
        try:
            out.append(by_global(texts))
        except Exception as e:
            out.append((type(e), str(e), type(e.__context__)))
    finally:
        Error = ValueError
    return out


def builtin_changes(texts):
    global KeyError
    out = []
    try:
        KeyError = ValueError
        try:
            out.append(keys({"a": 1}, texts))
        except Exception as e:
            out.append((type(e), str(e)))
    finally:
        del KeyError
    out.append(keys({"a": 1}, texts))
    return out


def class_changes(n):
    out = []
    for k in range(3):
        t = 0
        for i in range(n):
            try:
                raise Odd(i)
            except Odd:
                t += 1
        out.append(t)
        if k == 0:
            Odd.__init__ = lambda self, *args: LOG.append(args)
        elif k == 1:
            del Odd.__init__
    return said(out)


def asserts(items):
    bad = 0
    for i in items:
        try:
            assert i > 0
            bad += 10
        except AssertionError:
            bad += 1
    return bad


def old_value_dies(texts):
    value = Loud("old")
    for text in texts:
        try:
            value = int(text)
        except ValueError:
            value = None
    return said(value)


def local_names(texts):
    total = 0
    for text in texts:
        try:
            total += int(text)
        except ValueError:
            total -= 1
    return total, locals()["texts"]


def comes_later(items, n):
    bad = 0
    for i in range(n):
        try:
            bad += items[i]
        except IndexError:
            bad += 1000
        except TypeError:
            bad += 1000000
    return bad


def system_exits(n):
    k = 0
    for i in range(n):
        try:
            raise SystemExit
        except SystemExit:
            k += 1
        try:
            raise StopIteration(3)
        except StopIteration:
            k += 10
        try:
            raise OSError(2, "no")
        except FileNotFoundError:
            k += 100
        try:
            raise KeyError from ValueError
        except KeyError:
            k += 1000
        try:
            raise AttributeError("a", name="b")
        except AttributeError:
            k += 10000
        try:
            raise UnicodeError("u")
        except ValueError:
            k += 100000
    return k


# ---- what callees raise ----------------------------------------------------------


def check(i):
    if i % 3 == 0:
        raise Odd("three", i)
    if i % 3 == 1:
        raise Odder
    return i * 2


def check_loop(items, limit):
    total = 0
    for item in items:
        total += check_item(item)
        if total > limit:
            raise OverflowError(f"more than {limit}: {total}")
    return total


def check_item(item):
    if item < 0:
        raise ValueError("negative")
    return item


def caught(n):
    t = 0
    for i in range(n):
        try:
            t += check(i)
        except Odd:
            t -= 1
    return t, sys.exc_info()


def caught_later(n):
    t = 0
    for i in range(n):
        try:
            t += check(i)
        except Odder:
            t -= 100
        except Odd:
            t -= 1
    return t


def not_caught(n):
    t = 0
    for i in range(n, 0, -1):
        try:
            t += check(i)
        except Odder:
            t -= 1
    return t


def looked_at(n):
    seen = []
    for i in range(n):
        try:
            seen.append(check(i))
        except Odd as e:
            tb = e.__traceback__
            seen.append((type(e), e.args, tb.tb_lineno, tb.tb_next.tb_lineno, tb.tb_next.tb_frame.f_code.co_name, e.__context__))
            seen.append(sorted(tb.tb_next.tb_frame.f_locals))
    return seen


def frames_of(i):
    note = [i, "kept"]
    if i > 1:
        raise Odd(i)
    return note


def locals_seen(n):
    out = []
    for i in range(n):
        try:
            frames_of(i)
        except Odd as e:
            out.append((e.__traceback__.tb_next.tb_frame.f_locals, e.__traceback__.tb_next.tb_frame.f_back.f_code.co_name))
    return out


def loops(rows, limit):
    bad = 0
    for row in rows:
        try:
            bad += check_loop(row, limit) * 0
        except (OverflowError, KeyError):
            bad += 1
        except ValueError:
            bad += 100
    return bad


def makes_loud(i):
    loud = Loud(i)
    if i > 0:
        raise Odd(loud.name)
    return 0


def loud_locals(n):
    out = []
    for i in range(n):
        try:
            out.append(makes_loud(i))
        except Odd:
            out.append(len(LOG))
    return said(out)


def raises_argument(loud):
    if loud.name == 5:
        return
    raise Odd(loud)


def loud_arguments(n):
    out = []
    for i in range(n):
        try:
            raises_argument(Loud(i))
        except Odd:
            out.append(len(LOG))
    return said(out)


def raises_list(i):
    parts = [i, i + 1]
    if i > 0:
        raise ValueError("list", parts)
    return len(parts)


def lists(n):
    t = 0
    for i in range(n):
        try:
            t += raises_list(i)
        except ValueError:
            t += 10
    return t


class Account:
    def __init__(self, balance):
        if balance < 0:
            raise ValueError("negative")
        self.balance = balance
        self.history = []

    def withdraw(self, amount):
        if amount > self.balance:
            raise RuntimeError("insufficient")
        self.balance -= amount
        self.history.append(("w", amount))

    def __getitem__(self, i):
        if i >= self.balance:
            raise IndexError
        return i + 1

    @property
    def odd(self):
        if self.balance % 2 == 0:
            raise AttributeError("even")
        return self.balance


def accounts(balances, amount):
    fails = 0
    total = 0
    for balance in balances:
        try:
            account = Account(balance)
        except ValueError:
            fails += 1000
            continue
        try:
            account.withdraw(amount)
        except RuntimeError:
            fails += 1
        try:
            total += account[amount]
        except IndexError:
            fails += 10
        try:
            total += account.odd
        except AttributeError:
            fails += 100
        total += account.balance + len(account.history)
    return total, fails


def closure(n):
    def inner(i):
        if i % 2:
            raise KeyError(i, n)
        return lambda: i

    t = 0
    for i in range(n):
        try:
            t += inner(i)()
        except KeyError:
            t += 1000
    return t


def outer_level(i):
    x = check(i)
    return x + 1


def levels(n):
    t = 0
    for i in range(n):
        try:
            t += outer_level(i)
        except Odd:
            t -= 1
    return t


def level_handles(i):
    try:
        return outer_level(i)
    except Odder:
        return -1000


def levels_seen(n):
    out = []
    for i in range(n):
        try:
            out.append(level_handles(i))
        except Odd as e:
            lines = []
            tb = e.__traceback__
            while tb:
                lines.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
                tb = tb.tb_next
            out.append(lines)
    return out


def recursive(i):
    if i == 0:
        raise Odd("end")
    return recursive(i - 1) + 1


def recursion(n):
    t = 0
    for i in range(n):
        try:
            t += recursive(i)
        except Odd:
            t += 1
    return t


def handled_while(n):
    out = []
    for i in range(n):
        try:
            raise KeyError("first")
        except KeyError:
            try:
                check(i)
            except Odd:
                out.append(1)
            out.append(sys.exc_info()[0])
    return out


def context_of(n):
    out = []
    for i in range(n):
        try:
            raise KeyError("first")
        except KeyError:
            try:
                check(i)
            except Odd as e:
                out.append(type(e.__context__))
    return out


def odd_changes(n):
    global Odd
    was, out = Odd, []
    try:
        for kind in (LookupError, Odder, Exception):
            Odd = kind
            try:
                out.append(caught(n))
            except Exception as e:
                out.append((type(e), e.args))
    finally:
        Odd = was
    return out


def last_of(items):
    for item in items:
        if item < 0:
            raise StopIteration(item)
    raise LookupError


def bare(rows):
    n = 0
    for row in rows:
        try:
            n += last_of(row)
        except:
            n += 1
    return n


def leaves(n):
    for i in range(n, -1, -1):
        check(i * 3 + 2)
    return check(n)


class Watch:
    def __init__(self, items):
        self.items = items

    def __del__(self):
        LOG.append(len(self.items))


def raises_watch(items, held):
    watch = Watch(items)
    if held == 2:
        return 0
    if held:
        raise Odd
    raise Odd(Watch(items), watch.items)


def watched(n):
    out = []
    for i in range(n):
        try:
            raises_watch(out, i % 3)
        except Odd:
            out.append(1)
        try:
            raise Odd(Watch(out))
        except Odd:
            out.append(2)
    return said(out)


# ---- next() ------------------------------------------------------------------------


class Counting:
    def __init__(self, n, how):
        self.n = n
        self.how = how

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            if self.how == "value":
                raise StopIteration("said")
            if self.how == "other":
                raise LookupError("no more")
            if self.how == "odd":
                raise OddStop
            raise StopIteration
        self.n -= 1
        return self.n


class OddStop(StopIteration):
    pass


def gives(n, value):
    for i in range(n):
        yield i
    return value


def all_of(it):
    total = 0
    while True:
        try:
            total += next(it)
        except StopIteration:
            break
    return total, sys.exc_info()


def iterated(n):
    made = [iter(list(range(n))), gives(n, None), gives(n, 5), iter(range(n)), Counting(n, ""), Counting(n, "value"), Counting(n, "odd"), map(int, "123"), iter({1: 2})]
    return [all_of(it)[0] for it in made]


def not_iterated(kind):
    try:
        return all_of([1, 2] if kind else Counting(2, "other"))
    except (TypeError, LookupError) as e:
        return type(e), str(e)


def first_or(rows):
    out = []
    for row in rows:
        try:
            first = next(iter(row))
        except StopIteration:
            first = -1
        out.append(first)
    return out


def next_changes(n):
    global next
    out = []
    try:
        next = lambda it: 7 if it.n == 0 else it.__next__()
        it = Counting(n, "")
        try:
            for i in range(3):
                out.append(next(it))
        except StopIteration:
            out.append(-1)
    finally:
        del next
    out.append(all_of(Counting(n, "")))
    return out


def end_value(n):
    it = gives(n, "returned")
    while True:
        try:
            next(it)
        except StopIteration as e:
            return e.value, e.args


TEXTS = ["1", "x", " 7 ", "", "1_0", "_1", "1__0", "+5", "-", "- 5", "9" * 30, "\t3\n", "0x1", "\u0663", "1.5", "--1", "1_", "5 5"]
CASES = [
    (raised, ([], 40)),
    (tells, (4,)),
    (dies, (3,)),
    (made, (3,)),
    (dying_argument, (3,)),
    (dying_on_the_stack, (4,)),
    (keys, ({"a": 1, "b": 2}, ["a", "c", "b", "a", "d"])),
    (keys, ({1: 1, (2, 3): 2}, [1, 5, (2, 3), (4,), 1.0, 2.5])),
    (keys, ({"a": 1}, ["a", []])),
    (keys, ([3, 4], [0, 1])),
    (loud_keys, (["a", "b", "bad", "a"],)),
    (key_seen, ({"a": 1}, ["a", "b", (1, 2), ()])),
    (indices, ([1, 2, 3], [0, 2, 3, -1, -3, -4, 2**62])),
    (indices, ((1, 2, 3), [0, 2, 3, -1, -3, -4])),
    (indices, ([], [0, -1])),
    (indices, ([1, 2], [2**70, 1])),
    (indices, (range(4), [3, 4, -5])),
    (indices, (b"abc", [0, 3, -3, -4])),
    (index_seen, ([1, 2], [0, 2, -3, 1])),
    (index_seen, ((1, 2), [0, 2, -3, 1])),
    (stores, (4, [0, 3, 4, -1, -4, -5])),
    (store_seen, (3, [0, 2, 3, -3, -4])),
    (pops, (6,)),
    (characters, ("hello", [0, 4, 5, -1, -5, -6])),
    (characters, ("h\u20aclo", [0, 3, 4, -5])),
    (divided, ([7, -7, 0], [2, 0, -3])),
    (divided, ([7.5, -7.0], [2.0, 0.0, -0.0, -3.5])),
    (divided, ([7.5, -7.0], [2, 0])),
    (divided, ([7, True], [2.5, 0.0, False])),
    (divided, ([2**70], [0, 3])),
    (division_seen, (5, 0)),
    (division_seen, (5.5, 0.0)),
    (division_seen, (5, 0.0)),
    (division_seen, (5, 2)),
    (division_seen, (True, False)),
    (ints, (TEXTS,)),
    (ints, (["1", "2", None],)),
    (ints, (["1", "a", b"5", "b"],)),
    (ints, ([1.5, "y"],)),
    (ints_or, (TEXTS + [None, [], "q"], -1)),
    (ints_or, (["1", "x"], None)),
    (floats, (["1.5", "x", "inf", "nan", "-Infinity", "", " ", "1e5", "e", "1_0.5", "yes", "infant", "0x1p3", "\u0663"],)),
    (parsed, (["1", "x", "3"],)),
    (finds, ({"cat": 1, "foxes": 2, "dogs": 3}, "cat")),
    (finds, ({"cat": 1, "foxes": 2, "dogs": 3}, "fox")),
    (finds, ({"cat": 1, "foxes": 2, "dogs": 3}, "cow")),
    (appends, (["1", "x", "2"],)),
    (unused_name, (["1"],)),
    (unused_name, (["x", "1"],)),
    (overflows, (["1", "x", "x", "x", "x", "x"],)),
    (overflows_then, (["1", "x", "x", "1", "x"],)),
    (in_handler, (["1", "x"],)),
    (contexts, (["1", "x"],)),
    (with_finally, (["1", "x", "2"],)),
    (nested, (["a", "b", "a"], {"a": 1})),
    (deep, (["1", "x", "yy", ""],)),
    (returns, ([1, 2], 1)),
    (returns, ([1, 2], 2)),
    (breaks, ([1, 2, 3],)),
    (by_global, (["1", "x"],)),
    (global_changes, (["1", "x"],)),
    (builtin_changes, (["a", "b"],)),
    (class_changes, (3,)),
    (asserts, ([1, 0, 2, -1],)),
    (old_value_dies, (["x", "1"],)),
    (old_value_dies, (["1", "x"],)),
    (local_names, (["x", "1"],)),
    (comes_later, ([1, 2], 4)),
    (comes_later, ([1, "2"], 4)),
    (system_exits, (3,)),
    (caught, (9,)),
    (caught_later, (9,)),
    (not_caught, (5,)),
    (looked_at, (6,)),
    (locals_seen, (4,)),
    (loops, ([[1, 2], [1, -1], [50, 60, -1], []], 100)),
    (loud_locals, (4,)),
    (loud_arguments, (3,)),
    (lists, (4,)),
    (accounts, ([100, 5, -1, 21, 20, 7], 20)),
    (closure, (5,)),
    (levels, (9,)),
    (levels_seen, (6,)),
    (recursion, (5,)),
    (handled_while, (6,)),
    (context_of, (6,)),
    (odd_changes, (4,)),
    (bare, ([[1, 2], [1, -1], []],)),
    (leaves, (4,)),
    (leaves, (5,)),
    (iterated, (4,)),
    (not_iterated, (True,)),
    (not_iterated, (False,)),
    (first_or, ([[1, 2], [], "", {5: 6}],)),
    (next_changes, (2,)),
    (end_value, (2,)),
    (watched, (4,)),
]
