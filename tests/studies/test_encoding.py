"""Encoding models against NumPy and least squares, and the artefact of chapter 10."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from heedful.studies import encoding
from heedful.studies.encoding import (
    autocorrelated,
    contiguous_folds,
    correlation,
    explained,
    held_out,
    ridge,
    shuffled_folds,
    smoothed_identity,
)


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(23, 5, generator=generator, dtype=torch.float64)
    y = torch.randn(23, 3, generator=generator, dtype=torch.float64)
    return x, y


@pytest.mark.parametrize("penalty", [0.1, 7])
def test_ridge_is_least_squares_with_rows_added(data, penalty):
    x, y = data
    more = penalty**0.5 * torch.eye(5, dtype=x.dtype)
    x_more = torch.cat([x, more]).numpy()
    y_more = torch.cat([y, torch.zeros(5, 3, dtype=y.dtype)]).numpy()
    expected, *_ = np.linalg.lstsq(x_more, y_more, rcond=None)
    assert_close(ridge(x, y, penalty), torch.from_numpy(expected))


def test_ridge_by_hand():
    x, y = torch.tensor([[1.0], [2.0]]), torch.tensor([[2.0], [4.0]])
    assert_close(ridge(x, y, 5), torch.tensor([[1.0]]))  # 10 / (5 + 5)


@pytest.mark.parametrize("folds", [contiguous_folds(23, 5), shuffled_folds(23, 5)])
def test_folds_hold_every_row_once(folds):
    assert torch.cat(list(folds)).sort().values.equal(torch.arange(23))


def test_contiguous_folds_are_stretches():
    assert all((fold.diff() == 1).all() for fold in contiguous_folds(23, 5))


def test_held_out_is_the_prediction_without_that_fold(data):
    x, y = data
    folds = contiguous_folds(23, 4)
    predicted = held_out(x, y, folds, penalty=2)
    for fold in folds:
        rest = [i for i in range(23) if i not in fold]
        # An unpenalised constant column, the textbook's way to the same regression.
        ones = np.ones((len(rest), 1))
        design = np.hstack([x[rest].numpy(), ones])
        penalty = 2 * np.diag([1.0] * 5 + [0.0])
        weights = np.linalg.solve(
            design.T @ design + penalty, design.T @ y[rest].numpy()
        )
        expected = np.hstack([x[fold].numpy(), np.ones((len(fold), 1))]) @ weights
        assert_close(predicted[fold], torch.from_numpy(expected))


def test_held_out_does_not_see_its_fold_nor_the_gap(data):
    x, y = data
    folds = contiguous_folds(23, 4)  # rows 6 to 11 are the second
    before = held_out(x, y, folds, gap=2)[folds[1]]
    changed = y.clone()
    changed[4:14] += 100
    assert_close(held_out(x, changed, folds, gap=2)[folds[1]], before)
    assert not torch.allclose(held_out(x, changed, folds)[folds[1]], before)


def test_correlation_and_explained_are_those_of_numpy(data):
    a, b = data[1], data[1].roll(1, 0) + 0.5 * data[1]
    expected = [np.corrcoef(a[:, i], b[:, i])[0, 1] for i in range(3)]
    assert_close(correlation(a, b), torch.tensor(expected, dtype=a.dtype))
    halves = contiguous_folds(23, 2)
    both = torch.stack([correlation(a[half], b[half]) for half in halves])
    assert_close(correlation(a, b, halves), both.mean(0))
    residual = (b - a).numpy()
    expected = 1 - (residual**2).mean(0) / b.numpy().var(0)
    assert_close(explained(a, b), torch.from_numpy(expected))


def test_explained_by_hand():
    y = torch.tensor([[1.0], [3.0]])
    assert explained(y, y).item() == 1
    assert explained(torch.full((2, 1), 2.0), y).item() == 0


def test_autocorrelated_noise_forgets_at_the_rate_asked_for():
    y = autocorrelated(20_000, 2, rho=0.8, generator=torch.Generator().manual_seed(0))
    for lag in (1, 2, 5):
        r = correlation(y[:-lag], y[lag:])
        assert_close(r, torch.full((2,), 0.8**lag), atol=0.05, rtol=0)
    assert_close(y.std(0), torch.ones(2), atol=0.05, rtol=0)


def test_smoothed_identity_is_a_bump_for_each_moment():
    bumps = smoothed_identity(7, 2)
    assert bumps.diagonal().equal(torch.ones(7))
    assert_close(bumps[1, 4], torch.tensor(np.exp(-9 / 8), dtype=torch.float32))
    assert bumps.equal(bumps.T)


@pytest.mark.parametrize("rho", [0.9, 0.95])
def test_shuffled_folds_predict_noise(rho):
    generator = torch.Generator().manual_seed(11)
    y, x = autocorrelated(500, 50, rho, generator), smoothed_identity(500, 2)
    shuffled = shuffled_folds(500, 5, generator)
    assert correlation(held_out(x, y, shuffled), y, shuffled).mean() > 0.7
    honest = contiguous_folds(500, 5)
    score = correlation(held_out(x, y, honest, gap=10), y, honest).mean()
    assert abs(score) < 0.2


def test_everything_is_exported():
    import heedful.studies as studies

    public = {name for name in vars(encoding) if name.islower() and name[0] != "_"}
    functions = {n for n in public if callable(getattr(encoding, n))}
    assert all(hasattr(studies, name) for name in functions)
