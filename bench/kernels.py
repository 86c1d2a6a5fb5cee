"""The kernels, plain Python functions as services have them, under CPython, PyPy and preforge-python.

usage: kernels.py [-h] [--details] [--plot FILE.svg] [--json FILE] [--rounds N] [KERNEL...]
"""

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

from common import BUILDDIR, SRCDIR, ms, program, pypy, table, title
from kernels_plot import plot

FOLDER = os.path.join(SRCDIR, "bench", "kernels")
TIMEOUT_S = 120
# Not numbers and sequences: big integers, strings, dicts and objects of classes.
OTHERS = {
    "accounts", "binary_trees", "csv_report", "dijkstra", "escape", "expression", "group_by", "pidigits", "vectors", "wordcount",
}  # fmt: skip
WARM_UP_S = {"CPython": 0.0, "PyPy": 0.8, "Preforge": 0.5}


class Failed(Exception):
    pass


def kernel_names(chosen):
    names = sorted(name[:-3] for name in os.listdir(FOLDER) if name.endswith(".py"))
    unknown = [name for name in chosen if name not in names]
    if unknown:
        sys.exit(f"kernels: there is no kernel {unknown[0]} in {FOLDER}; there are {', '.join(names)}")
    return chosen or names


def measure(kind, command, kernel, rounds, environment=()):
    """What kernel_runner.py printed; Failed when it did not end well."""
    runner = os.path.join(SRCDIR, "bench", "kernel_runner.py")
    arguments = [*command, runner, os.path.join(FOLDER, f"{kernel}.py"), str(WARM_UP_S[kind]), str(rounds)]
    variables = {key: value for key, value in os.environ.items() if not key.startswith("PREFORGE_")}
    try:
        done = subprocess.run(
            arguments, env={**variables, **dict(environment)}, capture_output=True, text=True, timeout=TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"not ready after {TIMEOUT_S} s") from None
    if done.returncode != 0:
        raise Failed((done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1])
    return json.loads(done.stdout)


def measure_preforge(kernel, rounds, directory):
    """Twice: with an empty store, and with what that left there."""
    report = os.path.join(directory, "report.json")
    cache = os.path.join(directory, kernel)
    os.mkdir(cache)
    environment = {"PREFORGE_JIT": "on", "PREFORGE_CACHE": cache}
    command = [program("bin/preforge-python")]
    first = measure("Preforge", command, kernel, rounds, environment)
    second = None
    if any(files for _, _, files in os.walk(cache)):
        second = measure("Preforge", command, kernel, rounds, environment)
    # The report counts, so it comes from a run of its own, which compiles.
    measure("Preforge", command, kernel, 1, {**environment, "PREFORGE_CACHE": "", "PREFORGE_JIT_REPORT": report})
    with open(report) as file:
        functions = json.load(file)
    return first, second, [f for f in functions if os.path.basename(f["file"]) == f"{kernel}.py"]


def measure_kernel(kernel, rounds, directory):
    found = {"name": kernel, "group": "other" if kernel in OTHERS else "numbers and sequences"}
    found["CPython"] = measure("CPython", [sys.executable], kernel, rounds)
    if pypy()[0]:
        found["PyPy"] = measure("PyPy", [pypy()[0]], kernel, rounds)
    try:
        found["Preforge"], found["warm store"], found["functions"] = measure_preforge(kernel, rounds, directory)
    except Failed as e:
        found["failed"] = str(e)
    results = {kind: found[kind]["result"] for kind in ("CPython", "PyPy", "Preforge", "warm store") if found.get(kind)}
    if len(set(results.values())) > 1:
        found["failed"] = "; ".join(f"{kind} returned {result[:100]}" for kind, result in results.items())
    return found


def steady(found, kind):
    return statistics.median(found[kind]["steady"]) if found.get(kind) else None


def ratio(a, b):
    return a / b if a and b else None


def ratios(found):
    """How many times as fast Preforge is: to CPython and PyPy after warm-up, and PyPy's first round to ours."""
    own = steady(found, "Preforge")
    store = found.get("warm store") or found.get("Preforge")
    return {
        "to CPython": ratio(steady(found, "CPython"), own),
        "to PyPy": ratio(steady(found, "PyPy"), own),
        "cold to PyPy": ratio(found["PyPy"]["cold"] if "PyPy" in found else None, store["cold"] if store else None),
        "first to steady": ratio(store["cold"] if store else None, steady(found, "warm store") or own),
        "CPython's": ratio(found["CPython"]["cold"], steady(found, "CPython")),
    }


def times(value):
    return "" if value is None else f"{value:.2f}x"


