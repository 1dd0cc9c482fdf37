"""The forward kernel of FlashAttention: one program for a tile of queries of one head.

Exponentials are of 2, for which a GPU has an instruction; the scores are scaled so
that they are those of e. Source: [Dao 2023, alg. 1].
"""

from typing import no_type_check

from heedful.hardware.kernels.backend import tl, triton

LOG2_E = tl.constexpr(1.4426950408889634)


@triton.jit
@no_type_check
def load_tile(x, rows, n_rows, places, WIDTH: tl.constexpr, CHECKED: tl.constexpr):
    """Rows of a matrix of which (n_rows, WIDTH) are there; zeros for what is not.

    With CHECKED false the caller knows that all rows are there.
    """
    x += rows[:, None] * WIDTH + places[None, :]
    if CHECKED:
        inside = (rows[:, None] < n_rows) & (places[None, :] < WIDTH)
        return tl.load(x, mask=inside, other=0.0)
    if places.shape[0] == WIDTH:
        return tl.load(x)
    return tl.load(x, mask=places[None, :] < WIDTH, other=0.0)


@triton.jit
@no_type_check
def forward_kernel(
    q, k, v, out, log_sums, q_len, k_len,
    D: tl.constexpr, DV: tl.constexpr, D_TILE: tl.constexpr, DV_TILE: tl.constexpr,
    Q_TILE: tl.constexpr, K_TILE: tl.constexpr, CAUSAL: tl.constexpr,
):  # fmt: skip
    """Mix the values for one tile of queries. Writes `out` and `log_sums`."""
    head = tl.program_id(1).to(tl.int64)
    first, ahead = tl.program_id(0) * Q_TILE, k_len - q_len
    rows = first + tl.arange(0, Q_TILE)
    d, dv = tl.arange(0, D_TILE), tl.arange(0, DV_TILE)
    queries = load_tile(q + head * q_len * D, rows, q_len, d, D, True)
    k += head * k_len * D
    v += head * k_len * DV
    highest = tl.full((Q_TILE,), -float("inf"), tl.float32)
    total = tl.zeros((Q_TILE,), tl.float32)
    mixed = tl.zeros((Q_TILE, DV_TILE), tl.float32)
    # Up to `clear` each query sees each key, so that nothing must be checked there.
    clear, seen = k_len, k_len
    if CAUSAL:
        clear = tl.minimum(first + ahead + 1, k_len)
        seen = tl.minimum(first + ahead + Q_TILE, k_len)
    clear = clear // K_TILE * K_TILE
    highest, total, mixed = _look(
        queries, k, v, highest, total, mixed, 0, clear, rows + ahead, k_len, d, dv,
        D, DV, K_TILE, CAUSAL, False,
    )  # fmt: skip
    highest, total, mixed = _look(
        queries, k, v, highest, total, mixed, clear, seen, rows + ahead, k_len, d, dv,
        D, DV, K_TILE, CAUSAL, True,
    )  # fmt: skip
    inside = rows < q_len
    log_sum = (highest + tl.log2(total)) / LOG2_E
    tl.store(log_sums + head * q_len + rows, log_sum, mask=inside)
    out += head * q_len * DV + rows[:, None] * DV + dv[None, :]
    mixed = (mixed / total[:, None]).to(out.dtype.element_ty)
    tl.store(out, mixed, mask=inside[:, None] & (dv < DV)[None, :])


@triton.jit
@no_type_check
def _look(
    queries, k, v, highest, total, mixed, start, stop, own, k_len, d, dv,
    D: tl.constexpr, DV: tl.constexpr, K_TILE: tl.constexpr,
    CAUSAL: tl.constexpr, CHECKED: tl.constexpr,
):  # fmt: skip
    """Take in the keys and values from `start` to `stop`, tile by tile."""
    scale = LOG2_E / (D**0.5)
    for at in range(start, stop, K_TILE):
        places = at + tl.arange(0, K_TILE)
        keys = load_tile(k, places, k_len, d, D, CHECKED)
        scores = tl.dot(queries, tl.trans(keys), input_precision="ieee") * scale
        if CHECKED:
            visible = places[None, :] < k_len
            if CAUSAL:
                visible &= places[None, :] <= own[:, None]
            scores = tl.where(visible, scores, -float("inf"))
        new = tl.maximum(highest, tl.max(scores, 1))
        weights, shrink = tl.exp2(scores - new[:, None]), tl.exp2(highest - new)
        total = total * shrink + tl.sum(weights, 1)
        values = load_tile(v, places, k_len, dv, DV, CHECKED)
        mixed = tl.dot(
            weights.to(values.dtype), values, mixed * shrink[:, None],
            input_precision="ieee",
        )  # fmt: skip
        highest = new
    return highest, total, mixed
