"""Scaled dot-product attention as one pure function, and the layer that owns weights.

Covers self-, cross-, masked and grouped-query attention. Does not cover dropout on
the weights, or kernels that never build the T x S matrix.
"""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from heedful.nets.cache import KVCache
from heedful.nets.positions import Rotation, rotate
from heedful.nets.shapes import merge_heads, repeat_kv, split_heads


def attention_weights(
    q: Float[Tensor, "*batch q_len d_head"],
    k: Float[Tensor, "*batch k_len d_head"],
    mask: Bool[Tensor, "*#batch #q_len #k_len"] | None = None,
    score_bias: Float[Tensor, "*#batch #q_len #k_len"] | None = None,
) -> Float[Tensor, "*batch q_len k_len"]:
    """How much each query takes from each key: softmax(q k^T / sqrt(d_head)).

    Every row is positive and sums to 1. `mask` is True where a query may attend;
    a query that may attend to nothing gets NaN. `score_bias` is added to the scores
    (see `alibi_bias`).
    Source: [Vaswani 2017, eq. 1]. Derived in chapter 02.
    """
    # (.., T, Dh) @ (.., Dh, S) -> (.., T, S); the scale keeps a score's variance near 1
    scores = q @ k.mT * q.size(-1) ** -0.5
    if score_bias is not None:
        scores = scores + score_bias
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    return scores.softmax(dim=-1)


def attend(
    q: Float[Tensor, "*batch q_len d_head"],
    k: Float[Tensor, "*batch k_len d_head"],
    v: Float[Tensor, "*batch k_len d_value"],
    mask: Bool[Tensor, "*#batch #q_len #k_len"] | None = None,
) -> Float[Tensor, "*batch q_len d_value"]:
    """Mix the rows of `v` by how well each query matches each key.

    `mask` is True where a query may attend.
    Source: [Vaswani 2017, eq. 1]. Derived in chapter 02.
    """
    return attention_weights(q, k, mask) @ v


class MultiHeadAttention(nn.Module):
    """`n_heads` attentions side by side, each on its own slice of the width.

    Self-attention when called with `x` alone; cross-attention when `memory`, the
    sequence to look into, is given. `record`, if given, is a list to which the
    weights (B, H, T, S) are appended: no global, no hook. With `n_kv_heads` below
    `n_heads`, groups of queries share keys and values, and the cache has K heads
    (chapter 03). `rope`, for self-attention only, turns queries and keys (chapter 04).
    Source: [Vaswani 2017, sec. 3.2.2]. Derived in chapter 05.

    Raises `ValueError` if `d_model` is not a multiple of `n_heads`, or `n_heads` not
    of `n_kv_heads`.
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        bias: bool = False,
        n_kv_heads: int | None = None,
    ):
        super().__init__()
        self.n_heads = n_heads
        self.n_kv_heads = n_heads if n_kv_heads is None else n_kv_heads
        if d_model % n_heads:
            raise ValueError(f"d_model={d_model} is not divisible by n_heads={n_heads}")
        if n_heads % self.n_kv_heads:
            raise ValueError(f"{n_heads=} is not divisible by {n_kv_heads=}")
        d_kv = d_model // n_heads * self.n_kv_heads
        self.q_proj = nn.Linear(d_model, d_model, bias=bias)
        self.k_proj = nn.Linear(d_model, d_kv, bias=bias)
        self.v_proj = nn.Linear(d_model, d_kv, bias=bias)
        self.o_proj = nn.Linear(d_model, d_model, bias=bias)

    def forward(
        self,
        x: Float[Tensor, "batch q_len d_model"],
        memory: Float[Tensor, "batch k_len d_model"] | None = None,
        mask: Bool[Tensor, "*#batch_heads #q_len _"] | None = None,
        *,
        cache: KVCache | None = None,
        record: list[Tensor] | None = None,
        rope: Rotation | None = None,
        score_bias: Float[Tensor, "*#batch_heads #q_len _"] | None = None,
    ) -> Float[Tensor, "batch q_len d_model"]:
        q = split_heads(self.q_proj(x), self.n_heads)
        q = q if rope is None else rotate(q, *rope)
        k, v = self._keys_and_values(x, memory, cache, rope)
        n_rep = self.n_heads // self.n_kv_heads
        weights = attention_weights(q, repeat_kv(k, n_rep), mask, score_bias)
        if record is not None:
            record.append(weights.detach())
        return self.o_proj(merge_heads(weights @ repeat_kv(v, n_rep)))

    def _keys_and_values(
        self,
        x: Tensor,
        memory: Tensor | None,
        cache: KVCache | None,
        rope: Rotation | None,
    ) -> tuple[Tensor, Tensor]:
        if cache is not None and memory is not None and cache.length > 0:
            return cache.keys, cache.values  # the memory does not change: project once
        seen = x if memory is None else memory
        k = split_heads(self.k_proj(seen), self.n_kv_heads)
        v = split_heads(self.v_proj(seen), self.n_kv_heads)
        k = k if rope is None else rotate(k, *rope)
        if cache is None:
            return k, v
        cache.append(k, v)
        return cache.keys, cache.values
