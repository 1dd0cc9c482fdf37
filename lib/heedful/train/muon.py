"""Muon for many small matrices: those of one shape are straightened together.

A layer of d_model 128 has six matrices, and for each torch's Muon makes some twenty
products too small to keep a processor busy. Here equal shapes lie in one stack.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Optimizer

COEFFICIENTS = 3.4445, -4.7750, 2.0315


def straightened(
    x: Float[Tensor, "matrices rows columns"], n_steps: int = 5
) -> Float[Tensor, "matrices rows columns"]:
    """Each matrix with its singular values brought near 1, its directions kept.

    `n_steps` times s -> a s + b s^3 + c s^5 for each singular value s, by products of
    the matrix with itself, in bfloat16. Source: [Jordan 2024].
    """
    a, b, c = COEFFICIENTS
    x = x.bfloat16()
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)  # no s is above 1
    for _ in range(n_steps):
        squares = x @ x.mT
        factor = torch.baddbmm(squares, squares, squares, beta=b, alpha=c)
        x = torch.baddbmm(x, factor, x, beta=a)
    return x


class StackedMuon(Optimizer):
    """`torch.optim.Muon`, scaled to Adam's steps, without weight decay, but faster.

    The same steps but for rounding. Source: [Jordan 2024], [Liu 2025, eq. 4].
    """

    def __init__(
        self, matrices: Iterable[nn.Parameter], lr: float = 1e-3, momentum: float = 0.95
    ):
        super().__init__(matrices, dict(lr=lr, momentum=momentum))

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Change all matrices that have a gradient."""
        loss = None if closure is None else closure()
        for group in self.param_groups:
            alike: dict[tuple[int, ...], list[Tensor]] = defaultdict(list)
            for weight in group["params"]:
                if weight.grad is not None:
                    alike[tuple(sorted(weight.shape))].append(weight)
            for (_, longest), weights in alike.items():
                changes = straightened(self._directions(weights, group["momentum"]))
                rate = 0.2 * longest**0.5 * group["lr"]
                for weight, change in zip(weights, changes.to(weights[0].dtype)):
                    _lying(weight).sub_(change, alpha=rate)
        return loss

    def _directions(self, weights: list[Any], momentum: float) -> Tensor:
        """The gradient with Nesterov's momentum, of each weight, lying."""
        ahead = []
        for weight in weights:
            state = self.state[weight]
            if not state:
                state["momentum_buffer"] = torch.zeros_like(weight)
            mean = state["momentum_buffer"].lerp_(weight.grad, 1 - momentum)
            ahead.append(_lying(weight.grad.lerp(mean, momentum)))
        return torch.stack(ahead)


def _lying(matrix: Tensor) -> Tensor:
    """A view that is no higher than it is wide: the products are smaller then."""
    return matrix if matrix.size(0) <= matrix.size(1) else matrix.T
