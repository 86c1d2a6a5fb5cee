"""Attributes and methods of classes, and everything that changes what they mean while native code runs."""
import sys
import types
import weakref

LOG = []


class Base:
    shared = "of the class"
    hidden = 1

    def __init__(self, a, b=2):
        self.a = a
        self.b = b

    def total(self):
        return self.a + self.b

    def both(self, other):
        return self.total() + other.total()

    @property
    def twice(self):
        return self.a * 2


class Child(Base):
    def total(self):
        return self.a - self.b


class Slotted:
    __slots__ = ("a", "b", "unset")

    def __init__(self, a, b=2):
        self.a = a
        self.b = b

    def total(self):
        return self.a * self.b


class Spy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(self.name)


def loads(n, objects):
    """One place, objects of several classes, and some without the attribute."""
    out = []
    for i in range(n):
        for o in objects:
            out.append(o.a)
            o.b = i
            out.append(o.b)
    return out


def of_many(n):
    return loads(n, [Base(1), Child(2), Slotted(3), Base("x"), type("Other", (), {"a": 7})(), Child(None)])


def of_one(n):
    return loads(n, [Base(1.5, 2)])


def of_slots(n):
    return loads(n, [Slotted(1.5, 2)])


def missing(n):
    o = Slotted(1)
    try:
        for i in range(n):
            o.a += i
        return o.unset
    finally:
        LOG.append(o.a)


def floats(n):
    """A float that somebody else has may not change."""
    o = Base(0.5, 1.5)
    kept = [o.a]
    for i in range(n):
        o.a = o.a * 2.0 + i
        if i % 2:
            kept.append(o.a)
        o.b = o.a
        o.a += 1.0
    return kept, o.a, o.b, o.a is o.b


def float_slots(n):
    o = Slotted(0.5, 1.5)
    p = Slotted(o.a, o.b)
    for i in range(n):
        o.a += 1.25
        o.b = o.a
        p.unset = o.b * 2.0
    return o.a, o.b, p.a, p.b, getattr(p, "unset", None)


def order(n):
    """The order in which attributes came is that of the instance's dict."""
    out = []
    for i in range(n):
        o = Base(1)
        if i % 2:
            o.z = 1
            o.y = 2
        else:
            o.y = 1
            o.z = 2
        del o.a
        o.a = i
        out.append(list(o.__dict__.items()))
        o.c = 3
        out.append(list(vars(o)))
    return out


def with_dict(n):
    """An instance whose dict was asked for has its attributes there from then on."""
    out = []
    for i in range(n):
        o = Base(i)
        if i % 2:
            d = o.__dict__
            d["b"] = "in the dict"
        o.a = o.b
        out.append((o.a, o.b, o.shared))
        o.__dict__ = {"a": 1, "b": i}
        out.append((o.a, o.b))
        o.b = 3
        out.append(o.__dict__)
    return out


def class_hides(n):
    """A class attribute under the name of an instance's: hidden by it, and there again when that is deleted."""
    out = []
    o = Base(1)
    for i in range(n):
        out.append(o.hidden)
        o.hidden = o.hidden + 1
        out.append(o.hidden)
        if i % 3 == 2:
            del o.hidden
        Base.hidden = i
    Base.hidden = 1
    return out


def property_comes(n):
    """A property put into the class wins over the instance."""
    out = []

    class C:
        def __init__(self):
            self.x = 1

    o = C()
    for i in range(n):
        out.append(o.x)
        if i == 1:
            C.x = property(lambda self: "property", lambda self, v: LOG.append(("set", v)))
        o.x = i
        if i == 3:
            del C.x
    return out, o.x


def getattr_comes(n):
    out = []

    class C:
        def __init__(self):
            self.x = 1

    o = C()
    for i in range(n):
        out.append(o.x)
        if i == 1:
            C.__getattribute__ = lambda self, name: "caught " + name
        if i == 2:
            del C.__getattribute__
            C.__getattr__ = lambda self, name: "missing " + name
            del o.x
        if i == 4:
            C.__setattr__ = lambda self, name, value: object.__setattr__(self, name, "set")
        o.y = i
        out.append(o.y)
    return out


