"""The exercise on the bet: where will the next run end, and how sure is that?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator

from heedful.checks import Task
from heedful.checks.values import Inputs

Column = np.ndarray
Between = tuple[float, float]
Values = Callable[..., Column]
Ends = Callable[[Column], Between]


@dataclass(frozen=True)
class Line:
    """A power law without an offset: a straight line on two log axes."""

    slope: float
    height: float

    def __call__(self, x: Column | float) -> Column | float:
        return np.exp(self.height + self.slope * np.log(x))


def fit_line(x: Column, loss: Column) -> Line:
    """The line of least squares through the logarithms: quick, and no more."""
    log_x, log_loss = np.log(x), np.log(loss)
    away = log_x - log_x.mean()
    slope = float(away @ log_loss / (away @ away))
    return Line(slope, float(log_loss.mean() - slope * log_x.mean()))


def guesses(x: Column, loss: Column, target: float, draws: Column, luck: Column):
    """What might come out: a law fitted anew, times the luck of one of the runs."""
    misses = loss / fit_line(x, loss)(x)
    laws = np.array([fit_line(x[draw], loss[draw])(target) for draw in draws])
    return laws * misses[luck]


def ends(values: Column, level: float = 0.9) -> Between:
    """What the middle `level` of the values lie between."""
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _between(values: Values = guesses, ends: Ends = ends) -> Callable[..., Between]:
    return lambda *inputs: ends(values(*inputs))


def _cases(generator: Generator) -> Iterator[Inputs]:
    yield sweep(generator, 11, 41)
    yield sweep(generator, 17, 41)


def sweep(generator: Generator, n_runs: int, n_draws: int) -> Inputs:
    """Runs that miss a power law by 3 %, and the draws for a bet 10 times as far."""
    luck = 0.03 * torch.randn(n_runs, generator=generator).double().numpy()
    x = np.geomspace(1, 100, n_runs)
    exponent = 0.08 + 0.08 * torch.rand(1, generator=generator).item()
    return dict(
        x=x,
        loss=4 / x**exponent * np.exp(luck),
        target=1000.0,
        draws=torch.randint(n_runs, (n_draws, n_runs), generator=generator).numpy(),
        luck=torch.randint(n_runs, (n_draws,), generator=generator).numpy(),
    )


def _law_only(x, loss, target, draws, luck):
    return np.array([fit_line(x[draw], loss[draw])(target) for draw in draws])


def _luck_only(x, loss, target, draws, luck):
    law = fit_line(x, loss)
    return law(target) * (loss / law(x))[luck]


def _losses_drawn(x, loss, target, draws, luck):
    laws = np.array([fit_line(x, loss[draw])(target) for draw in draws])
    return laws * (loss / fit_line(x, loss)(x))[luck]


def _added(x, loss, target, draws, luck):
    misses = loss - fit_line(x, loss)(x)
    return _law_only(x, loss, target, draws, luck) + misses[luck]


def _upside_down(x, loss, target, draws, luck):
    return _law_only(x, loss, target, draws, luck) / (loss / fit_line(x, loss)(x))[luck]


def _of_the_new(x, loss, target, draws, luck):
    values = []
    for draw, i in zip(draws, luck):
        law = fit_line(x[draw], loss[draw])
        values.append(law(target) * loss[i] / law(x[i]))
    return np.array(values)


def _of_the_drawn(x, loss, target, draws, luck):
    values = []
    for draw, i in zip(draws, luck):
        law = fit_line(x[draw], loss[draw])
        values.append(law(target) * loss[draw[i]] / law(x[draw[i]]))
    return np.array(values)


def _at_the_largest(x, loss, target, draws, luck):
    return guesses(x, loss, x.max(), draws, luck)


def _ends_multiplied(*inputs) -> Between:
    x, loss, target, *_ = inputs
    low, high = ends(_law_only(*inputs))
    luckless, lucky = ends(_luck_only(*inputs) / fit_line(x, loss)(target))
    return low * luckless, high * lucky


def _fractions(values: Column) -> Between:
    low, high = np.percentile(values, [0.05, 0.95])
    return float(low), float(high)


def _around_the_mean(values: Column, times: float) -> Between:
    mean, spread = values.mean(), times * values.std()
    return float(mean - spread), float(mean + spread)


check_interval = Task(
    name="interval",
    right=_between(),
    cases=_cases,
    compared="both ends",
    parts=("low", "high"),
    rtol=1e-6,
    atol=1e-9,
    hints=(
        "First fit the law to all runs, once, and see by which factor each run misses "
        "it: `misses = loss / law(x)`.",
        "Then, for each draw and its piece of luck: fit to the drawn runs, ask that "
        "law about the target, multiply by the miss of run number `luck`.",
        "`for draw, i in zip(draws, luck): values.append(fit_line(x[draw], loss[draw])"
        "(target) * misses[i])`; in the end `np.quantile(values, [0.05, 0.95])`.",
    ),
    mistakes=(
        (
            "this says how sure the *law* is; the new run has luck of its own: "
            "multiply by the miss of run number `luck`",
            _between(_law_only),
        ),
        (
            "this is the new run's luck alone: the law has not been fitted again to "
            "the drawn runs, as if its constants were known",
            _between(_luck_only),
        ),
        (
            "you drew the losses and left the operations where they were; a run is "
            "drawn as a whole: x[draw] and loss[draw]",
            _between(_losses_drawn),
        ),
        (
            "a run misses the law by a *factor*, loss / law(x); you add a difference, "
            "which means something else where the loss is lower",
            _between(_added),
        ),
        (
            "the misses are upside down: measured over predicted, loss / law(x)",
            _between(_upside_down),
        ),
        (
            "the misses are those of the law that was fitted to *all* runs; you take "
            "the misses of each new law",
            _between(_of_the_new),
        ),
        (
            "the misses are those of the law that was fitted to all runs, and `luck` "
            "is the number of a run, not of a place in the draw",
            _between(_of_the_drawn),
        ),
        (
            "that is a bet on the largest run that was measured; ask the law about "
            "`target`",
            _between(_at_the_largest),
        ),
        (
            "you multiplied the ends of two intervals, but the worst of both seldom "
            "meet: multiply draw by draw, and look for the ends then",
            _ends_multiplied,
        ),
        (
            "a mean and a standard deviation describe a bell; the values need not be "
            "one. Sort them and leave out 5 % at each end",
            _between(ends=lambda values: _around_the_mean(values, 1.645)),
        ),
        (
            "one standard deviation to each side holds about two thirds; sort the "
            "values and leave out 5 % at each end",
            _between(ends=lambda values: _around_the_mean(values, 1)),
        ),
        (
            "two standard deviations to each side are about 95 %, and of a bell; sort "
            "the values and leave out 5 % at each end",
            _between(ends=lambda values: _around_the_mean(values, 2)),
        ),
        (
            "this holds 80 % of the values; leave out 10 % in all, 5 % at each end",
            _between(ends=lambda values: ends(values, 0.8)),
        ),
        (
            "this holds 95 % of the values; leave out 10 % in all, 5 % at each end",
            _between(ends=lambda values: ends(values, 0.95)),
        ),
        (
            "`np.percentile` counts to 100: 5 and 95, not 0.05 and 0.95. (Some "
            "published intervals were made like this)",
            _between(ends=_fractions),
        ),
        (
            "that is the whole range, from the lowest to the highest; leave out 5 % at "
            "each end",
            _between(ends=lambda values: (float(values.min()), float(values.max()))),
        ),
        (
            "the list is not sorted: places 5 % and 95 % along it are those of two "
            "chance draws",
            _between(
                ends=lambda values: (
                    float(values[len(values) // 20]),
                    float(values[-(len(values) // 20) - 1]),
                )
            ),
        ),
        (
            "the lower end comes first",
            _between(ends=lambda values: (ends(values)[1], ends(values)[0])),
        ),
    ),
)
