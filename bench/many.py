"""An application of many functions, as services have them: five shapes over and over, each with constants of its own."""

import json

SHAPES = [
    """
def f{k}(n):
    s = {k}
    for i in range(n):
        s = (s * 31 + i) % 1000003
    return s
""",
    """
def f{k}(n):
    s = 0.5
    for i in range(n):
        s = s * 0.75 + i * {k}.5
    return s
""",
    """
def f{k}(n):
    values = [i * {k} % 101 for i in range(n)]
    best = 0
    for i in range(1, len(values)):
        if values[i] > values[i - 1]:
            best += values[i]
    return best
""",
    """
def f{k}(n):
    a, b, steps = n + {k}, 7, 0
    while steps < n:
        a, b = b + steps, a % (b + 1)
        steps += 1
    return a + b
""",
    """
class C{k}:
    def __init__(self, by):
        self.by = by

    def total(self, n):
        s = 0
        for i in range(n):
            if i % 3 == 0:
                s += self.by
        return s


def f{k}(n):
    return C{k}({k}).total(n)
""",
]


def names(count):
    return [f"f{k}" for k in range(count)]


def write(path, count):
    """The module, and beside it a warm-up that makes all of it hot: its path."""
    with open(path, "w") as file:
        file.write("__all__ = " + repr([*names(count), "empty"]) + "\n\n\ndef empty():\n    return None\n")
        for k in range(count):
            file.write("\n" + SHAPES[k % len(SHAPES)].format(k=k))
    warmup = path + ".jsonl"
    with open(warmup, "w") as file:
        for name in names(count):
            file.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": name, "params": [2000]}) + "\n")
    return warmup
