"""What compiling costs while requests are served: CPU time of a compilation, and the latency of a steady load beside it."""

import json
import os
import statistics
import subprocess
import tempfile
import threading
import time

import many
from common import Daemon, program, table, title

FUNCTIONS = 100
ROUNDS = 5
SECONDS = 3.0
CONNECTIONS = 2
REQUEST = b'{"jsonrpc": "2.0", "id": 1, "method": "empty"}\n'
TICK = os.sysconf("SC_CLK_TCK")


def children_cpu_s(pid):
    """Of all children that have ended: utime and stime, proc(5)."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / TICK


class Feeder(threading.Thread):
    """One client that calls one function after the other until it must be hot, so that there is always one to compile."""

    def __init__(self, daemon):
        super().__init__()
        self.client = daemon.client()
        self.ended = threading.Event()

    def run(self):
        for name in many.names(FUNCTIONS):
            for _ in range(12):
                if self.ended.is_set():
                    return
                self.client.call(name, 10000)

    def stop(self):
        self.ended.set()
        self.join()


def load(daemon):
    command = [program("bench/load"), daemon.path, str(CONNECTIONS), "1", str(SECONDS)]
    return json.loads(subprocess.run(command, input=REQUEST, check=True, stdout=subprocess.PIPE).stdout)


def measure(app, *settings):
    """(what load printed, functions compiled, seconds of CPU for them)."""
    with Daemon(app, "server.workers=2", "cache.store_size=0", "jit.verify=no", *settings) as daemon:
        zygote = daemon.ctl("status")["zygote"]["pid"]
        before = children_cpu_s(zygote)
        feeder = Feeder(daemon)
        feeder.start()
        found = load(daemon)
        feeder.stop()
        time.sleep(1)  # what is being compiled comes to its end
        return found, daemon.ctl("status")["cache"]["compiled"], children_cpu_s(zygote) - before


def main():
    title(f"compiling beside {CONNECTIONS} connections with empty() and one client with work: medians of {ROUNDS} runs of {SECONDS} s")
    settings = {
        "nothing is compiled": ["jit.sample=0us"],
        "compiling all the time": ["jit.sample=1ms", "jit.hot=4ms"],
    }
    runs = {name: [] for name in settings}
    with tempfile.TemporaryDirectory(prefix="preforge-bench-") as directory:
        app = os.path.join(directory, "app.py")
        many.write(app, FUNCTIONS)
        for _ in range(ROUNDS):
            for name, values in settings.items():
                runs[name].append(measure(app, *values))

    def median(name, key):
        return statistics.median(found[key] for found, _, _ in runs[name])

    table(
        ["", "requests/s", "p50 us", "p99 us", "functions compiled"],
        [
            [name, f"{median(name, 'per_second'):.0f}", f"{median(name, 'p50_us'):.0f}", f"{median(name, 'p99_us'):.0f}",
             f"{statistics.median(n for _, n, _ in runs[name]):.0f}"]
            for name in settings
        ],
    )  # fmt: skip
    spent = [cpu / n for _, n, cpu in runs["compiling all the time"] if n]
    if spent:
        print(f"\n  CPU time of one compilation, a process with gcc and as in it: {statistics.median(spent) * 1000:.0f} ms")


main()
