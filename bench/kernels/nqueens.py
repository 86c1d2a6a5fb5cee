"""Queens on a board, counted twice: by bit masks, and by backtracking over a list."""


def by_masks(full, columns, left, right):
    if columns == full:
        return 1
    count = 0
    free = full & ~(columns | left | right)
    while free:
        bit = free & -free
        free ^= bit
        count += by_masks(full, columns | bit, (left | bit) << 1, (right | bit) >> 1)
    return count


def is_safe(queens, column):
    row = len(queens)
    for other_row, other in enumerate(queens):
        if other == column or abs(other - column) == row - other_row:
            return False
    return True


def by_lists(size, queens):
    if len(queens) == size:
        return 1
    count = 0
    for column in range(size):
        if is_safe(queens, column):
            queens.append(column)
            count += by_lists(size, queens)
            queens.pop()
    return count


def main():
    return by_masks((1 << 10) - 1, 0, 0, 0), by_lists(8, [])
