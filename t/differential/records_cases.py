"""Instances that need not be made: of classes whose __init__ only stores its arguments; read, changed, shared, made where they
escape, and of classes that are changed meanwhile."""

LOG = []
CASES = []


class Loud:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"Loud({self.name})"

    def __del__(self):
        LOG.append(self.name)


def log():
    seen = list(LOG)
    LOG.clear()
    return seen


class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y


class Item:
    count = 0

    def __init__(self, name, price=2.5, tag=None):
        self.name = name
        self.price = price
        self.count = 0
        self.label = "item"
        self.tag = tag
        self.again = name


class Sub(Item):
    pass


class Base:
    __slots__ = ("b",)

    def __init__(self, b, a):
        self.b = b
        self.a = a


class Mixed(Base):
    __slots__ = ("c", "__dict__")


class Missing(Base):
    pass


def shown(o):
    return type(o).__name__, list(o.__dict__.items())


def numbers(n, k):
    s, v = 0, Vector(k, 0)
    for i in range(n):
        v = Vector(v.x + i, v.y + k)
        w = v
        w.y += 1
        s += v.x * v.y
    return s, v.x, v.y, v is w


CASES += [(numbers, (n, k)) for n in (0, 1, 7) for k in (1, 0.5, True, 2**62, 2**70, "a", None)]


def escapes(n, name):
    out = []
    item = Item(name)
    for i in range(n):
        item = Item(item.name, price=item.price * 2)
        item.count += i
        if i % 3 == 1:
            out.append(item)
            item.count += 100
    return [shown(x) for x in out], shown(item)


CASES += [(escapes, (n, name)) for n in (1, 6) for name in ("ab", 3, 0.5, [1])]


def keywords(a, b):
    x = Item(tag=a, name=b)
    y = Sub(b, tag=a)
    return shown(x), shown(y), x.tag is a, x.name is x.again, x.price is y.price, type(y) is Sub, isinstance(y, Item)


CASES += [(keywords, args) for args in [(1, 2.5), ("x", [1]), (2**70, None), ((1, 2), 0.1)]]


def wrong(k):
    if k == 0:
        return Vector(1)
    if k == 1:
        return Vector(1, 2, 3)
    if k == 2:
        return Vector(1, z=2)
    if k == 3:
        return Vector(1, x=2)
    if k == 4:
        return Vector(1, 2).z
    if k == 5:
        v = Vector(k, 2)
        v.z = 1
        return v
    v = Vector(k, 2)
    del v.x
    return v.x


CASES += [(wrong, (k,)) for k in range(7)]


def more_attributes(n):
    item = Item(n)
    item.price = n * 0.5
    item.extra = n
    del item.price
    item.price = "last"
    return shown(item), item.extra


CASES += [(more_attributes, (n,)) for n in (1, 2**62)]


def exits(a, b):
    v = Vector(a, b)
    w = Item(v, tag=v)
    v.x = v.x + 1
    q = v.x // v.y
    w.price = q
    return w.name is v, w.tag is w.again, v.x, v.y, w.price


CASES += [(exits, args) for args in [(5, 2), (5, 0), (2**63 - 1, 1), (0.5, 0.0), (1, "a"), ("a", 1)]]


def frames(a, b):
    v = Vector(a, b)
    w = v
    try:
        v.y = a // b
    except ZeroDivisionError as e:
        seen = e.__traceback__.tb_frame.f_locals
        return seen["v"] is seen["w"], seen["v"] is v, v.x, v.y
    return w.x, w.y


CASES += [(frames, (7, 2)), (frames, (7, 0))]


def same(a):
    v, w = Vector(a, 1), Vector(a, 1)
    u = v
    return v is w, u is v, v == w, u == v, v != w, bool(v), not v, v is None, hash(v) == hash(u), id(u) == id(v)


CASES += [(same, (a,)) for a in (1, 0.5)]


def dies(name):
    a = Item(Loud(name))
    a.tag = Loud(name + "t")
    seen = [log()]
    a.name = None
    seen.append(log())
    a.again = 0
    seen.append(log())
    del a
    seen.append(log())
    v = Vector(Loud("x"), Loud("y"))
    seen.append(log())
    v = Vector(1, Loud("z"))
    seen.append(log())
    v.y = v.x
    seen.append(log())
    Vector(Loud("p"), 1)
    seen.append(log())
    return seen, v.y


CASES += [(dies, ("n",))]


