import torch

from heedful.checks.brains import check_own
from heedful.studies import contiguous_folds, correlation, explained, held_out

from ..specimens import UNKNOWN, wrong

CHECK = check_own


def r2(x, brain, folds):
    return explained(held_out(x, brain, folds), brain)


def r(x, brain, folds):
    return correlation(held_out(x, brain, folds), brain)


def together(table, state):
    return torch.hstack([table, state])


def by_squared_errors(table, state, brain, folds):
    """What the error loses when the model joins, of what there was to explain."""
    one = (held_out(table, brain, folds) - brain).square().mean(0)
    both = (held_out(together(state, table), brain, folds) - brain).square().mean(0)
    return (one - both) / brain.var(0, unbiased=False)


def voxel_by_voxel(table, state, brain, folds):
    gains = []
    for voxel in brain.split(1, dim=1):
        scores = [r2(x, voxel, folds) for x in (together(table, state), table)]
        gains.append(scores[0] - scores[1])
    return torch.cat(gains)


def model_against_table(table, state, brain, folds):
    return r2(state, brain, folds) - r2(table, brain, folds)


def own_of_the_table(table, state, brain, folds):
    return r2(together(table, state), brain, folds) - r2(state, brain, folds)


def with_r(table, state, brain, folds):
    return r(together(table, state), brain, folds) - r(table, brain, folds)


def with_r_squared(table, state, brain, folds):
    return r(together(table, state), brain, folds) ** 2 - r(table, brain, folds) ** 2


def on_seen_data(table, state, brain, folds):
    def share(x):
        x = x - x.mean(0)
        rows = torch.cat([x, torch.eye(x.size(1))])
        y = brain - brain.mean(0)
        y_rows = torch.cat([y, torch.zeros(x.size(1), y.size(1))])
        w = torch.linalg.lstsq(rows, y_rows).solution
        return explained(x @ w, y)

    return share(together(table, state)) - share(table)


def what_is_left_over(table, state, brain, folds):
    return r2(state, brain - held_out(table, brain, folds), folds)


def one_after_the_other(table, state, brain, folds):
    dull = held_out(table, brain, folds)
    rest = held_out(state, brain - dull, folds)
    return explained(dull + rest, brain) - explained(dull, brain)


def of_the_rest(table, state, brain, folds):
    dull, all_ = r2(table, brain, folds), r2(together(table, state), brain, folds)
    return (all_ - dull) / (1 - dull)


def of_both(table, state, brain, folds):
    return 1 - r2(table, brain, folds) / r2(together(table, state), brain, folds)


WRONG = [
    wrong("no longer correct the table's weights", one_after_the_other),
    wrong("what the table leaves over; the share", of_the_rest),
    wrong("share of what both together explain", of_both),
    wrong("Ask what it *adds*", model_against_table),
    wrong("what the *table* has to itself", own_of_the_table),
    wrong("the model's score alone", lambda t, s, brain, f: r2(s, brain, f)),
    wrong("score of both together;", lambda t, s, b, f: r2(together(t, s), b, f)),
    wrong("the sign is wrong", lambda *x: -voxel_by_voxel(*x)),
    wrong("correlations do not add up", with_r),
    wrong("the square of a correlation", with_r_squared),
    wrong("more columns always win", on_seen_data),
    wrong("is now in the way", what_is_left_over),
    wrong("you averaged over the voxels", lambda *x: voxel_by_voxel(*x).mean()),
    wrong("what is less than nothing", lambda *x: voxel_by_voxel(*x).relu()),
    wrong(UNKNOWN, lambda *x: voxel_by_voxel(*x).flip(0)),
]

RIGHT = [by_squared_errors, voxel_by_voxel]


def INPUTS(generator):
    for n_passages, length in ((5, 4), (6, 7)):
        n = n_passages * length
        table = torch.eye(length).repeat(n_passages, 1)
        state = torch.randn(n, 3, generator=generator) + table[:, :3]
        brain = state[:, :2] + torch.randn(n, 2, generator=generator)
        folds = list(contiguous_folds(n, n_passages))
        yield dict(table=table, state=state, brain=brain, folds=folds)
