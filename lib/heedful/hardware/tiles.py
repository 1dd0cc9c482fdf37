"""A product of matrices on a GPU: cut into tiles, which the SMs take in turn.

An SM computes a tile of the result from start to end. If there are more tiles than
places for them, those that are left wait, and the last round may leave most SMs idle.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Tiling:
    """A result of `rows` by `columns`, cut into tiles of `tile` by `tile`.

    The tiles at the edges are computed in full, whatever sticks out.
    """

    rows: int
    columns: int
    tile: int = 128

    def __post_init__(self):
        if min(self.rows, self.columns, self.tile) < 1:
            raise ValueError(
                f"rows={self.rows}, columns={self.columns} and tile={self.tile} "
                "must be at least 1"
            )

    @property
    def n_tiles(self) -> int:
        """Tiles that cover the result."""
        return -(-self.rows // self.tile) * -(-self.columns // self.tile)

    def waves(self, n_places: int) -> int:
        """Rounds in which `n_places` tiles at a time are computed."""
        if n_places < 1:
            raise ValueError(f"n_places={n_places} must be at least 1")
        return -(-self.n_tiles // n_places)

    def efficiency(self, n_places: int) -> float:
        """Share of the arithmetic of all places in all waves that is in the result."""
        computed = self.waves(n_places) * n_places * self.tile**2
        return self.rows * self.columns / computed


@dataclass(frozen=True)
class Placed:
    """Which place computed a piece of work, and when."""

    place: int
    start: int | float
    end: int | float


def schedule(durations: Sequence[int | float], n_places: int) -> list[Placed]:
    """Lay the pieces on the places, in order: who is free first takes the next.

    This is how an SM gets its blocks. With equal durations it gives the waves of
    `Tiling`; with unequal ones there are no waves, but the end is ragged.
    """
    if n_places < 1:
        raise ValueError(f"n_places={n_places} must be at least 1")
    free = [(0.0, place) for place in range(n_places)]
    placed = []
    for duration in durations:
        start, place = heapq.heappop(free)
        placed.append(Placed(place, start, start + duration))
        heapq.heappush(free, (start + duration, place))
    return placed


def utilisation(placed: Sequence[Placed], n_places: int) -> float:
    """Share of the places' time, up to the last end, in which they were busy."""
    busy = sum(piece.end - piece.start for piece in placed)
    return busy / (n_places * max(piece.end for piece in placed))
