"""Three ways to spread a model over processes, applied to it from outside.

All are PyTorch's; here is only what they must know of our models. A mesh is the row of
processes. The model is changed in place and returned, but for `data`, which wraps it.
"""

from torch import nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import Replicate
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    ParallelStyle,
    PrepareModuleInput,
    RowwiseParallel,
    parallelize_module,
)
from torch.nn.parallel import DistributedDataParallel

from heedful.nets.attention import MultiHeadAttention
from heedful.nets.layers import FeedForward, SwiGLU
from heedful.train.config import ConfigError

OUTER = {"q_proj", "k_proj", "v_proj", "gate_proj", "up_proj"}
"""The matrices that widen. They are cut by output, those after them by input."""


def data(model: nn.Module, mesh: DeviceMesh) -> nn.Module:
    """Every process has the whole model and a share of each batch.

    On the way back the gradients are added up, in buckets of up to 25 MB, while earlier
    layers still compute theirs. Source: [Li 2020, sec. 3]. Derived in chapter 07.
    """
    return DistributedDataParallel(model, process_group=mesh.get_group())


def sharded(model: nn.Module, mesh: DeviceMesh) -> nn.Module:
    """Every process keeps a slice of each weight, and so of gradient and Adam's state.

    A layer's weights are put together before it is needed, on the way forth and again
    on the way back, and forgotten after it; of its gradients each process gets the sum
    of its own slice. What is outside of the layers is put together once a step.
    Source: [Rajbhandari 2020, sec. 5], stage 3; [Zhao 2023, sec. 3].
    Derived in chapter 07.
    """
    for layers in model.modules():
        if isinstance(layers, nn.ModuleList):
            for layer in layers:
                fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)  # which makes it a subclass of what it was
    return model


def tensor(model: nn.Module, mesh: DeviceMesh) -> nn.Module:
    """Every process computes some heads of each attention and a part of each `d_ff`.

    All see the whole batch. What an attention or a feed-forward layer of a process
    gives is a summand of the output, so there is one sum per sublayer on the way forth
    and one, of the gradients of its input, on the way back. Embeddings, norms and
    output matrix are whole in every process. Source: [Shoeybi 2019, sec. 3].
    Derived in chapter 07.

    Raises `ConfigError` if the processes cannot share the heads or `d_ff` evenly.
    """
    plan: dict[str, ParallelStyle] = {}
    for path, module in model.named_modules():
        if isinstance(module, MultiHeadAttention):
            _check_shares(path, mesh.size(), n_heads=module.n_heads)
            _check_shares(path, mesh.size(), n_kv_heads=module.n_kv_heads)
            module.n_heads //= mesh.size()  # of a process, which splits its own width
            module.n_kv_heads //= mesh.size()
        elif isinstance(module, FeedForward | SwiGLU):
            _check_shares(path, mesh.size(), d_ff=module.up_proj.out_features)
        else:
            continue
        # Taken apart here and not at each matrix, so its gradients are added up before
        # they are sent: one sum instead of three.
        whole = Replicate()
        plan[path] = PrepareModuleInput(
            input_layouts=whole,
            desired_input_layouts=whole,
            input_kwarg_layouts={"memory": whole},
            desired_input_kwarg_layouts={"memory": whole},
        )
        for name, _ in module.named_children():
            style = ColwiseParallel() if name in OUTER else RowwiseParallel()
            plan[f"{path}.{name}"] = style
    return parallelize_module(model, mesh, plan)


def _check_shares(path: str, n_processes: int, **sizes: int) -> None:
    for name, size in sizes.items():
        if size % n_processes:
            raise ConfigError(
                f"{name}={size} of {path} cannot be shared by {n_processes} processes: "
                f"choose a divisor of {size}, or data or sharded parallelism"
            )


SCHEMES = {"data": data, "sharded": sharded, "tensor": tensor}
