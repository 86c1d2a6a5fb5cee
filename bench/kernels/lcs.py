"""The longest common subsequence: a table of lists, and the way back through it."""


def table(a, b):
    rows = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a)):
        for j in range(len(b)):
            if a[i] == b[j]:
                rows[i + 1][j + 1] = rows[i][j] + 1
            else:
                rows[i + 1][j + 1] = max(rows[i][j + 1], rows[i + 1][j])
    return rows


def lcs(a, b):
    rows = table(a, b)
    i, j = len(a), len(b)
    found = []
    while i and j:
        if a[i - 1] == b[j - 1]:
            found.append(a[i - 1])
            i, j = i - 1, j - 1
        elif rows[i - 1][j] >= rows[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return "".join(reversed(found))


def main():
    a = "ACCGGTCGAGTGCGCGGAAGCCGGCCGAA" * 10
    b = "GTCGTTCGGAATGCCGTTGCTCTGTAAA" * 10
    return lcs(a, b)