def cycle(a):
    v = Vector(a, None)
    v.y = v
    w = Item(v)
    w.tag = w
    return v.y is v, v.y.y.x, w.tag.name is v, w.tag.tag is w


CASES += [(cycle, (1,))]


def slots_and_dict(n):
    out = []
    for i in range(n):
        m = Mixed(i, i * 0.5)
        out.append((m.a, m.b, m.__dict__))
    return out


CASES += [(slots_and_dict, (3,))]


def no_such_slot(n):
    try:
        return shown(Missing(n, 1)), Base(n, 2)
    except AttributeError as e:
        return str(e)


CASES += [(no_such_slot, (3,))]


class Changing:
    def __init__(self, x, y):
        self.x = x
        self.y = y


def change(how):
    if how == "property":
        Changing.x = property(lambda self: ("property", self.__dict__["x"]))
    elif how == "default":
        Changing.x = 5
    elif how == "init":
        Changing.__init__ = lambda self, x, y: setattr(self, "x", (x, y)) or setattr(self, "y", 0)
    elif how == "code":
        Changing.__init__.__code__ = (lambda self, x, y: self.__dict__.update(x=y, y=x)).__code__
    elif how == "setattr":
        Changing.__setattr__ = lambda self, name, value: object.__setattr__(self, name, (name, value))
    elif how == "getattribute":
        Changing.__getattribute__ = lambda self, name: (name, object.__getattribute__(self, name))
    elif how == "new":
        Changing.__new__ = lambda class_, *args: object.__new__(Vector)
    elif how == "del":
        Changing.__del__ = lambda self: LOG.append("died")
    return 1


def restore(init, code):
    for name in ("x", "__setattr__", "__getattribute__", "__new__", "__del__"):
        if name in Changing.__dict__:
            delattr(Changing, name)
    Changing.__init__ = init
    init.__code__ = code


def changed_later(how, a):
    v = Changing(a, 2)
    w = Changing(v, v.x)
    change(how)
    try:
        first = v.x
        v.x = 3
        return first, v.x, v.y, w.x is v, object.__getattribute__(v, "__dict__")
    except AttributeError as e:
        return str(e)


def changed_before(how, a):
    change(how)
    v = Changing(a, 2)
    seen = [getattr(v, "x", "none"), getattr(v, "y", "none"), type(v).__name__]
    v = None
    return seen, log()


def changed(later, how, a):
    init = Changing.__init__
    code = init.__code__
    try:
        return changed_later(how, a) if later else changed_before(how, a)
    finally:
        restore(init, code)
        log()


HOWS = ["nothing", "property", "default", "init", "code", "setattr", "getattribute", "new", "del"]
CASES += [(changed, (later, how, a)) for later in (True, False) for how in HOWS for a in (1, 0.5)]


def rebound(n):
    global Alias
    out = []
    for i in range(n):
        Alias = Vector if i % 2 else Changing
        out.append(type(Alias(i, 2)).__name__)
    return out


Alias = Vector
CASES += [(rebound, (5,))]


def deep(n):
    v = Vector(n, 0)
    if n > 0:
        return deep(n - 1) + v.x
    return v.y


def limit(n):
    try:
        return deep(n)
    except RecursionError:
        return "too deep"


CASES += [(limit, (n,)) for n in (10, 100000)]


def many(n):
    a, b, c, d = Vector(n, 1), Vector(n, 2), Vector(n, 3), Vector(n, 4)
    e, f, g, h = Vector(a, b), Vector(c, d), Vector(a, c), Vector(b, d)
    i, j = Vector(e, f), Vector(g, h)
    return i.x.x is j.x.x, i.x.x.y + i.y.y.y, j.y.x is b, a.x is b.x


CASES += [(many, (n,)) for n in (1, 2**40)]


def handlers(items):
    out = []
    for item in items:
        v = Vector(item, 0)
        try:
            v.y = 10 // v.x
        except (ZeroDivisionError, TypeError) as e:
            v.y = type(e).__name__
        finally:
            out.append((v.x, v.y))
    return out


CASES += [(handlers, ([1, 0, 3, "a", 0.0, None],))]


