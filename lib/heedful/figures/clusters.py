"""A figure that answers: what do more GPUs buy, and which way to divide the work?

One chooses a model and moves along the number of GPUs. Everything that it can show is
computed by `heedful.scaling.schemes`; the script on the page picks and paints. Without
scripts the first model and the chosen number stay.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

NARROW, HIGH, LEFT, TOP = 330, 122, 44, 18
"""Of a panel's drawing: its width and height, and where the plot begins."""


@runtime_checkable
class Result(Protocol):
    """What is drawn of a plan (`heedful.scaling.schemes.Outcome`)."""

    @property
    def seconds(self) -> float: ...
    @property
    def share(self) -> float: ...
    @property
    def n_bytes(self) -> int: ...
    @property
    def fits(self) -> bool: ...


Results = Mapping[str, Sequence[Result | None]]
"""Scheme -> its results by number of GPUs, None where it cannot be."""

_PANELS = (
    ("seconds for a step", (0.1, 1e5), (0.1, 1, 10, 100, 1000, 1e4), True),
    ("share of the peak", (0.0, 0.65), (0.0, 0.2, 0.4, 0.6), False),
    ("GB on each GPU", (5.0, 1e4), (10, 100, 1000, 1e4), True),
)

_PAGE = """
<div class="cluster" id="cluster">
<fieldset><legend>Model</legend>{radios}</fieldset>
<label for="cluster-gpus">GPUs: <output id="cluster-told">{told}</output></label>
<input id="cluster-gpus" type="range" min="0" max="{last}" value="{chosen}"
 aria-valuetext="{told}">
<div class="panels">{panels}</div>
<table aria-live="polite"><thead><tr><th scope="col">divided</th>
<th scope="col">step</th><th scope="col">of the peak</th><th scope="col">memory</th>
</tr></thead><tbody>
{table}
</tbody></table>
</div>
<style>
.cluster {{ --s0: #1f6fb4; --s1: #c65d00; --s2: #2b8a3e; --s3: #8a4fb8; --s4: #222;
 max-width: 44rem; margin: 1.5rem auto; font-size: 0.95rem; }}
html[data-theme="dark"] .cluster {{ --s0: #63b0f0; --s1: #f59e4c; --s2: #6cc97d;
 --s3: #c79be8; --s4: #eee; }}
.cluster fieldset {{ border: 0; padding: 0; margin: 0 0 0.5rem; }}
.cluster legend {{ float: left; margin: 0 0.75rem 0 0; font-size: 1em; width: auto; }}
.cluster fieldset label {{ margin-right: 1rem; white-space: nowrap; }}
.cluster input[type="range"] {{ width: 100%; accent-color: #1f6fb4; }}
.cluster output {{ font-weight: 600; font-variant-numeric: tabular-nums; }}
.cluster .panels {{ display: grid; gap: 0.5rem;
 grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); }}
.cluster svg {{ width: 100%; height: auto; display: block; }}
.cluster svg text {{ font-size: 11px; fill: currentColor; }}
.cluster svg .grid {{ stroke: #8a939c; stroke-opacity: 0.35; }}
.cluster svg .limit, .cluster svg .at {{ stroke: currentColor; stroke-opacity: 0.7; }}
.cluster svg .limit {{ stroke-dasharray: 2 3; }}
.cluster svg path {{ fill: none; stroke-width: 2; }}
.cluster svg path.not {{ stroke-width: 1.2; stroke-dasharray: 3 3; }}
{colors}
html[data-theme] .bd-content div.cell_output .text_html:has(#cluster) {{
  background: none; color: inherit; padding: 0;
}}
.cluster table {{ width: 100%; margin-top: 0.75rem;
 font-variant-numeric: tabular-nums; }}
.cluster th, .cluster td {{ text-align: right; padding: 0.15rem 0.2rem; }}
.cluster tbody > tr > * {{ border-bottom: 1px solid var(--pst-color-border); }}
.cluster th:first-child {{ text-align: left; white-space: nowrap; }}
.cluster td:nth-child(2) {{ white-space: nowrap; }}
.cluster tr.not td {{ opacity: 0.75; font-style: italic; }}
.cluster i {{ display: inline-block; width: 0.8em; height: 0.3em;
 margin-right: 0.4em; vertical-align: middle; }}
</style>
<script>
(() => {{
  const models = {models};
  const figure = document.getElementById("cluster");
  const slider = document.getElementById("cluster-gpus");
  const told = document.getElementById("cluster-told");
  const paths = figure.querySelectorAll("path");
  const show = () => {{
    const at = Number(slider.value);
    const model = models[figure.querySelector("[name=cluster-model]:checked").value];
    told.textContent = (2 ** at).toLocaleString("en");
    slider.setAttribute("aria-valuetext", told.textContent);
    paths.forEach((path, i) => path.setAttribute("d", model.paths[i]));
    figure.querySelectorAll(".at").forEach((line) => {{
      const x = {left} + ({narrow} - {left} - 6) * at / {last};
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    }});
    figure.querySelectorAll("tbody tr").forEach((row, i) => {{
      const cells = model.cells[at][i];
      row.classList.toggle("not", !cells[3]);
      row.querySelectorAll("td").forEach((td, j) => td.textContent = cells[j]);
    }});
  }};
  figure.addEventListener("input", show);
  show();
}})();
</script>
"""


