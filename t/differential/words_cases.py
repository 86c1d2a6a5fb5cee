"""Dicts and sets whose keys are strs: found, changed, missing, deleted; among other keys; of classes that add something; and re.findall()."""
import re
from collections import Counter, OrderedDict, defaultdict


class Word(str):
    def __eq__(self, other):
        return str.__eq__(self, other) or other == "any"

    def __hash__(self):
        return str.__hash__(self)


class Odd(str):
    """Has the hash of another str, and says that it is equal to it."""

    def __eq__(self, other):
        return True

    def __hash__(self):
        return hash("b")


class Liar(str):
    """Has the hash of another str, and raises."""

    def __eq__(self, other):
        raise ValueError("no comparison")

    def __hash__(self):
        return hash("b")


class Own(dict):
    def __missing__(self, key):
        return "missing " + key


class Adding(dict):
    def __setitem__(self, key, value):
        dict.__setitem__(self, key, value + 100)


class Plain:
    pass


class Closing:
    """What dies in the place of another changes the dict."""

    def __init__(self, d):
        self.d = d

    def __del__(self):
        self.d["closed"] = len(self.d)
        self.d.clear()


COUNTED = 5


def parts(text):
    return text.replace("-", " ").split()


def by_get(text):
    counts = {}
    for word in parts(text):
        counts[word] = counts.get(word, 0) + 1
    return counts


def by_large(text):
    counts = {}
    for word in parts(text):
        counts[word] = counts.get(word, 2**31 - 2) + 1
        counts[word + "!"] = counts.get(word + "!", 1.5) * 2
        counts["same"] = counts.get("same", 250) + 1
    return counts


def by_in(text):
    counts = {}
    for word in parts(text):
        if word in counts:
            counts[word] += 1
        else:
            counts[word] = 1
    return counts


def by_class(text, kind):
    counts = kind()
    found = []
    for word in parts(text):
        try:
            counts[word] += 1
        except (KeyError, TypeError) as e:
            counts[word] = 1
            found.append((type(e), str(e)))
        found.append(counts[word])
    return kind.__name__, list(counts.items()), found


def by_lists(text):
    index = defaultdict(list)
    same = {}
    for i, word in enumerate(parts(text)):
        index[word].append(i)
        same.setdefault(word, []).append(i)
    return index == same, sorted(index.items())


def kept(text):
    counts = {}
    held = []
    for word in parts(text):
        counts[word] = counts.get(word, 1000) + 1
        held.append(counts[word])
    return counts, held


def deleted(text):
    d = {}
    found = []
    for i, word in enumerate(parts(text)):
        d[word] = i
        if i % 3 == 2:
            del d[word]
        found.append((word in d, d.get(word), d.get(word, -1), word[::-1] in d))
        if i % 5 == 4:
            found.append(d.pop(word, None))
    return list(d.items()), found


def mixed(text, others):
    d = dict.fromkeys(others, 0)
    s = set(others)
    found = []
    for word in parts(text):
        try:
            found.append(word in d)
            found.append(word in s)
            d[word] = d.get(word, 0) + 1
            d[word] += 2
            found.append(d[word])
        except (ValueError, KeyError) as e:
            found.append((type(e), str(e)))
    return list(d.values()), found


def looked_up(text, keys):
    d = by_get(text)
    s = set(d)
    f = frozenset(s)
    found = []
    for key in keys:
        try:
            found.append((key in d, key in s, key in f, d.get(key)))
            found.append(d[key])
        except (KeyError, TypeError, ValueError) as e:
            found.append((type(e), str(e)))
    return found


def split_dict(text):
    """The dict of an instance, whose keys its class shares."""
    a, b = Plain(), Plain()
    a.x = a.y = b.x = b.y = 0
    found = []
    for name in ["x", "y", "z"] + parts(text):
        d = vars(a)
        d[name] = d.get(name, 5) + 1
        found.append((name in vars(b), d[name], getattr(a, name)))
    return found, a.x, b.x


def globals_changed(n):
    found = []
    for i in range(n):
        globals()["COUNTED"] = i
        found.append(COUNTED)
        globals()["COUNTED"] += 300
        found.append(COUNTED)
    return found


def closed(text):
    d = {}
    found = []
    for word in parts(text):
        d[word] = Closing(d)
        d[word] = 7
        found.append(sorted(d.items(), key=repr))
    return found


def as_values(text):
    d = {}
    for word in parts(text):
        d[word] = [word]
        d[word] = (word, d[word])
        d[word] = d
        d[word] = word
    return d


def words_found(text):
    counts = {}
    for word in re.findall(r"[a-z]+", text.lower()):
        counts[word] = counts.get(word, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def letters(text):
    counts = {}
    seen = set()
    for ch in text:
        counts[ch] = counts.get(ch, 0) + 1
        if ch in seen and ch not in "ab":
            seen.discard(ch)
        else:
            seen.add(ch)
    return counts, sorted(seen)


TEXTS = [
    "the quick brown fox-the lazy dog the fox",
    "",
    "a b c a b a abc ab",
    "\u0416\u0417 \u0416 a \u0416\u0417 \xe9t\xe9 \U0001f600 \xe9t\xe9",
    " ".join(f"w{i * 7 % 50}" for i in range(300)),
    " ".join(f"longer_word_number_{i * 7 % 40}" for i in range(90)),
    "\ud800 x \ud800",
]
CASES = [(f, (text,)) for f in (by_get, by_large, by_in, by_lists, kept, deleted, split_dict, as_values, words_found, letters) for text in TEXTS]
CASES += [(by_class, (text, kind)) for text in TEXTS for kind in (dict, Counter, OrderedDict, Own, Adding)]
CASES += [(mixed, (text, others)) for text in TEXTS[:4] for others in ([1, 2], ["a", "the"], [Word("a"), "b"], [Odd("x")], [Liar("y"), "a"], [(1, "a"), None])]
CASES += [(looked_up, ("a b c d", keys)) for keys in (["a", "x", "a" + "", "".join(["b"])], [Word("a"), Odd("q")], [Liar("z")], [1, None], [[]])]
CASES += [(globals_changed, (5,)), (closed, ("a b a",)), (closed, ("x",))]
