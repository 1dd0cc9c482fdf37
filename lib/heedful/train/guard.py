"""Who watches over `fit`: before the first step, before each change, after each step.

The loop stays one screen because what may go wrong is looked for here, and what must
be saved is saved by a guard that knows where (`heedful.train.keeper`).
"""

import math
from collections import deque
from collections.abc import Sequence
from statistics import median

from torch import Tensor, nn
from torch.nn.utils import get_total_norm
from torch.optim import Optimizer

N_RECENT, N_FIRST = 50, 10
"""A loss is compared with the median of the last 50, from 10 on."""


class Diverged(ArithmeticError):
    """A step was stopped before it changed a weight; the message says why.

    `position` is how many batches came before the one it happened with.
    """

    def __init__(self, message: str, position: int):
        super().__init__(message)
        self.position = position


class Guard:
    """Stops a step whose loss or gradient is not a number any more.

    With a `limit` also one whose loss is more than that many times the median of the
    last ones: a spike, after which a model may take long to be what it was
    [Chowdhery 2022, sec. 5.1].
    """

    def __init__(self, limit: float | None = None):
        self.limit = limit
        self.recent: deque[float] = deque(maxlen=N_RECENT)
        self.n_skipped = 0

    def begin(self, model: nn.Module, optimizers: Sequence[Optimizer]) -> int:
        """Before the first step. Returns how many steps are done already."""
        self.model = model
        return 0

    def before_update(self, step: int, loss: Tensor) -> None:
        """Between the gradient and the change of the weights: may raise `Diverged`."""
        now = loss.item()
        gradients = [w.grad for w in self.model.parameters() if w.grad is not None]
        length = get_total_norm(gradients).item()
        usual = median(self.recent) if len(self.recent) >= N_FIRST else math.inf
        if not math.isfinite(now):
            fault = f"the loss is {now}"
        elif not math.isfinite(length):
            fault = f"the loss is {now:.4g}, but the gradient's length is {length}"
        elif self.limit is not None and now > self.limit * usual:
            fault = f"the loss jumped to {now:.4g}; its median was {usual:.4g}"
        else:
            self.recent.append(now)
            return
        position = step - 1 + self.n_skipped
        raise Diverged(
            f"step {step}, batch {position + 1}: {fault}. The largest gradient is "
            f"{largest_gradient(self.model)}. No weight was changed",
            position,
        )

    def after_step(self, step: int) -> None:
        """After the change of the weights, and after the evaluation if one was due."""


def largest_gradient(model: nn.Module) -> str:
    """Which weight has the longest gradient, and how long it is, in words.

    What is not a number counts as longer than infinity.
    """
    lengths = {
        name: weight.grad.norm().item()
        for name, weight in model.named_parameters()
        if weight.grad is not None
    }
    order = {name: (math.isnan(x), x) for name, x in lengths.items()}
    name = max(order, key=lambda name: order[name])
    n_bad = sum(not math.isfinite(x) for x in lengths.values())
    others = f", one of {n_bad} that are not finite" if n_bad > 1 else ""
    return f"{lengths[name]:.4g}, of {name}{others}"
