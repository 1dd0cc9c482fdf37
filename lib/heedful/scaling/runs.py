"""Finished runs as columns of numbers, which is all that a law is fitted to."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int

Column = Float[np.ndarray, " n_runs"]


@dataclass(frozen=True, kw_only=True)
class Runs:
    """For each run its parameters `n`, tokens `d`, FLOPs and loss (nats per token)."""

    n: Column
    d: Column
    flops: Column
    loss: Column

    def __post_init__(self):
        for name in ("n", "d", "flops", "loss"):
            column = getattr(self, name)
            if not (np.isfinite(column).all() and (column > 0).all()):
                raise ValueError(f"{name}={column} must be above 0")

    @classmethod
    def of(cls, rows: Iterable[dict[str, Any]]) -> "Runs":
        """The runs of a sweep's rows."""
        rows = list(rows)

        def column(name: str) -> Column:
            return np.array([float(row[name]) for row in rows])

        return cls(
            n=column("n_parameters"), d=column("tokens"), flops=column("flops"),
            loss=column("valid_loss"),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.n)

    def some(self, which: Int[np.ndarray, " chosen"] | Any) -> "Runs":
        """Some of the runs, or one of them several times."""
        return Runs(
            n=self.n[which], d=self.d[which], flops=self.flops[which],
            loss=self.loss[which],
        )  # fmt: skip

    def with_loss(self, loss: Column) -> "Runs":
        """The same runs, had they ended so."""
        return replace(self, loss=loss)

    @property
    def budgets(self) -> Int[np.ndarray, " n_runs"]:
        """For each run the number, from 0, of its budget: runs of like FLOPs.

        Budgets are told apart by a gap of a tenth of a factor of e.
        """
        order = np.argsort(self.flops, kind="stable")
        steps = np.diff(np.log(self.flops[order])) > 0.1
        numbers = np.empty(len(self), int)
        numbers[order] = np.concatenate([[0], steps.cumsum()])
        return numbers
