"""Short calls beside long ones: what they wait, with connections that stay with their worker and with those that move.

Each round has one client that calls spin(0.05) without a pause, and others that call empty(), each on a connection of
its own, one after the other."""

import os
import statistics
import sys
import tempfile
import threading
import time

from common import Daemon

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


if __name__ == "__main__":
    sys.exit(main())
