"""The backward kernels of FlashAttention: one for keys and values, one for queries.

The paper's one kernel would have all programs add to the gradient of the queries at
once. Two kernels compute the weights twice, and each number is written by one program.
Source: [Dao 2023, alg. 2].
"""

from typing import no_type_check

from heedful.hardware.kernels.backend import tl, triton
from heedful.hardware.kernels.triton_flash_forward import LOG2_E, load_tile


@triton.jit
@no_type_check
def keys_kernel(
    q, k, v, grad, log_sums, shared, k_grad, v_grad, q_len, k_len,
    D: tl.constexpr, DV: tl.constexpr, D_TILE: tl.constexpr, DV_TILE: tl.constexpr,
    Q_TILE: tl.constexpr, K_TILE: tl.constexpr, CAUSAL: tl.constexpr,
):  # fmt: skip
    """The gradients of one tile of keys and of its values, from all queries."""
    head = tl.program_id(1).to(tl.int64)
    first, ahead = tl.program_id(0) * K_TILE, k_len - q_len
    places = first + tl.arange(0, K_TILE)
    d, dv = tl.arange(0, D_TILE), tl.arange(0, DV_TILE)
    keys = load_tile(k + head * k_len * D, places, k_len, d, D, True)
    values = load_tile(v + head * k_len * DV, places, k_len, dv, DV, True)
    q += head * q_len * D
    grad += head * q_len * DV
    log_sums += head * q_len
    shared += head * q_len
    keys_grad = tl.zeros((K_TILE, D_TILE), tl.float32)
    values_grad = tl.zeros((K_TILE, DV_TILE), tl.float32)
    start = 0
    if CAUSAL:  # the first query that sees one of these keys, or a little before
        start = tl.maximum(first - ahead, 0) // Q_TILE * Q_TILE
    for at in range(start, q_len, Q_TILE):
        rows = at + tl.arange(0, Q_TILE)
        queries = load_tile(q, rows, q_len, d, D, True)
        gradient = load_tile(grad, rows, q_len, dv, DV, True)
        # A query that is not there has the sum infinity, hence weights of 0.
        inside = rows < q_len
        log_sum = tl.load(log_sums + rows, mask=inside, other=float("inf"))
        common = tl.load(shared + rows, mask=inside, other=0.0)
        scores = tl.dot(keys, tl.trans(queries), input_precision="ieee")
        scores = (scores / (D**0.5) - log_sum[None, :]) * LOG2_E
        visible = places[:, None] < k_len
        if CAUSAL:
            visible &= places[:, None] <= rows[None, :] + ahead
        weights = tl.exp2(tl.where(visible, scores, -float("inf")))
        values_grad = tl.dot(
            weights.to(gradient.dtype), gradient, values_grad, input_precision="ieee"
        )
        weights_grad = tl.dot(values, tl.trans(gradient), input_precision="ieee")
        scores_grad = (weights * (weights_grad - common[None, :])).to(queries.dtype)
        keys_grad = tl.dot(scores_grad, queries, keys_grad, input_precision="ieee")
    _write(k_grad + head * k_len * D, keys_grad / (D**0.5), places, k_len, d, D)
    _write(v_grad + head * k_len * DV, values_grad, places, k_len, dv, DV)


@triton.jit
@no_type_check
def queries_kernel(
    q, k, v, grad, log_sums, shared, q_grad, q_len, k_len,
    D: tl.constexpr, DV: tl.constexpr, D_TILE: tl.constexpr, DV_TILE: tl.constexpr,
    Q_TILE: tl.constexpr, K_TILE: tl.constexpr, CAUSAL: tl.constexpr,
):  # fmt: skip
    """The gradient of one tile of queries, from all keys that they see."""
    head = tl.program_id(1).to(tl.int64)
    first, ahead = tl.program_id(0) * Q_TILE, k_len - q_len
    rows = first + tl.arange(0, Q_TILE)
    d, dv = tl.arange(0, D_TILE), tl.arange(0, DV_TILE)
    queries = load_tile(q + head * q_len * D, rows, q_len, d, D, True)
    gradient = load_tile(grad + head * q_len * DV, rows, q_len, dv, DV, True)
    inside = rows < q_len
    log_sum = tl.load(log_sums + head * q_len + rows, mask=inside, other=float("inf"))
    common = tl.load(shared + head * q_len + rows, mask=inside, other=0.0)
    k += head * k_len * D
    v += head * k_len * DV
    queries_grad = tl.zeros((Q_TILE, D_TILE), tl.float32)
    stop = k_len
    if CAUSAL:
        stop = tl.minimum(first + ahead + Q_TILE, k_len)
    for at in range(0, stop, K_TILE):
        places = at + tl.arange(0, K_TILE)
        keys = load_tile(k, places, k_len, d, D, True)
        values = load_tile(v, places, k_len, dv, DV, True)
        scores = tl.dot(queries, tl.trans(keys), input_precision="ieee")
        scores = (scores / (D**0.5) - log_sum[:, None]) * LOG2_E
        visible = places[None, :] < k_len
        if CAUSAL:
            visible &= places[None, :] <= rows[:, None] + ahead
        weights = tl.exp2(tl.where(visible, scores, -float("inf")))
        weights_grad = tl.dot(gradient, tl.trans(values), input_precision="ieee")
        scores_grad = (weights * (weights_grad - common[:, None])).to(keys.dtype)
        queries_grad = tl.dot(scores_grad, keys, queries_grad, input_precision="ieee")
    _write(q_grad + head * q_len * D, queries_grad / (D**0.5), rows, q_len, d, D)


@triton.jit
@no_type_check
def _write(x, tile, rows, n_rows, places, WIDTH: tl.constexpr):
    inside = (rows < n_rows)[:, None] & (places < WIDTH)[None, :]
    x += rows[:, None] * WIDTH + places[None, :]
    tl.store(x, tile.to(x.dtype.element_ty), mask=inside)
