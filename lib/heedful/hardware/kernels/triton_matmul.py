"""Matrix multiplication in Triton: the twin of `matmul`, for a GPU.

Each program makes one number of the result, or one tile of it. Sums are in float32,
whatever the matrices are in. Derived in chapter 07.
"""

from typing import NamedTuple, no_type_check

import torch
from jaxtyping import Float
from torch import Tensor

from heedful.hardware.kernels.backend import check_runs, tl, triton


class MatmulTiles(NamedTuple):
    """Rows and columns of a tile, the depth read at a time, and how it is run."""

    m: int = 128
    n: int = 128
    k: int = 32
    warps: int = 8
    stages: int = 3


# jaxtyping would wrap the functions, and Triton wants to read them itself.
@triton.jit
@no_type_check
def _naive_kernel(a, b, c, n_inner, n_columns, BLOCK: tl.constexpr):
    i, j = tl.program_id(0), tl.program_id(1)
    total = tl.zeros((BLOCK,), tl.float32)
    for start in range(0, n_inner, BLOCK):
        inner = start + tl.arange(0, BLOCK)
        inside = inner < n_inner
        row = tl.load(a + i * n_inner + inner, mask=inside, other=0.0)
        column = tl.load(b + inner * n_columns + j, mask=inside, other=0.0)
        total += row.to(tl.float32) * column.to(tl.float32)
    tl.store(c + i * n_columns + j, tl.sum(total))


@triton.jit
@no_type_check
def _tiled_kernel(
    a, b, c, n_rows, n_columns, n_inner,
    M: tl.constexpr, N: tl.constexpr, K: tl.constexpr, GROUP: tl.constexpr,
):  # fmt: skip
    # Programs that run at the same time should share what they read. So they take the
    # tiles in bands of GROUP rows of tiles, downwards first.
    tiles_down, tiles_across = tl.cdiv(n_rows, M), tl.cdiv(n_columns, N)
    band = tl.program_id(0) // (GROUP * tiles_across)
    place = tl.program_id(0) % (GROUP * tiles_across)
    height = tl.minimum(tiles_down - band * GROUP, GROUP)
    rows = (band * GROUP + place % height) * M + tl.arange(0, M)
    columns = place // height * N + tl.arange(0, N)
    inner = tl.arange(0, K)
    # Outside the result the tile goes round to the beginning; that is not stored.
    a += (rows % n_rows)[:, None] * n_inner + inner[None, :]
    b += inner[:, None] * n_columns + (columns % n_columns)[None, :]
    total = tl.zeros((M, N), tl.float32)
    for start in range(0, n_inner, K):
        inside = inner < n_inner - start
        left = tl.load(a, mask=inside[None, :], other=0.0)
        right = tl.load(b, mask=inside[:, None], other=0.0)
        total = tl.dot(left, right, total, input_precision="ieee")
        a += K
        b += K * n_columns
    inside = (rows < n_rows)[:, None] & (columns < n_columns)[None, :]
    c += rows[:, None] * n_columns + columns[None, :]
    tl.store(c, total.to(c.dtype.element_ty), mask=inside)


def naive_matmul(
    a: Float[Tensor, "m k"], b: Float[Tensor, "k n"]
) -> Float[Tensor, "m n"]:
    """A program for each number of the result. Raises `TritonError` without a GPU."""
    check_runs(a)
    c = a.new_empty(a.size(0), b.size(1))
    grid = (a.size(0), b.size(1))
    _naive_kernel[grid](
        a.contiguous(), b.contiguous(), c, a.size(1), b.size(1), BLOCK=128
    )
    return c


def tiled_matmul(
    a: Float[Tensor, "m k"],
    b: Float[Tensor, "k n"],
    tiles: MatmulTiles = MatmulTiles(),  # noqa: B008 (it cannot be changed)
) -> Float[Tensor, "m n"]:
    """A program for each tile of the result. Raises `TritonError` without a GPU.

    The sides of a tile must be powers of 2, at least 16, a matrix below 2^31 numbers.
    """
    check_runs(a)
    m, n, k, warps, stages = tiles
    c = torch.empty(a.size(0), b.size(1), dtype=a.dtype, device=a.device)
    grid = (triton.cdiv(a.size(0), m) * triton.cdiv(b.size(1), n),)
    sizes = (a.size(0), b.size(1), a.size(1))
    _tiled_kernel[grid](
        a.contiguous(), b.contiguous(), c, *sizes,
        M=m, N=n, K=k, GROUP=8, num_warps=warps, num_stages=stages,
    )  # fmt: skip
    return c
