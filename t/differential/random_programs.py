"""Write a case file of random functions on numbers: random_programs.py SEED COUNT [small] > cases.py

The functions have lists of numbers, nested loops over range, while loops with a bound, ifs, sums over generator expressions, exceptions that
are caught or not, overflows, divisions by zero, names that may be unbound, loops over random generators, and now and then an instruction that only CPython
knows.  The same seed gives the same file.
"""
import random
import sys

SMALL = sys.argv[3:] == ["small"]
MAX_SMALL = 400  # characters

INTS = ["0", "1", "2", "3", "-1", "7", "10", "63", "1000", "2**31", "2**62", "2**63 - 1", "-(2**63)", "True", "False"]
FLOATS = ["0.5", "1.5", "-2.0", "1e10", "1e300", "0.0"]


class Function:
    def __init__(self, rng, name, generator=None):
        self.rng = rng
        self.generator = generator  # may be looped over
        self.name = name
        self.params = [f"p{i}" for i in range(rng.randint(1, 3))]
        self.locals = list(self.params)
        self.lines = []
        self.loops = 2 if generator else 0  # what loops over a generator that has some has enough
        self.only_ints = rng.random() < 0.5  # then operators on bits are there too
        self.lists = ["a0", "a1"] if rng.random() < 0.5 else []  # of four numbers each

    def name_of(self, fresh=0.2):
        if self.rng.random() < fresh:
            self.locals.append(f"v{len(self.locals)}")
            return self.locals[-1]
        return self.rng.choice([n for n in self.locals if not n.startswith("w")] or self.params)

    def index(self):
        if self.only_ints and self.rng.random() < 0.5:
            return f"{self.rng.choice(self.locals)} & 3"
        return str(self.rng.randint(-5 if self.rng.random() < 0.1 else -4, 3))

    def atom(self, extra=()):
        r = self.rng.random()
        if self.lists and r < 0.15:
            return f"{self.rng.choice(self.lists)}[{self.index()}]"
        if r < 0.55:
            return self.rng.choice(self.locals + list(extra) * 3)
        return f"({self.rng.choice(INTS if self.only_ints else INTS + FLOATS)})" if r > 0.8 else str(self.rng.randint(-5, 20))

    def expression(self, depth=int(SMALL), extra=()):
        r = self.rng.random()
        if depth > 2 or r < 0.25:
            return self.atom(extra)
        x, y = self.expression(depth + 1, extra), self.expression(depth + 1, extra)
        if r < 0.60:
            return f"({x} {self.rng.choice('+-*')} {y})"
        if r < 0.66 and self.only_ints:
            mask = self.rng.choice(["255", "0xFFFF", "0xFFFFFFFF", "0x7FFFFFFFFFFFFFFF", "-2", "0xFFFFFFFFFFFFFFFF", y])
            left = f"({x} {self.rng.choice('*+-^|')} {self.rng.choice([y, '0xCC9E2D51', '31'])})" if self.rng.random() < 0.8 else f"({x} << {self.rng.randint(0, 40)})"
            return f"({left} & {mask})"
        if r < 0.68 and self.only_ints:
            return f"({x} {self.rng.choice(['%', '//'])} {2 ** self.rng.choice([0, 1, 3, 16, 31, 62, 64])})"
        if r < 0.72:
            divisor = y if self.rng.random() < 0.1 else f"({y} or 3)"
            return f"({x} {self.rng.choice(['//', '%'] if self.only_ints else ['//', '%', '/'])} {divisor})"
        if r < 0.80 and self.only_ints:
            op = self.rng.choice(["&", "|", "^", "<<", ">>"])
            return f"({x} {op} ({y} & 15))" if op in ("<<", ">>") else f"({x} {op} {y})"
        if r < 0.84:
            return f"({self.rng.choice(['-', '~', 'not ', '+'] if self.only_ints else ['-', 'not ', '+'])}{x})"
        if r < 0.90:
            return f"({x} if {self.condition(depth + 1, extra)} else {y})"
        if r < 0.93:
            return f"({x} {self.rng.choice(['and', 'or'])} {y})"
        if r < 0.95:
            return f"{self.rng.choice(['abs', 'bool', 'int'] if self.only_ints else ['abs', 'bool', 'float'])}({x})"
        if r < 0.96:
            return f"({x} ** {self.rng.randint(0, 4)})"
        return f"({self.condition(depth + 1, extra)})"

    def condition(self, depth=int(SMALL), extra=()):
        x, y = self.expression(depth + 1, extra), self.expression(depth + 1, extra)
        op = self.rng.choice(["<", "<=", "==", "!=", ">", ">="])
        if self.rng.random() < 0.1:
            return f"{x} {op} {y} {self.rng.choice(['<', '!='])} {self.atom(extra)}"
        return f"{x} {op} {y}"

    def range(self, lists=True):  # lists: or else what gives small numbers
        n = self.rng.randint(0, 12)
        form = self.rng.random()
        if self.generator and lists and self.rng.random() < 0.3:
            return f"{self.generator.name}({', '.join(self.atom() for _ in self.generator.params)})"
        if form < 0.5:
            return self.rng.choice(self.lists) if self.lists and lists and form < 0.1 else f"range({n})"
        if form < 0.7:
            return f"range({self.rng.randint(-3, 3)}, {n})"
        if form < 0.8:
            return f"range({n}, {self.rng.randint(-5, 3)}, {self.rng.choice([-1, -2])})"
        if form < 0.9:
            return f"range({self.rng.choice(self.params)} & 7)" if self.only_ints else f"range({n}, {n} + 5)"
        return f"range(0, {n * 3}, {self.rng.choice([2, 3, 'p0' if self.only_ints else 4])})"

    def emit(self, indent, text):
        self.lines.append("    " * indent + text)

    def sum(self):
        var = "x"
        body = self.expression(1, ("x", "x"))
        text = f"{body} for x in {self.range()}"
        if self.rng.random() < 0.3:  # two loops
            body = self.expression(1, ("x", "y"))
            text = f"{body} for x in {self.range(False)} for y in range(x)"
        if self.rng.random() < 0.4:
            text += f" if {self.condition(1, (var,))}"
        if self.rng.random() < 0.2:
            return f"sum(({text}), {self.atom()})"
        return f"sum({text})"

    def statement(self, indent, depth, in_loop):
        r = self.roll()
        if self.lists and r < 0.12:
            name, value = self.rng.choice(self.lists), self.expression()
            if self.rng.random() < 0.2:
                i, j = self.index(), self.index()
                self.emit(indent, f"{name}[{i}], {self.lists[0]}[{j}] = {self.lists[0]}[{j}], {name}[{i}]")
            else:
                # Bounded: an item that is multiplied by itself in a loop would grow without an end.
                self.emit(indent, f"{name}[{self.index()}] {self.rng.choice(['=', '=', '+=', '-='])} ({value}) % 2**64")
        elif r < 0.40 or depth > 3:
            value = self.sum() if self.rng.random() < 0.15 else self.expression()
            if self.rng.random() < 0.4:
                name, op = self.name_of(0), self.rng.choice(["+=", "-=", "*="])
            else:
                name, op = self.name_of(), "="
            self.emit(indent, f"{name} {op} {value}")
            if in_loop and "*" in op + value:  # what is squared in each round would soon take for ever
                self.emit(indent, f"if abs({name}) > 2**500: {name} = 3")
        elif r < 0.55:
            self.emit(indent, f"if {self.condition()}:")
            self.block(indent + 1, depth + 1, in_loop)
            if self.rng.random() < 0.5:
                self.emit(indent, "else:")
                self.block(indent + 1, depth + 1, in_loop)
        elif r < 0.75 and self.loops < 4:
            self.loops += 1
            if self.lists and self.rng.random() < 0.3:
                pairs = self.rng.choice(["enumerate(a0)", "enumerate(a1, 3)", "zip(a0, a1)", "zip(a1, (1, 2, 3))", "enumerate(b'ab')"])
                self.emit(indent, f"for {self.name_of()}, {self.name_of()} in {pairs}:")
            else:
                self.emit(indent, f"for {self.name_of()} in {self.range()}:")
            self.block(indent + 1, depth + 1, True)
            if self.rng.random() < 0.2:
                self.emit(indent, "else:")
                self.block(indent + 1, depth + 1, in_loop)
        elif r < 0.82 and self.loops < 4:
            self.loops += 1
            name = f"w{self.loops}_{len(self.lines)}"
            self.emit(indent, f"{name} = 0")
            self.locals.append(name)
            self.emit(indent, f"while {name} < {self.rng.randint(1, 9)} and {self.condition()}:")
            self.emit(indent + 1, f"{name} += 1")
            self.block(indent + 1, depth + 1, True)
        elif r < 0.88:
            self.emit(indent, "try:")
            self.block(indent + 1, depth + 1, in_loop)
            self.emit(indent, "except (ZeroDivisionError, OverflowError, ValueError):")
            self.emit(indent + 1, f"{self.name_of()} = {self.atom()}")
        elif r < 0.92 and in_loop:
            self.emit(indent, f"if {self.condition()}: {self.rng.choice(['break', 'continue'])}")
        elif r < 0.95:
            self.emit(indent, f"LOG.append({self.atom()})")
        elif r < 0.97:
            self.emit(indent, f"if {self.condition()}: return {self.expression()}")
        else:
            a, b = self.name_of(0), self.name_of(0)
            self.emit(indent, f"{a}, {b} = {b}, {self.expression()}")

    def roll(self):
        return self.rng.random()

    def result(self):
        return f"return {', '.join(self.locals)}" if self.rng.random() < 0.3 else f"return {self.expression()}, LOG[-3:]"

    def block(self, indent, depth, in_loop):
        for _ in range(self.rng.randint(1, 2 if SMALL else 3)):
            self.statement(indent, depth, in_loop)

    def source(self):
        self.emit(0, f"def {self.name}({', '.join(self.params)}):")
        body = self.lines
        self.lines = []
        for _ in range(self.rng.randint(1, 2) if SMALL else self.rng.randint(2, 6)):
            self.statement(1, 2 * SMALL, False)
        for local in self.locals:  # now and then one stays unbound at first
            if local[0] == "v" and self.rng.random() < 0.95:
                body.append(f"    {local} = {self.rng.choice(self.params + ['0', '1'])}")
        if self.lists:
            body.append(f"    a0 = [{self.params[0]}, 1, {self.params[-1]}, {self.rng.choice(['300', '2**40', '0', '7'] if self.only_ints else ['1.5', '0.0', '3'])}]")
            body.append(f"    a1 = {self.rng.choice(['a0', 'a0[:]', '[0] * 4', '[x * x for x in range(4)]'])}")
        self.lines = body + self.lines
        self.emit(1, self.result())
        return "\n".join(self.lines)


