"""Where a token stands, written as a vector that is added to its embedding."""

import torch
from jaxtyping import Float
from torch import Tensor


def sinusoidal(
    max_seq_len: int, d_model: int, base: float = 10_000.0
) -> Float[Tensor, "{max_seq_len} {d_model}"]:
    r"""One row per position: sines in the even columns, cosines in the odd ones.

    `row[p, 2i] = sin(p / base^(2i / d_model))` and `row[p, 2i + 1]` its cosine, so
    columns 2i and 2i + 1 are a hand of a clock that turns once in
    `2 pi base^(2i / d_model)` positions.
    Source: [Vaswani 2017, sec. 3.5]. Derived in chapter 05.

    Raises `ValueError` if `d_model` is odd.
    """
    if d_model % 2:
        raise ValueError(f"d_model={d_model} is odd: sine and cosine come in pairs")
    # float64 until the end: p / base^(..) is a large angle for late positions
    position = torch.arange(max_seq_len, dtype=torch.float64)[:, None]
    period = base ** (torch.arange(0, d_model, 2, dtype=torch.float64) / d_model)
    angle = position / period
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1).float()
