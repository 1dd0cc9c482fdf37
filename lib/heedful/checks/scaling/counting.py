"""The exercise on counting: one law, and the exponents that two groups find for it."""

import math

import numpy as np

from heedful.checks import Prediction
from heedful.scaling.published import CHINCHILLA_REFITTED

SMALL, LARGE = np.geomspace(1e16, 1e21, 11), np.geomspace(1e23, 1e27, 9)
OWN = CHINCHILLA_REFITTED.exponent  # what must come out if all parameters count


def _suspicion(all_small: tuple, rest_small: tuple, rest_large: tuple) -> str:
    """What three exponents that cannot be true point at, or nothing.

    The numbers are those of the right measurement and of its likely mistakes.
    """
    whole, small, large = all_small[0], rest_small[0], rest_large[0]
    if any(map(math.isnan, (whole, small, large))):
        return "an exponent is NaN: take the logarithm of sizes and budgets, not of 0"
    if _near(whole, 1 - OWN):
        return (
            "with all parameters 0.49 comes out: so grow the *tokens*. Return how the "
            "size grows"
        )
    if _near(whole, 1 / OWN, 0.05):
        return (
            "an exponent near 2: the axes are swapped. Fit log size over log budget, "
            "np.polyfit(log_budgets, log_sizes, 1)"
        )
    if not _near(whole, OWN):
        return (
            "if all parameters count, the law's own exponent, 0.51, must come out: for "
            "each budget take the width of least loss, then a line through the "
            "logarithms"
        )
    if _near(small, whole, 0.005):
        return (
            "both ways of counting give the same: the budget and the size know only "
            "what is counted, but the law must be asked with *all* parameters"
        )
    if _near(small, 0.710):
        return (
            "the tokens were worked out with all parameters; whoever does not count "
            "the embedding has C / 6 / (what is counted) tokens to spend"
        )
    if _near(small, 0.525, 0.008):
        return (
            "the sizes that you compare are those of whole models; return how the "
            "*counted* size grows"
        )
    if _near(small, 0.263):
        return "without the embedding you return how the *tokens* grow, not the size"
    if not _near(small, 0.737, 0.012):
        return (
            "the exponent without the embedding cannot be: law(all, C / 6 / counted), "
            "and the counted size at its least loss"
        )
    if not _near(large, 0.514):
        return (
            "at large budgets something else must come out than at small ones: is "
            "`budgets` used?"
        )
    return ""


def _near(a: float, b: float, width: float = 0.01) -> bool:
    return abs(a - b) < width


def _outcome(all_small: tuple, rest_small: tuple, rest_large: tuple) -> str:
    change = rest_small[0] - all_small[0]
    return "A" if abs(change) < 0.03 else "B" if change > 0 else "C"


check_counting = Prediction(
    name="counting",
    hints=(
        "For one budget C: n is the size that counts, for all WIDTHS at once; C / 6 / "
        "n tokens can be read; the law gives a loss for each width. Take the least.",
        "`everything, without = n_parameters(WIDTHS)`; the law is asked with "
        "`everything`, whatever counts: `LAW(everything, budget / 6 / n)`.",
        "`best = LAW(everything, budget / 6 / n).argmin()`, keep `n[best]`; in the end "
        "`np.polyfit(np.log(budgets), np.log(sizes), 1)[0]`.",
    ),
    options={
        "A": "it stays the same, within 0.03",
        "B": "it becomes larger",
        "C": "it becomes smaller",
    },
    conditions={
        "all parameters, small budgets": (True, SMALL),
        "no embedding, small budgets": (False, SMALL),
        "no embedding, large budgets": (False, LARGE),
    },
    columns={"exponent": ".2f"},
    suspicion=_suspicion,
    outcome=_outcome,
)
