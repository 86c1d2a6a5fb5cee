"""The tests of t/unit/native.c: what a native function must not change.

leave() makes a function native whose code leaves for CPython right after the function's RESUME, with the arguments as
they came; start() one that leaves at its entry.  A twin that stays with CPython says what is right."""

import copy
import dis
import functools
import gc
import inspect
import pickle
import pydoc
import signal
import sys
import threading
import traceback
import types
import warnings
import weakref


def offset(code, opname, nth=0):
    """Where the nth instruction of that name begins, in code units."""
    return [i.offset // 2 for i in dis.get_instructions(code) if i.opname == opname][nth]


def n_params(code):
    flags = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return code.co_argcount + code.co_kwonlyargcount + flags


def n_locals(code):
    """The locals, the cells that are no locals, the free variables."""
    return len(set(code.co_varnames) | set(code.co_cellvars)) + len(code.co_freevars)


def arguments(code):
    """The locals of a frame that has its arguments and nothing else."""
    n = n_params(code)
    names = list(code.co_varnames) + [name for name in code.co_cellvars if name not in code.co_varnames]
    values = [("obj", i) if i < n else ("unbound",) for i in range(len(names))]
    for name in code.co_cellvars:
        i = names.index(name)
        values[i] = ("cell", i, values[i])
    return values + [("unbound",)] * len(code.co_freevars)


def leave(f, **kwargs):
    code = f.__code__
    pc = offset(code, "RESUME") + 1
    index = install(f, ["object"] * n_params(code), [], [(-1, pc, arguments(code), [], 0)], number=1, **kwargs)
    f.index = index
    return f


def start(f):
    f.index = install(f, ["object"] * n_params(f.__code__), [], [])
    return f


def stay(f):
    return f


def in_each(source, name, test):
    """test(function) for a function of the source that is CPython's, then native in each way; all must be equal."""
    results = []
    for how in (stay, start, leave):
        scope = {"warnings": warnings, "sys": sys, "traceback": traceback}
        exec(compile(source, "twin.py", "exec"), scope)
        results.append(test(how(scope[name])))
    assert results[0] == results[1], f"\n{results[0]}\nstart: {results[1]}"
    assert results[0] == results[2], f"\n{results[0]}\nleave: {results[2]}"
    return results[0]


# ---- identity ---------------------------------------------------------------


def documented(a, b: int = 2, *args, c=3, **kw) -> "list":
    """What it says."""
    return [a, b, args, c, sorted(kw)]


def test_the_function_stays_what_it_was():
    code = documented.__code__
    before = (inspect.signature(documented), pydoc.render_doc(documented), inspect.getsource(documented),
              dis.Bytecode(documented).dis())
    leave(documented)
    assert is_native(documented)
    assert real_code(documented) is not code
    assert documented.__code__ is code
    assert before == (inspect.signature(documented), pydoc.render_doc(documented), inspect.getsource(documented),
                      dis.Bytecode(documented).dis())
    assert pickle.loads(pickle.dumps(documented)) is documented
    assert copy.deepcopy(documented) is documented
    assert documented(1, 5, 6, c=7, d=8) == [1, 5, (6,), 7, ["d"]]
    assert documented(1) == [1, 2, (), 3, []]
    documented.__defaults__ = (20,)
    documented.__kwdefaults__ = {"c": 30}
    assert documented(1) == [1, 20, (), 30, []]
    documented.__annotations__["a"] = str
    assert functools.wraps(documented)(lambda: 1).__wrapped__ is documented
    try:
        documented()
    except TypeError as e:
        assert str(e) == "documented() missing 1 required positional argument: 'a'"
    else:
        assert False


def test_a_copy_of_the_code_is_the_original():
    g = start(types.FunctionType((lambda x: (x, name)).__code__, {"name": "g"}))
    h = types.FunctionType(g.__code__, {"name": "h"})
    assert (g(1), h(1)) == ((1, "g"), (1, "h"))
    assert not is_native(h)


def test_a_stub_in_another_function_runs_with_its_globals():
    g = types.FunctionType((lambda x: (x, name)).__code__, {"name": "g"})
    install(g, ["object"], [], [], number=-1, argument=0)
    h = types.FunctionType(real_code(g), {"name": "h"})
    assert (g(1), h(1)) == (1, (1, "h"))


def test_assigning_code_wins():
    def f():
        return 1

    original = f.__code__
    leave(f)
    f.__code__ = (lambda: 2).__code__
    assert f() == 2 and not is_native(f)
    f.__code__ = original
    assert f() == 1 and not is_native(f) and not uninstall(f)
    leave(f)
    assert f() == 1 and is_native(f)
    assert uninstall(f) and f() == 1 and not is_native(f) and real_code(f) is original


def test_dies_with_its_closure():
    class Held:
        pass

    def make():
        held = Held()

        def f():
            return held
        return f, weakref.ref(held)

    f, held = make()
    leave(f)
    assert f() is held()
    del f
    assert held() is None


def test_uninstalled_while_it_runs():
    def f(x):
        x and uninstall(f)
        return x

    leave(f)
    assert f(3) == 3 and not is_native(f) and f(4) == 4


def test_the_native_object_is_only_for_stubs():
    def f():
        pass

    leave(f)
    try:
        next(real_code(f).co_consts[0])
    except TypeError as e:
        assert str(e) == "preforge: a native function is called by its stub only"
    else:
        assert False


# ---- dispatch ---------------------------------------------------------------


def test_arguments_choose_the_specialization():
    def f(a, b):
        return "cpython"

    index = install(f, ["int", "float"], [], [], number=-1, argument=0)
    assert install(f, ["bool", "object"], [], [], number=-1, argument=1) == index
    assert f(1, 2.0) == 1 and f(True, "x") == "x"
    limit = 2**63
    assert f(limit - 1, 2.0) == limit - 1 and f(1 - limit, 2.0) == 1 - limit
    assert f(limit, 2.0) == f(-limit, 2.0) == f(1 << 100, 2.0) == "cpython"
    subclass = type("Int", (int,), {})
    assert f(subclass(1), 2.0) == f(1, 2) == f(1.0, 2.0) == f("x", 2.0) == "cpython"
    assert counted(index)[1] == 0
    assert install(f, ["object", "int"], [], [], number=-1, argument=1) == index
    assert install(f, ["float", "float"], [], [], number=-1, argument=1) == index
    try:
        install(f, ["float", "int"], [], [])
    except ValueError as e:
        assert str(e) == "test.function has 4 specializations already"
    else:
        assert False


def test_calls_and_side_exits_are_counted():
    def f(a):
        return a

    index = install(f, ["int"], [], [(-1, offset(f.__code__, "RESUME") + 1, [("obj", 0)], [], 0)], number=1)
    assert [f(1), f(2), f("x")] == [1, 2, "x"]
    assert counted(index) == (3, 2)


# ---- the objects of a frame --------------------------------------------------


def exit_with(value, consts=()):
    """What CPython sees for one local that a side exit describes."""
    def f():
        global seen
        x = 1
        return x

    install(f, [], list(consts), [(-1, offset(f.__code__, "LOAD_FAST"), [value], [], 0)], number=1)
    return f()


def test_numbers():
    big = 1 << 63
    for kind, values in (("i64", (0, -1, big - 1, -big)), ("f64", (0.0, -0.0, 1e300)), ("bool", (False, True)),
                         ("i128", (0, -1, big, -big - 1, (1 << 127) - 1, -1 << 127))):
        for value in values:
            seen = exit_with((kind, value))
            assert type(seen) is type(value) and repr(seen) == repr(value)
    assert exit_with(("const", 1), [("object", 1)]) == 1
    assert exit_with(("const", 1), [("builtin", "sum")]) is sum
    assert exit_with(("const", 1), [("builtin", "None")]) is None


def test_ranges():
    def ints(*values):
        return tuple(("i64", v) for v in values)

    end = (1 << 63) - 1
    assert exit_with(("range", *ints(1, -5, -2))) == range(1, -5, -2)
    for start_, left, step in ((0, 3, 1), (5, 0, 1), (5, 4, -3), (end - 7, 3, 3), (-end + 7, 3, -3), (-5, 1, end),
                               (end, 1, end), (-end - 1, 1, -end - 1), (end - 1, 2, 1)):
        it = exit_with(("range_iter", *ints(start_, left, step)))
        assert list(it) == [start_ + i * step for i in range(left)]
    assert type(exit_with(("range_iter", *ints(end - 100, 3, 3)))) is type(iter(range(1)))


def test_cells_are_shared():
    def f(a):
        def g():
            nonlocal a
            a += 1
            return a
        return g, lambda: a

    code = f.__code__
    i = [k for k, c in enumerate(code.co_consts) if isinstance(c, types.CodeType)]
    pc = offset(code, "LOAD_FAST")
    # a and g are locals; the stack holds g and the other closure, as right before BUILD_TUPLE
    cell = ("cell", 0, ("i64", 10))
    install(f, ["object"], [("object", i[0]), ("object", i[1])],
            [(-1, offset(code, "BUILD_TUPLE", -1), [cell, ("unbound",)],
              [("function", 1, ("tuple", cell)), ("function", 2, ("tuple", cell))], 0)], number=1)
    g, h = f(1)
    assert g() == 11 and h() == 11 and g.__closure__[0] is h.__closure__[0]
    assert g.__qualname__ == "test_cells_are_shared.<locals>.f.<locals>.g" and g.__module__ == __name__


def total(n):
    base = 2
    return sum(x * base for x in range(n)), base


def test_generators():
    code = total.__code__
    inner = [c for c in code.co_consts if isinstance(c, types.CodeType)][0]
    consts = [("object", code.co_consts.index(inner)), ("builtin", "sum")]
    locals_ = [("obj", 0), ("cell", 7, ("i64", 2))]
    closure = ("tuple", ("cell", 7, ("i64", 2)))
    rest = ("range_iter", ("i64", 3), ("i64", 2), ("i64", 1))  # 3, 4
    sum_call = offset(code, "CALL", -1)
    assert len(code.co_varnames + code.co_cellvars) == 2

    # not started
    fresh = ("generator_new", ("function", 1, closure), rest)
    f = types.FunctionType(code, globals())
    install(f, ["int"], consts, [(-1, sum_call, locals_, [("null",), ("const", 2), fresh], 1)], number=1)
    assert f(9) == (14, 2)

    # inside of its body, with a value on its stack; sum()'s partial result goes along as a second argument
    for at, stack, expected in ((offset(inner, "BINARY_OP"), [rest, ("i64", 10), ("i64", 2)], 100 + 20 + 14),
                                (offset(inner, "YIELD_VALUE"), [rest, ("f64", 0.5)], 100 + 0.5 + 14),
                                (offset(inner, "FOR_ITER"), [rest], 114),
                                (offset(inner, "POP_TOP", 0), [("i64", 1)], 114)):
        frame = (1, at, [rest, ("i64", 10), ("cell", 7, ("i64", 2))], stack, 0)
        f = types.FunctionType(code, globals())
        install(f, ["int"], consts,
                [(-1, sum_call, locals_, [("null",), ("const", 2), ("generator", frame), ("i64", 100)], 2)], number=1)
        assert f(9) == (expected, 2), (at, f(9))


def test_a_generators_traceback():
    def f(n):
        try:
            return list(
                1 // x for x in n)
        except ZeroDivisionError:
            return traceback.format_exc()

    expected = f([1, 0])
    code = f.__code__
    inner = [c for c in code.co_consts if isinstance(c, types.CodeType)][0]
    rest = ("range_iter", ("i64", 3), ("i64", 2), ("i64", 1))
    frame = (1, offset(inner, "BINARY_OP"), [rest, ("i64", 0)], [rest, ("i64", 1), ("i64", 0)], 0)
    install(f, ["object"], [("object", code.co_consts.index(inner)), ("builtin", "list")],
            [(-1, offset(code, "CALL", 1), [("obj", 0)], [("null",), ("const", 2), ("generator", frame)], 1)], number=1)
    assert f([1, 0]) == expected, f([1, 0])


# ---- references --------------------------------------------------------------


class Thing:
    pass


def test_arguments_are_freed_when_cpython_frees_them():
    source = """if True:
    def f(thing, ref, spare):
        before = sys.getrefcount(thing)
        thing = None
        return before, ref() is None, sys.getrefcount(spare)
    """

    def test(f):
        def call(make):
            thing = make()
            return f(thing, weakref.ref(thing), object())

        def gone():
            things = [Thing()]
            return f(things.pop(), lambda: None, object())

        return call(Thing), gone()

    in_each(source, "f", test)

    source = """if True:
    def f(things):
        ref = weakref.ref(things[0])
        things = 1
        return ref() is None
    """
    source = source.replace("def f", "import weakref\n    def f")
    assert in_each(source, "f", lambda f: f([Thing()]))


def test_nothing_leaks():
    def f(a, *args, k=None, **kw):
        b = lambda: a
        return b, args, kw

    leave(f)
    value = Thing()
    gc.collect()
    before = sys.getrefcount(value), len(gc.get_objects())
    for _ in range(50):
        f(value, value, k=value, z=value)
    gc.collect()
    after = sys.getrefcount(value), len(gc.get_objects())
    assert after[0] == before[0] and abs(after[1] - before[1]) < 5, (before, after)


def test_strings_grow_in_place():
    source = """if True:
    def f(s):
        ids = set()
        for i in range(2000):
            s += "xxxxxxxx"
            ids.add(id(s))
        return len(ids) < 1000
    """
    in_each(source, "f", lambda f: f("".join(["a", "b"])))  # equal: some allocators never grow in place


# ---- depth -------------------------------------------------------------------


def test_recursion_error_comes_at_the_same_depth():
    source = """if True:
    depth = 0
    def f(n):
        global depth
        depth = n
        return f(n + 1)
    def g(n):
        try:
            f(n)
        except RecursionError as e:
            return depth, str(e), len(traceback.extract_tb(e.__traceback__))
    """
    in_each(source, "f", lambda f: f.__globals__["g"](1))


def test_recursion_takes_no_c_stack():
    def f(n):
        return n and f(n - 1) + 1

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1 << 20)
    try:
        assert leave(f)(200000) == 200000
    finally:
        sys.setrecursionlimit(limit)


def test_calls_from_c():
    source = """if True:
    class C:
        def __init__(self, v): self.v = v
        def __lt__(self, other): return self.v < other.v
        def __eq__(self, other): return self.v == other.v
        def __getattr__(self, name): return name + str(self.v)
        def __getitem__(self, i):
            if i > 3: raise IndexError(i)
            return i
    def f(x):
        c = C(x)
        return sorted([c, C(2), C(1)])[0].v, c.attribute, list(c), max(c, key=str)
    """

    def test(f):
        for name in vars(f.__globals__["C"]):
            method = getattr(f.__globals__["C"], name)
            if is_native(f) and isinstance(method, types.FunctionType):
                leave(method)
        return list(map(f, (1, 2, 3)))

    in_each(source, "f", test)


# ---- what looks at frames ----------------------------------------------------


def test_tracebacks():
    source = """if True:
    def f(x):
        y = x + 1
        return (1,
                y / 0)
    def g(x):
        return [f(x)
                for _ in '1']
    """

    def test(f):
        try:
            f.__globals__["g"](1)
        except ZeroDivisionError:
            return traceback.format_exc()

    in_each(source, "f", test)


def test_frames():
    source = """if True:
    def look(depth):
        frame, result = sys._getframe(1), []
        while frame and len(result) < 4:
            result.append((frame.f_code.co_name, frame.f_lineno, sorted(frame.f_locals)))
            frame = frame.f_back
        return result
    def f(x):
        y = (x,
             look(1))
        return y, look(2), locals().keys() == {'x', 'y'}
    """
    in_each(source, "f", lambda f: f(1))


def test_frame_objects_outlive_the_call():
    source = """if True:
    def f(x):
        y = [x]
        return sys._getframe()
    """
    in_each(source, "f", lambda f: (f(5).f_locals, f(6).f_lineno, f(7).f_back.f_code.co_name))


def test_warnings():
    source = """if True:
    def f(x):
        z = 1
        warnings.warn('careful', stacklevel=1)
        warnings.warn('caller', stacklevel=2)
    """

    def test(f):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            f(1)
        return [(w.filename, w.lineno, str(w.message)) for w in caught]

    in_each(source, "f", test)


def test_trace_and_profile_functions_see_what_they_always_see():
    source = """if True:
    def g(x):
        return x + 1
    def f(x):
        try:
            for i in range(2):
                g(i)
            len('a')
            raise KeyError
        except KeyError:
            pass
        return g(x)
    """

    def test(f):
        events = []

        def trace(frame, event, arg):
            events.append((frame.f_code.co_name, event, frame.f_lineno, frame.f_lasti, str(arg).split(" at ")[0]))
            return trace

        f(1)
        sys.settrace(trace)
        f(1)
        sys.settrace(None)
        sys.setprofile(trace)
        f(1)
        sys.setprofile(None)
        return events

    in_each(source, "f", test)


def test_a_frame_hook():
    source = """if True:
    def g(x):
        return x * 2
    def f(x):
        return g(x) + g(1)
    """

    def test(f):
        hook(True)
        try:
            return f(3)
        finally:
            assert hook(False) > 2

    in_each(source, "f", test)


# ---- other threads, signals --------------------------------------------------


def spinning(send):
    """Call a function whose loop ends only when poll says so; send() runs in another thread when it is in its loop."""
    def f(x):
        return x

    index = install(f, ["object"], [], [(-1, offset(f.__code__, "RESUME"), [("obj", 0)], [], 0)], number=1, spin=True)

    def other():
        while counted(index)[0] == 0:
            pass
        send()

    thread = threading.Thread(target=other)
    try:
        thread.start()
        f(1)
    finally:
        thread.join()


def test_native_loops_give_other_threads_their_turn():
    class Stop(BaseException):
        pass

    import ctypes
    main = threading.get_ident()

    def send():
        assert ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(main), ctypes.py_object(Stop)) == 1

    try:
        spinning(send)
    except Stop as e:
        assert traceback.extract_tb(e.__traceback__)[-1].name == "f"
    else:
        assert False


