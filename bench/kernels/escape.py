"""Strings built character by character: HTML escaping, run lengths, Caesar's cipher, hexadecimal, palindromes."""

ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;"}


def escape(text):
    out = []
    for char in text:
        out.append(ENTITIES.get(char, char))
    return "".join(out)


def run_lengths(text):
    out = ""
    i = 0
    while i < len(text):
        j = i
        while j < len(text) and text[j] == text[i]:
            j += 1
        out += text[i] + str(j - i)
        i = j
    return out


def caesar(text, shift):
    return "".join(chr((ord(c) - 97 + shift) % 26 + 97) if "a" <= c <= "z" else c for c in text)


def to_hex(data):
    digits = "0123456789abcdef"
    return "".join([digits[byte >> 4] + digits[byte & 15] for byte in data])


def is_palindrome(text):
    i, j = 0, len(text) - 1
    while i < j:
        if text[i] != text[j]:
            return False
        i += 1
        j -= 1
    return True


def main():
    text = 'aaab<b>bcc "dd" & éé ff</b> ' * 400
    runs = run_lengths(text)
    return len(escape(text)), len(runs), caesar(text, 3)[:20], to_hex(text.encode())[-20:], is_palindrome(text + text[::-1])
