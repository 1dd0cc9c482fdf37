"""The parts of a block that treat every position on its own."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F


class FeedForward(nn.Module):
    """Widen, cut off the negatives, narrow again: W2 max(0, W1 x + b1) + b2.

    Another `activation` may stand in the place of max(0, .), see `gelu`.
    Source: [Vaswani 2017, eq. 2]. Derived in chapter 05.
    """

    def __init__(
        self,
        d_model: int,
        d_ff: int,
        activation: Callable[[Tensor], Tensor] = F.relu,
        bias: bool = True,
    ):
        super().__init__()
        self.activation = activation
        self.up_proj = nn.Linear(d_model, d_ff, bias=bias)
        self.down_proj = nn.Linear(d_ff, d_model, bias=bias)

    def forward(
        self, x: Float[Tensor, "batch length d_model"]
    ) -> Float[Tensor, "batch length d_model"]:
        return self.down_proj(self.activation(self.up_proj(x)))


def gelu(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """x times the share of a standard normal below x, in GPT-2's tanh form.

    Within 0.0005 of the exact function.
    Source: [Hendrycks 2016, sec. 2]. Derived in chapter 06.
    """
    return F.gelu(x, approximate="tanh")


def squared_relu(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """max(0, x)^2: no more to compute than ReLU, and smooth at zero.

    Source: [So 2021, sec. 4].
    """
    return F.relu(x).square()


class SwiGLU(nn.Module):
    """A feed-forward layer with a gate: W2 (silu(W1 x) * W3 x), silu(z) = z sigmoid(z).

    Three matrices instead of two, so at equal size `d_ff` is 2/3 as large.
    Source: [Shazeer 2020, eq. 6]. Derived in chapter 06.
    """

    def __init__(self, d_model: int, d_ff: int, bias: bool = False):
        super().__init__()
        self.gate_proj = nn.Linear(d_model, d_ff, bias=bias)
        self.up_proj = nn.Linear(d_model, d_ff, bias=bias)
        self.down_proj = nn.Linear(d_ff, d_model, bias=bias)

    def forward(
        self, x: Float[Tensor, "batch length d_model"]
    ) -> Float[Tensor, "batch length d_model"]:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class RMSNorm(nn.Module):
    """Divide a vector by its root mean square, then scale every feature by a gain.

    LayerNorm without the subtracted mean and the bias.
    Source: [Zhang 2019, eq. 4]. Derived in chapter 06.
    """

    def __init__(self, d_model: int, eps: float = 1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(d_model))

    def forward(
        self, x: Float[Tensor, "*batch d_model"]
    ) -> Float[Tensor, "*batch d_model"]:
        # float16 overflows at 256^2, so squares are taken in float32 at least
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        scale = (wide.square().mean(-1, keepdim=True) + self.eps).rsqrt()
        return (wide * scale).to(x.dtype) * self.weight


class NormedHeads(nn.Module):
    """A projection whose every head is then an `RMSNorm`ed vector (QK-norm).

    In the place of `q_proj` and `k_proj` it bounds every score, so a large learning
    rate cannot make the softmax all or nothing. Source: [Henry 2020, sec. 3.1], with
    RMSNorm, as is usual today.
    """

    def __init__(self, proj: nn.Linear, d_head: int, eps: float = 1e-5):
        super().__init__()
        self.proj = proj
        self.norm = RMSNorm(d_head, eps)

    def forward(
        self, x: Float[Tensor, "batch length d_model"]
    ) -> Float[Tensor, "batch length d_heads"]:
        heads = self.proj(x).unflatten(-1, (-1, self.norm.weight.numel()))
        return self.norm(heads).flatten(-2)
