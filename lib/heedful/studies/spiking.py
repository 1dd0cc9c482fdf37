"""A leaky integrate-and-fire neuron: the simplest one that lives in time.

Covers one cell driven by a current. Does not cover the ion channels that make a real
spike, refractory periods, dendrites or learning. Derived in chapter 10.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def spikes(
    current: Float[Tensor, "*batch time"],
    tau: float | int = 20,
    threshold: float | int = 1,
) -> tuple[Bool[Tensor, "*batch time"], Float[Tensor, "*batch time"]]:
    """When the neuron fires, and its potential after each step of 1 ms.

    In a step the potential loses the share 1 / `tau` and gains the current. At the
    `threshold` it fires and starts again from 0. `tau` is in steps, at least 1.
    """
    if tau < 1:
        raise ValueError(f"tau={tau} must be at least 1: one step cannot leak more")
    fired, course = [], []
    potential = torch.zeros_like(current[..., 0])
    for gain in current.unbind(-1):
        potential = (1 - 1 / tau) * potential + gain
        fires = potential >= threshold
        potential = potential.masked_fill(fires, 0)
        fired.append(fires)
        course.append(potential)
    return torch.stack(fired, dim=-1), torch.stack(course, dim=-1)
