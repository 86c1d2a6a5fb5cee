"""A calculator: tokens of a formula, a recursive-descent parser, an evaluator over tuples."""


def tokens(text):
    found = []
    i = 0
    while i < len(text):
        char = text[i]
        if char.isdigit():
            j = i
            while j < len(text) and text[j].isdigit():
                j += 1
            found.append(int(text[i:j]))
            i = j
        elif char == " ":
            i += 1
        else:
            found.append(char)
            i += 1
    found.append(None)
    return found


class Parser:
    def __init__(self, text):
        self.tokens = tokens(text)
        self.position = 0

    def next(self):
        token = self.tokens[self.position]
        self.position += 1
        return token

    def peek(self):
        return self.tokens[self.position]

    def sum(self):
        left = self.product()
        while self.peek() in ("+", "-"):
            left = (self.next(), left, self.product())
        return left

    def product(self):
        left = self.atom()
        while self.peek() in ("*", "%"):
            left = (self.next(), left, self.atom())
        return left

    def atom(self):
        token = self.next()
        if token == "(":
            inner = self.sum()
            if self.next() != ")":
                raise SyntaxError("missing )")
            return inner
        if not isinstance(token, int):
            raise SyntaxError(f"unexpected {token}")
        return token


def evaluate(tree):
    if isinstance(tree, int):
        return tree
    operator, left, right = tree
    a, b = evaluate(left), evaluate(right)
    if operator == "+":
        return a + b
    if operator == "-":
        return a - b
    if operator == "*":
        return a * b
    return a % b


def main():
    total = bad = 0
    for i in range(1000):
        text = f"({i} + 3 * (17 - {i % 7})) * 5 % 1009 + (1 + 2) * (3 + {i}) - 4 * (2 + {i * i} % 13)"
        try:
            total += evaluate(Parser(text if i % 10 else text + " + )").sum())
        except SyntaxError:
            bad += 1
    return total, bad
