import numpy as np
import torch

from heedful.checks.brains import check_unseen
from heedful.studies import contiguous_folds, ridge, shuffled_folds

from ..specimens import wrong

CHECK = check_unseen


def rest_of(fold, n):
    return torch.tensor([t for t in range(n) if t not in set(fold.tolist())])


def with_a_free_constant(x, y, folds):
    """A column of ones that the penalty leaves alone: the textbook's way."""
    predicted = torch.zeros_like(y)
    ones = np.ones((len(x), 1))
    design, target = np.hstack([x.double().numpy(), ones]), y.double().numpy()
    for fold in folds:
        rest = rest_of(fold, len(x)).numpy()
        penalty = np.eye(design.shape[1])
        penalty[-1, -1] = 0
        a, b = design[rest], target[rest]
        w = np.linalg.solve(a.T @ a + penalty, a.T @ b)
        predicted[fold] = torch.from_numpy(design[fold.numpy()] @ w).float()
    return predicted


def with_rows_added(x, y, folds):
    """Least squares with a row for each penalty, one voxel after the other."""
    predicted = torch.zeros_like(y)
    for fold in folds:
        rest = rest_of(fold, len(x))
        x_mean, y_mean = x[rest].mean(0), y[rest].mean(0)
        a = torch.cat([x[rest] - x_mean, torch.eye(x.size(1))]).double()
        for v in range(y.size(1)):
            b = torch.cat([y[rest, v] - y_mean[v], torch.zeros(x.size(1))]).double()
            w = torch.linalg.lstsq(a, b[:, None]).solution[:, 0].float()
            predicted[fold, v] = (x[fold] - x_mean) @ w + y_mean[v]
    return predicted


def predicted_in_slips(x, y, folds, how):
    """`how(x, y, fold, rest)` predicts one fold."""
    predicted = torch.zeros_like(y)
    for fold in folds:
        predicted[fold] = how(x, y, fold, rest_of(fold, len(x)))
    return predicted


def slip(how):
    return lambda x, y, folds: predicted_in_slips(x, y, folds, how)


def properly(x, y, fold, rest):
    x_mean, y_mean = x[rest].mean(0), y[rest].mean(0)
    return (x[fold] - x_mean) @ ridge(x[rest] - x_mean, y[rest] - y_mean) + y_mean


def on_everything(x, y, folds):
    x0, y0 = x - x.mean(0), y - y.mean(0)
    return x0 @ ridge(x0, y0) + y.mean(0)


def fitted_once(x, y, fold, rest):
    x_mean, y_mean = x[rest].mean(0), y[rest].mean(0)
    return (x[fold] - x_mean) @ ridge(x - x_mean, y - y_mean) + y_mean


def other_way_round(x, y, fold, rest):
    return properly(x, y, fold, fold)


def centred_at_the_top(x, y, folds):
    """The first line of many scripts: everything is centred before it is split."""
    x0, y0 = x - x.mean(0), y - y.mean(0)
    predicted = torch.zeros_like(y)
    for fold in folds:
        rest = rest_of(fold, len(x))
        predicted[fold] = x0[fold] @ ridge(x0[rest], y0[rest])
    return predicted + y.mean(0)


def centred_for_good(x, y, folds):
    return centred_at_the_top(x, y, folds) - y.mean(0)


def standardised_at_the_top(x, y, folds):
    x = (x - x.mean(0)) / x.std(0)
    return centred_at_the_top(x, y, folds)


def standardised_for_good(x, y, folds):
    return standardised_at_the_top(x, y, folds) - y.mean(0)


def divided_by_the_spread(x, y, folds):
    return predicted_in_slips(x / x.std(0), y, folds, properly)


def recordings_own_mean(x, y, fold, rest):
    return properly(x, y, fold, rest) - y[rest].mean(0) + y[fold].mean(0)


def each_part_centred(x, y, fold, rest):
    w = ridge(x[rest] - x[rest].mean(0), y[rest] - y[rest].mean(0))
    return (x[fold] - x[fold].mean(0)) @ w + y[fold].mean(0)


def x_own_mean(x, y, fold, rest):
    w = ridge(x[rest] - x[rest].mean(0), y[rest] - y[rest].mean(0))
    return (x[fold] - x[fold].mean(0)) @ w + y[rest].mean(0)


