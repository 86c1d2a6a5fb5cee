"""Attributes whose instance is replaced by another one of the same class: alone, seen by others, watched, with other attributes than
their __init__ stores, of another class, nested, and of classes that change or whose instances end loudly."""
import weakref

CASES = []
LOG = []


class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def scaled(self, k):
        return Vec(self.x * k, self.y * k)


class Spare:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Spare(self.x + other.x, self.y + other.y)

    def scaled(self, k):
        return Spare(self.x * k, self.y * k)


class Seen(Spare):
    __slots__ = ("__weakref__", "more")

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Seen(self.x + other.x, self.y + other.y)

    def scaled(self, k):
        return Seen(self.x * k, self.y * k)


class Loud:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Loud(self.x + other.x, self.y + other.y)

    def scaled(self, k):
        return Loud(self.x * k, self.y * k)

    def __del__(self):
        LOG.append((self.x, self.y))


class Holder:
    def __init__(self, place, speed):
        self.place = place
        self.speed = speed

    def move(self, dt):
        self.place = self.place + self.speed.scaled(dt)

    def twice(self, dt):
        self.place = self.place + self.speed.scaled(dt)
        self.place = self.place.scaled(0.5)
        return self.place.x


class Slotted:
    __slots__ = ("place", "speed")

    def __init__(self, place, speed):
        self.place = place
        self.speed = speed

    def move(self, dt):
        self.place = self.place + self.speed.scaled(dt)


def log():
    seen = list(LOG)
    LOG.clear()
    return seen


def state(o):
    own = dict(o.__dict__) if hasattr(o, "__dict__") else {n: getattr(o, n, "none") for n in ("x", "y", "more")}
    return type(o).__name__, sorted(own.items(), key=str)


def alone(kind, holder, n, x, dt):
    h = holder(kind(x, 1), kind(2.5, x))
    for _ in range(n):
        h.move(dt)
    return state(h.place), state(h.speed), log()


def shared(kind, n, x):
    h = Holder(kind(x, 1.0), kind(2.5, x))
    kept = []
    for i in range(n):
        if i % 3 == 1:
            kept.append(h.place)
        h.move(0.25)
    return [state(k) for k in kept], state(h.place), len({id(k) for k in kept}), log()


def numbers_kept(kind, n):
    h = Holder(kind(1.0, 2.0), kind(0.5, 0.5))
    kept = []
    for i in range(n):
        kept.append(h.place.x)
        h.move(0.5)
    return kept, state(h.place)


def watched(n):
    h = Holder(Seen(1.0, 2.0), Seen(0.5, 0.5))
    died = []
    refs = []
    for i in range(n):
        if i % 2:
            refs.append(weakref.ref(h.place, lambda r, i=i: died.append(i)))
        h.move(0.5)
    return died, [r() is None for r in refs], state(h.place)


def watched_vec(n):
    h = Holder(Vec(1.0, 2.0), Vec(0.5, 0.5))
    died = []
    refs = []
    for i in range(n):
        if i % 2:
            refs.append(weakref.ref(h.place, lambda r, i=i: died.append(i)))
        h.move(0.5)
    return died, [r() is None for r in refs], state(h.place)


def more_attributes(kind, n):
    h = Holder(kind(1.0, 2.0), kind(0.5, 0.5))
    for i in range(n):
        if i % 3 == 0:
            h.place.more = i
        h.move(0.5)
        if hasattr(h.place, "more"):
            return "kept", state(h.place)
    return state(h.place)


def fewer_attributes(n):
    h = Holder(Vec(1.0, 2.0), Vec(0.5, 0.5))
    order = []
    for i in range(n):
        a = h.place
        x = a.x
        if i % 2:
            del a.x
            a.x = x
        del a
        h.move(0.5)
        order.append(list(h.place.__dict__))
    return order, state(h.place)


def taken_dict(n):
    h = Holder(Vec(1.0, 2.0), Vec(0.5, 0.5))
    kept = []
    for i in range(n):
        if i % 2:
            kept.append(h.place.__dict__)
        h.move(0.5)
    return kept, state(h.place)


class Child(Vec):
    pass


def other_class(n):
    h = Holder(Child(1.0, 2.0), Vec(0.5, 0.5))
    kinds = []
    for i in range(n):
        if i % 3 == 2:
            h.place = Child(h.place.x, 0.5)
        if i % 4 == 3:
            h.place.__class__ = Child
        h.move(0.5)
        kinds.append(type(h.place).__name__)
    return kinds, state(h.place)


def other_values(n, value):
    h = Holder(Vec(1.0, 2.0), Vec(0.5, 0.5))
    seen = []
    for i in range(n):
        if i == n // 2:
            h.place.x = value
        if i == n // 2 + 2:
            h.speed.y = value
        h.move(0.5)
        seen.append(state(h.place))
    return seen


def twice(n):
    h = Holder(Vec(1.0, 2), Vec(0.5, 3))
    return [h.twice(0.5) for _ in range(n)], state(h.place)


def ints(n, x):
    h = Holder(Vec(x, 2), Vec(7, x))
    kept = []
    for i in range(n):
        h.move(3)
        if i % 4 == 0:
            kept.append(h.place.x)
    return kept, state(h.place)


