"""Attributes and items that are read again: what was read once must not be taken for what is there now.  And methods of more
classes than a place asks for."""

LOG = []


def log():
    out = LOG[:]
    LOG.clear()
    return out


class Grid:
    scale = 3

    def __init__(self, width, height):
        self.width = width
        self.height = height
        self.cells = [float(i) for i in range(width * height)]
        self.spare = [0.5] * (width * height)
        self.reads = 0
        self.flag = False

    def index(self, x, y):
        if 0 <= x < self.width and 0 <= y < self.height:
            return y * self.width + x
        raise IndexError

    def get(self, x, y):
        return self.cells[self.index(x, y)]

    def put(self, x, y, value):
        self.cells[self.index(x, y)] = value

    def counted(self, x, y):
        self.reads += 1
        return self.cells[self.index(x, y)] + self.reads

    def __getitem__(self, at):
        x, y = at
        return self.cells[self.index(x, y)]

    def swap(self):
        self.cells, self.spare = self.spare, self.cells


class Slotted:
    __slots__ = ("first", "second", "items")

    def __init__(self, first):
        self.first = first
        self.second = first + 1
        self.items = [first] * 8


Slotted.alias = Slotted.first  # the same place under another name


class Dying:
    def __init__(self, owner, name):
        self.owner = owner
        self.name = name

    def __del__(self):
        LOG.append(self.name)
        self.owner.value = [self.name]
        self.owner.count += 1


class Owner:
    def __init__(self):
        self.value = [1]
        self.count = 0
        self.held = None


def neighbours(n):
    g, total = Grid(n + 2, n + 2), 0.0
    for _ in range(12):
        for y in range(1, n + 1):
            for x in range(1, n + 1):
                total += g.get(x, y - 1) + g.get(x, y + 1) + g.get(x - 1, y) + g.get(x + 1, y)
                g.put(x, y, total / 8)
    return total, g.cells


def by_operator(n):
    g, total = Grid(n + 2, n + 2), 0.0
    for _ in range(12):
        for y in range(n + 1):
            for x in range(n + 1):
                total += g[x, y] + g[x + 1, y] + g[x, y + 1]
    try:
        g[n + 2, 0]
    except IndexError as e:
        return total, repr(e)


def counting(n):
    g, seen = Grid(n + 1, 2), []
    for _ in range(12):
        for x in range(n):
            seen.append(g.counted(x, 0) + g.reads + g.counted(x, 1) + g.reads)
    return seen, g.reads


def swapped(n):
    g, seen = Grid(2, n + 1), []
    for i in range(24):
        a = g.cells[n]
        if i % 3 == 0:
            g.swap()
        b = g.cells[n]
        g.cells[n] = b + 1
        seen.append((a, b, g.cells[n], g.spare[n]))
    return seen


def add_to(s, value):
    before = s.first
    s.alias = before + value
    return before, s.first, s.alias, s.first + s.second


def aliases(n):
    s = Slotted(n)
    return [add_to(s, i) for i in range(24)]


def store_through(a, b, value):
    first = a.items[1] + a.first
    b.items[1] = value
    b.first = value
    return first, a.items[1], a.first, len(a.items)


def same_object(n):
    a, b = Slotted(n), Slotted(n + 1)
    return [store_through(a, a if i % 2 else b, i * 1000 + 500) for i in range(24)]


def let_go(o, name):
    before = o.value[0]
    o.held = None
    return before, o.value[0], o.count, len(o.value)


def finalizers(n):
    o, seen = Owner(), []
    for i in range(n + 12):
        if i % 2:
            o.held = Dying(o, i)
        seen.append(let_go(o, i))
    return seen, log()


def rows_grow(n):
    g, seen = Grid(1, 1), []
    for i in range(24):
        a = len(g.cells)
        g.cells.append(float(i))
        b = len(g.cells)
        if i > 12:
            g.cells.pop()
        seen.append((a, b, len(g.cells), g.cells[-1], g.cells[a]))
    return seen


