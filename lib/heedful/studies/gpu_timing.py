"""How long something takes, on a GPU by its own clock."""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch

Candidate = TypeVar("Candidate", bound=tuple[int, ...])


def seconds(run: Callable[[], Any], device: str = "cuda", total: float = 0.3) -> float:
    """The median of what `run()` takes, in runs for about `total` seconds, at least 3.

    The first two runs, in which kernels are compiled, do not count.
    """
    is_gpu = torch.device(device).type == "cuda"
    run()
    finish(device)
    start = time.perf_counter()
    run()
    finish(device)
    once = max(time.perf_counter() - start, 1e-6)
    n_runs = min(max(int(total / once), 3), 200)
    return statistics.median((_by_events if is_gpu else _by_clock)(run, n_runs))


def fastest(
    candidates: Sequence[Candidate],
    run: Callable[[Candidate], Any],
    device: str = "cuda",
) -> tuple[Candidate, list[dict[str, Any]]]:
    """The candidate with which `run` takes least, and what each took.

    One that does not fit the GPU has its error in the place of its seconds. Raises
    `ValueError` if none fits.
    """
    rows: list[dict[str, Any]] = []
    times: dict[int, float] = {}
    for i, candidate in enumerate(candidates):
        row: dict[str, Any] = {"candidate": list(candidate)}
        try:
            times[i] = row["seconds"] = seconds(lambda c=candidate: run(c), device)
        except Exception as error:  # Triton's has no name that all releases share
            row["error"] = f"{type(error).__name__}: {error}"[:200]
        rows.append(row)
    if not times:
        raise ValueError(f"none of {len(rows)} candidates runs: {rows[0]['error']}")
    return candidates[min(times, key=times.__getitem__)], rows


def finish(device: str) -> None:
    """Wait until the GPU has done what it was told."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize()


def _by_events(run: Callable[[], Any], n_runs: int) -> list[float]:
    marks = []
    for _ in range(n_runs):
        first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        first.record()
        run()
        last.record()
        marks.append((first, last))
    torch.cuda.synchronize()
    return [first.elapsed_time(last) / 1000 for first, last in marks]


def _by_clock(run: Callable[[], Any], n_runs: int) -> list[float]:
    times = []
    for _ in range(n_runs):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return times
