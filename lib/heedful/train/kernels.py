"""How the same mathematics is computed: line by line, in fewer passes, or compiled."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from heedful.nets.fused import fused
from heedful.train.loss import token_loss

PRECISIONS = ("float32", "bfloat16")
KERNELS = ("plain", "fused", "compiled")


def with_kernels(
    model: nn.Module, kernels: str
) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
    """What takes the places of `model` and `token_loss` in the training loop.

    "plain" leaves both. "fused" is a twin that shares the weights, see
    `heedful.nets.fused`. "compiled" is that twin as a program for this machine, which
    `torch.compile` writes and a C++ compiler translates, in the first step: half a
    minute, or some seconds where it is still in torch's cache. One program serves all
    lengths, so a run that goes on computes what it would have without the break.
    """
    if kernels == "plain":
        return model, token_loss
    twin: Any = fused(model)
    if kernels == "fused":
        return twin, token_loss
    return torch.compile(twin, dynamic=True), torch.compile(token_loss, dynamic=True)
