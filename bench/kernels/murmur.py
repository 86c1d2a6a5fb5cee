"""MurmurHash3 (32 bits) and xorshift: multiplications, rotations and masks."""


def murmur3(data, seed):
    h = seed
    blocks = len(data) // 4
    for i in range(blocks):
        k = data[4 * i] | data[4 * i + 1] << 8 | data[4 * i + 2] << 16 | data[4 * i + 3] << 24
        k = k * 0xCC9E2D51 & 0xFFFFFFFF
        k = (k << 15 | k >> 17) & 0xFFFFFFFF
        h ^= k * 0x1B873593 & 0xFFFFFFFF
        h = (h << 13 | h >> 19) & 0xFFFFFFFF
        h = (h * 5 + 0xE6546B64) & 0xFFFFFFFF
    h ^= len(data)
    h ^= h >> 16
    h = h * 0x85EBCA6B & 0xFFFFFFFF
    h ^= h >> 13
    h = h * 0xC2B2AE35 & 0xFFFFFFFF
    return h ^ h >> 16


def xorshift(state, rounds):
    total = 0
    for _ in range(rounds):
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        total += state & 0xFF
    return total


def main():
    data = bytes(i * 7 & 255 for i in range(64000))
    return murmur3(data, 42), xorshift(2463534242, 60000)
