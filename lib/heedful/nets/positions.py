"""Where a token stands, told to the model in one of three ways.

`sinusoidal` is a vector that is added to the embedding, `Rotary` turns queries and
keys, `alibi_bias` lowers the score of what is far away. The fourth, a learned
vector per position, is no more than `nn.Embedding(max_seq_len, d_model)`.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

Rotation = tuple[Tensor, Tensor]
"""Cosine and sine, (T, Dh / 2) each, of the angle of every position and pair."""


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


@dataclass(frozen=True, kw_only=True)
class RopeScaling:
    """How Llama 3.1 stretches rotary positions to sequences `factor` times as long.

    A pair that turned at least `high` times within the `original_max_seq_len`
    positions of the first training keeps its speed, one that turned at most `low`
    times is slowed by `factor`, and between them the slowing fades in.
    Source: [Meta 2024, llama-models, apply_scaling]. Derived in chapter 04.
    """

    factor: float = 8.0
    low: float = 1.0
    high: float = 4.0
    original_max_seq_len: int = 8192

    def __post_init__(self):
        if not self.factor >= 1:
            raise ValueError(f"factor={self.factor!r} must be at least 1")
        if not 0 < self.low < self.high:
            raise ValueError(
                f"low={self.low!r} must be above 0 and below high={self.high!r}"
            )
        if not self.original_max_seq_len >= 1:
            raise ValueError(
                f"original_max_seq_len={self.original_max_seq_len!r} must be at least 1"
            )

    def slowed(self, speeds: Float[Tensor, " n_pairs"]) -> Float[Tensor, " n_pairs"]:
        """The new speeds, in radians per position."""
        turns = self.original_max_seq_len * speeds / (2 * math.pi)
        kept = ((turns - self.low) / (self.high - self.low)).clamp(0, 1)
        return speeds * (kept + (1 - kept) / self.factor)


class Rotary:
    """The angles by which `rotate` turns the pairs of a query or key.

    Pair i of position p is turned by `p * speeds[i]`, where
    `speeds[i] = theta^(-2i / d_head)` radians per position unless `scaling` slows
    it. Not a module: nothing is learned, and `.half()` must not touch the speeds.
    Source: [Su 2021, eqs. 14-15]. Derived in chapter 04.

    Raises `ValueError` if `d_head` is odd.
    """

    def __init__(
        self,
        d_head: int,
        theta: float = 10_000.0,
        scaling: RopeScaling | None = None,
    ):
        if d_head % 2:
            raise ValueError(f"d_head={d_head} is odd: a rotation needs pairs")
        # On the CPU even if the model is on the meta device, and in float64 even if
        # it is not: p * speed is a large angle for late positions.
        pair = torch.arange(0, d_head, 2, dtype=torch.float64, device="cpu")
        speeds = theta ** (-pair / d_head)
        self.speeds = speeds if scaling is None else scaling.slowed(speeds)

    def __call__(self, positions: Int[Tensor, " length"]) -> Rotation:
        """Cosine and sine (T, Dh / 2) of every angle, in float64 on the CPU."""
        angles = positions.cpu()[:, None] * self.speeds
        return angles.cos(), angles.sin()


def rotate(
    x: Float[Tensor, "*batch length d_head"],
    cos: Float[Tensor, "length n_pairs"],
    sin: Float[Tensor, "length n_pairs"],
) -> Float[Tensor, "*batch length d_head"]:
    """Turn each pair of features by +angle, as (a + ib) e^(i angle) does.

    Rotate-half: feature i is paired with feature i + d_head / 2, as in Hugging
    Face's Llama. (The paper and Meta's files pair 2i with 2i + 1; with q and k
    permuted alike, every score is the same.) The score of a turned query at m and a
    turned key at n depends on m - n only.
    Source: [Su 2021, eq. 34]. Derived in chapter 04.
    """
    a, b = x.chunk(2, dim=-1)
    cos, sin = cos.to(x), sin.to(x)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)


def alibi_slopes(n_heads: int) -> Float[Tensor, " {n_heads}"]:
    """How fast each head loses interest with distance.

    For a power of two the slopes are 2^(-8 h / n_heads), h = 1 ... n_heads. Otherwise
    those of the next lower power P come first, and then every other one of 2 P.
    Source: [Press 2022, sec. 3] and its code. Derived in chapter 04.

    Raises `ValueError` if `n_heads` is below 1.
    """
    if n_heads < 1:
        raise ValueError(f"n_heads={n_heads} must be at least 1")
    power = 2 ** (n_heads.bit_length() - 1)
    first = [2 ** (-8 * h / power) for h in range(1, power + 1)]
    between = [2 ** (-4 * h / power) for h in range(1, 2 * power, 2)]
    return torch.tensor((first + between)[:n_heads])


def alibi_bias(
    n_heads: int,
    q_len: int,
    k_len: int | None = None,
    device: torch.device | str | None = None,
) -> Float[Tensor, "{n_heads} {q_len} k_len"]:
    """What a score loses: the head's slope times the distance, as a number below 0.

    As in `causal_mask`, the queries are the last `q_len` of the `k_len` positions.
    Source: [Press 2022, sec. 3]. Derived in chapter 04.
    """
    k_len = q_len if k_len is None else k_len
    q_at = torch.arange(k_len - q_len, k_len, device=device)
    distance = (q_at[:, None] - torch.arange(k_len, device=device)).abs()
    return -alibi_slopes(n_heads).to(distance.device)[:, None, None] * distance
