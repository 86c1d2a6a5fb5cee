"""What the benchmarks share: starting a daemon or a reference interpreter, talking to them, tables."""

import contextlib
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

BUILDDIR = os.environ.get("PREFORGE_BUILDDIR", "build")
SRCDIR = os.environ.get("PREFORGE_SRCDIR", os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXAMPLE = os.path.join(SRCDIR, "examples", "app.py")
WARMUP = os.path.join(SRCDIR, "examples", "warmup.jsonl")
READY_TIMEOUT_S = 120


def program(name):
    return os.path.join(os.path.abspath(BUILDDIR), name)


class Daemon:
    """A preforged of its own, ready when the constructor returns; ready_s is the time from exec to READY=1."""

    def __init__(self, app, *settings):
        self.directory = tempfile.mkdtemp(prefix="preforge-bench-")
        self.path = os.path.join(self.directory, "preforge.sock")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(os.path.join(self.directory, "notify"))
            self.environment = dict(
                os.environ,
                RUNTIME_DIRECTORY=self.directory,
                CACHE_DIRECTORY=self.directory,
                NOTIFY_SOCKET=notify.getsockname(),
            )
            command = [program("bin/preforged"), *(f"-D{setting}" for setting in settings), app]
            start = time.perf_counter()
            with open(os.path.join(self.directory, "log"), "w") as log:
                self.process = subprocess.Popen(command, env=self.environment, stderr=log, stdout=log)
            self._wait_ready(notify)
            self.ready_s = time.perf_counter() - start

    def _wait_ready(self, notify):
        notify.settimeout(0.5)
        deadline = time.monotonic() + READY_TIMEOUT_S
        while self.process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(TimeoutError):
                if "READY=1" in notify.recv(65536).decode().splitlines():
                    return
        self.stop()
        with open(os.path.join(self.directory, "log")) as log:
            sys.exit(f"preforged did not get ready:\n{log.read()}")

    def client(self):
        return Client(self.path)

    def ctl(self, *arguments):
        """The decoded answer of preforgectl --json."""
        command = [program("bin/preforgectl"), "--json", *arguments]
        return json.loads(subprocess.run(command, env=self.environment, check=True, stdout=subprocess.PIPE).stdout)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


class Client:
    """JSON-RPC over the Unix socket; times are those of the caller around the whole request."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def call(self, method, *params):
        return self.timed(method, *params)[1]

    def timed(self, method, *params):
        """(seconds, result); the client's own encoding and decoding is outside the time."""
        request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n"
        start = time.perf_counter()
        self.socket.sendall(request)
        line = self.file.readline()
        seconds = time.perf_counter() - start
        answer = json.loads(line)
        if "error" in answer:
            sys.exit(f"{method}: {answer['error']}")
        return seconds, answer["result"]


# Loads a module by path, then for each line [function, params] on its input prints [seconds, result].
_REFERENCE = """
import importlib.util, json, sys, time
spec = importlib.util.spec_from_file_location("app", sys.argv[1])
app = importlib.util.module_from_spec(spec)
spec.loader.exec_module(app)
for line in sys.stdin:
    name, params = json.loads(line)
    function = getattr(app, name)
    start = time.perf_counter()
    result = function(*params)
    seconds = time.perf_counter() - start
    print(json.dumps([seconds, result]), flush=True)
"""


class Interpreter:
    """A python that calls the functions of a module when told to; times are those of the bare call inside it."""

    def __init__(self, python, app):
        self.process = subprocess.Popen(
            [python, "-c", _REFERENCE, app], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def timed(self, name, *params):
        print(json.dumps([name, params]), file=self.process.stdin, flush=True)
        return tuple(json.loads(self.process.stdout.readline()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def cpu():
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def pypy():
    """(path, version) or (None, why not)."""
    path = shutil.which("pypy3")
    if not path:
        return None, "not installed"
    code = "import sys; print('.'.join(map(str, sys.pypy_version_info[:3])), 'for', sys.version.split()[0])"
    return path, subprocess.run([path, "-c", code], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def title(text):
    """The heading of one benchmark: what, on what, with which versions."""
    version = subprocess.run([program("bin/preforged"), "--version"], stdout=subprocess.PIPE, text=True).stdout.split()
    print(f"\n{text}")
    load = os.getloadavg()[0]
    note = " (something else is running: do not trust these numbers)" if load > 3 else ""
    print(f"  {cpu()}, {len(os.sched_getaffinity(0))} cores; load {load:.1f}{note}")
    print(f"  preforge {version[-1] if version else '?'}, CPython {platform.python_version()}, PyPy {pypy()[1]}\n", flush=True)


def table(head, rows):
    """Print rows of texts, the first column to the left, the others to the right."""
    rows = [head, *rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        print("  " + "  ".join(cells).rstrip())
    sys.stdout.flush()


def ms(values):
    return f"{statistics.median(values) * 1000:.3f} ms"


def spread(values):
    """The middle half, so that a reader sees how steady the machine was."""
    low, _, high = statistics.quantiles(values, n=4)
    return f"{low:.3f} .. {high:.3f}"


def need_same(results):
    """All implementations must have given the same answer."""
    first, *others = results
    if any(other != first for other in others):
        sys.exit(f"the answers differ: {results}")
