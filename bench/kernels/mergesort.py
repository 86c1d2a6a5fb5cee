"""Mergesort over a list of floats: slices, append, two indices."""


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
    out.extend(a[i:])
    out.extend(b[j:])
    return out


def mergesort(items):
    if len(items) <= 1:
        return items
    middle = len(items) // 2
    return merge(mergesort(items[:middle]), mergesort(items[middle:]))


def main():
    items = mergesort([((i * 7919) % 10007) / 3.0 for i in range(8000)])
    return items[0], items[4321], items[-1]
