"""Random functions from templates whose holes are filled at random; what the templates are is a Grammar's.

In a template, {i} is an expression of kind i, {I} a variable of that kind to store into, {{ and }} are braces.  Choices are separated by |, which is
written \\| where it is meant.
"""
import random
import re
import sys

SMALL = sys.argv[3:] == ["small"]
MAX_SMALL = 340  # characters
NAMES = {"k": "i", "j": "f", "z": "s"}  # only a name of that kind, for strings with holes of their own
GROWS = re.compile(r"\*|<<|pow|\+=|join|replace|repr|update|extend|insert|append")

# An exception of their own, and what tells when it dies: for preludes, which may go on with further methods of T.
LIVES = """class Own(ValueError):
    pass


class T:
    def __init__(self, v):
        self.v = v

    def __del__(self):
        LOG.append(("dead", self.v))

    def __repr__(self):
        return f"T({self.v!r})"

    def again(self):
        return T(self.v)
"""

# In which order objects die that die together is not told: where a call goes through vectorcall, its arguments stay until it returns.
EVENTS = """
class Together(list):
    pass


def events():
    found = []
    for event in LOG:
        if type(event) is not tuple or event[:1] != ("dead",):
            found.append(event)
        elif found and type(found[-1]) is Together:
            found[-1].append(repr(event[1]))
            found[-1].sort()
        else:
            found.append(Together([repr(event[1])]))
    text = repr(found)
    LOG.clear()
    return text
"""


def choices(text):
    return [t.strip().replace("\0", "|") for t in text.replace("\\|", "\0").split("|")]


class Grammar:
    """What kinds of values there are, a letter each, and what is done with them."""

    def __init__(self, name, prelude, atoms, expressions, statements, loops, caught, bound, params, final="LOG[-4:]", raised="", withs="", shown={}, handled="str({})[:60]", calls=""):
        self.name = name
        self.prelude = prelude  # text of the file before the functions
        self.atoms = atoms
        self.expressions = {kind: choices(text) for kind, text in expressions.items()}
        self.statements = choices(statements)
        self.loops = choices(loops)
        self.caught = caught  # what handlers are for
        self.bound = bound  # what keeps a variable small that grows in a loop, by kind
        self.params = params  # kinds of parameters, as often as they should be there
        self.final = final  # what is returned along with variables
        self.shown = shown  # how a variable is returned, by kind
        self.handled = handled  # what is kept of an exception
        self.calls = calls  # the kind that is a call of an earlier function
        self.raised = choices(raised) if raised else []  # statements that raise
        self.withs = choices(withs) if withs else []  # context managers
        self.bare = "".join(kind for kind in expressions if kind not in atoms)  # kinds that have no variables


