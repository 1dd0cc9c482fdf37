"""Where a model is trained: here, in one process on the CPU.

`fit` and what keeps a run ask an engine for all that depends on the place. The engine
of `heedful.parallel` is several processes, which take the same steps together.
"""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Optimizer

from heedful.text.batching import AnyBatch
from heedful.train.memory import RANDOM, memory, remember


class Engine:
    """One process. Others do as little or as much as is said at each method."""

    name = "1"
    """How many processes, and how they share the work: what a run's record tells."""
    is_first = True
    """One process alone writes files and speaks."""
    device = torch.device("cpu")

    def spread(self, model: nn.Module) -> nn.Module:
        """What is trained in the place of `model`, with the same weights."""
        return model

    def share(self, batch: AnyBatch) -> AnyBatch:
        """The rows of a batch that this process looks at."""
        return batch

    def weighted(self, loss: Float[Tensor, ""], share: AnyBatch) -> Float[Tensor, ""]:
        """Scale the mean loss of a share so that `over_all` is that of the batch."""
        return loss

    def over_all(self, value: Float[Tensor, ""]) -> Float[Tensor, ""]:
        """The mean of a number over all shares."""
        return value

    def heard(self, signals: Sequence[int]) -> int:
        """The signal that some process was sent, or 0: the same answer for all."""
        return signals[0] if signals else 0

    def collect(self, trained: nn.Module, model: nn.Module) -> None:
        """Bring the weights of what `spread` gave home to the first one's `model`."""

    def wait(self) -> None:
        """Return when all processes have come here."""

    def memory(
        self, trained: nn.Module, optimizers: Sequence[Optimizer]
    ) -> dict[str, Tensor]:
        """What must be saved beside the weights; the first one's is complete."""
        return memory(trained, optimizers)

    def restore(
        self,
        trained: nn.Module,
        optimizers: Sequence[Optimizer],
        weights: Mapping[str, Tensor],
        saved: Mapping[str, Tensor],
    ) -> None:
        """Put saved weights and `memory` back."""
        trained.load_state_dict(weights)
        # Several processes have saved a state of the generator each.
        random = saved[RANDOM].view(-1, saved[RANDOM].size(-1))[0].clone()
        remember(trained, optimizers, {**saved, RANDOM: random})


ALONE = Engine()
