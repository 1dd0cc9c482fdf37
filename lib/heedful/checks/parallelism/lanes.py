"""Lanes that share a memory, in any order: a small simulator that notices races.

A lane is a generator. It yields `(READ, cell)` and gets the number, `(WRITE, cell,
number)`, or `BARRIER`, where it waits until all lanes have come. What it returns is
its result. Between two barriers any lane may be ahead of any other, so two of them
must not touch the same cell, unless both only read: that is a race, whether it does
harm in the order at hand or not. NVIDIA's compute-sanitizer looks for the same.
"""

from collections.abc import Callable, Generator, Iterable
from random import Random
from typing import Any

READ, WRITE, BARRIER = "read", "write", "barrier"
Lane = Callable[[int], Generator[Any, Any, Any]]
Order = Callable[[list[int]], list[int]]
MAX_STEPS = 500


class LaneError(Exception):
    """A kernel that cannot work; raised inside the lane that notices it."""


class Race(LaneError):
    """Two lanes at one cell between two barriers, at least one of them writing."""


class Stuck(LaneError):
    """A barrier that not all lanes come to."""


class Block:
    """Lanes, their memory, and who touched which cell since the last barrier."""

    def __init__(self, lane: Lane, n: int, watched: bool):
        self.lanes = [lane(i) for i in range(n)]
        self.watched = watched
        self.cells: dict[Any, Any] = {}
        self.readers: dict[Any, set[int]] = {}
        self.writers: dict[Any, set[int]] = {}
        self.answers: list[Any] = [None] * n  # what each lane is waiting to be told
        self.waiting: set[int] = set()
        self.results: dict[int, Any] = {}

    def step(self, i: int) -> None:
        """Lane `i` goes on until it has touched a cell, waits, or has ended."""
        try:
            asked = self.lanes[i].send(self.answers[i])
        except StopIteration as end:
            self.results[i] = end.value
            return
        self.answers[i] = None
        match asked:
            case "barrier":
                self.waiting.add(i)
            case ("read", cell):
                self._notice(i, "reads", cell, self.writers)
                if cell not in self.cells:
                    self._stop(i, LaneError(f"cell {cell} is empty: nobody wrote it"))
                self.readers.setdefault(cell, set()).add(i)
                self.answers[i] = self.cells[cell]
            case ("write", cell, number):
                self._notice(i, "writes", cell, self.writers)
                self._notice(i, "writes", cell, self.readers)
                self.writers.setdefault(cell, set()).add(i)
                self.cells[cell] = number
            case _:
                can = "READ, cell or WRITE, cell, number or BARRIER"
                self._stop(i, LaneError(f"a lane yields {can}, not {asked!r}"))

    def _notice(self, i: int, does: str, cell: Any, users: dict[Any, set[int]]) -> None:
        others = users.get(cell, set()) - {i}
        if others and self.watched:
            theirs = "writes" if users is self.writers else "reads"
            error = f"lane {i} {does} cell {cell}, which lane {min(others)} {theirs}"
            self._stop(i, Race(f"{error}, and no barrier stands between"))

    def _stop(self, i: int, error: LaneError) -> None:
        self.lanes[i].throw(error)
        raise error

    def free(self) -> list[int]:
        """The lanes that can go on; if all wait, the barrier opens first."""
        lanes = [i for i in range(len(self.lanes)) if i not in self.results]
        if lanes and self.waiting == set(lanes):
            if self.results:
                ended = min(self.results)
                error = f"lane {lanes[0]} waits at a barrier to which lane {ended}"
                stuck = Stuck(f"{error} never comes; all lanes must come to each")
                self._stop(lanes[0], stuck)
            self.waiting, self.readers, self.writers = set(), {}, {}
        return [i for i in lanes if i not in self.waiting]


def run(
    lane: Lane,
    n: int,
    late: int | None = None,
    watched: bool = False,
    order: Order = lambda free: free,
) -> list:
    """The results of `n` lanes that go in step; `late` goes only if it must.

    Raises `Stuck`, if `watched` also `Race`, and `LaneError` for what makes no sense.
    """
    block = Block(lane, n, watched)
    for _ in range(MAX_STEPS):
        free = block.free()
        if not free:
            return [block.results[i] for i in range(n)]
        for i in order([i for i in free if i != late] or free):
            block.step(i)
    raise LaneError(f"after {MAX_STEPS} steps the lanes have not ended")


def in_many_orders(lane: Lane, n: int) -> list:
    """The results, after the lanes have gone in step and in many other orders."""
    results = run(lane, n, watched=True)
    for order in _orders(n):
        again = run(lane, n, watched=True, order=order)
        if again != results:
            raise LaneError("the results depend on the order of the lanes")
    return results


def _orders(n: int) -> Iterable[Order]:
    for one in range(n):
        yield lambda free, one=one: [one] if one in free else free[:1]
        yield lambda free, one=one: [i for i in free if i != one][:1] or free
    for seed in range(5):
        random = Random(seed)
        yield lambda free, random=random: [random.choice(free)]
