"""The exercise on the size that is cheapest in all, training and answers together."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Generator

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.scaling import SurfaceLaw

SIZES = np.geomspace(1e7, 1e13, 4_001)
"""The numbers of parameters to choose from."""

Column = np.ndarray
Tokens = Callable[[SurfaceLaw, Column, float], Column]
Bill = Callable[[Column, Column, float], Column]


def tokens_needed(law: SurfaceLaw, n: Column, loss: float) -> Column:
    """How much each size must read to come to `loss`; infinitely much if it cannot."""
    left = loss - law.E - law.A / n**law.alpha
    with np.errstate(invalid="ignore"):
        d = (law.B / left) ** (1 / law.beta)
    return np.where(left > 0, d, np.inf)


def bill(n: Column, d: Column, answers: float) -> Column:
    """Operations of training and of all answers."""
    return 6 * n * d + 2 * n * answers


def _cheapest(
    tokens: Tokens = tokens_needed, price: Bill = bill
) -> Callable[[SurfaceLaw, float, float], float]:
    def cheapest(law: SurfaceLaw, loss: float, answers: float) -> float:
        with np.errstate(all="ignore"):
            total = price(SIZES, tokens(law, SIZES, loss), answers)
        return float(SIZES[np.nanargmin(total)])

    return cheapest


right = _cheapest()


def _cases(generator: Generator) -> Iterator[Inputs]:
    """A fixed law, asked nothing and much; others, asked little and very much."""
    law = SurfaceLaw(E=1.8, A=480.0, B=2100.0, alpha=0.35, beta=0.37)
    yield dict(law=law, loss=2.0, answers=0.0)
    yield dict(law=law, loss=2.0, answers=2e13)
    for answers in (1e12, 3e14):
        yield question(generator, answers)


def question(generator: Generator, answers: float) -> Inputs:
    """A law near the published ones, and a loss within reach of SIZES."""
    draw = torch.rand(5, generator=generator).tolist()
    law = SurfaceLaw(
        E=1.6 + 0.3 * draw[0],
        A=400 + 150 * draw[1],
        B=1500 + 800 * draw[2],
        alpha=0.33 + 0.04 * draw[3],
        beta=0.35 + 0.04 * draw[4],
    )
    return dict(law=law, loss=law.E + 0.18 + 0.04 * draw[0], answers=answers)


def _with_tokens(law: SurfaceLaw, loss: float, answers: float) -> float:
    n = np.array(right(law, loss, answers))
    return float(tokens_needed(law, n, loss))


def _twenty_each(law: SurfaceLaw, loss: float, answers: float) -> float:
    return float(SIZES[np.argmin(np.abs(law(SIZES, 20 * SIZES) - loss))])


def _smallest(law: SurfaceLaw, loss: float, answers: float) -> float:
    return float(SIZES[np.isfinite(tokens_needed(law, SIZES, loss)).argmax()])


def _shifted(law: SurfaceLaw, loss: float, answers: float) -> float:
    n_too_small = np.searchsorted(SIZES, _smallest(law, loss, answers))
    at = np.searchsorted(SIZES, right(law, loss, answers) * 0.9999)
    return float(SIZES[at - n_too_small])


def _halves(law: SurfaceLaw, loss: float, answers: float) -> float:
    return (2 * law.A / (loss - law.E)) ** (1 / law.alpha)


def _total(law: SurfaceLaw, loss: float, answers: float) -> float:
    n = np.array(right(law, loss, answers))
    return float(bill(n, tokens_needed(law, n, loss), answers))


check_cheapest = Task(
    name="cheapest size",
    right=right,
    cases=_cases,
    compared="the size, to 1 %; asked nothing, little and much",
    rtol=0.01,
    hints=(
        "Go through all SIZES at once. How much must each of them read to come to the "
        "loss? Turn L = E + A / N^alpha + B / D^beta round, for D.",
        "What the size leaves for the text is `left = loss - law.E - law.A / "
        "SIZES**law.alpha`. If that is not above 0, no text is enough. Else B / D^beta "
        "= left.",
        "`d = (law.B / left) ** (1 / law.beta)`, and `total = 6 * SIZES * d + 2 * "
        "SIZES * answers`; the answer is the size at the least total, by `np.argmin`.",
    ),
    mistakes=(
        (
            "this is the size that is cheapest to *train*; every token of an answer "
            "takes 2 N operations as well",
            _cheapest(price=lambda n, d, answers: 6 * n * d),
        ),
        (
            "you let a token of training and a token of an answer cost the same; "
            "training takes 6 operations for each parameter, an answer 2",
            _cheapest(price=lambda n, d, answers: n * (d + answers)),
        ),
        (
            "the 6 and the 2 have changed places: training takes 6 operations for each "
            "parameter and token, an answer 2",
            _cheapest(price=lambda n, d, answers: 2 * n * d + 6 * n * answers),
        ),
        (
            "an answer's token takes 2 operations for each parameter, to multiply and "
            "to add, not 1",
            _cheapest(price=lambda n, d, answers: 6 * n * d + n * answers),
        ),
        (
            "the offset is missing: of the loss E is spent already, only what is above "
            "it is shared by the two terms",
            _cheapest(lambda law, n, loss: tokens_needed(law, n, loss + law.E)),
        ),
        (
            "from B / D^beta to D leads the root 1 / beta, not the power beta",
            _cheapest(
                lambda law, n, loss: np.where(
                    (left := loss - law.E - law.A / n**law.alpha) > 0,
                    (law.B / left) ** law.beta,
                    np.inf,
                )
            ),
        ),
        (
            "from B / D^beta to D leads the root 1 / beta; you left it out",
            _cheapest(
                lambda law, n, loss: np.where(
                    (left := loss - law.E - law.A / n**law.alpha) > 0,
                    law.B / left,
                    np.inf,
                )
            ),
        ),
        (
            "that is how many tokens it reads; return its parameters. (Or have A and "
            "alpha changed places with B and beta?)",
            _with_tokens,
        ),
        ("that is the price in operations; return the parameters", _total),
        (
            "that is a place in the list of sizes; return the size that stands there",
            lambda law, loss, answers: np.searchsorted(
                SIZES, right(law, loss, answers) * 0.9999
            ),
        ),
        (
            "the place is counted among the sizes that were left, but looked up in all "
            "of SIZES; look it up in those that were left",
            _shifted,
        ),
        (
            "twenty tokens for each parameter is a rule for the cheapest *training*, "
            "with another law; here the law and the answers decide",
            _twenty_each,
        ),
        (
            "that is the smallest model that can come to the loss at all; it would "
            "have to read immensely much. Which one costs least? (Or is the fraction "
            "under the root upside down?)",
            _smallest,
        ),
        (
            "you gave one half of what is above the offset to each of the two terms; "
            "try all SIZES, and see which costs least",
            _halves,
        ),
        (
            "the sizes that are too small for this loss are in the way: the logarithm "
            "or root of a number below 0 is NaN, and `np.argmin` stops at the first "
            "NaN. Give them an infinite price, or use `np.nanargmin`. (Or is A / "
            "N^alpha missing?)",
            lambda law, loss, answers: float(SIZES[0]),
        ),
    ),
)
