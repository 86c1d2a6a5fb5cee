"""Requests a second of the empty method over the Unix socket, against a bare C echo server with messages of the same sizes."""

import json
import os
import statistics
import subprocess
import tempfile

from common import EXAMPLE, Daemon, program, table, title

CONNECTIONS = (1, 16)
ROUNDS = 7
SECONDS = 1.5
REQUEST = b'{"jsonrpc": "2.0", "id": 1, "method": "empty"}\n'


class Echo:
    def __init__(self, path, answer_bytes):
        self.path = path
        command = [program("bench/echo"), path, str(len(REQUEST))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdin.write(b"x" * (answer_bytes - 1) + b"\n")
        self.process.stdin.close()
        self.process.stdout.readline()  # "ready"

    def stop(self):
        self.process.terminate()
        self.process.wait()


def load(path, connections, seconds=SECONDS):
    command = [program("bench/load"), path, str(connections), "1", str(seconds)]
    return json.loads(subprocess.run(command, input=REQUEST, check=True, stdout=subprocess.PIPE).stdout)


def measure(servers):
    """{(server, connections): [what load printed, ...]}, one of each a round."""
    results = {}
    for _ in range(ROUNDS):
        for connections in CONNECTIONS:
            for name, path in servers.items():
                results.setdefault((name, connections), []).append(load(path, connections))
    return results


def rows(results):
    for (name, connections), runs in results.items():
        echo = results["C echo", connections]
        ratios = [own["per_second"] / other["per_second"] for own, other in zip(runs, echo, strict=True)]

        def median(key):
            return statistics.median(run[key] for run in runs)

        yield [
            name,
            str(connections),
            f"{median('per_second'):.0f}",
            f"{statistics.median(ratios):.2f}",
            f"{median('p50_us'):.1f}",
            f"{median('p99_us'):.1f}",
        ]


def main():
    title(f"requests a second of empty(): medians of {ROUNDS} interleaved runs of {SECONDS} s")
    many = max(len(os.sched_getaffinity(0)), 2)
    with (
        Daemon(EXAMPLE, "server.workers=1") as one,
        Daemon(EXAMPLE, f"server.workers={many}") as more,
        tempfile.TemporaryDirectory(prefix="preforge-bench-") as directory,
    ):
        answer_bytes = load(one.path, 1, 0.2)["answer_bytes"]
        echo = Echo(os.path.join(directory, "echo.sock"), answer_bytes)
        try:
            results = measure(
                {"C echo": echo.path, "preforge, 1 worker": one.path, f"preforge, {many} workers": more.path}
            )
        finally:
            echo.stop()
    print(f"  {len(REQUEST)} bytes a request, {answer_bytes} bytes an answer")
    table(["", "connections", "requests/s", "it / echo", "p50 us", "p99 us"], list(rows(results)))


main()
