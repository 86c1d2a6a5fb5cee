"""Lists of numbers that are given to functions which are called directly, and come back from them: in place, as rows, as results;
and what happens when such a function leaves native code in the middle, raises, keeps the list, or is given something else."""

KEPT = []


def swap(a, i, j):
    a[i], a[j] = a[j], a[i]


def sort_part(a, lo, hi):
    if lo >= hi:
        return
    pivot = a[(lo + hi) // 2]
    i, j = lo, hi
    while i <= j:
        while a[i] < pivot:
            i += 1
        while a[j] > pivot:
            j -= 1
        if i <= j:
            swap(a, i, j)
            i += 1
            j -= 1
    sort_part(a, lo, j)
    sort_part(a, i, hi)


def quicksort(n):
    a = [(i * 7919) % 1009 for i in range(n)]
    sort_part(a, 0, n - 1)
    return a, a[0] if a else None


def merge(a, b):
    out = []
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i] <= b[j]:
            out.append(a[i])
            i += 1
        else:
            out.append(b[j])
            j += 1
    while i < len(a):
        out.append(a[i])
        i += 1
    while j < len(b):
        out.append(b[j])
        j += 1
    return out


def merge_sort(a):
    if len(a) <= 1:
        return a
    m = len(a) // 2
    return merge(merge_sort(a[:m]), merge_sort(a[m:]))


def sorted_floats(n):
    a = [((i * 7919) % 1009) / 4.0 for i in range(n)]
    b = merge_sort(a)
    return b, b is a, sum(b), len(b)


def matrix(n, seed):
    return [[(i * 31 + j * 17 + seed) % 101 / 7.0 for j in range(n)] for i in range(n)]


def multiply(a, b):
    n, m = len(a), len(b[0])
    c = [[0.0] * m for _ in range(n)]
    for i in range(n):
        row = a[i]
        for j in range(m):
            total = 0.0
            for k in range(len(b)):
                total += row[k] * b[k][j]
            c[i][j] = total
    return c


def power(n, times):
    m = matrix(n, 3)
    result = m
    for _ in range(times):
        result = multiply(result, m)
    return result, result is m, [sum(row) for row in result]


def fill(a, n, value):
    for i in range(n):
        a[i] = value
    return None


def fill_past(n, past):
    """IndexError in the function that is called, of a list that has changed by then."""
    a = [0] * n
    fill(a, n, 1)
    fill(a, n + past, 2)
    a.append(3)
    return a


def fill_caught(n):
    a = [0] * n
    try:
        fill(a, n + 1, 2)
    except IndexError as e:
        a.append(len(str(e)))
    for i in range(n):
        a[i] += 1
    return a


def fill_odd(n, value):
    """What is stored may be no number: the function that is called leaves, and so does the one that has called it."""
    a = [0] * n
    for i in range(4):
        fill(a, n, i)
        a[0] += 1
    fill(a, n, value)
    a.append(5)
    for i in range(1, n):
        a[i] = i
    return a


def grow(a, x):
    for _ in range(3):
        a.append(x)
        x = x * x
    return a


def grow_wide(n):
    """Numbers outgrow 64 bits in the function that is called."""
    a = [1]
    b = a
    for i in range(n):
        c = grow(a, 1 << i)
        b.append(i)
        if c is not a:
            return None
    return a, b is a, c is b, len(b)


def keep(a):
    a[0] += 1
    KEPT.append(a)
    return len(a)


def keep_all(n):
    """A list that the function keeps is the same one."""
    KEPT.clear()
    a = [i for i in range(n)]
    for i in range(n):
        a[i] *= 2
    keep(a)
    a[1] = 77
    keep(a)
    return a, KEPT[0] is KEPT[1], KEPT[0] is a, KEPT[0][:3]


def same(a, b):
    a[0] = 5
    b[0] += 1
    return a[0] + b[0], a is b


def same_twice(n):
    a = [0] * n
    b = [1] * n
    return [same(a, a), same(a, b), same(b, a)], a, b


def put_row(m, row, i):
    m[i] = row
    row[0] = i
    return row


def rows(n):
    m = [[0] * 3 for _ in range(n)]
    row = [7] * 3
    for i in range(n):
        back = put_row(m, row, i)
        back[1] += 1
    return m, m[0] is m[n - 1], m[0] is row, back is row


def row_of(m, i):
    return m[i]


def change_rows(n):
    m = [[i] * 3 for i in range(n)]
    for i in range(n):
        row = row_of(m, i)
        row[1] = 10 * i
        row_of(m, 0)[2] += 1
    return m


def maybe(a, yes):
    a[0] += 1
    if yes:
        return a
    return None


def maybes(n):
    a = [0] * n
    seen = []
    for i in range(n):
        b = maybe(a, i % 2)
        seen.append(b is a)
        if b is not None:
            b[1] += i
    return a, seen


def rebind(a, n):
    a[0] = 9
    a = a[1:]
    for i in range(len(a)):
        a[i] += n
    return a


def rebound(n):
    a = list(range(n))
    b = rebind(a, 5)
    b.append(1)
    return a, b


def unbind(a):
    total = 0
    for x in a:
        total += x
    del a
    try:
        return a, total
    except UnboundLocalError as e:
        return total, str(e)


def unbound(n):
    a = [i * i for i in range(n)]
    return unbind(a), a


def total_of(a, start=0):
    for x in a:
        start += x
    return start


