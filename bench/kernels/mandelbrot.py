"""The Mandelbrot set, counted: nested scalar loops over floats."""


def escape_time(cr, ci, limit):
    zr = zi = 0.0
    for step in range(limit):
        rr = zr * zr
        ii = zi * zi
        if rr + ii > 4.0:
            return step
        zi = 2.0 * zr * zi + ci
        zr = rr - ii + cr
    return limit


def mandelbrot(width, height, limit):
    total = 0
    for y in range(height):
        ci = 2.0 * y / height - 1.0
        for x in range(width):
            total += escape_time(3.0 * x / width - 2.0, ci, limit)
    return total


def main():
    return mandelbrot(64, 48, 150)
