"""Write a case file of random functions on numbers, strings, lists and dicts: random_objects.py SEED COUNT [small] > cases.py

The functions call each other and themselves, alias and change what they are given, raise and catch exceptions, leave loops out of
finally, and return everything they have.  Each kind of value has names of its own, but arguments may be of another kind than the name
says, so that guards fail.  The same seed gives the same file.
"""
import random
import sys

SMALL = sys.argv[3:] == ["small"]
MAX_SMALL = 400  # characters

PRELUDE = '''\
LOG = []
CASES = []
ALL_FIRST = True


class Box:
    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return f"Box({self.value!r})"

    def add(self, x):
        self.value = self.value + x
        return self.value

    def __add__(self, other):
        return Box(self.value + other.value)

    @property
    def total(self):
        return self.value

    def swapped(self):
        return self


class Pair:
    __slots__ = ("value", "other")

    def __init__(self, value, other=2):
        self.value = value
        self.other = other

    def __repr__(self):
        return f"Pair({self.value!r}, {self.other!r})"

    def __add__(self, other):
        return Pair(self.value + other.value, self.other)

    @property
    def total(self):
        return self.value + self.other

    def add(self, x):
        self.value += x
        return self.other

    def swapped(self):
        return Pair(self.other, self.value)


class Manager:
    def __init__(self, swallows):
        self.swallows = swallows

    def __enter__(self):
        LOG.append("enter")
        return self.swallows

    def __exit__(self, kind, value, traceback):
        LOG.append(kind and kind.__name__)
        return self.swallows


class Own(ValueError):
    pass

'''
KINDS = {"i": "int", "f": "float", "s": "str", "l": "list", "d": "dict", "b": "box"}
EXCEPTIONS = ["ZeroDivisionError", "IndexError", "KeyError", "TypeError", "ValueError", "Own", "AttributeError", "(IndexError, KeyError)",
              "ArithmeticError", "LookupError", "Exception"]
MAX_COST = 3000  # of a call, roughly in statements that run
MAX_DEPTH = 1 if SMALL else 2  # of calls: what calls each other directly is compiled anew for each caller


