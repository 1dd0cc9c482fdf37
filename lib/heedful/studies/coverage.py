"""How often the intervals of a fit hold the truth: many sweeps of which it is known.

    python -m heedful.studies.coverage book/data

draws the losses of the laptop's grid from a law, with noise, many times; fits each of
these sweeps; and counts how often the 90 % intervals contain what they should. It
writes coverage.json, which chapter 09 shows.
"""

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from heedful.scaling.bet import FACTOR
from heedful.scaling.bootstrap import (
    interval,
    predicted,
    resampled_residuals,
    resampled_runs,
)
from heedful.scaling.fits import fit_surface
from heedful.scaling.grid import SETTINGS, planned
from heedful.scaling.laws import SurfaceLaw
from heedful.scaling.runs import Column, Runs
from heedful.scaling.sweep import tokens_of
from heedful.train.run import circumstances

FILE = "coverage.json"
TRUTH = SurfaceLaw(E=1.2, A=110.0, B=130.0, alpha=0.42, beta=0.35)
"""Not far from what the sweep of the book shows."""
NOISE = 0.01
"""Of the logarithm of a loss: a run misses the law by about 1 %."""
N_SWEEPS, N_DRAWS = 120, 60

Hits = dict[str, list[bool]]


def laptop_grid() -> tuple[Column, Column]:
    """Parameters and tokens of every run that the preset `laptop` plans."""
    settings = SETTINGS["laptop"]
    runs = planned(settings, tokens_of(settings))
    sizes = [(run.n_parameters, run.tokens) for run in runs]
    n, d = np.array(sizes, dtype=float).T
    return n, d


def measure(
    n: Column,
    d: Column,
    truth: SurfaceLaw = TRUTH,
    noise: float = NOISE,
    n_sweeps: int = N_SWEEPS,
    n_draws: int = N_DRAWS,
) -> dict[str, float]:
    """The share of sweeps whose interval holds the truth, by what was asked for.

    `exponent` and `best loss` (of `FACTOR` times the largest budget) by each of the
    two ways of drawing anew; `new run` for the loss of one more run, as in a bet.
    """
    hits: Hits = {}
    for seed in range(n_sweeps):
        rng = np.random.default_rng(seed)
        loss = truth(n, d) * np.exp(rng.normal(0, noise, len(n)))
        runs = Runs(n=n, d=d, flops=6 * n * d, loss=loss)
        for name, hit in _hits(runs, truth, noise, n_draws, rng).items():
            hits.setdefault(name, []).append(hit)
    return {name: float(np.mean(each)) for name, each in hits.items()}


def _hits(
    runs: Runs,
    truth: SurfaceLaw,
    noise: float,
    n_draws: int,
    rng: np.random.Generator,
) -> dict[str, bool]:
    law, compute = fit_surface(runs), FACTOR * runs.flops.max()
    again = partial(fit_surface, near=law)
    drawn = {
        "runs": resampled_runs(runs, again, n_draws, rng),
        "residuals": resampled_residuals(runs, law, again, n_draws, rng),
    }
    hits = {}
    for name, fits in drawn.items():
        exponents = np.array([fit.exponent for fit in fits])
        losses = np.array([fit.best_loss(compute) for fit in fits])
        hits[f"exponent, {name}"] = _within(truth.exponent, exponents)
        hits[f"best loss, {name}"] = _within(truth.best_loss(compute), losses)
    size, tokens = map(float, law.optimum(compute))
    outcome = truth(size, tokens) * np.exp(rng.normal(0, noise))
    _, (low, high) = predicted(runs, size, tokens, n_draws, rng)
    return hits | {"new run": bool(low <= outcome <= high)}


def _within(true: Any, values: Column) -> bool:
    low, high = interval(values)
    return bool(low <= true <= high)


def record(folder: str | Path) -> Path:
    """Measure with the laptop's grid and write what was found to `folder`."""
    path = Path(folder) / FILE
    told = {
        "circumstances": circumstances(),
        "truth": vars(TRUTH),
        "noise": NOISE,
        "n_sweeps": N_SWEEPS,
        "n_draws": N_DRAWS,
        "coverage": measure(*laptop_grid()),
    }
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("give the folder that coverage.json shall lie in, such as book/data")
    record(sys.argv[1])
