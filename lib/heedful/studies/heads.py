"""What single heads are for: where they look, what it brings, and life without them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor

from heedful.nets.attention import MultiHeadAttention
from heedful.nets.shapes import repeat_kv, split_heads


@contextmanager
def switched_off(attn: MultiHeadAttention, heads: Iterable[int]) -> Iterator[None]:
    """As long as the context lasts, these heads add nothing to the layer's output.

    What a head has mixed leaves the layer through its own columns of `o_proj`. They
    are zero meanwhile; all other heads look and mix as before. Derived in chapter 03.
    """
    weight = attn.o_proj.weight
    kept = weight.detach().clone()
    with torch.no_grad():
        # (D, D) -> (D, H, Dh), a view: writing to it writes to the weight itself
        weight.unflatten(1, (attn.n_heads, -1))[:, list(heads)] = 0
    try:
        yield
    finally:
        with torch.no_grad():
            weight.copy_(kept)


def looking_back(
    weights: Float[Tensor, "batch n_heads length length"],
    distance: int,
    start: int | None = None,
) -> Float[Tensor, " n_heads"]:
    """The mean weight that each head gives to the position `distance` before its own.

    The mean is over the queries from `start` on; None means all that have such a
    position. Distance 0 is the position itself. Derived in chapter 03.

    Raises `ValueError` if no query is left.
    """
    start = distance if start is None else start
    if not 0 <= distance <= start < weights.size(-1):
        raise ValueError(
            f"{distance=}, {start=}: no query of {weights.size(-1)} looks that far back"
        )
    # Entry i of the diagonal is what query i + distance gives to key i.
    return weights.diagonal(-distance, -2, -1)[..., start - distance :].mean((0, 2))


def lengths_brought(
    attn: MultiHeadAttention, v: Float[Tensor, "batch length d_kv"]
) -> Float[Tensor, "batch n_heads length"]:
    """How long the vector is that each head would add to the output from each key.

    `v` is the output of `v_proj`. That vector is the key's value, seen through the
    head's own columns of `o_proj`, here with the weight 1. Derived in chapter 02.
    """
    v = repeat_kv(split_heads(v, attn.n_kv_heads), attn.n_heads // attn.n_kv_heads)
    columns = attn.o_proj.weight.unflatten(1, (attn.n_heads, -1))  # (D, H, Dh)
    return torch.einsum("bhsk,dhk->bhsd", v, columns).norm(dim=-1)
