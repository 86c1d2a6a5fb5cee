"""What `./bootstrap run` shows: starts preforged, calls some functions, and compares with CPython.

tour.py [--once] DIRECTORY-OF-THE-PROGRAMS [APP.py]
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "app.py")
WARMUP = os.path.join(os.path.dirname(EXAMPLE), "warmup.jsonl")
CALLS = [
    ("hello", []),
    ("sum_squares", [10_000_000]),
    ("is_prime", [1_000_000_000_039]),
    ("mandelbrot_row", [240, 640, 480]),
    ("count_primes", [1_000_000]),
    ("levenshtein", ["the quick brown fox jumps" * 6, "over the lazy dog again" * 6]),
]
ROUNDS = 3

# Runs under a CPython of its own: milliseconds of the best round, for each of the calls.
REFERENCE = """
import importlib.util, json, sys, time
spec = importlib.util.spec_from_file_location("app", sys.argv[1])
app = importlib.util.module_from_spec(spec)
spec.loader.exec_module(app)
for method, params in json.loads(sys.argv[2]):
    function, times = getattr(app, method), []
    for _ in range(int(sys.argv[3])):
        start = time.perf_counter()
        result = function(*params)
        times.append(time.perf_counter() - start)
    print(json.dumps([min(times) * 1000, result]))
"""


def say(text=""):
    print(text, flush=True)


def wait_ready(daemon, notify):
    """Wait for READY=1, as systemd does; False if the daemon ends instead."""
    while True:
        notify.settimeout(0.2)
        try:
            if "READY=1" in notify.recv(65536).decode().splitlines():
                return True
        except TimeoutError:
            if daemon.poll() is not None:
                return False


class Client:
    """JSON-RPC over the Unix socket, one request a line."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.file = self.socket.makefile("r", encoding="utf-8")

    def call(self, method, params):
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        answer = json.loads(self.file.readline())
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]


def shorten(value, width=34):
    text = json.dumps(value)
    return text if len(text) <= width else text[: width - 3] + "..."


def compare(path):
    """Time the calls here and in CPython; a table of the best rounds."""
    client = Client(path)
    served = []
    for method, params in CALLS:
        times = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            result = client.call(method, params)
            times.append(time.perf_counter() - start)
        served.append((min(times) * 1000, result))
    reference = subprocess.run(
        [sys.executable, "-I", "-c", REFERENCE, EXAMPLE, json.dumps(CALLS), str(ROUNDS)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.splitlines()
    version = sys.version.split()[0]
    say(f"  {'method':15} {'answer':34} {'preforged':>12} {'CPython ' + version:>15} {'ratio':>8}")
    same = True
    for (method, _), (ms, result), line in zip(CALLS, served, reference, strict=True):
        cpython_ms, cpython_result = json.loads(line)
        say(f"  {method:15} {shorten(result):34} {ms:9.2f} ms {cpython_ms:12.2f} ms {cpython_ms / ms:7.1f}x")
        if result != cpython_result:
            same = False
            say(f"  DIFFERENT from CPython's answer: {shorten(cpython_result, 70)}")
    say(f"  (best of {ROUNDS}; preforged's times are those of a client on the socket, CPython's those of the bare call)")
    return same


def show(arguments, runtime):
    """Show the answers; whether all is well."""
    control = ["-s", os.path.join(runtime, "preforge.control")]
    preforgectl = os.path.join(arguments.bin, "preforgectl")
    same = True
    if os.path.samefile(arguments.app, EXAMPLE):
        say()
        say("$ preforgectl call hello")
        subprocess.run([preforgectl, *control, "call", "hello"], check=True)
        say()
        same = compare(os.path.join(runtime, "preforge.sock"))
    say()
    say("$ preforgectl functions")
    subprocess.run([preforgectl, *control, "functions"], check=True)
    return same


def serve(arguments, runtime):
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(os.path.join(runtime, "notify"))
    environment = dict(os.environ, RUNTIME_DIRECTORY=runtime, NOTIFY_SOCKET=notify.getsockname())
    command = [os.path.join(arguments.bin, "preforged")]
    if os.path.samefile(arguments.app, EXAMPLE):
        command += ["-D", f"warmup.requests={WARMUP}"]
    command.append(arguments.app)
    say("$ " + " ".join(os.path.relpath(word) if os.path.isabs(word) else word for word in command))
    daemon = subprocess.Popen(command, env=environment)
    status = 1
    try:
        if wait_ready(daemon, notify):
            status = 0 if show(arguments, runtime) else 1
            if not arguments.once:
                control = os.path.join(runtime, "preforge.control")
                say()
                say("Serving until Ctrl-C. In another terminal, for example:")
                say(f"  {os.path.relpath(arguments.bin)}/preforgectl -s {control} status")
                say(
                    f"  curl --unix-socket {runtime}/preforge.sock http://localhost/ "
                    """-d '{"jsonrpc": "2.0", "id": 1, "method": "hello"}'"""
                )
                return daemon.wait() or status
        else:
            say("preforged did not start")
    finally:
        # A Ctrl-C went to the daemon too, which finishes what it has and leaves.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if daemon.poll() is None:
            daemon.terminate()
        stopped = daemon.wait()
    return status or stopped


def main():
    parser = argparse.ArgumentParser(description="Start preforged, show its first answers.")
    parser.add_argument("--once", action="store_true", help="stop after the answers")
    parser.add_argument("bin", help="the directory of the programs")
    parser.add_argument("app", nargs="?", default=EXAMPLE, help="the module to serve")
    arguments = parser.parse_args()
    arguments.bin = os.path.abspath(arguments.bin)
    arguments.app = os.path.abspath(arguments.app)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    runtime = tempfile.mkdtemp(prefix="preforge-")
    try:
        return serve(arguments, runtime)
    except KeyboardInterrupt:
        return 0
    finally:
        shutil.rmtree(runtime, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
