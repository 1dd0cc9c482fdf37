"""Hardware: what a GPU runs, tile by tile."""

from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor
from torch.nn import functional as F

from heedful.checks.parallelism import Slow
from heedful.hardware import kernels
from heedful.nets import causal_mask

from .table import Gap, Missing, Same, gap, largest, same, system

M, N, K = 37, 53, 71
TILES = (7, 64, 101)
Attention = Callable[[Tensor, Tensor, Tensor, bool], Tensor]


@system(
    "matrix product by rows and columns, and in tiles",
    "hardware.kernels.naive_matmul hardware.kernels.tiled_matmul",
    "`torch.matmul`",
    within=1e-4,
)
def matmul() -> Gap:
    a, b = torch.randn(M, K), torch.randn(K, N)
    ways = [kernels.tiled_matmul(a, b, tile) for tile in TILES]
    return largest(gap(c, a @ b) for c in [*ways, kernels.naive_matmul(a, b)])


@system(
    "numbers that a product in tiles fetches, in closed form",
    "hardware.kernels.numbers_read",
    "a memory that counts what is fetched",
)
def fetched() -> Same:
    counted = []
    for tile in TILES:
        a, b = Slow(torch.zeros(M, K), tile), Slow(torch.zeros(K, N), tile)
        starts = (range(0, length, tile) for length in (M, N, K))
        for i, j, k in product(*starts):
            a[i : i + tile, k : k + tile]
            b[k : k + tile, j : j + tile]
        counted.append(a.fetched + b.fetched)
    ours = [kernels.numbers_read(M, N, K, tile) for tile in TILES]
    return same(ours, counted, "sizes of tiles")


@system(
    "softmax in three passes, and online in two",
    "hardware.kernels.three_pass_softmax hardware.kernels.online_softmax",
    "`torch.softmax`",
    within=1e-5,
)
def softmax() -> Gap:
    x = 5 * torch.randn(3, 5, K)
    ways = (kernels.three_pass_softmax, kernels.online_softmax)
    return largest(gap(way(x, tile), x.softmax(-1)) for way in ways for tile in TILES)


def there_and_back(attend: Attention, causal: bool) -> Tensor:
    """What attention gives, and the gradients of its inputs, in one row."""
    draw = torch.Generator().manual_seed(0)
    shapes = (2, 3, M, 11), (2, 3, N, 11), (2, 3, N, 19)
    with torch.enable_grad():
        qkv = [torch.randn(s, generator=draw).requires_grad_() for s in shapes]
        out = attend(*qkv, causal)
        grads = torch.autograd.grad(out.square().sum(), qkv)
    return torch.cat([part.detach().flatten() for part in (out, *grads)])


def theirs(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    mask = causal_mask(q.size(-2), k.size(-2)) if causal else None
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


@system(
    "FlashAttention, forward and backward",
    "hardware.kernels.flash_attend hardware.kernels.flash_forward "
    "hardware.kernels.flash_backward",
    "`F.scaled_dot_product_attention` and its gradients",
    within=1e-4,
)
def flash() -> Gap:
    return largest(
        gap(there_and_back(ours, causal), there_and_back(theirs, causal))
        for tile in TILES
        for ours in [lambda *given, tile=tile: kernels.flash_attend(*given, tile)]
        for causal in (False, True)
    )


@system(
    "most memory that attention holds at once",
    "hardware.kernels.peak_bytes hardware.kernels.attention_peaks",
    "two squares of float32 numbers: the scores, and the weights made of them",
)
def peaks() -> Same:
    lengths = (97, 193, 389)
    ours = kernels.attention_peaks(lengths)["naive"]
    return same(ours, [2 * 4 * n * n for n in lengths], "lengths, to the byte")


@system(
    "the same as Triton kernels (`triton_matmul`, `triton_softmax`, `triton_flash`), "
    "interpreted on the CPU",
    "hardware.kernels",
    "their twins above",
    within=1e-4,
    needs="`make test-kernels`",
)
def triton_kernels() -> Gap:
    try:
        from heedful.hardware.kernels import triton_flash, triton_matmul, triton_softmax
        from heedful.hardware.kernels.backend import INTERPRETED
    except RuntimeError as error:
        raise Missing(str(error)) from None
    if not INTERPRETED:
        raise Missing("the interpreter is off: set TRITON_INTERPRET=1")
    a, b, x = torch.randn(M, K), torch.randn(K, N), 5 * torch.randn(13, K)
    tiles = triton_flash.Tiles(16, 16, 4, 2)

    def attend(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
        return triton_flash.flash_attend(q, k, v, causal, tiles, tiles)

    pairs = [
        (triton_matmul.naive_matmul(a, b), kernels.naive_matmul(a, b)),
        (triton_matmul.tiled_matmul(a, b), kernels.tiled_matmul(a, b)),
        (triton_softmax.three_pass_softmax(x, 16), kernels.three_pass_softmax(x)),
        (triton_softmax.online_softmax(x, 16), kernels.online_softmax(x)),
    ]
    for causal in (False, True):
        twin = there_and_back(kernels.flash_attend, causal)
        pairs.append((there_and_back(attend, causal), twin))
    return largest(gap(*pair) for pair in pairs)
