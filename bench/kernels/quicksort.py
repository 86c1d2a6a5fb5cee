"""Quicksort in place over a list of ints, and a functional one of comprehensions."""


def partition(items, low, high):
    pivot = items[(low + high) // 2]
    while low <= high:
        while items[low] < pivot:
            low += 1
        while items[high] > pivot:
            high -= 1
        if low <= high:
            items[low], items[high] = items[high], items[low]
            low += 1
            high -= 1
    return low, high


def quicksort(items, low, high):
    if low < high:
        right, left = partition(items, low, high)
        quicksort(items, low, left)
        quicksort(items, right, high)


def by_comprehension(items):
    if len(items) < 2:
        return items
    pivot = items[len(items) // 2]
    return (
        by_comprehension([x for x in items if x < pivot])
        + [x for x in items if x == pivot]
        + by_comprehension([x for x in items if x > pivot])
    )


def main():
    items = [(i * 7919) % 10007 for i in range(8000)]
    other = by_comprehension(items[:4000])
    quicksort(items, 0, len(items) - 1)
    return items[0], items[1234], items[-1], items == sorted(items), other[100]
