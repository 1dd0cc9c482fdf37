"""The exercises on positions: write the table, then find out what it is good for."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from heedful.checks import Prediction, Task
from heedful.checks.values import Inputs
from heedful.nets import sinusoidal


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Several widths, and bases other than 10,000."""
    yield dict(max_seq_len=3, d_model=4, base=10_000.0)
    base = float(torch.randint(50, 500, (), generator=generator))
    yield dict(max_seq_len=5, d_model=6, base=base)
    yield dict(max_seq_len=29, d_model=14, base=10_000.0)


def _table(
    period: Callable = lambda i, d, base: base ** (2 * i / d),
    sine: Callable = torch.sin,
    cosine: Callable = torch.cos,
    first: int = 0,
    lay: Callable = lambda sines, cosines: torch.stack([sines, cosines], -1).flatten(1),
) -> Callable[[int, int, float], Tensor]:
    """The table of positions in which one thing can be done in another way."""

    def table(n: int, d: int, base: float) -> Tensor:
        p = torch.arange(first, first + n).double()[:, None]
        angle = p / period(torch.arange(d // 2).double(), d, base)
        return lay(sine(angle), cosine(angle)).float()

    return table


def _cosine_ahead(n: int, d: int, base: float) -> Tensor:
    """The cosine of column 2i + 1 takes the wavelength of the next pair."""
    ahead = _table(period=lambda i, d, base: base ** (2 * (i + 1) / d))
    even = torch.arange(d) % 2 == 0
    return torch.where(even, sinusoidal(n, d, base), ahead(n, d, base))


def _column_by_column(factor: int) -> Callable[[int, int, float], Tensor]:
    """Each column its own wavelength, base^(j / d), instead of one for each pair."""

    def table(n: int, d: int, base: float) -> Tensor:
        column = torch.arange(d).double()
        angle = torch.arange(n).double()[:, None] / base ** (factor * column / d)
        return torch.where(column % 2 == 0, angle.sin(), angle.cos()).float()

    return table


_BASE = "the base is not used: the period is base to the power 2i / d_model"
_COLUMNS = (
    "each column has its own wavelength; columns 2i and 2i + 1 share one, so column j "
    "takes the exponent 2 * (j // 2) / d_model"
)

check_sinusoidal = Task(
    name="sinusoids",
    right=sinusoidal,
    cases=_cases,
    compared="values; two bases",
    hints=(
        "First one angle for each position and each pair of columns: a table of shape "
        "(max_seq_len, d_model / 2).",
        "The angle is p / base ** (2i / d_model), and `torch.arange(0, d_model, 2)` "
        "is 2i already.",
        "`table[:, 0::2] = angle.sin()` fills the even columns.",
    ),
    mistakes=(
        (
            "the exponent is i / d_model where it must be 2i / d_model: the slowest "
            "clock should have a period near the base, not near its root",
            _table(period=lambda i, d, base: base ** (i / d)),
        ),
        (
            "the exponent is doubled once too often: torch.arange(0, d_model, 2) is 2i "
            "already",
            _table(period=lambda i, d, base: base ** (4 * i / d)),
        ),
        (
            "the cosine runs at the pace of the next pair; columns 2i and 2i + 1 are "
            "one clock, with one and the same angle",
            _cosine_ahead,
        ),
        (_COLUMNS, _column_by_column(factor=1)),
        (_COLUMNS, _column_by_column(factor=2)),
        (
            "all sines stand on the left and all cosines on the right; here they take "
            "turns: even columns sine, odd columns cosine",
            _table(lay=lambda sines, cosines: torch.cat([sines, cosines], 1)),
        ),
        (
            "sine and cosine are swapped: the sine goes in the even columns",
            _table(sine=torch.cos, cosine=torch.sin),
        ),
        ("the cosines are missing", _table(cosine=torch.sin)),
        ("the positions count from 1; they count from 0", _table(first=1)),
        (
            "the angle is p times the power; it is p divided by it",
            _table(period=lambda i, d, base: base ** (-2 * i / d)),
        ),
        (_BASE, _table(period=lambda i, d, base: base ** (0 * i))),
        (_BASE, _table(period=lambda i, d, base: torch.exp(2 * i / d))),
        (
            "the base is always 10,000; use the one that is given",
            lambda n, d, base: sinusoidal(n, d),
        ),
        (
            "the table is transposed: one row per position, one column per feature",
            lambda n, d, base: sinusoidal(n, d, base).T,
        ),
    ),
)


def _suspicion(given: tuple[float, float], taken: tuple[float, float]) -> str:
    """What a pair of measurements that cannot be true points at, or nothing."""
    for score in (given, taken):
        if not all(0 <= share <= 1 for share in score):
            return f"shares lie between 0 and 1, but my_measure returned {score}"
        if score[0] > score[1]:
            return (
                "more words right than words with right letters: are the two swapped?"
            )
    learned, without_learned = given[0] > 0.75, taken[0] > 0.75
    if learned and without_learned:
        return "nothing changes without positions: were they switched off at all?"
    if without_learned:
        return "it is better without positions: is the `if` the wrong way round?"
    if not learned and min(given[1], taken[1]) > 0.75:
        return "the order is lost in both runs: with_positions=True must keep positions"
    if not learned:
        return "even with positions the model has not learned: was it trained?"
    if taken[1] < 0.75:
        return (
            "without positions even the letters are wrong: switch positions off before "
            "the training, so that the model can learn to live without them"
        )
    return ""


check_positions = Prediction(
    name="positions",
    hints=(
        "A fresh Transformer(SIZES) for each call: a trained one would keep what it "
        "knows.",
        "`model.positions` is an ordinary tensor; `.zero_()` switches the positions "
        "off. When must that happen, before the training or after it?",
        "Build, switch off if asked to, then `train(model)`, then `return "
        "score(model)`.",
    ),
    options={
        "A": "it reverses the words all the same",
        "B": "it writes the right letters in a wrong order",
        "C": "it writes wrong letters",
    },
    conditions={"with positions": (True,), "without positions": (False,)},
    columns={"reversed": ".0%", "right letters": ".0%"},
    suspicion=_suspicion,
    outcome=lambda given, taken: "B",
)
