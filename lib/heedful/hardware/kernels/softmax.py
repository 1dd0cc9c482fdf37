"""Softmax of a row that does not fit into fast memory, in three passes and in two.

In plain PyTorch. Both walk along the rows tile by tile and keep a few numbers for each.
Fewer passes are fewer reads of slow memory, and softmax does little else.

Derived in chapter 07.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from heedful.hardware.kernels.tiles import tiles


def three_pass_softmax(
    x: Float[Tensor, "*batch columns"], tile: int = 64
) -> Float[Tensor, "*batch columns"]:
    """The largest number, then the sum of exponentials, then the shares.

    The largest is taken off, so that no exponential overflows. A row that is -inf
    throughout gives NaN, as in `torch.softmax`.
    Source: [Milakov 2018]. Raises `ValueError` if `tile` is below 1.
    """
    highest = x.new_full((*x.shape[:-1], 1), float("-inf"))
    for columns in tiles(x.size(-1), tile):
        highest = torch.maximum(highest, x[..., columns].amax(-1, keepdim=True))
    total = torch.zeros_like(highest)
    for columns in tiles(x.size(-1), tile):
        total += (x[..., columns] - highest).exp().sum(-1, keepdim=True)
    return _shares(x, highest, total, tile)


def online_softmax(
    x: Float[Tensor, "*batch columns"], tile: int = 64
) -> Float[Tensor, "*batch columns"]:
    """The largest number and the sum of exponentials in one pass, then the shares.

    A sum is relative to the largest number seen so far. When a larger one comes, the
    old sum shrinks by exp(old - new).
    Source: [Milakov 2018]. Raises `ValueError` if `tile` is below 1.
    """
    highest = x.new_full((*x.shape[:-1], 1), float("-inf"))
    total = torch.zeros_like(highest)
    for columns in tiles(x.size(-1), tile):
        part = x[..., columns]
        new = torch.maximum(highest, part.amax(-1, keepdim=True))
        base = new.masked_fill(new == float("-inf"), 0.0)  # -inf - -inf would be NaN
        total = total * (highest - base).exp() + (part - base).exp().sum(-1, True)
        highest = new
    return _shares(x, highest, total, tile)


def _shares(x: Tensor, highest: Tensor, total: Tensor, tile: int) -> Tensor:
    shares = torch.empty_like(x)
    for columns in tiles(x.size(-1), tile):
        shares[..., columns] = (x[..., columns] - highest).exp() / total
    return shares