def class_assigned(n):
    out = []
    o = Base(3, 4)
    for i in range(n):
        out.append(o.total())
        out.append(o.a)
        o.__class__ = Child if i % 2 else Base
    return out


def patched(n):
    """A method that is replaced, on the class and on the instance, while it is in use."""
    out = []
    old = Base.total
    o = Base(1)
    for i in range(n):
        out.append(o.total())
        if i == 1:
            Base.total = lambda self: "patched"
        if i == 2:
            Base.total = old
            o.total = lambda: "own"
        if i == 3:
            del o.total
        if i == 4:
            Base.total = property(lambda self: lambda: "property")
        if i == 5:
            Base.total = staticmethod(lambda: "static")
        if i == 6:
            Base.total = classmethod(lambda cls: cls.__name__)
    Base.total = old
    return out


def code_replaced(n):
    out = []

    class C:
        def m(self, x):
            return x + 1

    o = C()
    old = C.m.__code__
    for i in range(n):
        out.append(o.m(i))
        if i == 1:
            C.m.__code__ = (lambda self, x: x * 100).__code__
        if i == 2:
            C.m.__code__ = old
            C.m.__defaults__ = (5,)
        if i > 2:
            out.append(o.m())
    return out


def calls_both(n):
    pairs = [Base(1), Child(2), Slotted(3), Base(1.5), Child(2**62, 2**62)]
    out = []
    for i in range(n):
        for p in pairs:
            for q in pairs[:2]:
                out.append(q.both(p))
                out.append(q.twice)
    return out


def bad_self(n):
    out = []
    for i in range(n):
        for what in (None, 5, "x", [1], Base):
            try:
                out.append(what.total())
            except (AttributeError, TypeError) as e:
                out.append(str(e))
            try:
                what.a = 1
            except AttributeError as e:
                out.append(str(e))
    return out


def old_value_dies(n):
    """The value that was there dies at the assignment, and sees what CPython would show it."""
    o = Base(0)
    for i in range(n):
        o.a = Spy(i)
        LOG.append("stored")
    o.a = None
    return LOG.pop() if LOG else None


class Reaction:
    def __init__(self, owner):
        self.owner = owner

    def __del__(self):
        LOG.append((self.owner.a, sys._getframe(1).f_code.co_name, sys._getframe(1).f_lineno))
        self.owner.a = "set by the end of the old one"


def reacts(n):
    o = Base(0)
    for i in range(n):
        o.a = Reaction(o)
        o.a = i
        LOG.append(o.a)
    return o.a


def raises_at(x, n):
    for i in range(n):
        if i == 2:
            raise ValueError(x, i)
    return x


def raises_class(x):
    if x:
        raise KeyError
    return x


def raises_from(x, cause):
    try:
        raise IndexError(x) from cause
    except IndexError as e:
        return type(e.__cause__).__name__, e.__suppress_context__, str(e)


def raises_odd(x):
    raise x


def raises_odd_cause(x):
    raise ValueError("first") from x


class NoException(Exception):
    def __new__(cls, *args):
        return 5


def raises_in_loop(n):
    out = []
    for i in range(n):
        try:
            if i % 3 == 0:
                raise ValueError(i)
            if i % 3 == 1:
                raise KeyError(i) from None
            raise Base
        except (ValueError, KeyError) as e:
            out.append((repr(e), repr(e.__context__)))
        except TypeError as e:
            out.append(str(e))
        else:
            out.append("none")
        finally:
            out.append("finally")
    return out


def raises_in_handler(n):
    try:
        try:
            raise ValueError(n)
        finally:
            if n:
                raise KeyError(n)
    except Exception as e:
        return repr(e), repr(e.__context__)


