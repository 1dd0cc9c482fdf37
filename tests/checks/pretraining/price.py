import math

from heedful.checks.pretraining import check_price

from ..specimens import UNKNOWN, wrong

FIRST = [("π", 1 / 64), (" =", 1 / 2), (" 3", 1 / 8), (".", 1 / 2), ("1", 1 / 2)]
SECOND = [("π =", 1 / 8), (" 3", 1 / 16), (".1", 1 / 2)]


def said(*numbers, given=(FIRST, SECOND)):
    return lambda: list(numbers), *given


def counted_by_a_program():
    prices = [sum(-math.log(p, 2) for _, p in player) for player in (FIRST, SECOND)]
    n_bytes = len("π = 3.1".encode())
    return (
        prices[0] / len(FIRST),
        prices[0] / n_bytes,
        prices[1] / len(SECOND),
        prices[1] / n_bytes,
    )


CHECK = check_price

WRONG = [
    wrong("a byte is not always a character", said(2.4, 1.71, 2.67, 1.14)),
    wrong("these are nats", said(1.66, 1.04, 1.85, 0.69)),
    wrong("mean of the probabilities", said(1.61, 1.0, 2.13, 0.8)),
    wrong("price of the whole text; divide it", said(12, 12, 8, 8)),
    wrong("price of the whole text; divide it", said(12, 1.5, 8, 1)),
    wrong("a mean of means", said(2.4, 1.4, 2.67, 1.08)),
    wrong("you went the wrong way", said(2.4, 3.84, 2.67, 7.11)),
    wrong("number of bytes per token", said(2.4, 1.6, 2.67, 2.67)),
    wrong("price per byte have changed places", said(1.5, 2.4, 1, 2.67)),
    wrong("second player have changed places", said(2.67, 1, 2.4, 1.5)),
    wrong("a price is positive", said(-2.4, -1.5, -2.67, -1)),
    wrong("how many yes-or-no questions", said(15.6, 9.75, 8.67, 3.25)),
    wrong("has 2 entries, expected 4", said(1.5, 1)),
    wrong("return a list, not a float", (lambda: 1.5, FIRST, SECOND)),
    wrong(
        "a byte is not always a character",
        said(3, 1.8, 2.67, 1.14, given=([("éa", 1 / 8)] * 2 + [("b", 1 / 8)], SECOND)),
    ),
    wrong(UNKNOWN, said(2.4, 1.5, 2.67, 1.3)),
]

RIGHT = [
    (counted_by_a_program, FIRST, SECOND),
    said(2.4, 1.5, 2.67, 1),
    said(2.67, 1.0, 2.4, 1.5, given=(SECOND, FIRST)),
]