def test_native_loops_let_signals_in():
    class Alarm(Exception):
        pass

    def handler(number, frame):
        raise Alarm(frame.f_code.co_name)

    main = threading.get_ident()
    previous = signal.signal(signal.SIGALRM, handler)
    try:
        spinning(lambda: signal.pthread_kill(main, signal.SIGALRM))
    except Alarm as e:
        assert str(e) == "f"
    else:
        assert False
    finally:
        signal.signal(signal.SIGALRM, previous)


def test_threads():
    def f(n):
        t = 0
        for i in range(n):
            t += i
        return t

    leave(f)
    results = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=lambda: [results.append(f(50)) for _ in range(300)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(interval)
    assert results == [1225] * 1200


# ---- what cannot be installed ------------------------------------------------


def refused(f, *args, **kwargs):
    try:
        install(f, *args, **kwargs)
    except ValueError as e:
        return str(e)
    assert False, "installed"


def test_what_does_not_fit_is_refused():
    def f(a):
        return a

    async def coroutine():
        pass

    own = f.__code__
    assert refused(len, [], [], []) == "test.function is no Python function"
    assert refused(coroutine, [], [], []) == "test.function is a coroutine or no function"
    assert refused(f, [], [], []) == "test.function takes 0 parameters where the code takes 1"
    assert refused(f, ["int"], [("object", 99)], []) == "test.function: the code object has no constant 1"
    assert refused(f, ["int"], [("builtin", "nothing")], []) == "test.function: builtins.nothing is not CPython's own"
    assert refused(f, ["int"], [], [(-1, 1, [], [], 0)]) == "test.function: an exit has 0 locals where the code has 1"
    assert refused(f, ["int"], [], [(-1, 99, [("obj", 0)], [], 0)]) == "test.function: f: offset 99 is no instruction"
    assert refused(f, ["int"], [], [(-1, 1, [("obj", 0)], [("i64", 1)] * 3, 1)]) == "test.function: f: offset 1 is no call"
    assert refused(f, ["int"], [], [(-1, 1, [("obj", 0)], [("i64", 1)] * 30, 0)]) == \
        "test.function: the stack of an exit is too deep: 30"
    assert refused(f, ["int"], [], [(-1, 1, [("const", 5)], [], 0)]) == \
        "test.function: an exit needs a constant that is not there"
    assert not is_native(f) and f.__code__ is own


ENOUGH_CALLS = 1000  # for a trial, whatever comes out


def test_a_trial_compares_whole_recursions():
    def f(calls):
        if calls == ENOUGH_CALLS:
            start_trial(f)
        for i in range(calls):
            f(0)
        return calls

    assert leave(f)(ENOUGH_CALLS) == ENOUGH_CALLS
    assert not is_trial_over(), "calls inside of one that began before it say nothing"
    for i in range(ENOUGH_CALLS):
        assert f(2) == 2
    assert is_trial_over()


def test_each_code_is_another_version():
    def f(a):
        return a

    install(f, ["object"], [], [])
    assert version(f) == 1
    install(f, ["object"], [], [])
    assert version(f) == 2, "in place of the first"
    install(f, ["int"], [], [])
    assert version(f) == 3
    refused(f, ["int"], [("object", 99)], [])
    assert version(f) == 3


def test_code_that_loses_since_calls_leave_it_may_get_other_code():
    def f(n):
        return n

    leave(f)
    observe_losses(True)
    start_trial(f)
    calls = 0
    while not losses():
        calls += 1
        assert f(calls) == calls and calls < 100000
    exits = counted(f.index)[1]
    assert exits > 0
    for i in range(100):
        assert f(i) == i
    assert counted(f.index)[1] == exits, "CPython has the calls until then"
    assert losses() == 1 and not is_trial_over(), "nothing is said of the code"
    observe_losses(False)


def test_a_trial_of_a_function_that_calls_itself_through_others():
    def f(calls):
        if calls == ENOUGH_CALLS:
            start_trial(f)
        return [*map(g, range(calls))]

    def g(n):
        return f(0)

    assert len(leave(f)(ENOUGH_CALLS)) == ENOUGH_CALLS
    assert not is_trial_over()


def test_a_replaced_builtin_is_refused():
    def f(a):
        return a

    import builtins
    real = builtins.sum
    builtins.sum = lambda *a: 0
    try:
        assert refused(f, ["int"], [("builtin", "sum")], []) == "test.function: builtins.sum is not CPython's own"
    finally:
        builtins.sum = real