class Generator(Function):
    """One that is mostly simple enough to be built into the loops over it."""

    def __init__(self, rng, name):
        super().__init__(rng, name)
        self.loops = 2

    def roll(self):
        r = self.rng.random()
        while 0.82 <= r < 0.88 or 0.92 <= r < 0.95:  # no handlers, no calls
            r = self.rng.random()
        return r

    def statement(self, indent, depth, in_loop):
        if self.rng.random() < 0.3:
            self.emit(indent, f"yield {self.expression()}")
        else:
            super().statement(indent, depth, in_loop)

    def result(self):
        return f"yield {self.expression()}"


def function(rng, k):
    """One, and its text with that of the generator that it may have."""
    generator = Generator(rng, f"g{k}") if rng.random() < 0.4 else None
    text = generator.source() + "\n\n" if generator else ""
    f = Function(rng, f"f{k}", generator)
    return f, text + f.source()


def main():
    rng = random.Random(int(sys.argv[1]))
    print(f"# random_programs.py {sys.argv[1]} {sys.argv[2]}\nLOG = []\nCASES = []\nALL_FIRST = True\n")
    for k in range(int(sys.argv[2])):
        f, source = function(rng, k)
        while SMALL and len(source) > MAX_SMALL:
            f, source = function(rng, k)
        print(source, "\n")
        types = [rng.choice(["int", "int", "int", "bool" if f.only_ints else "float"]) for _ in f.params]
        for _ in range(4):
            values = {
                "int": lambda: rng.choice([rng.randint(-10, 10), rng.randint(0, 100), rng.randint(0, 1000), rng.choice([2**62, -(2**63), 10**20])]),
                "float": lambda: rng.choice([0.0, -0.0, 0.5, rng.uniform(-10, 10), 1e300]),
                "bool": lambda: rng.random() < 0.5,
            }
            print(f"CASES.append((f{k}, ({', '.join(repr(values[t]()) for t in types)},)))")
        print()


main()
