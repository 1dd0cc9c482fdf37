"""The most memory that a computation holds at once, and what attention needs of it."""

import weakref
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from heedful.hardware.kernels.flash import flash_attend
from heedful.nets.attention import attend


def peak_bytes(run: Callable[[], Any], device: str = "cpu") -> int:
    """The most bytes that `run()` holds at once, beside what was there before.

    On a GPU the allocator knows. On the CPU every operation is watched: a tensor counts
    from the operation that makes it until nothing refers to it. What an operation takes
    and gives back inside itself is not seen, so the number is the same on every
    machine.
    """
    if torch.device(device).type == "cuda":
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        run()
        torch.cuda.synchronize()
        return torch.cuda.max_memory_allocated() - before
    with _Watch() as watch:
        run()
    return watch.peak


def attention_peaks(
    lengths: Sequence[int],
    *,
    n_heads: int = 1,
    d_head: int = 64,
    tile: int = 128,
    backward: bool = False,
    device: str = "cpu",
) -> dict[str, list[int]]:
    """Peak bytes in float32 for each length, with all scores at once and tile by tile.

    "naive" is `nets.attend`, "tiled" is `flash_attend`. With `backward`, of the forward
    and the backward pass together. Queries, keys and values are not counted.
    """
    peaks: dict[str, list[int]] = {"naive": [], "tiled": []}
    tiled = partial(flash_attend, tile=tile)
    for length in lengths:
        shape = (1, n_heads, length, d_head)
        q, k, v = (
            torch.zeros(shape, device=device, requires_grad=backward) for _ in range(3)
        )
        for name, how in (("naive", attend), ("tiled", tiled)):
            peaks[name].append(peak_bytes(partial(_run, how, q, k, v), device))
    return peaks


def _run(how: Callable[..., Tensor], q: Tensor, k: Tensor, v: Tensor) -> None:
    out = how(q, k, v)
    if out.requires_grad:
        torch.autograd.grad(out.sum(), (q, k, v))


class _Watch(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.held = self.peak = 0
        self._known = weakref.WeakSet()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        for leaf in tree_leaves((args, kwargs)):  # what was there before counts nothing
            if isinstance(leaf, Tensor):
                self._known.add(leaf.untyped_storage())
        result = func(*args, **kwargs or {})
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor):
                self._count(leaf.untyped_storage())
        return result

    def _count(self, storage: Any) -> None:
        if storage in self._known:
            return  # a view, or written in place
        self._known.add(storage)
        self.held += storage.nbytes()
        self.peak = max(self.peak, self.held)
        weakref.finalize(storage, self._free, storage.nbytes())

    def _free(self, n_bytes: int) -> None:
        self.held -= n_bytes
