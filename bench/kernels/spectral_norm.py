"""The spectral norm of an infinite matrix, cut off: float division in nested comprehensions."""


def element(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def times(u):
    return [sum(element(i, j) * u[j] for j in range(len(u))) for i in range(len(u))]


def times_transposed(u):
    return [sum(element(j, i) * u[j] for j in range(len(u))) for i in range(len(u))]


def main():
    u = v = [1.0] * 60
    for _ in range(10):
        v = times_transposed(times(u))
        u = times_transposed(times(v))
    vbv = sum(a * b for a, b in zip(u, v))
    vv = sum(b * b for b in v)
    return (vbv / vv) ** 0.5
