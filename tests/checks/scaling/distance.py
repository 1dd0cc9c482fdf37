import math

import numpy as np
import torch
from scipy.special import huber as scipy_huber

from heedful.checks.scaling import check_distance
from heedful.scaling import SurfaceLaw

from ..specimens import UNKNOWN, wrong

CHECK = check_distance


def by_a_loop(law, n, d, loss, delta):
    total = 0.0
    for one_n, one_d, one_loss in zip(n, d, loss):
        size = abs(math.log(one_loss / law(one_n, one_d)))
        if size > delta:
            total += delta * size - delta**2 / 2
        else:
            total += size * size / 2
    return total


def by_scipy(law, n, d, loss, delta):
    return scipy_huber(delta, np.log(loss) - np.log(law(n, d))).sum()


def by_torch(law, n, d, loss, delta):
    said, measured = (torch.from_numpy(x).log() for x in (law(n, d), loss))
    return torch.nn.functional.huber_loss(said, measured, reduction="sum", delta=delta)


def on_misses(price):
    """Each run's price from its miss, wrong in one way or another."""

    def distance(law, n, d, loss, delta):
        misses = np.log(loss / law(n, d)).tolist()
        return sum(price(miss, delta) for miss in misses)

    return distance


def with_misses(miss):
    """The right prices of other misses."""

    def distance(law, n, d, loss, delta):
        return scipy_huber(delta, miss(loss, law(n, d))).sum()

    return distance


def far(size, delta):
    return delta * (size - delta / 2)


def the_mean(law, n, d, loss, delta):
    return by_scipy(law, n, d, loss, delta) / len(n)


def sum_of_misses_first(law, n, d, loss, delta):
    return scipy_huber(delta, np.log(loss).sum() - np.log(law(n, d)).sum())


def squares_if_low(miss, delta):
    return miss**2 / 2 if miss <= delta else far(miss, delta)


def with_a_sign(miss, delta):
    return miss**2 / 2 if abs(miss) <= delta else far(miss, delta)


def smooth(law, n, d, loss, delta):
    said, measured = (torch.from_numpy(x).log() for x in (law(n, d), loss))
    smooth_l1 = torch.nn.functional.smooth_l1_loss
    return smooth_l1(said, measured, reduction="sum", beta=delta)


WRONG = [
    wrong("so that 1 % counts the same", with_misses(lambda loss, said: loss - said)),
    wrong("to base 10", with_misses(lambda loss, said: np.log10(loss / said))),
    wrong("to base 2", with_misses(lambda loss, said: np.log2(said / loss))),
    wrong("a ratio minus 1", with_misses(lambda loss, said: loss / said - 1)),
    wrong("a ratio minus 1", with_misses(lambda loss, said: (said - loss) / loss)),
    wrong("counts for hundreds", on_misses(lambda m, delta: m**2 / 2)),
    wrong("not even halved", on_misses(lambda m, delta: m**2)),
    wrong("sizes everywhere", on_misses(lambda m, delta: far(abs(m), delta))),
    wrong("plain sizes", on_misses(lambda m, delta: abs(m))),
    wrong(
        "is taken off the size",
        on_misses(lambda m, delta: m**2 / 2 if abs(m) <= delta else delta * abs(m)),
    ),
    wrong(
        "less delta / 2, is multiplied",
        on_misses(lambda m, delta: m**2 / 2 if abs(m) <= delta else abs(m) - delta / 2),
    ),
    wrong(
        "taken off before that",
        on_misses(lambda m, delta: m**2 / 2 if abs(m) <= delta else abs(m)),
    ),
    wrong(
        "take off only half of `delta`",
        on_misses(
            lambda m, delta: m**2 / 2 if abs(m) <= delta else delta * (abs(m) - delta)
        ),
    ),
    wrong(
        "mind the brackets",
        on_misses(
            lambda m, delta: m**2 / 2 if abs(m) <= delta else delta * abs(m) - delta / 2
        ),
    ),
    wrong(
        "twice too high",
        on_misses(
            lambda m, delta: m**2 if abs(m) <= delta else 2 * delta * abs(m) - delta**2
        ),
    ),
    wrong("divided by `delta`", smooth),
    wrong(
        "the half belongs to the square",
        on_misses(lambda m, delta: m**2 if abs(m) <= delta else far(abs(m), delta)),
    ),
    wrong("compare its *size*", on_misses(squares_if_low)),
    wrong("pulls with the wrong sign", on_misses(with_a_sign)),
    wrong(
        "two cases have changed places",
        on_misses(lambda m, delta: m**2 / 2 if abs(m) > delta else far(abs(m), delta)),
    ),
    wrong(
        "does not count at all",
        on_misses(lambda m, delta: m**2 / 2 if abs(m) <= delta else 0),
    ),
    wrong(
        "nothing pulls a law back",
        on_misses(lambda m, delta: min(abs(m), delta) ** 2 / 2),
    ),
    wrong("return the sum", the_mean),
    wrong("where those above and those below cancel", sum_of_misses_first),
    wrong(
        "not law(d, n)",
        lambda law, n, d, loss, delta: by_scipy(law, d, n, loss, delta),
    ),
    wrong(
        "return a number, not",
        lambda law, n, d, loss, delta: scipy_huber(delta, np.log(loss / law(n, d))),
    ),
    wrong(UNKNOWN, lambda *inputs: 1.5 * by_scipy(*inputs)),
]

RIGHT = [by_a_loop, by_scipy, by_torch]


def INPUTS(generator):
    """A law with other constants; luck of the order of delta."""
    for n_runs, delta in ((1, 0.1), (6, 0.02), (19, 0.04)):
        draw = torch.rand(3, n_runs, generator=generator).double().numpy()
        law = SurfaceLaw(1.7, 300.0, 700.0, 0.33, 0.32)
        n, d = 10 ** (6 + 3 * draw[0]), 10 ** (8 + 3 * draw[1])
        loss = law(n, d) * np.exp(4 * delta * (draw[2] - 0.5))
        yield dict(law=law, n=n, d=d, loss=loss, delta=delta)
