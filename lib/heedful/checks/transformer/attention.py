"""The exercise on attention: a dictionary with soft edges."""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.nets import attend


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Scores of order 1, where softmax is far from all or nothing: without a mask,
    with one, and with fewer queries than keys.
    """
    randn = partial(torch.randn, generator=generator)
    few = dict(zip("qkv", randn(3, 1, 1, 3, 2)))
    hole = torch.tensor([[1, 1, 0], [0, 1, 1], [1, 0, 1]], dtype=torch.bool)
    yield dict(**few, mask=None)
    yield dict(**few, mask=hole)
    q, k, v = randn(2, 3, 5, 7), randn(2, 3, 11, 7), randn(2, 3, 11, 13)
    real = torch.arange(11) < torch.tensor([[7], [10]])
    yield dict(q=q, k=k, v=v, mask=real[:, None, None, :])


def _slip(
    scale: Callable = lambda q: q.size(-1) ** -0.5,
    dim: int = -1,
    hide: Callable = lambda scores, mask: scores.masked_fill(~mask, -torch.inf),
    choose: Callable = torch.softmax,
) -> Callable[..., Tensor]:
    """Attention in which one thing can be done in another way."""

    def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
        scores = q @ k.mT * scale(q)
        if mask is not None:
            scores = hide(scores, mask)
        return choose(scores, dim) @ v

    return attention


def _masked_late(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    return ((q @ k.mT * q.size(-1) ** -0.5).softmax(-1) * mask) @ v


def _scaled_late(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    return _slip(scale=lambda q: 1.0)(q, k, v, mask) * q.size(-1) ** -0.5


def _weights(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
    return attend(q, k, torch.eye(k.size(-2)).expand(*k.shape[:-2], -1, -1), mask)


check_attend = Task(
    name="attention",
    right=attend,
    cases=_cases,
    compared="values; without mask, with mask, more keys than queries",
    hints=(
        "Three steps: scores (each query with each key), weights (softmax), mixture "
        "(of the values). Write the shapes beside each step.",
        "`q @ k.mT` has the shape (.., T, S). Divide by the root of the last size of "
        "q, and let the softmax run over the last axis, the keys.",
        "Before the softmax: `scores.masked_fill(~mask, float('-inf'))`. It returns a "
        "new tensor, which you must keep.",
    ),
    mistakes=(
        (
            "the scores are not scaled: divide them by the root of d_head, or the "
            "softmax grows sharper as heads grow wider",
            _slip(scale=lambda q: 1.0),
        ),
        (
            "the scores are divided by d_head; divide by its square root, the size of "
            "a sum of d_head random terms",
            _slip(scale=lambda q: 1 / q.size(-1)),
        ),
        (
            "the scores are multiplied by the root of d_head; divide by it",
            _slip(scale=lambda q: q.size(-1) ** 0.5),
        ),
        (
            "the scale is made from the number of positions; what a score sums over "
            "is d_head, the last axis of q",
            _slip(scale=lambda q: q.size(-2) ** -0.5),
        ),
        (
            "the scaling comes after the softmax; scale the scores, before it",
            _scaled_late,
        ),
        (
            "your weights sum to 1 over the queries; the softmax belongs on the keys "
            "(dim=-1)",
            _slip(dim=-2),
        ),
        (
            "the softmax is missing: the scores themselves are used as weights",
            _slip(choose=lambda scores, dim: scores),
        ),
        (
            "the scores are divided by their sum as they are; softmax divides "
            "exp(score) by the sum of these, so that no share is below 0",
            _slip(choose=lambda scores, dim: scores / scores.sum(dim, keepdim=True)),
        ),
        (
            "each query takes the one best key; the softmax should share among all",
            _slip(choose=lambda s, dim: (s == s.amax(dim, keepdim=True)).float()),
        ),
        (
            "q and k are swapped: a row of the scores belongs to a query",
            lambda q, k, v, mask: attend(k, q, v, mask),
        ),
        (
            "the keys are mixed instead of the values: weights @ v",
            lambda q, k, v, mask: attend(q, k, k, mask),
        ),
        ("you return the weights; use them to mix the values: weights @ v", _weights),
        (
            "the mask has no effect. Is it used? masked_fill returns a new tensor",
            lambda q, k, v, mask: attend(q, k, v),
        ),
        (
            "the mask is inverted: True means 'may attend', so hide where it is False",
            lambda q, k, v, mask: attend(q, k, v, ~mask),
        ),
        (
            "the mask comes after the softmax, so the weights no longer sum to 1; hide "
            "the scores, before it",
            _masked_late,
        ),
        (
            "a hidden score of 0 is not hidden, since exp(0) = 1: use -inf",
            _slip(hide=lambda scores, mask: scores * mask),
        ),
        (
            "the mask is added to the scores as 0 and 1, which hides nothing: put -inf "
            "where it is False",
            _slip(hide=lambda scores, mask: scores + mask),
        ),
    ),
)
