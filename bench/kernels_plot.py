"""A bar chart of the kernels' ratios as SVG, on a logarithmic axis."""

import math
from html import escape

BAR, GAP, LEFT, WIDTH, TOP = 9, 8, 150, 900, 60
COLOURS = {"to CPython": "#4878a8", "to PyPy": "#d08030"}
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def text(x, y, content, anchor="start", size=12):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{escape(content)}</text>'


def bar(position, y, value, colour):
    """From 1 to value: to the right means faster."""
    a, b = sorted((position(1), position(value)))
    return (
        f'<rect x="{a:.1f}" y="{y}" width="{max(b - a, 1):.1f}" height="{BAR}" fill="{colour}"/>'
        + text(position(value) + 4 if value >= 1 else position(1) + 4, y + BAR - 1, f"{value:.2f}", size=9)
    )


def scale(rows):
    values = [ratios[key] for _, _, ratios in rows for key in COLOURS if ratios[key]] + [0.5, 2]
    low, high = math.log(min(values) / 1.2), math.log(max(values) * 1.5)
    return lambda value: LEFT + (math.log(value) - low) / (high - low) * (WIDTH - LEFT)


def plot(path, rows):
    rows = sorted(rows, key=lambda row: (row[1], row[0]))
    position = scale(rows)
    step = 2 * BAR + GAP
    height = TOP + len(rows) * step + 10
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + 40}" height="{height}" font-family="sans-serif">',
        f'<rect width="{WIDTH + 40}" height="{height}" fill="white"/>',
        text(10, 20, "How many times as fast as CPython and as PyPy, after warm-up", size=15),
    ]
    for i, (key, colour) in enumerate(COLOURS.items()):
        out.append(f'<rect x="{500 + i * 120}" y="10" width="12" height="12" fill="{colour}"/>')
        out.append(text(518 + i * 120, 20, key))
    for tick in TICKS:
        x = position(tick)
        if LEFT <= x <= WIDTH:
            colour = "black" if tick == 1 else "#dddddd"
            out.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{height - 10}" stroke="{colour}"/>')
            out.append(text(x, TOP - 12, f"{tick:g}", "middle", 10))
    for i, (name, group, ratios) in enumerate(rows):
        y = TOP + i * step
        out.append(text(LEFT - 8, y + BAR + 4, name + (" *" if group == "other" else ""), "end"))
        for k, (key, colour) in enumerate(COLOURS.items()):
            if ratios[key]:
                out.append(bar(position, y + k * BAR, ratios[key], colour))
    out.append("</svg>")
    with open(path, "w") as file:
        file.write("\n".join(out) + "\n")
