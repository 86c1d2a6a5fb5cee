"""Records of a JSON-like answer filtered, grouped, joined and sorted: dicts of strings and numbers."""


def records(count):
    return [
        {"id": i, "city": ("Oslo", "Lima", "Kyoto", "Nairobi")[i % 4], "age": 18 + i * 7 % 60, "score": i * 37 % 101 / 10}
        for i in range(count)
    ]


def averages(rows):
    sums = {}
    for row in rows:
        if row["age"] >= 21:
            key = (row["city"], row["age"] // 10)
            total, count = sums.get(key, (0.0, 0))
            sums[key] = (total + row["score"], count + 1)
    return {key: total / count for key, (total, count) in sums.items()}


def join(rows, names):
    return [{**row, "name": names[row["id"]]} for row in rows if row["id"] in names]


def main():
    rows = records(6000)
    names = {i: f"user{i}" for i in range(0, 6000, 3)}
    joined = join(rows, names)
    joined.sort(key=lambda row: (-row["score"], row["name"]))
    means = averages(rows)
    return [row["name"] for row in joined[:3]], [(key, round(means[key], 6)) for key in sorted(means)][:5]
