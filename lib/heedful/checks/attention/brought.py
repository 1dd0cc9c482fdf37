"""The exercise on what a weight does not say: how much comes home."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from torch import Generator

from heedful.checks import Task
from heedful.checks.attention.softmax import normal, softmax
from heedful.checks.values import Inputs


def brought(weights: np.ndarray, v: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The right answer, (T, S)."""
    return _slip(weights, v, columns)


def _length(vectors: np.ndarray) -> np.ndarray:
    return np.linalg.norm(vectors, axis=-1)


def _each_row(amounts: np.ndarray) -> np.ndarray:
    return amounts.sum(axis=-1, keepdims=True)


def _slip(
    weights: np.ndarray,
    v: np.ndarray,
    columns: np.ndarray,
    project: Callable = lambda v, columns: v @ columns.T,
    length: Callable = _length,
    total: Callable = _each_row,
) -> np.ndarray:
    """Weight times length, as shares, in which one step can go another way."""
    amounts = weights * length(project(v, columns))
    return amounts / total(amounts)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """A square o_proj, then one that leads from 3 numbers to 11."""
    for t, s, d_value, d_model in ((2, 3, 2, 2), (5, 7, 3, 11)):
        yield dict(
            weights=softmax(normal(generator, t, s)),
            v=normal(generator, s, d_value)
            * 2.0 ** np.arange(-s // 2, -s // 2 + s)[:, None],
            columns=normal(generator, d_model, d_value) / np.sqrt(d_value),
        )


check_brought = Task(
    name="brought home",
    right=brought,
    cases=_cases,
    compared="values; long and short values, two sizes",
    hints=(
        "Three steps: the values after the head's columns of o_proj, their lengths "
        "(one for each key), weight times length. Then shares of each row.",
        "With values as rows, `v @ columns.T` is (S, D). A length is "
        "`np.linalg.norm(..., axis=1)`.",
        "`amounts = weights * lengths` is (T, S) * (S,). Divide each row by its sum.",
    ),
    mistakes=(
        (
            "these are the weights again: multiply each by the length of what its key "
            "brings home",
            lambda weights, v, columns: weights,
        ),
        (
            "the lengths are those of the values themselves; they pass through the "
            "head's columns of o_proj first",
            partial(_slip, project=lambda v, columns: v),
        ),
        (
            "o_proj stands on the wrong side: with values as rows it is v @ columns.T",
            partial(_slip, project=lambda v, columns: v @ columns),
        ),
        (
            "weight times length is right, but these are amounts; divide each row by "
            "its sum",
            partial(_slip, total=lambda amounts: 1.0),
        ),
        (
            "the amounts go through a softmax; to be shares they need only be divided "
            "by the sum of their row",
            lambda weights, v, columns: softmax(weights * _length(v @ columns.T)),
        ),
        (
            "the columns sum to 1; the shares are those of one query, a row",
            partial(_slip, total=lambda amounts: amounts.sum(axis=0, keepdims=True)),
        ),
        (
            "all shares together sum to 1; each row must, by itself",
            partial(_slip, total=np.sum),
        ),
        (
            "the lengths are squared; a length is the root of the sum of squares",
            partial(_slip, length=lambda x: (x**2).sum(-1)),
        ),
        (
            "the entries' sizes are summed up; a length is the root of the sum of "
            "squares",
            partial(_slip, length=lambda x: np.abs(x).sum(-1)),
        ),
        (
            "the weights are missing: how much comes home is weight *times* length",
            lambda weights, *rest: brought(np.ones_like(weights), *rest),
        ),
        (
            "the weights are squared; weight times length, each once",
            lambda weights, *rest: brought(weights**2, *rest),
        ),
        (
            "weight is divided by length; multiply them",
            partial(_slip, length=lambda x: 1 / _length(x)),
        ),
        (
            "the lengths were made shares before they met the weights; multiply first, "
            "then divide each row by its sum",
            partial(
                _slip,
                length=lambda x: _length(x) / _length(x).sum(),
                total=lambda amounts: 1.0,
            ),
        ),
    ),
)
