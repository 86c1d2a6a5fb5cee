"""Dijkstra's shortest paths with heapq and a dict of dicts."""
import heapq


def graph_of(size):
    return {i: {(i * 7 + 1) % size: i % 11 + 1, (i * 13 + 5) % size: i % 17 + 1, (i + 1) % size: 9} for i in range(size)}


def dijkstra(graph, start):
    distance = {start: 0}
    heap = [(0, start)]
    done = set()
    while heap:
        far, node = heapq.heappop(heap)
        if node in done:
            continue
        done.add(node)
        for other, weight in graph[node].items():
            candidate = far + weight
            if other not in distance or candidate < distance[other]:
                distance[other] = candidate
                heapq.heappush(heap, (candidate, other))
    return distance


def main():
    distance = dijkstra(graph_of(6000), 0)
    return len(distance), sum(distance.values()), max(distance.values())
