"""FNV-1a of the bytes of many short keys (64 bits: the product needs more) and djb2 of their characters."""


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value


def djb2(text):
    value = 5381
    for char in text:
        value = ((value << 5) + value + ord(char)) & 0xFFFFFFFF
    return value


def main():
    keys = [f"customer:{i}:orders" for i in range(3500)]
    mixed = 0
    for key in keys:
        mixed ^= fnv1a(key.encode()) ^ djb2(key)
    return mixed
