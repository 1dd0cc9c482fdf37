"""Small values as text: the example below a failed check."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from heedful.checks.values import plain, same

MAX_SHOWN = 24  # numbers that a reader still takes in at a glance
ARRAYS = Tensor | np.ndarray


def example(
    inputs: dict[str, Any], expected: Any, got: Any, parts: tuple[str, ...] = ()
) -> list[str]:
    """Lines that show the inputs, what was expected and what came, in columns.

    Of several results only those that differ are shown. Large ones are not printed;
    the first place where they differ is.
    """
    rows = {key: value for key, value in inputs.items() if _can_show(value)}
    for part, want, have in _pairs(expected, got, parts):
        rows |= {f"right{part}": want, f"yours{part}": have}
    width = max(map(len, rows))
    lines = []
    for name, value in rows.items():
        first, *rest = shown(value).split("\n")
        lines += [f"  {name:{width}}  {first}"]
        lines += [" " * (width + 4) + line for line in rest]
    for part, want, have in _pairs(expected, got, parts):
        lines += _first_difference(part, want, have)
    return lines


def shown(value: Any) -> str:
    """A small array row by row, a large one by its shape, a short list, or a repr."""
    value = plain(value)
    if isinstance(value, list | tuple):
        return _shown_list(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    if not isinstance(value, ARRAYS):
        return repr(value)
    array = torch.as_tensor(value)
    if not 0 < array.numel() <= MAX_SHOWN:
        kind = "a tensor" if isinstance(value, Tensor) else "an array"
        return f"{kind} {tuple(array.shape)}"
    while array.dim() > 1 and array.size(0) == 1:
        array = array[0]
    if array.dim() > 2:
        return "\n\n".join(shown(part) for part in array)
    rows: list[list] = array.detach().reshape(-1, *array.shape[-1:]).tolist()
    return "\n".join(" ".join(map(_number, row)) for row in rows)


def _shown_list(values: list | tuple) -> str:
    if len(values) > MAX_SHOWN:
        return f"a list of {len(values)}: {_shown_list(values[:3])[:-1]}, ...]"
    entries = (shown(value).replace("\n", " / ") for value in values)
    return f"[{', '.join(entries)}]"


def described(value: Any) -> str:
    """An array by its shape, anything else by its value or its type."""
    if isinstance(value, ARRAYS):
        return str(tuple(value.shape))
    if isinstance(value, list | tuple) and len(value) <= MAX_SHOWN:
        return f"[{', '.join(map(described, value))}]"
    return shown(value) if _can_show(value) or value is None else type(value).__name__


def _number(x: int | float) -> str:
    return f"{x:6.3f}" if isinstance(x, float) else f"{int(x)}"


def _can_show(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_can_show, value))
    return isinstance(value, ARRAYS | int | float | str | dict)


def _pairs(expected: Any, got: Any, parts: tuple[str, ...]) -> list[tuple]:
    if not parts:
        return [("", expected, got)]
    pairs = [(f" {part}", e, g) for part, e, g in zip(parts, expected, got)]
    return [pair for pair in pairs if not same(*pair[1:])] or pairs


def _first_difference(part: str, want: Any, have: Any) -> list[str]:
    if isinstance(want, list | tuple):
        return _first_other_entry(part, want, have)
    if not isinstance(want, ARRAYS) or want.shape != have.shape:
        return []
    want, have = torch.as_tensor(want), torch.as_tensor(have)
    if want.numel() <= MAX_SHOWN:
        return []
    distance = (want.double() - have.double()).abs().nan_to_num(1.0)
    place = (distance > distance.max() / 2).nonzero()[0].tolist()
    numbers = [_number(t[tuple(place)].item()).strip() for t in (want, have)]
    return [f"  for example{part} at {place}: right {numbers[0]}, yours {numbers[1]}"]


def _first_other_entry(part: str, want: list | tuple, have: list | tuple) -> list[str]:
    if len(want) <= MAX_SHOWN:
        return []
    for place, (w, h) in enumerate(zip(want, have)):
        if shown(w) != shown(h):
            values = f"right {shown(w)}, yours {shown(h)}"
            return [f"  for example{part} at [{place}]: {values}"]
    return []
