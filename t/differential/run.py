"""Call every function of a case file with its arguments and print what came out, a line a call.

usage: run.py CASES.py

A case file has functions and a list CASES of (function, arguments) pairs.  Every call is made several times, so that
functions that go native at their first or second call are seen before and after.  What is printed is the same under every
correct interpreter: type and repr of the result (floats by their bits), or exception, its text, its lines and functions.
"""
import copy
import importlib.util
import struct
import sys
import traceback


def show(value):
    if type(value) is float:
        # A NaN's sign is no property of CPython: in some builds of 3.11 nan * -1.0 negates, in others it does not.
        if value != value:
            return "float nan"
        return "float " + struct.pack(">d", value).hex()
    if type(value) in (list, tuple):
        return type(value).__name__ + "(" + ", ".join(map(show, value)) + ")"
    return f"{type(value).__name__} {value!r}"


def outcome(function, arguments):
    try:
        result = show(function(*arguments))
    except Exception as e:
        # No columns, and no lines of unbound locals: there CPython's own first runs of a function differ from later ones,
        # when one superinstruction does the work of two and its first half's place is told.
        unbound = isinstance(e, UnboundLocalError)
        lines = [(f.name, None if unbound else f.lineno) for f in traceback.extract_tb(e.__traceback__)[1:]]
        return f"{type(e).__name__}: {e} at {lines}"
    return result


def main():
    spec = importlib.util.spec_from_file_location("cases", sys.argv[1])
    module = importlib.util.module_from_spec(spec)
    sys.modules["cases"] = module
    spec.loader.exec_module(module)
    for number, (function, arguments) in enumerate(module.CASES):
        for round in range(3):
            given = copy.deepcopy(arguments)
            print(f"{number} {function.__qualname__}{arguments!r} #{round}: {outcome(function, given)}, then {show(given)}")


main()
