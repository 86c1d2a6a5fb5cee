"""Short calls beside long ones: what they wait, with connections that stay with their worker and with those that move.

Each round has one client that calls spin(0.05) without a pause, and others that call empty(), each on a connection of
its own, one after the other.

Then calls of some length by more clients than there are workers, all at once: what is served in turns has a p99 near the
median, and as many answers of others between a request and its own as there are others."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from common import Daemon, program, table

APP = """
import time
def empty(): pass
def spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end: pass
"""
CLIENTS = 16
SECONDS = 3
WORKERS = 2
LENGTHS_MS = (0.1, 0.5, 1, 2, 5)
MANY = 64


def keep_busy(daemon, end):
    client = daemon.client()
    while time.monotonic() < end:
        client.call("spin", 0.05)


def measure(app, handover):
    with Daemon(app, f"server.workers={WORKERS}", f"server.handover={handover}", "jit.mode=off") as daemon:
        clients = [daemon.client() for _ in range(CLIENTS)]
        for client in clients:
            client.call("empty")
        end = time.monotonic() + SECONDS
        busy = threading.Thread(target=keep_busy, args=(daemon, end))
        busy.start()
        times = []
        while time.monotonic() < end:
            for client in clients:
                times.append(client.timed("empty")[0])
        busy.join()
        return sorted(times)


def in_turns(app):
    """Rows for calls of each length."""
    with Daemon(app, f"server.workers={WORKERS}", "jit.mode=off") as daemon:
        for ms in LENGTHS_MS:
            request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "spin", "params": [ms / 1000]}).encode() + b"\n"
            command = [program("bench/load"), daemon.path, str(MANY), "1", str(SECONDS)]
            run = json.loads(subprocess.run(command, input=request, stdout=subprocess.PIPE, check=True).stdout)
            times = [run[f"{key}_us"] / 1000 for key in ("p50", "p99", "p999")]
            yield [f"{ms} ms", *(f"{t:.1f}" for t in times), f"{times[1] / times[0]:.1f}", str(run["others_p50"]), str(run["others_p99"])]


def main():
    with tempfile.TemporaryDirectory() as directory:
        app = os.path.join(directory, "app.py")
        with open(app, "w") as file:
            file.write(APP)
        print(f"{WORKERS} workers, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}; times of empty() in ms")
        print(f"{'':24}{'calls':>8}{'median':>9}{'p99':>9}{'longest':>9}")
        for name, handover in (("connections stay", "0us"), ("handed over (1ms)", "1ms")):
            times = measure(app, handover)
            p99 = times[len(times) * 99 // 100]
            row = (statistics.median(times), p99, times[-1])
            print(f"{name:24}{len(times):8}" + "".join(f"{t * 1000:9.3f}" for t in row))
        print(f"\n{MANY} clients with calls of a length; times in ms, and answers of others")
        table(["", "p50", "p99", "p99.9", "p99/p50", "others p50", "p99"], list(in_turns(app)))


if __name__ == "__main__":
    sys.exit(main())
