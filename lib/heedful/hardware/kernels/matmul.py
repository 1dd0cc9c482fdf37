"""Matrix multiplication number by number and tile by tile, and what each must read.

In plain PyTorch, for reading and not for speed. On a GPU every pass through the loops
over the result is one program, and all of them run side by side; only the innermost
loop is a loop.

Derived in chapter 07.
"""

from jaxtyping import Float
from torch import Tensor

from heedful.hardware.kernels.tiles import tiles


def naive_matmul(
    a: Float[Tensor, "m k"], b: Float[Tensor, "k n"]
) -> Float[Tensor, "m n"]:
    """Each number of the result by itself: a row of `a` times a column of `b`."""
    c = a.new_empty(a.size(0), b.size(1))
    for i in range(a.size(0)):
        for j in range(b.size(1)):
            c[i, j] = (a[i, :] * b[:, j]).sum()
    return c


def tiled_matmul(
    a: Float[Tensor, "m k"], b: Float[Tensor, "k n"], tile: int = 32
) -> Float[Tensor, "m n"]:
    """A square of the result at a time, from squares of `a` and `b`.

    A square that was read serves `tile` rows or columns of the result instead of one.
    Raises `ValueError` if `tile` is below 1.
    """
    c = a.new_empty(a.size(0), b.size(1))
    for rows in tiles(a.size(0), tile):
        for columns in tiles(b.size(1), tile):
            total = a.new_zeros(c[rows, columns].shape)
            for inner in tiles(a.size(1), tile):
                total += a[rows, inner] @ b[inner, columns]
            c[rows, columns] = total
    return c


def numbers_read(m: int, n: int, k: int, tile: int = 1) -> int:
    """How many numbers of an (m, k) and a (k, n) matrix a tiled product reads.

    Each strip of `tile` columns of the result reads all of the first matrix, each strip
    of rows all of the second. With a tile of 1 it is what `naive_matmul` reads.
    Raises `ValueError` if `tile` is below 1.
    """
    row_strips, column_strips = (len(list(tiles(size, tile))) for size in (m, n))
    return column_strips * m * k + row_strips * k * n
