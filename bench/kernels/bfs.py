"""Breadth-first search: shortest ways through a grid with walls, and through a graph of adjacency lists."""
from collections import deque


def grid_distance(grid, width, height):
    distance = [-1] * (width * height)
    distance[0] = 0
    queue = [0]
    head = 0
    while head < len(queue):
        place = queue[head]
        head += 1
        x, y = place % width, place // width
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            nx, ny = x + dx, y + dy
            if 0 <= nx < width and 0 <= ny < height:
                other = ny * width + nx
                if grid[other] == 0 and distance[other] < 0:
                    distance[other] = distance[place] + 1
                    queue.append(other)
    return distance


def levels(graph, start):
    seen = {start: 0}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for other in graph[node]:
            if other not in seen:
                seen[other] = seen[node] + 1
                queue.append(other)
    return seen


def main():
    width, height = 100, 100
    grid = [1 if (x * y + x) % 7 == 3 else 0 for y in range(height) for x in range(width)]
    distance = grid_distance(grid, width, height)
    graph = [[(i * 7 + 1) % 5000, (i * 13 + 5) % 5000, (i + 1) % 5000] for i in range(5000)]
    seen = levels(graph, 0)
    return sum(distance), distance[-1], len(seen), max(seen.values())
