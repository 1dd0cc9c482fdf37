"""docs/speed.md: the tables of what was measured last, from `book/data/`."""

import json
from pathlib import Path
from statistics import median

from benchmarks import arithmetic, cost, quality, targets

ROOT = Path(__file__).parent.parent
KEPT = {
    "speed": ROOT / "book/data/bench.json",
    "quality": ROOT / "book/data/quality.json",
    "cost": ROOT / "book/data/cost.json",
}
PAGE, FIGURE = ROOT / "docs/speed.md", ROOT / "docs/cost.svg"

HEAD = """\
# Speed, memory and what they cost

Written from `book/data/` by `make bench`, `make bench-quality` and `make bench-cost`:
do not edit by hand. In the first part contenders take turns, each in a process of its
own; a number is the median of the rounds, a ratio that of the ratios within rounds, as
the speed of a machine changes. "x best peer" is beside the peer with which it comes out
lowest. All see the same corpus with the same loss and the same fused Adam. Nothing else
runs, so threads that wait spin, as torch has it by default and `heedful train --fast`
leaves it. "Peak MB" is the most that the process held, its libraries included.
"Default" is what a user of a peer gets who sets nothing: float32, and pairs as they are
drawn, with their padding. The ceiling is what products of two matrices of 2,048 rows
reach, or, for writing, the reading of a large matrix: alone, but in turn with the
contenders. In training all are credited with the operations that our model needs for
each real token. "First steps" include the compiler, unless its program is still in
torch's cache.
"""
NOTHING = "Not measured yet: `make {}`, on a machine that does nothing else.\n"


def told(found):
    """Where and when it was measured."""
    versions = ", ".join(f"{k} {v}" for k, v in found["versions"].items() if v)
    threads = f"threads: {found['threads']}"
    quick = ", **tiny sizes: the numbers mean nothing**" if found["quick"] else ""
    return f"{found['machine']}, {threads}. {found['date']}; {versions}{quick}."


def speed_part(found):
    """Targets first, then a table for each field."""
    parts = [
        told(found) + f" Rounds: {found['rounds']}.",
        targets.table(targets.targets(found)),
    ]
    for title, rows in found["fields"].items():
        parts.append(arithmetic.table(title, rows))
        unit = "GB/s read" if title.startswith("writing") else "Gop/s"
        highest = (f"{median(v) / 1e9:,.0f} {unit} in {k}"
                   for k, v in found["ceilings"][title].items())  # fmt: skip
        parts.append(f"The ceiling, in turn with these: {', '.join(highest)}.")
        padding = {bool(r.get("drawn")): r["padding"] for r in rows if "padding" in r}
        if len(padding) == 2:
            parts.append(
                f"Of what is computed {padding[False]:.0%} is padding with rows of "
                f"like length together, {padding[True]:.0%} as they are drawn."
            )
    return "\n\n".join(parts) + "\n"


def cost_part(found):
    """The figure, and the powers that it shows."""
    return (
        told(found)
        + "\n\n![Time and memory, measured and expected](cost.svg)\n\n"
        + "Dashed: what the accounts of `heedful.scaling` expect, drawn through the "
        + "last point. Where small work takes more time than its line, torch's calls "
        + "take it and not the arithmetic. The powers are those over the last two "
        + "doublings.\n\n"
        + cost.table(found["rows"])
        + "\n"
    )


def quality_part(found):
    """How soon a short recipe is as good."""
    return told(found) + "\n\n" + quality.part(found)


def page():
    """The whole page as it should be."""
    parts = {"speed": ("Beside other libraries", speed_part, "bench"),
             "quality": ("Time to quality", quality_part, "bench-quality"),
             "cost": ("As the work grows", cost_part, "bench-cost")}  # fmt: skip
    text = HEAD
    for name, (title, part, command) in parts.items():
        path = KEPT[name]
        is_there = path.is_file()
        body = (
            part(json.loads(path.read_text())) if is_there else NOTHING.format(command)
        )
        text += f"\n## {title}\n\n{body}"
    return text
