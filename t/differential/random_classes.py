"""Write a case file of random classes and of functions that use their instances: random_classes.py SEED COUNT [small] > cases.py

Classes have instance attributes or slots, inherit from each other, override methods with and without super(), and have properties and
operators.  Functions make instances, call their methods and operators, in loops over instances of several classes, change attributes,
and now and then the classes themselves.  The same seed gives the same file.
"""
import random
import sys

SMALL = sys.argv[3:] == ["small"]

PRELUDE = '''\
LOG = []
CASES = []
ALL_FIRST = True
SAVED = {}


class Own(ValueError):
    pass


def patch(cls, name, value):
    """Until the end of the call."""
    SAVED.setdefault((cls, name), cls.__dict__.get(name, SAVED))
    if value is SAVED:
        if name in cls.__dict__:
            delattr(cls, name)
    else:
        setattr(cls, name, value)


def restore():
    for (cls, name), value in SAVED.items():
        if value is not SAVED:
            setattr(cls, name, value)
        elif name in cls.__dict__:
            delattr(cls, name)
    SAVED.clear()


def show(o):
    if hasattr(type(o), "fields"):
        return type(o).__name__, [(f, show(getattr(o, f, "unset"))) for f in type(o).fields]
    return repr(o)[:60]

'''
NUMBERS = ["0", "1", "2", "-3", "7", "0.5", "-1.5", "2.25", "2**62", "10**20", "True"]
ODD = ["'text'", "None", "[1, 2]"]
ERRORS = "(TypeError, ValueError, AttributeError, ZeroDivisionError, OverflowError, IndexError)"


