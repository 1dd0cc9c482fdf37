"""The exercise on the table of positions of 2017, a row of clocks for each position."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Generator

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.nets import sinusoidal

Table = Callable[[int, int, float], np.ndarray]


def clocks(n_positions: int, d_model: int, base: float) -> np.ndarray:
    """The right answer, (n_positions, d_model): the library's, as an array."""
    return sinusoidal(n_positions, d_model, base).double().numpy()


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Several widths, and bases other than 10,000."""
    yield dict(n_positions=3, d_model=4, base=10_000.0)
    base = float(torch.randint(50, 500, (), generator=generator))
    yield dict(n_positions=5, d_model=6, base=base)
    yield dict(n_positions=29, d_model=14, base=10_000.0)


def _taking_turns(sines: np.ndarray, cosines: np.ndarray) -> np.ndarray:
    return np.stack([sines, cosines], axis=-1).reshape(len(sines), -1)


def _table(
    period: Callable = lambda i, d, base: base ** (2 * i / d),
    sine: Callable = np.sin,
    cosine: Callable = np.cos,
    first: int = 0,
    lay: Callable = _taking_turns,
) -> Table:
    """The table in which one thing can be done in another way."""

    def table(n: int, d: int, base: float) -> np.ndarray:
        p = np.arange(first, first + n)[:, None]
        angle = p / period(np.arange(d // 2), d, base)
        return lay(sine(angle), cosine(angle))

    return table


def _cosine_ahead(n: int, d: int, base: float) -> np.ndarray:
    """The cosine of column 2i + 1 takes the speed of the next clock."""
    ahead = _table(period=lambda i, d, base: base ** (2 * (i + 1) / d))(n, d, base)
    ahead[:, 0::2] = clocks(n, d, base)[:, 0::2]
    return ahead


def _column_by_column(factor: int) -> Table:
    """Each column its own speed, base^(-j / d), instead of one for each pair."""

    def table(n: int, d: int, base: float) -> np.ndarray:
        column = np.arange(d)
        angle = np.arange(n)[:, None] / base ** (factor * column / d)
        return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))

    return table


_BASE = "the base is not used: the speed of clock i is base to the power -2i / d_model"
_COLUMNS = (
    "each column has its own speed; columns 2i and 2i + 1 are one clock, so column j "
    "takes the exponent -2 * (j // 2) / d_model"
)

check_clocks = Task(
    name="clocks",
    right=clocks,
    cases=_cases,
    compared="values; two bases",
    hints=(
        "First one angle for each position and each clock: a table of shape "
        "(n_positions, d_model / 2).",
        "The angle is p * base ** (-2i / d_model), and `np.arange(0, d_model, 2)` is "
        "2i already.",
        "`table[:, 0::2] = np.sin(angle)` fills the even columns.",
    ),
    mistakes=(
        (
            "the exponent is -i / d_model where it must be -2i / d_model: the slowest "
            "clock should need about 2 pi times the base for a turn, not its root",
            _table(period=lambda i, d, base: base ** (i / d)),
        ),
        (
            "the exponent is doubled once too often: np.arange(0, d_model, 2) is 2i "
            "already",
            _table(period=lambda i, d, base: base ** (4 * i / d)),
        ),
        (
            "the cosine runs at the speed of the next clock; columns 2i and 2i + 1 are "
            "one clock, with one and the same angle",
            _cosine_ahead,
        ),
        (_COLUMNS, _column_by_column(factor=1)),
        (_COLUMNS, _column_by_column(factor=2)),
        (
            "all sines stand on the left and all cosines on the right; here they take "
            "turns: even columns sine, odd columns cosine",
            _table(lay=lambda sines, cosines: np.concatenate([sines, cosines], 1)),
        ),
        (
            "sine and cosine are swapped: the sine goes in the even columns",
            _table(sine=np.cos, cosine=np.sin),
        ),
        ("the cosines are missing", _table(cosine=np.sin)),
        ("the positions count from 1; they count from 0", _table(first=1)),
        (
            "the speeds grow from clock to clock; the exponent is negative, and clock "
            "0 is the fastest",
            _table(period=lambda i, d, base: base ** (-2 * i / d)),
        ),
        (_BASE, _table(period=lambda i, d, base: base ** (0 * i))),
        (_BASE, _table(period=lambda i, d, base: np.exp(2 * i / d))),
        (
            "the base is always 10,000; use the one that is given",
            lambda n, d, base: clocks(n, d, 10_000.0),
        ),
        (
            "the table is transposed: one row per position, one column per feature",
            lambda n, d, base: clocks(n, d, base).T,
        ),
    ),
)