def no_means(x, y, fold, rest):
    return x[fold] @ ridge(x[rest], y[rest])


def not_added(x, y, fold, rest):
    return properly(x, y, fold, rest) - y[rest].mean(0)


def not_shifted(x, y, fold, rest):
    w = ridge(x[rest] - x[rest].mean(0), y[rest] - y[rest].mean(0))
    return x[fold] @ w + y[rest].mean(0)


def only_y(x, y, fold, rest):
    return x[fold] @ ridge(x[rest], y[rest] - y[rest].mean(0)) + y[rest].mean(0)


def only_x(x, y, fold, rest):
    return (x[fold] - x[rest].mean(0)) @ ridge(x[rest] - x[rest].mean(0), y[rest])


def ones_beside(x, y, folds):
    x = torch.cat([torch.ones(len(x), 1), x], dim=1)
    return predicted_in_slips(x, y, folds, no_means)


def appended(x, y, folds):
    return torch.cat([properly(x, y, f, rest_of(f, len(x))) for f in folds])


def made_anew(x, y, folds):
    for fold in folds:
        predicted = torch.zeros_like(y)
        predicted[fold] = properly(x, y, fold, rest_of(fold, len(x)))
    return predicted


def centred_by_all(x_rows, y_rows):
    """The slip of taking all moments' means, of one table or of both."""

    def predicted(x, y, folds):
        out = torch.empty_like(y)
        for fold in folds:
            rest = rest_of(fold, len(x))
            x_mean = x.mean(0) if x_rows == "all" else x[rest].mean(0)
            y_mean = y.mean(0) if y_rows == "all" else y[rest].mean(0)
            out[fold] = (x[fold] - x_mean) @ ridge(x[rest] - x_mean, y[rest] - y_mean)
            out[fold] += y_mean
        return out

    return predicted


def fitted_on_the_fold(x, y, fold, rest):
    x_mean, y_mean = x[rest].mean(0), y[rest].mean(0)
    return (x[fold] - x_mean) @ ridge(x[fold] - x_mean, y[fold] - y_mean) + y_mean


def one_mean_for_all_columns(x, y, fold, rest):
    x_mean, y_mean = x[rest].mean(), y[rest].mean()
    return (x[fold] - x_mean) @ ridge(x[rest] - x_mean, y[rest] - y_mean) + y_mean


WRONG = [
    wrong("x's mean is that of *all*", centred_by_all("all", "rest")),
    wrong("y's mean is that of *all*", centred_by_all("rest", "all")),
    wrong("fit it on the others, too", slip(fitted_on_the_fold)),
    wrong("each column has its own", slip(one_mean_for_all_columns)),
    wrong("this is memory", on_everything),
    wrong("only the means keep them out", slip(fitted_once)),
    wrong("swap the two", slip(other_way_round)),
    wrong("the means are those of *all*", centred_at_the_top),
    wrong("and y's is not added again", centred_for_good),
    wrong("standardised before they are split", standardised_at_the_top),
    wrong("standardised before they are split", standardised_for_good),
    wrong("x is divided by its spread", divided_by_the_spread),
    wrong("mean of the very recordings", slip(recordings_own_mean)),
    wrong("take the training's mean from x as well", slip(each_part_centred)),
    wrong("not its own", slip(x_own_mean)),
    wrong("no means are subtracted", slip(no_means)),
    wrong("must be added again at the end", slip(not_added)),
    wrong("though it was where you fitted", slip(not_shifted)),
    wrong("x needs it, too", slip(only_y)),
    wrong("must be added again at the end", slip(only_x)),
    wrong("a column of ones", ones_beside),
    wrong("in the order of the folds", appended),
    wrong("made anew in the loop", made_anew),
    wrong("shape is (2,), expected (6, 2)", lambda x, y, folds: y.mean(0)),
]

RIGHT = [with_a_free_constant, with_rows_added, slip(properly)]


def INPUTS(generator):
    for n, n_features, n_voxels, k in ((7, 2, 1, 7), (19, 5, 3, 4)):
        x = 3 + torch.randn(n, n_features, generator=generator)
        y = torch.randn(n, n_voxels, generator=generator) - 2 + x[:, :1]
        yield dict(x=x, y=y, folds=list(shuffled_folds(n, k, generator)))
        yield dict(x=x, y=y, folds=list(contiguous_folds(n, k))[::-1])
