"""The two ceilings of the CPU that this runs on, measured (`make gpu-report`: a GPU's).

Not what the sheet promises but what PyTorch reaches: the best of a few products of
large matrices, and the best of a few copies of a block. A busy machine gives lower
numbers, so nothing may be asserted of them.
"""

import time
from collections.abc import Callable

import torch

from heedful.hardware.roofline import Roofline


def measured_roofline(
    size: int = 2048,
    n_bytes: int = 2**28,
    tries: int = 5,
    clock: Callable[[], float] = time.perf_counter,
) -> Roofline:
    """Ceilings by the product of two `size` by `size` matrices and a copy of `n_bytes`.

    The block should be larger than the caches. A copy reads and writes each byte. On a
    busy machine and with one thread `time.process_time` is the better `clock`.
    """
    a = torch.ones(size, size)
    product = torch.empty_like(a)
    source = torch.ones(n_bytes // 4)
    target = torch.empty_like(source)
    computing = best_seconds(lambda: torch.mm(a, a, out=product), tries, clock)
    copying = best_seconds(lambda: target.copy_(source), tries, clock)
    return Roofline("this machine", 2 * size**3 / computing, 2 * n_bytes / copying)


def best_seconds(
    run: Callable[[], object],
    tries: int,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Seconds of the fastest of `tries` runs, after one that warms up."""
    if tries < 1:
        raise ValueError(f"tries={tries} must be at least 1")
    run()
    times = []
    for _ in range(tries):
        start = clock()
        run()
        times.append(clock() - start)
    return min(times)
