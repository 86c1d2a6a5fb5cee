"""Preforge against a bare C echo server, nginx with a constant answer, uvicorn, and gunicorn with Flask on CPython and PyPy.

    servers.py [--all] [--seconds S] [--rounds N]

All servers are up at once and are measured one after the other, in rounds; ratios are medians of those within a round.
The default measures the empty method in every way and the other requests in one; --all everything."""

import argparse
import contextlib
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from common import SRCDIR, Daemon, program, pypy, table, title

HERE = os.path.join(SRCDIR, "bench", "servers")
WORKERS = max(len(os.sched_getaffinity(0)), 2)
PACKAGES = "/usr/lib/python3/dist-packages"  # where Debian has gunicorn, Flask, uvicorn
PYTHON = "/usr/bin/python3"
READY_TIMEOUT_S = 60
WARM_UP_S = 3


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# ---- what is asked ----


def texts():
    """{name: JSON text of the request}"""
    numbers = random.Random(1)
    floats = [numbers.random() for _ in range(5000)]  # 100 kB

    def request(method, *params):
        return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}

    requests = {
        "empty": request("empty"),
        "1 kB echo": request("echo", "x" * 1000),
        "100 kB of floats": request("echo", floats),
        "batch of 100": [request("empty")] * 100,
    }
    return {name: json.dumps(value, separators=(",", ":")).encode() for name, value in requests.items()}


def framed(text, http):
    if not http:
        return text + b"\n"
    return (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(text)
    ) + text


def load(address, connections, depth, seconds, request):
    """What bench/load prints, None if it fails (its words are on standard error)."""
    command = [program("bench/load"), address, str(connections), str(depth), str(seconds)]
    run = subprocess.run(command, input=request, stdout=subprocess.PIPE)
    return json.loads(run.stdout) if run.returncode == 0 else None


def one_answer(address, request):
    """The bytes of the answer to one request."""
    family = socket.AF_UNIX if address.startswith("/") else socket.AF_INET
    host, _, port = address.rpartition(":")
    with socket.socket(family) as client:
        client.connect(address if family == socket.AF_UNIX else (host, int(port)))
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        with client.makefile("rb") as file:
            return file.read()


# ---- who answers ----


class Server:
    """A process that listens at a socket file and a TCP port. why: it is not there."""

    def __init__(self, name, directory, http=True):
        self.name, self.http, self.why, self.process = name, http, None, None
        self.file = "".join(c if c.isalnum() else "-" for c in name)
        self.unix = os.path.join(directory, f"{self.file}.sock")
        self.port = free_port()
        self.tcp = f"127.0.0.1:{self.port}"

    def start(self, command, addresses=(), **environment):
        log = open(os.path.join(os.path.dirname(self.unix), f"{self.file}.log"), "w+")  # noqa: SIM115
        self.process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **environment})
        deadline = time.monotonic() + READY_TIMEOUT_S
        for address in addresses or (self.unix, self.tcp):
            while not self._listens(address):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    self.why = f"it does not start: {(log.read().strip().splitlines() or ['?'])[-1]}"
                    return self
                time.sleep(0.05)
        return self

    @staticmethod
    def _listens(address):
        with contextlib.suppress(OSError):
            family = socket.AF_UNIX if address.startswith("/") else socket.AF_INET
            host, _, port = address.rpartition(":")
            with socket.socket(family) as probe:
                probe.connect(address if family == socket.AF_UNIX else (host, int(port)))
                return True
        return False

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()


