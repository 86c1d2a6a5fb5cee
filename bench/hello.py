"""One call of hello() in a worker against CPython and PyPy, interleaved."""

import statistics
import sys

from common import EXAMPLE, WARMUP, Daemon, Interpreter, ms, need_same, pypy, spread, table, title

ROUNDS = 31
FRESH = 5  # processes of which the first call is taken
PYPY_WARMUP = 20  # calls; its trace is compiled after the first few


def first_calls():
    """Seconds of the first hello() of fresh processes (or, for preforge, of fresh daemons)."""
    first = {"preforge": [], "CPython": [], "PyPy": []}
    for _ in range(FRESH):
        with Daemon(EXAMPLE, "server.workers=1", f"warmup.requests={WARMUP}") as daemon:
            client = daemon.client()
            client.timed("empty")
            first["preforge"].append(client.timed("hello")[0])
        for name, python in (("CPython", sys.executable), ("PyPy", pypy()[0])):
            if python:
                with Interpreter(python, EXAMPLE) as interpreter:
                    first[name].append(interpreter.timed("hello")[0])
    return first


def warm_calls():
    """Seconds of calls after warm-up, one of each kind a round."""
    warm = {"preforge": [], "preforge, without the empty call": [], "CPython": [], "PyPy": []}
    with (
        Daemon(EXAMPLE, "server.workers=1", f"warmup.requests={WARMUP}") as daemon,
        Interpreter(sys.executable, EXAMPLE) as cpython,
        Interpreter(pypy()[0] or sys.executable, EXAMPLE) as other,
    ):
        client = daemon.client()
        for _ in range(PYPY_WARMUP):
            other.timed("hello")
        empty = statistics.median(client.timed("empty")[0] for _ in range(ROUNDS))
        for _ in range(ROUNDS):
            rpc, answer = client.timed("hello")
            plain, expected = cpython.timed("hello")
            need_same([answer, expected])
            warm["preforge"].append(rpc)
            warm["preforge, without the empty call"].append(rpc - empty)
            warm["CPython"].append(plain)
            if pypy()[0]:
                warm["PyPy"].append(other.timed("hello")[0])
        function = next(f for f in daemon.ctl("functions") if f["name"].endswith("hello"))
    return warm, function


def row(name, warm, first):
    if not warm[name]:
        return [name, pypy()[1], "", "", "", ""]
    ratios = [other / own for own, other in zip(warm[name], warm["CPython"], strict=True) if own > 0]
    to_pypy = [other / own for own, other in zip(warm[name], warm["PyPy"]) if own > 0]
    return [
        name,
        ms(warm[name]),
        ms(first) if first else "",
        f"{statistics.median(ratios):.1f}x",
        spread(ratios),
        f"{statistics.median(to_pypy):.1f}x" if to_pypy else "",
    ]


def main():
    title(f"hello(): medians of {ROUNDS} paired rounds; first call: median of {FRESH} fresh processes")
    first = first_calls()
    warm, function = warm_calls()
    rows = [row(name, warm, first.get(name)) for name in warm]
    table(["", "a call", "first call", "CPython / it", "middle half", "PyPy / it"], rows)
    print(f"  hello is {function['state']} in the worker" + (f" ({function['reason']})" if function["reason"] else ""))


main()
