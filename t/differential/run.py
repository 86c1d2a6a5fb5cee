"""Call every function of a case file with its arguments and print what came out, a line a call.

usage: run.py CASES.py

A case file has functions and a list CASES of (function, arguments) pairs.  Every call is made several times, so that
functions that go native at their first or second call are seen before and after.  What is printed is the same under every
correct interpreter: type and repr of the result (floats by their bits), or exception, its text, its lines and functions.

A file with ALL_FIRST has all of its calls made once before any is made again; told() of a file is what happened in a call, and makes all as it was.

No module is imported that cases do not need: where everything is compiled at its first call, the functions of the standard
library would take longer than the cases.
"""
import sys

ROUNDS = 3
SAME_IN_COPY = frozenset(
    [int, float, complex, bool, str, bytes, range, type, type(None), type(...), type(NotImplemented), type(len), type(lambda: 0)]
)


def fresh(value, memo):
    """What copy.deepcopy() gives."""
    kind = type(value)
    if kind in SAME_IN_COPY:
        return value
    if id(value) in memo:
        return memo[id(value)]
    if kind is tuple:
        items = [fresh(item, memo) for item in value]
        if any(a is not b for a, b in zip(items, value)):
            value = tuple(items)
        return value
    if kind is list:
        copied = memo[id(value)] = []
        for item in value:
            copied.append(fresh(item, memo))
        return copied
    if kind is dict:
        copied = memo[id(value)] = {}
        for key in value:
            copied[fresh(key, memo)] = fresh(value[key], memo)
        return copied
    if kind in (set, bytearray):  # items of sets do not change
        memo[id(value)] = kind(value)
        return memo[id(value)]
    if hasattr(kind, "again"):
        memo[id(value)] = value.again()
        return memo[id(value)]
    if kind.__name__ == "array":
        memo[id(value)] = value[:]
        return memo[id(value)]
    import copy

    return copy.deepcopy(value, memo)


def show(value):
    if type(value) is float:
        # A NaN's sign is no property of CPython: in some builds of 3.11 nan * -1.0 negates, in others it does not.
        return "float " + value.hex()
    if type(value) in (list, tuple):
        return type(value).__name__ + "(" + ", ".join(map(show, value)) + ")"
    return f"{type(value).__name__} {value!r}"


def places(tb):
    """(function, line) of each frame."""
    found = []
    while tb:
        found.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
        tb = tb.tb_next
    return found


def outcome(function, arguments):
    try:
        result = show(function(*arguments))
    except Exception as e:
        # No columns, and no lines of unbound locals: there CPython's own first runs of a function differ from later ones,
        # when one superinstruction does the work of two and its first half's place is told.
        unbound = isinstance(e, UnboundLocalError)
        lines = [(name, None if unbound else line) for name, line in places(e.__traceback__)[1:]]
        return f"{type(e).__name__}: {e} at {lines}"
    return result


def load(path):
    module = type(sys)("cases")
    module.__file__ = path
    sys.modules["cases"] = module
    with open(path, "rb") as f:
        exec(compile(f.read(), path, "exec"), module.__dict__)
    return module


def main():
    module = load(sys.argv[1])
    told = getattr(module, "told", str)
    rounds = [(number, round) for number in range(len(module.CASES)) for round in range(ROUNDS)]
    if hasattr(module, "ALL_FIRST"):
        rounds.sort(key=lambda r: r[1])
    for number, round in rounds:
        function, arguments = module.CASES[number]
        given = fresh(arguments, {})
        text = f"{number} {function.__qualname__}{arguments!r} #{round}: {outcome(function, given)}, then {show(given)}"
        del given
        print(text, told())


main()
