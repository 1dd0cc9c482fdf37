"""What was recorded on a GPU (`make gpu-report`), beside what was predicted for it."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes

from heedful.figures.style import BLUE, GREY, ORANGE
from heedful.hardware import Tiling


def told(record: Mapping[str, Any]) -> str:
    """On which GPU, when, by which command and with which PyTorch it was recorded."""
    about, gpu = record["circumstances"], record["gpu"]
    return (
        f"recorded on {gpu['name']} ({gpu['n_sms']} SMs), {about['started'][:10]}, "
        f"by {record['command']}, PyTorch {about['torch']}"
    )


def recorded_products(ax: Axes, record: Mapping[str, Any], tile: int = 128) -> None:
    """Speed of square matrix products by size, measured and predicted by waves.

    As a share of the fastest product that was measured, and of the peak that the waves
    of `tile` by `tile` leave.
    """
    rows, best = record["matmul_sweep"]["rows"], record["ceilings"]["bfloat16"]
    sizes = [row["size"] for row in rows]
    for name, label, color in (("torch", "PyTorch", BLUE), ("ours", "ours", ORANGE)):
        shares = [2 * row["size"] ** 3 / row[name] / best for row in rows]
        ax.plot(sizes, shares, ".-", color=color, label=label)
    waves = [Tiling(n, n, tile).efficiency(record["gpu"]["n_sms"]) for n in sizes]
    ax.plot(sizes, waves, "--", color=GREY, label="predicted by waves")
    ax.set(xlabel="rows and columns", ylabel="share of the best", ylim=(0, None))
    ax.legend()


def recorded_attention(ax: Axes, record: Mapping[str, Any]) -> None:
    """Milliseconds of causal attention, forward, by length and by kind."""
    labels = {
        "matrix": "all scores",
        "sdpa": "PyTorch, fused",
        "ours": "ours, in tiles",
    }
    for way, color in zip(labels, (GREY, BLUE, ORANGE)):
        rows = [
            row
            for row in record["attention"]["rows"]
            if row["way"] == way and row["causal"] and "error" not in row
        ]
        times = [1000 * row["forward"] for row in rows]
        lengths = [row["length"] for row in rows]
        ax.loglog(lengths, times, ".-", color=color, label=labels[way])
    ax.set(xlabel="tokens", ylabel="milliseconds")
    ax.legend()
