"""The cost of Python code that is not compiled: an object-heavy program in a worker ([jit] mode=off) against python3.11."""

import os
import statistics
import sys

from common import SRCDIR, Daemon, Interpreter, ms, need_same, spread, table, title

APP = os.path.join(SRCDIR, "bench", "objects.py")
PROCESSES = 8  # fresh pairs of processes: where memory lands makes up to some percent for the life of a process
PAIRS = 8  # calls in each
WORK = 100  # rounds of the program in a call


def measure():
    worker, plain = [], []
    for process in range(PROCESSES):
        with (
            Daemon(APP, "server.workers=1", "jit.mode=off") as daemon,
            Interpreter(sys.executable, APP) as cpython,
        ):
            client = daemon.client()
            for pair in range(PAIRS + 1):
                sides = [lambda: client.timed("timed", WORK)[1], lambda: cpython.timed("timed", WORK)[1]]
                order = (0, 1) if (process + pair) % 2 else (1, 0)
                results = {side: sides[side]() for side in order}
                need_same([results[0][1], results[1][1]])
                if pair:  # the first call of each specialises the bytecode
                    worker.append(results[0][0])
                    plain.append(results[1][0])
    return worker, plain


def main():
    title(f"uncompiled code: bench/objects.py, {PROCESSES} pairs of processes with {PAIRS} paired calls each")
    worker, plain = measure()
    ratios = [a / b for a, b in zip(worker, plain, strict=True)]
    table(
        ["", "a call", "it / CPython", "middle half"],
        [
            ["worker, jit off", ms(worker), f"{statistics.median(ratios):.3f}", spread(ratios)],
            [sys.executable, ms(plain), "1", ""],
        ],
    )


main()
