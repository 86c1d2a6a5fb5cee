"""A CSV text parsed by hand, its rows grouped in dicts, a report written."""


def split_line(line):
    fields, field, quoted = [], "", False
    for char in line:
        if quoted:
            if char == '"':
                quoted = False
            else:
                field += char
        elif char == '"':
            quoted = True
        elif char == ",":
            fields.append(field)
            field = ""
        else:
            field += char
    fields.append(field)
    return fields


def parse(text):
    lines = text.split("\n")
    header = split_line(lines[0])
    return [dict(zip(header, split_line(line))) for line in lines[1:] if line]


def report(rows):
    groups = {}
    for row in rows:
        group = groups.setdefault(row["country"], {"count": 0, "sum": 0.0, "names": set()})
        group["count"] += 1
        group["sum"] += float(row["amount"])
        group["names"].add(row["name"])
    lines = []
    for country in sorted(groups):
        group = groups[country]
        lines.append(f"{country:<10}|{group['count']:5d}|{group['sum']:12.2f}|{len(group['names'])}")
    return "\n".join(lines)


def main():
    countries = ["Norway", "Chile", "Japan", "Kenya", "Peru"]
    lines = ["id,name,country,amount"]
    for i in range(5000):
        lines.append(f'{i},"Doe, Jane {i % 37}",{countries[i * 7 % 5]},{i * 1.25}')
    return report(parse("\n".join(lines)))
