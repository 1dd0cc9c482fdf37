"""Rooflines: two ceilings on two logarithmic axes, and operations below them."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from heedful.figures.style import GREY
from heedful.hardware import Roofline


def roofline(
    ax: Axes,
    machines: Sequence[Roofline],
    span: tuple[float, float] = (0.1, 10_000.0),
    colors: Sequence[str] = (GREY,),
) -> None:
    """Draw the ceilings of `machines` between two arithmetic intensities."""
    intensity = np.geomspace(*span, 200)
    for machine, color in zip(machines, [*colors] * len(machines)):
        rates = [machine.rate(float(x)) for x in intensity]
        ax.loglog(intensity, rates, color=color, label=machine.name, lw=1.6)
    ax.set(xlabel="operations per byte", ylabel="operations per second, at best")
