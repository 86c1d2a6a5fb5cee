"""What a restart costs with the code cache cold and warm: the time to READY, and the first request of each function."""

import os
import statistics
import tempfile

import many
from common import Daemon, Interpreter, ms, pypy, spread, table, title

FUNCTIONS = 100
ROUNDS = 3
STEADY = 15  # calls of each function after its first
SETTLE = 40  # ... before, where nothing is stored: what native functions gain is measured then
N = 20000


def values(daemon):
    cache = daemon.ctl("status")["cache"]
    return cache["compiled"], cache["loaded"]


def first_and_steady(caller, settle=0):
    """The first call of each function in a fresh process, and the median of later ones after settle others, seconds."""
    first = {name: caller.timed(name, N)[0] for name in many.names(FUNCTIONS)}
    steady = {name: [] for name in first}
    for r in range(settle + STEADY):
        for name, times in steady.items():
            seconds = caller.timed(name, N)[0]
            if r >= settle:
                times.append(seconds)
    return [(first[name], statistics.median(steady[name])) for name in first]


def in_worker(daemon):
    client = daemon.client()
    client.call("empty")
    return first_and_steady(client)


def in_pypy(app):
    if not pypy()[0]:
        return []
    with Interpreter(pypy()[0], app) as interpreter:
        return first_and_steady(interpreter, SETTLE)


def settle(daemon):
    client = daemon.client()
    for _ in range(SETTLE):
        for name in many.names(FUNCTIONS):
            client.call(name, N)


def main():
    title(f"restart: {FUNCTIONS} functions, one worker; medians of {ROUNDS} rounds")
    ready = {"jit off": [], "cold, with a warm-up file": [], "warm, without": []}
    made = {}
    pairs, cpython, other = [], [], []
    with tempfile.TemporaryDirectory(prefix="preforge-bench-") as directory:
        app = os.path.join(directory, "app.py")
        warmup = many.write(app, FUNCTIONS)
        for r in range(ROUNDS):
            store = os.path.join(directory, f"store{r}")
            own = ["server.workers=1", f"cache.directory={store}", "jit.sample=0us"]
            with Daemon(app, "server.workers=1", "jit.mode=off") as daemon:
                ready["jit off"].append(daemon.ready_s)
                cpython += in_worker(daemon)
            with Daemon(app, *own, "jit.sample=10ms", f"warmup.requests={warmup}") as daemon:
                ready["cold, with a warm-up file"].append(daemon.ready_s)
                made["cold, with a warm-up file"] = values(daemon)
                settle(daemon)
            with Daemon(app, *own) as daemon:
                ready["warm, without"].append(daemon.ready_s)
                made["warm, without"] = values(daemon)
                pairs += in_worker(daemon)
            other += in_pypy(app)
    table(
        ["", "exec to READY", "compiled", "loaded"],
        [[name, ms(times), *map(str, made.get(name, ("", "")))] for name, times in ready.items()],
    )
    print(f"\n  the first call of each function after a start, against its later ones (n = {N})\n")
    rows = []
    for name, found in (("CPython (jit off)", cpython), ("warm store", pairs), ("PyPy, in its process", other)):
        if not found:
            continue
        ratios = [first / steady for first, steady in found]
        extra = [first - steady for first, steady in found]
        rows.append(
            [name, ms([steady for _, steady in found]), ms([first for first, _ in found]),
             f"{statistics.median(ratios):.2f}", spread(ratios), ms(extra)]
        )  # fmt: skip
    table(["", "steady", "first", "first / steady", "middle half", "difference"], rows)


main()
