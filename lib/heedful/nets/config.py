"""Every size of the Transformer, checked before anything is built."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TransformerConfig:
    """Every size of the model. The defaults are the paper's base model.

    `n_layers` counts the encoder's layers and, again, the decoder's. `norm` is
    "post" (LayerNorm after the residual sum) or "pre" (before the sublayer).
    """

    source_vocab_size: int
    target_vocab_size: int
    d_model: int = 512
    n_layers: int = 6
    n_heads: int = 8
    d_ff: int = 2048
    max_seq_len: int = 512
    dropout: float = 0.1
    norm: str = "post"
    norm_eps: float = 1e-5
    pad_id: int = 0

    def __post_init__(self):
        counts = ("source_vocab_size", "target_vocab_size", "d_model", "n_layers",
                  "n_heads", "d_ff", "max_seq_len")  # fmt: skip
        for name in counts:
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise ValueError(f"{name}={value!r} must be a whole number from 1 up")
        if self.d_model % self.n_heads:
            raise ValueError(
                f"d_model={self.d_model} is not divisible by n_heads={self.n_heads}"
            )
        if self.d_model % 2:
            raise ValueError(f"d_model={self.d_model} is odd: positions need pairs")
        if not isinstance(self.dropout, int | float) or not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout!r} must be at least 0 and below 1")
        if self.norm not in ("post", "pre"):
            raise ValueError(f"norm={self.norm!r} must be 'post' or 'pre'")

    @property
    def d_head(self) -> int:
        return self.d_model // self.n_heads
