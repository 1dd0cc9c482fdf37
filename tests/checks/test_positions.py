import math

import numpy as np
import pytest
import torch

from heedful.checks import check_positions, check_sinusoidal

from .common import assert_accepted, assert_rejected, wrong


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


@pytest.mark.parametrize("phrase, answer", WRONG)
def test_wrong_table_is_named(phrase, answer):
    assert_rejected(check_sinusoidal, answer, phrase)


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


@pytest.mark.parametrize("answer", RIGHT)
def test_unusual_but_right_table_passes(answer, capsys):
    assert_accepted(check_sinusoidal, answer, capsys)


def measured(with_positions, without):
    """A `my_measure` that has trained already: numbers of real runs, see below."""
    return lambda flag: with_positions if flag else without


GOOD, LOST, LATE, BAD = (1.0, 1.0), (0.013, 1.0), (0.0, 0.21), (0.0, 0.0)

IMPLAUSIBLE = [
    wrong("nothing changes without positions", measured(GOOD, GOOD)),
    wrong("`if` the wrong way round", measured(LOST, GOOD)),
    wrong("order is lost in both runs", measured(LOST, LOST)),
    wrong("was it trained?", measured(BAD, BAD)),
    wrong("before the training", measured(GOOD, LATE)),
    wrong("are the two swapped?", measured(GOOD, (1.0, 0.013))),
    wrong("between 0 and 1", measured((99.7, 100.0), (1.3, 100.0))),
    wrong("must return two numbers", measured(0.99, 0.01)),
    wrong("must return two numbers", measured(None, None)),
    wrong("not written yet", lambda flag: (_ for _ in ()).throw(NotImplementedError)),
]


@pytest.mark.parametrize("phrase, my_measure", IMPLAUSIBLE)
def test_implausible_measurement_is_named(phrase, my_measure):
    def check(answer):
        check_positions(lambda: "A", answer)

    assert_rejected(check, my_measure, phrase)


@pytest.mark.parametrize("bad", ["D", "a reversal", ["A"], 0])
def test_a_prediction_must_be_one_of_three(bad):
    def check(prediction):
        check_positions(prediction, measured(GOOD, LOST))

    assert_rejected(check, lambda: bad, "predict 'A', 'B' or 'C'")


@pytest.mark.parametrize(
    "letter, said", [("A", "you predicted A"), ("B", "as you predicted")]
)
def test_a_wrong_prediction_passes_and_is_told_what_came(letter, said, capsys):
    check_positions(lambda: letter, measured(GOOD, LOST))
    *table, last = capsys.readouterr().out.splitlines()
    assert last.startswith("✓ positions") and last.endswith(f"{said})")
    assert table[-1].split() == ["without", "positions", "1%", "100%"]
