"""Costs of a model by watching it: what the closed forms are compared with.

Parameters are counted in the module, operations by PyTorch's own counter while it
runs, and the memory for the backward pass by what autograd puts aside.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


def counted_parameters(model: nn.Module) -> int:
    """How many numbers training adjusts; what is shared counts once."""
    return sum(weight.numel() for weight in model.parameters())


def counted_flops(run: Callable[[], Any]) -> int:
    """How many floating-point operations the matrix products of `run()` take.

    A multiplication and an addition are two. Counts matrix products and convolutions
    only, forward and backward, whatever runs inside `run`; on the meta device too.
    """
    extra = {torch.ops.aten.mv: _mv_flops}  # which the counter does not know
    with FlopCounterMode(display=False, custom_mapping=extra) as counter:
        run()
    return counter.get_total_flops()


def counted_activations(model: nn.Module, run: Callable[[], Any]) -> int:
    """Bytes that `run()` puts aside for the backward pass, weights not included.

    A tensor that several operations need counts once, and a view counts as the whole
    that it is a view of.
    """
    kept: dict[int, Tensor] = {}  # holds them, so that no address is used twice
    own = {t.untyped_storage().data_ptr() for t in model.state_dict().values()}

    def keep(tensor: Tensor) -> Tensor:
        address = tensor.untyped_storage().data_ptr()
        if address not in own:
            kept[address] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        run()
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())


def _mv_flops(matrix: Any, vector: Any, out_shape: Any = None, **_: Any) -> int:
    rows, columns = matrix
    return 2 * rows * columns