def mixed(n):
    """Lists of ints, of floats, of strs, and what is no list of numbers go to one function."""
    ints = [i for i in range(n)]
    floats = [i / 2 for i in range(n)]
    words = [str(i) for i in range(n)]
    t = total_of(ints) + total_of(floats) + total_of(a for a in ints) + total_of((1, 2, 3))
    try:
        t += total_of(words)
    except TypeError as e:
        return t, str(e)
    return t, total_of(words, "")


def deep(a, depth, at):
    if depth == 0:
        a[at] += 1
        return a[at]
    x = deep(a, depth - 1, at)
    a[0] += x
    return x


def deeper(n, depth, at):
    """An exception, or a side exit, many calls down."""
    a = [0] * n
    for i in range(3):
        deep(a, depth, i % n)
    a[n - 1] = (1 << 63) - 1
    x = deep(a, depth, at)
    a.append(x)
    a[0] += 1
    return a


def add_all(a, x):
    for i in range(len(a)):
        a[i] += x


def add_many(n, x):
    """The function that is called leaves in its loop, without a word in its result."""
    a = [i for i in range(n)]
    b = a
    for k in range(4):
        add_all(a, x)
        a[0] = k
        b.append(k)
    return a, b is a


def put_odd(a, values, i):
    a[i] = values[i]


def put_many(n, values):
    a = [0] * n
    b = a
    for i in range(n):
        put_odd(a, values, i)
        a[0] = i
        b[-1] += 1
    return a, b is a


def finally_changes(a, n):
    try:
        for i in range(n):
            a[i] = i
    finally:
        a.append(-1)


def finally_caught(n):
    """The function that is called changes the list after an exception, which its caller takes."""
    a = [0] * n
    for k in range(2):
        try:
            finally_changes(a, n + 3 * k)
        except IndexError:
            a[0] = 100
        a.append(k)
    return a


def new_list(n, kind):
    if kind == 0:
        return [0] * n
    if kind == 1:
        return [0.5] * n
    return [None] * n


def of_kinds(n):
    out = []
    for kind in range(3):
        a = new_list(n, kind)
        for i in range(n):
            a[i] = i
        out.append(a)
    return out


class Grid:
    def __init__(self, n):
        self.n = n

    def step(self, cells, out):
        n = self.n
        for y in range(n):
            for x in range(n):
                total = 0
                for dy in (-1, 0, 1):
                    for dx in (-1, 0, 1):
                        if dx or dy:
                            total += cells[(y + dy) % n][(x + dx) % n]
                out[y][x] = 1 if total == 3 or (total == 2 and cells[y][x]) else 0
        return out


def life(n, rounds):
    grid = Grid(n)
    a = [[(x * 7 + y * 3) % 5 // 3 for x in range(n)] for y in range(n)]
    b = [[0] * n for _ in range(n)]
    for _ in range(rounds):
        out = grid.step(a, b)
        a, b = out, a
    return a, a is b, sum(sum(row) for row in a)


def flood(grid, y, x, colour):
    if y < 0 or x < 0 or y >= len(grid) or x >= len(grid[y]) or grid[y][x] != 0:
        return 0
    grid[y][x] = colour
    n = 1
    for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        n += flood(grid, y + dy, x + dx, colour)
    return n


def regions(n):
    grid = [[1 if (x * y) % 5 == 3 else 0 for x in range(n)] for y in range(n)]
    sizes = []
    for y in range(n):
        for x in range(n):
            if grid[y][x] == 0:
                sizes.append(flood(grid, y, x, 2 + len(sizes)))
    return sizes, grid


def by_keyword(n):
    a = [3] * n
    fill(value=4, n=n, a=a)
    return a, total_of(start=1, a=a), total_of(a)


def shown(a):
    a[0] += 1
    return repr(a), str(len(a))


def show_twice(n):
    a = [1] * n
    texts = [shown(a)]
    a[0] = 5
    texts.append(shown(a))
    return texts, a


CASES = [
    (quicksort, (0,)),
    (quicksort, (200,)),
    (sorted_floats, (0,)),
    (sorted_floats, (1,)),
    (sorted_floats, (100,)),
    (power, (5, 0)),
    (power, (5, 4)),
    (fill_past, (5, 0)),
    (fill_past, (5, 1)),
    (fill_caught, (4,)),
    (fill_odd, (5, 1)),
    (fill_odd, (5, 1.5)),
    (fill_odd, (5, "x")),
    (fill_odd, (5, 1 << 70)),
    (fill_odd, (5, True)),
    (grow_wide, (10,)),
    (grow_wide, (40,)),
    (keep_all, (5,)),
    (same_twice, (3,)),
    (rows, (4,)),
    (change_rows, (4,)),
    (maybes, (6,)),
    (rebound, (5,)),
    (unbound, (5,)),
    (mixed, (6,)),
    (deeper, (4, 6, 0)),
    (deeper, (4, 6, 3)),
    (deeper, (4, 6, 4)),
    (finally_caught, (4,)),
    (add_many, (5, 1)),
    (add_many, (5, 1 << 62)),
    (put_many, (4, [1, 2, 3, 4])),
    (put_many, (4, [1, 2.5, 3, 4])),
    (put_many, (4, [1, 1 << 64, 3, 4])),
    (put_many, (4, [1, 2])),
    (of_kinds, (4,)),
    (life, (8, 5)),
    (regions, (9,)),
    (by_keyword, (5,)),
    (show_twice, (3,)),
]


def warm():
    """Native code is to know what is given; so each is called before."""
    for function, arguments in CASES:
        for _ in range(12):
            try:
                function(*arguments)
            except (IndexError, TypeError):
                pass


warm()
