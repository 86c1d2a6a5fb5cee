"""CPython's own test suite under preforge-python with every function compiled, against the CPython that runs this, test by test.

usage: check.py [--out DIRECTORY] [--timeout SECONDS] PREFORGE_PYTHON [MODULE[:PATTERN]...]

Without MODULEs, all of the file modules beside this program run, each in a process of its own; with a PATTERN (of fnmatch), only
tests whose IDs match.  Compiled code is kept in $PREFORGE_CACHE, or for this run only.  A test whose verdict differs must be listed
in the file differences, with its reason; one that is listed and does not differ any more is told too.
Exit status: 0 no other difference, 1 some, 2 a wrong call, 77 the package libpython3.11-testsuite is not installed.
"""
import argparse
import contextlib
import fnmatch
import json
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
NO_PACKAGE = 77


def read_lines(name):
    """The words of each line; the last has the rest of the line."""
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        return [line.rstrip("\n") for line in f if line.strip() and not line.startswith("#")]


def read_verdicts(directory, module, end):
    """{test: (verdict, text)}.  A test may have several, by its subtests; end says how the process ended."""
    verdicts, started, ended = {}, None, False
    try:
        with open(f"{directory}/{module}.json", encoding="utf-8") as f:
            for line in f:
                try:
                    word, *rest = json.loads(line)
                except ValueError:  # cut off
                    break
                if word == "start":
                    started = rest[0]
                elif word == "end":
                    ended = True
                else:
                    verdicts[rest[0]] = (word, rest[1])
    except FileNotFoundError:
        pass
    if not ended:
        verdicts[started or module] = ("died", end)
    return verdicts


def run_module(command, directory, module, timeout, env):
    """Run it, its verdicts to DIRECTORY/MODULE.json; how the process ended."""
    os.makedirs(directory, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):  # of an earlier run
        os.remove(f"{directory}/{module.partition(':')[0]}.json")
    with open(f"{directory}/log", "a", encoding="utf-8") as log:
        process = subprocess.Popen([*command, f"{HERE}/verdicts.py", directory, module], stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log, cwd=directory, env={**os.environ, "PYTHONHASHSEED": "1", **env}, start_new_session=True)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return f"it took more than {timeout} s"
    return f"the process ended here, with status {process.returncode}"


def read_known():
    """[(pattern of a test's ID, reason)]"""
    return [tuple(line.split(None, 1)) for line in read_lines("differences")]


def compare(expected, got, known, used):
    """Print what differs; (tests, same, known, other)."""
    n_known = n_other = 0
    names = sorted(set(expected) | set(got))
    for name in names:
        a, b = expected.get(name, ("not run", "")), got.get(name, ("not run", ""))
        if a[0] == b[0]:
            continue
        reason = next((k for k in known if fnmatch.fnmatchcase(name, k[0])), None)
        if reason:
            used.add(reason[0])
            n_known += 1
            continue
        n_other += 1
        print(f"{name}: {a[0]} under CPython, {b[0]} here")
        for line in (b[1] or a[1]).splitlines()[-12:]:
            print("    " + line)
    return len(names), len(names) - n_known - n_other, n_known, n_other


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "))
    parser.add_argument("--out")
    parser.add_argument("--timeout", type=int, default=900)
    parser.add_argument("preforge_python")
    parser.add_argument("modules", nargs="*")
    args = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's & has it ignored, and tests of it fail
    if not os.path.exists(sysconfig.get_path("stdlib") + "/test/test_bool.py"):
        print("CPython's test suite is not installed (Debian: libpython3.11-testsuite)")
        return NO_PACKAGE
    modules = args.modules or [word for line in read_lines("modules") for word in line.split()]
    known, used, totals, rows = read_known(), set(), [0, 0, 0, 0], []
    with tempfile.TemporaryDirectory(prefix="preforge-cpython-") as temporary:
        out = os.path.abspath(args.out or temporary)
        native = {"PREFORGE_JIT": "eager", "PREFORGE_CACHE": os.environ.get("PREFORGE_CACHE", f"{out}/store")}
        for module in modules:
            name = module.partition(":")[0]
            ends = [run_module([command], f"{out}/{kind}", module, args.timeout, env)
                    for command, kind, env in ((sys.executable, "cpython", {}), (args.preforge_python, "preforge", native))]
            expected, got = (read_verdicts(f"{out}/{kind}", name, end) for kind, end in zip(("cpython", "preforge"), ends))
            row = compare(expected, got, known, used)
            rows.append((name, *row))
            totals = [a + b for a, b in zip(totals, row)]
    print(f"{'module':24}{'tests':>8}{'same':>8}{'known':>8}{'other':>8}")
    for row in (*rows, ("all", *totals)):
        print(f"{row[0]:24}{row[1]:8}{row[2]:8}{row[3]:8}{row[4]:8}")
    if not args.modules:
        for pattern, _ in known:
            if pattern not in used:
                print(f"differences: {pattern} does not differ any more")
    return int(totals[3] > 0)


if __name__ == "__main__":
    sys.exit(main())
