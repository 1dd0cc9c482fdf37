import math

import numpy as np

from heedful.checks.encoding import check_clocks

from ..specimens import UNKNOWN, wrong


def interleaved(sines, cosines):
    return np.stack([sines, cosines], axis=-1).reshape(len(sines), -1)


def angles(n, d, base, factor=1.0):
    return np.arange(n)[:, None] / base ** (factor * np.arange(0, d, 2) / d)


def half_exponent(n, d, base):
    angle = angles(n, d, base, factor=0.5)
    return interleaved(np.sin(angle), np.cos(angle))


def doubled_exponent(n, d, base):
    """2 * i, where i steps by 2 already."""
    table = np.zeros((n, d))
    for p in range(n):
        for i in range(0, d, 2):
            table[p, i] = math.sin(p / base ** (2 * i / d))
            table[p, i + 1] = math.cos(p / base ** (2 * i / d))
    return table


def cosine_of_the_next_pair(n, d, base):
    table = np.zeros((n, d))
    for p in range(n):
        for i in range(0, d, 2):
            table[p, i] = math.sin(p / base ** (i / d))
            table[p, i + 1] = math.cos(p / base ** ((i + 2) / d))
    return table


def column_by_column(n, d, base):
    angle = np.arange(n)[:, None] / base ** (np.arange(d) / d)
    even, odd = np.sin(angle[:, 0::2]), np.cos(angle[:, 1::2])
    angle[:, 0::2], angle[:, 1::2] = even, odd
    return angle


def two_i_plus_one(n, d, base):
    """Written with 2i and 2i + 1 where i steps by 2 already."""
    table = np.zeros((n, d))
    for p in range(n):
        for i in range(0, d, 2):
            table[p, i] = math.sin(p / base ** (2 * i / d))
            table[p, i + 1] = math.cos(p / base ** (2 * (i + 1) / d))
    return table


def halves(n, d, base):
    angle = angles(n, d, base)
    return np.hstack([np.sin(angle), np.cos(angle)])


def swapped(n, d, base):
    angle = angles(n, d, base)
    return interleaved(np.cos(angle), np.sin(angle))


def sines_only(n, d, base):
    angle = angles(n, d, base)
    return interleaved(np.sin(angle), np.sin(angle))


def from_one(n, d, base):
    angle = angles(n + 1, d, base)[1:]
    return interleaved(np.sin(angle), np.cos(angle))


def times(n, d, base):
    angle = np.arange(n)[:, None] * base ** (np.arange(0, d, 2) / d)
    return interleaved(np.sin(angle), np.cos(angle))


def base_forgotten(n, d, base):
    angle = np.arange(n)[:, None] * np.exp(-np.arange(0, d, 2) / d)
    return interleaved(np.sin(angle), np.cos(angle))


def base_hard_coded(n, d, base):
    angle = angles(n, d, 10_000)
    return interleaved(np.sin(angle), np.cos(angle))


def transposed(n, d, base):
    angle = angles(n, d, base)
    return interleaved(np.sin(angle), np.cos(angle)).T


def a_list(n, d, base):
    angle = angles(n, d, base)
    return interleaved(np.sin(angle), np.cos(angle)).tolist()


CHECK = check_clocks

WRONG = [
    wrong("not its root", half_exponent),
    wrong("doubled once too often", doubled_exponent),
    wrong("speed of the next clock", cosine_of_the_next_pair),
    wrong("each column has its own", column_by_column),
    wrong("2i + 1 are one clock", two_i_plus_one),
    wrong("sines stand on the left", halves),
    wrong("sine and cosine are swapped", swapped),
    wrong("cosines are missing", sines_only),
    wrong("count from 1", from_one),
    wrong("speeds grow", times),
    wrong("base is not used", base_forgotten),
    wrong("base is always 10,000", base_hard_coded),
    wrong("table is transposed", transposed),
    wrong("return a NumPy array, not a list", a_list),
    wrong(UNKNOWN, lambda n, d, base: np.zeros((n, d))),
]


def by_loops(n, d, base):
    def entry(p, j):
        angle = p / base ** (2 * (j // 2) / d)
        return math.cos(angle) if j % 2 else math.sin(angle)

    return np.array([[entry(p, j) for j in range(d)] for p in range(n)])


def by_complex_numbers(n, d, base):
    """Every clock turns by a fixed factor from one position to the next."""
    turn = np.exp(1j * base ** (-np.arange(0, d, 2) / d))
    hand = turn ** np.arange(n)[:, None]
    return interleaved(hand.imag, hand.real)


def by_quarters(n, d, base):
    angle = np.arange(n)[:, None] / base ** (np.arange(d) // 2 * 2 / d)
    return np.sin(angle + np.pi / 2 * (np.arange(d) % 2)).astype(np.float32)


RIGHT = [by_loops, by_complex_numbers, by_quarters]


def INPUTS(generator):
    """One position to many, one clock to eleven."""
    for n, d, base in ((1, 2, 7.0), (2, 2, 100.0), (13, 22, 10_000.0), (7, 10, 31.0)):
        yield dict(n_positions=n, d_model=d, base=base)
