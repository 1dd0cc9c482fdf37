r"""FlashAttention, forward and backward: attention that never holds all the scores.

In plain PyTorch. The scores of a tile of queries against a tile of keys are all that
is there at once, so the memory for them does not grow with the length. The online
softmax mixes the values while it reads.

Kept for the way back are the result and one number per query, the logarithm of its sum
of exponentials, $L_i = \log \sum_j e^{s_{ij}}$. From it any weight can be computed
again, $e^{s_{ij} - L_i}$, which is cheaper than to have stored it.

`causal` as in `nets.causal_mask`: the queries are the last of the positions that the
keys are of.
Sources: [Dao 2022], [Dao 2023, alg. 1 and 2]. Derived in chapter 07.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from heedful.hardware.kernels.tiles import tiles


def flash_attend(
    q: Float[Tensor, "*batch q_len d_head"],
    k: Float[Tensor, "*batch k_len d_head"],
    v: Float[Tensor, "*batch k_len d_value"],
    causal: bool = False,
    tile: int = 64,
) -> Float[Tensor, "*batch q_len d_value"]:
    """What `nets.attend` gives, tile by tile, with gradients.

    Raises `ValueError` if `tile` is below 1, and with `causal` for fewer keys than
    queries.
    """
    return _Flash.apply(q, k, v, causal, tile)  # pyright: ignore[reportReturnType]


def flash_forward(
    q: Float[Tensor, "*batch q_len d_head"],
    k: Float[Tensor, "*batch k_len d_head"],
    v: Float[Tensor, "*batch k_len d_value"],
    causal: bool = False,
    tile: int = 64,
) -> tuple[Float[Tensor, "*batch q_len d_value"], Float[Tensor, "*batch q_len"]]:
    """The mixed values, and for each query the logarithm of its sum of exponentials.

    Raises `ValueError` as `flash_attend` does. Source: [Dao 2023, alg. 1].
    """
    ahead = check_lengths(q.size(-2), k.size(-2), causal)
    out = v.new_empty(*q.shape[:-1], v.size(-1))
    log_sums = q.new_empty(q.shape[:-1])
    for rows in tiles(q.size(-2), tile):
        highest = q.new_full((*q[..., rows, :].shape[:-1], 1), float("-inf"))
        total, mixed = torch.zeros_like(highest), torch.zeros_like(out[..., rows, :])
        seen = min(k.size(-2), rows.stop + ahead) if causal else k.size(-2)
        for columns in tiles(seen, tile):
            scores = _scores(q, k, rows, columns, causal)
            new = torch.maximum(highest, scores.amax(-1, keepdim=True))
            weights, shrink = (scores - new).exp(), (highest - new).exp()
            total = total * shrink + weights.sum(-1, keepdim=True)
            mixed = mixed * shrink + weights @ v[..., columns, :]
            highest = new
        out[..., rows, :] = mixed / total
        log_sums[..., rows] = (highest + total.log()).squeeze(-1)
    return out, log_sums


def flash_backward(
    grad: Float[Tensor, "*batch q_len d_value"],
    q: Float[Tensor, "*batch q_len d_head"],
    k: Float[Tensor, "*batch k_len d_head"],
    v: Float[Tensor, "*batch k_len d_value"],
    out: Float[Tensor, "*batch q_len d_value"],
    log_sums: Float[Tensor, "*batch q_len"],
    causal: bool = False,
    tile: int = 64,
) -> tuple[
    Float[Tensor, "*batch q_len d_head"],
    Float[Tensor, "*batch k_len d_head"],
    Float[Tensor, "*batch k_len d_value"],
]:
    r"""The gradients of q, k and v, given the one of the result.

    With weights P, their gradient dP and the scores' gradient dS, the softmax gives
    dS = P * (dP - D), where D_i = sum_j P_ij dP_ij. As dP_ij = dO_i . v_j, the sum is
    dO_i . O_i: one number per query, known before the first tile is looked at.
    Source: [Dao 2023, alg. 2].
    """
    ahead = check_lengths(q.size(-2), k.size(-2), causal)
    scale = q.size(-1) ** -0.5
    q_grad, k_grad, v_grad = map(torch.zeros_like, (q, k, v))
    shared = (grad * out).sum(-1, keepdim=True)  # D
    for columns in tiles(k.size(-2), tile):
        for rows in tiles(q.size(-2), tile):
            if causal and rows.stop + ahead <= columns.start:
                continue  # these queries see none of these keys
            scores = _scores(q, k, rows, columns, causal)
            weights = (scores - log_sums[..., rows, None]).exp()
            weights_grad = grad[..., rows, :] @ v[..., columns, :].mT
            scores_grad = weights * (weights_grad - shared[..., rows, :]) * scale
            v_grad[..., columns, :] += weights.mT @ grad[..., rows, :]
            q_grad[..., rows, :] += scores_grad @ k[..., columns, :]
            k_grad[..., columns, :] += scores_grad.mT @ q[..., rows, :]
    return q_grad, k_grad, v_grad


def check_lengths(q_len: int, k_len: int, causal: bool) -> int:
    """How many keys come before the first query's own.

    Raises `ValueError` with `causal` for fewer keys than queries.
    """
    if causal and k_len < q_len:
        raise ValueError(
            f"k_len={k_len} is smaller than q_len={q_len}: each query needs its key"
        )
    return k_len - q_len


def _scores(q: Tensor, k: Tensor, rows: slice, columns: slice, causal: bool) -> Tensor:
    """A tile of the scores, -inf where a query may not look."""
    scores = q[..., rows, :] @ k[..., columns, :].mT * q.size(-1) ** -0.5
    if not causal:
        return scores
    ahead = k.size(-2) - q.size(-2)
    own = torch.arange(rows.start, rows.stop, device=q.device)[:, None] + ahead
    places = torch.arange(columns.start, columns.stop, device=q.device)
    return scores.masked_fill(places > own, float("-inf"))


class _Flash(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, q: Tensor, k: Tensor, v: Tensor, causal: bool, tile: int
    ) -> Tensor:
        out, log_sums = flash_forward(q, k, v, causal, tile)
        ctx.save_for_backward(q, k, v, out, log_sums)
        ctx.how = causal, tile
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        grads = flash_backward(grad, *ctx.saved_tensors, *ctx.how)
        return *grads, None, None
