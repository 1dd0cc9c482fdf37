"""How fast a GPU multiplies, copies, takes shares and attends."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from heedful.hardware.kernels.peak import peak_bytes
from heedful.nets.attention import attend
from heedful.nets.masks import causal_mask
from heedful.studies.gpu_timing import fastest, seconds

FORWARD = ((128, 64, 4, 3), (128, 64, 8, 3), (128, 128, 8, 2), (64, 64, 4, 3))
BACKWARD = ((64, 64, 4, 2), (64, 128, 8, 2), (128, 64, 8, 2), (128, 128, 8, 2))


def ceilings(
    device: str = "cuda", n: int = 8192, n_bytes: int = 2**32
) -> dict[str, float]:
    """Operations per second of an n by n product, and bytes per second of a copy.

    By PyTorch, on random numbers: on zeros a GPU needs less power and is faster. A
    copy of `n_bytes` reads and writes each of them.
    """
    found: dict[str, float] = {}
    for name in ("float32", "bfloat16"):
        a, b = (
            torch.randn(n, n, device=device).to(getattr(torch, name)) for _ in range(2)
        )
        found[name] = 2 * n**3 / seconds(partial(torch.mm, a, b), device)
    source = torch.randn(n_bytes // 4, device=device)
    target = torch.empty_like(source)
    found["bandwidth"] = 2 * n_bytes / seconds(lambda: target.copy_(source), device)
    return found


def matmul_sweep(
    device: str = "cuda",
    sizes: Sequence[int] = tuple(range(512, 4097, 128)),
    dtype: str = "bfloat16",
) -> dict[str, Any]:
    """Seconds of square products by PyTorch and by our tiles, for each size."""
    from heedful.hardware.kernels.triton_matmul import MatmulTiles, tiled_matmul

    rows = []
    for n in sizes:
        a, b = (
            torch.randn(n, n, device=device).to(getattr(torch, dtype)) for _ in "ab"
        )
        times = {
            "torch": seconds(partial(torch.mm, a, b), device, total=0.05),
            "ours": seconds(partial(tiled_matmul, a, b), device, total=0.05),
        }
        rows.append({"size": n} | times)
    return {"dtype": dtype, "tiles": MatmulTiles()._asdict(), "rows": rows}


def softmaxes(
    device: str = "cuda", n_rows: int = 8192, n_columns: int = 65_536
) -> dict[str, Any]:
    """Seconds of softmax in three passes, in two, and by PyTorch, in float32.

    `least_bytes` is to read and to write each number once.
    """
    from heedful.hardware.kernels.triton_softmax import (
        online_softmax,
        three_pass_softmax,
    )

    x = torch.randn(n_rows, n_columns, device=device)
    ways = {
        "torch": partial(torch.softmax, x, -1),
        "three passes": partial(three_pass_softmax, x),
        "online": partial(online_softmax, x),
    }
    times = {name: seconds(run, device) for name, run in ways.items()}
    return {"shape": list(x.shape), "least_bytes": 2 * x.nbytes, "seconds": times}


def attentions(
    device: str = "cuda",
    lengths: Sequence[int] = (1024, 2048, 4096, 8192, 16_384, 32_768, 65_536),
    n_heads: int = 16,
    d_head: int = 64,
    dtype: str = "bfloat16",
    forward: Sequence[tuple[int, ...]] = FORWARD,
    backward: Sequence[tuple[int, ...]] = BACKWARD,
    tuned_at: int = 8192,
) -> dict[str, Any]:
    """Attention by the whole matrix, by PyTorch's fused kernel and by ours.

    A row has the seconds of the forward pass, of forward and backward, and the peak
    bytes of the latter, or that the memory was not enough. `operations` are those of
    the forward pass, with half of the scores if causal. The tiles are chosen before,
    among `forward` and `backward`, at one length.
    """
    from heedful.hardware.kernels.triton_flash import Tiles, flash_attend

    new = partial(_inputs, n_heads, d_head, dtype, device)
    q, k, v = new(tuned_at)
    ahead, tried = fastest(
        [Tiles(*t) for t in forward],
        lambda tiles: flash_attend(q, k, v, True, tiles),
        device,
    )
    back, tried_back = fastest(
        [Tiles(*t) for t in backward],
        lambda tiles: _both_ways(flash_attend, q, k, v, True, ahead, tiles),
        device,
    )
    ways: dict[str, Callable[..., Tensor]] = {
        "matrix": _by_matrix,
        "sdpa": lambda q, k, v, causal: F.scaled_dot_product_attention(
            q, k, v, is_causal=causal
        ),
        "ours": lambda q, k, v, causal: flash_attend(q, k, v, causal, ahead, back),
    }
    rows = []
    for length in lengths:
        q, k, v = new(length)
        for causal in (False, True):
            operations = 4 * n_heads * length**2 * d_head // (2 if causal else 1)
            for name, way in ways.items():
                about = dict(length=length, causal=causal, way=name)
                cost = _cost(way, (q, k, v), causal, device)
                rows.append(about | {"operations": operations} | cost)
    return {
        "shape": {"n_heads": n_heads, "d_head": d_head, "dtype": dtype},
        "tiles": {"forward": list(ahead), "backward": list(back)},
        "tried": {"forward": tried, "forward and backward": tried_back},
        "rows": rows,
    }


def _cost(
    way: Callable[..., Tensor], qkv: Sequence[Tensor], causal: bool, device: str
) -> dict[str, Any]:
    def forward() -> None:
        with torch.no_grad():
            way(*qkv, causal)

    def both() -> None:
        _both_ways(way, *qkv, causal)

    try:
        return {
            "forward": seconds(forward, device, total=0.1),
            "both": seconds(both, device, total=0.1),
            "peak_bytes": peak_bytes(both, device),
        }
    except torch.OutOfMemoryError:
        return {"error": "out of memory"}


def _both_ways(attend: Callable[..., Tensor], *arguments: Any) -> None:
    out = attend(*arguments)
    torch.autograd.grad(out, arguments[:3], torch.ones_like(out))


def _by_matrix(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    return attend(q, k, v, causal_mask(q.size(-2), device=q.device) if causal else None)


def _inputs(
    n_heads: int, d_head: int, dtype: str, device: str, length: int
) -> list[Tensor]:
    shape = (1, n_heads, length, d_head)
    return [
        torch.randn(shape, device=device).to(getattr(torch, dtype)).requires_grad_()
        for _ in range(3)
    ]
