"""Conway's game of life on a torus of lists of ints."""


def neighbours(board, x, y, width, height):
    count = 0
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            if dx or dy:
                count += board[(y + dy) % height][(x + dx) % width]
    return count


def step(board, width, height):
    after = []
    for y in range(height):
        row = []
        for x in range(width):
            count = neighbours(board, x, y, width, height)
            row.append(1 if count == 3 or (count == 2 and board[y][x]) else 0)
        after.append(row)
    return after


def main():
    width, height = 48, 40
    board = [[1 if (x * x + y * 3 + x * y) % 5 < 2 else 0 for x in range(width)] for y in range(height)]
    for _ in range(16):
        board = step(board, width, height)
    return sum(map(sum, board))
