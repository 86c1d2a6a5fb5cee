"""Attributes of instances where CPython's inline caches have found them in the instance itself: read without a reference,
and everything that may be seen or changed while such a value is in use."""
import sys

LOG = []


def log():
    out = LOG[:]
    LOG.clear()
    return out


class Noted:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append(self.name)


class Box:
    limit = 7

    def __init__(self, value):
        self.value = value
        self.items = [1, 2.5, "three", (4,)]
        self.count = 0


class Slots:
    __slots__ = ("value", "items", "count")
    limit = 8

    def __init__(self, value):
        self.value = value
        self.items = [value]
        self.count = 0


class Other(Box):
    def __init__(self, value):
        self.first = 0
        Box.__init__(self, value)


class Third(Box):
    def __init__(self, value):
        self.first = self.second = 0
        Box.__init__(self, value)


class Fourth(Box):
    def __init__(self, value):
        self.count = 0
        self.value = value
        self.items = []


class Fifth(Slots):
    __slots__ = ("more",)


class Sixth(Fourth):
    pass


class Property:
    count = 3

    @property
    def value(self):
        LOG.append("property")
        return self.count


class Fallback:
    def __getattr__(self, name):
        LOG.append(name)
        return 5 if name == "value" else [5]


class Override:
    def __getattribute__(self, name):
        LOG.append(name)
        return 6


def read(o):
    return o.value


def item(o, i):
    return o.items[i]


def add(o, n):
    total = 0
    for i in range(n):
        total += o.value
        o.count += 1
    return total, o.count


