"""Attributes of classes as constants of loops, those of enums among them, and members of IntEnum as ints."""
import enum
import sys

NS = (0, 1, 2, 6, 13)


class Config:
    LIMIT = 10
    RATE = 2.5
    NAMES = ["a", "b"]
    count = 0

    @staticmethod
    def plus(x):
        return x + 1

    @classmethod
    def limited(cls, x):
        return x + cls.LIMIT


class Above(type):
    """A property of the class of classes comes first, its __getattr__() last."""

    @property
    def LIMIT(cls):
        return 77

    def __getattr__(cls, name):
        return "above " + name


class Below(metaclass=Above):
    LIMIT = 1
    OTHER = 5


class Finder(type):
    def __getattribute__(cls, name):
        return 99 if name == "X" else type.__getattribute__(cls, name)


class Found(metaclass=Finder):
    X = 1


class Color(enum.Enum):
    RED = 1
    GREEN = 2


class Perm(enum.IntFlag):
    R = 4
    W = 2


class Level(enum.IntEnum):
    A = 1
    B = 200000000000
    C = 2**80


class Odd(enum.IntEnum):
    X = 3

    def __add__(self, other):
        return "odd"

    def __lt__(self, other):
        return "less"


ONE = Level.A


def constants(n):
    s = 0
    for i in range(n):
        s += Config.LIMIT + i
        if i % 3 == 0:
            s *= Config.RATE
        s += Below.LIMIT + Below.OTHER + Found.X + len(Config.NAMES) + Config.plus(i) + Config.limited(i)
        s += len(Below.nothing)
    return s


def counts(n):
    before = Config.count
    for i in range(n):
        Config.count += 1
    return Config.count - before


def changed(n, value):
    """What it is changes while the loop runs."""
    old, out = Config.LIMIT, []
    try:
        for i in range(n):
            if i == 3:
                Config.LIMIT = value
            out.append(Config.LIMIT)
            out.append(Config.LIMIT + i if type(value) is not property else i)
    finally:
        Config.LIMIT = old
    return out


def becomes_property(n):
    return [type(x).__name__ for x in changed(n, property(lambda self: 3))]


def hidden(n):
    """The class of the class gets a property of that name."""
    out = []
    try:
        for i in range(n):
            if i == 3:
                Above.OTHER = property(lambda cls: 1000)
            out.append(Below.OTHER + i)
    finally:
        if "OTHER" in Above.__dict__:
            del Above.OTHER
    return out


def found_otherwise(n):
    out = []
    try:
        for i in range(n):
            if i == 3:
                Above.__getattribute__ = lambda cls, name: 5 if name == "OTHER" else type.__getattribute__(cls, name)
            out.append(Below.OTHER + i)
    finally:
        if "__getattribute__" in Above.__dict__:
            del Above.__getattribute__
    return out


def taken_away(n):
    out = []
    Config.GONE = 4
    for i in range(n):
        if i == 5:
            del Config.GONE
        out.append(Config.GONE)
    return out


def dies(n):
    """The list goes away while it is in use."""
    out = []
    for i in range(n):
        Config.items = [i, i + 1]
        for item in Config.items:
            Config.items = None
            out.append(item)
    return out


def colors(n):
    out = []
    for i in range(n):
        c = Color.RED if i % 2 else Color.GREEN
        out.append((c is Color.RED, c == Color.GREEN, c.name, c.value, c in (Color.RED, None)))
        f = Perm.R | Perm.W if i % 3 else Perm.R
        out.append((int(f), Perm.R in f, ~Perm.R, Perm.R + i, Perm.R | i, Perm.R == i))
    return out


def states(n):
    at, seen = Color.RED, {Color.RED: 0, Color.GREEN: 0}
    for i in range(n):
        if at is Color.RED and i % 3:
            at = Color.GREEN
        elif at == Color.GREEN:
            at = Color.RED
        seen[at] += i
    return [(c.name, s) for c, s in seen.items()]


