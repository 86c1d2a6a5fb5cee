"""Methods of lists, dicts, sets, strs and deques that are kept in a local and called by it."""
import collections


class Dies:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("dies", self.name)


def evens(n):
    out = []
    append = out.append
    for i in range(n):
        if i % 2 == 0:
            append(i * 3)
    return out


def both_ends(n):
    items = list(range(n))
    insert, pop = items.insert, items.pop
    for i in range(n):
        insert(i, pop(0))
        insert(n - 1, pop())
    return items


def two(n):
    small, large = [], []
    add_small, add_large = small.append, large.append
    for i in range(n):
        if i < 3:
            add_small(i)
        else:
            add_large(i / 2)
    return small, large


def either(flag, n):
    a, b = [], [9]
    if flag:
        add = a.append
    else:
        add = b.extend
    for i in range(n):
        add((i, i))
    return a, b


def chosen(n):
    lists = [[], [], []]
    for i in range(n):
        row = lists[i % 3]
        add = row.append
        add(i)
        add(-i)
    return lists


def rebound(n):
    out = []
    add = out.append
    first = out
    out = []
    for i in range(n):
        add(i)
        if i == 3:
            add = out.append
    return first, out, add.__self__ is out


def forgotten(n):
    out = [Dies("last")]
    count = out.count
    del out
    c = 0
    for i in range(n):
        c += count(i)
    print("counted")
    return c


def dead_but_there(n):
    out = [Dies("with the frame")]
    add = out.append
    add(1)
    out = None
    print("not yet")
    s = 0
    for i in range(n):
        s += i
    print("still not")
    return s


def replaced(n):
    out = [Dies("when replaced")]
    add = out.append
    out = None
    for i in range(n):
        add(i)
    add = None
    print("replaced")
    return n


def escapes(n, out=None):
    items = []
    add = items.append
    for i in range(n):
        add(i)
    keep = [add, add]
    return keep[0] is keep[1], keep[0] == items.append, add.__name__, add.__self__ is items, bool(add), callable(add)


def passed(n):
    items = []
    add = items.append
    call(add, n)
    for i in range(n):
        add(i)
    return items, list(map(add, "ab")), items


def call(function, n):
    for i in range(n):
        function(i * i)


def given_back():
    items = [3, 1, 2]
    sort = items.sort
    sort()
    return sort, items


def wrong(n, how):
    items = []
    add, pop = items.append, items.pop
    for i in range(n):
        add(i)
        if i == n - 1:
            if how == 0:
                add()
            elif how == 1:
                add(1, 2)
            elif how == 2:
                add(x=1)
            elif how == 3:
                while True:
                    pop()
            elif how == 4:
                pop("x")
            else:
                add(missing)  # noqa: F821
    return items


def of_dict(words):
    counts = {}
    get, setdefault = counts.get, counts.setdefault
    for w in words:
        counts[w] = get(w, 0) + 1
        setdefault(w * 2, 0)
    return counts


def of_set(n):
    seen = set()
    add = seen.add
    twice = 0
    for i in range(n):
        if i * i % 7 in seen:
            twice += 1
        add(i * i % 7)
    return twice, sorted(seen)


def of_str(words):
    text = " ".join(words)
    find, startswith = text.find, text.startswith
    return [find(w) for w in words], [startswith(w) for w in words], find(words[0], 1)


def of_deque(n):
    d = collections.deque()
    push, pull = d.append, d.popleft
    s = 0
    for i in range(n):
        push(i)
        if i % 3 == 2:
            s = s * 3 + pull()
    return s, d


def large(n):
    out = []
    add = out.append
    x = 1
    for i in range(n):
        x *= 1000
        add(x)
    return out


def mixed(n):
    out = []
    add = out.append
    for i in range(n):
        add(i if i % 2 else str(i) if i % 3 else i / 4)
    return out


def handled(n):
    out = []
    pop, add = out.pop, out.append
    missed = 0
    for i in range(n):
        try:
            pop()
        except IndexError as e:
            missed += 1
            text = str(e)
            add(i)
    return missed, text, out


def yields(n):
    out = []
    add = out.append
    for i in range(n):
        add(i)
        yield len(out)
    yield out


def argument_changes_it(n):
    a, b = [], []
    add = a.append
    for i in range(n):
        add((add := b.append) and i)
    return a, b


def nested(rows):
    out = []
    for row in rows:
        line = []
        add = line.append
        for x in row:
            add(x * 2)
            if x > 5:
                add(-1)
        out.append(line)
    return out


def sorts_again():
    sort, items = given_back()
    items.append(0)
    sort(reverse=True)
    return items


def all_of(n):
    return list(yields(n))


CASES = []
for n in (0, 1, 5, 40):
    CASES.extend((f, (n,)) for f in (evens, both_ends, two, chosen, rebound, forgotten, dead_but_there, replaced, escapes,
                                     passed, of_set, of_deque, large, mixed, all_of, argument_changes_it))
CASES.append((handled, (7,)))
CASES.extend((either, (flag, 4)) for flag in (True, False))
CASES.extend((wrong, (4, how)) for how in range(6))
CASES.append((of_dict, (["a", "b", "a", "aa", "é"],)))
CASES.append((of_str, (["a", "bc", "é", "x"],)))
CASES.append((sorts_again, ()))
CASES.append((nested, ([[1, 2, 9], [], [7, 7], [1.5]],)))
