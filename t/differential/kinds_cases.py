"""Methods that instances of several classes have from one, and such that each class has of its own: what CPython was seen to
call is expected, and everything else may come.  Frames of these that are made only when somebody looks."""
import sys

LOG = []


def told():
    found, LOG[:] = list(LOG), []
    return found


def stack():
    """The functions and lines on the stack below the test's own."""
    frame, found = sys._getframe(1), []
    while frame and frame.f_globals is globals():
        found.append((frame.f_code.co_name, frame.f_lineno))
        frame = frame.f_back
    return found


class Node:
    def __init__(self, number, next=None):
        self.number = number
        self.next = next
        self.waits = number % 2 == 0
        self.held = False
        self.count = 0
        self.seen = None

    def is_free(self):
        return not self.held and (self.waits or self.count > 2)

    def is_held(self):
        return self.held and not self.waits

    def hold(self):
        self.held = True
        self.seen = self.next
        return self.next

    def free(self):
        self.held = False
        self.waits = True
        self.seen = None
        return self

    def later(self, by):
        self.count += by
        return self.step(by)

    def run(self, by):
        if self.is_held():
            return self.free()
        if self.is_free():
            return self.later(by)
        return self.hold()

    def step(self, by):
        raise NotImplementedError(by)


class Plain(Node):
    def step(self, by):
        self.number += by
        return self.next


class Back(Node):
    def step(self, by):
        if self.number > 3:
            self.number -= by
            return self.hold()
        self.number += 2
        return self.next


class Asks(Node):
    def step(self, by):
        assert isinstance(self.number, int), self.number
        if self.number % 3 == 0:
            return self.add(by, self.next)
        return self.add(by, self)

    def add(self, by, other):
        self.number = self.number * 3 % 101 + by
        return self.next if other is self else other


class Looks(Node):
    def step(self, by):
        LOG.append((self.number, stack()))
        return self.next


class Raises(Node):
    def step(self, by):
        if self.number > 5:
            raise ValueError(self.number)
        self.number += by
        return self.next


class Slow(Node):
    def step(self, by):
        total = 0
        for k in range(3):
            total += k * by
        self.number += total
        return self.next


class Seventh(Node):
    def step(self, by):
        self.number ^= by
        return self.next


class Eighth(Node):
    def step(self, by):
        self.waits = self.number & 1 == 0
        self.number += by
        return self.next


class Dies(Node):
    def __del__(self):
        LOG.append(("dies", self.number, stack()))

    def step(self, by):
        self.seen = Dies(by)
        self.seen = None
        return self.next


class Other:
    """None of them, that has some of it."""

    def __init__(self, next):
        self.next = next

    def run(self, by):
        LOG.append(("other", by))
        return self.next


class Given:
    """Has everything from its instance."""

    __slots__ = ("run", "next")


class Gets:
    def __init__(self, next):
        self.next = next

    def __getattr__(self, name):
        LOG.append(name)
        if name == "run":
            return lambda by: self.next
        raise AttributeError(name)


def chain(classes, n):
    node = None
    for k in range(n):
        node = classes[k % len(classes)](k, node)
    return node


def go(node, by, most):
    steps = 0
    while node is not None and steps < most:
        steps += 1
        node = node.run(by)
    return steps


def numbers(node):
    found = []
    while node is not None:
        found.append((type(node).__name__, getattr(node, "number", None), getattr(node, "held", None)))
        node = node.next
    return found


def shown(f, *args):
    try:
        return f(*args)
    except Exception as e:
        places, tb = [], e.__traceback__
        while tb:
            places.append((tb.tb_frame.f_code.co_name, tb.tb_lineno, sorted(k for k in tb.tb_frame.f_locals if k in ("self", "by", "node"))))
            tb = tb.tb_next
        return type(e).__name__, str(e), places[1:]


ONE, TWO = (Plain,), (Plain, Back)
FOUR = (Plain, Back, Asks, Slow)
ALL = (Plain, Back, Asks, Slow, Seventh, Eighth)
LOUD = (Plain, Looks, Back, Raises)


def several(n, classes):
    node = chain(classes, n)
    seen = [shown(go, node, by, 3 * n) for by in range(1, 6)]
    return seen, numbers(node)


def loud(n):
    node = chain(LOUD, n)
    return [shown(go, node, by, 2 * n) for by in range(1, 5)], numbers(node)


def dying(n):
    node = chain((Dies, Plain, Back), n)
    seen = [shown(go, node, by, 2 * n) for by in range(1, 4)]
    held, node = node, None
    LOG.append("last")
    del held
    return seen


def others(n):
    """What is no instance of them comes later."""
    node = chain(FOUR, n)
    seen = [shown(go, node, 1, 2 * n)]
    node = Other(node)
    seen.append(shown(go, node, 2, 2 * n))
    given = Given()
    given.next, given.run = node, lambda by: node
    seen.append(shown(go, given, 3, 2 * n))
    seen.append(shown(go, Gets(given), 4, 2 * n))
    seen.append(shown(go, [], 4, 2 * n))
    seen.append(shown(go, chain((int, Plain), 2), 4, 2 * n) if n < 0 else None)
    last = chain(TWO, n)
    if last is not None:
        last.run = lambda by: LOG.append(("own", by))
        last.is_free = lambda: 1 / 0
    seen.append(shown(go, last, 1, n))
    if last is not None:
        del last.run
    seen.append(shown(go, last, 1, n))
    return seen, numbers(node.next)


