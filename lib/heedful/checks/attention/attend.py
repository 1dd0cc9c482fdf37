"""The exercise to find the bug in: attention for several queries, in NumPy."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from torch import Generator

from heedful.checks import Task
from heedful.checks.attention.softmax import normal, softmax
from heedful.checks.values import Inputs


def attend(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The right answer, (T, Dv)."""
    return _slip(q, k, v)


def _slip(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    divisor: Callable = lambda q: np.sqrt(q.shape[-1]),
    choose: Callable = softmax,
    late: Callable = lambda q: 1.0,
) -> np.ndarray:
    """Attention in which one step can go another way."""
    return choose(q @ k.T / divisor(q)) / late(q) @ v


def _cases(generator: Generator) -> Iterator[Inputs]:
    """As many queries as keys, and fewer; values as wide as keys, and wider."""
    for t, s, d, d_value in ((3, 3, 2, 2), (5, 11, 7, 13)):
        yield dict(
            q=normal(generator, t, d),
            k=normal(generator, s, d),
            v=normal(generator, s, d_value),
        )


def _over_queries(scores: np.ndarray) -> np.ndarray:
    return softmax(scores.T).T


def _over_all(scores: np.ndarray) -> np.ndarray:
    return softmax(scores.reshape(-1)).reshape(scores.shape)


def _sums_lie_across(scores: np.ndarray) -> np.ndarray:
    """The sum of row i divides column i; possible only in a square."""
    powers = np.exp(scores)
    return powers / powers.sum(axis=-1)


def _one(q: np.ndarray) -> float:
    return 1.0


def _root(q: np.ndarray) -> np.ndarray:
    return np.sqrt(q.shape[-1])


check_attend = Task(
    name="attention",
    right=attend,
    cases=_cases,
    compared="values; as many queries as keys, and fewer",
    hints=(
        "What is each line's shape, and which axis belongs to the queries, which to "
        "the keys? When is a mixture one in which the shares sum to 1?",
        "The scores are (T, S): a row for each query. They are divided by the root of "
        "d, then each row becomes shares, then the shares mix the values.",
        "`weights = softmax(q @ k.T / np.sqrt(q.shape[-1]), axis=-1)`.",
    ),
    mistakes=(
        (
            "the softmax runs over the queries: each column sums to 1, and the queries "
            "compete for a key. Each query shares among the keys, axis=-1",
            partial(_slip, choose=_over_queries),
        ),
        (
            "the sum is that of a row, but it divides a column: `sum(axis=-1)` lies "
            "across, and keepdims=True makes it stand beside its row",
            partial(_slip, choose=_sums_lie_across),
        ),
        (
            "all weights together sum to 1; each query, a row, has shares of its own",
            partial(_slip, choose=_over_all),
        ),
        (
            "the division comes after the softmax, so the shares no longer sum to 1; "
            "divide the scores, before it",
            partial(_slip, divisor=_one, late=_root),
        ),
        (
            "the division is done twice, before the softmax and after it",
            partial(_slip, late=_root),
        ),
        (
            "the scores are not divided: without the root of d they grow with the "
            "width, and the softmax can no longer be moved",
            partial(_slip, divisor=_one),
        ),
        (
            "the scores are divided by d; divide by its square root, which is the "
            "order of a sum of d random products",
            partial(_slip, divisor=lambda q: q.shape[-1]),
        ),
        (
            "the scores are multiplied by the root of d; divide by it",
            partial(_slip, divisor=lambda q: 1 / _root(q)),
        ),
        (
            "the root is that of the number of queries or keys; what a score sums over "
            "is d, the length of a query, q.shape[-1]",
            partial(_slip, divisor=lambda q: np.sqrt(len(q))),
        ),
        (
            "the root is that of the width of the values; what a score sums over is d, "
            "the length of a query, q.shape[-1]",
            lambda q, k, v: _slip(q, k, v, divisor=lambda q: np.sqrt(v.shape[-1])),
        ),
        (
            "the softmax is missing: the scores themselves mix the values",
            partial(_slip, choose=lambda scores: scores),
        ),
        (
            "the powers are not divided by their sum, so this is no mixture: each row "
            "must sum to 1",
            partial(_slip, choose=np.exp),
        ),
        (
            "the best key takes all, as in Python's dictionary; every key gets a share",
            partial(_slip, choose=lambda s: 1.0 * (s == s.max(-1, keepdims=True))),
        ),
        (
            "q and k are swapped: a row of the scores belongs to a query",
            lambda q, k, v: attend(k, q, v),
        ),
        (
            "the keys are mixed; keys are for finding, values are what comes home",
            lambda q, k, v: attend(q, k, k),
        ),
        (
            "you return the weights; they are only the shares in which v is mixed",
            lambda q, k, v: attend(q, k, np.eye(len(k))),
        ),
    ),
)
