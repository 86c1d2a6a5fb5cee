"""Write a case file of random functions on lists of numbers: random_lists.py SEED COUNT [small] > cases.py

Each function makes a deque, and lists of ints or of floats, and works on them in loops by what native code does with numbers instead of objects:
items, swaps, methods, slices, operators, builtins, rows of matrices, items that go from one list to another; now and then comes what
turns a list into one of objects: a number of another type, a name for it elsewhere, an exception.  The same seed gives the same file.
"""
import random
import sys

SMALL = sys.argv[3:] == ["small"]  # functions of few statements

BESTS = ["min(A, key=lambda v: v % 7 - 3)", "max(A, key=lambda v: -v)", "max(range(M), key=lambda k: k * t % 5)", "min(A, key=abs)", "max(A, key=lambda v: v // (v - 5))"]
INTS = "i j t n len(A) A[X] A[i] A[-1] i+1 t&15 t%7 i*j A[i]+A[j] A[X]-t 3 -1 100000 2**40 min(A[i],t) max(t,A[X]) sum(A) A.pop() max(A)".split() + BESTS
FLOATS = "0.5 t+0.5 B[X] B[i]*0.5 B[i]+B[j] i*0.25 -0.0 B[X]-1.5 sum(B) min(B) i/3 B.pop()".split()
INT_LISTS = ["[V] * M", "[0] * n", "list(range(M))", "[V, V, V]", "[5, 3, 8, 1]", "[W for i in range(M)]", "A[S]", "A[:]", "A + A", "A.copy()", "list(A)", "A[::-1]"]
FLOAT_LISTS = ["[F] * M", "[0.0] * n", "[F, F]", "[0.5, 1.5, -2.5, 4.0]", "[i * 0.5 for i in range(M)]", "B[S]", "B[:]", "B + B", "B[::-1]"]
INT_DOES = """A[X] = V | A[i] = V | A[X] += V | A[i] -= A[X] | A.append(V) | A.insert(X, V) | A.pop(X) | t += A.pop() | A.reverse() | A.sort() | A.extend(A)
    | A += A | A[S] = A | A[S] = A[S] | del A[X] | del A[S] | A[i], A[j] = A[j], A[i] | A[X], A[X] = A[X], A[X] | t += V | t ^= A[X] | t += V in A | A.append(A.pop(X))
    | A = L | A, A = A, A | out.append(A[:]) | out.append(tuple(A)) | t += sum(A[S]) | C[X][i] = V | t += C[i][X] | C[X] = A[:] | out.append(A[X])
    | A[X] = A[X] = V | t = A[X] | A[-1] = t | A[S] = [V, V] | C[i].append(V)
    | q.append(V) | q.appendleft(V) | t += q.pop() | t ^= q.popleft() | A[X] = q[X] | t += len(q) | q.append(A.pop()) | A.append(q.popleft()) | A.extend(q)
    | put(A, X, V) | t += total(A) | A = doubled(A) | A = grown(A, V) | bump(A, V) | swap(A, X, X) | C[X] = doubled(A) | put(C[X], i, V) | t ^= total(C[X])""".split("|")
FLOAT_DOES = """B[X] = F | B[i] = F | B[X] *= 0.5 | B.append(F) | B.insert(X, F) | B.pop(X) | B.reverse() | B.sort() | B.extend(B) | B += B | B[S] = B[S] | del B[X]
    | B[i], B[j] = B[j], B[i] | B = K | B, B = B, B | out.append(B[:]) | t += int(B[X]) & 255 | D[X][i] = F | D[i][X] += F | B[X] = D[X][j] | out.append(sum(B)) | put(B, X, F) | B = doubled(B)
    | B = grown(B, F) | bump(B, F) | swap(B, X, X) | put(D[X], j, F) | t += int(total(B)) & 63""".split("|")
ODD = """A[X] = x | B[X] = x | A.append(x) | kept = A | out.append(A) | print(end='', *A) | A[X] = 2**63 | A = B | B[X] = V | A = x | C[X] = B | out.append(sorted(A)) | A[X] //= i - 2
    | out.append(C[X])""".split("|")

HELPERS = """
def put(a, i, v):
    a[i] = v


def total(a):
    t = 0
    for x in a:
        t += x
    return t


def doubled(a):
    return [x * 2 for x in a]


def grown(a, v):
    a.append(v)
    return a


def bump(a, v):
    for i in range(len(a)):
        a[i] += v


def swap(a, i, j):
    a[i], a[j] = a[j], a[i]


"""


