"""The exercise on the square root: predict what another divisor does, then measure."""

from heedful.checks import Prediction

N_KEYS = 64  # as the notebook's cell says
Pair = tuple[float, float]


def _suspicion(narrow: Pair, raw: Pair, root: Pair, over_d: Pair) -> str:
    """What measurements that cannot be true point at, or nothing."""
    for largest, movable in (narrow, raw, root, over_d):
        if not (0 <= largest <= 1 and 0 <= movable <= 1):
            return "both numbers lie between 0 and 1; are the weights shares?"
        if largest < 0.99 / N_KEYS:
            return (
                f"the largest of {N_KEYS} shares cannot be below 1/{N_KEYS}: does the "
                "softmax run over the keys, and is the max taken over them, too?"
            )
        # The squares sum to at most the largest weight and at least to its square.
        if not 0.98 - largest <= movable <= 1.02 - largest**2:
            return (
                "the two numbers do not fit together: return first the mean of the "
                "largest weights, then the mean of 1 - (w ** 2).sum(axis=-1)"
            )
    if abs(raw[0] - root[0]) < 0.05 and abs(root[0] - over_d[0]) < 0.05:
        return "the power changes nothing: are the scores divided by d ** power?"
    if root[0] > raw[0] or over_d[0] > root[0]:
        return (
            "a larger divisor makes the largest weight larger: divide by d ** power, "
            "do not multiply"
        )
    if not 0.5 < root[0] / narrow[0] < 2:
        return (
            "with the root, 16 and 1024 should come out about alike: draw entries of "
            "mean 0 and variance 1, and vectors of d numbers"
        )
    if not 0.06 < root[0] < 0.25:
        return (
            "with the root the scores should have a spread of 1, and the largest of "
            f"{N_KEYS} shares be near a tenth: draw entries of mean 0 and variance 1, "
            "rng.normal"
        )
    if raw[0] < 0.5:
        return (
            "undivided scores of 1024 numbers should leave one key nearly all: are "
            "queries and keys vectors of d numbers?"
        )
    return ""


def _outcome(narrow: Pair, raw: Pair, root: Pair, over_d: Pair) -> str:
    if over_d[0] > 0.5:
        return "C"
    return "B" if over_d[0] < 2 / N_KEYS else "A"


check_growth = Prediction(
    name="growing d",
    hints=(
        "Queries (500, d) and keys (64, d) from `rng.normal(size=...)`; fresh ones for "
        "each call.",
        "scores = q @ k.T / d**power, then the softmax over the keys, axis=-1.",
        "`weights.max(axis=-1).mean()`, and the mean of "
        "`1 - (weights**2).sum(axis=-1)`.",
    ),
    options={
        "A": "it stays as with the root",
        "B": "all keys get nearly the same share",
        "C": "one key takes nearly all",
    },
    conditions={
        "d = 16, over √d": (16, 0.5),
        "d = 1024, undivided": (1024, 0.0),
        "d = 1024, over √d": (1024, 0.5),
        "d = 1024, over d": (1024, 1.0),
    },
    columns={"largest weight": ".3f", "can move": ".3f"},
    suspicion=_suspicion,
    outcome=_outcome,
)
