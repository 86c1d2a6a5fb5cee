"""A convolution of an image with a 3x3 kernel: rows are lists of ints, the result is clamped."""


def convolve(image, kernel, divisor):
    height, width = len(image), len(image[0])
    out = [[0] * width for _ in range(height)]
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            total = 0
            for ky in range(3):
                row = image[y + ky - 1]
                for kx in range(3):
                    total += row[x + kx - 1] * kernel[ky][kx]
            out[y][x] = min(max(total // divisor, 0), 255)
    return out


def main():
    image = [[(x * y + x * 3 + y) % 256 for x in range(120)] for y in range(90)]
    blurred = convolve(image, [[1, 2, 1], [2, 4, 2], [1, 2, 1]], 16)
    edges = convolve(blurred, [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], 1)
    return sum(map(sum, blurred)), sum(map(sum, edges))
