"""How time and memory grow with the length of a text, the size of a model, the batch.

Beside each measured curve stands what the accounts of `heedful.scaling` expect: their
operations for the time of a training step, their bytes for memory and for a token.
"""

from statistics import median

from benchmarks.rounds import compete
from heedful.nets.language_config import LanguageModelConfig
from heedful.scaling import activation_bytes, cache_bytes, parameters, training_flops

LENGTHS = tuple(2**i for i in range(6, 15))
WIDTHS = (64, 128, 256, 512)
BATCHES = (1, 2, 4, 8, 16, 32, 64)
LONGEST_MATRIX = 4096
"""From the next length on the matrices of weights would need tens of gigabytes."""
N_TIMED, N_WRITTEN = 3, 8


def points(quick):
    """Axis, its value, length, d_model and batch of every place to measure at."""
    lengths, widths, batches = (LENGTHS, WIDTHS, BATCHES)
    if quick:
        lengths, widths, batches = (16, 32), (16,), (2,)
    yield from (("length", n, n, 128, 1) for n in lengths)
    yield from (("d_model", n, 256, n, 4) for n in widths)
    yield from (("batch", n, 128, 128, n) for n in batches)


def job(kind, length, d_model, batch, quick, threads):
    """What a worker is told. `kind` is "fused", "plain" (training) or "writing"."""
    size = dict(vocab_size=512, d_model=d_model, n_layers=2, n_heads=d_model // 16,
                d_ff=4 * d_model, max_seq_len=length)  # fmt: skip
    shared = dict(name=kind, family="ours", library="heedful", precision="float32",
                  quick=True, threads=threads, batch=batch)  # fmt: skip
    if kind == "writing":
        size["max_seq_len"] += N_WRITTEN
        more = dict(field="generation", length=length, steps=N_WRITTEN)
    else:
        more = dict(field="decoder", kernels=kind, steps=1)
    return shared | more | {"size": size}


def expected(kind, size, length, batch):
    """Operations of a step, or bytes that a token moves; and bytes in memory."""
    config = LanguageModelConfig(**size, tie_embeddings=True)
    weights = 4 * sum(parameters(config).values())
    if kind == "writing":
        moved = weights + cache_bytes(config, length=length, batch=batch)
        return moved, moved
    kept = activation_bytes(config, length=length, batch=batch)
    if kind == "fused":
        kept.pop("weights")  # those of attention, T x T
    logits = 4 * batch * length * config.vocab_size
    # Weights, gradients and Adam's two averages; logits, softmax and their gradients.
    memory = 4 * weights + sum(kept.values()) + 3 * logits
    return batch * training_flops(config, n_new=length), memory


def measured(quick, threads):
    """A row for each place and kind, as they are kept."""
    rows = []
    for axis, value, length, d_model, batch in points(quick):
        for kind in ("fused", "plain", "writing"):
            if kind == "plain" and length > LONGEST_MATRIX:
                continue
            task = job(kind, length, d_model, batch, quick, threads)
            told = compete([task], 1 if length > LONGEST_MATRIX else N_TIMED)[kind]
            work, memory = expected(kind, task["size"], length, batch)
            seconds = told.get("token_seconds", median(told["seconds"]))
            row = dict(axis=axis, value=value, kind=kind, seconds=seconds,
                       megabytes=told["megabytes"] - told["megabytes_before"],
                       work=work, memory=memory / 1e6)  # fmt: skip
            rows.append(row)
            print(f"{axis:8}{value:6}  {kind:8}{seconds:10.4f} s"
                  f"{row['megabytes']:10,.0f} MB", flush=True)  # fmt: skip
    return {"rows": rows}


NAMES = {
    "fused": "training step, fused attention",
    "plain": "training step, attention by the matrix",
    "writing": "writing one token with a cache",
}


def curve(rows, axis, kind):
    """The rows of one curve, by growing value."""
    chosen = [row for row in rows if (row["axis"], row["kind"]) == (axis, kind)]
    return sorted(chosen, key=lambda row: row["value"])


def slope(one, other, what):
    """By which power of the value `what` grows between two rows."""
    from math import log

    grown = max(other[what], 1e-9) / max(one[what], 1e-9)
    return log(grown) / log(other["value"] / one["value"])


def table(rows):
    """Slopes over the last two steps of each axis, measured and expected."""
    lines = [
        "| with twice the | | time: power | expected | memory: power | expected |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for axis in ("length", "d_model", "batch"):
        for kind, name in NAMES.items():
            points = curve(rows, axis, kind)
            if len(points) < 3:
                continue
            ends = points[-3], points[-1]
            powers = (
                f"{slope(*ends, what):.2f}"
                for what in ("seconds", "work", "megabytes", "memory")
            )
            lines.append(f"| {axis} | {name} | " + " | ".join(powers) + " |")
    return "\n".join(lines)


def draw(rows):
    """Time and memory against each axis; dashed what is expected, from the last."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(9.0, 5.6), sharex="col")
    quantities = (("seconds", "work", "seconds"), ("megabytes", "memory", "megabytes"))
    for column, axis in enumerate(("length", "d_model", "batch")):
        for line, (what, account, unit) in enumerate(quantities):
            ax = axes[line][column]
            for color, (kind, name) in enumerate(NAMES.items()):
                points = curve(rows, axis, kind)
                x = [point["value"] for point in points]
                y = [point[what] for point in points]
                scale = y[-1] / points[-1][account]
                guide = [scale * point[account] for point in points]
                label = name if line == column == 0 else None
                ax.loglog(x, y, "o-", ms=3, color=f"C{color}", label=label)
                ax.loglog(x, guide, "--", lw=0.8, color=f"C{color}")
            if column == 0:
                ax.set_ylabel(unit)
        values = [point["value"] for point in curve(rows, axis, "fused")][::2]
        ax.set_xticks(values, [f"{value:,}" for value in values])
        ax.set_xticks([], minor=True)
        ax.set_xlabel(axis)
    figure.legend(loc="outside upper center", ncols=3, fontsize=8)
    return figure
