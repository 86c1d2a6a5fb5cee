"""What gcc takes for each function of the kernels, and how large its code is: bench/emit, with further gcc options.

usage: emitting.py [-h] [--directory DIR] [--rounds N] [--all] [KERNEL...] [-- GCC_OPTION...]
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile

from common import SRCDIR, program, title

FOLDER = os.path.join(SRCDIR, "bench", "kernels")
BEGIN = re.compile(r"^; (\S+) with what it calls directly$")


def families(text):
    """(name, IR) of each function that a run with PREFORGE_JIT_DUMP=1 compiled, which was printed last."""
    name, lines = None, []
    for line in text.splitlines():
        if name and (line.startswith("; ") or not re.match(r"(function|const|b\d|  |exit) ?", line)):
            yield name, "\n".join(lines) + "\n"
            name = None
        if begin := BEGIN.match(line):
            name, lines = begin[1], []
        elif name:
            lines.append(line)
    if name:
        yield name, "\n".join(lines) + "\n"


def distinct(ir):
    """Constants that differ only in what the text does not say get names that differ; ir_parse() refuses equal ones."""
    seen = set()

    def other(match):
        index, what = match.groups()
        while what in seen:
            what = re.sub(r'"(.*)"', r'"\1_"', what)
        seen.add(what)
        return f"const c{index} {what}"

    return re.sub(r"^const c(\d+) (.*)$", other, ir, flags=re.M)


def collect(kernel, directory):
    runner = os.path.join(SRCDIR, "bench", "kernel_runner.py")
    environment = {**os.environ, "PREFORGE_JIT": "on", "PREFORGE_CACHE": "", "PREFORGE_JIT_DUMP": "1"}
    command = [program("bin/preforge-python"), runner, os.path.join(FOLDER, f"{kernel}.py"), "0.5", "1"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    for name, ir in families(done.stderr):
        if name.startswith("kernel."):
            with open(os.path.join(directory, f"{kernel}-{name[7:]}.ir"), "w") as file:
                file.write(distinct(ir))


def measure(files, rounds, options):
    command = [program("bench/emit"), "-n", str(rounds), *files, "--", *options]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=program("")).stdout
    return [(float(ms), float(assembler), int(size), os.path.basename(path)) for ms, assembler, size, path in
            re.findall(r"([\d.]+) ms +([\d.]+) ms as +(\d+) bytes +(\S+)", lines)]  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description="What gcc takes for each function of the kernels.")
    parser.add_argument("--directory", metavar="DIR", help="keep the IR there; what is there already is measured as it is")
    parser.add_argument("--rounds", type=int, default=3, help="of which the shortest counts (default: 3)")
    parser.add_argument("--all", action="store_true", help="print a line for each function")
    parser.add_argument("kernels", nargs="*", metavar="KERNEL")
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    chosen = parser.parse_args(sys.argv[1:split])
    title("machine code from IR, each function by a compiler of its own: CPU time")
    with tempfile.TemporaryDirectory(prefix="preforge-bench-") as temporary:
        directory = chosen.directory or temporary
        os.makedirs(directory, exist_ok=True)
        if not os.listdir(directory):
            for kernel in chosen.kernels or sorted(name[:-3] for name in os.listdir(FOLDER) if name.endswith(".py")):
                collect(kernel, directory)
        files = sorted(os.path.abspath(os.path.join(directory, name)) for name in os.listdir(directory))
        found = sorted(measure(files, chosen.rounds, sys.argv[split + 1 :]))
    for ms, assembler, size, name in found if chosen.all else []:
        print(f"  {ms:7.1f} ms, as {assembler:5.1f} ms, {size:7} bytes  {name[:-3]}")
    spent = [row[0] for row in found]
    print(f"  {len(found)} functions: median {statistics.median(spent):.1f} ms, nine in ten under {statistics.quantiles(spent, n=10)[-1]:.0f} ms, "
          f"most {spent[-1]:.0f} ms, together {sum(spent):.0f} ms ({sum(row[1] for row in found):.0f} ms of it in as) "
          f"for {sum(row[2] for row in found) / 1000:.0f} kB of code")  # fmt: skip


main()