class Vector:
    def __init__(self, x, y=0):
        self.x = x
        self.y = y

    def __add__(self, other):
        if other.x == 3:
            return NotImplemented
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, factor):
        if factor == 3:
            return NotImplemented
        return Vector(self.x * factor, self.y * factor)

    def __sub__(self, other):
        return self.x - other.x

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y if other.x else NotImplemented

    def __getitem__(self, index):
        if index > 1:
            raise IndexError(index)
        return self.y if index else self.x

    @property
    def length2(self):
        return self.x * self.x + self.y * self.y

    @property
    def inverse(self):
        return Vector(1 / self.x, 1 / self.y)

    def __repr__(self):
        return f"Vector({self.x!r}, {self.y!r})"


class Other(Vector):
    def __radd__(self, other):
        return "radd", other.x, self.x


class InPlace(Vector):
    def __iadd__(self, other):
        self.x += other.x
        return self


class Listed(list):
    def __init__(self, *items):
        super().__init__(items)

    def __add__(self, other):
        return NotImplemented

    @property
    def x(self):
        return len(self)


def operators(n):
    out = []
    for i in range(n):
        for a in (Vector(i, 2), Other(i, 1), InPlace(1.5, i), 5, Listed(1, i)):
            for b in (Vector(i), Vector(2.5), Other(3), InPlace(2), 2, 1.5, 3, "x", Listed(2)):
                try:
                    out.append(a + b)
                except (TypeError, AttributeError) as e:
                    out.append(str(e))
                try:
                    out.append(a * b)
                except (TypeError, AttributeError) as e:
                    out.append(str(e))
                try:
                    out.append(a - b)
                    out.append(a @ b)
                except (TypeError, AttributeError) as e:
                    out.append(str(e))
    return [show(x) for x in out]


def show(x):
    return repr(x.__dict__) if isinstance(x, Vector) else repr(x)


def in_place(n):
    out = []
    for i in range(n):
        for a in (Vector(i, 2), InPlace(i, 1), 5, [1]):
            for b in (Vector(i), Vector(3), 3, [2]):
                c = a
                try:
                    c += b
                    c *= 2
                except (TypeError, AttributeError) as e:
                    out.append(str(e))
                out.append((show(c), c is a))
    return out


def plus(a, b):
    return a + b


def times(a, b):
    return a * b


def minus(a, b):
    return a - b


def items(n):
    out = []
    for i in range(n):
        for o in (Vector(i, 2), Vector(1.5), [7, 8], (9, 10), {0: 1}, Other(4, 5)):
            try:
                out.append((o[0], o[1], o[i]))
            except (IndexError, KeyError) as e:
                out.append(repr(e))
    return out


def properties(n):
    out = []
    for i in range(n):
        for o in (Vector(i, 2), Vector(1.5), Vector("a"), Other(4, 5), Listed(1), Vector(2**40)):
            try:
                out.append(o.length2)
                out.append(o.inverse.length2)
            except (TypeError, ZeroDivisionError, AttributeError) as e:
                out.append(repr(e))
    return out


def property_patched(n):
    old = Vector.length2
    v = Vector(1, 2)
    out = []
    try:
        for i in range(n):
            out.append(v.length2)
            if i == 0:
                v.__dict__["length2"] = "hidden by the property"
            if i == 1:
                Vector.length2 = property(lambda self: self.x)
            if i == 2:
                Vector.length2 = "plain"
            if i == 3:
                del Vector.length2
            if i == 4:
                Vector.length2 = old.getter(lambda self: -1)
            if i == 5:
                Vector.__getattr__ = lambda self, name: "missing " + name
                Vector.length2 = property(lambda self: self.nothing.nothing)
            if i == 6:
                Vector.length2 = property(lambda self: raises_class(1))
    except KeyError as e:
        out.append(repr(e))
    finally:
        Vector.length2 = old
        if "__getattr__" in Vector.__dict__:
            del Vector.__getattr__
    return out


def add_patched(n):
    old = Vector.__add__
    out = []
    a, b = Vector(1), Vector(2)
    for i in range(n):
        try:
            out.append(show(a + b))
        except TypeError as e:
            out.append(str(e))
        if i == 0:
            Vector.__add__ = lambda self, other: "patched"
        if i == 1:
            del Vector.__add__
        if i == 2:
            Vector.__radd__ = lambda self, other: "reflected"
        if i == 3:
            del Vector.__radd__
            Vector.__add__ = old
        if i == 4:
            Vector.__add__ = lambda *a: len(a)
    Vector.__add__ = old
    return out


