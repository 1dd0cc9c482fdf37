"""One look for all plots: quiet axes, no frame, text that the page can search.

Plots are drawn for a light page with a transparent ground; the book's style sheet
turns them over in the dark.
"""

import warnings
from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib_inline.backend_inline import set_matplotlib_formats

BLUE, ORANGE, GREEN, GREY = "#1f6fb4", "#c65d00", "#2b8a3e", "#6b6b6b"

_RC: dict[Any, Any] = {
    "figure.figsize": (6.4, 3.2),
    "figure.constrained_layout.use": True,
    "savefig.transparent": True,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, GREY]),
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "font.size": 10,
    "svg.fonttype": "none",
    "svg.hashsalt": "heedful",
}


def use_style() -> None:
    """Switch this notebook or page to the book's style. Call it once, first."""
    mpl.rcParams.update(_RC)
    set_matplotlib_formats("svg", metadata={"Date": None})
    # Letters stay letters in SVG, so the browser draws the kanji; that the font in
    # which matplotlib measures them lacks them does no harm.
    warnings.filterwarnings("ignore", message="Glyph .* missing from font")
