"""The exercise on softmax: shares that survive any scores."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from scipy import special
from torch import Generator

from heedful.checks import Task
from heedful.checks.values import Inputs


def normal(generator: Generator, *shape: int) -> np.ndarray:
    """Independent numbers of mean 0 and variance 1, float64."""
    return torch.randn(shape, generator=generator, dtype=torch.float64).numpy()


def softmax(scores: np.ndarray) -> np.ndarray:
    """The right answer: shares over the last axis."""
    return special.softmax(scores, axis=-1)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Scores of order 1, with a hidden key, far apart, in three axes and in one."""
    few = normal(generator, 2, 3)
    yield dict(scores=few)
    hidden = few.copy()
    hidden[0, 1] = -np.inf
    yield dict(scores=hidden)
    far = np.array([[1000, 1001, 999], [-1000, -1002, -999], [0, 1000, -1000]])
    yield dict(scores=far + normal(generator, 3, 3).round(2))
    yield dict(scores=normal(generator, 3, 5, 7))
    yield dict(scores=normal(generator, 5))


def _largest(scores: np.ndarray) -> np.ndarray:
    return scores.max(axis=-1, keepdims=True)


def _sum(powers: np.ndarray) -> np.ndarray:
    return powers.sum(axis=-1, keepdims=True)


def _slip(
    subtract: Callable = _largest,
    power: Callable = np.exp,
    divide: Callable = _sum,
) -> Callable[[np.ndarray], np.ndarray]:
    """A softmax in which one step goes another way."""

    def slipped(scores: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            powers = power(scores - subtract(scores))
            return powers / divide(powers)

    return slipped


def _nothing(scores: np.ndarray) -> float:
    return 0.0


def _one(powers: np.ndarray) -> float:
    return 1.0


def _itself(scores: np.ndarray) -> np.ndarray:
    return scores


_NOT_DIVIDED = (
    "the powers are not divided by their sum, so they are not shares: each row must "
    "sum to 1"
)
_NO_POWERS = (
    "the scores themselves are divided by their sum, which leaves negative numbers: "
    "take powers of e first"
)
_NOT_LARGEST = (
    "what you subtract is not the largest score, so a power can still overflow; after "
    "subtracting the max the largest power is 1"
)

check_softmax = Task(
    name="softmax",
    right=softmax,
    cases=_cases,
    compared="values; hidden keys, scores of 1000 and -1000, one axis and three",
    hints=(
        "Two steps: powers of e, then each divided by the sum of its row. The row is "
        "the last axis: `axis=-1, keepdims=True`.",
        "e to the power of 1000 is too large for any computer number. The same number "
        "may be subtracted from all scores of a row: which one makes it safe?",
        "`np.exp(scores - scores.max(axis=-1, keepdims=True))` are the powers.",
    ),
    mistakes=(
        (
            "large scores overflow: e to the power of 1000 is too large for any number "
            "(and of -1000 it is 0, so 0 / 0). Subtract each row's largest score first",
            _slip(subtract=_nothing),
        ),
        (
            "nan_to_num hides that large scores overflow, and a row without any share "
            "is left. Subtract each row's largest score first",
            lambda scores: np.nan_to_num(_slip(subtract=_nothing)(scores)),
        ),
        (
            "the scores are clipped, so the large ones become alike. Subtract each "
            "row's largest score instead: that changes no share",
            lambda scores: softmax(np.clip(scores, -100, 100)),
        ),
        (
            "the sums run along axis 1, which is the last one only in a table: the "
            "shares are over the last axis, axis=-1",
            lambda scores: special.softmax(scores, axis=1),
        ),
        (
            "the largest score of the whole array is subtracted, and a row far below "
            "it becomes 0 / 0: each row needs its own max, axis=-1",
            _slip(subtract=np.max),
        ),
        (_NOT_LARGEST, _slip(subtract=lambda s: s.min(axis=-1, keepdims=True))),
        (_NOT_LARGEST, _slip(subtract=lambda s: s.mean(axis=-1, keepdims=True))),
        (
            "all shares together sum to 1; each row must, by itself: "
            "sum(axis=-1, keepdims=True)",
            _slip(subtract=np.max, divide=np.sum),
        ),
        (
            "all shares together sum to 1; each row must, by itself: "
            "sum(axis=-1, keepdims=True)",
            _slip(divide=np.sum),
        ),
        (
            "the columns sum to 1, not the rows: the shares are over the last axis, "
            "axis=-1",
            lambda scores: special.softmax(scores, axis=0),
        ),
        (
            "the max is that of the rows, but the division is by the sums of the "
            "columns: use axis=-1 for both",
            _slip(divide=lambda powers: powers.sum(axis=0, keepdims=True)),
        ),
        (_NOT_DIVIDED, _slip(divide=_one)),
        (_NOT_DIVIDED, _slip(subtract=_nothing, divide=_one)),
        (_NO_POWERS, _slip(subtract=_nothing, power=_itself)),
        (_NO_POWERS, _slip(power=_itself)),
        (
            "this is the logarithm of the shares; the shares themselves are positive",
            lambda scores: special.log_softmax(scores, axis=-1),
        ),
        (
            "each score is treated by itself, as by a sigmoid; shares compare the "
            "scores of a row",
            special.expit,
        ),
        (
            "the best key takes all; the softmax gives every key a share",
            lambda scores: (scores == _largest(scores)).astype(float),
        ),
        (
            "the scores are divided by the largest; subtract it, which alone leaves "
            "the shares as they are",
            lambda scores: softmax(scores / _largest(scores)),
        ),
        (
            "the sign is wrong: the largest score must get the largest share",
            lambda scores: softmax(-scores),
        ),
    ),
)
