"""Words of a text counted, and the most frequent ones told."""

TEXT = (
    "It is a truth universally acknowledged, that a single service in possession of a good cache must be in want of a client. "
    "However little known the load or the latency of such a service may be on its first entering a cluster, this truth is so "
    "well fixed in the minds of the surrounding teams, that it is considered as the rightful property of some one or other! "
)


def words(text):
    word = []
    for char in text:
        if char.isalpha():
            word.append(char.lower())
        elif word:
            yield "".join(word)
            word.clear()
    if word:
        yield "".join(word)


def count(text):
    counts = {}
    for word in words(text):
        counts[word] = counts.get(word, 0) + 1
    return counts


def count_split(text):
    counts = {}
    for word in text.split():
        word = word.strip(".,!").lower()
        if word in counts:
            counts[word] += 1
        else:
            counts[word] = 1
    return counts


def main():
    text = TEXT * 350
    counts = count(text)
    top = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:5]
    return top, counts == count_split(text)
