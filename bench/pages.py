"""What each worker has in memory for itself after PAGES_REQUESTS requests (10,000), and what dirtied it."""

import collections
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

import many
from common import Daemon, program, table, title

REQUESTS = int(os.environ.get("PAGES_REQUESTS", "10000"))
WORKERS = 4
CONNECTIONS = 8
CALLS = [("empty", []), ("f0", [100]), ("f2", [100]), ("f4", [100])]
HEAD = re.compile(r"^[0-9a-f]+-[0-9a-f]+ (\S{4}) \S+ \S+ \S+ *(.*)$")
KINDS = [
    (r"^\[heap\]", "malloc's heap"),
    (r"^\[stack", "the stack"),
    (r"preforge-(zygote|main-zygote\.so)$", "data of the program, CPython's included"),
    (r"\.so(\.|$)", "data of libraries"),
    (r"^/memfd:|^/dev/zero|^/dev/shm", "memory that is shared (counters, code)"),
    (r"^$|^\[anon", "anonymous: objects of Python, threads"),
]


def kind_of(name):
    return next((kind for pattern, kind in KINDS if re.search(pattern, name)), f"else: {name}")


def dirty_kb(pid):
    """{kind: kB of Private_Dirty} of all mappings, and the sum of Private_Clean."""
    kinds, clean = collections.Counter(), 0
    kind = None
    with open(f"/proc/{pid}/smaps") as file:
        for line in file:
            head = HEAD.match(line)
            if head:
                kind = kind_of(head.group(2))
            elif line.startswith("Private_Dirty:"):
                kinds[kind] += int(line.split()[1])
            elif line.startswith("Private_Clean:"):
                clean += int(line.split()[1])
    return kinds, clean


def serve(daemon, requests):
    done = 0
    while done < requests:
        for method, params in CALLS:
            request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
            command = [program("bench/load"), daemon.path, str(CONNECTIONS), "1", "0.3"]
            result = json.loads(subprocess.run(command, input=request + "\n", text=True, check=True, stdout=subprocess.PIPE).stdout)
            if result["errors"] or result["reconnects"]:
                sys.exit(f"requests were lost, or failed: {result}")
        done = daemon.ctl("status")["requests"]
    return done


def workers(daemon):
    return [worker["pid"] for worker in daemon.ctl("status")["workers"]]


def main():
    if os.geteuid() != 0:
        sys.exit("pages: only root may read the memory of preforge's processes")
    title(f"private dirty memory of each of {WORKERS} workers, kB, medians")
    with tempfile.TemporaryDirectory(prefix="preforge-bench-") as directory:
        app = os.path.join(directory, "app.py")
        warmup = many.write(app, 20)
        with Daemon(app, f"server.workers={WORKERS}", f"warmup.requests={warmup}") as daemon:
            fresh = [dirty_kb(pid) for pid in workers(daemon)]
            done = serve(daemon, REQUESTS * WORKERS)
            used = [dirty_kb(pid) for pid in workers(daemon)]
    names = sorted({kind for kinds, _ in used for kind in kinds}, key=lambda kind: -statistics.median(k[kind] for k, _ in used))
    rows = []
    for name in names:
        before, after = (statistics.median(kinds[name] for kinds, _ in found) for found in (fresh, used))
        if after or before:
            rows.append([name, f"{before:.0f}", f"{after:.0f}"])
    sums = [statistics.median(sum(kinds.values()) for kinds, _ in found) for found in (fresh, used)]
    rows.append(["all of it", *(f"{value:.0f}" for value in sums)])
    rows.append(["the largest", *(f"{max(sum(kinds.values()) for kinds, _ in found):.0f}" for found in (fresh, used))])
    rows.append(["clean, but nobody else's", *(f"{statistics.median(clean for _, clean in found):.0f}" for found in (fresh, used))])
    table(["", "after READY", f"after {done} requests"], rows)


main()
