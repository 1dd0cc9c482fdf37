"""An archive program by a model: its probabilities become bits, and text again.

Arithmetic coding with exact fractions. The interval from 0 to 1 is shared out among
the characters that may come, each gets as much as it is probable, and the one that
comes is shared out again.
"""

import math
from collections.abc import Callable
from fractions import Fraction

import torch
from torch import Generator

Shares = Callable[[str], dict[str, Fraction]]  # a model: from the text before
Interval = tuple[Fraction, Fraction]  # where it begins, and how wide it is


def narrowed(text: str, shares: Shares) -> Interval:
    """The part of the interval from 0 to 1 that belongs to texts beginning so."""
    low, width = Fraction(0), Fraction(1)
    for i, character in enumerate(text):
        for other, p in shares(text[:i]).items():
            if other == character:
                width *= p
                break
            low += width * p
    return low, width


def digits(place: int, n: int) -> str:
    """`place` in n binary digits, which may be none."""
    return f"{place:0{n}b}" if n else ""


def inside(interval: Interval) -> str:
    """The fewest bits that keep to the interval, whatever bits may follow."""
    low, width = interval
    for n in range(10_000):
        place = math.ceil(low * 2**n)
        if Fraction(place + 1, 2**n) <= low + width:
            return digits(place, n)
    raise ValueError(f"an interval of width {float(width)} needs more than 10000 bits")


def pack_text(text: str, shares: Shares) -> str:
    """`text` as a string of "0" and "1", about -log2 p of them."""
    return inside(narrowed(text, shares))


def unpack_text(bits: str, n_characters: int, shares: Shares) -> str:
    """The text again: the model shares out, the bits say which part it was."""
    value = Fraction(int(bits or "0", 2), 2 ** len(bits))
    text, low, width = "", Fraction(0), Fraction(1)
    for _ in range(n_characters):
        for character, p in shares(text).items():
            if value < low + width * p:
                text, width = text + character, width * p
                break
            low += width * p
    return text


def tea(before: str) -> dict[str, Fraction]:
    """A model of three letters, a table of pairs."""
    if before[-1:] in ("t", "a"):
        return {"t": Fraction(1, 10), "a": Fraction(3, 10), "e": Fraction(3, 5)}
    return {"t": Fraction(1, 2), "e": Fraction(3, 10), "a": Fraction(1, 5)}


def random_model(generator: Generator, letters: str) -> Shares:
    """A table of pairs: other shares, in another order, for each last character."""
    tables = {}
    for before in ("", *letters):
        counts = torch.randint(1, 8, (len(letters),), generator=generator).tolist()
        order = torch.randperm(len(letters), generator=generator).tolist()
        tables[before] = {letters[i]: Fraction(counts[i], sum(counts)) for i in order}
    return lambda before: tables[before[-1:]]
