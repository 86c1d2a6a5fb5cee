"""collections.deque: what its methods give and raise, from both ends, over blocks' borders, with maxlen, changed while it is iterated over,
as an argument, and such as only look like one."""
import collections
from collections import deque


class Mine(deque):
    def append(self, item):
        deque.append(self, (item, item))


class Dies:
    def __init__(self, log, name):
        self.log, self.name = log, name

    def __del__(self):
        self.log.append(self.name)


def queue(n):
    q = deque([0])
    order = []
    while q:
        x = q.popleft()
        order.append(x)
        for y in (2 * x + 1, 2 * x + 2):
            if y < n:
                q.append(y)
    return order, q


def stack(n):
    q = deque()
    t = 0
    for i in range(n):
        q.append(i)
        if i % 3 == 2:
            t += q.pop() - q.pop()
    while len(q) > 2:
        t = t * 3 + q.pop()
    return t, list(q)


def both_ends(n):
    q = deque()
    for i in range(n):
        if i % 2:
            q.append(i)
        else:
            q.appendleft(-i)
    t = []
    while q:
        t.append(q.pop())
        if q:
            t.append(q.popleft())
    return t, len(q), bool(q)


def maxima(values, k):
    q = deque()
    out = []
    for i, v in enumerate(values):
        while q and values[q[-1]] <= v:
            q.pop()
        q.append(i)
        if q[0] <= i - k:
            q.popleft()
        if i >= k - 1:
            out.append(values[q[0]])
    return out


def last_ones(n, most):
    q = deque(maxlen=most)
    for i in range(n):
        q.append(i)
        if i % 5 == 4:
            q.appendleft(-i)
    return q, list(q), len(q)


def dying(n):
    log = []
    q = deque((), 2)
    for i in range(n):
        q.append(Dies(log, i))
        log.append(len(q))
    x = q.popleft()
    del q
    log.append("end")
    return log[:], x.name


def items(n, at):
    q = deque(range(n))
    t = 0
    for i in range(n):
        t += q[i] * q[-i - 1]
    return t, q[at]


def stored(n):
    q = deque([0] * n)
    for i in range(n):
        q[i] = i * i
        q[-1] += 1
    del q[0]
    return q


def empty(which):
    q = deque([1])
    t = []
    for i in range(3):
        try:
            t.append(q.pop() if which else q.popleft())
        except IndexError as e:
            t.append(str(e))
    return t, q


def empty_raises(which):
    q = deque()
    return q.pop() if which == 0 else q.popleft() if which == 1 else q[0]


def changed(n):
    q = deque(range(n))
    t = 0
    for x in q:
        t += x
        if x == 3:
            q.append(9)
    return t


def changed_popped(n):
    q = deque(range(n))
    t = 0
    for x in q:
        t += x
        q.popleft()
    return t


def other_kind(q, n):
    for i in range(n):
        q.append(i)
    t = len(q)
    while q:
        x = q.pop()
        t += 1
    return t, x


def by_module(n):
    q = collections.deque([n])
    while q and len(q) < 10:
        x = q.popleft()
        q.append(x - 1)
        q.append(x + 1)
    return q


def replaced(n):
    """The global is something else when the function runs on."""
    global deque
    kept = deque
    t = []
    try:
        for i in range(n):
            q = deque([1, 2])
            q.append(i)
            t.append(list(q))
            if i == 1:
                deque = list
    finally:
        deque = kept
    return t


def wrong(n, what):
    q = deque([1])
    for i in range(n):
        q.append(i)
    if what == 0:
        q.append()
    elif what == 1:
        q.pop(1)
    elif what == 2:
        return q["x"]
    elif what == 3:
        return q[0.5]
    elif what == 4:
        return q[1:2]
    elif what == 5:
        return q[True], q[2**70]
    return q


CASES = [(f, (n,)) for f in (queue, stack, both_ends, stored, by_module) for n in (0, 1, 2, 7, 70, 300)]
CASES += [(maxima, (v, k)) for v in ([3, 1, 2, 5, 4, 4, 0], [1.5] * 80, list(range(200)), list(range(200, 0, -1))) for k in (1, 3, 70)]
CASES += [(last_ones, (n, most)) for n in (0, 5, 200) for most in (0, 1, 3, 100, None)] + [(dying, (n,)) for n in (1, 2, 5)]
CASES += [(items, (n, at)) for n, at in ((1, 0), (10, -1), (200, 100), (200, -150), (5, 5), (5, -6), (0, 0), (3, 2**40))]
CASES += [(f, (which,)) for f in (empty, empty_raises) for which in (0, 1, 2)] + [(changed, (n,)) for n in (2, 8)] + [(changed_popped, (n,)) for n in (0, 1, 5)]
CASES += [(other_kind, (q, 3)) for q in (deque(), deque([5]), [], [1], Mine(), deque((), 2), bytearray(b"x"))]
CASES += [(replaced, (n,)) for n in (1, 4)] + [(wrong, (2, what)) for what in range(7)]
