"""The exercise on archives: a text into as few bits as a model allows."""

import math
from collections.abc import Callable, Iterator
from fractions import Fraction

import torch
from torch import Generator

from heedful.checks import Task
from heedful.checks.pretraining.coding import (
    Shares,
    digits,
    inside,
    narrowed,
    pack_text,
    random_model,
    tea,
)
from heedful.checks.values import Inputs


def _cases(generator: Generator) -> Iterator[Inputs]:
    """By hand; what fits exactly; no text; random texts in random models."""
    for text in ("tat", "ttea"):  # as many bits as the price, rounded up; one more
        yield dict(text=text, shares=tea)
    halves = {"b": Fraction(1, 2), "a": Fraction(1, 4), "c": Fraction(1, 4)}
    for text in ("c", "bb", "acb", ""):
        yield dict(text=text, shares=lambda before: halves)
    for n, letters in ((7, "abc"), (31, "tonesa")):
        draw = torch.randint(len(letters), (n,), generator=generator).tolist()
        text = "".join(letters[i] for i in draw)
        yield dict(text=text, shares=random_model(generator, letters))


def _in_order_of(rank: Callable[[dict], list[str]]) -> Callable[[str, Shares], str]:
    """The parts laid out in another order than the model's."""

    def moved(given: dict[str, Fraction]) -> dict[str, Fraction]:
        return {character: given[character] for character in rank(given)}

    return lambda text, shares: pack_text(text, lambda before: moved(shares(before)))


def _each_alone(text: str, shares: Shares) -> str:
    return "".join(
        inside(narrowed(character, lambda _, i=i: shares(text[:i])))
        for i, character in enumerate(text)
    )


def _never_shifted(text: str, shares: Shares) -> str:
    return inside((Fraction(0), narrowed(text, shares)[1]))


def _shifted_by_the_whole(text: str, shares: Shares) -> str:
    """Each part begins where its share of the whole 0 to 1 does."""
    low, width = Fraction(0), Fraction(1)
    for i, character in enumerate(text):
        for other, p in shares(text[:i]).items():
            if other == character:
                width *= p
                break
            low += p
    return inside((low % 1, width))


def _shifted_too_late(text: str, shares: Shares) -> str:
    """The width is cut first, and what is left out measured by the new width."""
    low, width = Fraction(0), Fraction(1)
    for i, character in enumerate(text):
        given = shares(text[:i])
        before = list(given)[: list(given).index(character)]
        width *= given[character]
        low += width * sum((given[other] for other in before), Fraction(0))
    return inside((low, width))


def _in_floats(text: str, shares: Shares) -> str:
    """The same, but rounded to 53 binary digits at each step."""
    low, width = 0.0, 1.0
    for i, character in enumerate(text):
        for other, p in shares(text[:i]).items():
            if other == character:
                width *= p
                break
            low += width * p
    for n in range(1_000):
        place = math.ceil(low * 2**n)
        if (place + 1) / 2**n <= low + width:
            return digits(place, n)
    raise OverflowError


Rule = Callable[[Fraction, Fraction, int], str | None]  # low, width, n to bits


def _chosen(rule: Rule) -> Callable[[str, Shares], str]:
    """The right interval, but the bits that a rule has first."""

    def answer(text: str, shares: Shares) -> str:
        low, width = narrowed(text, shares)
        found = (rule(low, width, n) for n in range(10_000))
        return next(bits for bits in found if bits is not None)

    return answer


def _only_the_number(low: Fraction, width: Fraction, n: int) -> str | None:
    place = math.ceil(low * 2**n)
    return digits(place, n) if Fraction(place, 2**n) < low + width else None


def _strictly(low: Fraction, width: Fraction, n: int) -> str | None:
    place = math.ceil(low * 2**n)
    return digits(place, n) if Fraction(place + 1, 2**n) < low + width else None


def _strictly_both(low: Fraction, width: Fraction, n: int) -> str | None:
    place = math.floor(low * 2**n) + 1
    return digits(place, n) if Fraction(place + 1, 2**n) < low + width else None


def _rounded_down(low: Fraction, width: Fraction, n: int) -> str | None:
    return digits(math.floor(low * 2**n), n) if Fraction(1, 2**n) <= width else None


def _without_zeros(low: Fraction, width: Fraction, n: int) -> str | None:
    place = math.ceil(low * 2**n)
    return f"{place:b}" if Fraction(place + 1, 2**n) <= low + width else None


