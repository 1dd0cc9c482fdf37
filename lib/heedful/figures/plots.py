"""The plots that more than one page shows. Each draws into the axes it is given."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from heedful.figures.style import GREY


def attention_map(
    ax: Axes,
    weights: Float[Tensor, "rows columns"],
    rows: Sequence[str],
    columns: Sequence[str],
    title: str = "",
) -> None:
    """Attention weights as shades from 0 (white) to 1: a row looks at columns."""
    ax.imshow(weights, cmap="Blues", vmin=0, vmax=1, aspect="equal")
    ax.set_xticks(range(len(columns)), columns, rotation=60, ha="left")
    ax.set_yticks(range(len(rows)), rows)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set(visible=True, color=GREY, linewidth=0.5)
    ax.set_xlabel(title)


def loss_curve(
    ax: Axes, losses: Sequence[Mapping[str, float]], label: str | None = None
) -> None:
    """Validation loss against the step, with both axes logarithmic."""
    steps = [row["step"] for row in losses]
    (line,) = ax.loglog(steps, [row["valid_loss"] for row in losses], "o-", ms=3)
    line.set_label(label)
    ax.set(xlabel="training step", ylabel="validation loss (nats per token)")


def panels(
    n: int, height: int | float = 3.2, width: int | float = 7.6
) -> tuple[Figure, list[Axes]]:
    """A row of `n` axes, in inches. The default is as wide as the page.

    What is narrower is shrunk less on a phone, so that its letters stay readable.
    """
    figure, axes = plt.subplots(1, n, figsize=(width, height), squeeze=False)
    return figure, list(axes[0])