def clusters(models: Mapping[str, Results], limit: int | float, chosen: int) -> str:
    """HTML of the figure: for each model, each scheme on 1, 2, 4, ... GPUs.

    `limit` is a GPU's memory in bytes; it begins with 2 to the power of `chosen` GPUs.
    """
    states = [_state(results) for results in models.values()]
    schemes = list(next(iter(models.values())))
    last = len(states[0]["cells"]) - 1
    radios = "".join(
        f'<label><input type="radio" name="cluster-model" value="{i}"'
        f"{' checked' if i == 0 else ''}> {name}</label>"
        for i, name in enumerate(models)
    )
    table = "\n".join(
        f'<tr{"" if cells[3] else " class=not"}><th scope="row"><i style="background:'
        f'var(--s{i})"></i>{scheme}</th>'
        + "".join(f"<td>{text}</td>" for text in cells[:3])
        + "</tr>"
        for i, (scheme, cells) in enumerate(zip(schemes, states[0]["cells"][chosen]))
    )
    colors = "\n".join(
        f".cluster path.s{i} {{ stroke: var(--s{i}); }}" for i in range(len(schemes))
    )
    n = len(schemes)
    drawn = [states[0]["paths"][2 * n * k : 2 * n * (k + 1)] for k in range(3)]
    return _PAGE.format(
        radios=radios,
        told=f"{2**chosen:,}",
        last=last,
        chosen=chosen,
        panels="".join(_panel(k, drawn[k], limit, chosen, last) for k in range(3)),
        table=table,
        colors=colors,
        models=json.dumps(states),
        left=LEFT,
        narrow=NARROW,
    )


def _state(results: Results) -> dict[str, Any]:
    paths = []
    for panel in range(3):
        for found in results.values():
            values = [None if one is None else _values(one)[panel] for one in found]
            fits = [one is not None and one.fits for one in found]
            paths += [_path(panel, values, fits), _path(panel, values)]
    by_number = zip(*results.values())
    return {"paths": paths, "cells": [[_cells(one) for one in n] for n in by_number]}


def _values(one: Result) -> tuple[float, float, float]:
    return one.seconds, one.share, one.n_bytes / 1e9


def _cells(one: Result | None) -> list[Any]:
    if one is None:
        return ["–", "–", "–", False]
    size = f"{one.n_bytes / 1e9:,.0f} GB" + ("" if one.fits else ", too much")
    seconds = f"{one.seconds:.3g}" if one.seconds < 100 else f"{one.seconds:,.0f}"
    return [f"{seconds} s", f"{one.share:.0%}", size, one.fits]


def _x(i: int, last: int) -> float:
    return LEFT + (NARROW - LEFT - 6) * i / last


def _y(panel: int, value: int | float) -> float:
    _, (low, high), _, logarithmic = _PANELS[panel]
    if logarithmic:
        low, high, value = math.log(low), math.log(high), math.log(value)
    return TOP + (HIGH - TOP - 18) * (high - value) / (high - low)


def _path(
    panel: int, values: Sequence[float | None], where: Sequence[bool] | None = None
) -> str:
    # Through the values, with gaps where there is none; a lone one becomes a dot.
    parts, last = [], len(values) - 1
    for i, value in enumerate(values):
        if value is None or (where is not None and not where[i]):
            parts.append(None)
            continue
        pen = "L" if parts and parts[-1] else "M"
        parts.append(f"{pen}{_x(i, last):.1f} {_y(panel, value):.1f}h0.1")
    return "".join(part for part in parts if part)


def _panel(
    panel: int, paths: Sequence[str], limit: int | float, chosen: int, last: int
) -> str:
    title, _, ticks, logarithmic = _PANELS[panel]
    lines = []
    for tick in ticks:
        y, label = _y(panel, tick), f"{tick:,g}" if logarithmic else f"{tick:.0%}"
        lines.append(f'<line class="grid" x1="{LEFT}" x2="{NARROW}" y1="{y:.1f}" '
                     f'y2="{y:.1f}"/><text x="{LEFT - 4}" y="{y + 4:.1f}" '
                     f'text-anchor="end">{label}</text>')  # fmt: skip
    if panel == 2:
        y = _y(panel, limit / 1e9)
        lines.append(f'<line class="limit" x1="{LEFT}" x2="{NARROW}" y1="{y:.1f}" '
                     f'y2="{y:.1f}"/>')  # fmt: skip
    for i in range(0, last + 1, 4):
        anchor = "end" if i == last else "middle"
        lines.append(f'<text x="{_x(i, last):.1f}" y="{HIGH - 4}" '
                     f'text-anchor="{anchor}">{2**i:,}</text>')  # fmt: skip
    x = f"{_x(chosen, last):.1f}"
    lines.append(f'<line class="at" x1="{x}" x2="{x}" y1="{TOP}" y2="{HIGH - 18}"/>')
    drawn = "".join(
        f'<path class="s{i // 2}{" not" if i % 2 else ""}" d="{path}"/>'
        for i, path in enumerate(paths)
    )
    return (
        f'<svg viewBox="0 0 {NARROW} {HIGH}" role="img" aria-label="{title} against '
        f'the number of GPUs; the table below has the numbers.">'
        f'<text x="{LEFT}" y="11">{title}</text>{"".join(lines)}{drawn}</svg>'
    )
