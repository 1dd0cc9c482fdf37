"""An attention map as plain text, for a terminal."""

import unicodedata

from jaxtyping import Float
from torch import Tensor

from heedful.generate.translate import Translation

_SHADES = " ░▒▓█"


def cross_attention_text(translation: Translation, layer: int = -1) -> str:
    """Source words down the side, written characters along the top.

    The darker a cell, the more the model looked at that word when it wrote that
    character: the mean over the heads of one decoder layer, by default the last.
    """
    weights = translation.maps["cross"][layer].mean(0)
    return shaded_table(weights.T, translation.source, translation.written)


def shaded_table(
    weights: Float[Tensor, "rows columns"], rows: list[str], columns: list[str]
) -> str:
    """Numbers from 0 to 1 as blocks of shade, two characters wide."""
    side = max(map(_width, rows))
    # A full-width kanji fills two places of a terminal, like two half-width blocks.
    top = "".join(_fit("⏎" if name == "<eos>" else name, 2) for name in columns)
    lines = [" " * (side + 2) + top]
    shade = (weights * len(_SHADES)).long().clamp(max=len(_SHADES) - 1)
    for name, row in zip(rows, shade.tolist()):
        cells = "".join(_SHADES[level] * 2 for level in row)
        lines.append(" " * (side - _width(name)) + name + "  " + cells)
    lines.append(f"{'':{side}}  share of attention: {_legend()}")
    return "\n".join(lines)


def _legend() -> str:
    step = 100 // len(_SHADES)
    return "  ".join(f"{s * 2} from {i * step} %" for i, s in enumerate(_SHADES) if i)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _fit(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
