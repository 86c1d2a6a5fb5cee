"""An object-heavy program: a small event simulation with classes, dicts and lists, and JSON-like string work.

Written so that an interpreter spends its time the way ordinary application code does: attribute loads, method calls,
dict lookups, small allocations, string slicing and joining. work() returns a checksum, timed() its own time as well.
"""

import time


class Packet:
    def __init__(self, source, target, kind, payload):
        self.source = source
        self.target = target
        self.kind = kind
        self.payload = payload
        self.hops = []

    def visit(self, node):
        self.hops.append(node.name)
        return len(self.hops) < 8


class Node:
    def __init__(self, name):
        self.name = name
        self.neighbours = []
        self.inbox = []
        self.seen = {}

    def receive(self, packet):
        self.seen[packet.kind] = self.seen.get(packet.kind, 0) + 1
        if packet.visit(self):
            self.inbox.append(packet)

    def forward(self, tick):
        inbox, self.inbox = self.inbox, []
        for packet in inbox:
            choice = (tick + len(packet.hops)) % len(self.neighbours)
            self.neighbours[choice].receive(packet)
        return len(inbox)


class Hub(Node):
    def __init__(self, name):
        super().__init__(name)
        self.log = []

    def receive(self, packet):
        self.log.append({"source": packet.source, "kind": packet.kind, "hops": list(packet.hops)})
        Node.receive(self, packet)


class Network:
    def __init__(self, size):
        self.nodes = [Hub(f"hub{i}") if i % 7 == 0 else Node(f"node{i}") for i in range(size)]
        for i, node in enumerate(self.nodes):
            node.neighbours = [self.nodes[(i * step + 1) % size] for step in (1, 3, 5, 7)]

    def run(self, ticks):
        moved = 0
        for tick in range(ticks):
            source = self.nodes[tick % len(self.nodes)]
            for kind in ("data", "ack", "ping"):
                source.receive(Packet(source.name, f"node{tick % 11}", kind, {"tick": tick, "tags": [kind, str(tick)]}))
            for node in self.nodes:
                moved += node.forward(tick)
        return moved


def encode(value):
    """JSON by hand."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{encode(key)}: {encode(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join([encode(item) for item in value]) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def tokens(text):
    """Split the JSON text into its tokens."""
    position, found = 0, []
    while position < len(text):
        char = text[position]
        if char in "{}[]:,":
            found.append(char)
            position += 1
        elif char == '"':
            end = text.index('"', position + 1)
            found.append(text[position : end + 1])
            position = end + 1
        elif char == " ":
            position += 1
        else:
            end = position
            while end < len(text) and text[end] not in ",]} ":
                end += 1
            found.append(int(text[position:end]))
            position = end
    return found


def work(rounds):
    checksum = 0
    for _ in range(rounds):
        network = Network(40)
        checksum += network.run(60)
        logs = [entry for node in network.nodes if isinstance(node, Hub) for entry in node.log]
        logs.sort(key=lambda entry: (len(entry["hops"]), entry["source"], entry["kind"]))
        text = encode(logs[:60])
        counts = {}
        for token in tokens(text):
            counts[token] = counts.get(token, 0) + 1
        checksum += len(text) + sum(counts.values())
    return checksum


def timed(rounds):
    """[seconds, checksum]"""
    start = time.perf_counter()
    checksum = work(rounds)
    return [time.perf_counter() - start, checksum]
