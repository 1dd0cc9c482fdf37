"""The processes that torchrun has started, as an engine for the training loop."""

import copy
from collections.abc import Mapping, Sequence

import torch
import torch.distributed as dist
from jaxtyping import Float
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor, distribute_tensor
from torch.optim import Optimizer

from heedful.parallel.schemes import SCHEMES
from heedful.parallel.shares import Share, share_of
from heedful.text.batching import AnyBatch
from heedful.train.engine import Engine
from heedful.train.memory import RANDOM, memory, remember


class Processes(Engine):
    """This process as one of `size`, of which each has the number `rank`."""

    def __init__(self, scheme: str, rank: int, size: int, device: torch.device):
        self.scheme, self.rank, self.size, self.device = scheme, rank, size, device
        self.name = f"{size}, {scheme}"
        self.is_first = rank == 0
        self.mesh = init_device_mesh(device.type, (size,))
        # Who shares the matrices sees the same rows, and must drop the same numbers.
        self.n_shares = 1 if scheme == "tensor" else size

    def spread(self, model: nn.Module) -> nn.Module:
        if self.n_shares > 1:
            torch.manual_seed(torch.initial_seed() + self.rank)
        copied = copy.deepcopy(model).to(self.device)
        return SCHEMES[self.scheme](copied, self.mesh)

    def share(self, batch: AnyBatch) -> Share:
        return share_of(batch, self.rank % self.n_shares, self.n_shares, self.device)

    def weighted(self, loss: Float[Tensor, ""], share: AnyBatch) -> Float[Tensor, ""]:
        assert isinstance(share, Share)
        return loss * share.weight

    def over_all(self, value: Float[Tensor, ""]) -> Float[Tensor, ""]:
        if self.n_shares > 1:
            dist.all_reduce(value)
        return value / self.n_shares

    def heard(self, signals: Sequence[int]) -> int:
        # Each hears at another moment; who obeyed alone would leave the others waiting.
        signum = torch.tensor(signals[0] if signals else 0, device=self.device)
        dist.all_reduce(signum, dist.ReduceOp.MAX)
        return int(signum)

    def wait(self) -> None:
        dist.barrier()

    def collect(self, trained: nn.Module, model: nn.Module) -> None:
        whole = {name: _whole(part) for name, part in _weights(trained).items()}
        if self.is_first:
            model.load_state_dict(whole)

    def memory(
        self, trained: nn.Module, optimizers: Sequence[Optimizer]
    ) -> dict[str, Tensor]:
        parts = memory(bare(trained), optimizers)
        random = [torch.empty_like(parts[RANDOM]) for _ in range(self.size)]
        dist.all_gather(random, parts.pop(RANDOM))
        whole = {name: _whole(part) for name, part in parts.items()}
        return whole | {RANDOM: torch.stack(random)}

    def restore(
        self,
        trained: nn.Module,
        optimizers: Sequence[Optimizer],
        weights: Mapping[str, Tensor],
        saved: Mapping[str, Tensor],
    ) -> None:
        parts = _weights(trained)
        bare(trained).load_state_dict(
            {name: _part(whole, parts[name]) for name, whole in weights.items()}
        )
        # What is kept of a weight is cut like the weight, if it has its shape.
        mine = {
            name: _part(whole, parts.get(name.rpartition("/")[0], whole))
            for name, whole in saved.items()
        }
        states = saved[RANDOM].view(-1, saved[RANDOM].size(-1))
        mine[RANDOM] = states[self.rank % len(states)].clone()
        remember(bare(trained), optimizers, mine)


def bare(trained: nn.Module) -> nn.Module:
    """The model inside of a `DistributedDataParallel`."""
    inner = getattr(trained, "module", None)
    return inner if isinstance(inner, nn.Module) else trained


def _weights(trained: nn.Module) -> dict[str, Tensor]:
    return bare(trained).state_dict()


def _whole(part: Tensor) -> Tensor:
    """All of a tensor that is cut: every process must ask for it."""
    return part.full_tensor() if isinstance(part, DTensor) else part


def _part(whole: Tensor, like: Tensor) -> Tensor:
    """This process's part of a tensor that all have, cut as another of its shape."""
    if not isinstance(like, DTensor) or whole.shape != like.shape:
        return whole
    whole = whole.to(like.device)
    mesh, placements = like.device_mesh, like.placements
    return distribute_tensor(whole, mesh, placements, src_data_rank=None)
