"""Intervals that are counted, with what every truth or none is inside of."""

import json
from pathlib import Path

import numpy as np
import pytest

from heedful.scaling import SurfaceLaw
from heedful.studies import coverage

pytestmark = pytest.mark.usefixtures("as_users_run_it")

TRUTH = SurfaceLaw(E=1.0, A=25.0, B=60.0, alpha=0.31, beta=0.37)


def grid():
    compute, around = np.geomspace(2e11, 2e13, 3), np.geomspace(1 / 4, 4, 5)
    n = np.concatenate([TRUTH.optimum(c)[0] * around for c in compute])
    return n, np.repeat(compute, 5) / 6 / n


def test_every_question_gets_the_share_of_its_hits(monkeypatch):
    found = coverage.measure(*grid(), TRUTH, noise=0.004, n_sweeps=4, n_draws=9)
    assert set(found) == {
        "exponent, runs", "best loss, runs", "exponent, residuals",
        "best loss, residuals", "new run",
    }  # fmt: skip
    assert all(4 * share in range(5) for share in found.values())
    assert max(found.values()) > 0.5
    # An interval of everything holds every truth, and one beside it none.
    for shown, share in (((-np.inf, np.inf), 1.0), ((7e9, 8e9), 0.0)):
        monkeypatch.setattr(coverage, "interval", lambda values, shown=shown: shown)
        monkeypatch.setattr(coverage, "predicted", lambda *_, shown=shown: (0, shown))
        found = coverage.measure(*grid(), TRUTH, noise=0.004, n_sweeps=2, n_draws=2)
        assert set(found.values()) == {share}


def test_the_committed_record_is_of_these_settings():
    path = Path(__file__).parents[2] / "book" / "data" / coverage.FILE
    told = json.loads(path.read_text())
    assert told["truth"] == vars(coverage.TRUTH) and told["noise"] == coverage.NOISE
    assert told["n_sweeps"] == coverage.N_SWEEPS
    assert told["n_draws"] == coverage.N_DRAWS
    assert all(0 <= share <= 1 for share in told["coverage"].values())
