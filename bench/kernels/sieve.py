"""Primes: Eratosthenes' sieve over a list of bools, and trial division by what was found."""


def sieve(limit):
    is_prime = [True] * (limit + 1)
    is_prime[0] = is_prime[1] = False
    n = 2
    while n * n <= limit:
        if is_prime[n]:
            for multiple in range(n * n, limit + 1, n):
                is_prime[multiple] = False
        n += 1
    return [i for i in range(limit + 1) if is_prime[i]]


def smallest_factor(n, primes):
    for p in primes:
        if p * p > n:
            break
        if n % p == 0:
            return p
    return n


def main():
    primes = sieve(150000)
    return len(primes), primes[-1], sum(smallest_factor(n, primes) for n in range(1000001, 1002001, 2))
