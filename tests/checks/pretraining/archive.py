import math
from fractions import Fraction
from itertools import product

import torch

from heedful.checks.pretraining import check_pack_text

from ..specimens import wrong


def interval(text, shares):
    low, high = Fraction(0), Fraction(1)
    for i, character in enumerate(text):
        width = high - low
        for other, p in shares(text[:i]).items():
            high = low + width * p
            if other == character:
                break
            low = high
    return low, high


def shortest(low, high):
    n = 0
    while True:
        place = -(-low.numerator * 2**n // low.denominator)
        if (place + 1) <= high * 2**n:
            return bin(place)[2:].zfill(n) if n else ""
        n += 1


def packed(text, shares):
    return shortest(*interval(text, shares))


def by_halving(text, shares):
    """One bit after the other: all strings of n bits in order, the first that fits."""
    low, high = interval(text, shares)
    fitting = [("", Fraction(0), Fraction(1))]
    while True:
        for bits, start, end in fitting:
            if low <= start and end <= high:
                return bits
        halves = [
            part
            for bits, start, end in fitting
            for part in (
                (bits + "0", start, (start + end) / 2),
                (bits + "1", (start + end) / 2, end),
            )
        ]
        fitting = [part for part in halves if part[1] < high and part[2] > low]


def by_cumulation(text, shares):
    low, width = Fraction(0), Fraction(1)
    for i, character in enumerate(text):
        given = shares(text[:i])
        names = list(given)
        low += width * sum([given[c] for c in names[: names.index(character)]])
        width *= given[character]
    n = 0
    while Fraction(math.ceil(low * 2**n) + 1, 2**n) > low + width:
        n += 1
    return f"{math.ceil(low * 2**n):0{n}b}" if n else ""


def no_context(text, shares):
    return packed(text, lambda before: shares(""))


def one_by_one(text, shares):
    models = [lambda _, i=i: shares(text[:i]) for i in range(len(text))]
    return "".join(packed(c, model) for c, model in zip(text, models))


def from_zero(text, shares):
    low, high = interval(text, shares)
    return shortest(Fraction(0), high - low)


def too_late(text, shares):
    low, width = Fraction(0), Fraction(1)
    for i, character in enumerate(text):
        given = shares(text[:i])
        width *= given[character]
        for other, p in given.items():
            if other == character:
                break
            low += width * p
    return shortest(low, low + width)


def unscaled(text, shares):
    low, width = Fraction(0), Fraction(1)
    for i, character in enumerate(text):
        for other, p in shares(text[:i]).items():
            if other == character:
                width *= p
                break
            low += p
    low -= math.floor(low)
    return shortest(low, low + width)


def rounded(text, shares):
    low, width = 0.0, 1.0
    for i, character in enumerate(text):
        for other, p in shares(text[:i]).items():
            if other == character:
                width = width * float(p)
                break
            low = low + width * float(p)
    n = 0
    while (math.ceil(low * 2**n) + 1) / 2**n > low + width:
        n += 1
    return f"{math.ceil(low * 2**n):0{n}b}" if n else ""


def alphabetical(text, shares):
    return packed(text, lambda before: dict(sorted(shares(before).items())))


def backwards(text, shares):
    return packed(text, lambda before: dict([*shares(before).items()][::-1]))


def a_number_inside(text, shares):
    low, high = interval(text, shares)
    for n in range(1000):
        place = math.ceil(low * 2**n)
        if low <= Fraction(place, 2**n) < high:
            return f"{place:0{n}b}" if n else ""


def from_below(text, shares):
    low, high = interval(text, shares)
    n = 0
    while Fraction(1, 2**n) > high - low:
        n += 1
    return f"{math.floor(low * 2**n):0{n}b}" if n else ""


def without_zeros(text, shares):
    bits = packed(text, shares)
    return f"{int(bits or '0', 2):b}"


def fixed(more):
    def answer(text, shares):
        low, high = interval(text, shares)
        n = math.ceil(-math.log2(high - low)) + more
        return f"{math.ceil(low * 2**n):0{n}b}" if n else ""

    return answer


def strictly_inside(text, shares):
    low, high = interval(text, shares)
    n = 0
    while not Fraction(math.ceil(low * 2**n) + 1, 2**n) < high:
        n += 1
    return f"{math.ceil(low * 2**n):0{n}b}" if n else ""


def the_last_place(text, shares):
    low, high = interval(text, shares)
    n = 0
    while (math.floor(high * 2**n) - 1) / Fraction(2**n) < low:
        n += 1
    return f"{math.floor(high * 2**n) - 1:0{n}b}" if n else ""


def as_bytes(text, shares):
    return "".join(f"{byte:08b}" for byte in text.encode())


CHECK = check_pack_text

WRONG = [
    wrong("asked for the beginning of a text", no_context),
    wrong("each character is packed by itself", one_by_one),
    wrong("always begins at 0", from_zero),
    wrong("shares of the present interval", unscaled),
    wrong("cut before its beginning is moved", too_late),
    wrong("rounded to 53 binary digits", rounded),
    wrong("keep the order of the dict", alphabetical),
    wrong("keep the order of the dict", backwards),
    wrong("further bits would lead out of it", a_number_inside),
    wrong("round up", from_below),
    wrong("the leading zeros are missing", without_zeros),
    wrong("fewer would do", fixed(1)),
    wrong("fewer would do", fixed(2)),
    wrong("not the first of them", the_last_place),
    wrong("sometimes one too few", fixed(0)),
    wrong("may reach up to it", strictly_inside),
    wrong("the wrong way round", lambda *x: packed(*x)[::-1]),
    wrong("give the bits alone", lambda *x: "0b" + packed(*x)),
    wrong("return a str, not an int", lambda *x: int(packed(*x) or "0", 2)),
    wrong("characters, expected", as_bytes),
]

RIGHT = [packed, by_halving, by_cumulation]


def uniform(letters):
    return lambda before: {c: Fraction(1, len(letters)) for c in letters}


def growing(letters):
    """A model whose shares depend on how much was read."""

    def shares(before):
        counts = [1 + (i + len(before)) % 3 for i in range(len(letters))]
        return {c: Fraction(n, sum(counts)) for c, n in zip(letters, counts)}

    return shares


def INPUTS(generator):
    """All short texts in two models, then longer ones."""
    for letters in product("ab", repeat=2):
        yield dict(text="".join(letters), shares=uniform("ba"))
    for model in (uniform("xyz"), growing("zyx")):
        draw = torch.randint(3, (5,), generator=generator).tolist()
        yield dict(text="".join("xyz"[i] for i in draw), shares=model)
    yield dict(text="", shares=uniform("ab"))