def itself(n):
    h = Holder(Vec(1.0, 2.0), None)
    h.speed = h.place
    out = []
    for _ in range(n):
        h.move(0.5)
        out.append((state(h.place), state(h.speed), h.place is h.speed))
        h.speed = h.place
    return out


class Named:
    bounces = 0

    def __init__(self, place, speed):
        self.place = place
        self.speed = speed

    def move(self, dt):
        self.place = self.place + self.speed.scaled(dt)
        if not 0.0 <= self.place.x <= 10.0:
            self.bounce()

    def bounce(self):
        self.bounces += 1
        self.speed.x = -self.speed.x


class Heavy(Named):
    def move(self, dt):
        self.speed.y -= 9.81 * dt
        super().move(dt)


class Heavier(Heavy):
    def move(self, dt):
        super().move(dt * 0.5)
        super().move(dt * 0.5)


def kinds_of_particles(n, rounds):
    particles = [(Named, Heavy, Heavier)[i % 3](Spare(i * 0.25, 0.0), Spare(1.0 + i * 0.1, 0.5)) for i in range(n)]
    for _ in range(rounds):
        for particle in particles:
            particle.move(0.05)
    return [(state(p.place), p.bounces, "bounces" in p.__dict__) for p in particles]


def placed(name, a, b):
    try:
        h = Holder(a, b)
        h.move(2)
        return name, state(h.place)
    except Exception as e:
        return name, type(e).__name__, str(e)


def strange(n):
    pairs = [(Vec(1, 2), Vec(3, 4)), (Vec("a", "b"), Vec("c", "d")), (Spare(1, 2), Spare(1.5, 2)), (1, Vec(1, 2)), (Vec(1, 2), 3),
             (Vec([1], (2,)), Vec([3], (4,))), (Vec(None, 1), Vec(2, 3)), (Vec(10**30, 1), Vec(2.5, 2**62))]
    return [placed(i % len(pairs), *pairs[i % len(pairs)]) for i in range(n)]


class Changing:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Changing(self.x + other.x, self.y + other.y)

    def scaled(self, k):
        return Changing(self.x * k, self.y * k)


def class_changes(n):
    h = Holder(Changing(1.0, 2.0), Changing(0.5, 0.25))
    out = []
    for i in range(n):
        if i == 5:
            Changing.__del__ = lambda self: LOG.append(self.x)
        if i == 9:
            del Changing.__del__
        if i == 12:
            Changing.x = property(lambda self: 100, lambda self, v: self.__dict__.__setitem__("x", v))
        if i == 14:
            del Changing.x
        h.move(0.5)
        out.append((h.place.x, h.place.y, log()))
    return out


class Tree:
    def __init__(self, value, left, right):
        self.value = value
        self.left = left
        self.right = right


class Counter:
    def __init__(self, n):
        self.n = n

    def next(self):
        return Counter(self.n + 1)


class Root:
    def __init__(self):
        self.counter = Counter(0)
        self.tree = Tree(0, None, None)

    def step(self):
        self.counter = self.counter.next()
        self.tree = Tree(self.counter.n, self.tree, None)
        if self.counter.n % 4 == 0:
            self.tree = Tree(0, None, None)


def stepped(n):
    r = Root()
    out = []
    for _ in range(n):
        r.step()
        out.append((r.counter.n, r.tree.value, r.tree.left.value if r.tree.left else None))
    return out


class Frozen:
    def __init__(self, place):
        object.__setattr__(self, "place", place)

    def __setattr__(self, name, value):
        LOG.append((name, value.x))
        object.__setattr__(self, name, value)

    def move(self):
        self.place = self.place.scaled(2.0)


class Propertied:
    def __init__(self, place):
        self._place = place

    @property
    def place(self):
        return self._place

    @place.setter
    def place(self, value):
        LOG.append(value.x)
        self._place = value

    def move(self):
        self.place = self.place.scaled(2.0)


def guarded(kind, n):
    h = kind(Vec(1.0, 2.0))
    for _ in range(n):
        h.move()
    return state(h.place), log()


for kind in (Vec, Spare, Seen, Loud):
    for holder in (Holder, Slotted):
        CASES += [(alone, (kind, holder, n, x, dt)) for n, x, dt in ((0, 1.0, 0.5), (12, 1.5, 0.25), (12, 3, 2), (12, 2**61, 2.0), (9, 2**62, 5))]
    CASES += [(shared, (kind, n, x)) for n, x in ((9, 1.0), (20, 3))]
    CASES += [(numbers_kept, (kind, 12))]
CASES += [(watched, (12,)), (watched_vec, (12,)), (more_attributes, (Vec, 9)), (more_attributes, (Seen, 9)), (fewer_attributes, (12,)), (taken_dict, (12,))]
CASES += [(other_class, (16,)), (twice, (12,)), (ints, (20, 1)), (ints, (20, 2**60)), (itself, (9,)), (kinds_of_particles, (9, 30)), (strange, (24,))]
CASES += [(other_values, (10, v)) for v in (3, 2**70, True, float("nan"), -0.0, "x", None, [1])]
CASES += [(class_changes, (18,)), (stepped, (14,)), (guarded, (Frozen, 9)), (guarded, (Propertied, 9))]