class Class:
    def __init__(self, rng, name, base):
        self.rng = rng
        self.name = name
        self.base = base
        self.slots = base.slots if base else rng.random() < 0.3
        self.fields = base.fields if base else ["a", "b", "c"][: rng.randint(1, 3)]
        self.methods = {}

    def number(self, names, depth=int(SMALL)):
        rng = self.rng
        r = rng.random()
        if depth > 2 or r < 0.35:
            return rng.choice(names) if names and rng.random() < 0.8 else rng.choice(NUMBERS)
        if r < 0.75:
            return f"({self.number(names, depth + 1)} {rng.choice('+-*')} {self.number(names, depth + 1)})"
        if r < 0.85:
            return f"({self.number(names, depth + 1)} if {self.number(names, depth + 1)} < {self.number(names, depth + 1)} else {self.number(names, depth + 1)})"
        return f"abs({self.number(names, depth + 1)})"

    def selfs(self):
        return [f"self.{f}" for f in self.fields]

    def init(self):
        rng, fields = self.rng, self.fields
        params = ", ".join(f + ("=1" if rng.random() < 0.3 or k and "=" in fields[k - 1] else "") for k, f in enumerate(fields))
        if "=1" in params:  # defaults come last
            params = ", ".join(f + ("=1" if k else "") for k, f in enumerate(fields))
        lines = [f"def __init__(self, {params}):"]
        if self.base and rng.random() < 0.6:
            lines.append(f"    super().__init__({', '.join(self.number(fields, 2) for _ in fields)})")
        else:
            lines += [f"    self.{f} = {f if rng.random() < 0.8 else self.number(fields, 1)}" for f in fields if rng.random() < 0.95]
        if rng.random() < 0.1 or len(lines) == 1:
            lines.append(f"    if {rng.choice(fields)} == 7: raise Own('seven')")
        return lines

    def method(self, name):
        rng = self.rng
        values = self.selfs() + ["x"]
        lines = [f"def {name}(self, x{rng.choice(['', '', '=2'])}):"]
        for _ in range(rng.randint(0, 1 if SMALL else 2)):
            r = rng.random()
            if r < 0.4:
                lines.append(f"    self.{rng.choice(self.fields)} {rng.choice(['=', '+='])} {self.number(values)}")
            elif r < 0.6:
                lines.append(f"    if {self.number(values)} > {self.number(values)}: return {self.number(values)}")
            elif r < 0.7:
                lines.append(f"    if x == {rng.choice(NUMBERS)}: raise Own(x)")
            elif r < 0.85 and self.base and name in self.base.methods:
                lines.append(f"    x = super().{name}({self.number(values)})")
            else:
                lines.append(f"    x = {self.number(values)}")
        known = [m for m in self.methods if m < name]
        if known and rng.random() < 0.5:
            lines.append(f"    x = self.{rng.choice(known)}({self.number(values, 2)})")
        odd = rng.random() < 0.2
        lines.append(f"    return {rng.choice(['self', 'None', f'(x, {self.number(values, 1)})']) if odd else self.number(values)}")
        return lines

    def operator(self, name):
        rng = self.rng
        lines = [f"def {name}(self, other):"]
        if rng.random() < 0.5:
            lines.append(f"    if {'isinstance(other, (int, float))' if rng.random() < 0.5 else 'other == 7'}: return NotImplemented")
        other = rng.choice(["other", f"other.{rng.choice(self.fields)}"])
        values = self.selfs() + [other]
        result = rng.choice([f"type(self)({', '.join(self.number(values, 1) for _ in self.fields)})", self.number(values), f"{self.name}({', '.join(self.number(values, 1) for _ in self.fields)})"])
        lines.append(f"    return {result}")
        return lines

    def source(self):
        rng = self.rng
        lines = [f"class {self.name}{f'({self.base.name})' if self.base else ''}:", f"    fields = {self.fields!r}"]
        if self.slots:
            lines.append(f"    __slots__ = {tuple(self.fields) if not self.base else ()!r}")
        elif rng.random() < 0.3:
            lines.append(f"    {rng.choice(self.fields)} = {rng.choice(NUMBERS)}")
        if not self.base or rng.random() < 0.6:
            lines += ["    " + line for line in self.init()]
        self.methods = dict(self.base.methods) if self.base else {}
        for name in ("m0", "m1", "m2"):
            if not self.base and rng.random() < 0.9 or rng.random() < 0.4:
                lines += ["    " + line for line in self.method(name)]
                self.methods[name] = True
        for name in ("__add__", "__mul__", "__sub__", "__radd__", "__iadd__", "__getitem__"):
            if rng.random() * (2 if SMALL else 1) < (0.5 if name in ("__add__", "__mul__") else 0.15):
                lines += ["    " + line for line in self.operator(name)]
        if rng.random() < 0.6:
            lines += ["    @property", f"    def {rng.choice(['p', 'q'])}(self):", f"        return {self.number(self.selfs())}"]
        if rng.random() < 0.05:
            lines += ["    def __getattr__(self, name):", "        return 3 if name in ('p', 'q') else object.__getattribute__(self, name)"]
        return "\n".join(lines)


