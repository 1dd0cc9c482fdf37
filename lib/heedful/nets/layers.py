"""The part of a block that treats every position on its own."""

from jaxtyping import Float
from torch import Tensor, nn


class FeedForward(nn.Module):
    """Widen, cut off the negatives, narrow again: W2 max(0, W1 x + b1) + b2.

    Source: [Vaswani 2017, eq. 2]. Derived in chapter 05.
    """

    def __init__(self, d_model: int, d_ff: int):
        super().__init__()
        self.up_proj = nn.Linear(d_model, d_ff)
        self.down_proj = nn.Linear(d_ff, d_model)

    def forward(
        self, x: Float[Tensor, "batch length d_model"]
    ) -> Float[Tensor, "batch length d_model"]:
        return self.down_proj(self.up_proj(x).relu())
