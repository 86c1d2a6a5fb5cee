"""The fast Fourier transform: once in place over two lists of floats, once recursive over complex numbers."""
import cmath
import math


def fft_in_place(re, im):
    n = len(re)
    j = 0
    for i in range(1, n):
        bit = n >> 1
        while j & bit:
            j ^= bit
            bit >>= 1
        j |= bit
        if i < j:
            re[i], re[j] = re[j], re[i]
            im[i], im[j] = im[j], im[i]
    size = 2
    while size <= n:
        angle = -2.0 * math.pi / size
        half = size // 2
        for k in range(half):
            wr = math.cos(angle * k)
            wi = math.sin(angle * k)
            for i in range(k, n, size):
                xr = re[i + half] * wr - im[i + half] * wi
                xi = re[i + half] * wi + im[i + half] * wr
                re[i + half] = re[i] - xr
                im[i + half] = im[i] - xi
                re[i] += xr
                im[i] += xi
        size *= 2


def fft(values):
    n = len(values)
    if n == 1:
        return values
    even, odd = fft(values[::2]), fft(values[1::2])
    turned = [cmath.exp(-2j * math.pi * k / n) * odd[k] for k in range(n // 2)]
    return [even[k] + turned[k] for k in range(n // 2)] + [even[k] - turned[k] for k in range(n // 2)]


def main():
    n = 4096
    re = [math.sin(i * 0.1) + (i % 7) for i in range(n)]
    im = [0.0] * n
    fft_in_place(re, im)
    other = fft([complex(i % 5, i % 3) for i in range(n // 2)])
    # cos, sin and exp may differ in the last bit between builds of an interpreter
    return round(sum(abs(x) for x in re) + sum(abs(x) for x in im), 3), round(sum(abs(z) for z in other), 3)
