"""The exercise on more data: does the score from nothing go away?"""

import math

from heedful.checks import Prediction


def _suspicion(short: tuple, long: tuple, honest: tuple) -> str:
    """What three correlations that cannot be true point at, or nothing."""
    r_short, r_long, r_honest = short[0], long[0], honest[0]
    if math.isnan(r_short) or math.isnan(r_long):
        return (
            "with shuffled folds a correlation is NaN: were they given a gap? Then "
            "nothing is left to train on"
        )
    if math.isnan(r_honest):
        return (
            "in stretches a correlation is NaN: the prediction does not vary. Are the "
            "bumps of width 2?"
        )
    for r in (r_short, r_long, r_honest):
        if abs(r) > 1:
            return f"a correlation lies between -1 and 1, but my_measure returned {r:g}"
    if min(r_short, r_long, r_honest) > 0.6:
        return (
            "noise is predicted even in stretches of time: is `shuffled` used, or "
            "was it tested on what it was trained on?"
        )
    if max(r_short, r_long, r_honest) < 0.3:
        return (
            "nothing is found anywhere, not even with shuffled folds: are they drawn "
            "at random when `shuffled` is True, and without a gap?"
        )
    if r_honest > 0.6:
        return "stretches give more than shuffled folds: are the two swapped?"
    if r_short == r_long:
        return "both lengths give the very same number: is `n` used?"
    # over twelve draws r was 0.90 at least, its square 0.87 at most
    if 0.8 < min(r_short, r_long) < 0.885:
        return "this looks like a share of variance, R²; return the correlation r"
    if min(r_short, r_long) <= 0.8:
        return (
            "with shuffled folds the neighbours give away more than that: no gap, the "
            "noise with rho=0.9, bumps of width 2"
        )
    if r_honest < -0.15:
        return (
            "in stretches the correlation is below zero: over all moments at once the "
            "folds' means alone do that. Give `correlation` the folds"
        )
    if abs(r_honest) > 0.09:  # without a gap 0.11 to 0.18, with one at most 0.05
        return (
            "in stretches something is still found: leave out a gap of 10 at their "
            "edges"
        )
    return ""


def _outcome(short: tuple, long: tuple, honest: tuple) -> str:
    if long[0] < short[0] / 2:
        return "A"
    return "B" if abs(long[0] - short[0]) <= 0.05 else "C"


check_length = Prediction(
    name="more data",
    hints=(
        "Five steps: noise, bumps, folds, predictions, correlation. The chapter does "
        "them in one cell.",
        "`shuffled_folds(n, 5, generator)` or `contiguous_folds(n, 5)`; the gap is 0 "
        "for the first and 10 for the second.",
        "`correlation(held_out(x, y, folds, gap=gap), y, folds).mean()`, with `y = "
        "autocorrelated(n, 20, 0.9, generator)` and `x = smoothed_identity(n, 2)`.",
    ),
    options={
        "A": "it falls to less than half",
        "B": "it stays as it is, within 0.05",
        "C": "it grows by more than 0.05",
    },
    conditions={
        "200 moments, shuffled": (200, True),
        "800 moments, shuffled": (800, True),
        "800 moments, stretches": (800, False),
    },
    columns={"r": ".2f"},
    suspicion=_suspicion,
    outcome=_outcome,
)
