"""Do the Triton kernels compute what their twins do, on this GPU?"""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from heedful.hardware import kernels

ALLOWED = {"float32": 1e-5, "float16": 1e-2, "bfloat16": 1e-2}
"""The norm of the difference over that of the twin's result, at most."""

Pair = tuple[str, Any, Any, list[tuple[int, ...]]]


def agreement(
    device: str = "cuda",
    n: int = 61,
    length: int = 509,
    dtypes: tuple[str, ...] = ("float32", "bfloat16"),
) -> list[dict[str, Any]]:
    """Each kernel beside its twin, which computes in float64 what the kernel was given.

    Matrices have sides near `n`, sequences are near `length`.
    """
    rows = []
    for dtype in dtypes:
        for name, ours, twin, shapes in _pairs(n, length):
            inputs = [
                torch.randn(shape, device=device).to(getattr(torch, dtype))
                for shape in shapes
            ]
            exact = twin(*(x.double() for x in inputs))
            difference = float((ours(*inputs) - exact).norm() / exact.norm())
            row = dict(kernel=name, dtype=dtype, difference=difference)
            agrees = difference <= ALLOWED[dtype]  # not if it is NaN
            rows.append(row | dict(allowed=ALLOWED[dtype], agrees=agrees))
    return rows


def _pairs(n: int, length: int) -> Iterator[Pair]:
    """Name, kernel, twin, and the shapes of what both are given."""
    from heedful.hardware.kernels import triton_flash, triton_matmul, triton_softmax

    matrices: list[tuple[int, ...]] = [(n, n + 6), (n + 6, n + 10)]
    for name in ("naive_matmul", "tiled_matmul"):
        yield name, getattr(triton_matmul, name), getattr(kernels, name), matrices
    for name in ("three_pass_softmax", "online_softmax"):
        ours, twin = getattr(triton_softmax, name), getattr(kernels, name)
        yield name, ours, twin, [(n, 4 * n + 3)]
    queries, keys = (2, 3, length, 64), (2, 3, length + 12, 64)
    for causal in (False, True):
        ours, twin = (
            _with_gradients(attend, causal)
            for attend in (triton_flash.flash_attend, kernels.flash_attend)
        )
        name = "flash_attend, causal" if causal else "flash_attend"
        yield name, ours, twin, [queries, keys, keys, queries]


def _with_gradients(attend: Callable[..., Tensor], causal: bool) -> Any:
    """The result and all its gradients, as one long row of numbers."""

    def run(q: Tensor, k: Tensor, v: Tensor, grad: Tensor) -> Tensor:
        inputs = [x.clone().requires_grad_() for x in (q, k, v)]
        out = attend(*inputs, causal)
        results = (out, *torch.autograd.grad(out, inputs, grad))
        return torch.cat([x.detach().flatten() for x in results])

    return run
