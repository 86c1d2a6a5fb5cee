"""The product of matrices that are lists of lists of floats."""


def matrix(rows, columns, seed):
    return [[((i * 31 + j * 17 + seed) % 101) / 7.0 for j in range(columns)] for i in range(rows)]


def matmul(a, b):
    rows, inner, columns = len(a), len(b), len(b[0])
    c = [[0.0] * columns for _ in range(rows)]
    for i in range(rows):
        row = a[i]
        out = c[i]
        for j in range(columns):
            total = 0.0
            for k in range(inner):
                total += row[k] * b[k][j]
            out[j] = total
    return c


def main():
    size = 72
    c = matmul(matrix(size, size, 3), matrix(size, size, 5))
    return sum(sum(row) for row in c), c[7][11]
