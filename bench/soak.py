"""What each process has in memory after 10, 50 and 100 % of many requests: SOAK_REQUESTS, 1,000,000 by default."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time

from common import Daemon, program, table, title

REQUESTS = int(os.environ.get("SOAK_REQUESTS", "1000000"))
CONNECTIONS = 16
WORKERS = 2
SECONDS_MAX = 540
APP = """
def work(n, words):
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    total = 0
    for i in range(n):
        total += i * i % 7
    return {"total": total, "counts": counts, "text": ",".join(words)}
"""
REQUEST = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "work", "params": [100, ["a", "bc", "a", "déf"] * 5]})


def memory(pid):
    """(resident, private) in MB."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        text = file.read()
    rss = int(re.search(r"^Rss: +(\d+) kB", text, re.MULTILINE).group(1))
    return rss / 1024, sum(int(kb) for kb in re.findall(r"^Private_(?:Clean|Dirty): +(\d+) kB", text, re.MULTILINE)) / 1024


def processes(status):
    yield "master", status["master"]["pid"]
    yield "zygote", status["zygote"]["pid"]
    yield "reserve", status["generations"][0]["reserve"]
    for worker in status["workers"]:
        yield f"worker {worker['slot']}", worker["pid"]


def serve_until(daemon, wanted, end):
    """Load it until so many requests are answered: how many are."""
    while (done := daemon.ctl("status")["requests"]) < wanted and time.monotonic() < end:
        command = [program("bench/load"), daemon.path, str(CONNECTIONS), "1", "0.3"]
        result = json.loads(subprocess.run(command, input=REQUEST + "\n", text=True, check=True, stdout=subprocess.PIPE).stdout)
        if result["errors"] or result["reconnects"]:
            sys.exit(f"requests were lost, or failed: {result}")
    return done


def main():
    title(f"soak: {REQUESTS} requests, {WORKERS} workers, {CONNECTIONS} connections; resident (private) MB")
    if os.geteuid() != 0:
        sys.exit("  only root may read the memory of preforge's processes")
    with tempfile.TemporaryDirectory() as directory:
        app = os.path.join(directory, "app.py")
        with open(app, "w") as file:
            file.write(APP)
        with Daemon(app, f"server.workers={WORKERS}") as daemon:
            end = time.monotonic() + SECONDS_MAX
            heads, columns = [], []
            for percent in (10, 50, 100):
                done = serve_until(daemon, REQUESTS * percent // 100, end)
                status = daemon.ctl("status")
                heads.append(f"{done} requests")
                columns.append({name: memory(pid) for name, pid in processes(status)})
            rows = [[name, *(f"{c[name][0]:.1f} ({c[name][1]:.1f})" for c in columns)] for name in columns[0]]
            table(["", *heads], rows)
            print(f"\n  workers that died: {status['restarts']}")


main()