class Echo(Server):
    """Started anew for each request, as it has one answer."""

    def __init__(self, name, directory, http):
        super().__init__(name, directory, http)
        self.directory = directory

    def serve(self, address, request, answer):
        self.stop()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.unix)
        if not address.startswith("/"):
            self.port = free_port()
            address = self.tcp = f"127.0.0.1:{self.port}"
        where = address if address.startswith("/") else str(self.port)
        self.process = subprocess.Popen(
            [program("bench/echo"), where, str(len(request))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.process.stdin.write(answer)
        self.process.stdin.close()
        self.process.stdout.readline()  # "ready"
        return address


def preforge(directory):
    """The same daemon twice: spoken to in lines, and in HTTP."""
    lines, http = Server("preforge", directory, False), Server("preforge, HTTP", directory)
    http.unix, http.tcp = lines.unix, lines.tcp
    app = os.path.join(HERE, "methods.py")
    daemon = Daemon(app, f"server.workers={WORKERS}", f"server.listen=unix:{lines.unix}", f"server.listen=tcp:{lines.tcp}")
    lines.stop = lambda: daemon.__exit__()
    return [lines, http]


def nginx(directory, answer):
    server = Server("nginx, a constant", directory)
    path = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if not path:
        server.why = "nginx is not installed"
        return server
    temporary = "\n".join(f"{kind}_temp_path {directory}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "scgi", "uwsgi"))
    conf = os.path.join(directory, "nginx.conf")
    quoted = answer.decode().replace('"', r"\"")
    with open(conf, "w") as file:
        file.write(
            f"""
{"user root;" if os.getuid() == 0 else ""}
daemon off;
worker_processes {WORKERS};
pid {directory}/nginx.pid;
error_log stderr;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    {temporary}
    server {{
        listen unix:{server.unix};
        listen {server.tcp};
        location / {{ default_type application/json; return 200 "{quoted}"; }}
    }}
}}
"""
        )
    return server.start([path, "-p", directory, "-c", conf])


def gunicorn(name, directory, python, why=None):
    server = Server(name, directory)
    if why or not os.path.isdir(f"{PACKAGES}/gunicorn") or not os.path.isdir(f"{PACKAGES}/flask"):
        server.why = why or "python3-gunicorn or python3-flask is not installed"
        return server
    # Threads, since the default kind of worker closes each connection after a request.
    command = [python, "-m", "gunicorn", "-w", str(WORKERS), "-k", "gthread", "--threads", "8"]
    command += ["--worker-connections", "1000", "--keep-alive", "60", "--log-level", "error", "--chdir", HERE]
    command += ["-b", f"unix:{server.unix}", "-b", server.tcp, "flask_app:app"]
    return server.start(command, PYTHONPATH=PACKAGES, PYTHONDONTWRITEBYTECODE="1")


def uvicorn(directory, unix):
    server = Server(f"uvicorn, {'unix' if unix else 'TCP'}", directory)
    if not os.path.isdir(f"{PACKAGES}/uvicorn"):
        server.why = "python3-uvicorn is not installed"
        return server
    where = ["--uds", server.unix] if unix else ["--host", "127.0.0.1", "--port", str(server.port)]
    command = [PYTHON, "-m", "uvicorn", *where, "--workers", str(WORKERS), "--log-level", "error", "--no-access-log"]
    return server.start([*command, "--app-dir", HERE, "asgi_app:app"], [server.unix if unix else server.tcp])


# ---- the runs ----


def cells(everything):
    """(request, transport, connections, depth) of what is measured."""
    for name in texts():
        for transport in ("unix", "tcp"):
            for connections in (1, 16, 256):
                for depth in (1, 8):
                    if everything or name == "empty" or (transport == "unix" and connections == 16 and depth == 1):
                        yield name, transport, connections, depth


def warm_up(servers):
    """PyPy needs it; the others hardly notice."""
    request = framed(texts()["empty"], True)
    for server in servers:
        if server.process and not server.why and not isinstance(server, Echo):
            load(server.unix if "TCP" not in server.name else server.tcp, 8, 1, WARM_UP_S, request)


def measure(servers, cell, options):
    """{server: [what load printed, ...]}"""
    name, transport, connections, depth = cell
    text = texts()[name]
    line, post = framed(text, False), framed(text, True)
    answers = {http: one_answer(getattr(servers[0 if not http else 1], transport), post if http else line) for http in (False, True)}
    runs = {}
    for _ in range(options.rounds):
        for server in servers:
            if server.why or (server.name.startswith("nginx") and name != "empty"):
                continue
            if server.name.startswith("uvicorn") and (server.name.endswith("unix") != (transport == "unix")):
                continue
            request, address = (post if server.http else line), getattr(server, transport)
            if isinstance(server, Echo):
                address = server.serve(address, request, answers[server.http])
            run = load(address, connections, depth, options.seconds, request)
            if run:
                runs.setdefault(server.name.removesuffix(", unix").removesuffix(", TCP"), []).append(run)
            else:
                print(f"  {server.name}: failed", file=sys.stderr)
    return runs


def ratio(runs, name, other):
    """The median of the ratios within the rounds, as text."""
    if name not in runs or other not in runs:
        return "-"
    pairs = zip(runs[name], runs[other], strict=False)
    return f"{statistics.median(a['per_second'] / b['per_second'] for a, b in pairs):.2f}"


def rows(runs):
    for name, all_of_it in runs.items():

        def median(key, runs=all_of_it):
            return statistics.median(run[key] for run in runs)

        yield [
            name,
            f"{median('per_second'):.0f}",
            ratio(runs, name, "C echo, HTTP" if name not in ("preforge", "C echo") else "C echo"),
            ratio(runs, name, "gunicorn"),
            f"{median('p50_us'):.0f}",
            f"{median('p99_us'):.0f}",
            f"{median('p999_us'):.0f}",
            f"{statistics.median(run['p99_us'] / run['p50_us'] for run in all_of_it):.1f}",
            f"{statistics.median(run['others_p99'] / max(run['others_p50'], 1) for run in all_of_it):.1f}",
            f"{sum(run['reconnects'] for run in all_of_it)}",
        ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    title(f"servers: {WORKERS} workers each; medians of {options.rounds} interleaved runs of {options.seconds} s")
    pypy_path, pypy_version = pypy()
    with tempfile.TemporaryDirectory(prefix="preforge-bench-") as directory:
        servers = preforge(directory)
        constant = one_answer(servers[0].unix, framed(texts()["empty"], False)).rstrip(b"\n")
        servers += [
            Echo("C echo", directory, False),
            Echo("C echo, HTTP", directory, True),
            nginx(directory, constant),
            uvicorn(directory, True),
            uvicorn(directory, False),
            gunicorn("gunicorn", directory, PYTHON),
            gunicorn("gunicorn, PyPy", directory, pypy_path, None if pypy_path else pypy_version),
        ]
        try:
            for server in servers:
                if server.why:
                    print(f"  without {server.name}: {server.why}")
            warm_up(servers)
            for cell in cells(options.all):
                name, transport, connections, depth = cell
                print(f"\n  {name}, {transport}, {connections} connections, {depth} at a time")
                head = ["", "requests/s", "of echo", "of gunicorn", "p50 us", "p99 us", "p99.9 us", "p99/p50", "in turns", "closed"]
                table(head, list(rows(measure(servers, cell, options))))
        finally:
            for server in servers:
                server.stop()


main()
