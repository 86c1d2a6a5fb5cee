"""Primes: a sieve of the odd numbers over a bytearray, by elements and by slices."""


def by_elements(limit):
    flags = bytearray(limit)
    count = 0
    for n in range(2, limit):
        if not flags[n]:
            count += 1
            for multiple in range(n * n, limit, n):
                flags[multiple] = 1
    return count


def by_slices(limit):
    half = limit // 2
    flags = bytearray(b"\x01") * half
    for i in range(1, int(limit**0.5) // 2 + 1):
        if flags[i]:
            start = 2 * i * (i + 1)
            flags[start :: 2 * i + 1] = bytes(len(range(start, half, 2 * i + 1)))
    return sum(flags)


def main():
    return by_elements(150000), by_slices(150000)
