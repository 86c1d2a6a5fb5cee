"""Many random programs, native against interpreted: random_run.py PREFORGE_PYTHON FIRST_SEED LAST_SEED FUNCTIONS [DIRECTORY]

Every seed gives a file of that many functions by each generator (random_*.py),
fewer of those that take longer, which CPython and preforge-python with everything compiled run; what they print must be the same.  A program is one
function with its calls.  A file whose outputs differ stays in the DIRECTORY (by default a new one), with both outputs beside it.

$RANDOM_GENERATORS has the kinds, if not all are wanted.  $RANDOM_SIZE=small makes functions of few statements, a tenth as long to compile.
$RANDOM_TOGETHER functions are compiled at once, which takes less time for small ones: the first calls run in CPython then, and what they find goes into the
code; else each is compiled before its first call.  With $PREFORGE_JIT=on all is left to time, and only large ones of the kind
rounds last long enough.  Exit status: 0 no difference, 1 some.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TIMEOUT_S = 600
SLOWER = {"objects": 2, "frames": 2, "closures": 2, "lists": 2, "pipelines": 2, "resumed": 2, "raised": 2, "given": 2, "ways": 2, "rounds": 8, "classes": 16}  # to compile than others
SIZE = os.environ.get("RANDOM_SIZE", "").split()
TOGETHER = os.environ.get("RANDOM_TOGETHER", "0")
MODE = os.environ.get("PREFORGE_JIT", "eager")
KEEP = {"frames", "closures", "pipelines", "arguments", "ways"}  # with a report functions live on, and so what is in their cells
GENERATORS = os.environ.get("RANDOM_GENERATORS", "values text memory frames closures lists programs objects classes pipelines resumed raised arguments grown given building ways changes rounds").split()


def output(command, env, must_end_well=False):
    """What it prints, and how it ended if not well."""
    try:
        r = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env={**os.environ, **env}, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return f"more than {TIMEOUT_S} s\n"
    if must_end_well and r.returncode:
        sys.exit(f"{' '.join(command)}: status {r.returncode}\n{r.stderr[-4000:]}")
    return r.stdout if r.returncode == 0 else f"{r.stdout}status {r.returncode}\n{r.stderr[-4000:]}"


def first_difference(a, b):
    a, b = a.splitlines(), b.splitlines()
    for k in range(max(len(a), len(b))):
        x, y = (lines[k] if k < len(lines) else "(nothing)" for lines in (a, b))
        if x != y:
            return f"    CPython: {x}\n    native:  {y}"


def failed(report):
    """The functions that the compiler failed at."""
    try:
        with open(report, encoding="utf-8") as f:
            return "".join(f"{function['name']}: {function['reason'][-300:]}\n" for function in json.load(f) if function["word"] == "compiler-failed")
    except FileNotFoundError:
        return ""


def differs(generator, seed, n, preforge_python, directory):
    path = f"{directory}/{generator}_{seed}.py"
    with open(path, "w", encoding="utf-8") as f:
        f.write(output([sys.executable, f"{HERE}/random_{generator}.py", str(seed), str(n), *SIZE], {"PYTHONIOENCODING": "utf-8"}, True))
    run = [f"{HERE}/run.py", path]
    same = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "PYTHONIOENCODING": "utf-8"}
    expected = output([sys.executable, *run], same, True)
    report = {} if generator in KEEP else {"PREFORGE_JIT_REPORT": f"{path}.report"}
    got = output([preforge_python, *run], {**same, **report, "PREFORGE_JIT": MODE, "PREFORGE_JIT_TOGETHER": TOGETHER, "PREFORGE_CACHE": ""})
    if report:
        got += failed(f"{path}.report")
        pathlib.Path(f"{path}.report").unlink(missing_ok=True)  # who crashes writes none
    if expected == got:
        os.remove(path)
        return False
    print(f"{path}: the outputs differ\n{first_difference(expected, got)}", flush=True)
    for name, text in (("cpython", expected), ("native", got)):
        with open(f"{path}.{name}", "w", encoding="utf-8") as f:
            f.write(text)
    return True


def main():
    preforge_python, first, last, n, *rest = sys.argv[1:]
    directory = rest[0] if rest else tempfile.mkdtemp(prefix="preforge-random-")
    os.makedirs(directory, exist_ok=True)
    done = bad = 0
    for seed in range(int(first), int(last) + 1):
        for generator in GENERATORS:
            count = max(int(n) // SLOWER.get(generator, 1), 1)
            bad += differs(generator, seed, count, preforge_python, directory)
            done += count
    print(f"{done} programs, {bad} files with a difference{f' in {directory}' if bad else ''}")
    return int(bad > 0)


sys.exit(main())
