"""Laws from runs: a power law, and the three approaches of [Hoffmann 2022].

Losses are compared by their logarithm, so that 1 % counts the same at every loss, and
robustly: beyond `delta` a deviation counts by its size instead of its square, so that
one failed run does not bend the law. Derived in chapter 09.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from jaxtyping import Float
from scipy.optimize import least_squares

from heedful.scaling.laws import PowerLaw, SurfaceLaw
from heedful.scaling.runs import Column, Runs

DELTA = 1e-3
"""Of the logarithm of a loss, so 0.1 % [Hoffmann 2022, sec. D.3]."""

Theta = Float[np.ndarray, " n_constants"]
Slopes = Float[np.ndarray, "n_runs n_constants"]
Predict = Callable[[Theta], tuple[Column, Slopes]]


def fit_power_law(x: Column, loss: Column, delta: float = DELTA) -> PowerLaw:
    """The power law with offset that comes closest. Raises `ValueError` below 4 runs.

    log loss = log(exp(e) + exp(a - k log x)), with e, a and k free.
    """
    _check(len(x), 4)
    log_x, log_loss = np.log(x), np.log(loss)

    def predict(theta: Theta):
        e, a, k = theta
        terms = np.stack([np.full_like(log_x, e), a - k * log_x])
        log_sum, shares = _log_sum(terms)
        return log_sum, np.stack([shares[0], shares[1], -shares[1] * log_x], axis=1)

    # Start from lines through the logs of what is left above several offsets.
    starts = []
    for share in (0.0, 0.3, 0.6, 0.8, 0.9, 0.95):
        offset = share * loss.min()
        slope, a = np.polyfit(log_x, np.log(loss - offset), 1)
        starts.append([np.log(max(offset, 1e-3 * loss.min())), a, -slope])
    e, a, k = _closest(predict, log_loss, starts, delta)
    return PowerLaw(float(np.exp(e)), float(np.exp(a / k)), float(k))


def fit_surface(
    runs: Runs, delta: float = DELTA, near: SurfaceLaw | None = None
) -> SurfaceLaw:
    """Approach 3: E + A / N^alpha + B / D^beta to all runs at once.

    The search starts from the best points of a grid or, if it is given, from the law
    `near`. Raises `ValueError` below 6 runs. Source: [Hoffmann 2022, sec. 3.3 and D.3].
    """
    _check(len(runs), 6)
    log_n, log_d, log_loss = np.log(runs.n), np.log(runs.d), np.log(runs.loss)

    def predict(theta: Theta):
        e, a, b, alpha, beta = theta
        terms = np.stack([np.full_like(log_n, e), a - alpha * log_n, b - beta * log_d])
        log_sum, (s_e, s_a, s_b) = _log_sum(terms)
        return log_sum, np.stack([s_e, s_a, s_b, -s_a * log_n, -s_b * log_d], axis=1)

    if near is not None:
        logs = [float(np.log(constant)) for constant in (near.E, near.A, near.B)]
        starts = [[*logs, near.alpha, near.beta]]
        return _surface(_closest(predict, log_loss, starts, delta))
    # At the middle of the data, how much of the loss each term explains.
    mid_n, mid_d, mid_loss = log_n.mean(), log_d.mean(), log_loss.mean()
    starts = []
    for share, alpha, beta in product(
        (0.2, 0.5, 0.8), (0.2, 0.4, 0.8), (0.2, 0.4, 0.8)
    ):
        half = mid_loss + np.log((1 - share) / 2)
        starts.append(
            [mid_loss + np.log(share), half + alpha * mid_n, half + beta * mid_d,
             alpha, beta]
        )  # fmt: skip
    return _surface(_closest(predict, log_loss, starts, delta))


def _surface(theta: Theta) -> SurfaceLaw:
    e, a, b, alpha, beta = map(float, theta)
    return SurfaceLaw(math.exp(e), math.exp(a), math.exp(b), alpha, beta)


@dataclass(frozen=True, kw_only=True)
class Frontier:
    """The best model of each budget, and the line through them on two log axes.

    `exponent` is a in N ~ C^a, `log_scale` the line's height at C = 1.
    """

    flops: Float[np.ndarray, " n_budgets"]
    n: Float[np.ndarray, " n_budgets"]
    loss: Float[np.ndarray, " n_budgets"]
    exponent: float
    log_scale: float

    def optimum(self, compute: float) -> float:
        """Parameters of the best model for `compute` FLOPs."""
        return float(np.exp(self.log_scale + self.exponent * np.log(compute)))


def fit_parabolas(runs: Runs) -> Frontier:
    """Approach 2: through the runs of each budget a parabola in log N, and its lowest
    point.

    A budget whose curve has no lowest point is left out. Raises `ValueError` if a
    budget has fewer than 3 sizes, or if fewer than 2 budgets are left.
    Source: [Hoffmann 2022, sec. 3.2].
    """
    lowest = []
    for budget in range(runs.budgets.max() + 1):
        here = runs.some(runs.budgets == budget)
        if len(set(here.n)) < 3:
            raise ValueError(
                f"{len(set(here.n))} sizes at {here.flops[0]:.3g} FLOPs: a parabola "
                "needs 3"
            )
        middle = np.log(here.n).mean()  # the numbers stay small
        bend, slope, height = np.polyfit(np.log(here.n) - middle, here.loss, 2)
        if not bend > 0:
            continue
        at = -slope / (2 * bend)
        flops = np.exp(np.log(here.flops).mean())
        lowest.append((flops, np.exp(middle + at), height - slope**2 / (4 * bend)))
    if len(lowest) < 2:
        raise ValueError(f"{len(lowest)} budgets have a lowest point: a line needs 2")
    return _frontier(*np.array(lowest).T)


def fit_envelope(runs: Runs, n_points: int = 200) -> Frontier:
    """Approach 1: for each compute the size whose loss there is least.

    The loss of a size between its runs is read off straight lines on log axes. Where
    the original follows the loss during training, here are only the ends of runs that
    were planned for their compute, so no run is judged before it has settled.
    Raises `ValueError` if fewer than 2 sizes were trained with several budgets.
    Source: [Hoffmann 2022, sec. 3.1].
    """
    curves = []
    for n in np.unique(runs.n):
        here = runs.some(runs.n == n)
        if len(set(here.budgets)) > 1:
            order = np.argsort(here.flops)
            curves.append((n, np.log(here.flops[order]), np.log(here.loss[order])))
    if len(curves) < 2:
        raise ValueError(
            f"{len(curves)} sizes were trained with several budgets: 2 are needed"
        )
    log_flops = np.linspace(
        min(x[0] for _, x, _ in curves), max(x[-1] for _, x, _ in curves), n_points
    )
    losses = np.stack(
        [np.interp(log_flops, x, y, left=np.inf, right=np.inf) for _, x, y in curves]
    )
    best, there = losses.argmin(axis=0), np.isfinite(losses.min(axis=0))
    n = np.array([n for n, _, _ in curves])[best]
    return _frontier(
        np.exp(log_flops[there]), n[there], np.exp(losses.min(axis=0)[there])
    )


def _frontier(flops: Column, n: Column, loss: Column) -> Frontier:
    if len(flops) < 2:
        raise ValueError(f"{len(flops)} budgets: a line needs 2")
    exponent, log_scale = np.polyfit(np.log(flops), np.log(n), 1)
    return Frontier(
        flops=flops, n=n, loss=loss, exponent=float(exponent),
        log_scale=float(log_scale),
    )  # fmt: skip


def _check(n_runs: int, n_needed: int) -> None:
    if n_runs < n_needed:
        raise ValueError(f"{n_runs} runs: at least {n_needed} are needed")


def _log_sum(terms: Float[np.ndarray, "n_terms n_runs"]):
    """log of the sum of the exponentials, and each term's share of the sum."""
    top = terms.max(axis=0)
    grown = np.exp(terms - top)
    total = grown.sum(axis=0)
    return top + np.log(total), grown / total


def _closest(
    predict: Predict, log_loss: Column, starts: list[list[float]], delta: float
) -> Theta:
    """The constants of least robust distance, from the three best of `starts`.

    The distance is scaled by delta, lest it be so small that a solver's tolerance
    ends the search early [Besiroglu 2024].
    """

    def away(theta: Theta) -> Column:
        return (predict(theta)[0] - log_loss) / delta

    def slopes(theta: Theta) -> Slopes:
        return predict(theta)[1] / delta

    def robust(theta: list[float]) -> float:
        size = np.abs(away(np.array(theta)))
        return float(np.where(size <= 1, size**2 / 2, size - 0.5).sum())

    # A constant that does not count, as an offset near 0, has slopes of 0, by which
    # the solver divides; it does well all the same.
    with np.errstate(divide="ignore", invalid="ignore"):
        found = [
            least_squares(
                away, start, slopes,  # type: ignore[arg-type]
                loss="huber", x_scale="jac", xtol=1e-10, ftol=1e-10, gtol=1e-10,
                max_nfev=2000,
            )
            for start in sorted(starts, key=robust)[:3]
        ]  # fmt: skip
    return min(found, key=lambda fit: fit.cost).x
