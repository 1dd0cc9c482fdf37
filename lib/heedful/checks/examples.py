"""Small tensors as text: the example below a failed check."""

from typing import Any

from torch import Tensor

MAX_SHOWN = 24  # numbers that a reader still takes in at a glance


def example(
    inputs: dict[str, Any], expected: Any, got: Any, parts: tuple[str, ...] = ()
) -> list[str]:
    """Lines that show the inputs, what was expected and what came, in columns.

    Large results are not printed; the first place where they differ is.
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
    """A small tensor row by row, a large one by its shape, the rest by its repr."""
    if not isinstance(value, Tensor):
        return repr(value)
    if not 0 < value.numel() <= MAX_SHOWN:
        return f"a tensor {tuple(value.shape)}"
    while value.dim() > 1 and value.size(0) == 1:
        value = value[0]
    if value.dim() > 2:
        return "\n\n".join(shown(part) for part in value)
    rows: list[list] = value.detach().reshape(-1, *value.shape[-1:]).tolist()
    return "\n".join(" ".join(map(_number, row)) for row in rows)


def described(value: Any) -> str:
    """A tensor by its shape, anything else by its value or its type."""
    if isinstance(value, Tensor):
        return str(tuple(value.shape))
    return repr(value) if _can_show(value) or value is None else type(value).__name__


def _number(x: int | float) -> str:
    return f"{x:6.3f}" if isinstance(x, float) else f"{int(x)}"


def _can_show(value: Any) -> bool:
    return isinstance(value, Tensor | int | float | str | list)


def _pairs(expected: Any, got: Any, parts: tuple[str, ...]) -> list[tuple]:
    if not parts:
        return [("", expected, got)]
    return [(f" {part}", e, g) for part, e, g in zip(parts, expected, got)]


def _first_difference(part: str, want: Tensor, have: Tensor) -> list[str]:
    if want.shape != have.shape or want.numel() <= MAX_SHOWN:
        return []
    distance = (want.double() - have.double()).abs().nan_to_num(1.0)
    place = (distance > distance.max() / 2).nonzero()[0].tolist()
    numbers = [_number(t[tuple(place)].item()).strip() for t in (want, have)]
    return [f"  for example{part} at {place}: right {numbers[0]}, yours {numbers[1]}"]
