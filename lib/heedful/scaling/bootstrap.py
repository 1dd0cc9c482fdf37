"""How sure a fit is: fit again what might have been measured as well.

Derived in chapter 09.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np
from jaxtyping import Float

from heedful.scaling.fits import fit_surface
from heedful.scaling.laws import SurfaceLaw
from heedful.scaling.runs import Column, Runs

Fit = TypeVar("Fit")
Interval = tuple[float, float]


def resampled_runs(
    runs: Runs, fit: Callable[[Runs], Fit], n_draws: int, rng: np.random.Generator
) -> list[Fit]:
    """Fits of as many runs, drawn with replacement among those of each budget.

    Draws that `fit` refuses by a `ValueError`, as for too few sizes, are drawn anew;
    raises it if that is so for more than half.
    """
    members = [np.flatnonzero(runs.budgets == b) for b in range(runs.budgets.max() + 1)]

    def draw() -> Runs:
        return runs.some(np.concatenate([rng.choice(m, len(m)) for m in members]))

    return _fits(draw, fit, n_draws)


def resampled_residuals(
    runs: Runs,
    law: SurfaceLaw,
    fit: Callable[[Runs], Fit],
    n_draws: int,
    rng: np.random.Generator,
) -> list[Fit]:
    """Fits of the same runs, whose losses miss `law` by each other's misses.

    A law with 5 constants comes closer to its own n runs than the truth would, by a
    factor of sqrt((n - 5) / n) on average: the misses are widened by as much. Refused
    draws as above.
    """
    expected, misses = law(runs.n, runs.d), _misses(runs, law)

    def draw() -> Runs:
        return runs.with_loss(expected * np.exp(rng.choice(misses, len(runs))))

    return _fits(draw, fit, n_draws)


def predicted(
    runs: Runs,
    n: float,
    d: float,
    n_draws: int,
    rng: np.random.Generator,
    level: float = 0.9,
) -> tuple[float, Interval]:
    """The loss of a model of `n` parameters after `d` tokens, and its interval.

    Two things are uncertain: the law, which is fitted to `n_draws` resampled sets of
    runs, and the new run, which misses even the true law as the others do.
    """
    law = fit_surface(runs)
    fits = resampled_runs(runs, partial(fit_surface, near=law), n_draws, rng)
    own = np.exp(rng.choice(_misses(runs, law), n_draws))
    return float(law(n, d)), interval(np.array([f(n, d) for f in fits]) * own, level)


def _fits(draw: Callable[[], Runs], fit: Callable[[Runs], Fit], n: int) -> list[Fit]:
    fits: list[Fit] = []
    n_refused = 0
    while len(fits) < n:
        try:
            fits.append(fit(draw()))
        except ValueError:
            n_refused += 1
            if n_refused > max(20, len(fits)):
                raise
    return fits


def _misses(runs: Runs, law: SurfaceLaw) -> Column:
    misses = np.log(runs.loss / law(runs.n, runs.d))
    return (misses - misses.mean()) * np.sqrt(len(runs) / (len(runs) - 5))


def interval(values: Float[np.ndarray, " n_draws"], level: float = 0.9) -> Interval:
    """What all but the lowest and highest (1 - level) / 2 of the values lie between."""
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
