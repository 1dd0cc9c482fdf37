"""The learning rate as a function of the step. Steps count from 1."""

import math


def cosine(step: int, n_steps: int, peak: float, n_warmup: int) -> float:
    """Rise in a straight line to `peak`, then fall along half a cosine to zero.

    The fall ends with the run, so a short run ends as settled as a long one.
    """
    if step <= n_warmup:
        return peak * step / n_warmup
    return peak * (1 + math.cos(math.pi * _done(step, n_steps, n_warmup))) / 2


def linear(step: int, n_steps: int, peak: float, n_warmup: int) -> float:
    """Rise in a straight line to `peak`, then fall in another one to zero."""
    if step <= n_warmup:
        return peak * step / n_warmup
    return peak * (1 - _done(step, n_steps, n_warmup))


DECAYS = {"cosine": cosine, "linear": linear}


def _done(step: int, n_steps: int, n_warmup: int) -> float:
    """The share of the fall that lies behind."""
    return min(1.0, (step - n_warmup) / max(1, n_steps - n_warmup))


def inverse_sqrt(step: int, d_model: int, n_warmup: int = 4000) -> float:
    """The paper's schedule: rise for `n_warmup` steps, then fall like 1/sqrt(step).

    Source: [Vaswani 2017, eq. 3].
    """
    return d_model**-0.5 * min(step**-0.5, step * n_warmup**-1.5)