class Function:
    def __init__(self, rng, grammar, name, earlier):
        self.rng = rng
        self.earlier = earlier
        self.depth = 0  # of calls of earlier ones
        self.grammar = grammar
        self.name = name
        self.params = [f"{kind}{i}" for i, kind in enumerate(rng.choices(grammar.params, k=rng.randint(1, 3)))]
        self.names = {kind: [p for p in self.params if p[0] == kind] for kind in grammar.atoms}
        self.lines = []
        self.loops = 0
        self.handlers = 0
        self.bound = None  # what must be a local from the start

    # ---- expressions

    def fill(self, template, depth):
        return re.sub(r"\{\{|\}\}|\{(\w)\}", lambda m: self.hole(m[1], depth) if m[1] else m[0][0], template)

    def hole(self, kind, depth):
        if kind.isupper():
            return self.target(kind.lower())
        if kind == self.grammar.calls:
            return self.call()
        if kind in NAMES:
            return self.rng.choice(self.names[NAMES[kind]] or ["k"])
        return self.expression(kind, depth + 1)

    def call(self):
        """Of an earlier function, not too deep: what calls each other is compiled together."""
        callees = [f for f in self.earlier[-6:] if f.depth < 2]
        if not callees:
            return "()"
        callee = self.rng.choice(callees)
        self.depth = max(self.depth, callee.depth + 1)
        arguments = [self.expression(p[0], 2) for p in callee.params]
        if self.rng.random() < 0.2:
            arguments[-1] = f"{callee.params[-1]}={arguments[-1]}"
        return f"{callee.name}({', '.join(arguments)})"

    def atom(self, kind):
        names = self.names[kind]
        atom = self.rng.choice(names) if names and self.rng.random() < 0.75 else self.rng.choice(self.grammar.atoms[kind])
        return f"({atom})" if atom[0] in "-0123456789T" or "**" in atom else atom

    def expression(self, kind, depth=0):
        rng, grammar = self.rng, self.grammar
        if kind in grammar.atoms and (depth > 2 or rng.random() < 0.25 + 0.25 * depth):
            return self.atom(kind)
        text = self.fill(rng.choice(grammar.expressions[kind] if depth < 5 else grammar.expressions[kind][:3]), depth)
        return text if kind in grammar.bare and kind not in "qmn" else f"({text})"

    def target(self, kind):
        names = self.names[kind]
        if not names or self.rng.random() < 0.25:
            names.append(f"{kind}{len(names) + 3}")
            return names[-1]
        return self.rng.choice(names)

    # ---- statements

    def emit(self, indent, text):
        self.lines.append("    " * indent + text)

    def assign(self, indent):
        text = self.fill(self.rng.choice(self.grammar.statements), 0)
        self.emit(indent, text)
        changed = re.match(r"(\w\d)\b", text)
        if self.loops and changed and GROWS.search(text) and changed[1][0] in self.grammar.bound:
            self.emit(indent, f"{changed[1]} = {changed[1]}{self.grammar.bound[changed[1][0]]}")

    def block(self, indent, n):
        for _ in range(self.rng.randint(1, n)):
            self.statement(indent)

    def branch(self, indent):
        self.emit(indent, f"if {self.expression('q')}:")
        self.block(indent + 1, 2)
        if self.rng.random() < 0.3:
            self.emit(indent, "else:")
            self.block(indent + 1, 1)

    def loop(self, indent):
        rng = self.rng
        self.loops += 1
        if rng.random() < 0.15:
            text = f"while N[0] < {rng.randint(1, 9)} and {self.expression('q')}"
        else:
            text = f"for {self.fill(rng.choice(self.grammar.loops), 0)}"
        self.emit(indent, f"{text}:")
        if re.search(r"\b[a-z]\d|\bSHARED|\bTABLE", text.split(" in ")[-1]) or text[0] == "w":  # it may grow meanwhile
            self.emit(indent + 1, "N[0] += 1")
            self.emit(indent + 1, "if N[0] > 16: break")
        self.block(indent + 1, 2)
        if rng.random() < 0.2:
            self.emit(indent + 1, f"if {self.expression('q')}: {rng.choice(['break', 'continue'])}")
        self.loops -= 1
        if rng.random() < 0.1:
            self.emit(indent, "else:")
            self.block(indent + 1, 1)

    def raise_or_leave(self, indent):
        rng, r = self.rng, self.rng.random()
        if self.grammar.raised and r < 0.6:
            self.emit(indent, f"if {self.expression('q')}: {self.fill(rng.choice(self.grammar.raised), 0)}")
        elif self.loops and r < 0.8:
            self.emit(indent, f"if {self.expression('q')}: {rng.choice(['break', 'continue'])}")
        else:
            kind = rng.choice(list(self.grammar.atoms))
            self.emit(indent, f"if {self.expression('q')}: return {self.grammar.shown.get(kind, '{}').format(self.expression(kind))}")

    def handler(self, indent):
        rng = self.rng
        name = f" as e{self.handlers}" if rng.random() < 0.5 else ""
        self.handlers += 1
        self.emit(indent, f"except {rng.choice(self.grammar.caught)}{name}:")
        self.emit(indent + 1, f"LOG.append({self.grammar.handled.format(name[4:]) if name else repr('caught')})")
        if rng.random() < 0.3:
            self.block(indent + 1, 1)
        if self.grammar.raised and rng.random() < 0.15:
            self.emit(indent + 1, rng.choice(["raise", f"raise Own(5) from {name[4:] or None}", "raise Own(6)"]))

    def attempt(self, indent):
        rng, r = self.rng, self.rng.random()
        self.emit(indent, "try:")
        self.block(indent + 1, 2)
        if rng.random() < 0.3:
            self.raise_or_leave(indent + 1)
        if r < 0.85:
            self.handler(indent)
            if rng.random() < 0.15:
                self.emit(indent, "else:")
                self.block(indent + 1, 1)
        if r > 0.7:
            self.emit(indent, "finally:")
            self.block(indent + 1, 1)
            if rng.random() < 0.1:
                self.raise_or_leave(indent + 1)

    def context(self, indent):
        self.emit(indent, f"with {self.fill(self.rng.choice(self.grammar.withs), 0)}:")
        self.block(indent + 1, 2)

    def statement(self, indent):
        r = self.rng.random()
        if r < 0.6 or indent > 4:
            self.assign(indent)
        elif r < 0.71:
            self.branch(indent)
        elif r < 0.84 and self.loops < 2:
            self.loop(indent)
        elif r < 0.93:
            self.attempt(indent)
        elif r < 0.96 and self.grammar.withs:
            self.context(indent)
        else:
            self.raise_or_leave(indent)

    # ---- the whole

    def inner(self):
        """A generator, a closure that reads and one that changes a local."""
        rng, text = self.rng, "\n".join(self.lines)
        if "G(" in text and rng.random() < 0.5:  # else it is the module's
            again = f"        if {self.expression('q', 2)}: yield {self.expression('i', 2)}\n" if rng.random() < 0.5 else ""
            yield f"    def G(v, w):\n        for k in range({rng.randint(0, 4)}):\n            yield v + k * w\n{again}"
        if "H(" in text:
            yield f"    def H(v, w={self.expression('i', 3)}):\n        return v * 3 - w + {rng.choice(self.names['i'] + ['1'])}\n"
        if "K(" in text:
            name = rng.choice(self.names["i"]) if self.names["i"] else self.target("i")
            self.bound = name
            yield f"    def K(v):\n        nonlocal {name}\n        {name} = v ^ {name}\n"

    def source(self):
        self.block(1, 2 if SMALL else 4)
        known = [n for kind in self.names for n in self.names[kind]]
        inner = list(self.inner())
        known += [n for kind in self.names for n in self.names[kind] if n not in known]
        head = [f"def {self.name}({', '.join(self.params)}):"]
        if any("N[0]" in line for line in self.lines):
            head.append("    N = [0]")
        head += [f"    {n} = {self.rng.choice(self.grammar.atoms[n[0]])}" for n in known if n not in self.params and (n == self.bound or self.rng.random() < 0.95)]
        shown = [self.grammar.shown.get(n[0], "{}").format(n) for n in self.rng.sample(known, min(5, len(known)))]
        result = f"    return {', '.join(shown + ([self.grammar.final] if self.grammar.final else ['']))}"
        return "\n".join([*head, *(text.rstrip("\n") for text in inner), *self.lines, result])

    def is_python(self, source):
        """Whether the templates can be filled with each other in this way."""
        return True

    def argument(self, param):
        kind = param[0] if self.rng.random() < 0.95 else self.rng.choice(self.grammar.params)
        return self.rng.choice(self.grammar.atoms[kind])


def function(rng, grammar, name, earlier, made=Function):
    """One and its text."""
    f = made(rng, grammar, name, earlier)
    source = f.source()
    while SMALL and len(source) > MAX_SMALL or not f.is_python(source):
        f = made(rng, grammar, name, earlier)
        source = f.source()
    return f, source


def write(grammar, made=Function, helper=None):
    """Print the case file that the command line asks for: SEED COUNT [small].

    With a helper, a (grammar, class), each function has two of these before it and may call the helpers only.
    """
    rng = random.Random(f"{grammar.name} {sys.argv[1]}")
    print(f"# random_{grammar.name}.py {' '.join(sys.argv[1:])}\nCASES = []\nALL_FIRST = True\n{grammar.prelude}\n")
    functions, helpers = [], []
    for k in range(int(sys.argv[2])):
        for name in (f"a{k}", f"b{k}") if helper else ():
            f, source = function(rng, helper[0], name, helpers, helper[1])
            helpers.append(f)
            print(source, "\n")
        f, source = function(rng, grammar, f"f{k}", helpers if helper else functions, made)
        functions.append(f)
        print(source, "\n")
        for _ in range(3):
            print(f"CASES.append((f{k}, ({', '.join(f.argument(p) for p in f.params)},)))")
        print()
