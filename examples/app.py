"""The functions of an ordinary CPU-bound microservice.  Nothing here knows of Preforge."""


def hello():
    total = sum(x * x for x in range(1000000))
    return f"Total: {total}"


def sum_squares(n):
    """The sum of the squares of 0 .. n-1."""
    return sum(x * x for x in range(n))


def empty():
    """Does nothing: what a request costs by itself."""


def _escape(cr, ci, limit):
    """How many steps z = z*z + c takes to leave the circle of radius 2."""
    zr = zi = 0.0
    for step in range(limit):
        rr = zr * zr
        ii = zi * zi
        if rr + ii > 4.0:
            return step
        zi = 2.0 * zr * zi + ci
        zr = rr - ii + cr
    return limit


def mandelbrot_row(y, width, height, limit=200):
    """Row y of a picture of the Mandelbrot set, width by height pixels: the steps of each pixel."""
    ci = 2.4 * y / height - 1.2
    return [_escape(3.2 * x / width - 2.2, ci, limit) for x in range(width)]


def count_primes(n):
    """How many primes are below n, by the sieve of Eratosthenes."""
    if n < 3:
        return 0
    sieve = bytearray([1]) * n
    sieve[0] = sieve[1] = 0
    for i in range(2, int(n**0.5) + 1):
        if sieve[i]:
            sieve[i * i :: i] = bytes(len(range(i * i, n, i)))
    return sum(sieve)


def is_prime(n):
    """Whether n is a prime, by trial division."""
    if n < 4:
        return n > 1
    if n % 2 == 0:
        return False
    d = 3
    while d * d <= n:
        if n % d == 0:
            return False
        d += 2
    return True


def word_count(text, top=10):
    """The most frequent words of a text with their counts, most frequent first."""
    counts = {}
    for word in text.lower().split():
        word = word.strip(".,;:!?\"'()")
        if word:
            counts[word] = counts.get(word, 0) + 1
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [list(item) for item in ranked[:top]]


def levenshtein(a, b):
    """The least number of insertions, deletions and replacements that turn a into b."""
    previous = list(range(len(b) + 1))
    for i, ca in enumerate(a, 1):
        current = [i]
        for j, cb in enumerate(b, 1):
            current.append(min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (ca != cb)))
        previous = current
    return previous[-1]
