"""Cutting an axis into pieces that fit into fast memory."""

from collections.abc import Iterator


def tiles(length: int, tile: int) -> Iterator[slice]:
    """Slices of `tile` places that cover `length`; the last may be shorter.

    Raises `ValueError` if `tile` is below 1.
    """
    if tile < 1:
        raise ValueError(f"tile={tile} must be at least 1")
    for start in range(0, length, tile):
        yield slice(start, min(start + tile, length))