class Plain:
    pass


class ReturnsSomething:
    def __init__(self, x):
        self.x = x
        return x


class WithNew:
    def __new__(cls, x):
        return object.__new__(cls) if x else "from __new__"

    def __init__(self, x):
        self.x = x


class Meta(type):
    def __call__(cls, *args):
        return "from the metaclass", super().__call__(*args).x


class WithMeta(metaclass=Meta):
    def __init__(self, x):
        self.x = x


class InheritsInit(Vector):
    __slots__ = ("extra",)


class Abstract:
    def __init__(self, x):
        self.x = x


class Keywords:
    def __init__(self, a, b=2, *, c=3):
        self.all = a, b, c


class Failing:
    def __init__(self, x):
        self.x = Spy(x)
        self.y = 10 // x

    def __del__(self):
        LOG.append(("failing", sorted(self.__dict__)))


def new_objects(n):
    out = []
    for i in range(n):
        out.append(Vector(i).x)
        out.append(Vector(y=i, x=2.5).y)
        out.append(type(InheritsInit(i, 1)).__name__)
        out.append(Plain().__dict__)
        out.append(Keywords(i).all + Keywords(i, c=5).all)
        try:
            out.append(ReturnsSomething(None if i % 2 else i).x)
        except TypeError as e:
            out.append(str(e))
        made = WithNew(i)
        out.append(made if i == 0 else made.x)
        out.append(WithMeta(i))
    return out


def new_fails(n):
    out = []
    for i in range(n):
        try:
            out.append(Failing(i % 2).y)
        except ZeroDivisionError as e:
            out.append(str(e))
        for arguments in ((), (1, 2, 3), (1,)):
            try:
                out.append(Vector(*arguments).x)
            except TypeError as e:
                out.append(str(e))
        try:
            out.append(Vector().x)
        except TypeError as e:
            out.append(str(e))
        try:
            out.append(Vector(1, z=2))
        except TypeError as e:
            out.append(str(e))
    return out


def class_patched(n):
    old = Abstract.__init__
    out = []
    for i in range(n):
        try:
            out.append(sorted(Abstract(i).__dict__.items()))
        except TypeError as e:
            out.append(str(e))
        if i == 0:
            Abstract.__init__ = lambda self, x: setattr(self, "y", x)
        if i == 1:
            Abstract.__abstractmethods__ = frozenset(["missing"])
        if i == 2:
            Abstract.__abstractmethods__ = frozenset()
            Abstract.__new__ = lambda cls, x: object.__new__(Plain)
        if i == 3:
            del Abstract.__new__
            Abstract.__init__ = old
        if i == 4:
            Abstract.__init__ = Vector.__init__
        if i == 5:
            del Abstract.__init__
    Abstract.__init__ = old
    return out


def class_rebound(n):
    global Plain
    old = Plain
    out = []
    for i in range(n):
        out.append(type(Plain()).__name__)
        Plain = Listed if i == 1 else old
    Plain = old
    return out


class Chain:
    def __init__(self, depth):
        self.next = Chain(depth - 1) if depth else None

    def length(self):
        return 1 + self.next.length() if self.next else 1


def deep(n):
    return Chain(n).length()


def too_deep(n):
    """How deep it goes is the recursion limit's to say."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(sys._getframe().f_back.f_code.co_stacksize + 200)
    out = []
    try:
        for depth in range(n, 200, 7):
            try:
                out.append(Chain(depth).length())
            except RecursionError as e:
                out.append(str(e))
    finally:
        sys.setrecursionlimit(limit)
    return out


class Frames:
    def __init__(self):
        frame = sys._getframe()
        self.seen = []
        while frame and len(self.seen) < 3:
            self.seen.append((frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno))
            frame = frame.f_back

    def __add__(self, other):
        return Frames()

    @property
    def again(self):
        return (self + self).seen


def frames(n):
    out = []
    for i in range(n):
        f = Frames()
        out.append(f.seen)
        out.append((f + f).seen)
        out.append(f.again)
    return out


def operand_dies(n):
    """Operands live until the operator's function is done."""

    class Dying:
        def __init__(self, name):
            self.name = name

        def __del__(self):
            LOG.append(self.name)

        def __add__(self, other):
            del self
            name = other.name
            del other
            LOG.append("in add")
            return name

    for i in range(n):
        LOG.append(Dying(("left", i)) + Dying(("right", i)))
    return n


