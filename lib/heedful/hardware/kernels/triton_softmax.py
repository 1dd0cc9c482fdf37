"""Softmax in Triton, in three passes and in two: the twin of `softmax`, for a GPU.

Each program takes one row. Sums are in float32. Derived in chapter 07.
"""

from typing import Any, no_type_check

import torch
from jaxtyping import Float
from torch import Tensor

from heedful.hardware.kernels.backend import check_runs, tl, triton


@triton.jit
@no_type_check
def _three_pass_kernel(x, shares, n_columns, TILE: tl.constexpr):
    x += tl.program_id(0).to(tl.int64) * n_columns
    shares += tl.program_id(0).to(tl.int64) * n_columns
    places = tl.arange(0, TILE)
    highest = -float("inf")
    for start in range(0, n_columns, TILE):
        part = _part(x, start + places, n_columns)
        highest = tl.maximum(highest, tl.max(part, 0))
    total = 0.0
    for start in range(0, n_columns, TILE):
        total += tl.sum(tl.exp(_part(x, start + places, n_columns) - highest), 0)
    _write_shares(x, shares, n_columns, highest, total, TILE)


@triton.jit
@no_type_check
def _online_kernel(x, shares, n_columns, TILE: tl.constexpr):
    x += tl.program_id(0).to(tl.int64) * n_columns
    shares += tl.program_id(0).to(tl.int64) * n_columns
    places = tl.arange(0, TILE)
    highest, total = -float("inf"), 0.0
    for start in range(0, n_columns, TILE):
        part = _part(x, start + places, n_columns)
        new = tl.maximum(highest, tl.max(part, 0))
        base = tl.where(new == -float("inf"), 0.0, new)  # -inf - -inf would be NaN
        total = total * tl.exp(highest - base) + tl.sum(tl.exp(part - base), 0)
        highest = new
    _write_shares(x, shares, n_columns, highest, total, TILE)


@triton.jit
@no_type_check
def _part(x, columns, n_columns):
    part = tl.load(x + columns, mask=columns < n_columns, other=-float("inf"))
    return part.to(tl.float32)


@triton.jit
@no_type_check
def _write_shares(x, shares, n_columns, highest, total, TILE: tl.constexpr):
    for start in range(0, n_columns, TILE):
        columns = start + tl.arange(0, TILE)
        share = tl.exp(_part(x, columns, n_columns) - highest) / total
        share = share.to(shares.dtype.element_ty)
        tl.store(shares + columns, share, mask=columns < n_columns)


def three_pass_softmax(
    x: Float[Tensor, "*batch columns"], tile: int = 1024
) -> Float[Tensor, "*batch columns"]:
    """The largest number, then the sum of exponentials, then the shares.

    `tile` must be a power of 2. Raises `TritonError` without a GPU.
    """
    return _by_rows(_three_pass_kernel, x, tile)


def online_softmax(
    x: Float[Tensor, "*batch columns"], tile: int = 1024
) -> Float[Tensor, "*batch columns"]:
    """The largest number and the sum in one pass, then the shares.

    `tile` must be a power of 2. Raises `TritonError` without a GPU.
    Source: [Milakov 2018].
    """
    return _by_rows(_online_kernel, x, tile)


def _by_rows(kernel: Any, x: Tensor, tile: int) -> Tensor:
    check_runs(x)
    x = x.contiguous()
    shares, n_columns = torch.empty_like(x), x.size(-1)
    kernel[(x.numel() // n_columns,)](x, shares, n_columns, TILE=tile)
    return shares
