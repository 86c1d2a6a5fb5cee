"""heapq: heaps of what is compared without a call, and of what has a say in it; comparisons that a branch follows, and give something
else than a bool; the size of lists that things are popped from."""
import heapq
import sys
from heapq import heapify, heappop, heappush, heappushpop, heapreplace

CASES = []
NAN = float("nan")


class Task:
    log = []

    def __init__(self, n, what=None, heap=None):
        self.n = n
        self.what = what
        self.heap = heap

    def __lt__(self, other):
        Task.log.append((self.n, other.n))
        if self.what == "raise":
            raise ValueError(self.n)
        if self.what == "grow" and len(self.heap) < 20:
            self.heap.append(Task(100))
        if self.what == "odd":
            return [] if self.n >= other.n else "yes"
        return self.n < other.n

    def __repr__(self):
        return f"Task({self.n})"


class Truth:
    def __init__(self, value):
        self.value = value

    def __bool__(self):
        if self.value is None:
            raise KeyError("truth")
        return self.value

    def __repr__(self):
        return f"Truth({self.value})"


class Answers:
    def __init__(self, answer):
        self.answer = answer

    def __lt__(self, other):
        return self.answer

    def __eq__(self, other):
        return self.answer

    def __repr__(self):
        return f"Answers({self.answer})"

    __hash__ = None


class Dies:
    def __init__(self, log, n):
        self.log = log
        self.n = n

    def __lt__(self, other):
        return self.n < other.n

    def __del__(self):
        self.log.append(self.n)


def sort(items):
    heap = []
    for x in items:
        heappush(heap, x)
    seen = heap[:]
    out = []
    while heap:
        out.append(heappop(heap))
    return seen, out


def sort_by_module(items):
    heap = list(items)
    heapq.heapify(heap)
    return [heapq.heappop(heap) for _ in range(len(heap))], heap


def pairs(n):
    heap = []
    for i in range(n):
        heappush(heap, (i * 7 % 5, i))
        heappush(heap, (i * 3 % 4, -i))
    out = []
    while len(heap) > 2:
        k, v = heappop(heap)
        out.append(k * 100 + v)
    return out, heap


def events(n):
    heap = [(0.0, 0, "a")]
    t = 0
    for i in range(n):
        when, k, name = heappop(heap)
        t += when
        heappush(heap, (when + k * 0.5, k + 1, name))
        heappush(heap, (when + 1.5, k, name + "b"))
    return t, len(heap), sorted(heap)[:5]


def replaced(items, more):
    heap = sorted(items)
    seen = []
    for x in more:
        seen.append(heapreplace(heap, x))
        seen.append(heappushpop(heap, x))
    return seen, heap


def caught(heap, x):
    seen = []
    for what in range(4):
        try:
            if what == 0:
                seen.append(heappop(heap))
            elif what == 1:
                seen.append(heapreplace(heap, x))
            elif what == 2:
                seen.append(heappushpop(heap, x))
            else:
                heappush(heap, x)
        except Exception as e:
            seen.append((type(e).__name__, str(e)))
    return seen, heap


def tasks(n, what, at):
    Task.log.clear()
    heap = []
    seen = []
    for i in range(n):
        try:
            heappush(heap, Task(i * 7 % n, what if i == at else None, heap))
        except Exception as e:
            seen.append(repr(e))
    while heap and len(seen) < 3 * n:
        try:
            seen.append(heappop(heap).n)
        except Exception as e:
            seen.append(repr(e))
    return seen, [t.n for t in heap], Task.log[:]


def leaves(n, at):
    heap = []
    for i in range(n):
        heappush(heap, Task(-i, "raise" if i == at else None))
    return len(heap)


def dying(n):
    log = []
    heap = []
    for i in range(n):
        heappush(heap, Dies(log, i * 5 % n))
    log.append("pop")
    while heap:
        heappop(heap)
        log.append(len(heap))
    return log[:]


def redefined(n):
    global heappush
    kept = heappush
    heap = []
    try:
        for i in range(n):
            heappush(heap, -i)
            if i == 2:
                heappush = list.append
    finally:
        heappush = kept
    return heap


def in_branch(a, b):
    seen = []
    if a < b:
        seen.append("less")
    if a == b:
        seen.append("equal")
    while a != b:
        seen.append("different")
        break
    return seen, "more" if a > b else "no"


def in_branch_caught(a, b):
    try:
        if a < b:
            return "less"
        return "not less"
    except (TypeError, KeyError) as e:
        return type(e).__name__, str(e)


def is_smallest(items, x):
    for y in items:
        if y < x:
            return y
    return None