def replaced(n):
    """Methods are replaced, taken away and come back."""
    node = chain(FOUR, n + 4)
    seen = [shown(go, node, 1, 2 * n)]
    free, step = Node.is_free, Back.step
    try:
        Node.is_free = lambda self: LOG.append("is it free?")
        seen.append(shown(go, node, 2, 2 * n))
        Node.is_free = property(lambda self: lambda: True)
        seen.append(shown(go, node, 3, n))
        Node.is_free = staticmethod(lambda: True)
        seen.append(shown(go, node, 3, n))
        Node.is_free = classmethod(lambda cls: cls is Slow)
        seen.append(shown(go, node, 3, n))
        Node.is_free = free
        del Back.step
        seen.append(shown(go, node, 4, 4 * n))
        Back.step = lambda self, by: self.next
        seen.append(shown(go, node, 4, 4 * n))
        Back.__bases__ = (Other,)
        seen.append(shown(go, node, 5, n))
    finally:
        Back.__bases__ = (Node,)
        Node.is_free, Back.step = free, step
    seen.append(shown(go, node, 5, n))
    return seen, numbers(node)


def odd_values(n):
    """Attributes are not what they were."""
    node = chain(ALL, n + 6)
    seen = [shown(go, node, 1, 2 * n)]
    class Truth:
        def __bool__(self):
            LOG.append(("asked", [name for name, line in stack()]))
            return False

    at = node
    for value in (Truth(), [], [0], "", 0.0, 2**70, None, 1):
        at.held, at.waits = value, value
        at = at.next or at
    seen.append(shown(go, node, 2, 3 * n))
    at.number = "text"
    node.number = 2**63 - 1
    seen.append(shown(go, node, 2**62, 3 * n))
    at = node.next
    del at.held
    seen.append(shown(go, node, 2, 3 * n))
    return seen, [(a, type(b).__name__) for a, b, c in numbers(node)]


class Tree:
    def __init__(self, depth):
        self.left = Leaf(depth) if depth < 2 else Tree(depth - 1)
        self.right = Leaf(depth) if depth < 1 else Branch(depth - 1)

    def total(self, more):
        return self.left.total(more) + self.right.total(more + 1)


class Branch(Tree):
    def total(self, more):
        return self.left.total(more + 1) - self.right.total(more)


class Leaf:
    def __init__(self, number):
        self.number = number

    def total(self, more):
        if self.number == more:
            return self.look(more)
        return self.number * more

    def look(self, more):
        LOG.append((more, len(stack()), stack()[:3]))
        return more


class Deep:
    def down(self, n):
        if n > 0:
            return self.on(n - 1) + 1
        LOG.append((len(stack()), stack()[:3]))
        return 0

    def on(self, n):
        return self.down(n)


class Deeper(Deep):
    def on(self, n):
        return self.down(n) + 1


class Deepest(Deep):
    def on(self, n):
        return self.down(n) + 2


def trees(n):
    tree, branch = Tree(n % 7), Branch(n % 7)
    return tree.total(1), tree.total(2**62), branch.total(1), branch.total(2**62)


def depth(n):
    found = []
    for k in (1, 10):
        for o in (Deep(), Deeper(), Deepest()):
            found.append(shown(o.down, n * k))
    return found


def too_deep(n):
    """The recursion limit."""
    found = []
    for o in (Deep(), Deeper(), Deepest()):
        try:
            o.down(5000)
        except RecursionError as e:
            found.append((str(e), len(LOG)))
    return found


def low(n):
    return n * 2


def bottom(n):
    """Has a frame in any case."""
    LOG.append(stack())
    return low(n) + 1


def middle(n):
    """Only calls, and so does its caller."""
    return bottom(n) + 1


def upper(n):
    return middle(n) * 3


def highest(n):
    total = 0
    for k in range(n):
        total += upper(k) - middle(k)
    return total


class Flags:
    """Short methods that store bools."""

    def __init__(self):
        self.on = False
        self.seen = True
        self.count = 0

    def switch(self):
        self.on = True
        self.seen = False
        return self

    def compare(self, n):
        self.on = n > self.count
        self.count += 1
        return self.on

    def reset(self):
        self.count = 0
        self.on = False
        self.seen = False


class MoreFlags(Flags):
    pass


class OtherFlags(Flags):
    def __init__(self):
        self.more = None
        Flags.__init__(self)


class SlotFlags:
    __slots__ = ("on", "seen", "count")

    __init__, switch, compare, reset = Flags.__init__, Flags.switch, Flags.compare, Flags.reset


class Watched(Flags):
    def __setattr__(self, name, value):
        LOG.append((name, value, [function for function, line in stack()]))
        object.__setattr__(self, name, value)


def use_flags(f, n):
    seen = [f.compare(n), f.on, f.seen]
    if f.switch().on:
        seen.append(f.compare(1))
    f.switch()
    seen.append((f.on, f.seen, f.count))
    f.reset()
    return seen, f.on, f.seen, f.count


def flags(n):
    all = [Flags(), MoreFlags(), OtherFlags(), SlotFlags(), Watched()]
    seen = []
    for k in range(n):
        for f in all:
            seen.append(use_flags(f, k))
    one, two, three = Flags(), MoreFlags(), OtherFlags()
    one.on, one.seen = "on", [2.5]
    two.on, two.seen = None, 1
    vars(three)["seen"] = 2.5
    del three.on
    for f in (one, two, three):
        seen.append(shown(use_flags, f, n))
    seen.append(shown(use_flags, Other(None), n))
    return seen, list(vars(three))


NS = (0, 1, 3, 10, 40)
CASES = [(several, (n, classes)) for n in NS for classes in (ONE, TWO, FOUR, ALL)]
CASES += [(f, (n,)) for n in NS for f in (loud, dying, others, replaced, odd_values, trees, depth, too_deep, highest, flags)]
CASES += [(several, (n, classes)) for n in (5, 40) for classes in (TWO, ONE, ALL + (Plain, Looks), LOUD)]
