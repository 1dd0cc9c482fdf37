import math

import numpy as np
import torch

from heedful.checks.transformer import check_sinusoidal

from ..specimens import wrong


def interleaved(sines, cosines):
    return torch.stack([sines, cosines], dim=-1).flatten(1)


def angles(n, d, base, factor=1.0):
    return torch.arange(n)[:, None] / base ** (factor * torch.arange(0, d, 2) / d)


def half_exponent(n, d, base):
    angle = angles(n, d, base, factor=0.5)
    return interleaved(angle.sin(), angle.cos())


def doubled_exponent(n, d, base):
    """2 * i, where i steps by 2 already."""
    table = torch.zeros(n, d)
    for p in range(n):
        for i in range(0, d, 2):
            table[p, i] = math.sin(p / base ** (2 * i / d))
            table[p, i + 1] = math.cos(p / base ** (2 * i / d))
    return table


def cosine_of_the_next_pair(n, d, base):
    table = torch.zeros(n, d)
    for p in range(n):
        for i in range(0, d, 2):
            table[p, i] = math.sin(p / base ** (i / d))
            table[p, i + 1] = math.cos(p / base ** ((i + 2) / d))
    return table


def column_by_column(n, d, base):
    angle = torch.arange(n)[:, None] / base ** (torch.arange(d) / d)
    angle[:, 0::2], angle[:, 1::2] = angle[:, 0::2].sin(), angle[:, 1::2].cos()
    return angle


def two_i_plus_one(n, d, base):
    """Written with 2i and 2i + 1 where i steps by 2 already."""
    table = torch.zeros(n, d)
    for p in range(n):
        for i in range(0, d, 2):
            table[p, i] = math.sin(p / base ** (2 * i / d))
            table[p, i + 1] = math.cos(p / base ** (2 * (i + 1) / d))
    return table


def halves(n, d, base):
    angle = angles(n, d, base)
    return torch.cat([angle.sin(), angle.cos()], dim=-1)


def swapped(n, d, base):
    angle = angles(n, d, base)
    return interleaved(angle.cos(), angle.sin())


def sines_only(n, d, base):
    angle = angles(n, d, base)
    return interleaved(angle.sin(), angle.sin())


def from_one(n, d, base):
    angle = angles(n + 1, d, base)[1:]
    return interleaved(angle.sin(), angle.cos())


def times(n, d, base):
    angle = torch.arange(n)[:, None] * base ** (torch.arange(0, d, 2) / d)
    return interleaved(angle.double().sin(), angle.double().cos()).float()


def base_forgotten(n, d, base):
    angle = torch.arange(n)[:, None] * torch.exp(-torch.arange(0, d, 2) / d)
    return interleaved(angle.sin(), angle.cos())


def base_hard_coded(n, d, base):
    angle = angles(n, d, 10_000)
    return interleaved(angle.sin(), angle.cos())


def transposed(n, d, base):
    angle = angles(n, d, base)
    return interleaved(angle.sin(), angle.cos()).T


def double_precision(n, d, base):
    angle = angles(n, d, base).double()
    return interleaved(angle.sin(), angle.cos())


CHECK = check_sinusoidal

WRONG = [
    wrong("not near its root", half_exponent),
    wrong("doubled once too often", doubled_exponent),
    wrong("pace of the next pair", cosine_of_the_next_pair),
    wrong("each column has its own", column_by_column),
    wrong("2i + 1 share one", two_i_plus_one),
    wrong("sines stand on the left", halves),
    wrong("sine and cosine are swapped", swapped),
    wrong("cosines are missing", sines_only),
    wrong("count from 1", from_one),
    wrong("p times the power", times),
    wrong("base is not used", base_forgotten),
    wrong("base is always 10,000", base_hard_coded),
    wrong("table is transposed", transposed),
    wrong("dtype float64", double_precision),
    wrong("values are not", lambda n, d, base: torch.zeros(n, d)),
]


def by_loops(n, d, base):
    def entry(p, j):
        angle = p / base ** (2 * (j // 2) / d)
        return math.cos(angle) if j % 2 else math.sin(angle)

    return torch.tensor([[entry(p, j) for j in range(d)] for p in range(n)])


def by_complex_numbers(n, d, base):
    """Every clock turns by a fixed factor from one position to the next."""
    turn = torch.polar(torch.ones(d // 2), base ** (-torch.arange(0, d, 2) / d))
    hand = turn ** torch.arange(n)[:, None]
    return torch.view_as_real(hand).flip(-1).flatten(1)


def by_exp_and_log(n, d, base):
    pace = torch.exp(torch.arange(0, d, 2) * (-math.log(base) / d))
    table = torch.zeros(n, d)
    table[:, 0::2] = torch.sin(torch.arange(n)[:, None] * pace)
    table[:, 1::2] = torch.cos(torch.arange(n)[:, None] * pace)
    return table


def by_numpy(n, d, base):
    angle = np.arange(n)[:, None] / base ** (np.arange(d) // 2 * 2 / d)
    angle += np.pi / 2 * (np.arange(d) % 2)  # a cosine is a sine a quarter ahead
    return torch.from_numpy(np.sin(angle)).float()


RIGHT = [by_loops, by_complex_numbers, by_exp_and_log, by_numpy]
