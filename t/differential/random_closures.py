"""Write a case file of random functions with closures and function values: random_closures.py SEED COUNT [small] > cases.py

Inner functions that read and write cells of the functions around them, and call each other, themselves and functions in locals, lists,
dicts and arguments; cells whose values change their types, that are bound anew or emptied while they are in use; functions that C code
calls (key=, map(), functools.reduce()), defaults, decorators and exceptions on the way.  The same seed gives the same file.
"""
import random
import sys

seed, count = int(sys.argv[1]), int(sys.argv[2])
small = "small" in sys.argv[3:]
r = random.Random(seed)

PRELUDE = '''import functools
import gc

gc.disable()  # what is in cycles would die at other times

LOG = []


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(self.name)


def apply_n(f, x, n):
    for _ in range(n):
        x = f(x)
    return x


def compose(f, g):
    return lambda x: f(g(x))


def logged(f):
    @functools.wraps(f)
    def wrapper(*args):
        LOG.append(len(args))
        return f(*args)

    return wrapper


def plus(x, y=3):
    return x + y


def square(x):
    return x * x


def half(x):
    return x / 2


def text(x):
    return f"{x}"[:5]
'''

CELLS = ["a", "b", "c"]
VALUES = ["0", "1", "n", "2.5", "-x", "2**62", "True", "n * 0.5", "'s'", "[n]", "None"]
FUNCTIONS = ["plus", "square", "half", "abs", "float", "(lambda v: v + n)", "(lambda v: v * 2)", "(lambda v, w=n: v - w)"]


def expression(names, depth=0):
    kind = r.randrange(7 if depth < 2 else 3)
    if kind < 2:
        return r.choice(names)
    if kind == 2:
        return r.choice(["1", "2", "n", "0.5", "3"])
    return f"({expression(names, depth + 1)} {r.choice(['+', '-', '*', '+', '-', '//', '%', '<', '=='])} {expression(names, depth + 1)})"


def indent(lines):
    return ["    " + line for line in lines]


def change(names):
    """A statement in an inner function that changes a cell."""
    cell = r.choice(CELLS)
    return r.choice(
        [
            f"{cell} = {expression(names)}",
            f"{cell} += {r.choice(['1', 'n', '0.5', 'v'])}",
            f"{cell} = {r.choice(VALUES).replace('x', 'v')}",
            f"{cell}, {r.choice(CELLS)} = v, {cell}",
            f"LOG.append({cell})",
            f"if {expression(names)}:\n    {cell} = v",
            f"del {cell}" if r.random() < 0.2 else f"{cell} -= 1",
            f"{cell} = Loud({r.randrange(9)})" if r.random() < 0.2 else f"{cell} = v",
        ]
    )


def inner(name, others):
    """def name(v): it may change cells, call others, and call itself with less."""
    names = ["v", "n"] + CELLS
    lines = [f"nonlocal {', '.join(CELLS)}"] if r.random() < 0.8 else []
    changes = bool(lines)
    for _ in range(r.randrange(1, 3 if small else 5)):
        kind = r.randrange(5)
        if kind < 2 and changes:
            lines += change(names).split("\n")
        elif kind == 2 and others:
            lines.append(f"v = {r.choice(others)}(v)")
        elif kind == 3:
            lines.append(f"v = {expression(names)}")
        else:
            lines.append(f"LOG.append({expression(names)})")
    if r.random() < 0.4:
        lines.append(f"if depth > 0:\n        return {name}({expression(names)}, depth - 1)".replace("        return", "    return"))
    lines.append(f"return {expression(names)}")
    flat = [part for line in lines for part in line.split("\n")]
    return [f"def {name}(v, depth={r.randrange(4)}):"] + indent(flat)


def use(names):
    """A statement of the outer function that calls function values."""
    f, g = r.choice(names), r.choice(names)
    anything = r.choice(names + FUNCTIONS)
    return r.choice(
        [
            f"t = {f}({r.choice(['i', 'x', 'n', 't', '0.5'])})",
            f"t = {f}(i) or {g}(x)",
            f"t = apply_n({anything}, {r.choice(['i', 'x', '1.5'])}, {r.randrange(4)})",
            f"t = compose({anything}, {f})(i)",
            f"LOG.append(sorted([3, i, 1, 2], key={anything}))",
            f"LOG.append(max([i, 2, 1], key=lambda v: {f}(v)))",
            f"LOG.append(list(map({anything}, [1, i, 0.5])))",
            f"t = functools.reduce(lambda v, w: {f}(v) or w, [1, i, 2])",
            f"t = table['{r.choice('pqr')}'](i)",
            f"t = functions[i % len(functions)](x)",
            f"t = logged({f})(i)",
            f"t = (lambda v, f={f}: f(v))(i)",
            f"{f} = {anything}" if r.random() < 0.3 else f"functions.append({anything})",
            f"{r.choice(CELLS)} = {r.choice(VALUES)}",
            f"LOG.append(({', '.join(CELLS)}))",
            f"LOG.append(sum(map({anything}, range(3))))",
        ]
    )


def case(number):
    names = [f"f{k}" for k in range(r.randrange(1, 3 if small else 4))]
    lines = [f"{cell} = {r.choice(VALUES)}" for cell in CELLS] + ["t = i = 0"]
    for k, name in enumerate(names):
        lines += inner(name, names if r.random() < 0.3 else names[:k])
    lines.append(f"table = {{'p': {r.choice(names + FUNCTIONS)}, 'q': {r.choice(names)}, 'r': {r.choice(FUNCTIONS)}}}")
    lines.append(f"functions = [{r.choice(names)}, {r.choice(FUNCTIONS)}, {r.choice(names)}]")
    body = [use(names) for _ in range(r.randrange(2, 4 if small else 7))]
    if r.random() < 0.5:
        body = ["try:"] + indent(body) + [f"except {r.choice(['TypeError', 'Exception', '(ZeroDivisionError, NameError)'])} as e:", "    LOG.append(type(e).__name__)"]
    lines += [f"for i in range({r.choice(['n', '3', '5'])}):"] + indent(body)
    lines.append(f"return t, {', '.join(CELLS)}" if r.random() < 0.6 else "return t")
    return [f"def case{number}(n, x):"] + indent(lines)


def outer(number):
    """Loud things have a name and no address, and the log is a part of what comes out."""
    return [
        f"def run{number}(n, x):",
        "    LOG.clear()",
        "    try:",
        f"        result = case{number}(n, x)",
        "    except Exception as e:",
        "        result = type(e).__name__, str(e)",
        "        e = None",
        "    return shown(result), shown(LOG)",
    ]


SHOWN = '''def shown(v):
    if type(v) in (list, tuple):
        return type(v)(shown(w) for w in v)
    return v if type(v) in (int, float, bool, str, type(None)) else type(v).__name__
'''

print(PRELUDE)
print()
print(SHOWN)
for number in range(count):
    print()
    print("\n".join(case(number)))
    print()
    print()
    print("\n".join(outer(number)))
    print()
print()
print("CASES = [(f, (n, x)) for f in (" + ", ".join(f"run{k}" for k in range(count)) + ",) for n, x in ((0, 1), (3, 2), (5, -1.5), (4, 2**62), (2, 'a'))]")
