"""The longest Collatz chain: a while loop over small ints."""


def chain_length(n):
    length = 1
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        length += 1
    return length


def longest(limit):
    best = best_length = 0
    for n in range(1, limit):
        length = chain_length(n)
        if length > best_length:
            best, best_length = n, length
    return best, best_length


def main():
    return longest(8000)
