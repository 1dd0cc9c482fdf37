import numpy as np
import torch
from scipy.special import softmax

from heedful.checks.attention import check_brought
from heedful.checks.attention.softmax import normal

from ..specimens import wrong


def lengths(v, columns):
    return np.sqrt(((v @ columns.T) ** 2).sum(axis=1))


def shares(amounts):
    return amounts / amounts.sum(axis=1, keepdims=True)


def of_one_query(weights, v, columns):
    return shares(weights * lengths(v, columns))[0]


CHECK = check_brought

WRONG = [
    wrong("these are the weights again", lambda w, v, c: w.copy()),
    wrong(
        "those of the values themselves",
        lambda w, v, c: shares(w * np.linalg.norm(v, axis=1)),
    ),
    wrong("on the wrong side", lambda w, v, c: shares(w * lengths(v, c.T))),
    wrong("but these are amounts", lambda w, v, c: w * lengths(v, c)),
    wrong(
        "go through a softmax",
        lambda w, v, c: softmax(w * lengths(v, c), axis=1),
    ),
    wrong(
        "the columns sum to 1",
        lambda w, v, c: w * lengths(v, c) / (w * lengths(v, c)).sum(axis=0),
    ),
    wrong(
        "all shares together",
        lambda w, v, c: w * lengths(v, c) / (w * lengths(v, c)).sum(),
    ),
    wrong("lengths are squared", lambda w, v, c: shares(w * lengths(v, c) ** 2)),
    wrong("sizes are summed up", lambda w, v, c: shares(w * abs(v @ c.T).sum(axis=1))),
    wrong("weights are missing", lambda w, v, c: shares(0 * w + lengths(v, c))),
    wrong("weights are squared", lambda w, v, c: shares(w * w * lengths(v, c))),
    wrong("divided by length", lambda w, v, c: shares(w / lengths(v, c))),
    wrong(
        "before they met the weights",
        lambda w, v, c: w * lengths(v, c) / lengths(v, c).sum(),
    ),
    wrong("shape is (3,), expected (2, 3)", of_one_query),
]


def by_loops(weights, v, columns):
    table = []
    for row in weights:
        brought = [np.linalg.norm(columns @ (w * value)) for w, value in zip(row, v)]
        table.append([amount / sum(brought) for amount in brought])
    return np.array(table)


def by_torch(weights, v, columns):
    weights, v, columns = map(torch.tensor, (weights, v, columns))
    vectors = weights[..., None] * (v @ columns.mT)  # (T, S, D): all that comes home
    return torch.nn.functional.normalize(vectors.norm(dim=-1), p=1, dim=-1).numpy()


RIGHT = [by_loops, by_torch]


def INPUTS(generator):
    """Sizes that all differ, and one key alone."""
    for t, s, d_value, d_model in ((3, 5, 2, 7), (2, 1, 3, 5), (5, 2, 3, 3)):
        yield dict(
            weights=softmax(normal(generator, t, s), axis=-1),
            v=normal(generator, s, d_value),
            columns=normal(generator, d_model, d_value),
        )
