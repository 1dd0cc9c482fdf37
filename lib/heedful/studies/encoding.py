"""Encoding models: predict recordings from features, and score what was held out.

Covers what a study of models and brains needs: ridge regression, folds that respect
time and folds that do not, two scores, and the two made-up ingredients that show
the difference. Does not cover delays between stimulus and response, nor the choice of
the penalty by a second loop. Derived in chapter 10.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

Folds = Sequence[Int[Tensor, " _"]]
"""Rows that are held out together; every row is in exactly one of them."""


def ridge(
    x: Float[Tensor, "time features"],
    y: Float[Tensor, "time targets"],
    penalty: float | int = 1.0,
) -> Float[Tensor, "features targets"]:
    """The w that makes |x w - y|^2 + penalty |w|^2 least, for each target."""
    diagonal = penalty * torch.eye(x.size(1), dtype=x.dtype)
    return torch.linalg.solve(x.T @ x + diagonal, x.T @ y)


def contiguous_folds(n: int, k: int) -> Folds:
    """`k` stretches of time, one after the other."""
    return torch.arange(n).chunk(k)


def shuffled_folds(n: int, k: int, generator: torch.Generator | None = None) -> Folds:
    """`k` random sets of rows, as if each row knew nothing of its neighbours."""
    return torch.randperm(n, generator=generator).chunk(k)


def held_out(
    x: Float[Tensor, "time features"],
    y: Float[Tensor, "time targets"],
    folds: Folds,
    penalty: float | int = 1.0,
    gap: int = 0,
) -> Float[Tensor, "time targets"]:
    """Each fold's `y` as predicted by a ridge regression that never saw that fold.

    Rows within `gap` steps of a held-out row are left out of training, too.
    """
    predicted = torch.empty_like(y)
    for fold in folds:
        train = torch.ones(len(x), dtype=torch.bool)
        for step in range(-gap, gap + 1):
            train[(fold + step).clamp(0, len(x) - 1)] = False
        x_mean, y_mean = x[train].mean(0), y[train].mean(0)
        weights = ridge(x[train] - x_mean, y[train] - y_mean, penalty)
        predicted[fold] = (x[fold] - x_mean) @ weights + y_mean
    return predicted


def correlation(
    a: Float[Tensor, "time targets"],
    b: Float[Tensor, "time targets"],
    folds: Folds | None = None,
) -> Float[Tensor, " targets"]:
    """Pearson's r of each column; with `folds`, the mean of each fold's own r.

    A column that does not vary has none: NaN.
    """
    if folds is not None:
        return torch.stack([correlation(a[fold], b[fold]) for fold in folds]).mean(0)
    a, b = a - a.mean(0), b - b.mean(0)
    return (a * b).sum(0) / (a.norm(dim=0) * b.norm(dim=0))


def explained(
    predicted: Float[Tensor, "time targets"], y: Float[Tensor, "time targets"]
) -> Float[Tensor, " targets"]:
    """The share of each column's variance that is predicted: R^2, at most 1."""
    return 1 - (predicted - y).pow(2).sum(0) / (y - y.mean(0)).pow(2).sum(0)


def autocorrelated(
    n: int, n_targets: int, rho: float | int, generator: torch.Generator | None = None
) -> Float[Tensor, "n n_targets"]:
    """Noise in which each moment resembles the last: variance 1, correlation `rho`."""
    y = torch.randn(n, n_targets, generator=generator)
    for t in range(1, n):
        y[t] = rho * y[t - 1] + (1 - rho**2) ** 0.5 * y[t]
    return y


def smoothed_identity(n: int, width: float | int) -> Float[Tensor, "n n"]:
    """A bump of its own for every moment: features that know the time, nothing else.

    Source: the "orthogonal autocorrelated sequences" of [Feghhi 2024], who blur within
    each passage; here all is one passage.
    """
    apart = torch.arange(n)[:, None] - torch.arange(n)
    return torch.exp(-0.5 * (apart / width) ** 2)