def native(found):
    """How many functions are native, and how many side exits there were a call."""
    functions = found.get("functions", [])
    compiled = [f for f in functions if f["state"] == "native"]
    calls = sum(f["calls"] for f in compiled)
    exits = sum(f["side_exits"] for f in compiled)
    return f"{len(compiled)}/{len(functions)}", f"{100 * exits / calls:.0f}%" if calls else ""


def row(found):
    seconds = [found[kind][part] if found.get(kind) else None for kind, part in (
        ("CPython", "steady"), ("PyPy", "cold"), ("PyPy", "steady"),
        ("Preforge", "cold"), ("warm store", "load"), ("warm store", "cold"), ("Preforge", "steady"),
    )]  # fmt: skip
    cells = ["" if s is None else ms(s if isinstance(s, list) else [s])[:-3] for s in seconds]
    r = ratios(found)
    return [found["name"], *cells, times(r["to CPython"]), times(r["to PyPy"]), times(r["cold to PyPy"]), *native(found)]


def geometric_mean(values):
    values = [value for value in values if value]
    return math.exp(statistics.fmean(map(math.log, values))) if values else None


def summary(all_found):
    groups = {"numbers and sequences": [f for f in all_found if f["group"] != "other"], "all": all_found}
    rows = []
    for name, members in groups.items():
        values = [ratios(f) for f in members if not f.get("failed")]
        if not values:
            continue
        lowest = min((v["to PyPy"], f["name"]) for v, f in zip(values, [f for f in members if not f.get("failed")])
                     if v["to PyPy"]) if pypy()[0] else None  # fmt: skip
        rows.append([
            f"{name} ({len(values)})", *(times(geometric_mean(v[key] for v in values)) for key in values[0]),
            f"{lowest[1]} {lowest[0]:.2f}x" if lowest else "",
        ])  # fmt: skip
    table(["geometric means", "CPython / it", "PyPy / it", "first PyPy / it", "first / steady", "CPython's", "worst to PyPy"], rows)
    slower = [f["name"] for f in all_found if (ratios(f)["to CPython"] or 1) < 0.97]
    print(f"  slower than CPython: {', '.join(slower) or 'none'}")


def details(all_found):
    """What became of each function."""
    rows = []
    for found in all_found:
        for f in found.get("functions", []):
            rows.append([f"{found['name']}: {f['name']}", f["state"], str(f["calls"]), str(f["side_exits"]),
                         f"{f['compile_ms']:.0f} ms", f["reason"] or ""])  # fmt: skip
    print()
    table(["function", "state", "calls", "side exits", "compiled in", "reason"], rows)


def compile_times(all_found):
    spent = sorted(f["compile_ms"] for found in all_found for f in found.get("functions", []) if f["state"] == "native")
    if len(spent) > 1:
        parts = statistics.quantiles(spent, n=10)
        print(f"  compile time of {len(spent)} functions, each with a compiler of its own: "
              f"median {statistics.median(spent):.0f} ms, nine in ten under {parts[-1]:.0f} ms, most {spent[-1]:.0f} ms")  # fmt: skip


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K  {text}\r", end="", file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description="Kernels under CPython, PyPy and preforge-python.")
    parser.add_argument("kernels", nargs="*", metavar="KERNEL", help="only these (default: all)")
    parser.add_argument("--rounds", type=int, default=7, help="measured rounds after warm-up (default: 7)")
    parser.add_argument("--details", action="store_true", help="tell what became of every function")
    parser.add_argument("--plot", metavar="FILE", help="write a plot of the ratios (SVG)")
    parser.add_argument("--json", metavar="FILE", help="write everything that was measured")
    options = parser.parse_args()
    names = kernel_names(options.kernels)
    title(f"{len(names)} kernels: medians of {options.rounds} rounds after warm-up, and the first round of a fresh process")
    directory = tempfile.mkdtemp(prefix="preforge-bench-")
    try:
        all_found = []
        for name in names:
            all_found.append(measure_kernel(name, options.rounds, directory))
            progress(f"{len(all_found)}/{len(names)} {name}")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    progress("")
    table(["ms", "CPython", "PyPy first", "PyPy", "it, first", "store: load", "first", "it", "CPython / it", "PyPy / it", "first PyPy / it",
           "native", "exits"], [row(f) for f in all_found])  # fmt: skip
    print()
    summary(all_found)
    compile_times(all_found)
    if options.details:
        details(all_found)
    if options.plot:
        plot(options.plot, [(f["name"], f["group"], ratios(f)) for f in all_found])
        print(f"  plot: {os.path.abspath(options.plot)}")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(all_found, file, indent=1)
    failed = [f for f in all_found if f.get("failed")]
    for f in failed:
        print(f"  FAILED {f['name']}: {f['failed']}")
    sys.exit(1 if failed else 0)


main()
