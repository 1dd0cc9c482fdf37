"""What each operation of a language model computes and moves: its arithmetic intensity.

The products are those of `heedful.scaling.flops`; here they get their bytes, and beside
them stand the small operations, which that account leaves out. Each tensor is read from
memory once by each operation that takes it and written once by the one that makes it,
as if every operation were a program of its own and the caches held nothing from one to
the next. Code that fuses operations moves less: `fused=True` is for attention whose
scores never leave the chip [Dao 2022].

Derived in chapter 07. Letters as in the book.
"""

from dataclasses import dataclass

from heedful.nets.language_config import LanguageModelConfig
from heedful.scaling.flops import flops


@dataclass(frozen=True)
class Operation:
    """Floating-point operations and bytes moved, of all layers together."""

    flops: int
    n_bytes: int

    @property
    def intensity(self) -> float:
        """Operations for each byte."""
        return self.flops / self.n_bytes


def operations(
    config: LanguageModelConfig,
    *,
    n_new: int,
    n_past: int = 0,
    n_last: int | None = None,
    batch: int = 1,
    bytes_per_number: int = 2,
    fused: bool = False,
) -> dict[str, Operation]:
    """The operations of one forward pass over `batch` rows, by name.

    The lengths are those of `heedful.scaling.flops`. Keys and values that a group of
    heads shares are read once for the group, which our `repeat_kv` does not achieve.
    An exponential, root or division counts as one operation.
    """
    c, L, D, F = config, config.n_layers, config.d_model, config.d_ff
    seen = n_past + n_new
    asked = batch * (n_new if n_last is None else n_last)
    N, D_kv = batch * n_new, c.d_head * (c.n_kv_heads or c.n_heads)
    n_scores = L * N * c.n_heads * seen
    qkv = L * (2 * N * D + 2 * batch * seen * D_kv)  # q, k, v and the result
    n_wide = 2 if c.ffn == "swiglu" else 1
    n_normed = 2 * L * N + asked
    turned = L * N * (D + D_kv) if c.positions == "rotary" else 0

    numbers = {
        "projections": L * (2 * D * (D + D_kv) + N * (6 * D + 2 * D_kv)),
        "scores and mixing": qkv + (0 if fused else 2 * n_scores),
        "feed-forward": L * (n_wide + 1) * (D * F + N * (D + F)),
        "output": D * c.vocab_size + asked * (D + c.vocab_size),
        "softmax": 0 if fused else 2 * n_scores,
        "activation": L * N * F * (n_wide + 1),
        "norms": n_normed * 2 * D + (2 * L + 1) * D,
        "additions": 2 * L * N * 3 * D,
        "rotary": 2 * turned,
    }
    small = {
        "softmax": 6 * n_scores,  # scale, largest, subtract, exponential, sum, divide
        "activation": (5 if c.ffn == "swiglu" else 8) * L * N * F,
        "norms": (4 if c.norm == "rms" else 7) * n_normed * D,
        "additions": 2 * L * N * D,
        "rotary": 3 * turned,
    }
    products = flops(config, n_new=n_new, n_past=n_past, n_last=n_last)
    work = {part: batch * count for part, count in products.items()} | small
    if fused:  # the softmax is in the same program and moves nothing of its own
        work["scores and mixing"] += work.pop("softmax")
    return {
        name: Operation(count, bytes_per_number * numbers[name])
        for name, count in work.items()
        if numbers[name]
    }