class Function:
    def __init__(self, rng, name, earlier):
        self.rng = rng
        self.name = name
        self.earlier = earlier
        self.recursive = rng.random() < 0.2
        self.params = ["n"] * self.recursive + [f"{kind}{i}" for i, kind in enumerate(rng.choices("iifsllldb", k=rng.randint(1, 3)))]
        self.names = [p for p in self.params if p != "n"]
        self.lines = []
        self.cost = 1
        self.depth = 0  # of the calls of other functions
        self.factor = 1  # how often the current statement runs
        self.used_defaults = rng.random() < 0.2 and not self.recursive and self.params[-1][0] in "if"

    # ---- expressions

    def of(self, kind):
        names = [n for n in self.names if n[0] == kind]
        return self.rng.choice(names) if names and self.rng.random() < 0.9 else None

    def int(self, depth=1 if SMALL else 0):
        rng, name = self.rng, self.of("i")
        r = rng.random()
        if depth > 2 or r < 0.3:
            return name if name and rng.random() < 0.75 else str(rng.choice([0, 1, 2, 3, -1, 7, 255, 2**31, 2**62, -(2**63), 10**19]) if
                                                                 rng.random() < 0.15 else rng.randint(-4, 9))
        if r < 0.55:
            return f"({self.int(depth + 1)} {rng.choice('+-*')} {self.int(depth + 1)})"
        if r < 0.65:
            divisor = f"({self.int(depth + 1)} or 3)" if rng.random() < 0.9 else self.int(depth + 1)
            return f"({self.int(depth + 1)} {rng.choice(['//', '%', '&', '|', '^'])} {divisor})"
        if r < 0.72:
            return f"len({self.of('l') or self.of('s') or self.of('d') or repr('abc')})"
        if r < 0.82:
            return self.item()
        if r < 0.86:
            return rng.choice([f"sum({self.list(depth + 1)})", f"max({self.list(2)}, default=1)", f"min({self.int(2)}, {self.int(2)})",
                               f"max({self.int(2)}, {self.int(2)}, {self.int(2)})", f"min({self.list(2)})"])
        if r < 0.89:
            return f"{self.dict()}[{self.int(depth + 1)}]" if rng.random() < 0.3 else f"{self.dict()}.get({self.int(depth + 1)}, {self.int(depth + 1)})"
        if r < 0.92:
            return f"({self.int(depth + 1)} if {self.truth(depth + 1)} else {self.int(depth + 1)})"
        if r < 0.94:
            return f"sum(x {rng.choice('+-*')} {self.int(2)} for x in {self.iterable(depth + 1)[0]})"
        if r < 0.96:
            return f"ord(({self.str(2)} + 'z')[{rng.randint(0, 1) if rng.random() < 0.1 else 0}])"
        if r < 0.98:
            return f"{self.box(depth + 1)}.{rng.choice(['value', 'value', 'total', f'add({self.int(2)})'])}"
        return f"{rng.choice(['abs', 'int', '-', '~'])}({self.int(depth + 1)})"

    def float(self, depth=1 if SMALL else 0):
        rng, name = self.rng, self.of("f")
        r = rng.random()
        if depth > 2 or r < 0.4:
            return name or str(rng.choice([0.5, 1.5, -2.25, 1e10, 0.0]))
        if r < 0.8:
            return f"({self.float(depth + 1)} {rng.choice('+-*+-*+-*/')} {self.float(depth + 1) if rng.random() < 0.6 else self.int(depth + 1)})"
        if r < 0.9:
            return f"({self.int(depth + 1)} / ({self.int(depth + 1)} or 4))"
        return f"float({self.int(depth + 1)})"

    def str(self, depth=1 if SMALL else 0):
        rng, name = self.rng, self.of("s")
        r = rng.random()
        if depth > 2 or r < 0.5:
            return name or repr(rng.choice(["", "a", "abc", "x y", "\xe9\u20ac", "12"]))
        if r < 0.65:
            return f"({self.str(depth + 1)} + {self.str(depth + 1)})[-12:]"
        if r < 0.75:
            return f"f'{{{self.of('i') or 5}}}:{{{self.of('s') or 7}!r:>4}}'" if rng.random() < 0.5 else f"str({self.int(depth + 1)})[:9]"
        if r < 0.85:
            return f"{self.str(depth + 1)}[{self.index(depth)}:{self.index(depth) if rng.random() < 0.5 else ''}]"
        return f"{self.str(depth + 1)}.{rng.choice(['upper()', 'strip()', 'title()', 'zfill(4)', 'swapcase()'])}"

    def list(self, depth=0):
        rng, name = self.rng, self.of("l")
        r = rng.random()
        if name and (depth > 1 or r < 0.7):
            return name
        if r < 0.8 or depth > 1:
            return "[" + ", ".join(self.int(2) if rng.random() < 0.8 else self.float(2) for _ in range(rng.randint(0, 4))) + "]"
        if r < 0.9:
            return f"[{self.int(2)} + x for x in {self.iterable(depth + 1)[0]}{' if x' if rng.random() < 0.3 else ''}]"
        if r < 0.95:
            return f"{self.list(depth + 1)}[{self.index(depth)}:]"
        return f"sorted({self.list(depth + 1)})[:9]"

    def item(self):
        name = self.of("l")
        if not name:
            return "7"
        if self.rng.random() < 0.1:
            return f"{name}[{self.index()}]"
        return f"({name}[{self.rng.choice(['0', '-1', f'{self.int(2)} % len({name})'])}] if {name} else {self.int(2)})"

    def box(self, depth=0):
        rng, name = self.rng, self.of("b")
        r = rng.random()
        if name and (depth > 1 or r < 0.5):
            return name
        if r < 0.75 or depth > 1:
            return rng.choice([f"Box({self.int(2)})", f"Pair({self.int(2)})", f"Pair({self.int(2)}, {self.float(2) if r < 0.6 else self.int(2)})"])
        return f"{self.box(depth + 1)}.swapped()" if r < 0.85 else f"({self.box(depth + 1)} + {self.box(depth + 1)})"

    def dict(self):
        return self.of("d") or "{1: 2, 3: 4}"

    def place(self, name):
        """Where a statement changes a list: mostly one that is there."""
        return self.index() if self.rng.random() < 0.15 else f"{self.int(2)} % len({name})"

    def index(self, depth=0):
        return str(self.rng.randint(-3, 4)) if self.rng.random() < 0.7 else self.int(depth + 1)

    def iterable(self, depth=0):
        """An expression and how many items it has at most."""
        rng, r = self.rng, self.rng.random()
        if r < 0.4:
            n = rng.randint(0, 7)
            return (f"range({n})" if rng.random() < 0.7 else f"range({n}, {rng.randint(-2, 2)}, -1)"), 8
        if r < 0.8:
            return f"{self.list(depth + 1)}[:8]", 8
        if r < 0.9:
            return f"range({self.int(2)} % 6)", 6
        return f"{self.dict()}", 12

    def truth(self, depth=1 if SMALL else 0):
        rng, r = self.rng, self.rng.random()
        if r < 0.5:
            return f"{self.int(depth + 1)} {rng.choice(['<', '<=', '==', '!=', '>', '>='])} {self.int(depth + 1)}"
        if r < 0.6:
            return f"{self.float(depth + 1)} {rng.choice(['<', '==', '>='])} {self.int(depth + 1)}"
        if r < 0.7:
            return f"{self.int(depth + 1)} {rng.choice(['in', 'not in'])} {rng.choice([self.list, self.list])(depth + 1)}"
        if r < 0.8:
            return f"{self.str(depth + 1)} {rng.choice(['==', '<', '!=', 'in'])} {self.str(depth + 1)}"
        if r < 0.9 and len(self.names) > 1:
            a, b = rng.sample(self.names, 2)
            return f"{a} is {b}" if a[0] == b[0] and a[0] in "ldb" else f"({a} and {self.int(2)})"
        return f"not {self.truth(depth + 1)}" if depth < 3 else "True"

    def value(self, kind):
        return {"i": self.int, "f": self.float, "s": self.str, "l": self.list, "d": lambda: "{" + f"{self.int(2)}: {self.int(2)}" + "}",
                "b": self.box}[kind]()

    # ---- statements

    def emit(self, indent, text):
        self.lines.append("    " * indent + text)
        self.cost += self.factor

    def target(self, kind, fresh=0.3):
        name = self.of(kind)
        if name and self.rng.random() > fresh:
            return name
        name = f"{kind}{len(self.names) + 10}"
        self.names.append(name)
        return name

    def assign(self, indent):
        rng = self.rng
        kind = rng.choice("iiiiffsslldb")
        value = self.value(kind)
        other = self.of(kind)
        if other and rng.random() < 0.15:
            value = other  # another name for it
        if kind in "if" and rng.random() < 0.5 and self.of(kind):
            name = self.of(kind) or self.target(kind)
            op = rng.choice(["+=", "-=", "*="])
            self.emit(indent, f"{name} {op} {value}")
            if op == "*=" and kind == "i" and self.factor > 1:
                self.emit(indent, f"{name} %= 2**{rng.choice([20, 63, 70])}")
        else:
            self.emit(indent, f"{self.target(kind)} = {value}")

    def change(self, indent):
        rng, r = self.rng, self.rng.random()
        name = self.of("l")
        if name and r < 0.7:
            condition = f"if {name}: " if rng.random() < 0.85 else ""
            self.emit(indent, condition + rng.choice([
                f"{name}[{self.place(name)}] = {self.int(1) if rng.random() < 0.7 else self.float(1)}",
                f"{name}[{self.place(name)}] += {self.int(1)}",
                f"{name}.pop({rng.choice(['', '0', '-1', self.place(name)])})",
                f"del {name}[{self.place(name)}]",
                f"{name}[{self.place(name)}], {name}[0] = {name}[-1], {self.int(2)}",
            ]) if rng.random() < 0.6 else rng.choice([
                f"if len({name}) < 12: {name}.append({self.int(1)})",
                f"if len({name}) < 12: {name} += {self.list(2)}[:3]",
                f"{name}.reverse()",
                f"{name}[1:2] = {self.list(2)}[:2]",
            ]))
        elif self.of("d") and r < 0.9:
            self.emit(indent, rng.choice([f"{self.dict()}[{self.int(1)}] = {self.int(1)}", f"{self.dict()}.pop({self.int(1)}, None)", f"del {self.dict()}[{self.int(1)}]",
                                          f"{self.dict()}.setdefault({self.int(2)}, {self.int(2)})"]))
        elif self.of("b"):
            self.emit(indent, f"{self.of('b') or 'Box(1)'}.value {rng.choice(['=', '+='])} {self.int(1)}")
        else:
            self.emit(indent, f"LOG.append({self.value(rng.choice('ifs'))})")

    def call(self, indent):
        rng = self.rng
        callees = [f for f in self.earlier[-8:] if f.depth < MAX_DEPTH and f.cost * self.factor < MAX_COST]
        if self.recursive and self.factor == 1 and rng.random() < 0.6 and not any("n - 1" in line for line in self.lines):
            callee, first = self, ["n - 1"]
        elif callees:
            callee = rng.choice(callees)
            self.depth = max(self.depth, callee.depth + 1)
            first = [str(rng.randint(0, 3))] * callee.recursive
        else:
            return self.assign(indent)
        arguments = first + [self.value(p[0] if rng.random() < 0.95 else rng.choice("ifsl")) for p in callee.params if p != "n"]
        if callee.used_defaults and rng.random() < 0.5:
            arguments.pop()
        if rng.random() < 0.1 and not callee.recursive and arguments and len(arguments) == len(callee.params):
            arguments[-1] = f"{callee.params[-1]}={arguments[-1]}"
        self.cost += self.factor * callee.cost * (4 if callee.recursive else 1)
        self.emit(indent, f"r = {callee.name}({', '.join(arguments)})")
        if "r" not in self.names:
            self.emit(indent, rng.choice(["LOG.append(str(r)[:40])", "LOG.append(r is None)", f"{self.target('i')} = r[0] if r else 0"]))

    def loop(self, indent, depth):
        rng = self.rng
        items, n = self.iterable()
        form = rng.random()
        if form < 0.55:
            self.emit(indent, f"for {self.target('i', 0.5)} in {items}:")
        elif form < 0.65:
            a, b = self.target("i", 0.5), self.target("i", 0.5)
            self.emit(indent, f"for {a}, {b} in {rng.choice([f'enumerate({items})', f'zip({items}, {self.list(1)})'])}:")
        elif form < 0.72:
            self.emit(indent, f"for {self.target('s', 0.5)} in {self.str()}[:6]:")
        elif form < 0.8:
            self.emit(indent, f"for {self.target('i')} in {self.list(1)}:")
        else:
            name, n = f"w{len(self.lines)}", 6
            self.emit(indent, f"{name} = 0")
            self.emit(indent, f"while {name} < {rng.randint(1, 6)} and {self.truth()}:")
            self.emit(indent + 1, f"{name} += 1")
        self.factor *= 8
        self.block(indent + 1, depth + 1, True)
        if form >= 0.72 and form < 0.8:
            self.emit(indent + 1, "if len(LOG) > 400: break")
            self.emit(indent + 1, "LOG.append('round')")
        self.factor //= 8
        if rng.random() < 0.15:
            self.emit(indent, "else:")
            self.block(indent + 1, depth + 1, False)

    def attempt(self, indent, depth, in_loop):
        rng = self.rng
        self.emit(indent, "try:")
        self.block(indent + 1, depth + 1, in_loop)
        if rng.random() < 0.4:
            self.raises(indent + 1)
        caught = rng.random() < 0.8
        if caught:
            named = rng.random() < 0.3
            self.emit(indent, f"except {rng.choice(EXCEPTIONS)}{' as e' if named else ''}:")
            if named:
                self.emit(indent + 1, "LOG.append(str(e))")
            self.block(indent + 1, depth + 1, in_loop)
            if rng.random() < 0.1:
                self.emit(indent + 1, "raise")
            if rng.random() < 0.15:
                self.emit(indent, "else:")
                self.block(indent + 1, depth + 1, in_loop)
        if not caught or rng.random() < 0.2:
            self.emit(indent, "finally:")
            self.block(indent + 1, depth + 1, in_loop)

    def raises(self, indent):
        rng = self.rng
        self.emit(indent, f"if {self.truth()}: raise {rng.choice(['Own', 'KeyError', 'ValueError', 'IndexError'])}({self.int(2)})")

    def leave(self, indent, in_loop):
        what = self.rng.choice(["break", "continue"]) if in_loop and self.rng.random() < 0.7 else f"return {self.int(1)}, {self.str(1)}"
        self.emit(indent, f"if {self.truth()}: {what}")

    def unusual(self, indent, depth, in_loop):
        rng, r = self.rng, self.rng.random()
        if r < 0.3:
            self.emit(indent, f"with Manager({self.truth(2)}) as i9:")
            self.names.append("i9")
            self.block(indent + 1, depth + 1, in_loop)
        elif r < 0.45:
            self.emit(indent, f"LOG.append(({self.int(1)}, {self.list(1)}[:2]))")
        elif r < 0.6:
            self.emit(indent, f"{self.target('i')}, *{self.target('l')} = {self.list(1)}")
        elif r < 0.7 and self.names:
            self.emit(indent, f"del {rng.choice(self.names)}")
        elif r < 0.8:
            self.emit(indent, f"assert {self.truth()}, {self.int(2)}")
        elif r < 0.9:
            name = f"g{len(self.lines)}"
            self.emit(indent, f"{name} = lambda x, y={self.int(2)}: (x + y, {self.int(2)})")
            self.emit(indent, f"LOG.append({name}({self.int(2)}))")
        else:
            self.emit(indent, f"{self.target('d')} = {{x: {self.int(2)} for x in {self.iterable()[0]}}}")

    def statement(self, indent, depth, in_loop):
        r = self.rng.random()
        if depth > 3 or r < 0.35:
            self.assign(indent)
        elif r < 0.52:
            self.change(indent)
        elif r < 0.62:
            self.call(indent)
        elif r < 0.71:
            self.emit(indent, f"if {self.truth()}:")
            self.block(indent + 1, depth + 1, in_loop)
            if self.rng.random() < 0.4:
                self.emit(indent, "else:")
                self.block(indent + 1, depth + 1, in_loop)
        elif r < 0.82 and self.factor < 64:
            self.loop(indent, depth)
        elif r < 0.90:
            self.attempt(indent, depth, in_loop)
        elif r < 0.93:
            self.leave(indent, in_loop)
        elif r < 0.95:
            self.raises(indent)
        else:
            self.unusual(indent, depth, in_loop)

    def block(self, indent, depth, in_loop):
        for _ in range(self.rng.randint(1, 1 if SMALL else 3)):
            self.statement(indent, depth, in_loop)

    def source(self):
        for _ in range(self.rng.randint(1, 3) if SMALL else self.rng.randint(2, 6)):
            self.statement(1, 2 if SMALL else 0, False)
        body, self.lines = self.lines, []
        parameters = ", ".join(self.params) + ("=2" if self.used_defaults else "")
        self.emit(0, f"def {self.name}({parameters}):")
        if self.recursive:
            self.emit(1, f"if n <= 0: return {self.rng.choice(['None', '(0,)', '(n, 1.5)', '[n]'])}")
        for name in self.names:  # now and then one stays unbound at first
            if name not in self.params and self.rng.random() < 0.9:
                self.emit(1, f"{name} = {dict(i='0', f='0.5', s='str()', l='[]', d='{}', b='Box(0)')[name[0]]}")
        self.lines += body
        names = [n for n in self.names if n[0] != "g"]
        self.emit(1, f"return {', '.join(names[:6])}, LOG[-4:]" if self.rng.random() < 0.8 else f"return {self.int()}, LOG[-4:]")
        return "\n".join(self.lines)

    def argument(self, param):
        rng = self.rng
        if param == "n":
            return rng.choice(["0", "1", "3", "4"])
        kind = param[0] if rng.random() < 0.93 else rng.choice("ifslN")
        return {
            "i": lambda: repr(rng.choice([rng.randint(-10, 10), rng.randint(0, 1000), True, rng.choice([2**62, -(2**63), 2**63 - 1, 10**20])])),
            "f": lambda: repr(rng.choice([0.0, -0.0, 0.5, rng.uniform(-10, 10), 1e300])),
            "s": lambda: repr(rng.choice(["", "a", "abc", "hello", "\u20acuro", "12"])),
            "l": lambda: repr(rng.choice([[], [rng.randint(-5, 9) for _ in range(rng.randint(1, 5))], [1.5, 2.5], [1, 2.5, True], [2**62, 2**62], ["a", 1]])),
            "d": lambda: repr(rng.choice([{}, {1: 2}, {rng.randint(0, 5): rng.randint(0, 5) for _ in range(3)}])),
            "b": lambda: f"{rng.choice(['Box', 'Pair'])}({rng.choice([0, 1.5, 2**62])})",
            "N": lambda: "None",
        }[kind]()


def main():
    rng = random.Random(f"objects {sys.argv[1]}")
    print(f"# random_objects.py {sys.argv[1]} {sys.argv[2]}\n{PRELUDE}")
    functions = []
    for k in range(int(sys.argv[2])):
        f = Function(rng, f"f{k}", functions)
        source = f.source()
        while SMALL and len(source) > MAX_SMALL:
            f = Function(rng, f.name, functions)
            source = f.source()
        print(source, "\n")
        functions.append(f)
        for _ in range(3):
            arguments = [f.argument(p) for p in f.params]
            lists = [i for i, p in enumerate(f.params) if p[0] == "l"]
            if len(lists) > 1 and rng.random() < 0.5:  # one list by two names
                at = [f"SHARED[0]" if i in lists else a for i, a in enumerate(arguments)]
                print(f"SHARED = [{arguments[lists[0]]}]\nCASES.append(({f.name}, ({', '.join(at)},)))")
            else:
                print(f"CASES.append(({f.name}, ({', '.join(arguments)},)))")
        print()


main()
