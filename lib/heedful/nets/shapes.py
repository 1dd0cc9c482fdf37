"""The moves that turn one wide vector into several heads and back."""

from jaxtyping import Float
from torch import Tensor


def split_heads(
    x: Float[Tensor, "batch length d_model"], n_heads: int
) -> Float[Tensor, "batch {n_heads} length d_head"]:
    """Cut the last axis into `n_heads` equal pieces and put the heads second.

    `(B, T, D) -> (B, H, T, Dh)` with `Dh = D / H`. Head `h` gets the features
    `h * Dh ... (h + 1) * Dh - 1`; every position keeps its place.

    Raises `ValueError` if `d_model` is not a multiple of `n_heads`.
    """
    if x.size(-1) % n_heads:
        raise ValueError(f"d_model={x.size(-1)} is not divisible by n_heads={n_heads}")
    return x.unflatten(-1, (n_heads, -1)).transpose(1, 2)


def merge_heads(
    x: Float[Tensor, "batch n_heads length d_head"],
) -> Float[Tensor, "batch length d_model"]:
    """Undo `split_heads`: `(B, H, T, Dh) -> (B, T, D)`."""
    return x.transpose(1, 2).flatten(-2)


def repeat_kv(
    x: Float[Tensor, "batch n_kv_heads length d_head"], n_rep: int
) -> Float[Tensor, "batch {n_rep}*n_kv_heads length d_head"]:
    """Give each of `n_rep` query heads in a group the keys or values of its group.

    `(B, K, S, Dh) -> (B, H, S, Dh)` with `H = n_rep * K`, in the order K1 K1 K2 K2:
    query head `h` reads key-value head `h // n_rep`.
    Source: [Ainslie 2023, sec. 2.2]. Derived in chapter 03.
    """
    # (B, K, S, Dh) -> (B, K, n_rep, S, Dh) -> (B, H, S, Dh); for n_rep = 1 no copy
    return x[:, :, None].expand(-1, -1, n_rep, -1, -1).flatten(1, 2)
