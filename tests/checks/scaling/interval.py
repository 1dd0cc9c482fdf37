import numpy as np
import torch

from heedful.checks.scaling import check_interval, fit_line
from heedful.checks.scaling.interval import sweep

from ..specimens import UNKNOWN, wrong

CHECK = check_interval


def possible(x, loss, target, draws, luck):
    law = fit_line(x, loss)
    misses = [measured / law(one) for one, measured in zip(x, loss)]
    return [
        fit_line(x[row], loss[row])(target) * misses[i] for row, i in zip(draws, luck)
    ]


def by_sorting(*inputs):
    values = sorted(possible(*inputs))
    cut = len(values) // 20
    return values[cut], values[len(values) - 1 - cut]


def by_percentiles(*inputs):
    return np.percentile(possible(*inputs), [5, 95])[0], np.percentile(
        possible(*inputs), 95
    )


def in_logarithms(x, loss, target, draws, luck):
    """The fit by hand as well; a factor is a sum of logarithms."""
    log_x, log_loss = np.log(x), np.log(loss)
    misses = log_loss - np.polyval(np.polyfit(log_x, log_loss, 1), log_x)
    values = []
    for row, i in zip(draws, luck):
        line = np.polyfit(log_x[row], log_loss[row], 1)
        values.append(np.exp(np.polyval(line, np.log(target)) + misses[i]))
    values = torch.tensor(np.array(values))
    return values.quantile(0.05), values.quantile(0.95)


def middle(values, level=0.9):
    return tuple(np.quantile(values, [(1 - level) / 2, (1 + level) / 2]))


def law_alone(x, loss, target, draws, luck):
    return middle([fit_line(x[row], loss[row])(target) for row in draws])


def luck_alone(x, loss, target, draws, luck):
    law = fit_line(x, loss)
    return middle([law(target) * loss[i] / law(x[i]) for i in luck])


def only_losses_drawn(x, loss, target, draws, luck):
    law = fit_line(x, loss)
    return middle(
        [
            fit_line(x, loss[row])(target) * loss[i] / law(x[i])
            for row, i in zip(draws, luck)
        ]
    )


def added(x, loss, target, draws, luck):
    misses = loss - fit_line(x, loss)(x)
    return middle(
        [fit_line(x[row], loss[row])(target) + misses[i] for row, i in zip(draws, luck)]
    )


def predicted_over_measured(x, loss, target, draws, luck):
    misses = fit_line(x, loss)(x) / loss
    return middle(
        [fit_line(x[row], loss[row])(target) * misses[i] for row, i in zip(draws, luck)]
    )


def misses_of_each_law(x, loss, target, draws, luck):
    values = []
    for row, i in zip(draws, luck):
        law = fit_line(x[row], loss[row])
        misses = loss / law(x)
        values.append(law(target) * misses[i])
    return middle(values)


def misses_of_the_drawn(x, loss, target, draws, luck):
    values = []
    for row, i in zip(draws, luck):
        law = fit_line(x[row], loss[row])
        misses = loss[row] / law(x[row])
        values.append(law(target) * misses[i])
    return middle(values)


def two_intervals(x, loss, target, draws, luck):
    law = middle([fit_line(x[row], loss[row])(target) for row in draws])
    misses = loss / fit_line(x, loss)(x)
    return tuple(np.multiply(law, middle(misses[luck])))


def as_an_array(*inputs):
    return np.quantile(possible(*inputs), [0.05, 0.95])


def at_the_largest(x, loss, target, draws, luck):
    return middle(possible(x, loss, x[-1], draws, luck))


def deviations(times):
    def interval(*inputs):
        values = np.array(possible(*inputs))
        return (
            values.mean() - times * values.std(),
            values.mean() + times * values.std(),
        )

    return interval


def fractions_for_percent(*inputs):
    low, high = np.percentile(possible(*inputs), [0.05, 0.95])
    return low, high


def unsorted(*inputs):
    values = possible(*inputs)
    cut = int(0.05 * len(values))
    return values[cut], values[-cut - 1]


WRONG = [
    wrong("how sure the *law* is", law_alone),
    wrong("luck alone", luck_alone),
    wrong("a run is drawn as a whole", only_losses_drawn),
    wrong("you add a difference", added),
    wrong("upside down", predicted_over_measured),
    wrong("the misses of each new law", misses_of_each_law),
    wrong("not of a place in the draw", misses_of_the_drawn),
    wrong("the largest run that was measured", at_the_largest),
    wrong("the ends of two intervals", two_intervals),
    wrong("describe a bell", deviations(1.645)),
    wrong("about two thirds", deviations(1)),
    wrong("and of a bell; sort", deviations(2)),
    wrong("80 %", lambda *inputs: middle(possible(*inputs), 0.8)),
    wrong("95 %", lambda *inputs: middle(possible(*inputs), 0.95)),
    wrong("counts to 100", fractions_for_percent),
    wrong("whole range", lambda *inputs: middle(possible(*inputs), 1.0)),
    wrong("is not sorted", unsorted),
    wrong("the lower end comes first", lambda *inputs: by_sorting(*inputs)[::-1]),
    wrong("return 2 values, (low, high)", lambda *inputs: possible(*inputs)),
    wrong("return 2 values, (low, high)", lambda *inputs: np.array(possible(*inputs))),
    wrong(UNKNOWN, lambda *inputs: middle(possible(*inputs), 0.7)),
]

RIGHT = [by_sorting, by_percentiles, in_logarithms, as_an_array]


def INPUTS(generator):
    for n_runs, n_draws in ((7, 21), (13, 41)):
        yield sweep(generator, n_runs, n_draws)
