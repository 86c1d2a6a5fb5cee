"""Recursions and chains of calls that compute and call, whose frames are made only when somebody looks: who looks, how deep
it is, and what the frames hold then."""
import _thread
import gc
import signal
import sys

LOG = []


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        LOG.append((self.name, short(stack())))


def stack():
    """The functions and lines on the stack below the test's own."""
    frame, found = sys._getframe(1), []
    while frame and frame.f_globals is globals():
        found.append((frame.f_code.co_name, frame.f_lineno))
        frame = frame.f_back
    return found


def short(places):
    """Each with how often it is there in a row."""
    found = []
    for place in places:
        if found and found[-1][0] == place:
            found[-1][1] += 1
        else:
            found.append([place, 1])
    return found


def told():
    found, LOG[:] = list(LOG), []
    return found


# ---- exits, and exceptions, in the depth


def grows(n, x):
    """Outgrows 64 bits in the depth."""
    if n == 0:
        return x * x * x
    return grows(n - 1, x * 3) - grows(n - 1, 1) + n


def divides(n, by):
    if n == 0:
        return 7 // by
    return divides(n - 1, by) + n


def lines_of(function, *arguments):
    try:
        return function(*arguments)
    except (ArithmeticError, ValueError, RecursionError, TypeError, IndexError) as e:
        found, tb = [], e.__traceback__
        while tb:
            found.append((tb.tb_frame.f_code.co_name, tb.tb_lineno))
            tb = tb.tb_next
        return type(e).__name__, str(e), short(found)


def division(n, by):
    return lines_of(divides, n, by)


def even(n, odd_one):
    if n == 0:
        return 1 // odd_one
    return (
        2
        + odd(n - 1, odd_one)
    )


def odd(n, odd_one):
    if n == 0:
        return 0
    return 1 + even(n - 1,
                    odd_one)


def mutual(n, odd_one):
    return lines_of(even, n, odd_one)


def other_type(n, x):
    """The innermost call gives something else than the others."""
    if n == 0:
        return x
    return other_type(n - 1, x) + 1


def raised_by_type(n, x):
    return lines_of(other_type, n, x)


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


def deepest(n):
    """So many calls may be made in each other, and not one more."""
    low, high = 0, sys.getrecursionlimit()
    while low < high:
        middle = (low + high + 1) // 2
        try:
            depth(middle)
            low = middle
        except RecursionError:
            high = middle - 1
    return high + len(stack()) - sys.getrecursionlimit() + n


def too_deep(n):
    kind, text, lines = lines_of(depth, 100000 + n)
    return kind, text, lines[0], len(stack()) + lines[-1][1] - sys.getrecursionlimit()


def two(n, m):
    """Up and down over the place where frames are made."""
    if n == 0:
        return m
    return two(n - 1, m + 1) + (two(n - 2, m) if n % 16 == 1 and n > 1 else 0)


# ---- who looks


def look():
    return len(stack())


def leaf(n):
    return look() + n


def looks(n):
    if n == 0:
        return leaf(1)
    return looks(n - 1) + 1


def sees():
    return tuple(short(stack()))


def shows(n):
    if n == 0:
        return sees()
    return shows(
        n - 1
    )


def looks_twice(n):
    if n == 0:
        return leaf(0)
    return looks_twice(n - 1) * 1000 + (
        looks_twice(n - 1) if n < 4 else 0)


def walks(n, items):
    """Each call has an object that only it holds."""
    if n == 0:
        return leaf(len(items))
    return walks(n - 1, [n, items]) + len(items)


def drops(n, thing):
    """What dies in the depth sees all who called."""
    if n == 0:
        thing = None
        return 1
    return drops(n - 1, Loud(n)) + 1


def outer_drops(n):
    return drops(n, Loud("first")), told()


def replaced(n, things):
    if n == 0:
        things[0] = 5
        return things[0]
    return replaced(n - 1, things) + 1


def outer_replaced(n):
    return replaced(n, [Loud("item")]), told()


def fills(n, things):
    if n == 0:
        return len(things)
    things.append(n)
    return fills(n - 1, things) + fills(n - 1, things) % 3


# ---- closures, methods, defaults


