"""The exercise on the dull explanation: what the model has to itself."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.studies import contiguous_folds, correlation, explained, held_out

Folds = list[Tensor]
Score = Callable[[Tensor, Tensor, Folds], Tensor]


def own(table: Tensor, state: Tensor, brain: Tensor, folds: Folds) -> Tensor:
    """The right answer, a number for each voxel."""
    return _gain()(table, state, brain, folds)


def _share(x: Tensor, brain: Tensor, folds: Folds) -> Tensor:
    return explained(held_out(x, brain, folds), brain)


def _both(table: Tensor, state: Tensor) -> Tensor:
    return torch.cat([table, state], dim=1)


def _gain(
    score: Score = _share,
    of: Callable[[Tensor, Tensor], Tensor] = _both,
    over: Callable[[Tensor, Tensor], Tensor] | None = lambda table, state: table,
) -> Callable[..., Tensor]:
    """How much better some features do than others."""

    def gain(table: Tensor, state: Tensor, brain: Tensor, folds: Folds) -> Tensor:
        better = score(of(table, state), brain, folds)
        return better if over is None else better - score(over(table, state), brain,
                                                          folds)  # fmt: skip

    return gain


def _table(table: Tensor, state: Tensor) -> Tensor:
    return table


def _state(table: Tensor, state: Tensor) -> Tensor:
    return state


def _r(x: Tensor, brain: Tensor, folds: Folds) -> Tensor:
    return correlation(held_out(x, brain, folds), brain)


def _seen(x: Tensor, brain: Tensor, folds: Folds) -> Tensor:
    x0, y0 = x - x.mean(0), brain - brain.mean(0)
    w = torch.linalg.solve(x0.T @ x0 + torch.eye(x.size(1)), x0.T @ y0)
    return explained(x0 @ w + brain.mean(0), brain)


def _left_over(table: Tensor, state: Tensor, brain: Tensor, folds: Folds) -> Tensor:
    rest = brain - held_out(table, brain, folds)
    return _share(state, rest, folds)


def _one_after_the_other(
    table: Tensor, state: Tensor, brain: Tensor, folds: Folds
) -> Tensor:
    dull = held_out(table, brain, folds)
    better = dull + held_out(state, brain - dull, folds)
    return explained(better, brain) - explained(dull, brain)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """A model that knows the place and the words; then one that knows nothing."""
    for n_passages, length, n_voxels, n_folds in ((7, 3, 2, 7), (11, 5, 3, 5)):
        n = n_passages * length
        table = torch.eye(length).repeat(n_passages, 1)
        word = torch.randn(n, 2, generator=generator)
        dull = table @ torch.linspace(-1, 1, length)[:, None]
        state = torch.cat([dull + word[:, :1] / 2, word[:, 1:]], dim=1)
        brain = 2 * dull + 0.7 * word @ torch.randn(2, n_voxels, generator=generator)
        brain = brain + torch.randn(n, n_voxels, generator=generator) / 2
        folds = list(contiguous_folds(n, n_folds))
        yield dict(table=table, state=state, brain=brain, folds=folds)
    table = torch.eye(3).repeat(4, 1)
    brain = table @ torch.randn(3, 5, generator=generator)
    yield dict(
        table=table,
        state=torch.randn(12, 7, generator=generator),
        brain=brain + torch.randn(12, 5, generator=generator) / 2,
        folds=list(contiguous_folds(12, 4)),
    )


check_own = Task(
    name="its own",
    right=own,
    cases=_cases,
    compared="every voxel's share; models that know something and nothing",
    rtol=1e-3,
    atol=1e-4,
    hints=(
        "What the model and the table both know must count for neither. How would you "
        "find out what is lost if the model is taken away, and the table stays?",
        "Two scores: that of both together, and that of the table alone. Both together "
        "are features side by side, `torch.cat([...], dim=1)`.",
        "A score is `explained(held_out(x, brain, folds), brain)`, a number for each "
        "voxel. Subtract one from the other.",
    ),
    mistakes=(
        (
            "'better than the table' is another question: a model that knows half of "
            "what the table knows and half of something else would seem to have "
            "nothing. Ask what it *adds*: both together, less the table alone",
            _gain(of=_state),
        ),
        (
            "this is what the *table* has to itself; what is left when the table is "
            "taken away from both is the model's. Subtract the table's score",
            _gain(over=_state),
        ),
        (
            "this is the model's score alone, the table's share included",
            _gain(of=_state, over=None),
        ),
        (
            "this is the score of both together; subtract what the table does alone",
            _gain(over=None),
        ),
        (
            "the sign is wrong: what the model adds counts as positive",
            _gain(of=_table, over=_both),
        ),
        (
            "correlations do not add up: 0.9 instead of 0.8 is more than 0.2 instead "
            "of 0.1. Compare shares of variance, with `explained`",
            _gain(score=_r),
        ),
        (
            "the square of a correlation forgives a prediction whose size is wrong; "
            "take `explained`, which does not",
            _gain(score=lambda *x: _r(*x).square()),
        ),
        (
            "these are scores on data that the regression has seen, where more columns "
            "always win: predict with `held_out`",
            _gain(score=_seen),
        ),
        (
            "what is less than nothing is set to 0; leave it, it shows how much is "
            "noise",
            lambda *x: own(*x).clamp(min=0),
        ),
        (
            "you let the model predict what the table leaves over; but part of it is "
            "what the table knows, and that part is now in the way. Give the "
            "regression both at once",
            _left_over,
        ),
        (
            "first the table predicts, then the model what is left over: so the model "
            "can no longer correct the table's weights. Give the regression both at "
            "once",
            _one_after_the_other,
        ),
        (
            "this is a share of what the table leaves over; the share of the *whole* "
            "variance is asked for, so do not divide",
            lambda *x: own(*x) / (1 - _share(x[0], *x[2:])),
        ),
        (
            "this is a share of what both together explain; the share of the *whole* "
            "variance is asked for, so do not divide",
            lambda *x: own(*x) / _gain(over=None)(*x),
        ),
        (
            "you averaged over the voxels; return one number for each",
            lambda *x: own(*x).mean(),
        ),
        (
            "you averaged over the voxels; return one number for each",
            lambda *x: own(*x).mean().expand(x[2].size(1)),
        ),
    ),
)
