"""Numbers: every operator over the values where machine arithmetic and Python's part ways.

Each operator has a function of its own for each pair of types, so that each is compiled for them; then all values come.
"""

VALUES = {
    "int": [1, 0, -1, 2, -2, 3, 7, -7, 63, 64, 255, 2**31, -(2**31), 2**53, 2**53 + 1, 2**62, -(2**62), 2**63 - 1, -(2**63), 2**63, -(2**65) + 1, 10**30],
    "float": [1.5, 0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 3.0, 1e16, 2.0**53, 1e308, -1e308, 5e-324, float("inf"), float("-inf"), float("nan")],
    "bool": [True, False],
    "str": ["x"],
}
BINARY = "+ - * / // % & | ^ < <= == != > >=".split()
CASES = []


def define(name, source):
    names = {"__name__": "cases"}
    exec(compile(source, name, "exec"), names)
    return names[name.split()[0]]


def add_cases(name, source, *arguments):
    f = define(name, source)
    CASES.extend((f, a) for a in arguments)


def pairs(a, b):
    return [(x, y) for x in VALUES[a] for y in VALUES[b]]


for n, op in enumerate(BINARY):
    for a in ("int", "float", "bool"):
        for b in ("int", "float", "bool"):
            name = f"op{n}_{a}_{b}"
            add_cases(name, f"def {name}(a, b):\n    return a {op} b\n", *pairs(a, b), ("x", 1), (1, None))
for a in ("int", "float", "bool"):
    for b in ("int", "float", "bool"):
        name = f"inplace_{a}_{b}"
        add_cases(
            name,
            f"def {name}(a, b):\n    a += b\n    a *= 3\n    a -= b\n    a //= 2\n    a %= 1000003\n    return a\n",
            *pairs(a, b),
        )
        name = f"branches_{a}_{b}"
        add_cases(
            name,
            f"def {name}(a, b):\n    r = 0\n    if a < b: r += 1\n    if a: r += 2\n    if not b: r += 4\n    if a == b or a and b: r += 8\n"
            "    return r, a and b, a or b, a if a > b else b, (a < b) + (a != b)\n",
            *pairs(a, b),
        )
SHIFTS = [1, 0, -1, 5, 31, 62, 63, 64, 65, 200, True]
for name, op in (("shl", "<<"), ("shr", ">>")):
    add_cases(name, f"def {name}(a, b):\n    return a {op} b\n", *[(x, y) for x in VALUES["int"] for y in SHIFTS], (1.5, 1))
POWERS = {"int": [2, 0, 1, 3, 10, 62, 63, 64, -1, -2], "float": [0.5, -0.5, 0.0, 2.0, 3.0, -1.0, float("inf")]}
for a in ("int", "float"):
    for b in ("int", "float"):
        name = f"power_{a}_{b}"
        add_cases(
            name,
            f"def {name}(a, b):\n    return a ** b\n",
            *[(x, y) for x in VALUES[a] if not (a == "int" and abs(x) > 2**64) for y in POWERS[b]],
        )
    name = f"square_{a}"
    add_cases(name, f"def {name}(a):\n    return a ** 2 + a ** 0.5\n", *[(x,) for x in VALUES[a]])
for a in ("int", "float", "bool"):
    for n, expression in enumerate(("-a", "+a", "not a", "~a", "abs(a)", "float(a)", "int(a)", "bool(a)", "(-a, +a, abs(a), a is None)")):
        name = f"unary{n}_{a}"
        add_cases(name, f"def {name}(a):\n    return {expression}\n", *[(x,) for x in VALUES[a] + ["x", None]])
    name = f"chained_{a}"
    add_cases(
        name,
        f"def {name}(a, b, c):\n    return a < b <= c, not a == b != c\n",
        *[(x, y, z) for x in VALUES[a][:9] for y in VALUES[a][5:12] for z in VALUES["int"][:6] + VALUES["float"][:6]],
    )
