"""The exercise on the size of a gradient: predict who minds it, then measure."""

import math

from heedful.checks import Prediction

Loss = tuple[float]
NOTHING_KNOWN = math.log(259)  # nats, if 256 bytes and 3 signs are equally likely


def _learned(loss: Loss) -> bool:
    return loss[0] < NOTHING_KNOWN - 0.5


def _ruined(mean: Loss, total: Loss) -> bool:
    """Whether training on the sum is much worse than on the mean; NaN is."""
    return not total[0] < mean[0] + 0.5


def _suspicion(descent: Loss, descent_total: Loss, adam: Loss, adam_total: Loss) -> str:
    """What measurements that cannot be true point at, or nothing."""
    rows = (("gradient descent", descent, descent_total), ("Adam", adam, adam_total))
    for name, (mean,), (total,) in rows:
        if min(mean, total) < 0.5:
            return (
                f"{name} pays next to nothing for a text that it has never read? Give "
                "what `evaluate(model, UNREAD)` returns"
            )
        if mean == total and _learned((mean,)):
            return (
                f"with {name} both runs are the same to the last digit: if `summed`, "
                "multiply the loss by `batch.n_asked` before `backward()`"
            )
    if math.isnan(adam[0]) and math.isnan(adam_total[0]):
        return (
            "Adam is ruined from its first step: does it get the weights that gradient "
            "descent has ruined? Make a new model in each call"
        )
    if descent == adam and descent_total == adam_total and _learned(adam):
        return "both optimisers give the same: use `new_optimizer(optimizer, model)`"
    for name, mean, total in rows:
        if not _learned(mean):
            if _ruined(total, mean):
                return "the sum does better than the mean: is the `if` the wrong way?"
            return (
                f"{name} has learned nothing even from the mean; a model that knows "
                f"nothing pays {NOTHING_KNOWN:.2f}. Is `optimizer.step()` called, and "
                "`optimizer.zero_grad()` before `backward()`?"
            )
    if adam_total[0] > 50:
        return (
            "that is not in nats per token: only the loss for training is multiplied; "
            "`evaluate` gives a mean in both cases"
        )
    return ""


def _outcome(descent: Loss, descent_total: Loss, adam: Loss, adam_total: Loss) -> str:
    if _ruined(descent, descent_total):
        return "C" if _ruined(adam, adam_total) else "B"
    return "D" if _ruined(adam, adam_total) else "A"


check_scale = Prediction(
    name="sum or mean",
    hints=(
        "A fresh model and a fresh optimiser for each call.",
        "The sum of a batch's prices is its mean, `token_loss(...)`, times "
        "`batch.n_asked`.",
        "For each of BATCHES: the loss, then `optimizer.zero_grad()`, "
        "`loss.backward()`, `optimizer.step()`. At the end `return evaluate(model, "
        "UNREAD)`.",
    ),
    options={
        "A": "neither minds",
        "B": "gradient descent is ruined, Adam hardly notices",
        "C": "both are ruined",
        "D": "Adam is ruined, gradient descent hardly notices",
    },
    conditions={
        "gradient descent, mean": ("gradient descent", False),
        "gradient descent, sum": ("gradient descent", True),
        "Adam, mean": ("Adam", False),
        "Adam, sum": ("Adam", True),
    },
    columns={"nats per token": ".2f"},
    suspicion=_suspicion,
    outcome=_outcome,
)
