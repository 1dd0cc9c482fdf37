"""How many threads fit on an SM, and how they hide the time that memory takes.

Threads are issued in warps of 32. While one waits for its number another computes, so
an SM wants many in residence. How many fit depends on what each block of them needs.
"""

from collections import deque
from dataclasses import dataclass

from heedful.hardware.sources import CUDA_GUIDE, Sheet

WARP = 32
"""Threads that share one instruction."""


@dataclass(frozen=True)
class SmLimits:
    """What one SM holds at most; `shared` in bytes. By compute capability."""

    capability: str
    warps: int
    blocks: int
    registers: int
    shared: int
    sheet: Sheet = CUDA_GUIDE


ADA_SM = SmLimits("8.9", warps=48, blocks=24, registers=65_536, shared=100 * 1024)
HOPPER_SM = SmLimits("9.0", warps=64, blocks=32, registers=65_536, shared=228 * 1024)


@dataclass(frozen=True)
class Occupancy:
    """Resident `blocks` and `warps` of an SM, `share` of the most, and what limits."""

    blocks: int
    warps: int
    share: float
    limit: str


def occupancy(
    sm: SmLimits, *, threads: int, registers: int = 32, shared: int = 0
) -> Occupancy:
    """What fits of a block of `threads`, with `registers` for each and `shared` bytes.

    Registers and memory are handed out in small portions, which is not modelled.
    """
    if threads < 1 or registers < 1 or shared < 0:
        raise ValueError(
            f"threads={threads} and registers={registers} must be at least 1, "
            f"shared={shared} not negative"
        )
    warps_per_block = -(-threads // WARP)
    fits = {
        "warps": sm.warps // warps_per_block,
        "blocks": sm.blocks,
        "registers": sm.registers // (registers * warps_per_block * WARP),
        "shared memory": sm.shared // shared if shared else sm.blocks,
    }
    limit = min(fits, key=lambda name: fits[name])
    if fits[limit] == 0:
        raise ValueError(
            f"a block of threads={threads}, registers={registers}, shared={shared} "
            f"does not fit on an SM of {sm.capability}: too much for its {limit}"
        )
    warps = fits[limit] * warps_per_block
    return Occupancy(fits[limit], warps, warps / sm.warps, limit)


def needed_warps(latency: int, work: int = 1) -> int:
    """Warps that keep a scheduler busy: each issues `work`, then waits for `latency`.

    This is Little's law, the number under way is the rate times the delay.
    """
    return -(-(work + latency) // work)


def busy_share(
    n_warps: int, latency: int, work: int = 1, n_cycles: int = 10_000
) -> float:
    """Share of `n_cycles` in which a scheduler could issue, found by playing it.

    In each cycle it issues one instruction of a warp that is ready. After `work` of
    them the warp waits for `latency` cycles, and then stands last in the queue.
    """
    if n_warps < 1 or work < 1 or latency < 0:
        raise ValueError(
            f"n_warps={n_warps} and work={work} must be at least 1, "
            f"latency={latency} not negative"
        )
    ready, waiting = deque([work] * n_warps), deque[int]()
    issued = 0
    for cycle in range(n_cycles):
        while waiting and waiting[0] <= cycle:
            waiting.popleft()
            ready.append(work)
        if ready:
            issued += 1
            left = ready.popleft() - 1
            if left:
                ready.appendleft(left)
            else:
                waiting.append(cycle + 1 + latency)
    return issued / n_cycles
