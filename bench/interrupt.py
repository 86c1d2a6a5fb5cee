"""How long an endless native loop goes on after it should stop: KeyboardInterrupt and the deadline of a request."""

import json
import os
import statistics
import subprocess
import tempfile
import time

from common import Daemon, program, table, title

ROUNDS = 50
PYTHON = os.environ.get("PREFORGE_PYTHON", "/usr/bin/python3.11")
DEADLINE_MS = 20
# Each runs for about n steps: few to become native, and then for ever.
LOOPS = """
def arithmetic(n):
    a = 1
    while n > 0:
        a = (a * 1103515245 + 12345) & 0x7FFFFFFF
        n -= 1
    return a


def counted(n):
    total = 0
    for i in range(n):
        total ^= i * 3
    return total


def floats(n):
    x = 0.0
    for i in range(n):
        x += 1.0 / (i + 1)
    return x


def fused(n):
    return sum(i & 7 for i in range(n))


def matrix(n):
    rows = [[float(i + j) for j in range(50)] for i in range(50)]
    total = 0.0
    for _ in range(n):
        for row in rows:
            for x in row:
                total += x
    return total


def objects(n):
    words = ["a", "b", "c"]
    found = {}
    for i in range(n):
        word = words[i % 3]
        found[word] = found.get(word, 0) + 1
    return len(found)


def add(a, b):
    return a + b if a < 100 else b


def calls(n):
    total = 0
    for i in range(n):
        total = add(total, i)
    return total
"""
NAMES = ("arithmetic", "counted", "floats", "fused", "matrix", "objects", "calls")
# Prints, for each loop, the seconds from the time of the signal to the handler of the exception.
INTERRUPTED = """
import json, signal, sys, time
ROUNDS = int(sys.argv[1])
DELAY_S = 0.01


def interrupted(function):
    due = time.monotonic() + DELAY_S
    signal.setitimer(signal.ITIMER_REAL, DELAY_S)
    try:
        function(1 << 60)
    except KeyboardInterrupt:
        return time.monotonic() - due


signal.signal(signal.SIGALRM, signal.default_int_handler)
for name in sys.argv[2:]:
    function = globals()[name]
    for _ in range(3):
        function(2000)
    print(json.dumps([interrupted(function) for _ in range(ROUNDS)]), flush=True)
"""


def interruptions(python, script, **environment):
    command = [python, script, str(ROUNDS), *NAMES]
    done = subprocess.run(command, env={**os.environ, **environment}, check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def overdue(client, name):
    """The seconds after its deadline that the answer to a request came."""
    request = {"jsonrpc": "2.0", "id": 1, "method": name, "params": [1 << 60]}
    start = time.perf_counter()
    client.socket.sendall(json.dumps(request).encode() + b"\n")
    answer = json.loads(client.file.readline())
    seconds = time.perf_counter() - start - DEADLINE_MS / 1000
    if answer.get("error", {}).get("code") != -32002:
        raise SystemExit(f"{name}: {answer}")
    return seconds


def deadlines(app, warmup):
    rows = []
    with Daemon(app, "server.workers=1", f"warmup.requests={warmup}", f"deadline.request={DEADLINE_MS}ms") as daemon:
        native = {f["name"].rpartition(".")[2]: f["state"] for f in daemon.ctl("functions")}
        client = daemon.client()
        for name in NAMES:
            if native.get(name) != "native":
                raise SystemExit(f"{name} is {native.get(name)}")
            rows.append([overdue(client, name) for _ in range(ROUNDS)])
    return rows


def cell(seconds):
    return f"{statistics.median(seconds) * 1000:.2f} / {max(seconds) * 1000:.2f}"


def main():
    title(f"interrupting an endless loop: milliseconds too late, median / longest of {ROUNDS}")
    with tempfile.TemporaryDirectory(prefix="preforge-bench-") as directory:
        script, app, warmup = (os.path.join(directory, name) for name in ("loops.py", "app.py", "warmup.jsonl"))
        with open(script, "w") as file:
            file.write(LOOPS + INTERRUPTED)
        with open(app, "w") as file:
            file.write(LOOPS)
        with open(warmup, "w") as file:
            for name in NAMES:
                file.write(json.dumps({"jsonrpc": "2.0", "method": name, "params": [2000]}) + "\n")
        native = interruptions(program("bin/preforge-python"), script, PREFORGE_JIT="eager", PREFORGE_CACHE="")
        cpython = interruptions(PYTHON, script)
        requests = deadlines(app, warmup)
    rows = [[name, *map(cell, cells)] for name, *cells in zip(NAMES, native, cpython, requests, strict=True)]
    table(["loop", "KeyboardInterrupt", "CPython's", f"deadline of {DEADLINE_MS} ms"], rows)


main()
