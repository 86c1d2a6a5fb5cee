"""Blur, threshold and grey values of images that are bytearrays."""


def blur(pixels, width, height):
    out = bytearray(width * height)
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            i = y * width + x
            total = (
                pixels[i - width - 1] + 2 * pixels[i - width] + pixels[i - width + 1]
                + 2 * pixels[i - 1] + 4 * pixels[i] + 2 * pixels[i + 1]
                + pixels[i + width - 1] + 2 * pixels[i + width] + pixels[i + width + 1]
            )
            out[i] = total >> 4
    return out


def threshold(pixels, limit):
    for i in range(len(pixels)):
        pixels[i] = 255 if pixels[i] > limit else 0


def grey(rgb):
    out = bytearray(len(rgb) // 3)
    for i in range(len(out)):
        out[i] = (rgb[3 * i] * 77 + rgb[3 * i + 1] * 150 + rgb[3 * i + 2] * 29) >> 8
    return out


def main():
    width, height = 200, 120
    pixels = grey(bytes(i * 13 + i // 97 & 255 for i in range(width * height * 3)))
    blurred = blur(pixels, width, height)
    before = sum(blurred)
    threshold(blurred, 127)
    return before, sum(blurred)