def tried(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return repr(e)


def warm(f, *more):
    for _ in range(12):
        for o in (Box(3), Box(4)):
            f(o, *more)


def several(n):
    warm(read)
    classes = (Box, Other, Third, Fourth, Slots, Fifth, Sixth, Property, Fallback, Override)
    return [tried(read, c(i) if i < 7 else c()) for i, c in enumerate(classes[:n])], log()


def many_times(n):
    """More classes than a cache has entries, again and again."""
    warm(read)
    objects = [c(i) for i, c in enumerate((Box, Other, Third, Fourth, Slots, Fifth, Sixth))]
    return sum(read(objects[i % 7]) for i in range(40 * n))


def items(n):
    warm(item, 0)
    return [tried(item, c(i), n) for i, c in enumerate((Box, Other, Third, Fourth, Slots, Fifth))]


def missing(n):
    warm(read)
    box = Box(n)
    del box.value
    first = tried(read, box)
    slots = Slots(n)
    del slots.value
    return first, tried(read, slots), tried(read, n), tried(read, None)


def of_dict(n):
    """Instances with a dict of their own, and what the class has when it has gone from there."""
    warm(read)
    box = Box(n)
    box.__dict__["more"] = n
    a = read(box)
    box.__dict__ = {"value": "new"}
    b = read(box)
    box.__dict__ = {n: n, "value": "odd"}
    c = read(box)
    box.__dict__ = {}
    d = tried(read, box)
    Box.value = "class"
    e = read(box), read(Box(n))
    del Box.value
    return a, b, c, d, e, tried(read, box)


def becomes_property(n):
    warm(read)
    box = Box(n)
    a = read(box)
    Box.value = property(lambda self: ("property", self.count), lambda self, v: None)
    b = read(box)
    del Box.value
    return a, b, read(box)


def class_assigned(n):
    warm(read)
    box = Box(n)
    a = read(box)
    box.__class__ = Sixth
    b = tried(read, box)
    return a, b, type(box).__name__


def counts(n):
    warm(add, 3)
    return add(Box(n), n), add(Slots(n), n), tried(add, Property(), n), log()


def limit_of(o):
    return o.limit + o.count


def limits(n):
    warm(limit_of)
    box = Box(n)
    a = limit_of(box)
    Box.limit = 100
    b = limit_of(box)
    box.limit = 1000
    c = limit_of(box)
    Box.limit = 7
    return a, b, c, limit_of(Slots(n)), limit_of(Other(n))


def replaced_while_used(o, other):
    return o.value, o.replace(other), o.value.name


class Holder:
    def __init__(self, value):
        self.value = value

    def replace(self, other):
        self.value = other
        LOG.append("replaced")
        return other.name


def holders(n):
    for i in range(20):
        result = replaced_while_used(Holder(Noted("old")), Noted("new"))
        LOG.append((result[1], result[2], sys.getrefcount(result[0])))
    del result
    return log()[-5:]


def of_temporary(name):
    return Holder(Noted(name)).value


def temporaries(n):
    for i in range(20):
        noted = of_temporary(i)
        LOG.append(noted.name)
    del noted
    return log()


def chain(n):
    head = None
    for i in range(30 + n):
        node = Holder(i)
        node.next = head
        head = node
    total = 0
    while head is not None:
        total += head.value
        head = head.next
    return total


def cut_while_used(head):
    after = head.next
    head.next = None
    name = after.value.name
    head = after.next
    return name, head and head.value.name


def cuts(n):
    for _ in range(15):
        a, b, c = Holder(Noted("a")), Holder(Noted("b")), Holder(Noted("c"))
        a.next, b.next, c.next = b, c, None
        del b, c
        LOG.append(cut_while_used(a))
    del a
    return log()


def swap(o, n):
    for _ in range(n):
        o.left, o.right = o.right, o.left
    return o.left, o.right


def swaps(n):
    for _ in range(12):
        h = Holder(0)
        h.left, h.right = Noted("l"), 2.5
        swap(h, 2)
    left, right = swap(h, n)
    return getattr(left, "name", left), getattr(right, "name", right)


def float_in_place(o, n):
    before = o.value
    for _ in range(n):
        o.value = o.value + 0.5
    return before, o.value


def in_place(n):
    for _ in range(12):
        float_in_place(Box(1.25), 3)
    box = Box(n + 0.25)
    kept = box.value
    result = float_in_place(box, n)
    return result, kept, box.value


def int_in_place(o, n):
    before = o.value
    for _ in range(n):
        o.value = o.value + 1000
    return before, o.value


def ints_in_place(n):
    for _ in range(12):
        int_in_place(Box(1234567), 3)
    box = Box(n + 123456789)
    kept = box.value
    return int_in_place(box, n), kept, box.value, tried(int_in_place, Box("x"), 1), tried(int_in_place, Box(2**62), 2**3)


def in_loop(o, n):
    total = 0
    for i in range(n):
        total += o.items[i & 3] * o.value
    return total


def loops(n):
    for _ in range(12):
        b = Box(2)
        b.items = [1, 2, 3, 4]
        in_loop(b, 9)
    c = Box(n)
    c.items = [n, n + 1, n + 2, n + 3]
    d = Slots(n)
    d.items = (5, 6, 7, 8)
    return in_loop(c, 5000), in_loop(d, 10), tried(in_loop, Fallback(), 5), log()[:4]


class Speaker:
    def __init__(self, n):
        self.n = n

    def say(self, x):
        return ("speaker", self.n, x)

    def up(self, by):
        self.n += by
        return self.n


class Loud(Speaker):
    def say(self, x):
        return ("loud", self.n, x)


class Quiet:
    __slots__ = ("n",)

    def __init__(self, n):
        self.n = n

    def say(self, x):
        return ("quiet", self.n, x)


class Static:
    n = 4

    @staticmethod
    def say(x):
        return ("static", x)

    @classmethod
    def up(cls, x):
        return (cls.__name__, x)


class Dynamic:
    def __getattr__(self, name):
        LOG.append(name)
        return 9 if name == "n" else lambda x: (name, x)


def say(o, x):
    return o.say(x)


def ups(o, n):
    for i in range(n):
        o.up(i)
    return o.n


def warm_say():
    for i in range(12):
        say(Speaker(1), i)
        ups(Speaker(2), 3)


def said(n):
    warm_say()
    speakers = [Speaker(n), Loud(n), Quiet(n), Static(), Static, Dynamic(), n, None, Speaker]
    return [tried(say, o, n) for o in speakers], [tried(ups, o, n) for o in speakers[:2] + speakers[3:]], log()


def said_by_many(n):
    warm_say()
    more = [type("Made%d" % i, (Speaker,), {"say": lambda self, x, i=i: (i, self.n, x)}) for i in range(6)]
    speakers = [c(n) for c in [Speaker, Loud, Quiet] + more]
    return [say(speakers[i % 9], i)[0] for i in range(30)]


def hidden(n):
    warm_say()
    o = Speaker(n)
    a = say(o, 1)
    o.say = lambda x: ("hidden", x)
    b = say(o, 2)
    del o.say
    c = say(o, 3)
    o.__dict__["say"] = lambda x: ("in the dict", x)
    d = say(o, 4)
    del o.__dict__["say"]
    e = say(o, 5)
    o.__dict__ = {n: 1, "n": 2}
    return a, b, c, d, e, say(o, 6), say(Speaker(7), 7)


def replaced(n):
    warm_say()
    o, old = Speaker(n), Speaker.say
    a = say(o, 1)
    Speaker.say = lambda self, x: ("new", self.n, x)
    b = say(o, 2)
    Speaker.say = staticmethod(lambda x: ("new static", x))
    c = say(o, 3)
    Speaker.say = 5
    d = tried(say, o, 4)
    del Speaker.say
    e = tried(say, o, 5)
    Speaker.say = old
    return a, b, c, d, e, say(o, 6)


def gone_meanwhile(o, make):
    return o.say(make())


def forget_method():
    Dying.say = lambda self, x: ("later", x)
    LOG.append("replaced")
    return 5


class Dying:
    def say(self, x):
        return ("before", x)


def methods_go(n):
    for i in range(12):
        gone_meanwhile(Speaker(1), lambda: i)
    class Dying2(Speaker):
        pass
    results = []
    for i in range(n):
        Dying.say = lambda self, x: ("before", x)
        results.append(gone_meanwhile(Dying(), forget_method))
        results.append(gone_meanwhile(Dying2(i), lambda: setattr(Dying2, "say", lambda self, x: ("set", x))))
    return results, log()


def self_goes(n):
    """The object is a temporary, or its place is given to another while the arguments are computed."""
    warm_say()
    o = Speaker(n)

    def make():
        nonlocal o
        o = Loud(n)
        return 1

    def call():
        return o.say(make())

    for _ in range(12):
        o = Speaker(n)
        a = call()
    return a, say(Speaker(Noted("temporary")), 2)[0], log()


class Stored:
    def __init__(self, weight):
        self.weight = weight


class StoredToo(Stored):
    def __init__(self, weight, has):
        if has:
            self.weight = weight
        self.other = 1


class Defaulted(Stored):
    weight = 17

    def __init__(self):
        self.other = 2


class Asked:
    def __getattr__(self, name):
        LOG.append(name)
        return 4.5


class InSlot:
    __slots__ = ("mass",)

    def __init__(self, mass):
        self.mass = mass


class InSlotToo(InSlot):
    __slots__ = ("more",)


class NotInSlot:
    mass = 3


def weigh(o, n):
    total = 0
    for _ in range(n):
        total += o.weight
        o.weight = o.weight + 1
    return total


def weight_of(o):
    return o.weight


def mass_of(o):
    return o.mass


def shown(f, *args):
    try:
        return f(*args)
    except AttributeError as e:
        return str(e), e.name, e.obj is args[0]


def of_many_classes(n):
    """CPython's caches give up where instances of several classes come."""
    taken = Stored(5)
    taken.__dict__["weight"] = 6.5
    later = Stored(7)
    del later.weight
    big = Stored(2**64)
    all = [Stored(1), StoredToo(2, True), StoredToo(3, False), Defaulted(), taken, later, big, Asked(), 8, None, Stored("text"), Stored]
    seen = []
    for _ in range(n):
        seen += [shown(weight_of, o) for o in all]
        later.weight = n
    return seen, [shown(weigh, o, n) for o in all[:6]], log()


def of_slots(n):
    """The same of classes with __slots__."""
    empty = InSlotToo(1)
    del empty.mass
    all = [InSlot(1), InSlotToo(2.5), empty, NotInSlot(), NotInSlot, 3]
    seen = []
    for _ in range(n):
        seen += [shown(mass_of, o) for o in all]
    return seen, log()


def count_for(f, n):
    f.calls += n
    return f.calls


def put(o, value):
    o.kept = value


def functions_given(n):
    """Attributes in dicts that functions, exceptions and others point to."""
    import functools
    import gc

    def plain():
        pass

    def other():
        pass

    def replaced():
        pass

    def own():
        pass

    def with_others():
        pass

    class Tells:
        def __init__(self, name):
            self.name = name

        def __del__(self):
            log_of("end " + self.name)

    partial, error = functools.partial(plain), ValueError(1)
    all = [plain, other, replaced, own, with_others, partial, error, Shadowing()]
    with_others.first, with_others.second = 1, 2
    replaced.__dict__ = {"a": 1, "calls": 2**62, 5: 6}
    own.__dict__ = type("Own", (dict,), {})(calls=1)
    for f in all:
        if f not in (replaced, own):
            f.calls = 0
    seen = []
    for k in range(n):
        seen.append([shown(count_for, f, k * 2**60) for f in all])
        for f in all:
            put(f, [k, f] if k % 2 else k)
            put(f, Tells(f"{k}"))
        gc.collect()
        seen.append([gc.is_tracked(vars(f)) for f in all])
        if k == 2:
            del other.calls
            plain.__dict__ = {"calls": 1.5}
    seen.append([sorted(map(str, vars(f))) for f in all])
    for f in all:
        vars(f).clear()
    return seen, [shown(count_for, f, 1) for f in all], log()


class Shadowing(Exception):
    @property
    def calls(self):
        return 7

    @calls.setter
    def calls(self, value):
        log_of(f"calls {value}")


def log_of(text):
    LOG.append(text)


class Grown:
    """More than its instances' keys have room for, once there are many of them."""
    kind = "of the class"

    def __init__(self, number):
        self.number = number
        self.half = number / 2
        self.color = 0

    def link(self, to):
        self.links = [to]
        self.best = self
        self.total = number_of(self)
        self.flag = False

    def number_of_me(self):
        return self.number

    def best_of(self, again):
        best = self.best
        if best.number != self.number and again:
            return best.best_of(again - 1)
        return best

    def change(self, by):
        self.total += by
        self.half += by
        self.color ^= by
        self.flag = not self.flag
        return self.total, self.half, self.color, self.flag, self.kind

    @classmethod
    def made(cls, number):
        return cls(number)

    @staticmethod
    def doubled(x):
        return x * 2


class GrownMore(Grown):
    kind = "of the subclass"


def number_of(o):
    return o.number_of_me()


def grown_uses(o, k):
    seen = [told_of(o.change, k), told_of(o.number_of_me), told_of(number_of, o), told_of(o.doubled, k), o.kind, o.links[0].kind]
    try:
        seen += [o.best_of(3).number, o.total, type(o.made(k)).__name__]
    except Exception as e:
        seen.append(str(e))
    return seen


def told_of(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return type(e).__name__, str(e)


def dicts_of_their_own(n):
    """Instances that have dicts instead of values: no room was left for what they were given later, or the dict was
    asked for."""
    import gc

    all = [(GrownMore if k % 3 == 2 else Grown)(k) for k in range(60)]
    for k, o in enumerate(all):
        o.link(all[k - 1])
        if k % 4 == 1:
            o.best = all[k - 1]
    seen = [list(vars(all[0])), list(vars(all[-1]))]
    for k in range(n):
        for o in all[k % 7::7]:
            seen.append(told_of(grown_uses, o, k * 2**59))
        o = all[k % 9]
        held = vars(o).get("total"), vars(o).get("half")
        seen.append([told_of(o.change, 1), held, gc.is_tracked(vars(o))])
        if k == 1:
            vars(all[3])["number_of_me"] = lambda: "hidden"
            vars(all[4])["kind"] = "hidden"
            vars(all[5])["doubled"] = str
            vars(all[6])["made"] = lambda number: number
            del all[7].total, all[8].number
            all[9].total = all[9].best = Noted("best")
            all[0].__dict__ = {"total": 2.5, "half": 1, "number": 3, "best": all[1], "color": 1, "flag": 0, "links": [all[2]]}
            all[1].__dict__ = type("Own", (dict,), {"__getitem__": lambda d, key: 1 / 0})(vars(all[1]))
            all[2].__dict__[n] = n
        if k == 2:
            all[0].__dict__.clear()
            Grown.kind = "replaced"
            all[9].best = all[9].total = 2**64
            seen.append(log())
        if k == 4:
            Grown.number = property(lambda self: 77, lambda self, value: LOG.append(value))
            seen.append(log())
        if k == 5:
            del Grown.number
    seen.append([list(vars(o)) for o in all])
    Grown.kind = "of the class"
    return seen, log()


def given_late(n):
    """The same where keys still have room, and some dicts were asked for."""
    class Late:
        def __init__(self, k):
            self.a = k

        def get(self):
            return self.a

        def put(self, k):
            self.a = k
            self.b = [k]
            self.c = k * 0.5
            self.a += 1
            return self.a

    all = [Late(k) for k in range(6)]
    seen = []
    for k in range(n):
        for o in all:
            seen.append((o.put(k), o.get(), o.b, o.c, getattr(o, "d", None)))
        all[k % 6].__dict__
        all[k % 5].d = k
        if k == 3:
            all[1].get = lambda: "own"
            del all[2].a
            seen.append(told_of(all[2].get))
    return seen, [[(name, value) for name, value in vars(o).items() if name != "get"] for o in all]


NS = (0, 1, 3, 10)

class FrozenPair:
    """As a frozen dataclass."""

    def __init__(self, a, b):
        object.__setattr__(self, "a", a)
        object.__setattr__(self, "b", b)

    def __setattr__(self, name, value):
        raise AttributeError(f"cannot assign to field {name!r}")

    def __repr__(self):
        return f"FrozenPair({self.a!r}, {self.b!r})"


class FrozenChild(FrozenPair):
    @property
    def c(self):
        return self.a

    @c.setter
    def c(self, value):
        object.__setattr__(self, "a", (self.a, value))


class FrozenSlots:
    __slots__ = ("a",)
    __setattr__ = FrozenPair.__setattr__


class OwnInt(int):
    pass


def makes_frozen(a, n):
    found = []
    for i in range(n):
        p = (FrozenPair, FrozenChild)[i % 2](a, i)
        found.append((p.a, p.b, vars(p)))
    try:
        p.a = 3
    except AttributeError as e:
        found.append(str(e))
    return found


def sets(o, name, value):
    """What object.__setattr__() gives, or raises, the first time and later."""
    found = []
    for i in range(3):
        try:
            found.append(object.__setattr__(o, name, value))
        except Exception as e:
            found.append((type(e).__name__, str(e)))
    found.append(getattr(o, name, None) if isinstance(name, str) else None)
    return found


def sets_of(which, name, value):
    return sets((FrozenChild(1, 2), FrozenSlots(), OwnInt(3), FrozenPair, object(), 3, "s", [], sets)[which], name, value)


def sets_wrong(n):
    found = []
    for arguments in ((), (1,), (FrozenPair(1, 2), "a"), (FrozenPair(1, 2), "a", 1, 2)):
        for i in range(n):
            try:
                object.__setattr__(*arguments)
            except TypeError as e:
                found.append(str(e))
    return found


def set_by_other(n):
    """Of other classes than object."""
    found = []
    for i in range(n):
        for c, o in ((type, FrozenPair), (int, 3), (FrozenPair, FrozenPair(1, 2))):
            try:
                c.__setattr__(o, "d", i)
                found.append(getattr(o, "d", None))
            except Exception as e:
                found.append((type(e).__name__, str(e)))
    del FrozenPair.d
    return found


def changes_class(n):
    """Another way to set attributes comes in between."""
    class Base:
        pass

    class Derived(Base):
        pass

    found = []
    for i in range(n):
        o = Derived()
        object.__setattr__(o, "a", i)
        if i == n // 2:
            Base.__setattr__ = lambda self, name, value: found.append(name)
        o.b = i
        found.append(vars(o))
    return found


CASES = [(f, (n,)) for f in (several, many_times, items, missing, of_dict, becomes_property, class_assigned, counts, limits,
                             holders, temporaries, chain, cuts, swaps, in_place, ints_in_place, loops, said,
                             said_by_many, hidden, replaced, methods_go, self_goes, of_many_classes, of_slots, functions_given,
                             dicts_of_their_own, given_late) for n in NS]
CASES += [(makes_frozen, (a, n)) for a in (1, 2.5, "s") for n in (1, 2, 9)]
CASES += [(sets_of, (which, name, value)) for which in range(9) for name, value in (("a", 1), ("c", [2]), ("__class__", 3), (4, 5), ("f", None))]
CASES += [(f, (n,)) for f in (sets_wrong, set_by_other, changes_class) for n in (1, 3, 8)]
