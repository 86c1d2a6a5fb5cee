"""LU decomposition with partial pivoting, in place, and the solution of a linear system."""


def decompose(a):
    n = len(a)
    order = list(range(n))
    for k in range(n):
        pivot = k
        for i in range(k + 1, n):
            if abs(a[i][k]) > abs(a[pivot][k]):
                pivot = i
        if pivot != k:
            a[k], a[pivot] = a[pivot], a[k]
            order[k], order[pivot] = order[pivot], order[k]
        for i in range(k + 1, n):
            a[i][k] /= a[k][k]
            factor = a[i][k]
            for j in range(k + 1, n):
                a[i][j] -= factor * a[k][j]
    return order


def solve(lu, order, b):
    n = len(lu)
    x = [b[i] for i in order]
    for i in range(n):
        for j in range(i):
            x[i] -= lu[i][j] * x[j]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            x[i] -= lu[i][j] * x[j]
        x[i] /= lu[i][i]
    return x


def main():
    n = 90
    a = [[((i * 7919 + j * 104729) % 1009) / 1009.0 + (3.0 if i == j else 0.0) for j in range(n)] for i in range(n)]
    return sum(solve(a, decompose(a), [float(i % 13) for i in range(n)]))
