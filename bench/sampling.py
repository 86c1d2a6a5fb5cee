"""What finding hot functions by sampling costs the calls: the same work with it and without, and the cost of one sample."""

import os
import statistics
import tempfile

from common import Daemon, ms, spread, table, title

ROUNDS = 15
SAMPLES = 20000
INTERVAL_MS = 10
# The function is a part of the hot path that is never native: it counts what the sampler finds in CPython's code.
APP = """
import signal
import time

SAMPLE = signal.SIGRTMAX - 5  # as in workers/sampler.c
IGNORED = signal.SIGWINCH  # does nothing, by default


def work(n):
    total = 0
    for i in range(n):
        total += i * 3 % 7
    return total


def timed_work(n):
    start = time.process_time()
    work(n)
    return time.process_time() - start


def timed_signals(number, n):
    raise_signal = signal.raise_signal
    start = time.process_time()
    for _ in range(n):
        raise_signal(number)
    return time.process_time() - start


def signals(n):
    return [timed_signals(int(number), n) for number in (SAMPLE, IGNORED)]
"""


def main():
    title(f"sampling: medians of {ROUNDS} interleaved rounds")
    # Nothing gets hot, so that only the looking is measured.
    own = ["server.workers=1", "jit.hot=1h", "cache.store_size=0"]
    with tempfile.TemporaryDirectory(prefix="preforge-bench-") as directory:
        app = os.path.join(directory, "app.py")
        with open(app, "w") as file:
            file.write(APP)
        with Daemon(app, *own, f"jit.sample={INTERVAL_MS}ms") as with_it, Daemon(app, *own, "jit.sample=0us") as without:
            clients = [with_it.client(), without.client()]
            times, samples = [[], []], []
            for _ in range(ROUNDS):
                for client, found in zip(clients, times, strict=True):
                    found.append(client.call("timed_work", 1000000))
                sample, ignored = clients[0].call("signals", SAMPLES)
                samples.append((sample - ignored) / SAMPLES)
    ratios = [a / b for a, b in zip(*times, strict=True)]
    table(
        ["CPU time of the same call", "with", "without", "with / without", "middle half"],
        [["", ms(times[0]), ms(times[1]), f"{statistics.median(ratios):.4f}", spread(ratios)]],
    )
    one = statistics.median(samples)
    print(
        f"\n  one sample, its signal included: {one * 1e6:.2f} us of CPU time; one each {INTERVAL_MS} ms: "
        f"{one / (INTERVAL_MS / 1000) * 100:.3f} %"
    )


main()
