"""The exercise on held-out data: predictions by a regression that never saw them."""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.studies import contiguous_folds, held_out, ridge, shuffled_folds

Folds = list[Tensor]
Rows = Callable[[Tensor, Tensor], Tensor]  # of a fold and of the rest, which to take


def unseen(x: Tensor, y: Tensor, folds: Folds) -> Tensor:
    """The right answer, of y's shape."""
    return held_out(x, y, folds)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Means far from 0, folds of unequal sizes and in any order."""
    for n, n_features, n_voxels, k in ((6, 1, 2, 3), (23, 3, 5, 4)):
        x = torch.randn(n, n_features, generator=generator)
        weights = torch.randn(n_features, n_voxels, generator=generator)
        noise = torch.randn(n, n_voxels, generator=generator)
        y = (x @ weights + noise / 2 + 3).round(decimals=1)
        x = (x + 2).round(decimals=1)
        folds = list(contiguous_folds(n, k))
        yield dict(x=x, y=y, folds=folds[1:] + folds[:1])
    yield dict(x=x, y=y, folds=list(shuffled_folds(n, 3, generator)))


def _all(fold: Tensor, rest: Tensor) -> Tensor:
    return torch.cat([fold, rest])


def _rest(fold: Tensor, rest: Tensor) -> Tensor:
    return rest


def _fold(fold: Tensor, rest: Tensor) -> Tensor:
    return fold


def _slip(
    x: Tensor,
    y: Tensor,
    folds: Folds,
    trained: Rows = _rest,
    x_mean: Rows | None = _rest,
    y_mean: Rows | None = _rest,
    x_shifted: Rows | None = _rest,
    added: Rows | None = _rest,
) -> Tensor:
    """The same in plain steps, each of which can take other rows, or none."""
    predicted = torch.zeros_like(y)
    for fold in folds:
        parts = fold, torch.tensor([t for t in range(len(x)) if t not in fold.tolist()])
        train = trained(*parts)
        w = ridge(
            x[train] - _mean(x, x_mean, parts), y[train] - _mean(y, y_mean, parts)
        )
        shifted = x[fold] - _mean(x, x_shifted, parts)
        predicted[fold] = shifted @ w + _mean(y, added, parts)
    return predicted


def _mean(table: Tensor, rows: Rows | None, parts: tuple[Tensor, Tensor]) -> Tensor:
    return torch.zeros(()) if rows is None else table[rows(*parts)].mean(0)


def _everywhere(rows: Rows | None) -> Callable[..., Tensor]:
    """These rows' means, wherever there are means."""
    return partial(_slip, x_mean=rows, y_mean=rows, x_shifted=rows, added=rows)


def _with_ones(x: Tensor, y: Tensor, folds: Folds) -> Tensor:
    return _everywhere(None)(torch.cat([x, torch.ones(len(x), 1)], dim=1), y, folds)


def _standardised(x: Tensor, y: Tensor, folds: Folds, added: Rows | None) -> Tensor:
    x = (x - x.mean(0)) / x.std(0)
    return _slip(x, y, folds, y_mean=_all, x_mean=None, x_shifted=None, added=added)


def _in_order_of_folds(x: Tensor, y: Tensor, folds: Folds) -> Tensor:
    return unseen(x, y, folds)[torch.cat(folds)]


def _one_mean(x: Tensor, y: Tensor, folds: Folds) -> Tensor:
    predicted = torch.zeros_like(y)
    for fold in folds:
        train = torch.ones(len(x), dtype=torch.bool)
        train[fold] = False
        x_mean, y_mean = x[train].mean(), y[train].mean()
        w = ridge(x[train] - x_mean, y[train] - y_mean)
        predicted[fold] = (x[fold] - x_mean) @ w + y_mean
    return predicted


def _last_only(x: Tensor, y: Tensor, folds: Folds) -> Tensor:
    only = torch.zeros_like(y)
    only[folds[-1]] = unseen(x, y, folds)[folds[-1]]
    return only


