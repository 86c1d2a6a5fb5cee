"""Pancakes turned over: permutations, slices and swaps in small lists of ints."""


def fannkuch(n):
    permutation = list(range(n))
    count = [0] * n
    checksum = most = 0
    sign = 1
    while True:
        if permutation[0]:
            flips = 0
            work = permutation[:]
            first = work[0]
            while first:
                work[: first + 1] = work[first::-1]
                flips += 1
                first = work[0]
            most = max(most, flips)
            checksum += sign * flips
        if sign == 1:
            permutation[0], permutation[1] = permutation[1], permutation[0]
            sign = -1
        else:
            permutation[1], permutation[2] = permutation[2], permutation[1]
            sign = 1
            for i in range(2, n):
                if count[i] < i:
                    count[i] += 1
                    break
                if i == n - 1:
                    return checksum, most
                count[i] = 0
                permutation.insert(i + 1, permutation.pop(0))


def main():
    return fannkuch(8)
