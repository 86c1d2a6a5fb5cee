"""A Monte Carlo estimate of pi and of an option's price with a linear congruential generator."""
import math


def estimate_pi(samples, seed):
    hits = 0
    for _ in range(samples):
        seed = (seed * 1103515245 + 12345) % 2147483648
        x = seed / 2147483648.0
        seed = (seed * 1103515245 + 12345) % 2147483648
        y = seed / 2147483648.0
        if x * x + y * y < 1.0:
            hits += 1
    return 4.0 * hits / samples


def option_price(paths, steps, seed):
    total = 0.0
    for _ in range(paths):
        price = 100.0
        for _ in range(steps):
            seed = (seed * 1103515245 + 12345) % 2147483648
            price *= 1.0 + 0.02 * (seed / 2147483648.0 - 0.499)
        total += max(price - 100.0, 0.0)
    return total / paths * math.exp(-0.05)


def main():
    return estimate_pi(50000, 42), round(option_price(700, 50, 7), 9)
