"""Write a case file of small random functions that pass arguments on: random_arguments.py SEED COUNT [small] > cases.py

Functions with parameters of all kinds, and calls of them that fit or not: by position, by name, by `*` and `**` of tuples, lists, ranges, dicts; wrappers that pass on what they got, with functools.wraps(), counters in
nonlocal variables, caches, partial(), methods and classes with `*args`; recursion, generators, key=.  The same seed gives the same file.
"""
import random_templates

PRELUDE = """
import functools
import gc

gc.disable()  # cycles would die when it pleases it
k = 5
LOG = []


""" + random_templates.LIVES + """

def plus(x, y=3):
    return x + y


def rest(*args, **kwargs):
    return len(args) + sum(kwargs.values())


def named(a, b=2, *, c=3, d):
    return a - b * c + d


def first(a, /, b, *args, c=1, **kwargs):
    return a, b, args, c, sorted(kwargs.items())


def raises(i):
    if i > 3:
        raise Own(i)
    return i + 1


def logged(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        LOG.append((f.__name__, len(args), sorted(kwargs)))
        return f(*args, **kwargs)

    return wrapper


def counting(f):
    n = 0

    def wrapper(*args):
        nonlocal n
        n += 1
        return f(*args) + n

    return wrapper


def twice(f):
    return lambda *args, **kwargs: (f(*args, **kwargs), f(*args, **kwargs))[1]


def retried(n):
    def decorate(f):
        def wrapper(*args, **kwargs):
            for k in range(n):
                try:
                    return f(*args, **kwargs)
                except Own as e:
                    LOG.append(str(e))
                    args = tuple(a - 3 if type(a) is int else a for a in args)
            raise Own("none")

        return wrapper

    return decorate


def memo(f):
    seen = {}

    def wrapper(*args):
        if args not in seen:
            seen[args] = f(*args)
        return seen[args]

    return wrapper


@logged
def loud(a, b=1):
    return a * b


@counting
def counted(a):
    return a


@twice
def again(a, *, b=2):
    LOG.append(a)
    return a + b


@retried(3)
def tried(a, b=0):
    return raises(a) + b


@memo
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@functools.lru_cache(maxsize=4)
def cached(a, b=1):
    LOG.append("cached")
    return a + b


def counter(start):
    count = start

    def up(by=1):
        nonlocal count
        count += by
        return count

    def value():
        return count

    return up, value


def pairs(*args):
    for a in args:
        yield a


class Base:
    made = 0

    def __init__(self, *args, **kwargs):
        self.args = args
        self.kwargs = kwargs
        type(self).made += 1

    def __call__(self, *args):
        return len(args) + len(self.args)

    def total(self, *more, scale=1):
        return (sum(self.args) + sum(more)) * scale

    @classmethod
    def of(cls, *args):
        return cls(*args)

    @staticmethod
    def most(*args, default=0):
        return max(args, default=default)


class Sub(Base):
    def __init__(self, first, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.first = first

    def total(self, *more, **kwargs):
        return super().total(self.first, *more, **kwargs)


def told():
    cached.cache_clear()
    return events()
""" + random_templates.EVENTS
EXPRESSIONS = {
    "i": """ {i} + {i} | {i} - {i} | {i} * {i} | {f}({a}) | {f}({a}) | {f}({a}) | {f}({i}) | {f}({i}, {i}) | plus({i}) | plus({i}, {i}) | plus(y={i}, x={i}) | rest({a}) | rest({a}, {w}) | named({i}, d={i}) | named({a}, {w}) | named({i}, {i}, c={i}, d={i}) | first({a}, {w})[0] | len(first({a}))
        | loud({i}) | loud({i}, b={i}) | loud({a}) | counted({i}) | again({i}) | again({i}, b={i}) | tried({i}) | tried({i}, {i}) | fib({u}) | fib(7) | cached({i}) | cached({i}, b={i}) | counter({i})[0]({i}) | sum(pairs({a})) | sum({t}) | len({t}) | len({d})
        | Base({a}).total({a}) | Sub({i}, {a}).total({i}, scale={i}) | Base.of({a}).total() | Sub.of({a}).first | Base.most({a}) | Base({a})({a}) | Base(x={i}).kwargs['x'] | {t}[{x}] | max({i}, {i}, {i}) | max({a}) | min(*{t}) | functools.partial({f}, {i})({a}) | functools.partial(named, d={i})({a})
        | functools.reduce({f}, {t}) | (lambda *v: len(v))({a}) | (lambda v, w={i}: v - w)({i}) | {o}.v | {i} if {q} else {i} | len({y}) | raises({i}) | sum(map({f}, {t})) | sorted({t}, key={f})[0] """,
    "o": """ T({i}) | T({i}) | T(*[{i}]) | {o} if {q} else {o} | next(pairs({o})) | twice(T)({i}) """,
    "t": """ ({i}, {i}) | {t} + {t} | tuple({t}) | {t}[1:] | (*{t}, {i}) | tuple(pairs({a})) | first({a}, {w})[2] | Base({a}).args """,
    "d": """ {{'b': {i}}} | dict(c={i}, d={i}) | {{**{d}, 'a': {i}}} | {{}} | Base(**{d}).kwargs """,
    "f": """ plus | rest | raises | abs | loud | counted | again | tried | cached | logged({f}) | counting({f}) | twice({f}) | (lambda v: v * 2) | (lambda *v: sum(v)) | (lambda v, *w, x=1: v + len(w) * x) | functools.partial({f}, {i}) | Base.most | Sub({i}, {i}).total | counter({i})[0] """,
    "a": """ {i} | {i}, {i} | *{t} | *{t} | {i}, *{t} | *{t}, {i} | *{t}, *{t} | *[{i}] | *range({u}) | {i}, {i}, {i} | *() """,
    "w": """ d={i} | c={i}, d={i} | **{d} | **{d} | d={i}, **{d} | b={i} | **{{'d': {i}}} """,
    "q": """ {i} < {i} | {i} == {i} | {t} | {d} | not {i} | {i} in {t} | callable({f}) | {o} is {o} | {q} and {q} """,
    "u": """ 0 | 1 | 2 | 3 | ({i} & 3) """,
    "x": """ 0 | -1 | 1 """,
    "y": """ () """,
}
ATOMS = {
    "i": "0 1 2 3 4 5 -1 7 2**62 10**20".split(),
    "o": ["T(1)", "T(2)"],
    "t": ["()", "(1,)", "(1, 2)", "(3, 1, 2)"],
    "d": ["{}", "{'d': 4}", "{'c': 1, 'd': 2}", "{'x': 5}"],
    "f": ["plus", "rest", "loud", "counted", "raises", "tried", "cached"],
}
STATEMENTS = """ {I} = {i} | {I} = {i} | {I} += {i} | {O} = {o} | {T} = {t} | {D} = {d} | {F} = {f} | {F} = {f} | {F} = logged({F}) | {F} = counting({F}) | {I}, {I} = {t} | {I}, *_ = {t} | {D}['d'] = {i} | {D}.update({d}) | LOG.append({i}) | LOG.append({t}) | LOG.append(first({a}, {w})) | {O} = None
    | LOG.append(Base.made) | LOG.append(repr({y})) | {I} = len({y}) | {I} = H({i}) | {I} = H({a}) | K({i}) | K(*{t}) | LOG.append([v for v in pairs({a})]) | rest(*{t}, **{d}) | LOG.append(sorted({t}, key={f})) | print(end='', *{t}) | {T} = tuple(map({f}, {t})) | LOG.append('%d %d' % {t}) | raises({a}) """
LOOPS = """ {I} in range({u}) | {I} in {t} | {I} in pairs({a}) | {I} in map({f}, {t}) | {F} in ({f}, {f}) | {I} in range(5) | {I}, {I} in zip({t}, {t}) | {I} in ({a},) """
CAUGHT = ["Own", "TypeError", "TypeError", "(TypeError, Own)", "Exception", "(KeyError, ValueError)", "LookupError"]
RAISED = """ raise Own({i}) | raises(9) | plus() | named({i}) | raise Own({a}) """
BOUND = {"i": " % 2**66", "t": "[:4]"}

random_templates.write(
    random_templates.Grammar("arguments", PRELUDE, ATOMS, EXPRESSIONS, STATEMENTS, LOOPS, CAUGHT, BOUND, "iiiiotd", final="", raised=RAISED, shown={"f": "getattr({}, '__name__', 0)"}, calls="y")
)