def _the_last(low: Fraction, width: Fraction, n: int) -> str | None:
    place = math.floor((low + width) * 2**n) - 1
    return digits(place, n) if Fraction(place, 2**n) >= low else None


def _of_fixed_length(more: int) -> Rule:
    """As many bits as the price, rounded up, and `more`."""

    def rule(low: Fraction, width: Fraction, n: int) -> str | None:
        enough = math.ceil(-math.log2(width)) + more
        return digits(math.ceil(low * 2**enough), enough) if n == enough else None

    return rule


_OVERSHOOT = (
    "your bits, with nothing behind them, lie inside the interval, but further bits "
    "would lead out of it: (place + 1) / 2**n must not lie beyond its end"
)
_ORDER = (
    "the parts stand in another order than in the model's dict, so whoever unpacks "
    "takes the wrong ones: keep the order of the dict"
)
_TOO_MANY = (
    "your bits keep to the interval, but fewer would do: try n = 0, 1, 2, ... and take "
    "the first that fits"
)
_FIRST = (
    "several places fit, and yours is not the first of them: start at "
    "`math.ceil(low * 2**n)`"
)
_PREFIX = "the bits come behind '0b' or '0.'; give the bits alone"

check_pack_text = Task(
    name="archive",
    right=pack_text,
    cases=_cases,
    compared="every bit; fractions, whole bits, no text",
    hints=(
        "Two steps: from the text to an interval, `low` and `width`; from the interval "
        "to bits. For each character, go through the dict: what comes before it "
        "moves `low`, its own share cuts `width`.",
        "n bits with the value `place` cover [place / 2**n, (place + 1) / 2**n). Try "
        "n = 0, 1, 2, ... with the first place that does not lie before `low`.",
        "`place = math.ceil(low * 2**n)`, and it fits if `Fraction(place + 1, 2**n) <= "
        "low + width`. With leading zeros: `f'{place:0{n}b}'`, but '' for n = 0.",
    ),
    mistakes=(
        (
            "the model is always asked for the beginning of a text; ask it anew for "
            "each character, with the text before it",
            lambda text, shares: pack_text(text, lambda _: shares("")),
        ),
        (
            "each character is packed by itself, into whole bits; let one interval "
            "become narrower and narrower, and choose the bits at the end",
            _each_alone,
        ),
        (
            "the interval becomes narrower, but always begins at 0: the shares that "
            "stand before the character's own move its beginning",
            _never_shifted,
        ),
        (
            "the shares before the character's own are shares of the present interval, "
            "not of the whole from 0 to 1: `low` grows by width * p",
            _shifted_by_the_whole,
        ),
        (
            "the interval is cut before its beginning is moved; move `low` by the old "
            "width, then cut",
            _shifted_too_late,
        ),
        (
            "floats are rounded to 53 binary digits, and a long text needs more: count "
            "in fractions, from `Fraction(0)` and `Fraction(1)` on",
            _in_floats,
        ),
        (_ORDER, _in_order_of(sorted)),
        (_ORDER, _in_order_of(lambda given: [*given][::-1])),
        (_ORDER, _in_order_of(lambda given: sorted(given, key=lambda c: -given[c]))),
        (_OVERSHOOT, _chosen(_only_the_number)),
        (
            "`low` is rounded down to n bits, so the bits begin before the interval "
            "does: round up",
            _chosen(_rounded_down),
        ),
        (
            "the leading zeros are missing: '01' and '1' are different bits",
            _chosen(_without_zeros),
        ),
        (
            "the end of the interval does not belong to it, so the bits may reach up "
            "to it: (place + 1) / 2**n may be equal to the end",
            _chosen(_strictly),
        ),
        (
            "the bits may begin where the interval begins, and end where it ends",
            _chosen(_strictly_both),
        ),
        (_FIRST, _chosen(_the_last)),
        (_TOO_MANY, _chosen(_of_fixed_length(1))),
        (_TOO_MANY, _chosen(_of_fixed_length(2))),
        (
            "as many bits as the price, rounded up, are sometimes one too few: make "
            "sure that (place + 1) / 2**n does not lie beyond the end",
            _chosen(_of_fixed_length(0)),
        ),
        (
            "the bits are the wrong way round: the first bit is the half, the next the "
            "quarter",
            lambda text, shares: pack_text(text, shares)[::-1],
        ),
        (_PREFIX, lambda text, shares: "0b" + pack_text(text, shares)),
        (_PREFIX, lambda text, shares: "0." + pack_text(text, shares)),
    ),
)
