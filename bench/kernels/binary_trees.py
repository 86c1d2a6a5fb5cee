"""Trees of nodes: allocation and recursion; once as objects, once as tuples."""


class Node:
    def __init__(self, left, right):
        self.left = left
        self.right = right

    def count(self):
        if self.left is None:
            return 1
        return 1 + self.left.count() + self.right.count()


def build(depth):
    if depth == 0:
        return Node(None, None)
    return Node(build(depth - 1), build(depth - 1))


def build_tuple(depth):
    return (build_tuple(depth - 1), build_tuple(depth - 1)) if depth else (None, None)


def count_tuple(tree):
    left, right = tree
    return 1 if left is None else 1 + count_tuple(left) + count_tuple(right)


def main():
    return sum(build(depth).count() for depth in range(4, 15)), count_tuple(build_tuple(15))