def closure(n, step):
    total = [0]

    def down(k):
        if k == 0:
            return step
        total[0] += k
        return down(k - 1) + step

    def fails(k):
        if k == 0:
            return step // (step - step)
        return fails(k - 1) + step

    return down(n), total, lines_of(fails, n)


class Tree:
    def __init__(self, key, left=None, right=None):
        self.key = key
        self.left = left
        self.right = right

    def total(self):
        result = self.key
        if self.left is not None:
            result += self.left.total()
        if self.right is not None:
            result += self.right.total()
        return result

    def depth(self, at=0):
        left = self.left.depth(at + 1) if self.left is not None else at
        right = self.right.depth(at + 1) if self.right is not None else at
        return left if left > right else right


def tree(n):
    return Tree(n, tree(n // 2), tree(n // 3)) if n else None


def line(n):
    root = None
    for key in range(n):
        root = Tree(key, root)
    return root


def total(n):
    root = tree(n)
    return root.total(), root.depth()


def total_of_odd_one(n, key):
    """One of the keys is of another type."""
    root = line(n)
    node = root
    while node.left is not None:
        node = node.left
    node.key = key
    return lines_of(root.total), root.depth()


# ---- what changes meanwhile


def limits(n):
    if n == 0:
        return lowers(3)
    return limits(n - 1) + 1


def lowers(n):
    sys.setrecursionlimit(len(stack()) + 120)
    return n


def lowered(n):
    """The limit is lower behind the first call, and holds at once."""
    limit = sys.getrecursionlimit()
    try:
        return limits(n) + depth(50), lines_of(depth, 400)[:2]
    finally:
        sys.setrecursionlimit(limit)


def swapped(n):
    if n == 0:
        return swap(1)
    return swapped(n - 1) + 1


def swap(n):
    global swapped
    swapped = depth
    return n


def swaps(n):
    global swapped
    kept = swapped
    try:
        return swapped(n) + swapped(n)
    finally:
        swapped = kept


def traces(n):
    if n == 0:
        return trace_on(1)
    return traces(n - 1) + depth(n)


def trace_on(n):
    sys.settrace(lambda frame, event, arg: LOG.append((frame.f_code.co_name, event)))
    return n


def traced(n):
    try:
        return traces(n), len(LOG)
    finally:
        sys.settrace(None)
        LOG.append(len(LOG))


def signals(n):
    if n == 0:
        return 0
    return signals(n - 1) + sum_of(n)


def sum_of(n):
    result = 0
    for k in range(n):
        if k == 3:
            signal.raise_signal(signal.SIGUSR1)
        result += k
    return result


def signalled(n):
    seen = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(len(stack())))
    try:
        return signals(n), seen
    finally:
        signal.signal(signal.SIGUSR1, before)


def collects(n, things):
    if n == 0:
        return gc.collect() * 0 + len(things)
    return collects(n - 1, things) + len(things)


# ---- several functions in each other


def f1(n, x):
    return f2(n, x) + f2(n - 1, x) if n > 1 else leaf(0) * 0 + x


def f2(n, x):
    return f3(n, x + 1) - x


def f3(n, x):
    return f1(n - 1, x) + f1(n - 2, x * 3 // 2)


def hanoi(n, source, target, spare):
    if n == 0:
        return 0
    moves = hanoi(n - 1, source, spare, target)
    target.append(source.pop())
    return moves + 1 + hanoi(n - 1, spare, target, source)


def towers(n):
    pegs = [list(range(n, 0, -1)), [], []]
    return hanoi(n, pegs[0], pegs[2], pegs[1]), pegs


def empty_peg(n):
    """The first peg has too few."""
    return lines_of(hanoi, n, [1], [], [])


# ---- hundreds and thousands of calls in each other: from the second time on as many are made without asking


def again(name, *arguments):
    function, results = globals()[name], []
    for _ in range(3):
        results.append(function(*arguments))
    return results


def with_limit(limit, name, *arguments):
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        return again(name, *arguments)
    finally:
        sys.setrecursionlimit(before)


def in_thread(size, limit, name, *arguments):
    """Where there is little of the C stack."""
    results, done = [], _thread.allocate_lock()

    def run():
        results.append(with_limit(limit, name, *arguments))
        done.release()

    before = _thread.stack_size(size)
    try:
        done.acquire()
        _thread.start_new_thread(run, ())
        done.acquire()
        return results
    finally:
        _thread.stack_size(before)


# Its frame is larger than what CPython maps at once for frames.
exec("def large(n):\n    if n < 0:\n" + "".join(f"        a{k} = n\n" for k in range(2100)) + "    return n\n")


def beside_large(n):
    return depth(n) + large(n)


def far_looks(n):
    """The frames are made in the middle, and those below are asked for anew."""
    if n == 0:
        return 0
    return (leaf(0) if n % 150 == 0 else 1) + far_looks(n - 1)


def is_even(n):
    return True if n == 0 else is_odd(n - 1)


def is_odd(n):
    return False if n == 0 else is_even(n - 1)


def deep_lines(n):
    return lines_of(depth, n)


def ackermann(m, n):
    if m == 0:
        return n + 1
    return ackermann(m - 1, 1 if n == 0 else ackermann(m, n - 1))


def line_total(node):
    return 0 if node is None else node.key + line_total(node.left)


def long_line(n):
    root = line(n)
    try:
        return line_total(root)
    finally:
        while root is not None:  # else they die in each other
            root = root.left


def far_drops(n):
    return drops(n, Loud("first")), len(told())


CASES = [(grows, (n, x)) for n in (0, 3, 8) for x in (1, 2, 1000, 2**40)]
CASES += [(division, (n, by)) for n in (0, 1, 62, 63, 64, 65, 66, 130, 200) for by in (2, 0)]
CASES += [(mutual, (n, by)) for n in (0, 1, 2, 63, 64, 65, 140) for by in (1, 0)]
CASES += [(other_type, (n, x)) for n in (0, 1, 5, 70) for x in (3, 2.5, True, 2**63 - 1, 2**70)]
CASES += [(raised_by_type, (n, x)) for n in (1, 70) for x in ("x", None)]
CASES += [(deepest, (0,)), (too_deep, (0,)), (two, (10, 1)), (two, (66, 1)), (two, (131, 2))]
CASES += [(f, (n,)) for f in (looks, shows, looks_twice) for n in (0, 1, 3, 9)]
CASES += [(f, (n,)) for f in (looks, shows) for n in (63, 64, 65, 66, 129, 150)]
CASES += [(walks, (n, [])) for n in (0, 1, 8, 70)] + [(outer_drops, (n,)) for n in (0, 1, 5, 66)]
CASES += [(outer_replaced, (n,)) for n in (0, 1, 5, 66)] + [(fills, (n, [])) for n in (0, 1, 6, 9)]
CASES += [(closure, (n, step)) for n in (0, 1, 5, 70) for step in (1, 2.5)]
CASES += [(total, (n,)) for n in (1, 10, 100)] + [(total_of_odd_one, (n, key)) for n in (1, 5, 80) for key in (1, 1.5, "x", 2**63)]
CASES += [(f, (n,)) for f in (lowered, swaps, traced, signalled) for n in (0, 1, 5, 20)]
CASES += [(collects, (n, [1])) for n in (0, 3, 70)] + [(f1, (n, x)) for n in (1, 2, 6, 9) for x in (1, 2**62)]
CASES += [(f, (n,)) for f in (towers, empty_peg) for n in (0, 1, 2, 5, 7)]
CASES += [(again, (name, n)) for name in "looks shows far_looks is_even depth long_line far_drops".split() for n in (100, 310, 750)]
CASES += [(again, (name, n, by)) for name in ("division", "mutual") for n in (100, 500, 900) for by in (1, 0)]
CASES += [(again, ("ackermann", 2, n)) for n in (3, 40, 300)] + [(again, (name, 0)) for name in ("too_deep", "deepest")]
CASES += [(again, (name, n)) for name in ("lowered", "swaps", "traced", "signalled") for n in (5, 200)]
CASES += [(again, ("beside_large", n)) for n in (3, 100, 310, 750)]
CASES += [(with_limit, (50000, name, n)) for name in ("depth", "is_odd", "long_line", "far_looks") for n in (900, 5000, 20000)]
CASES += [(with_limit, (limit, "deep_lines", n)) for limit in (300, 3000) for n in (250, 290, 299, 300, 2990, 4000)]
CASES += [(in_thread, (size, 50000, name, n)) for size in (64 << 10, 256 << 10, 4 << 20) for name in ("depth", "is_odd", "looks", "long_line") for n in (70, 3000, 9000)]
