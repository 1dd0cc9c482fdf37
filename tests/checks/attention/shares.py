import math
from fractions import Fraction

from heedful.checks.attention import check_shares

from ..specimens import UNKNOWN, wrong


def said(*numbers, given=([2, 1, 0], [14, 0, 7])):
    return lambda: list(numbers), *given


def by_a_program():
    powers = [math.exp(n * math.log(2)) for n in (2, 1, 0)]
    shares = [p / math.fsum(powers) for p in powers]
    mixture = math.fsum(map(math.prod, zip(shares, [14, 0, 7])))
    return *shares, mixture, math.exp(math.log(256) / 2) / 21


CHECK = check_shares

WRONG = [
    wrong("take powers first", said(0.67, 0.33, 0, 9.33, 0.67)),
    wrong("take powers first", said(2 / 3, 1 / 3, 0, 9, 16 / 21)),
    wrong("powers are not shares yet", said(4, 2, 1, 63, 16)),
    wrong("the powers are those of 2", said(0.665, 0.245, 0.09, 9.94, 0.867)),
    wrong("wrong way round", said(1 / 7, 2 / 7, 4 / 7, 6, 1 / 21)),
    wrong("plain mean of the values", said(4 / 7, 2 / 7, 1 / 7, 7, 16 / 21)),
    wrong("made with the powers", said(4 / 7, 2 / 7, 1 / 7, 63, 16 / 21)),
    wrong("made with the scores", said(4 / 7, 2 / 7, 1 / 7, 28, 16 / 21)),
    wrong(
        "value of the best key",
        said(1 / 7, 4 / 7, 2 / 7, 9, 1 / 21, given=([0, 2, 1], [7, 9, 14])),
    ),
    wrong("twice the sharpness changes", said(4 / 7, 2 / 7, 1 / 7, 9, 4 / 7)),
    wrong("not twice the share", said(4 / 7, 2 / 7, 1 / 7, 9, 8 / 7)),
    wrong("must be divided again", said(4 / 7, 2 / 7, 1 / 7, 9, 16 / 49)),
    wrong("not one power", said(4 / 7, 2 / 7, 1 / 7, 9, 8 / 11)),
    wrong("does not take all yet", said(4 / 7, 2 / 7, 1 / 7, 9, 1)),
    wrong("has 3 entries, expected 5", said(4 / 7, 2 / 7, 1 / 7)),
    wrong("take powers first", said(2 / 3, 1 / 3, 0, 9.33, 0.8)),
    wrong("give a digit more", said(0.6, 0.3, 0.1, 9, 0.8)),
    wrong(UNKNOWN, said(0.5, 0.3, 0.2, 9, 0.8)),
]

RIGHT = [
    (by_a_program, [2, 1, 0], [14, 0, 7]),
    said(0.57, 0.29, 0.14, 9.0, 0.76),
    said(Fraction(4, 7), Fraction(2, 7), Fraction(1, 7), 9, Fraction(16, 21)),
    said(8 / 11, 2 / 11, 1 / 11, 70 / 11, 64 / 69, given=([3, 1, 0], [5, 10, 10])),
]
