"""A batch dealt out to several processes, so that together they see what one would."""

from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from heedful.text.batching import AnyBatch
from heedful.text.tokenizer import PAD_ID


@dataclass(frozen=True)
class Share:
    """The rows of a batch that one process looks at.

    `weight` makes a mean of means right: the mean over all shares of `weight` times the
    mean loss of a share's tokens is the mean loss of the batch's tokens. Without it a
    process with few tokens would have as much say as one with many.
    """

    inputs: tuple[Tensor, ...]
    goal: Int[Tensor, "rows length"]
    weight: float


def share_of(batch: AnyBatch, rank: int, size: int, device: torch.device) -> Share:
    """Every `size`-th row from row `rank` on, moved to the device.

    Rows of like length lie side by side, so all processes get about as many tokens. One
    for which no row is left takes the first with weight 0: the others wait for it.
    Raises `ValueError` if there is no such rank.
    """
    if not 0 <= rank < size:
        raise ValueError(f"rank={rank} must be from 0 to size-1={size - 1}")
    is_needed = rank < len(batch.goal)
    rows = slice(rank, None, size) if is_needed else slice(0, 1)
    goal = batch.goal[rows]
    n_own, n_all = (int((part != PAD_ID).sum()) for part in (goal, batch.goal))
    weight = size * n_own / n_all if is_needed else 0.0
    inputs = tuple(tensor[rows].to(device) for tensor in batch.inputs)
    return Share(inputs, goal.to(device), weight)
