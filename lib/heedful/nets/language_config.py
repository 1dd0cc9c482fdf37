"""What decides a language model's shape, and the shapes that made history."""

from dataclasses import dataclass
from typing import Any

from heedful.nets.positions import RopeScaling


@dataclass(frozen=True, kw_only=True)
class LanguageModelConfig:
    """Every size and every choice. The defaults are a small Llama.

    `n_kv_heads` None means as many as `n_heads`. `norm` is "rms" or "layer", `ffn`
    "swiglu", "gelu" or "relu2", `positions` "rotary", "learned", "alibi" or "none".
    `max_seq_len` holds for all four, although only learned positions run out.
    `window`, if given, is how many positions a token sees, itself included. With
    `qk_norm` every query and key is normed, with `zero_init` the matrices that write
    to the straight way begin at zero, so that a new block changes nothing.
    """

    vocab_size: int
    d_model: int = 256
    n_layers: int = 4
    n_heads: int = 4
    n_kv_heads: int | None = None
    d_ff: int = 896
    max_seq_len: int = 512
    norm: str = "rms"
    norm_eps: float = 1e-5
    ffn: str = "swiglu"
    bias: bool = False
    positions: str = "rotary"
    rope_theta: float = 10_000.0
    rope_scaling: RopeScaling | None = None
    window: int | None = None
    tie_embeddings: bool = False
    dropout: float = 0.0
    qk_norm: bool = False
    zero_init: bool = False

    def __post_init__(self):
        counts = ["vocab_size", "d_model", "n_layers", "n_heads", "d_ff", "max_seq_len"]
        counts += [n for n in ("n_kv_heads", "window") if getattr(self, n) is not None]
        for name in counts:
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise ValueError(f"{name}={value!r} must be a whole number from 1 up")
        for name in ("norm_eps", "rope_theta"):
            value = getattr(self, name)
            if type(value) not in (int, float) or not value > 0:
                raise ValueError(f"{name}={value!r} must be a number above 0")
        if not isinstance(self.dropout, int | float) or not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout!r} must be at least 0 and below 1")
        for name, choices in (
            ("norm", ("rms", "layer")),
            ("ffn", ("swiglu", "gelu", "relu2")),
            ("positions", ("rotary", "learned", "alibi", "none")),
            ("bias", (True, False)),
            ("tie_embeddings", (True, False)),
            ("qk_norm", (True, False)),
            ("zero_init", (True, False)),
        ):
            if getattr(self, name) not in choices:
                known = ", ".join(map(repr, choices))
                raise ValueError(
                    f"{name}={getattr(self, name)!r} must be one of {known}"
                )
        self._check_divisors()

    def _check_divisors(self) -> None:
        d_model, n_heads, n_kv_heads = self.d_model, self.n_heads, self.n_kv_heads
        if d_model % n_heads:
            raise ValueError(f"{d_model=} is not divisible by {n_heads=}")
        if n_kv_heads is not None and n_heads % n_kv_heads:
            raise ValueError(f"{n_heads=} is not divisible by {n_kv_heads=}")
        if self.positions == "rotary" and self.d_head % 2:
            raise ValueError(f"d_head={self.d_head} is odd: a rotation needs pairs")
        if self.positions != "rotary" and self.rope_scaling is not None:
            raise ValueError(f"positions={self.positions!r} cannot have a rope_scaling")

    @property
    def d_head(self) -> int:
        return self.d_model // self.n_heads


def gpt2(
    *,
    vocab_size: int = 50_257,
    d_model: int = 768,
    n_layers: int = 12,
    n_heads: int = 12,
    max_seq_len: int = 1024,
    **changes: Any,
) -> LanguageModelConfig:
    """GPT-2's shape at any size; the defaults are its smallest, 124 million.

    Source: [Radford 2019, table 2]. Derived in chapter 06.
    """
    shape: dict[str, Any] = dict(
        d_ff=4 * d_model, norm="layer", ffn="gelu", bias=True,
        positions="learned", tie_embeddings=True,
    )  # fmt: skip
    return LanguageModelConfig(
        vocab_size=vocab_size,
        d_model=d_model,
        n_layers=n_layers,
        n_heads=n_heads,
        max_seq_len=max_seq_len,
        **shape | changes,
    )


def llama(
    *,
    vocab_size: int,
    d_model: int,
    n_layers: int,
    n_heads: int,
    n_kv_heads: int,
    max_seq_len: int,
    **changes: Any,
) -> LanguageModelConfig:
    """Llama 3.1's shape at any size: `d_ff` is 3.5 `d_model`, rotary, no bias.

    Source: [Grattafiori 2024, table 3]. Derived in chapter 06.
    """
    shape: dict[str, Any] = dict(d_ff=7 * d_model // 2, rope_theta=500_000.0)
    return LanguageModelConfig(
        vocab_size=vocab_size,
        d_model=d_model,
        n_layers=n_layers,
        n_heads=n_heads,
        n_kv_heads=n_kv_heads,
        max_seq_len=max_seq_len,
        **shape | changes,
    )


def llama3_1_8b() -> LanguageModelConfig:
    """Llama 3.1 with 8.03 billion parameters: 32 GB in float32, 16 GB in bfloat16.

    Source: [Grattafiori 2024, table 3]. Derived in chapter 06.
    """
    return llama(
        vocab_size=128_256,
        d_model=4096,
        n_layers=32,
        n_heads=32,
        n_kv_heads=8,
        max_seq_len=131_072,
        rope_scaling=RopeScaling(),
    )
