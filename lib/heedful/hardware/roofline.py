"""How fast an operation can be at best, given what it computes and what it moves.

A machine has two ceilings, operations per second and bytes per second. An operation
that does few operations for each byte it moves waits for the memory. [Williams 2009]
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Roofline:
    """A machine by its ceilings: `peak` operations and `bandwidth` bytes per second."""

    name: str
    peak: int | float
    bandwidth: int | float

    def __post_init__(self):
        if not (self.peak > 0 and self.bandwidth > 0):
            raise ValueError(
                f"peak={self.peak} and bandwidth={self.bandwidth} must be above 0"
            )

    @property
    def ridge(self) -> float:
        """Operations per byte from which on the memory keeps up with the lanes."""
        return self.peak / self.bandwidth

    def rate(self, intensity: int | float) -> float:
        """Operations per second at best, at `intensity` operations per byte."""
        return float(min(self.peak, self.bandwidth * intensity))

    def seconds(self, flops: int | float, n_bytes: int | float) -> float:
        """Time at best: moving and computing overlap, so the longer of the two."""
        return max(flops / self.peak, n_bytes / self.bandwidth)
