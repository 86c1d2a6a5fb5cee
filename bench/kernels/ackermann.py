"""Ackermann's function and Takeuchi's: deep recursion with several arguments, one of them by default."""


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def tak(x, y, z=0):
    if y >= x:
        return z
    return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))


def main():
    return ackermann(2, 60), tak(14, 7), tak(12, 8, z=4)
