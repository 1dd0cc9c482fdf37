"""How the same mathematics is computed: line by line, in fewer passes, or compiled."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call

from heedful.nets.fused import fused
from heedful.train.loss import token_loss

PRECISIONS = ("float32", "bfloat16")
KERNELS = ("plain", "fused", "compiled")


def with_kernels(
    model: nn.Module, kernels: str, precision: str = "float32"
) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
    """What takes the places of `model` and `token_loss` in the training loop.

    "plain" leaves both. "fused" is a twin that shares the weights, see
    `heedful.nets.fused`. "compiled" is that twin, its layers a program for this
    machine, which `torch.compile` writes and a C++ compiler translates, in the first
    step: half a minute, or some seconds where it is still in torch's cache. One program
    serves all layers of a kind and all lengths, so a run that goes on computes what it
    would have without the break.

    In "bfloat16" the plain model multiplies matrices, and a twin does everything, but
    the weights that are learned, their gradients and the loss stay in float32.
    """
    halved = precision == "bfloat16"
    if kernels == "plain":
        return _autocast(model) if halved else model, token_loss
    twin, loss_of = fused(model), token_loss
    if kernels == "compiled":
        for stack in twin.modules():
            for layer in stack if isinstance(stack, nn.ModuleList) else ():
                layer.compile(dynamic=True)
        loss_of = torch.compile(token_loss, dynamic=True)
    return _rounded(twin) if halved else twin, loss_of


def _autocast(model: nn.Module) -> Callable[..., Tensor]:
    def forward(*inputs: Tensor) -> Tensor:
        with torch.autocast(inputs[0].device.type, torch.bfloat16):
            return model(*inputs)

    return forward


def _rounded(model: nn.Module) -> Callable[..., Tensor]:
    """The model with its weights rounded to bfloat16, anew for each call.

    Its numbers are half as wide, so a processor that is short of memory bandwidth,
    not of arithmetic, does the rest of the work sooner as well.
    """

    def forward(*inputs: Tensor) -> Tensor:
        tensors = [*model.named_parameters(), *model.named_buffers()]
        weights = {name: tensor.bfloat16() for name, tensor in tensors}
        return functional_call(model, weights, inputs)

    return forward
