"""A figure that answers: how a product of matrices fills the SMs of a chip.

A slider chooses the size. Everything that it can show is computed here, by
`heedful.hardware.Tiling`; the script on the page picks and paints. Without scripts the
chosen size stays.
"""

import json
from collections.abc import Sequence
from typing import Any

from heedful.hardware import Tiling

_PAGE = """
<div class="waves" id="waves">
<label for="waves-size">Rows and columns of the result:
<output id="waves-told">{told}</output></label>
<input id="waves-size" type="range" min="0" max="{last}" value="{chosen}"
 aria-valuetext="{told}">
<svg viewBox="0 0 340 {height}" role="img"
 aria-label="The SMs of the chip. Blue ones work in the last wave, the others wait.">
{cells}
</svg>
<p id="waves-text" aria-live="polite">{text}</p>
</div>
<style>
.waves {{ max-width: 23rem; margin: 1.5rem auto; font-size: 0.95rem; }}
.waves input {{ width: 100%; accent-color: #1f6fb4; }}
.waves output {{ font-weight: 600; font-variant-numeric: tabular-nums; }}
.waves svg {{ width: 100%; height: auto; display: block; margin: 0.75rem 0; }}
.waves rect {{ fill: var(--pst-color-surface, #eee); stroke: #8a939c; }}
.waves rect.busy {{ fill: #1f6fb4; stroke: #1f6fb4; }}
html[data-theme] .bd-content div.cell_output .text_html:has(#waves) {{
  background: none; color: inherit; padding: 0;
}}
.waves p {{ min-height: 4.8em; font-variant-numeric: tabular-nums; }}
</style>
<script>
(() => {{
  const states = {states};
  const at = (name) => document.getElementById("waves-" + name);
  const cells = document.querySelectorAll("#waves rect");
  const slider = at("size");
  const show = () => {{
    const state = states[slider.value];
    at("told").textContent = state.told;
    at("text").textContent = state.text;
    slider.setAttribute("aria-valuetext", state.told);
    cells.forEach((cell, i) => cell.classList.toggle("busy", i < state.busy));
  }};
  slider.addEventListener("input", show);
  show();
}})();
</script>
"""


def waves(n_sms: int, sizes: Sequence[int], tile: int = 128, chosen: int = 0) -> str:
    """HTML of the figure for results of `sizes` by `sizes` on `n_sms` SMs.

    It begins with the size at index `chosen`.
    """
    states = [_state(Tiling(size, size, tile), n_sms) for size in sizes]
    shown, columns, rects = states[chosen], 12, []
    for i in range(n_sms):
        row, column = divmod(i, columns)
        busy = ' class="busy"' if i < shown["busy"] else ""
        place = f'x="{4 + column * 28}" y="{4 + row * 20}"'
        rects.append(f'<rect {place} width="24" height="16" rx="2"{busy}/>')
    return _PAGE.format(
        told=shown["told"],
        text=shown["text"],
        chosen=chosen,
        last=len(states) - 1,
        height=8 + 20 * -(-n_sms // columns),
        cells="\n".join(rects),
        states=json.dumps(states),
    )


def _state(tiling: Tiling, n_sms: int) -> dict[str, Any]:
    n_waves = tiling.waves(n_sms)
    busy = tiling.n_tiles - (n_waves - 1) * n_sms
    in_waves = f"{n_waves} waves" if n_waves > 1 else "1 wave"
    tiles = f"{tiling.n_tiles:,} tile" + "s" * (tiling.n_tiles > 1)
    return {
        "told": f"{tiling.rows:,}",
        "busy": busy,
        "text": (
            f"{tiles} of {tiling.tile} by {tiling.tile} in {in_waves}. "
            f"In the last wave {busy} of {n_sms} SMs have a tile. "
            f"{tiling.efficiency(n_sms):.0%} of the arithmetic is in the result."
        ),
    }