class Money:
    def __init__(self, amount, currency=1):
        self.amount = amount
        self.currency = currency

    def __add__(self, other):
        if self.currency != other.currency:
            raise ValueError("currencies", self.currency, other.currency)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other):
        if other.currency != self.currency:
            return NotImplemented
        return Money(self.amount - other.amount, self.currency)

    def __mul__(self, factor):
        return Money(self.amount * factor, self.currency)

    def __neg__(self):
        return Money(-self.amount, self.currency)

    def __eq__(self, other):
        return self.amount == other.amount

    @property
    def double(self):
        return self.amount * 2

    @property
    def doubled(self):
        return Money(self.double, self.currency)

    @staticmethod
    def static(amount):
        return Money(amount, 3)

    @classmethod
    def of_class(cls, amount):
        return cls(amount, 4)

    def scaled(self, factor=2):
        return Money(self.amount * factor, self.currency)

    def or_none(self, limit):
        if self.amount > limit:
            return None
        return self.scaled()

    def or_tuple(self, limit):
        return (self.amount, self.currency) if self.amount > limit else self

    def raised(self, by):
        self.amount += by
        return self

    def itself(self):
        return self

    def divided(self, by):
        return Money(self.amount // by, currency=self.currency)

    def keeps(self, out):
        out.append(self)
        return self.amount

    def closure(self):
        return (lambda: self.amount)()

    def recursive(self, n):
        return self if n == 0 else Money(self.amount + n, self.currency).recursive(n - 1)


class Euro(Money):
    def scaled(self, factor=3):
        return super().scaled(factor)

    def raised(self, by):
        return super().raised(by + 1)


class Other:
    def __init__(self, amount):
        self.amount = amount

    def scaled(self, factor=5):
        return self.amount * factor

    def __add__(self, other):
        return Money(self.amount, other.currency)

    def __radd__(self, other):
        return "radd"


def state(m):
    return m.amount, m.currency, type(m).__name__


def operators(n, a, c):
    total = Money(0)
    for i in range(n):
        total = total + Money(a, 1) * i
        total = total - Money(i, c)
    return state(total)


CASES += [(operators, (n, a, c)) for n in (0, 1, 5) for a in (1, 0.5, 2**62, "ab") for c in (1, 2)]


def methods(a, by):
    m = Money(a)
    out = []
    s = m.scaled().scaled(by).scaled(factor=3)
    out.append((state(s), s.double, state(s.doubled.doubled), state(m.static(5)), state(m.of_class(6))))
    n = m.raised(by)
    out.append((n is m, m.amount, m.itself() is m, m.closure(), state(m.recursive(3))))
    m.keeps(out)
    out[-1].amount = "changed"
    out[-1] = state(out[-1])
    out.append((state(m), m.or_none(10) is None, m.or_none(0.1) is None))
    return out


CASES += [(methods, (a, by)) for a in (1, 20, 0.25) for by in (2, 0.5)]


def kinds(items, factor):
    return [x.scaled() if type(x) is not Money else state(x.scaled(factor)) for x in items], [type(x.scaled()).__name__ for x in items]


def all_kinds(n, factor):
    items = [Money(n), Other(n), Other(n * 0.5), Money(n, 2)]
    a = kinds(items, factor)
    items = [Euro(n), Money(n)]
    return a, [state(x.scaled()) for x in items], [state(x.raised(2)) for x in items], state(Euro(n).scaled(1)), state(Euro(n).raised(1))


CASES += [(all_kinds, (n, f)) for n in (1, 0.5, 2**62) for f in (2, 2.5)]


def mixed_operators(a):
    m, o = Money(a), Other(a)
    seen = []
    for x, y in ((m, o), (o, m), (m, m), (o, o), (m, 1), (1, m), (m, Euro(a)), (Euro(a), m)):
        try:
            s = x + y
            seen.append(s if type(s) is str else state(s))
        except (AttributeError, TypeError, ValueError) as e:
            seen.append(str(e))
    try:
        seen.append(Money(1) - Money(2, 2))
    except TypeError as e:
        seen.append(str(e))
    return seen, Money(1) == Money(1), Money(1) != Money(2), state(-Money(a)), state(Money(a) * 2.5)


CASES += [(mixed_operators, (a,)) for a in (1, 0.5)]


def divided(m, n):
    total = 0
    for i in range(n, -2, -1):
        total += m.divided(i).amount
    return total


def leaves(a, n):
    try:
        return divided(Money(a), n)
    except ZeroDivisionError as e:
        names = []
        tb = e.__traceback__
        while tb:
            names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
            tb = tb.tb_next
        return names


CASES += [(leaves, (a, n)) for a in (10, 0.5) for n in (3, -1)]


def or_tuples(a):
    m = Money(a)
    return m.or_tuple(5) is m, m.or_tuple(-100)


CASES += [(or_tuples, (a,)) for a in (1, 10)]


def distance(p, q):
    return (p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y)


def moved(p, by):
    p.x += by
    return p.x


def middle(p, q):
    return Vector((p.x + q.x) / 2, (p.y + q.y) / 2)


def passed(n, k):
    p, total = Vector(0.0, k), 0
    for i in range(n):
        q = Vector(i, i * 0.5)
        total += distance(p, q)
        p = middle(p, q)
        r = middle(q, p)
        moved(r, k)
        total += r.x + distance(q, r)
    return total, p.x, p.y


CASES += [(passed, (n, k)) for n in (0, 1, 6) for k in (1, 0.5, 2**62)]


def bigger(p, q):
    return p if p.x > q.x else q


def nearest(n):
    best = Vector(0, 0)
    for i in range(n):
        best = bigger(best, Vector(i * 7 % 5, i))
    return best.x, best.y


CASES += [(nearest, (n,)) for n in (0, 1, 9)]


def replaced(n):
    out = []
    for i in range(n):
        m = Money(i, i)
        if i == 2:
            Money.scaled = lambda self, factor=2: ("new", self.amount, factor)
        out.append(m.scaled() if i >= 2 else state(m.scaled()))
        if i == 3:
            Money.__add__ = lambda self, other: "added"
            Money.double = 17
            out.append((m + m, m.double))
    return out


def replaced_and_back(n):
    scaled, add, double = Money.scaled, Money.__add__, Money.__dict__["double"]
    try:
        return replaced(n)
    finally:
        Money.scaled, Money.__add__, Money.double = scaled, add, double


CASES += [(replaced_and_back, (n,)) for n in (2, 5)]


def fields_hide(n):
    m = Money(n)
    m.scaled = lambda: "own"
    a = m.scaled()
    m = Money(n)
    return a, state(m.scaled())


CASES += [(fields_hide, (n,)) for n in (2, 0.5)]


class Version:
    def __init__(self, major, minor):
        self.major = major
        self.minor = minor

    def __lt__(self, other):
        if self.major == other.major:
            return self.minor < other.minor
        return self.major < other.major

    def __le__(self, other):
        LOG.append("le")
        return NotImplemented if self.minor == 7 else (self.major, self.minor) <= (other.major, other.minor)

    def __ge__(self, other):
        LOG.append("ge")
        return "ge"

    def __eq__(self, other):
        if type(other) is not Version:
            return NotImplemented
        return self.major == other.major and self.minor == other.minor

    def __gt__(self, other):
        return NotImplemented


class Patch(Version):
    def __gt__(self, other):
        return "patch"

    def __eq__(self, other):
        return "equal"


def compared(a, b):
    seen = []
    for what in range(6):
        try:
            if what == 0:
                seen.append(a < b)
            elif what == 1:
                seen.append(a <= b)
            elif what == 2:
                seen.append(a == b)
            elif what == 3:
                seen.append(a != b)
            elif what == 4:
                seen.append(a > b)
            else:
                seen.append("yes" if a >= b else "no")
        except (TypeError, AttributeError) as e:
            seen.append(str(e))
    return seen


def all_compared(n):
    values = [Version(1, n), Version(n, 7), Patch(1, n), n, 0.5, None, "text"]
    return [compared(a, b) for a in values for b in values], log()


CASES += [(all_compared, (n,)) for n in (2, 7)]


def not_made(n):
    out = []
    for i in range(n):
        v, w = Version(1, i), Version(i, 1)
        out.append((v < w, v == w, v <= w, v >= w, w < v, v == i, v != w, v == v))
    return out, log()


CASES += [(not_made, (n,)) for n in (1, 9)]


def sorted_by_insertion(items):
    out = []
    for item in items:
        i = len(out)
        out.append(item)
        while i > 0 and item < out[i - 1]:
            out[i] = out[i - 1]
            i -= 1
        out[i] = item
    return [(v.major, v.minor) for v in out]


def insertion(n, k):
    return sorted_by_insertion([Version(i * 7 % 5, i * 3 % 4 * k) for i in range(n)])


CASES += [(insertion, (n, k)) for n in (0, 1, 20) for k in (1, 0.5, 2**62)]


def caught(a, b):
    try:
        return Version(a, b) > Version(b, a)
    except TypeError as e:
        return str(e), [tb.co_name for tb in [e.__traceback__.tb_frame.f_code]]


CASES += [(caught, (1, 2))]
