"""The exercise on the older score: query and key added, not multiplied."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from torch import Generator

from heedful.checks import Task
from heedful.checks.attention.softmax import normal, softmax
from heedful.checks.values import Inputs


def additive_scores(
    q: np.ndarray, k: np.ndarray, W: np.ndarray, U: np.ndarray, v: np.ndarray
) -> np.ndarray:
    """The right answer, (T, S)."""
    return _slip(q, k, W, U, v)


def _slip(
    q: np.ndarray,
    k: np.ndarray,
    W: np.ndarray,
    U: np.ndarray,
    v: np.ndarray,
    join: Callable = np.add,
    bend: Callable = np.tanh,
    read: Callable = np.matmul,
) -> np.ndarray:
    """The additive score in which one step can go another way."""
    asked, found = q @ W.T, k @ U.T  # (T, H), (S, H)
    return read(bend(join(asked[:, None], found)), v)  # (T, S, H) @ (H,)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Square matrices, then five different sizes."""
    for t, s, d_q, d_k, h in ((2, 3, 2, 2, 2), (5, 7, 3, 11, 13)):
        yield dict(
            q=normal(generator, t, d_q),
            k=normal(generator, s, d_k),
            W=normal(generator, h, d_q) / np.sqrt(d_q),
            U=normal(generator, h, d_k) / np.sqrt(d_k),
            v=normal(generator, h),
        )


def _same(x: np.ndarray) -> np.ndarray:
    return x


def _each_bent(asked: np.ndarray, found: np.ndarray) -> np.ndarray:
    return np.tanh(asked) + np.tanh(found)


check_additive = Task(
    name="additive score",
    right=additive_scores,
    cases=_cases,
    compared="values; each query with each key, five different sizes",
    hints=(
        "Write the shapes: W q_i is a vector of H numbers for each of T queries, "
        "U k_j one for each of S keys. Their sum, each with each, is (T, S, H).",
        "If the queries are the rows of q, then the rows of `q @ W.T` are W q_i. An "
        "axis of size 1, `[:, None]`, makes each meet each.",
        "`np.tanh((q @ W.T)[:, None] + k @ U.T)` is (T, S, H); v takes the last axis.",
    ),
    mistakes=(
        (
            "the tanh is missing. Without it a query adds the same number to the "
            "scores of all keys, and the softmax does not notice it",
            partial(_slip, bend=_same),
        ),
        (
            "the tanh comes too late: it bends the H hidden numbers, before v sums "
            "them up",
            lambda *inputs: np.tanh(_slip(*inputs, bend=_same)),
        ),
        (
            "query and key are bent each by itself; add them first, then tanh, or they "
            "never meet",
            partial(_slip, join=_each_bent, bend=_same),
        ),
        (
            "query and key are multiplied; this score adds them (hence its name)",
            partial(_slip, join=np.multiply),
        ),
        (
            "these are dot products of projected queries and keys, the Transformer's "
            "score; the older one adds them, and has a tanh and v",
            partial(_slip, join=np.multiply, bend=_same, read=lambda x, v: x.sum(-1)),
        ),
        (
            "the key is subtracted from the query; add them",
            partial(_slip, join=np.subtract),
        ),
        (
            "W and U are swapped: W belongs to the queries, U to the keys",
            lambda q, k, W, U, v: additive_scores(q, k, U, W, v),
        ),
        (
            "W and U stand on the wrong side: with queries as rows, W q_i is a row of "
            "q @ W.T",
            lambda q, k, W, U, v: additive_scores(q, k, W.T, U.T, v),
        ),
        (
            "v is not used: the hidden numbers are not simply summed, v weighs them",
            partial(_slip, read=lambda x, v: x.sum(-1)),
        ),
        (
            "v is not used: the hidden numbers are not simply averaged, v weighs them",
            partial(_slip, read=lambda x, v: x.mean(-1)),
        ),
        (
            "rows and columns are swapped: a row belongs to a query, so (T, S)",
            lambda *inputs: additive_scores(*inputs).T,
        ),
        (
            "you return the shares; what is asked for are the scores, before the "
            "softmax",
            lambda *inputs: softmax(additive_scores(*inputs)),
        ),
        (
            "the scores are divided by a root; that belongs to the dot product, whose "
            "size grows with the width",
            lambda q, k, W, U, v: additive_scores(q, k, W, U, v) / np.sqrt(len(v)),
        ),
    ),
)
