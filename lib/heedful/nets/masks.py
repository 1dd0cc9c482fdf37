"""Who may look at whom. A mask is bool, and True means "may attend"."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor


def causal_mask(
    q_len: int, k_len: int | None = None, device: torch.device | str | None = None
) -> Bool[Tensor, "q_len k_len"]:
    """Let position t see the positions up to and including t, never a later one.

    With `k_len > q_len` the queries are the *last* `q_len` of the `k_len`
    positions, which is what a cache needs: `causal_mask(1, 7)` is all True.

    Raises `ValueError` if there are fewer keys than queries.
    Derived in chapter 05, *The full Transformer*.
    """
    k_len = q_len if k_len is None else k_len
    if k_len < q_len:
        raise ValueError(
            f"k_len={k_len} is smaller than q_len={q_len}: each query needs its key"
        )
    ones = torch.ones(q_len, k_len, dtype=torch.bool, device=device)
    return ones.tril(diagonal=k_len - q_len)


def sliding_window_mask(
    q_len: int,
    k_len: int | None = None,
    *,
    window: int,
    device: torch.device | str | None = None,
) -> Bool[Tensor, "q_len k_len"]:
    """Let position t see the last `window` positions up to and including itself.

    It is `causal_mask` with the past cut off: as there, the queries are the last
    `q_len` of the `k_len` positions.
    Source: [Beltagy 2020, sec. 3.1], looking back only. Derived in chapter 03.

    Raises `ValueError` if `window` is below 1 or there are fewer keys than queries.
    """
    if window < 1:
        raise ValueError(f"window={window}: a position must see itself at least")
    k_len = q_len if k_len is None else k_len
    causal = causal_mask(q_len, k_len, device)
    return causal.triu(diagonal=k_len - q_len - window + 1)


def padding_mask(
    tokens: Int[Tensor, "batch k_len"], pad_id: int
) -> Bool[Tensor, "batch 1 1 k_len"]:
    """Hide the padding from every query of every head.

    The two axes of size 1 broadcast over heads and queries.
    """
    return (tokens != pad_id)[:, None, None, :]


def left_padding_mask(
    n_pad: Int[Tensor, " batch"], q_len: int, k_len: int
) -> Bool[Tensor, "batch 1 {q_len} {k_len}"]:
    """Hide the first `n_pad` positions of each row from the real tokens behind them.

    Padding sees padding, since a query that sees nothing at all would become NaN. As
    in `causal_mask`, with which it must be combined, the queries are the last `q_len`
    of the `k_len` positions. Derived in chapter 08.
    """
    real = torch.arange(k_len, device=n_pad.device) >= n_pad[:, None]
    return (real[:, -q_len:, None] == real[:, None, :])[:, None]