STANDARDISED = (
    "the tables are standardised before they are split, so what is held out has a say "
    "in it: take means within the loop, of the training moments, and divide by nothing"
)
ALL = partial(_slip, trained=_all)

check_unseen = Task(
    name="unseen",
    right=unseen,
    cases=_cases,
    compared="every prediction; stretches and shuffled folds",
    rtol=1e-4,
    atol=1e-4,
    hints=(
        "For each fold: who is in the training, and who must not be? Go through your "
        "lines and ask of every number in them which moments it comes from.",
        "Two means, of x and of y, over the training moments. Fit on x and y minus "
        "these; predict with x of the fold minus the *same* mean, and add that of y.",
        "`train = torch.ones(len(x), dtype=torch.bool)`, then `train[fold] = False`. "
        "The predictions go to `predicted[fold]`.",
    ),
    mistakes=(
        (
            "the held-out moments were in the training: this is memory, not prediction",
            partial(ALL, x_mean=_all, y_mean=_all, x_shifted=_all, added=_all),
        ),
        (
            "the regression was fitted on all moments, those that it is to predict "
            "included; only the means keep them out",
            ALL,
        ),
        (
            "it is trained on the fold itself, and what it should learn from is left "
            "out: swap the two",
            partial(_everywhere(_fold), trained=_fold),
        ),
        (
            "the means are those of the other moments, but the regression is trained "
            "on the fold itself: fit it on the others, too",
            partial(_slip, trained=_fold),
        ),
        (
            "the means are those of *all* moments, so something of what is held out "
            "has leaked in; take those of the training moments",
            _everywhere(_all),
        ),
        (
            "x's mean is that of *all* moments, and what is held out has a say in it; "
            "take the training's, as you do for y",
            partial(_slip, x_mean=_all, x_shifted=_all),
        ),
        (
            "y's mean is that of *all* moments, and what is to be predicted has a say "
            "in it; take the training's, as you do for x",
            partial(_slip, y_mean=_all, added=_all),
        ),
        (
            "the means are those of *all* moments, and y's is not added again at the "
            "end; take the training's, and add it",
            partial(_everywhere(_all), added=None),
        ),
        (STANDARDISED, partial(_standardised, added=_all)),
        (STANDARDISED, partial(_standardised, added=None)),
        (
            "x is divided by its spread; the penalty then holds down other weights. "
            "Only means are subtracted here",
            lambda x, y, folds: unseen(x / x.std(0), y, folds),
        ),
        (
            "you add the mean of the very recordings that are to be predicted; add the "
            "training's",
            partial(_slip, added=_fold),
        ),
        (
            "you add the mean of the very recordings that are to be predicted; add the "
            "training's, and take the training's mean from x as well",
            partial(_slip, x_shifted=_fold, added=_fold),
        ),
        (
            "the fold's x must be seen from where the training's x was: subtract the "
            "*training's* mean from it, not its own",
            partial(_slip, x_shifted=_fold),
        ),
        (
            "no means are subtracted: `ridge` has no constant, so it needs x and y to "
            "lie around 0",
            _everywhere(None),
        ),
        (
            "the predictions lie around 0, the recordings do not: y's mean, subtracted "
            "before the fit, must be added again at the end",
            partial(_slip, added=None),
        ),
        (
            "the mean of x is not subtracted where you predict, though it was where "
            "you fitted",
            partial(_slip, x_shifted=None),
        ),
        (
            "only y's mean is subtracted; x needs it, too",
            partial(_slip, x_mean=None, x_shifted=None),
        ),
        (
            "a column of ones is a constant, but the penalty makes it small like any "
            "other weight: subtract means instead",
            _with_ones,
        ),
        (
            "the predictions stand in the order of the folds; each must stand in the "
            "row of its moment",
            _in_order_of_folds,
        ),
        (
            "one mean for a whole table is too few: each column has its own, `mean(0)`",
            _one_mean,
        ),
        (
            "only the last fold was predicted: is the result made anew in the loop?",
            _last_only,
        ),
    ),
)