def quick(a, lo, hi):
    if lo < hi:
        p = a[(lo + hi) // 2]
        i, j = lo, hi
        while i <= j:
            while a[i] < p:
                i += 1
            while a[j] > p:
                j -= 1
            if i <= j:
                a[i], a[j] = a[j], a[i]
                i += 1
                j -= 1
        quick(a, lo, j)
        quick(a, i, hi)
    return a


def sizes(items, n):
    seen = [sys.getsizeof(items)]
    for i in range(n):
        items.append(i)
    while items:
        x = items.pop()
        seen.append((x, sys.getsizeof(items)))
    return seen


def stacked(log, n):
    stack = [Dies(log, i) for i in range(n)]
    while stack:
        stack.pop()
        log.append(len(stack))
    return log[:]


def words_in(words, text):
    n = 0
    for w in words:
        if w in ("the", "fox", "quick", "été", "日本"):
            n += 1
        if w == text:
            n += 100
        if w != "fox":
            n += 1000
    return n


def totals(items):
    t = {}
    for k, x in items:
        t[k] = t.get(k, 0) + x
    return t


def totals_of_products(items):
    t = {}
    for k, x in items:
        t[k] = t.get(k, 0) + x * 2
        t[k] = 1 - t.get(k, 5)
    return t, len(t)


NUMBERS = [5, 3, 8, 1, 9, 2, 7, 7, 0, -4, 2**30, -(2**30), 2**31, -(2**31), 2**62, 2**70, -(2**70), 2**70 + 1]
for items in (NUMBERS, [x * 0.5 for x in NUMBERS], [NAN, 1.0, NAN, 0.5, float("inf"), -0.0, 0.0], [3, 2.5, 1, 2**60, 2.0**60, True, False], list("heapsort"), ["b", "aé", "a", "日本", ""],
              [(2, "b"), (1, "z"), (2, "a"), (1, "z", 0), (), (1,)], [(1.0, 2), (1, 1), (NAN, 0), (NAN, -1)], [(1, [2]), (1, [1]), (0, None)], [(1, (2, 3)), (1, (2, 2))], [b"b", b"a"], [[2], [1, 5], [1]], []):
    CASES += [(sort, (items,)), (sort_by_module, (items,)), (caught, (items[:3], items[0] if items else 0)), (replaced, (items[:5], items[3:]))]
CASES += [(pairs, (0,)), (pairs, (5,)), (pairs, (40,)), (events, (0,)), (events, (30,)), (leaves, (9, 4)), (leaves, (9, 40)), (dying, (7,)), (redefined, (6,))]
CASES += [(tasks, (8, what, at)) for what in ("raise", "grow", "odd") for at in (0, 3, 7)]
CASES += [(sort, ([1, "a"],)), (sort, ([(1, "a"), (1, 2)],)), (sort, ([(1, None), (0, None)],)), (sort, ([None],)), (caught, ((1, 2), 1)), (caught, (None, 1)), (caught, ([], 1))]
for a, b in ((1, 2), (2, 1), (2**70, 2**70), (1.5, 1.5), (1, 1.0), ("a", "b"), ((1, 2), (1, 3)), (NAN, NAN), ([1], [1]), (None, None), (None, 1), (2**31, 2**31 + 1), ({1}, {1, 2})):
    CASES += [(in_branch, (a, b)), (in_branch_caught, (a, b))]
for answer in (True, False, 0, 1, [], [0], "", None, NotImplemented, Truth(True), Truth(False), Truth(None)):
    CASES += [(in_branch_caught, (Answers(answer), 1))]
CASES += [(is_smallest, ([3, 2.5, 1], 2)), (is_smallest, ([2**31, 2**32], 2**31)), (is_smallest, (["b", "a"], "b")), (is_smallest, ([1, "a"], 1)), (is_smallest, ([], 1))]
for items in (NUMBERS, [x * 0.25 for x in NUMBERS], list("quicksort"), [(i * 7 % 5, i) for i in range(9)], [1, 2.5, 0], [1, "a"]):
    CASES += [(quick, (items, 0, len(items) - 1))]
CASES += [(sizes, ([], n)) for n in (0, 1, 2, 5, 40)] + [(sizes, ([1, 2, 3], 30)), (stacked, ([], 9))]
CASES += [(words_in, (["the", "fox", "".join(["f", "ox"]), "été", "日本", "日", "", "thé"], "".join(["t", "he"]))), (words_in, (["a", 1, None], "a"))]
CASES += [(totals, ([("a", 1.5), ("b", 2.5), ("a", 3.5)],)), (totals, ([("a", 1), ("b", 2.5), ("a", 3.5), ("b", 2**70)],)), (totals, ([(1, 0.5), (2, 1.5), (1, 2.5)],)), (totals, ([("a", "x")],))]
CASES += [(totals_of_products, ([("a", 1.5), ("b", 2.5), ("a", 3.5)],)), (totals_of_products, ([(i % 3, i * 0.5) for i in range(9)],)), (totals_of_products, ([("a", True), ("a", 2**63)],))]
