"""The exercise on errands: predict what shared keys cost in the game, then measure."""

from heedful.checks import Prediction

KEPT = (32, 32, 16)  # in a layer of 16, as the notebook's is
Pair = tuple[float, float]


def _suspicion(single: Pair, full: Pair, shared: Pair) -> str:
    """What measurements that cannot be true point at, or nothing."""
    shares, kept = zip(single, full, shared)
    if max(shares) > 1:
        return "nothing can explain more than all: is it 1 - error / variance?"
    if max(shares) < 0.2:
        return "nothing is explained: was the layer trained before the exam?"
    if single[0] > full[0] + 0.1:
        return (
            "two heads explain less than one: is this the error? What is explained is "
            "1 - error / variance"
        )
    if abs(single[0] - full[0]) < 0.1:
        return "two heads are no better than one: does n_heads reach the layer?"
    if single[0] > 0.6:
        return (
            "one head can explain one half at best, as the exercise at the end of the "
            "chapter proves: is the answer compared with the right one, entry by entry?"
        )
    if kept[1] == kept[2] and kept[0] == kept[1]:
        return (
            "with one key-value head for two query heads half as much is kept: does "
            "n_kv_heads reach the layer?"
        )
    if kept != KEPT:
        return (
            "kept for each box: the outputs of k_proj and those of v_proj, "
            "`out_features` of both"
        )
    return ""


def _outcome(single: Pair, full: Pair, shared: Pair) -> str:
    if shared[0] > 0.9:
        return "B"
    return "A" if shared[0] < single[0] + 0.1 else "C"


check_errands = Prediction(
    name="two errands, one set of keys",
    hints=(
        "A fresh layer for each call: `MultiHeadAttention(D_MODEL, n_heads, "
        "n_kv_heads=n_kv_heads)`. Train it, then let it sit the exam.",
        "Explained is 1 - the mean squared error / the variance of the right answers. "
        "Kept for each box: what k_proj and v_proj give out.",
        "`answer, right = exam(layer)`, then `1 - ((answer - right) ** 2).mean() / "
        "right.var()`; and `layer.k_proj.out_features + layer.v_proj.out_features`.",
    ),
    options={
        "A": "one half, like a single head",
        "B": "nearly all, like two heads",
        "C": "something in between",
    },
    conditions={
        "1 head": (1, 1),
        "2 heads": (2, 2),
        "2 heads, shared keys": (2, 1),
    },
    columns={"explained": ".0%", "kept for each box": ".0f"},
    suspicion=_suspicion,
    outcome=_outcome,
)
