"""Levenshtein's distance of two texts, with two rows."""


def distance(a, b):
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        current = [i]
        for j, y in enumerate(b, 1):
            cost = 0 if x == y else 1
            current.append(min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost))
        previous = current
    return previous[-1]


def main():
    a = "the quick brown fox jumps over the lazy dog and runs away from it " * 4
    b = "a quiet brown bear jumped onto the crazy dog and ran along with it " * 4
    return distance(a, b)
