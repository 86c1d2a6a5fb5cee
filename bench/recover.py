"""How long it takes until all is as before after kill -9 of a worker, of the zygote or of both, under load.

"Back" is when status shows as many workers that serve as before, and after the death of a zygote alone another generation.
Where both are killed, it is the reserve that brings the capacity back, so that does not wait for another generation."""

import json
import os
import random
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time

from common import Daemon, ms, table, title

APP = """
def add(a, b):
    return a + b
"""
WORKERS = 4
CLIENTS = 8
ROUNDS = 30
ZYGOTE_ROUNDS = 5
RANDOM_SECONDS, RANDOM_PAUSE = 10, 0.1


class Control:
    """The control socket, without a process for each question."""

    def __init__(self, daemon):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(os.path.join(daemon.directory, "preforge.control"))
        self.file = self.socket.makefile("rb")

    def status(self):
        self.socket.sendall(b'{"jsonrpc": "2.0", "id": 1, "method": "status"}\n')
        return json.loads(self.file.readline())["result"]


def serving(status):
    return [worker["pid"] for worker in status["workers"] if worker["state"] in ("idle", "busy", "aside")]


class Load:
    """Clients that call without a pause, and connect anew when they lose their connection."""

    def __init__(self, daemon):
        self.daemon, self.ending = daemon, False
        self.answers = self.lost = 0
        self.threads = [threading.Thread(target=self._run) for _ in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def _run(self):
        client = self.daemon.client()
        while not self.ending:
            try:
                if client.call("add", 2, 3) != 5:
                    sys.exit("a wrong answer")
                self.answers += 1
            except (OSError, ValueError):
                self.lost += 1
                client = self.daemon.client()

    def stop(self):
        self.ending = True
        for thread in self.threads:
            thread.join()


def until(control, condition):
    start = time.perf_counter()
    while not condition(control.status()):
        if time.perf_counter() - start > 60:
            sys.exit("not back after 60 s")
    return time.perf_counter() - start


def kill_workers(control):
    times = []
    for _ in range(ROUNDS):
        victim = random.choice(serving(control.status()))
        os.kill(victim, signal.SIGKILL)
        times.append(until(control, lambda status, pid=victim: len(serving(status)) == WORKERS and pid not in serving(status)))
    return times


def kill_both(control):
    times = []
    for _ in range(ZYGOTE_ROUNDS):
        until(control, lambda status: status["state"] == "ready" and len(status["generations"]) == 1)
        status = control.status()
        victim = random.choice(serving(status))
        os.kill(status["zygote"]["pid"], signal.SIGKILL)
        os.kill(victim, signal.SIGKILL)
        times.append(until(control, lambda status, pid=victim: len(serving(status)) >= WORKERS and pid not in serving(status)))
    return times


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def kill_any(status):
    """A worker, the zygote, or another child of it, if there is one."""
    workers, zygote = [worker["pid"] for worker in status["workers"]], status["zygote"]["pid"]
    victims = random.choice((workers, workers, [zygote], [pid for pid in children(zygote) if pid not in workers]))
    if victims and victims[0]:
        os.kill(random.choice(victims), signal.SIGKILL)


def kill_at_random(control):
    """How long there were fewer workers than there should be, each time that this was so."""
    times, short_since, next_kill = [], None, 0
    end = time.perf_counter() + RANDOM_SECONDS
    while (now := time.perf_counter()) < end or short_since:
        status = control.status()
        if len(serving(status)) < WORKERS:
            short_since = short_since or now
        elif short_since:
            times.append(now - short_since)
            short_since = None
        if next_kill < now < end:
            kill_any(status)
            next_kill = now + RANDOM_PAUSE
    return times


def kill_zygotes(control):
    times = []
    for _ in range(ZYGOTE_ROUNDS):
        before = control.status()
        os.kill(before["zygote"]["pid"], signal.SIGKILL)
        old = before["generation"]
        times.append(until(control, lambda status, old=old: status["generation"] > old and len(serving(status)) >= WORKERS))
    return times


def main():
    title(f"recover: kill -9 under the load of {CLIENTS} clients, {WORKERS} workers")
    with tempfile.TemporaryDirectory() as directory:
        app = os.path.join(directory, "app.py")
        with open(app, "w") as file:
            file.write(APP)
        rows = []
        for name, kill in (("a worker", kill_workers), ("the zygote", kill_zygotes), ("both", kill_both), ("any, ten a second", kill_at_random)):
            with Daemon(app, f"server.workers={WORKERS}") as daemon:
                load = Load(daemon)
                times = kill(Control(daemon))
                load.stop()
                rows.append([name, str(len(times)), ms(times), f"{max(times) * 1000:.3f} ms", str(load.answers), str(load.lost)])
        table(["killed", "times", "back after", "longest", "answers", "requests lost"], rows)


main()