class Refused(Exception):
    def __init__(self, need, have):
        super().__init__(f"need {need}, have {have}")
        self.need = need


class Purse:
    def __init__(self, content):
        if content == 13:
            raise ValueError("unlucky")
        self.content = content

    def take(self, amount):
        if amount > self.content:
            raise Refused(amount, self.content)
        self.content -= amount

    def deeper(self, amount):
        try:
            self.take(amount)
        finally:
            LOG.append(amount)
        return self

    @property
    def checked(self):
        if self.content < 0:
            raise Refused(0, self.content)
        return [self.content]

    def __add__(self, other):
        return Purse(self.content + other.content)


def refused(n):
    """Exceptions of functions that are called directly, caught by their caller, round after round."""
    import traceback

    out = []
    purse = Purse(10)
    for i in range(n):
        try:
            purse.take(i)
            purse.deeper(i).deeper(1)
            out.append((purse + Purse(i + 11)).content)
            out.append(purse.checked)
        except Refused as e:
            lines = [(f.name, f.lineno) for f in traceback.extract_tb(e.__traceback__)]
            out.append((str(e), e.need, lines, repr(e.__context__)))
            purse.content = 10 - i
        except ValueError as e:
            out.append(repr(e))
            purse.content = 5
        else:
            out.append("fine")
        finally:
            out.append(purse.content)
    return out


def not_for_handler(n):
    purse = Purse(n)
    out = []
    for i in range(n):
        try:
            try:
                purse.take(i)
            except KeyError:
                out.append("never")
            out.append(i)
        except Refused as e:
            out.append(str(e))
            if i > 5:
                raise
    return out


class Helpers:
    size = len
    kind = str

    @staticmethod
    def double(x):
        return x * 2

    @classmethod
    def name(cls, x):
        return cls.__name__, x

    def __init__(self):
        self.own = 1


class MoreHelpers(Helpers):
    __slots__ = ("slot",)

    @staticmethod
    def double(x):
        return x * 3


def helpers(n):
    """What is called like a method and does not take self."""
    out = []
    old = Helpers.double
    o, p = Helpers(), MoreHelpers()
    for i in range(n):
        for h in (o, p, Slotted(1)):
            try:
                out.append((h.double(i), h.size("abc"), h.kind(i), h.name(i)))
            except (AttributeError, TypeError) as e:
                out.append(str(e))
        if i == 1:
            Helpers.double = lambda self, x: ("bound", x)
            o.size = lambda x: "own"
        if i == 2:
            Helpers.double = staticmethod(old)
            del o.size
            p.double = abs
        if i == 3:
            Helpers.size = max
            o.__dict__["kind"] = repr
    Helpers.double = staticmethod(old)
    Helpers.size = len
    return out


def changes_all_the_time(n):
    """A class attribute that is assigned in each round: the type has another version each time."""
    out = []
    o = Base(1)
    for i in range(n * 20):
        Base.counter = i
        o.a += 1
        out.append((o.a, o.total(), o.counter, o.twice))
    del Base.counter
    return out[::7]


def class_constants(n):
    """What instances read of their class, until one of them has its own."""

    class C:
        rate = 2
        factory = None

        def __init__(self):
            self.x = 1

    class S:
        __slots__ = ("x",)
        rate = 3

    out = []
    a, b, s = C(), C(), S()
    for i in range(n):
        for o in (a, b, s):
            out.append((o.rate, getattr(o, "factory", 0)))
            out.append(o.rate * 2)
        if i == 1:
            b.rate = "own"
        if i == 2:
            C.rate = S.rate = 5
            del b.rate
        if i == 3:
            a.__dict__["rate"] = "in the dict"
        if i == 4:
            C.rate = property(lambda self: "computed")
        if i == 5:
            del C.rate
            C.__getattr__ = lambda self, name: "missing " + name
    return out


