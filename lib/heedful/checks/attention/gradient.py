"""The exercise on learning: what reaches the scores through a softmax."""

from collections.abc import Callable, Iterator

import numpy as np
from torch import Generator

from heedful.checks import Task
from heedful.checks.attention.softmax import normal, softmax
from heedful.checks.values import Inputs


def score_gradient(weights: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """The right answer, (T, S)."""
    return _mean_taken()(weights, gradient)


def _mean_taken(
    mean: Callable = lambda w, g: (w * g).sum(axis=-1, keepdims=True),
) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Weight times what differs from a mean, which may be the wrong one."""
    return lambda w, g: w * (g - mean(w, g))


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Two rows of shares, then five longer ones."""
    for shape in ((2, 3), (5, 7)):
        weights = softmax(normal(generator, *shape))
        yield dict(weights=weights, gradient=normal(generator, *shape))


check_gradient = Task(
    name="gradient",
    right=score_gradient,
    cases=_cases,
    compared="values; two sizes",
    hints=(
        "The chain rule: the gradient of s_j is the sum over i of g_i times the "
        "derivative of w_i by s_j. Put in w_i (δ_ij - w_j).",
        "The δ leaves one term of its sum, g_j w_j. The rest is -w_j times the sum of "
        "all w_i g_i, which is one number for each row.",
        "Take w_j out: w_j (g_j - mean), where the mean of the g_i is weighted by the "
        "w_i. In NumPy: `.sum(axis=-1, keepdims=True)`.",
    ),
    mistakes=(
        (
            "this is w times g, as if each weight had only its own score; a share that "
            "grows is taken from the others, so the term -w_j remains",
            _mean_taken(lambda w, g: 0.0),
        ),
        (
            "this is only the diagonal, i = j: each score moves all weights of its "
            "row, not its own alone",
            lambda w, g: w * (1 - w) * g,
        ),
        (
            "the factor w_j in front is missing: a key with almost no weight is hardly "
            "moved",
            lambda w, g: g - (w * g).sum(axis=-1, keepdims=True),
        ),
        (
            "w_j belongs to both terms: the sum is multiplied by w_j as well",
            lambda w, g: w * g - (w * g).sum(axis=-1, keepdims=True),
        ),
        (
            "w_j in place of w_i under the sum: each g_i goes with its own weight, and "
            "the one w_j stands before the sum",
            lambda w, g: w * g - w * w * g.sum(axis=-1, keepdims=True),
        ),
        (
            "the mean of g is the plain one; weigh each g_i by its w_i",
            _mean_taken(lambda w, g: g.mean(axis=-1, keepdims=True)),
        ),
        (
            "the sum is over g alone; it is over w_i times g_i",
            _mean_taken(lambda w, g: g.sum(axis=-1, keepdims=True)),
        ),
        (
            "the sum of w g is divided by the number of keys; the w sum to 1, so the "
            "sum is a mean already",
            _mean_taken(lambda w, g: (w * g).mean(axis=-1, keepdims=True)),
        ),
        (
            "the sign is wrong: w_j (g_j - mean), not the other way round",
            lambda w, g: -score_gradient(w, g),
        ),
        (
            "the mean is added; subtract it, as in δ_ij - w_j",
            lambda w, g: w * (g + (w * g).sum(axis=-1, keepdims=True)),
        ),
        (
            "the sum runs over the queries; it belongs to the keys of one row, axis=-1",
            _mean_taken(lambda w, g: (w * g).sum(axis=0, keepdims=True)),
        ),
        (
            "the sum runs over the whole array; each row has its own, axis=-1 and "
            "keepdims=True",
            _mean_taken(lambda w, g: (w * g).sum()),
        ),
        (
            "this is the derivative's diagonal without g: multiply by what the loss "
            "wants of each weight",
            lambda w, g: w * (1 - w),
        ),
        (
            "only the second half is there; the δ gives w_j g_j as well",
            lambda w, g: -w * (w * g).sum(axis=-1, keepdims=True),
        ),
        (
            "the softmax is applied once more; `weights` are its result already",
            lambda w, g: score_gradient(softmax(w), g),
        ),
        (
            "weights and gradient are swapped in your formula",
            lambda w, g: score_gradient(g, w),
        ),
    ),
)