def in_place(n):
    g, seen = Grid(4, 4), []
    for i in range(24):
        a = g.cells[n % 16]
        g.cells[n % 16] = a * 1.5 + 1
        b = g.cells[n % 16]
        g.reads += 1000
        c = g.reads
        g.reads += 1000
        seen.append((a, b, c, g.reads))
    return seen


def class_changes(n):
    g, seen = Grid(1, 1), []
    for i in range(24):
        a = g.scale
        if i == 15:
            Grid.scale = n + 100
        if i == 18:
            g.scale = "own"
        seen.append((a, g.scale))
    Grid.scale = 3
    return seen


def one_way_only(g, i):
    total = 0.0
    if i % 2:
        total += g.cells[0]
    else:
        total += len(g.cells)
    if i % 3:
        g.cells = [total, 2.0]
    return total + g.cells[0] + len(g.cells)


def ways(n):
    g = Grid(2, 2)
    return [one_way_only(g, i + n) for i in range(24)]


class Truth:
    def __init__(self, n):
        self.n = n

    def __bool__(self):
        LOG.append(self.n)
        return self.n % 2 == 0


def truth_of(o):
    if o.flag:
        return 1 if o.flag and not o.reads else 2
    return 3 if not o.flag or o.reads else 4


def truths(n):
    g, seen = Grid(1, 1), []
    for value in [True, False, True, 0, 1, None, "", "x", [], [0], 0.0, 2.5, Truth(n), Truth(n + 1), True, False] * 2:
        g.flag = value
        seen.append(truth_of(g))
    return seen, log()


def flip(o):
    o.flag = not o.flag
    if o.reads:
        o.flag = True
    else:
        o.flag = False
    return o.flag is True, o.flag is False


def flips(n):
    g, seen = Grid(1, 1), []
    for i in range(24):
        g.reads = i % 3
        g.flag = i % 2 == 0
        seen.append(flip(g))
    return seen


class Shape:
    sides = 0

    def __init__(self, size):
        self.size = size

    def area(self):
        raise NotImplementedError

    def name(self):
        return "shape"

    def grow(self, n):
        self.size += n
        return self


class Square(Shape):
    sides = 4

    def area(self):
        return self.size * self.size


class Circle(Shape):
    def area(self):
        return self.size * self.size * 3.25

    def name(self):
        return "circle"


class Line(Shape):
    sides = 1

    def area(self):
        return 0

    def grow(self, n):
        self.size -= n
        return self


class Triangle(Shape):
    sides = 3

    def area(self):
        return self.size * self.size / 2

    def name(self):
        return "triangle"


class Cube(Shape):
    sides = 6

    def __init__(self, size):
        self.kind = "cube"
        Shape.__init__(self, size)

    def area(self):
        return 6 * self.size ** 2


class Blob(Shape):
    def area(self):
        return "blob"


class Late(Shape):
    def area(self):
        return -1


KINDS = (Square, Circle, Line, Triangle, Cube, Blob)


def areas(shapes):
    out = []
    for s in shapes:
        out.append(s.area())
        s.grow(1)
        out.append((s.size, s.sides, s.name()))
    return out


def many_kinds(n):
    seen = []
    for i in range(14):
        seen.append(areas([kind(n + i) for kind in KINDS]))
    seen.append(areas([Late(n), Square(n)]))
    Square.area = lambda self: ("replaced", self.size)
    seen.append(areas([Square(n), Cube(n)]))
    del Square.area
    try:
        areas([Square(n)])
    except NotImplementedError as e:
        seen.append(repr(e))
    Square.area = lambda self: self.size * self.size
    try:
        areas([Shape(n)])
    except NotImplementedError as e:
        seen.append(repr(e))
    return seen


def chain_of(n):
    first = None
    for i in range(n + 12):
        node = KINDS[i % len(KINDS)](i)
        node.next = first
        first = node
    total = 0
    while first is not None:
        total += first.size * 3 + first.sides
        first = first.next
    return total


NS = (0, 1, 3, 10)
CASES = [(f, (n,)) for f in (neighbours, by_operator, counting, swapped, aliases, same_object, finalizers, rows_grow, in_place,
                             class_changes, ways, truths, flips, many_kinds, chain_of) for n in NS]
