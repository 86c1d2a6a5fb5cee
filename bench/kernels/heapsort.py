"""Heapsort in place over a list of ints."""


def sift_down(items, root, end):
    while True:
        child = 2 * root + 1
        if child >= end:
            return
        if child + 1 < end and items[child] < items[child + 1]:
            child += 1
        if items[root] >= items[child]:
            return
        items[root], items[child] = items[child], items[root]
        root = child


def heapsort(items):
    for root in range(len(items) // 2 - 1, -1, -1):
        sift_down(items, root, len(items))
    for end in range(len(items) - 1, 0, -1):
        items[0], items[end] = items[end], items[0]
        sift_down(items, 0, end)


def main():
    items = [(i * 7919) % 10007 for i in range(5000)]
    heapsort(items)
    return items[0], items[1234], items[-1], items == sorted(items)
