"""Instances that are called: what their classes have as __call__, and what is something else than it was."""


class Add:
    def __init__(self, n):
        self.n = n

    def __repr__(self):
        return "Add"

    def __call__(self, x):
        return x + self.n


class Scale(Add):
    def __call__(self, x):
        return x * self.n


class Poly:
    def __init__(self, coefficients):
        self.c = coefficients

    def __repr__(self):
        return "Poly"

    def __call__(self, x, shift=0):
        r = shift
        for c in self.c:
            r = r * x + c
        return r


class Counter:
    def __init__(self):
        self.n = 0
        self.seen = []

    def __call__(self, x):
        self.n += 1
        self.seen.append(x)
        return self.n


class Checked:
    def __call__(self, x):
        if x < 0:
            raise ValueError("negative", x)
        return x


class Compose:
    def __init__(self, f, g):
        self.f = f
        self.g = g

    def __call__(self, x):
        return self.f(self.g(x))


class Depth:
    def __call__(self, n):
        return 0 if n == 0 else self(n - 1) + 1


class Nothing:
    def __call__(self):
        return NotImplemented


class Static:
    @staticmethod
    def __call__(x):
        return ("static", x)


class OfClass:
    @classmethod
    def __call__(cls, x):
        return (cls.__name__, x)


class Tells:
    told = []

    def __init__(self, name):
        self.name = name

    def __del__(self):
        Tells.told.append(self.name)

    def __call__(self, other):
        Tells.told.append("called")
        return self.name + other.name


class Meta(type):
    def __call__(cls, x):
        return ("made", cls.__name__, x)


class Made(metaclass=Meta):
    def __call__(self, x):
        return x


def told():
    found, Tells.told = Tells.told, []
    return found


def total_of(f, n):
    total = 0
    for i in range(n):
        total += f(i)
    return total


def each(fs, x):
    found = []
    for f in fs:
        try:
            found.append(f(x))
        except (TypeError, ValueError) as e:
            found.append(type(e).__name__ + " " + str(e))
    return found


def add_all(n):
    return total_of(Add(n), 20), total_of(Scale(n), 20), total_of(Poly([1, n, 2]), 20), total_of(Compose(Add(1), Scale(n)), 20), total_of(lambda x: x + n, 20), total_of(abs, 20)


def counted(n):
    c = Counter()
    return [c(i * n) for i in range(12)], c.n, c.seen


def of_many(n):
    fs = [Add(n), Scale(n), Poly([n, 1]), Checked(), Compose(Add(n), Checked()), abs, str, Static(), OfClass(), lambda x: x, Made, 5, None, Depth(), Add]
    return each(fs[: 2 * n], n - 3), [type(x).__name__ for x in each(fs, n)]


def raises(x):
    f = Checked()
    total = 0
    for i in range(12):
        total += f(x + i)
    return total


def deep(n):
    return [Depth()(k) for k in range(n)]


def with_defaults(n):
    p = Poly([1, 2, 3])
    return [p(i) for i in range(n)], [p(i, 7) for i in range(n)], [p(i, shift=2) for i in range(n)], [p(x=i) for i in range(n)]


def too_few(n):
    p = Poly([1, 2])
    found = []
    for i in range(n):
        try:
            found.append(p() if i % 3 == 2 else p(i, 1, 2) if i % 3 == 1 else p(i))
        except TypeError as e:
            found.append(str(e))
    return found


def on_instance(n):
    """An attribute of the instance is not asked."""
    f = Add(1)
    f.__call__ = lambda x: -1
    return [f(i) for i in range(n)]


def replaced(n):
    f = Add(2)
    old = Add.__call__
    found = []
    try:
        for i in range(n):
            if i == n // 2:
                Add.__call__ = lambda self, x: ("other", x, self.n)
            found.append(f(i))
    finally:
        Add.__call__ = old
    return found, f(3)


def removed(n):
    f = Scale(2)
    old = Scale.__call__
    found = []
    try:
        for i in range(n):
            if i == n // 2:
                del Scale.__call__
            found.append(f(i))
    finally:
        Scale.__call__ = old
    return found, f(3)


def other_class(n):
    f = Add(2)
    found = []
    for i in range(n):
        if i == n // 2:
            f.__class__ = Scale
        found.append(f(i))
    return found


def not_implemented(n):
    f = Nothing()
    return [f() is NotImplemented for _ in range(n)]


def lives(n):
    for i in range(n):
        Tells("a")(Tells("b"))
        f = Tells("f")
        f(Tells("c"))
        Tells.told.append(i)
    del f
    return n


def mapped(n):
    return list(map(Add(n), range(10))), sorted(range(10), key=Scale(-n)), sum(map(Checked(), range(n)))


CASES = [(f, (n,)) for n in (1, 3, 5, 12) for f in (add_all, counted, of_many, deep, with_defaults, too_few, on_instance, not_implemented, mapped, lives, other_class, replaced, removed)]
CASES += [(raises, (x,)) for x in (0, -3, 5, -20, 2.5)] + [(raises, ("a",))]
CASES += [(total_of, (f, 9)) for f in (Add(2.5), Add("x"), Poly([2**70, 1]), Scale(2**63))]