class Function:
    def __init__(self, rng, name):
        self.rng = rng
        self.lines = [f"def {name}(n, x):", "    t = 0", "    i = j = 0", "    out = []"]
        self.ints = [f"a{k}" for k in range(rng.randint(1, 3))]
        self.floats = [f"f{k}" for k in range(rng.randint(0, 2))]
        self.odd = rng.random() < 0.35

    def fill(self, text, depth=0):
        """The template with its letters replaced."""
        rng, out = self.rng, []
        word = lambda c: (
            rng.choice(self.ints) if c == "A"
            else rng.choice(self.floats or ["d[0]"]) if c == "B"
            else rng.choice(["0", "1", "-1", "i", "j", "i & 3", "n - 1", "2"]) if c == "X"
            else rng.choice([":2", "1:", "1:3", "::2", "i:", ":-1", "::-1", "j:i", "-2:", "i:i"]) if c == "S"
            else rng.choice(["n", "3", "n + 2", "4"]) if c == "M"
            else self.fill(rng.choice(INTS if depth < 2 else INTS[:6]), depth + 1) if c == "V"
            else self.fill(rng.choice(["i", "i * i", "n - i", "i & 1"]), depth + 1) if c == "W"
            else self.fill(rng.choice(FLOATS if depth < 2 else FLOATS[:2]), depth + 1) if c == "F"
            else self.fill(rng.choice(INT_LISTS), depth + 1) if c == "L"
            else self.fill(rng.choice(FLOAT_LISTS), depth + 1) if c == "K"
            else "c" if c == "C" else "d" if c == "D" else c
        )
        for c in text.strip():
            out.append(word(c))
        return "".join(out)

    def does(self):
        r = self.rng.random()
        if self.odd and r < 0.08:
            return self.fill(self.rng.choice(ODD))
        return self.fill(self.rng.choice(FLOAT_DOES if self.floats and r > 0.7 else INT_DOES))

    def emit(self, indent, text):
        self.lines.append("    " * indent + text)

    def bound(self, indent):
        for name in self.ints + self.floats:
            self.emit(indent, f"if len({name}) > 9: del {name}[5:]")
        self.emit(indent, "if len(q) > 9: q.pop()")
        self.emit(indent, "t &= 0xffffff")

    def block(self, indent):
        for _ in range(self.rng.randint(1, 2 if SMALL else 4)):
            if self.rng.random() < 0.15:
                self.emit(indent, self.fill("if " + self.rng.choice(["V < V", "A", "t & 1", "V in A", "len(A) > 3"]) + ":"))
                self.emit(indent + 1, self.does())
            else:
                self.emit(indent, self.does())

    def loop(self, indent, variable):
        head = self.rng.choice([f"for {variable} in range(n)", f"for {variable} in range(len(A))", f"for {variable}, t in enumerate(A[:6])", "for t in A[:6]"])
        self.emit(indent, self.fill(head) + ":")
        self.block(indent + 1)
        if indent == 1 and not SMALL and self.rng.random() < 0.5:
            self.loop(indent + 1, "j")
        self.bound(indent + 1)

    def text(self):
        self.ints, made = self.ints[:0], self.ints
        for name in made:
            self.ints = self.ints or [name]
            choice = self.rng.choice(INT_LISTS[:6] if name == "a0" else INT_LISTS)
            self.emit(1, f"{name} = {self.fill(choice).replace(name, '[1]')}" if name == "a0" else f"{name} = {self.fill(choice)}")
            self.ints = made[: made.index(name) + 1]
        floats, self.floats = self.floats, []
        for name in floats:
            self.emit(1, f"{name} = {self.fill(self.rng.choice(FLOAT_LISTS[:5])).replace('d[0]', '[1.5]')}")
            self.floats.append(name)
        self.emit(1, self.fill("c = [[V] * M for _ in range(4)]"))
        self.emit(1, self.rng.choice(["d = [[0.0] * n for _ in range(4)]", "d = [[i * 0.5 for i in range(5)] for _ in range(n)]", "d = []\n    for i in range(4):\n        d.append([0.5] * 4)"]))
        self.emit(1, self.rng.choice(["q = deque()", "q = deque([n, 1], 3)", "q = deque(range(n))", "q = deque(a0)"]))
        caught = self.rng.random() < 0.3
        if caught:
            self.emit(1, "try:")
            self.emit(2, "pass")
        for _ in range(1 if SMALL else self.rng.randint(1, 2)):
            self.loop(2 if caught else 1, "i")
        if caught:
            self.emit(1, "except (IndexError, ZeroDivisionError, TypeError, ValueError) as e:")
            self.emit(2, "out.append(str(e))")
        self.emit(1, f"return t, i, j, {', '.join(self.ints + self.floats)}, out, c, d, q")
        return "\n".join(self.lines)


def main(seed, count):
    rng = random.Random(seed)
    names = [f"run{k}" for k in range(count)]
    print('"""Made by random_lists.py."""\nfrom collections import deque\n\nALL_FIRST = True\n\n' + HELPERS)
    for name in names:
        print(Function(rng, name).text() + "\n\n")
    cases = ", ".join(f"({name}, ({rng.choice([0, 1, 3, 5, 7])}, {rng.choice(['0.5', '2**63', 'None', '7', 'True'])}))" for name in names for _ in range(2))
    print(f"CASES = [{cases}]")


main(int(sys.argv[1]), int(sys.argv[2]))
