"""What training remembers beside the weights, as named tensors.

What an optimiser keeps for a weight is named WEIGHT/WHAT: tok_emb.weight/exp_avg.
`random` is the state of torch's generator, from which dropout draws. No step draws
from the generators of Python or NumPy, and the order of the data is a function of seed
and position, so this and the number of steps decide all that follows.
"""

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

RANDOM = "random"


def memory(model: nn.Module, optimizers: Sequence[Optimizer]) -> dict[str, Tensor]:
    """All that `remember` needs to go on exactly from here."""
    tensors = {RANDOM: torch.get_rng_state()}
    for name, weight, optimizer in _owned(model, optimizers):
        for what, value in optimizer.state.get(weight, {}).items():
            tensors[f"{name}/{what}"] = value
    return tensors


def remember(
    model: nn.Module, optimizers: Sequence[Optimizer], tensors: Mapping[str, Tensor]
) -> None:
    """Put `memory` back into the optimisers and into torch's generator.

    Raises `ValueError` if it is that of other weights.
    """
    owned = list(_owned(model, optimizers))
    states: dict[str, dict[str, Tensor]] = {name: {} for name, _, _ in owned}
    for key, value in tensors.items():
        name, _, what = key.rpartition("/")
        if name in states:
            # A copy: the kernels may add up in another order where a tensor is not
            # aligned in memory, and in a file it need not be.
            states[name][what] = value.clone()
        elif key != RANDOM:
            raise ValueError(f"{key!r} belongs to no weight of this model")
    for name, weight, optimizer in owned:
        optimizer.state.pop(weight, None)
        if states[name]:
            optimizer.state[weight] = states[name]
    torch.set_rng_state(tensors[RANDOM])


def _owned(
    model: nn.Module, optimizers: Sequence[Optimizer]
) -> Iterator[tuple[str, nn.Parameter, Optimizer]]:
    names = {weight: name for name, weight in model.named_parameters()}
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            for weight in group["params"]:
                yield names[weight], weight, optimizer
