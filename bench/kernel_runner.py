"""Runs main() of one kernel again and again in one process and prints, as JSON, what it returned and every time in seconds.

usage: kernel_runner.py KERNEL.py WARM_UP_SECONDS ROUNDS; any Python 3 runs it.  The first time is that of a fresh process.
"""
import json
import sys
import time
import types

LEAST_WARM_UP = 8  # rounds, however long they take
MOST_SECONDS = 6.0  # then a slow kernel has had enough


def load(path):
    module = types.ModuleType("kernel")
    module.__file__ = path
    sys.modules["kernel"] = module  # where dataclasses look for it
    with open(path, encoding="utf-8") as file:
        exec(compile(file.read(), path, "exec"), module.__dict__)
    return module.main


def run(main, warm_up_s, rounds):
    times = []
    expected = None
    begin = time.perf_counter()
    warm = None
    while warm is None or len(times) < warm + rounds:
        start = time.perf_counter()
        result = main()
        now = time.perf_counter()
        times.append(now - start)
        result = repr(result)
        if expected is None:
            expected = result
        elif result != expected:
            sys.exit(f"round {len(times)} returned {result}, the first one {expected}")
        if warm is None and len(times) >= LEAST_WARM_UP and now - begin >= warm_up_s:
            warm = len(times)
        if now - begin > MOST_SECONDS and len(times) >= 3:
            break
    return expected, times[0], times[warm:] if warm and len(times) > warm else times[-1:]


def main():
    path, warm_up_s, rounds = sys.argv[1:]
    begin = time.perf_counter()
    function = load(path)
    loaded = time.perf_counter() - begin
    result, cold, steady = run(function, float(warm_up_s), int(rounds))
    print(json.dumps({"result": result, "load": loaded, "cold": cold, "steady": steady}))


main()
