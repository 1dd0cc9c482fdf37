import numpy as np

from heedful.checks.before_2017 import check_gradient

from ..specimens import wrong

rng = np.random.default_rng(7)


def network(radius, with_tanh, slope_of, n_steps, d, always_bent=False):
    """The matrix of a fresh network, and its slopes at each step forwards."""
    U = radius * np.linalg.qr(rng.normal(size=(d, d)))[0]
    h, slopes = np.zeros(d), []
    for x in rng.normal(size=(n_steps, d)):
        before = x + U @ h
        h = np.tanh(before) if with_tanh else before
        slopes.append(slope_of(h, before) if with_tanh or always_bent else np.ones(d))
    return U, slopes


def measure(
    slope_of=lambda h, before: 1 - h * h,
    n_steps=50,
    start=1.0,
    fixed_radius=None,
    always_tanh=False,
    always_bent=False,
    power=1,
):
    """A `my_measure`, right unless told otherwise."""

    def my_measure(radius, with_tanh):
        radius = fixed_radius or radius
        tanh = with_tanh or always_tanh
        U, slopes = network(radius, tanh, slope_of, n_steps, 64, always_bent)
        gradient = rng.normal(size=64)
        gradient *= start / np.linalg.norm(gradient)
        for slope in reversed(slopes):
            gradient = (gradient * slope) @ U
        return np.linalg.norm(gradient) ** power

    return my_measure


def by_one_matrix(radius, with_tanh):
    """The product of all Jacobians first."""
    U, slopes = network(radius, with_tanh, lambda h, _: 1 - h**2, 50, 64)
    whole = np.eye(64)
    for slope in slopes:
        whole = np.diag(slope) @ U @ whole
    return float(np.sqrt((whole[3] ** 2).sum()))


def answer(my_measure, prediction="A"):
    return lambda: prediction, my_measure


def unwritten(radius, with_tanh):
    raise NotImplementedError


CHECK = check_gradient

WRONG = [
    wrong("is `radius` used?", answer(measure(fixed_radius=1.0))),
    wrong("with_tanh is False", answer(measure(always_tanh=True))),
    wrong("slope of every step is 1", answer(measure(always_bent=True))),
    wrong("square of the length", answer(measure(power=2))),
    wrong("must have length 1", answer(measure(start=8.0))),
    wrong("yours has 49", answer(measure(n_steps=49))),
    wrong("yours has 51", answer(measure(n_steps=51))),
    wrong("tanh changes nothing", answer(measure(lambda h, _: np.ones(64)))),
    wrong("h is what tanh gave", answer(measure(lambda h, _: 1 - np.tanh(h) ** 2))),
    wrong("h is what tanh gave", answer(measure(lambda h, before: 1 - before**2))),
    wrong("less is left", answer(measure(lambda h, _: (1 - h * h) ** 2))),
    wrong("0 or more and finite", answer(lambda *_: float("nan"))),
    wrong("0 or more and finite", answer(lambda *_: -1.0)),
    wrong("keeps every length", answer(lambda radius, _: radius + 3)),
    wrong("must return one number", answer(lambda *_: np.ones(3))),
    wrong("not written yet", answer(unwritten)),
    wrong("predict 'A', 'B' or 'C', not 'D'", answer(measure(), "D")),
]

RIGHT = [
    answer(measure(), "C"),
    answer(by_one_matrix, "B"),
]
