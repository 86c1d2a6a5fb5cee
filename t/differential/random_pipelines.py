"""Write a case file of random functions with generators of generators: random_pipelines.py SEED COUNT [small] > cases.py

Generator functions, generator expressions, map() and filter() that are given to each other, kept in locals and consumed by loops,
sum(), list() and others; functions that note their calls, raise, and change the types of their results; objects that generators hold,
whose deaths are noted; breaks and exceptions on the way.  The same seed gives the same file.
"""
import random
import sys

seed, count = int(sys.argv[1]), int(sys.argv[2])
small = "small" in sys.argv[3:]
DEEPEST = 3 if small else 5
r = random.Random(seed)

PRELUDE = '''LOG = []


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(-self.name)


class Less:
    def __call__(self, x):
        return x - 1


less = Less()


def numbers(n):
    for i in range(n):
        yield i


def squares(it):
    for x in it:
        yield x * x


def odd(it):
    for x in it:
        if x % 2:
            yield x


def first_of(it, n):
    for x in it:
        if n <= 0:
            return
        n -= 1
        yield x


def sums(it):
    last = 0
    for x in it:
        yield last + x
        last = x


def doubled(it):
    for x in it:
        yield x
        yield x


def quotients(it, k):
    for x in it:
        yield 100 // (x - k)


def halves(it):
    for x in it:
        yield x / 2 if x > 7 else x


def large(it):
    for x in it:
        yield x * 10**15


def holds(objects, n):
    a = objects.pop()
    for i in range(n):
        b = objects.pop()
        yield i
    del a


def keeps(it, objects):
    a = objects.pop()
    for x in it:
        yield x


def both(a, b):
    for x in a:
        yield x
    for x in b:
        yield x


def add_1(x):
    return x + 1


def noted(x):
    LOG.append(x)
    return x * 2


def noted_quotient(x):
    LOG.append(x)
    return 12 // (5 - x)


def smaller(x):
    return x if x < 9 else x * 0.5


def rest(x):
    return x % 3


def told():
    log = LOG.copy()
    LOG.clear()
    return log

'''

SOURCES = ["range(n)", "numbers(n)", "items", "numbers(len(items))", "holds(objects, n)", "range(n, 0, -1)", "tuple(items)", "first_of(numbers(50), n)", "[1, 2.5, n]", "(n, 2, 3)", "{n: 1, 3: 2}"]
MAPPED = ["add_1", "noted", "noted_quotient", "smaller", "less", "lambda v: v + k", "lambda v: v * v", "abs", "float", "lambda v: LOG.append(v) or v"]
CHOSEN = ["add_1", "noted", "noted_quotient", "rest", "None", "lambda v: v > k", "lambda v: LOG.append(v) or v % 2"]


def stage(of, depth):
    other = pipeline(max(0, depth - 2))
    return r.choice(
        [
            f"squares({of})",
            f"odd({of})",
            f"first_of({of}, {r.choice(['n', '3', 'k'])})",
            f"sums({of})",
            f"map({r.choice(MAPPED)}, {of})",
            f"map({r.choice(MAPPED)}, {of})",
            f"filter({r.choice(CHOSEN)}, {of})",
            f"filter({r.choice(CHOSEN)}, {of})",
            f"(v{r.choice([' + 1', ' * k', ' % 7', ' * 2.5'])} for v in {of}{r.choice(['', ' if v != k', ' if v % 2'])})",
            f"quotients({of}, {r.choice(['99', '5', 'k'])})",
            f"halves({of})",
            f"large({of})",
            f"keeps({of}, objects)",
            f"both({of}, {other})",
            f"doubled({of})",
        ]
    )


def pipeline(depth):
    of = r.choice(SOURCES)
    for _ in range(r.randrange(depth + 1)):
        of = stage(of, depth)
    return of


def consumed():
    return [f"return {r.choice(['sum', 'list', 'tuple', 'any', 'all', 'sorted', 'max', 'min', 'set'])}({pipeline(DEEPEST)})"]


def loop():
    lines = ["t = 0", f"for x in {pipeline(DEEPEST)}:", f"    t = t * {r.choice('123')} + x"]
    if r.random() < 0.5:
        lines += [f"    if x > {r.choice(['k', '20', 'n'])}:", f"        {r.choice(['break', 'continue', 'return t, x'])}"]
    if r.random() < 0.5:
        lines += ["    LOG.append(t)"]
    return lines + ["return t"]


def in_locals():
    lines = [f"g = {pipeline(2)}", "t = 0"]
    if r.random() < 0.5:
        lines += [f"h = {stage('g', 2)}", "for x in h:", "    t += x"]
    else:
        lines += [f"for x in {stage('g', 2)}:", "    t += x"]
    if r.random() < 0.5:
        lines += [f"    if x > {r.choice(['k', '20', 'n'])}:", "        break"]
    if r.random() < 0.3:
        lines += ["t += sum(g)"]
    if r.random() < 0.3:
        lines += ["g = None"]
    return lines + ["LOG.append(0)", "return t"]


def handled():
    # Frames of a traceback may lack generators that are not read again: what is noted comes when it has gone.
    return ["t = line = 0", "try:", f"    for x in {pipeline(DEEPEST)}:", "        t += 60 // (x - k)", "except ZeroDivisionError as e:", "    line = e.__traceback__.tb_lineno - e.__traceback__.tb_frame.f_code.co_firstlineno", "LOG.append(line)", "return t"]


def two():
    return [f"return [y for y in {pipeline(DEEPEST - 1)} if y != k], sum({pipeline(DEEPEST - 1)})"]


def begun_again():
    return [f"g = {pipeline(DEEPEST - 1)}", "t = 0", "for i in range(3):", "    for x in g:", "        t += x", "        if x > i:", "            break", "    LOG.append(i)", "return t"]


print(PRELUDE)
for i in range(count):
    body = r.choice([consumed, loop, loop, in_locals, handled, two, begun_again])()
    print("\n".join([f"def f{i}(items, n, k):", "    objects = [Loud(j + 1) for j in range(30)]", *("    " + line for line in body), "\n"]))
ARGUMENTS = [f"({items}, {n}, {k})" for items in ("[1, 2, 3]", "[]", "[5, 0, 9, 12]", "[1.5, 2]", "[2**40, 3, 2**62]", "list(range(20))", "[True, 2]") for n, k in ((0, 1), (3, 2), (8, 5), (12, 0))]
for i in range(count):
    print(f"{'CASES = ' if i == 0 else 'CASES += '}[(f{i}, a) for a in [{', '.join(r.sample(ARGUMENTS, 6 if small else 12))}]]")