class Hidden:
    limit = 4

    def __init__(self):
        self.x = 1

    def method(self):
        return "method"

    @staticmethod
    def static():
        return "static"


def hidden_by_instance(n):
    """Nothing happens to the class: only an instance gets an attribute under the name of a method."""
    out = []
    objects = [Hidden(), Hidden(), Hidden()]
    for i in range(n):
        for o in objects:
            out.append((o.method(), o.static(), o.limit))
        if i == 2:
            objects[1].method = lambda: "own method"
            objects[1].static = lambda: "own static"
            objects[1].limit = "own limit"
    return out


class Fallback:
    def __init__(self, x):
        self.x = x

    @property
    def lazy(self):
        if self.x == 2:
            raise AttributeError("not yet")
        return self.x

    def __getattr__(self, name):
        return "fallback", name


def falls_back(n):
    """An AttributeError of a property's getter is what __getattr__ is for."""
    return [Fallback(i).lazy for i in range(n)]


def log():
    out = LOG[:]
    LOG.clear()
    return out


def logged(name, *arguments):
    try:
        result = globals()[name](*arguments)
    except Exception as e:
        result = repr(e)
    return result, log()


NS = (0, 1, 3, 8)
class Counted:
    def leaf(self, x):
        return x + 1

    def calls(self, x):
        return self.leaf(x) + 1

    def ends(self, x):
        del Counted.dying
        return self.leaf(x)

    def dying(self, x):
        y = self.ends(x) if x % 2 else self.leaf(x)
        return y + len(self.__dict__)


def references_to_methods(n):
    """A call refers to its function as long as it runs, and no longer."""
    counted = Counted()
    before = [sys.getrefcount(f) for f in (Counted.leaf, Counted.calls, Counted.dying)]
    total = 0
    for i in range(n):
        total += counted.calls(i) + counted.leaf(i) + counted.dying(2 * i)
    after = [sys.getrefcount(f) for f in (Counted.leaf, Counted.calls, Counted.dying)]
    kept, reference = Counted.dying, weakref.ref(Counted.dying)
    code, kept = kept.__code__, None
    total += counted.dying(2 * n + 1)
    gone = reference() is None
    Counted.dying = types.FunctionType(code, globals())  # for the next call
    return total, [b - a for a, b in zip(after, before)], gone


class Low:
    def __init__(self, a):
        self.a = a

    def name(self, x=0):
        return "low", self.a, x

    def __repr__(self):
        return type(self).__name__

    @classmethod
    def of_class(cls):
        return "low", cls.__name__

    @staticmethod
    def static(x):
        return "low", x

    @property
    def shown(self):
        return "low shown"


class Left(Low):
    def __init__(self, a, b):
        super(Left, self).__init__(a)
        self.b = b

    def name(self, x=0):
        return ("left",) + super(Left, self).name(x)

    @classmethod
    def of_class(cls):
        return ("left",) + super(Left, cls).of_class()

    def static_too(self, x):
        return super(Left, self).static(x), super(Left, self).of_class(), super(Left, self).shown


class Right(Low):
    def name(self, x=0):
        return ("right",) + super(Right, self).name(x=x)


class Both(Left, Right):
    def name(self, x=0):
        first = super(Both, self).name(x)
        return ("both",) + first + super(Left, self).name(x + 1)


class OverLow(Low):
    def name(self, x=0):
        return ("over",) + super(Super_class, self).name(x)


Super_class = OverLow


def supers(n):
    out = []
    for i in range(n):
        for o in (Left(i, 2), Both(i, 2), Right(i)):
            out.append(o.name(i))
            out.append(super(type(o), o).name(i))
        out.append((Left.of_class(), Both.of_class(), Both(i, 1).static_too(i), o.a))
    return out


