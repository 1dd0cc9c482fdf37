"""What processes send each other: counted as it is asked for, and by formula.

A collective is one call by which all processes exchange tensors. Its payload is the
bytes of the whole tensor that it sums up or puts together. What a process sends for it
is a share of that, the same for all processes, if each passes pieces on to its
neighbour in a ring [Patarasuk 2009]: see `heedful.hardware.rings`.

Derived in chapter 07.
"""

from collections import Counter
from typing import Any

from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from torch.utils._python_dispatch import TorchDispatchMode

from heedful.hardware.rings import ALL_GATHER, ALL_REDUCE, REDUCE_SCATTER

FLOAT = 4
"""Bytes of a number in float32."""

KINDS = {
    "allreduce_": ALL_REDUCE,
    "all_reduce": ALL_REDUCE,
    "allgather_": ALL_GATHER,
    "_allgather_base_": ALL_GATHER,
    "all_gather_into_tensor": ALL_GATHER,
    "_reduce_scatter_base_": REDUCE_SCATTER,
    "reduce_scatter_tensor": REDUCE_SCATTER,
}
"""PyTorch's names: of the calls that change a tensor, and of those that return one."""


NO_CALLS = ("wait_tensor", "_wrap_tensor_autograd")


class Traffic(TorchDispatchMode):
    """`with Traffic() as traffic:` counts the payload of all collectives, in bytes.

    `payload` has it by kind. A kind that this module does not know has PyTorch's name.
    """

    def __init__(self) -> None:
        super().__init__()
        self.payload: Counter[str] = Counter()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if DTensor in types:
            return NotImplemented  # it calls again, with what it sends
        result = func(*args, **(kwargs or {}))
        name = func._schema.name.split("::")[-1]
        if func.namespace in ("c10d", "_c10d_functional") and name not in NO_CALLS:
            payload = max(map(_bytes, [*args, result]))
            self.payload[KINDS.get(name) or name] += payload
        return result


def _bytes(value: Any) -> int:
    if isinstance(value, Tensor):
        return value.numel() * value.element_size()
    if isinstance(value, list | tuple):
        return sum(map(_bytes, value))
    return 0


def data_payload(model: nn.Module) -> dict[str, int]:
    """What `data` parallelism exchanges in a step: the gradient of every weight."""
    return {ALL_REDUCE: FLOAT * sum(w.numel() for w in model.parameters())}


def sharded_payload(model: nn.Module, size: int) -> dict[str, int]:
    """What `sharded` parallelism exchanges in a step.

    The weights of the layers are put together on the way forth and again on the way
    back, the others once; every gradient is summed up. A weight whose rows `size` does
    not divide is sent with empty rows.
    """
    layers = [part for part in model.modules() if isinstance(part, nn.ModuleList)]
    in_layers = {weight for part in layers for weight in part.parameters()}
    once = twice = 0
    for weight in model.parameters():
        n_rows = -(-len(weight) // size) * size
        n_bytes = FLOAT * n_rows * weight[0].numel()
        once, twice = once + n_bytes, twice + n_bytes * (weight in in_layers)
    return {ALL_GATHER: once + twice, REDUCE_SCATTER: once}


def tensor_payload(
    n_sublayers: int, batch: int, length: int, d_model: int
) -> dict[str, int]:
    """What `tensor` parallelism exchanges in a step of a language model.

    A block has two sublayers. Each gives an output to add up on the way forth and a
    gradient on the way back, of (B, T, D) numbers. It does not depend on how many
    weights there are, but on how many tokens.
    """
    return {ALL_REDUCE: FLOAT * 2 * n_sublayers * batch * length * d_model}
