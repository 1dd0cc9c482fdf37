"""What `heedful compare` found: one line per model, a band from seed to seed."""

from collections.abc import Iterable, Sequence
from statistics import fmean

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from heedful.figures.style import BLUE, GREEN, GREY, ORANGE
from heedful.studies.records import ByLength, Study

COLORS = {
    "gru": GREY,
    "gru_attention": ORANGE,
    "convolutional": GREEN,
    "transformer": BLUE,
}

BINS = ((2, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 17))
"""Words in the source, from and to, that make one point of a plot."""


def learning_curves(ax: Axes, study: Study, x: str = "step") -> None:
    """Share of right answers against `x`, which is "step" or "cpu_seconds"."""
    for name in study.models:
        curves = [r.curve for r in study.runs("all", name)]
        shares = [[row["right"] for row in curve] for curve in curves]
        places = [fmean(row[x] for row in rows) for rows in zip(*curves)]
        _line_and_band(ax, study, name, places, shares)
    label = "training step" if x == "step" else "CPU seconds of training"
    ax.set(xlabel=label, ylabel="answers that are right")


def right_by_length(ax: Axes, study: Study, part: str) -> None:
    """Share of right answers after the last step against the words in the source."""
    for name in study.models:
        tables = [r.by_length for r in study.runs(part, name)]
        shares = [[_share(table, *ends) for ends in BINS] for table in tables]
        _line_and_band(ax, study, name, range(len(BINS)), shares)
    ax.set_xticks(range(len(BINS)), [f"{low}–{high}" for low, high in BINS])
    ax.set(xlabel="words in the source", ylabel="answers that are right")


def comparison(study: Study) -> Figure:
    """Learning by step and by time; by length, with long sources in training or not.

    Raises `ValueError` for a study that is not finished.
    """
    if any(not study.runs("short", name) for name in study.models):
        raise ValueError("the study is not finished: run `heedful compare` again")
    figure, axes = plt.subplots(2, 2, figsize=(7.6, 6.4), sharey=True)
    (by_step, by_time), (everything, short) = axes
    learning_curves(by_step, study)
    learning_curves(by_time, study, x="cpu_seconds")
    right_by_length(everything, study, "all")
    right_by_length(short, study, "short")
    by_step.set_title("the same steps")
    by_time.set_title("the same time")
    everything.set_title("trained on all lengths")
    short.set_title(f"trained on up to {study.settings['longest']} words")
    by_step.yaxis.set_major_formatter(PercentFormatter(1))
    for ax in (by_time, short):
        ax.set_ylabel("")
    figure.legend(*by_step.get_legend_handles_labels(), loc="outside lower center",
                  ncols=len(study.models))  # fmt: skip
    return figure


def _share(table: ByLength, low: int, high: int) -> float:
    """The share of right answers from `low` to `high` words; NaN leaves a gap."""
    counts = [table[n] for n in range(low, high + 1) if n in table]
    right, tested = (sum(column) for column in zip(*counts)) if counts else (0, 0)
    return right / tested if tested else float("nan")


def _line_and_band(
    ax: Axes,
    study: Study,
    name: str,
    places: Iterable[int | float],
    shares: Sequence[Sequence[int | float]],
) -> None:
    """The mean over the seeds, and from the lowest to the highest of them."""
    places, columns = list(places), list(zip(*shares))
    means = [fmean(column) for column in columns]
    color, label = COLORS[name], study.models[name]["label"]
    ax.plot(places, means, "o-", ms=3, color=color, label=label)
    ends = [min(column) for column in columns], [max(column) for column in columns]
    ax.fill_between(places, *ends, color=color, alpha=0.2, linewidth=0)