def levels(n):
    out = []
    for i in range(n):
        out.append((i + Level.A, Level.A + i, i * Level.B, Level.B // (i + 1), Level.B % 7, i**Level.A, -Level.A))
        out.append((Level.A < i, i >= Level.A, i == Level.A, Level.A != 1.0, Level.A == ONE, i + ONE))
        out.append((Level.A - 1.5, 1.5 * Level.A, Level.A / 4, i & Level.A, Level.A | Level.A, Level.A ^ i, i << Level.A))
        x = i
        x += Level.A
        y = Level.A
        out.append((x, y, y + 1, str(y), f"{Level.A} {Level.A!r} {Level.A:3}", Level.A is y))
        if i > 2:
            out.append((Level.C + i, Level.C > i))
    return out


def odd_levels(n):
    return [(Odd.X + i, i + Odd.X, Odd.X < i, i > Odd.X, Odd.X * i) for i in range(n)]


def too_large(n):
    out = []
    for i in range(n):
        out.append(Level.B * 9000000000 * i)
        try:
            out.append(i // (Level.A - Level.A))
        except ZeroDivisionError as e:
            out.append(str(e))
    return out


def of_others(xs):
    """Beside numbers that are seen as objects."""
    total = 0
    for x in xs:
        if x > Level.A:
            total += x * Level.A
    return total


class Fruit(enum.Enum):
    APPLE = "a"
    PEAR = "p"
    PLUM = ("x", 2)

    @property
    def shout(self):
        return self.name.upper() + "!"

    @enum.property
    def initial(self):
        return self._initial_


class Named(enum.Enum):
    """Has a value and a hash of its own."""

    ONE = 1
    TWO = 2

    @enum.property
    def value(self):
        return self._value_ * 100

    def __hash__(self):
        return 5

    def __eq__(self, other):
        return isinstance(other, Named)


class Text(str, enum.Enum):
    A = "x"
    B = "y"


class Same:
    """Equal to a member, with its hash."""

    def __init__(self, member):
        self.member = member

    def __hash__(self):
        return hash(self.member)

    def __eq__(self, other):
        return other is self.member

    def __repr__(self):
        return "Same"


for member in Fruit:
    member._initial_ = member.name[0]


def described(members):
    out = []
    for m in members:
        out.append((m.name, m.value, len(m.name), m.name == "APPLE"))
    return out


def of_fruits(n):
    out = []
    for i in range(n):
        for m in Fruit:
            out.append((m.shout, m.initial, m.value, m.name, hash(m) == hash(m.name)))
    return out


def counted(members):
    count = dict.fromkeys(Fruit, 0)
    seen = set()
    for m in members:
        seen.add(m)
        count[m] = count.get(m, 0) + 1
        if m in count:
            count[m] += 1
    return [(str(k), v) for k, v in count.items()], len(seen), [m in seen for m in Fruit]


def equal_to(members):
    """Keys that are equal to members, and a dict of strs that have their hashes."""
    table = {Same(Fruit.APPLE): 1, "APPLE": 2, 3: 4}
    strs = {"APPLE": 1, "PEAR": 2}
    out = []
    for m in members:
        out.append((table.get(m), m in table, m in strs, strs.get(m), m in {Same(Fruit.PEAR)}, Same(m) in {m}))
    try:
        out.append(strs[Fruit.PLUM])
    except KeyError as e:
        out.append(repr(e))
    return out


def value_changes(n):
    """What a member is called changes, and what the properties do."""
    m, out = Fruit.APPLE, []
    given = enum.Enum.__dict__["value"]
    get, code = given.fget, given.fget.__code__
    try:
        for i in range(n):
            if i == 2:
                m._value_ = "changed"
            elif i == 3:
                given.fget = lambda self: "fget"
            elif i == 4:
                given.fget = enum.Enum.__dict__["name"].fget
            elif i == 5:
                given.fget = get
            elif i == 6:
                get.__code__ = (lambda self: "code").__code__
            elif i == 7:
                get.__code__ = code
            elif i == 8:
                vars(m)["_value_"] = "dict"
            elif i == 9:
                Fruit.value = property(lambda self: "property")
            elif i == 10:
                del Fruit.value
            elif i == 11:
                del m._value_
            out.append(m.value)
    finally:
        given.fget, get.__code__ = get, code
        m._value_ = "a"
        if "value" in Fruit.__dict__:
            del Fruit.value
    return out


def get_changes(n):
    out, get = [], enum.property.__get__
    try:
        for i in range(n):
            if i == 3:
                enum.property.__get__ = lambda self, instance, owner=None: "other"
            out.append(Fruit.PEAR.value)
            if i == 4:
                enum.property.__get__ = get
    finally:
        enum.property.__get__ = get
    return out


def hash_changes(n):
    table = {Fruit.PEAR: 0, Fruit.PLUM: 10}
    out, m, hashed, code = [], Fruit.PEAR, enum.Enum.__hash__, enum.Enum.__hash__.__code__
    try:
        for i in range(n):
            if i == 2:
                enum.Enum.__hash__ = lambda self: 3
            elif i == 3:
                enum.Enum.__hash__ = hashed
            elif i == 4:
                hashed.__code__ = (lambda self: 4).__code__
            elif i == 5:
                hashed.__code__ = code
            elif i == 6:
                enum.hash = lambda x: 6
            elif i == 7:
                del enum.hash
            elif i == 8:
                Fruit.__eq__ = lambda self, other: True
            elif i == 9:
                del Fruit.__eq__
            elif i == 10:
                m._name_ = "OTHER"
            elif i == 11:
                m._name_ = "PEAR"
            elif i == 12:
                vars(m)
            out.append((table.get(m, "none"), m in table))
    finally:
        enum.Enum.__hash__, hashed.__code__, m._name_ = hashed, code, "PEAR"
        for owner, name in ((enum, "hash"), (Fruit, "__eq__")):
            if name in vars(owner):
                delattr(owner, name)
    return out


class Ten:
    def __get__(self, instance, owner=None):
        return 10

    def __set__(self, instance, value):
        pass


class Described:
    ten = Ten()


def without_enum(n):
    """Nobody has imported it."""
    total, d, module = 0, Described(), sys.modules.pop("enum")
    try:
        for i in range(n):
            total += d.ten
        return total, "enum" in sys.modules
    finally:
        sys.modules["enum"] = module


class Sized(enum.IntEnum):
    ZERO = 0
    LESS = -1
    DIGIT = 2**30 - 1
    LESS_DIGIT = 1 - 2**30
    DIGITS = 2**30
    LESS_DIGITS = -(2**30)
    LARGE = 2**62
    LEAST = -(2**63)
    TOO_LARGE = 2**63


def sizes(n):
    """Of no digit, one and more, and what is no int of 64 bits."""
    out = []
    for _ in range(n):
        for a in Sized:
            for b in Sized:
                out.append((a == b, a < Sized.DIGIT, a != Sized.LESS, a + b, a - 1, -b))
    return out[:81] if n < 3 else hash(tuple(out))


CASES = [(f, (n,)) for f in (constants, counts, hidden, found_otherwise, taken_away, dies, colors, states, levels, odd_levels, too_large) for n in NS]
CASES += [(changed, (n, value)) for n in NS for value in (11, 2.25, "x", None, 2**70)]
CASES += [(becomes_property, (n,)) for n in NS]
CASES += [(of_others, (xs,)) for xs in ([], [1, 2, 3], [1, 2.5], [2, "x"], [Level.A, Level.B], [True, 3, 2**70], [Odd.X])]
CASES += [(f, (ms,)) for f in (described, counted, equal_to) for ms in ([], list(Fruit), list(Fruit) * 4, [Fruit.PEAR] * 9)]
CASES += [(f, (ms,)) for f in (described, counted) for ms in (list(Named), list(Text), list(Color) + list(Text), [*Fruit, *Named, *Level] * 3)]
CASES += [(f, (n,)) for f in (without_enum, of_fruits, value_changes, get_changes, hash_changes) for n in NS]
CASES += [(described, (xs,)) for xs in ([1], [Fruit.PEAR, None], [Same(1), Fruit.APPLE])]


class Holder:
    def __init__(self, level):
        self.level = level

    def is_b(self):
        return self.level == Level.B

    def below(self):
        return "low" if self.level < Level.B else "high"


def held(levels):
    out = []
    for holder in [Holder(level) for level in levels]:
        try:
            out.append((holder.is_b(), holder.level != Level.A, Level.B == holder.level))
            out.append((holder.below(), Level.A <= holder.level))
        except TypeError as e:
            out.append(str(e))
    return out


CASES += [
    (held, (levels,))
    for levels in (
        [Level.A, Level.B] * 5,
        [1, 2, True, 2.0, 1.5],
        [Level.A] * 9 + [None, "x", Odd.X, Fruit.PEAR, 2**70, -(2**70), float("nan")] + [Level.B] * 9,
        [None] * 20,
        list(Odd) * 4,
    )
]
CASES += [(sizes, (n,)) for n in (1, 2, 12)]
