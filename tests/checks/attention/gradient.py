import numpy as np
import torch
from scipy.special import softmax

from heedful.checks.attention import check_gradient
from heedful.checks.attention.softmax import normal

from ..specimens import UNKNOWN, wrong


def mean(w, g):
    return np.einsum("ts,ts->t", w, g)[:, None]


def jacobian(w, g):
    return w[:, :, None] * (np.eye(w.shape[1]) - w[:, None])


CHECK = check_gradient

WRONG = [
    wrong("as if each weight had only", lambda w, g: w * g),
    wrong("only the diagonal", lambda w, g: g * (w - w**2)),
    wrong("factor w_j in front is missing", lambda w, g: g - mean(w, g)),
    wrong("to both terms", lambda w, g: w * g - mean(w, g)),
    wrong("in place of w_i", lambda w, g: w * (g - w * g.sum(1, keepdims=True))),
    wrong("is the plain one", lambda w, g: w * (g - g.mean(1, keepdims=True))),
    wrong("sum is over g alone", lambda w, g: w * (g - g.sum(1, keepdims=True))),
    wrong(
        "divided by the number of keys",
        lambda w, g: w * (g - np.mean(w * g, axis=1, keepdims=True)),
    ),
    wrong("not the other way round", lambda w, g: w * (mean(w, g) - g)),
    wrong("mean is added", lambda w, g: w * (g + mean(w, g))),
    wrong("sum runs over the queries", lambda w, g: w * (g - (w * g).sum(0))),
    wrong("over the whole array", lambda w, g: w * (g - np.sum(w * g))),
    wrong("diagonal without g", lambda w, g: w * (1 - w)),
    wrong("only the second half", lambda w, g: -w * mean(w, g)),
    wrong(
        "softmax is applied once more",
        lambda w, g: softmax(w, axis=1) * (g - mean(softmax(w, axis=1), g)),
    ),
    wrong("are swapped in your formula", lambda w, g: g * (w - mean(g, w))),
    wrong("shape is (2, 3, 3)", jacobian),
    wrong(UNKNOWN, lambda w, g: 2 * w * (g - mean(w, g))),
]


def by_autograd(weights, gradient):
    """Any scores with these weights will do; their logarithms are such scores."""
    scores = torch.tensor(np.log(weights), requires_grad=True)
    mixed = (scores.softmax(-1) * torch.tensor(gradient)).sum()
    return torch.autograd.grad(mixed, scores)[0].numpy()


def by_the_matrix(weights, gradient):
    return np.stack(
        [(np.diag(w) - np.outer(w, w)) @ g for w, g in zip(weights, gradient)]
    )


def by_differences(weights, gradient):
    """What a small push on each score does to the sum of g w."""
    scores, pushed = np.log(weights), np.zeros_like(weights)
    for j in range(weights.shape[1]):
        push = 1e-6 * np.eye(weights.shape[1])[j]
        change = softmax(scores + push, axis=1) - softmax(scores - push, axis=1)
        pushed[:, j] = (gradient * change).sum(axis=1) / 2e-6
    return pushed


RIGHT = [by_autograd, by_the_matrix, by_differences]


def INPUTS(generator):
    """One key alone, one query alone, and many of both."""
    for shape in ((2, 1), (1, 5), (7, 3)):
        weights = softmax(2 * normal(generator, *shape), axis=-1)
        yield dict(weights=weights, gradient=normal(generator, *shape))