class Function:
    def __init__(self, rng, name, classes):
        self.rng = rng
        self.name = name
        self.classes = classes
        self.lines = []
        self.names = ["o0", "o1"]

    def value(self):
        return self.rng.choice(["x", "i"] + NUMBERS) if self.rng.random() < 0.93 else self.rng.choice(ODD)

    def new(self):
        cls = self.rng.choice(self.classes)
        arguments = [self.value() for _ in cls.fields]
        if self.rng.random() < 0.05:
            arguments.append("1")
        if self.rng.random() < 0.1:
            arguments[-1] = f"{cls.fields[-1]}={arguments[-1]}"
        return f"{cls.name}({', '.join(arguments)})"

    def expression(self):
        rng, r, o = self.rng, self.rng.random(), self.rng.choice(self.names)
        if r < 0.3:
            return f"{o}.{rng.choice(['m0', 'm1', 'm2'])}({self.value()})"
        if r < 0.5:
            return f"{o}.{rng.choice(['a', 'a', 'b', 'c', 'p', 'q'])}"
        if r < 0.8:
            other = rng.choice(self.names) if rng.random() < 0.7 else self.value()
            a, b = (o, other) if rng.random() < 0.9 else (other, o)
            return f"{a} {rng.choice('++**-')} {b}"
        if r < 0.85:
            return f"{o}[{self.value()}]"
        return self.new()

    def patch(self):
        rng = self.rng
        cls = rng.choice(self.classes)
        what = rng.choice(["m0", "m1", "__add__", "__mul__", "__init__", "p", "a", "__getattr__", "__new__"])
        value = {
            "a": lambda: rng.choice(["5", "property(lambda self: 9)"]),
            "p": lambda: rng.choice(["property(lambda self: x)", "4", "SAVED"]),
            "__init__": lambda: rng.choice(["lambda self, *a: None", f"{rng.choice(self.classes).name}.__init__", "lambda self, *a: 5"]),
            "__getattr__": lambda: "lambda self, name: len(name)",
            "__new__": lambda: "staticmethod(lambda cls, *a: object.__new__(cls))",
        }.get(what, lambda: rng.choice(["lambda self, *a: 11", f"{rng.choice(self.classes).name}.__dict__.get({what!r}, SAVED)", "SAVED", "lambda *a: NotImplemented"]))()
        return f"patch({cls.name}, {what!r}, {value})"

    def statement(self, indent):
        rng, r = self.rng, self.rng.random()
        o = rng.choice(self.names)
        if r < 0.35:
            text = f"LOG.append(show({self.expression()}))"
        elif r < 0.5:
            text = f"x = {self.expression()}"
        elif r < 0.65:
            text = f"{o}.{rng.choice('aabc')} {rng.choice(['=', '+=', '='])} {self.expression() if rng.random() < 0.3 else self.value()}"
        elif r < 0.75:
            text = f"{o} = {self.expression() if rng.random() < 0.4 else self.new()}"
        elif r < 0.8:
            text = f"{o} += {rng.choice(self.names)}"
        elif r < 0.84:
            text = rng.choice([f"del {o}.a", f"{o}.__dict__['a'] = 1", f"LOG.append(list({o}.__dict__))", f"{o}.__class__ = {rng.choice(self.classes).name}", f"{o}.m0 = lambda x: 13"])
        elif r < 0.87:
            text = f"if i == {rng.randint(0, 4)}: {self.patch()}"
        elif r < 0.93:
            self.lines.append("    " * indent + f"for y in ({', '.join(rng.choice(self.names) for _ in range(3))}):")
            self.lines.append("    " * (indent + 1) + f"LOG.append(show(y.{rng.choice(['m0(x)', 'm1(i)', 'a', 'p', 'b'])}))")
            return
        else:
            text = f"if {self.expression()} is None: x = i"
        self.lines.append("    " * indent + text)

    def source(self):
        self.lines = [f"def {self.name}(x, n):", "    try:"]
        self.lines += ["    " * 2 + f"{o} = {self.new()}" for o in self.names]
        self.lines.append("    " * 2 + "for i in range(n):")
        safe = self.rng.random() < 0.6
        for _ in range(self.rng.randint(1, 3) if SMALL else self.rng.randint(2, 7)):
            if safe:
                self.lines.append("    " * 3 + "try:")
                self.statement(4)
                self.lines += ["    " * 3 + f"except {ERRORS} as e:", "    " * 4 + "LOG.append(str(e))"]
            else:
                self.statement(3)
        self.lines += ["    " * 2 + f"return show(x), {', '.join(f'show({o})' for o in self.names)}, LOG[-30:]", "    finally:", "    " * 2 + "restore()", "    " * 2 + "LOG.clear()"]
        return "\n".join(self.lines)


def main():
    rng = random.Random(f"classes {sys.argv[1]}")
    print(f"# random_classes.py {sys.argv[1]} {sys.argv[2]}\n{PRELUDE}")
    classes = []
    for k in range(int(sys.argv[2])):
        if k % (20 if SMALL else 5) == 0:
            classes = []
            for c in range(rng.randint(1, 2 if SMALL else 4)):
                cls = Class(rng, f"C{k}_{c}", rng.choice(classes) if classes and rng.random() < 0.6 else None)
                print(cls.source(), "\n\n")
                classes.append(cls)
        f = Function(rng, f"f{k}", classes)
        print(f.source(), "\n")
        for _ in range(2):
            print(f"CASES.append(({f.name}, ({rng.choice(NUMBERS)}, {rng.choice([0, 1, 3, 6])})))")
        print()


main()