def super_patched(n):
    global Super_class
    out, o, name = [], OverLow(1), Low.name
    for i in range(n):
        try:
            out.append(o.name(i))
        except Exception as e:
            out.append(repr(e))
        if i == 1:
            Low.name = lambda self, x: ("other", x)
        elif i == 2:
            Super_class = Low
        elif i == 3:
            Super_class = 5
        elif i == 4:
            Super_class = Right
        elif i == 5:
            Super_class = OverLow
            del Low.name
    Low.name, Super_class = name, OverLow
    return out


def super_of(c, o, n):
    out = []
    for _ in range(n):
        try:
            out.append(super(c, o).name(n))
        except Exception as e:
            out.append((type(e), str(e)))
    return out


class MetaLow(type):
    def name(cls, x=0):
        return "meta", cls.__name__, x


class MetaHigh(MetaLow):
    def name(cls, x=0):
        return ("high",) + (super(MetaHigh, cls).name(x) if x % 2 else super().name(x))


class MetaMeta(MetaHigh, metaclass=MetaHigh):
    pass


class OfMeta(metaclass=MetaHigh):
    pass


def super_of_types(n):
    """Of a metaclass that is an instance of the class, too, super() gives functions that are not bound."""
    out = []
    for i in range(n):
        for c in (OfMeta, MetaMeta, OfMeta):
            try:
                out.append(MetaHigh.name(c, i))
            except Exception as e:
                out.append((type(e), str(e)))
    return out


def super_dies(n):
    """The object is the call's own, and goes with it."""
    out = []
    for i in range(n):
        out.append(super(SpyOver, SpyOver(i)).said())
        out.append(log())
    return out


class SpyUnder(Spy):
    def said(self):
        return self.name


class SpyOver(SpyUnder):
    def said(self):
        return "over"



CASES = [(f, (n,)) for f in (of_many, of_one, of_slots, floats, float_slots, order, with_dict, class_hides, property_comes, getattr_comes, class_assigned, patched, code_replaced, calls_both, bad_self) for n in NS]
CASES += [(logged, (f, n)) for f in ("missing", "old_value_dies", "reacts", "property_comes") for n in NS]
CASES += [(raises_at, (x, n)) for x in (1, "x", None) for n in (1, 3)] + [(raises_class, (x,)) for x in (0, 1)]
CASES += [(raises_from, (x, c)) for x in (1, "x") for c in (None, KeyError, KeyError("c"), 5)]
CASES += [(raises_odd, (x,)) for x in (5, None, Base, ValueError, ValueError("x"), NoException)]
CASES += [(raises_odd_cause, (x,)) for x in (5, None, Base, KeyError, NoException)]
CASES += [(f, (n,)) for f in (raises_in_loop, raises_in_handler) for n in (0, 1, 5)]
CASES += [(f, (n,)) for f in (operators, in_place, items, properties, property_patched, add_patched, new_objects, class_patched, class_rebound, frames, deep, too_deep) for n in (0, 1, 2, 8)]
CASES += [(f, (a, b)) for f in (plus, times, minus) for a, b in ((1, 2), (1.5, 2), ("a", "b"), ([1], [2]), ("a", 2), ("a", 1), (None, 1))]
CASES += [(logged, (f, n)) for f in ("new_fails", "operand_dies") for n in NS]
CASES += [(logged, (f, n)) for f in ("refused", "not_for_handler") for n in (0, 2, 6, 9)]
CASES += [(f, (n,)) for f in (helpers, changes_all_the_time) for n in (0, 1, 3, 6)]
CASES += [(class_constants, (n,)) for n in (0, 1, 2, 4, 8)]
CASES += [(f, (n,)) for f in (hidden_by_instance, falls_back) for n in (1, 3, 6)]
CASES += [(references_to_methods, (n,)) for n in (5, 50)]
CASES += [(f, (n,)) for f in (supers, super_patched, super_of_types, super_dies) for n in (1, 3, 12)]
CASES += [(super_of, (c, o, 12)) for c, o in ((Left, Both(1, 2)), (Low, Both(1, 2)), (Left, Right(1)), (5, Left(1, 2)), (Low, None), (Left, Left), (type, MetaHigh), (type, OfMeta), (MetaHigh, OfMeta))]
