"""What a dashboard computes of a series: mean, deviation, correlation, regression, moving average, percentiles, histogram."""
import math


def mean(values):
    return sum(values) / len(values)


def deviation(values):
    m = mean(values)
    return math.sqrt(sum((x - m) ** 2 for x in values) / (len(values) - 1))


def correlation(xs, ys):
    mx, my = mean(xs), mean(ys)
    sxy = sum((x - mx) * (y - my) for x, y in zip(xs, ys))
    sxx = sum((x - mx) * (x - mx) for x in xs)
    syy = sum((y - my) * (y - my) for y in ys)
    return sxy / math.sqrt(sxx * syy), sxy / sxx


def moving_average(values, window):
    out = []
    total = 0.0
    for i, value in enumerate(values):
        total += value
        if i >= window:
            total -= values[i - window]
        if i >= window - 1:
            out.append(total / window)
    return out


def percentile(values, p):
    ordered = sorted(values)
    place = (len(ordered) - 1) * p
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def histogram(values, bins):
    low, high = min(values), max(values)
    counts = [0] * bins
    for value in values:
        counts[min(int((value - low) / (high - low) * bins), bins - 1)] += 1
    return counts


def main():
    n = 20000
    xs = [((i * 7919) % 10007) / 10.0 for i in range(n)]
    ys = [x * 0.5 + ((i * 104729) % 1009) / 7.0 for i, x in enumerate(xs)]
    average = moving_average(ys, 50)
    return (
        mean(xs), deviation(ys), correlation(xs, ys), sum(average), percentile(ys, 0.95), histogram(xs, 16), any(x > 1000.6 for x in xs),
    )
