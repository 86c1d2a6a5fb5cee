"""The 0/1 knapsack: a table in one list, walked downwards."""


def knapsack(weights, values, capacity):
    best = [0] * (capacity + 1)
    for weight, value in zip(weights, values):
        for room in range(capacity, weight - 1, -1):
            candidate = best[room - weight] + value
            if candidate > best[room]:
                best[room] = candidate
    return best[capacity]


def main():
    weights = [3 + (i * 37) % 41 for i in range(100)]
    values = [10 + (i * 53) % 97 for i in range(100)]
    return knapsack(weights, values, 8000 // 8), knapsack(weights, values, 5000 // 8)
