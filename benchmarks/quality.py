"""How soon a short recipe is as good as the plain one, and what each lever is worth.

All runs are made in one process, by turns, on the same data, and all are judged alike:
a language model by its loss on the test part, a translation by the share of its
answers to the test part that are right to the last character. The recipes were chosen
by the validation parts. Only the training is timed. A plain run is computed line by
line in float32, with one thread or all, whichever is faster; a short one in the way
that `--fast` finds by measuring.
"""

from dataclasses import replace
from statistics import median

from benchmarks.quality_runs import Numbers, Text

GOAL = 0.99
"""Share of numbers translated right."""

# What is changed in the model, and in the recipe.
WITHOUT = {
    "AdamW (rate 0.003) instead of Muon": (
        {},
        dict(optimizer="adamw", learning_rate=3e-3),
    ),
    "Muon with its usual momentum, 0.95": ({}, dict(momentum=0.95)),
    "the plain learning rate, 0.001": ({}, dict(learning_rate=1e-3)),
    "a rate that falls along a cosine": ({}, dict(decay="cosine")),
    "no QK-norm": (dict(qk_norm=False), {}),
    "output projections not zero at first": (dict(zero_init=False), {}),
    "GELU instead of squared ReLU": (dict(ffn="gelu"), {}),
    "learned instead of rotary positions": (dict(positions="learned"), {}),
    "computed line by line, in float32": (
        {},
        dict(kernels="plain", precision="float32"),
    ),
    "fused, but in float32": ({}, dict(kernels="fused", precision="float32")),
}
"""A lever less."""

LEFT_OUT = {
    "biases": (dict(bias=True), {}),
    "embeddings not tied": (dict(tie_embeddings=False), {}),
    "RMSNorm instead of LayerNorm": (dict(norm="rms"), {}),
}
"""A lever more, which the recipe does without."""


def changed(config, model, recipe):
    """The config with some settings of its model and recipe."""
    model, recipe = replace(config.model, **model), replace(config.recipe, **recipe)
    return replace(config, model=model, recipe=recipe)


def measured(quick, n_plain=1, n_short=3):
    """Print a line for each run; return all that is to be kept."""
    text, numbers = Text(quick), Numbers(quick)

    def run(field, name, way, change=({}, {}), seed=0):
        config, threads = field.ways[way]
        config = changed(replace(config, seed=seed), *change)
        row = {"name": name, **field.quality(config, threads)}
        quality = row.get("loss", row.get("exact"))
        print(f"{name:44}{row['steps']:6}{row['seconds']:9.1f} s{quality:9.4f}",
              flush=True)  # fmt: skip
        return row

    found = {"text": [], "numbers": []}
    for seed in range(max(n_plain, n_short)):
        for name in ("short", "plain"):
            if seed < (n_short if name == "short" else n_plain):
                found["text"].append(run(text, name, name, seed=seed))
            if seed < n_short:  # even the plain ones do not take long
                found["numbers"].append(run(numbers, name, name, seed=seed))
    for kind, levers in (("without", WITHOUT), ("left_out", LEFT_OUT)):
        found[kind] = [run(text, name, "short", levers[name]) for name in levers]
    return found


def part(found):
    """The part of the page on what was measured."""
    text, numbers = summary(found["text"]), summary(found["numbers"])
    target = min(text["plain"]["loss"])
    reached = [loss <= target for loss in text["short"]["loss"]]
    right = [share >= GOAL for share in numbers["short"]["exact"]]
    usual = median(text["short"]["seconds"])
    lines = [
        " ".join(__doc__.partition("\n\n")[2].split()),
        "",
        "`plain` is `heedful train python --recipe plain`: GPT-2's shape and AdamW on "
        "bytes, d_model 128, 4 layers, 4 heads, 2,000 steps of 12 rows of 64. Its loss "
        "is the target. `short` is `--recipe short --fast`.",
        "",
        *table(found["text"], "loss"),
        "",
        f"{sum(reached)} of {len(reached)} short runs reach the target of {target:.4f} "
        f"nats per byte, in **1/{ratio(text):.1f} of the plain recipe's time** "
        f"(medians; of processor time 1/{ratio(text, 'cpu_seconds'):.1f}). "
        "The aim was 1/6.",
        "",
        "The short recipe with one thing changed, seed 0: what it does without the "
        "levers that it has, and with some that it has not.",
        "",
        "| changed | loss | time, of the short recipe's |",
        "|---|--:|--:|",
    ]
    for row in found["without"] + found["left_out"]:
        share = row["seconds"] / usual
        lines.append(f"| {row['name']} | {row['loss']:.3f} | {share:.2f} |")
    lines += [
        "",
        "The encoder-decoder, on number words: `heedful train numbers`, and the same "
        "with `--recipe short --fast`.",
        "",
        *table(found["numbers"], "exact"),
        "",
        f"{sum(right)} of {len(right)} short runs are right on at least {GOAL:.0%}, in "
        f"**1/{ratio(numbers):.1f} of the plain recipe's time**. The aim was 1/3.",
    ]
    return "\n".join(lines) + "\n"


def summary(rows):
    """The columns of the plain and of the short runs."""
    return {
        name: {
            key: [row[key] for row in rows if row["name"] == name] for key in rows[0]
        }
        for name in ("plain", "short")
    }


def ratio(columns, key="seconds"):
    """How many times the short recipe's time the plain one takes."""
    return median(columns["plain"][key]) / median(columns["short"][key])


def table(rows, quality):
    head = f"| recipe | seed | steps | {quality} | seconds | of processors | way |"
    lines = [head, "|---|--:|--:|--:|--:|--:|---|"]
    for row in sorted(rows, key=lambda row: (row["name"] != "plain", row["seed"])):
        lines.append(
            f"| {row['name']} | {row['seed']} | {row['steps']} | {row[quality]:.4f} | "
            f"{row['seconds']:.1f} | {row['cpu_seconds']:.1f} | {row['way']} |"
        )
    return lines
