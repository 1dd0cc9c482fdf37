"""FlashAttention in Triton, forward and backward: the twin of `flash`, for a GPU.

The kernels are in `triton_flash_forward` and `triton_flash_backward`. Derived in
chapter 07.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from heedful.hardware.kernels.backend import check_runs, triton
from heedful.hardware.kernels.flash import check_lengths
from heedful.hardware.kernels.triton_flash_backward import keys_kernel, queries_kernel
from heedful.hardware.kernels.triton_flash_forward import forward_kernel


class Tiles(NamedTuple):
    """Queries and keys of a tile, powers of 2 from 16 up, and how it is run."""

    q: int = 128
    k: int = 64
    warps: int = 8
    stages: int = 3


FORWARD, BACKWARD = Tiles(), Tiles(64, 64, 4, 2)


def flash_attend(
    q: Float[Tensor, "*batch q_len d_head"],
    k: Float[Tensor, "*batch k_len d_head"],
    v: Float[Tensor, "*batch k_len d_value"],
    causal: bool = False,
    forward: Tiles = FORWARD,
    backward: Tiles = BACKWARD,
) -> Float[Tensor, "*batch q_len d_value"]:
    """What `nets.attend` gives, without ever holding the scores, with gradients.

    `causal` as in `nets.causal_mask`. Raises `ValueError` with `causal` for fewer keys
    than queries, and `TritonError` without a GPU.
    Source: [Dao 2023, alg. 1 and 2].
    """
    check_runs(q)
    check_lengths(q.size(-2), k.size(-2), causal)
    how = causal, forward, backward
    return _Flash.apply(q, k, v, *how)  # pyright: ignore[reportReturnType]


def flash_forward(
    q: Tensor, k: Tensor, v: Tensor, causal: bool, tiles: Tiles = FORWARD
) -> tuple[Tensor, Tensor]:
    """The mixed values, and for each query the logarithm of its sum of exponentials.

    The tensors as those of `flash_attend`, contiguous.
    """
    q_len, k_len, n_heads = q.size(-2), k.size(-2), q.shape[:-2].numel()
    out = v.new_empty(*q.shape[:-1], v.size(-1))
    log_sums = torch.empty(q.shape[:-1], device=q.device, dtype=torch.float32)
    if n_heads:
        forward_kernel[(triton.cdiv(q_len, tiles.q), n_heads)](
            q, k, v, out, log_sums, q_len, k_len, **_constants(q, v, causal, tiles)
        )
    return out, log_sums


def flash_backward(
    grad: Tensor,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    out: Tensor,
    log_sums: Tensor,
    causal: bool,
    tiles: Tiles = BACKWARD,
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of q, k and v; all tensors contiguous."""
    q_len, k_len, n_heads = q.size(-2), k.size(-2), q.shape[:-2].numel()
    shared = (grad.float() * out).sum(-1)
    q_grad, k_grad, v_grad = map(torch.empty_like, (q, k, v))
    known = (q, k, v, grad, log_sums, shared)
    constants = _constants(q, v, causal, tiles)
    keys_kernel[(triton.cdiv(k_len, tiles.k), n_heads)](
        *known, k_grad, v_grad, q_len, k_len, **constants
    )
    queries_kernel[(triton.cdiv(q_len, tiles.q), n_heads)](
        *known, q_grad, q_len, k_len, **constants
    )
    return q_grad, k_grad, v_grad


def _constants(q: Tensor, v: Tensor, causal: bool, tiles: Tiles) -> dict[str, Any]:
    """What is compiled into a kernel. A tile is a power of 2 wide, at least 16."""
    wide = {
        name: max(16, triton.next_power_of_2(x.size(-1)))
        for name, x in (("D_TILE", q), ("DV_TILE", v))
    }
    return wide | dict(
        D=q.size(-1), DV=v.size(-1), CAUSAL=causal, Q_TILE=tiles.q, K_TILE=tiles.k,
        num_warps=tiles.warps, num_stages=tiles.stages,
    )  # fmt: skip


class _Flash(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        causal: bool,
        forward: Tiles,
        backward: Tiles,
    ) -> Tensor:
        q, k, v = (x.contiguous() for x in (q, k, v))
        out, log_sums = flash_forward(q, k, v, causal, forward)
        ctx.save_for_backward(q, k, v, out, log_sums)
        ctx.how = causal, backward
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        grads = flash_backward(grad.contiguous(), *ctx.saved_tensors, *ctx.how)
        return *grads, None, None, None
