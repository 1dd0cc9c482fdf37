"""Convolution over a sequence: every position looks at its neighbours, all at once.

Covers causal convolution with gaps (dilation), a gated stack of it, and how far such
a stack sees. Does not cover strides, pooling or separable kernels.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn


def receptive_field(kernel_size: int, dilations: Sequence[int]) -> int:
    """How many inputs one output can depend on: 1 + (k - 1) * sum of the dilations.

    One dilation per layer. With 1, 1, 1, ... it grows like the number of layers, with
    1, k, k^2, ... like a power of it: L layers see k^L positions.
    Source: [Vaswani 2017, sec. 4]. Derived in chapter 01.

    Raises `ValueError` if a size is below 1.
    """
    for size in (kernel_size, *dilations):
        if size < 1:
            raise ValueError(
                f"kernel_size={kernel_size} and dilations={list(dilations)} "
                "must be at least 1"
            )
    return 1 + (kernel_size - 1) * sum(dilations)


class CausalConvolution(nn.Module):
    """Output t is a sum over inputs t, t - d, t - 2d, ... of `kernel_size` matrices.

    No position waits for another: see `at`. Before the first input stand zeros, or
    `past`, the last `n_past` inputs of what went before.
    Source: [van den Oord 2016, sec. 2.1]. Derived in chapter 01.
    """

    def __init__(self, d_in: int, d_out: int, kernel_size: int, dilation: int = 1):
        super().__init__()
        self.n_past = receptive_field(kernel_size, [dilation]) - 1
        self.dilation = dilation
        self.conv = nn.Conv1d(d_in, d_out, kernel_size, dilation=dilation)

    def forward(
        self,
        x: Float[Tensor, "batch length d_in"],
        past: Float[Tensor, "batch n_past d_in"] | None = None,
    ) -> Float[Tensor, "batch length d_out"]:
        """All positions in one call."""
        past = x.new_zeros(len(x), self.n_past, x.size(2)) if past is None else past
        # torch wants (B, D, T)
        return self.conv(torch.cat([past, x], dim=1).mT).mT

    def at(
        self, x: Float[Tensor, "batch length d_in"], t: int
    ) -> Float[Tensor, "batch d_out"]:
        """Position `t` alone: the slow, obvious twin of `forward`."""
        # (d_out, d_in, k) -> k matrices, from the one for position t itself backwards
        matrices = self.conv.weight.unbind(-1)[::-1]
        places = range(t, -1, -self.dilation)  # ends where the zeros begin
        out = torch.stack([x[:, s] @ w.T for s, w in zip(places, matrices)]).sum(0)
        return out if self.conv.bias is None else out + self.conv.bias


class CausalStack(nn.Module):
    """Gated causal convolutions on top of each other, one per entry of `dilations`.

    x + tanh(A x) * sigmoid(B x), with A and B causal. Doubling dilations (1, 2, 4, ...)
    are those of WaveNet and, with other layers between, of ByteNet.
    Source: [van den Oord 2016, sec. 2.3 and 2.4; Kalchbrenner 2016, sec. 3.5], without
    skip outputs and the 1x1 convolutions. Derived in chapter 01.
    """

    def __init__(self, d_model: int, kernel_size: int, dilations: Sequence[int]):
        super().__init__()
        self.layers = nn.ModuleList(
            CausalConvolution(d_model, 2 * d_model, kernel_size, dilation)
            for dilation in dilations
        )
        self.receptive_field = receptive_field(kernel_size, dilations)

    def forward(
        self, x: Float[Tensor, "batch length d_model"]
    ) -> Float[Tensor, "batch length d_model"]:
        for layer in self.layers:
            proposal, gate = layer(x).chunk(2, dim=-1)
            x = x + proposal.tanh() * gate.sigmoid()
        return x
