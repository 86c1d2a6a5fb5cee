"""The time from exec to READY with and without compilation, and the private memory of each worker."""

import os
import re
import statistics

from common import EXAMPLE, WARMUP, Daemon, ms, table, title

ROUNDS = 9
WORKERS = 8


def private_kb(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return sum(int(kb) for kb in re.findall(r"^Private_(?:Clean|Dirty): +(\d+) kB", file.read(), re.MULTILINE))


def starts():
    settings = {
        "mode=off": ["jit.mode=off"],
        "mode=off, warm-up": ["jit.mode=off", f"warmup.requests={WARMUP}"],
        "mode=on, warm-up": ["jit.mode=on", f"warmup.requests={WARMUP}"],
    }
    seconds = {name: [] for name in settings}
    for _ in range(ROUNDS):
        for name, values in settings.items():
            with Daemon(EXAMPLE, "server.workers=2", *values) as daemon:
                seconds[name].append(daemon.ready_s)
    return seconds


def memory():
    """[kB after READY], [kB after each worker answered requests] of each worker."""
    with Daemon(EXAMPLE, f"server.workers={WORKERS}", f"warmup.requests={WARMUP}") as daemon:
        pids = [worker["pid"] for worker in daemon.ctl("status")["workers"]]
        fresh = [private_kb(pid) for pid in pids]
        clients = [daemon.client() for _ in range(4 * WORKERS)]
        for _ in range(10):
            for client in clients:
                client.call("hello")
                client.call("is_prime", 10007)
        return fresh, [private_kb(pid) for pid in pids]


def main():
    title(f"start: medians of {ROUNDS} interleaved starts with 2 workers")
    seconds = starts()
    table(["", "exec to READY"], [[name, ms(values)] for name, values in seconds.items()])
    if os.geteuid() != 0:
        print("\n  the workers' private memory: not measured, since only root may read that of preforge's processes")
        return
    fresh, used = memory()
    print(f"\n  private memory of each of {WORKERS} workers (Private_Clean + Private_Dirty), medians and the largest\n")
    table(
        ["", "median", "largest"],
        [
            [name, f"{statistics.median(values) / 1024:.2f} MB", f"{max(values) / 1024:.2f} MB"]
            for name, values in (("after READY", fresh), ("after requests", used))
        ],
    )


main()
