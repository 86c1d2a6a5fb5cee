"""How long a reload takes, and what clients notice: the latencies of a closed loop while one reload follows the other.

Every third reload is of a module that cannot be imported.  The load generator ends with an error if a connection is
closed or an answer is an error."""

import json
import os
import subprocess
import sys
import tempfile
import time

from common import Daemon, ms, program, table, title

CONNECTIONS = 64
RELOADS = 50
WORKERS = 2


def app(version):
    return f"def add(a, b):\n    return a + b\n\ndef version():\n    return {version}\n"


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def start_load(daemon, seconds):
    command = [program("bench/load"), daemon.path, str(CONNECTIONS), "1", f"{seconds:.1f}"]
    load = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    load.stdin.write('{"jsonrpc":"2.0","id":1,"method":"add","params":[2,3]}\n')
    load.stdin.close()
    load.stdin = None
    return load


def end_load(load):
    result = json.loads(load.communicate()[0])
    if load.returncode != 0 or result["errors"] or result["reconnects"]:
        sys.exit(f"requests were lost, or failed: {result}")
    return result


def reload(daemon):
    """(seconds, did it succeed)"""
    begin = time.perf_counter()
    command = [program("bin/preforgectl"), "reload", "--wait"]
    status = subprocess.run(command, env=daemon.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    return time.perf_counter() - begin, status == 0


def reload_often(daemon, path):
    good, broken = [], []
    for n in range(1, RELOADS + 1):
        fails = n % 3 == 0
        write(path, "def add(:\n" if fails else app(n))
        seconds, succeeded = reload(daemon)
        if succeeded == fails:
            sys.exit(f"reload {n} should have {'failed' if fails else 'succeeded'}")
        (broken if fails else good).append(seconds)
    return good, broken


def row(name, result):
    return [name, str(result["answers"]), *(f"{result[key] / 1000:.3f} ms" for key in ("p50_us", "p99_us", "p999_us"))]


def main():
    title(f"reload: {RELOADS} reloads, every third one broken, under {CONNECTIONS} connections, {WORKERS} workers")
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "app.py")
        write(path, app(0))
        with Daemon(path, f"server.workers={WORKERS}") as daemon:
            seconds = max(1.0, 1.3 * RELOADS * reload(daemon)[0])
            quiet = end_load(start_load(daemon, seconds))
            load = start_load(daemon, 4 * seconds)
            begin = time.perf_counter()
            good, broken = reload_often(daemon, path)
            took = time.perf_counter() - begin
            last = RELOADS if RELOADS % 3 else RELOADS - 1
            if daemon.client().call("version") != last:
                sys.exit(f"version {last} does not serve")
            reloading = end_load(load)
        table(["", "median", "longest"], [[name, ms(times), f"{max(times) * 1000:.3f} ms"] for name, times in
              ((f"reload --wait ({len(good)})", good), (f"that fails ({len(broken)})", broken))])
        print()
        share = 100 * took / (4 * seconds)
        table(["", "answers", "median", "p99", "p99.9"],
              [row("without reloads", quiet), row(f"with reloads ({min(share, 100):.0f}% of the time)", reloading)])


main()
