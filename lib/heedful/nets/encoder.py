"""An encoder alone: every token looks both ways, and a text becomes vectors.

Covers BERT's shape, from BERT itself to MiniLM, and one vector for a whole text. Does
not cover the heads that BERT was trained with (masked tokens, next sentence), nor how
to learn the weights.
"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from heedful.nets.attention import MultiHeadAttention
from heedful.nets.layers import FeedForward
from heedful.nets.masks import padding_mask


@dataclass(frozen=True, kw_only=True)
class EncoderConfig:
    """Every size of the model. The defaults are BERT base, 109 million parameters.

    A segment says which text of a pair a token is from; `n_segments` is BERT's 2.
    Source: [Devlin 2019, sec. 3]. Derived in chapter 04.
    """

    vocab_size: int = 30_522
    d_model: int = 768
    n_layers: int = 12
    n_heads: int = 12
    d_ff: int = 3072
    max_seq_len: int = 512
    n_segments: int = 2
    dropout: float = 0.1
    norm_eps: float = 1e-12
    pad_id: int = 0

    def __post_init__(self):
        for name in ("vocab_size", "d_model", "n_layers", "n_heads", "d_ff",
                     "max_seq_len", "n_segments"):  # fmt: skip
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise ValueError(f"{name}={value!r} must be a whole number from 1 up")
        if self.d_model % self.n_heads:
            raise ValueError(
                f"d_model={self.d_model} is not divisible by n_heads={self.n_heads}"
            )
        if not isinstance(self.dropout, int | float) or not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout!r} must be at least 0 and below 1")
        if type(self.norm_eps) not in (int, float) or not self.norm_eps > 0:
            raise ValueError(f"norm_eps={self.norm_eps!r} must be a number above 0")
        if type(self.pad_id) is not int or not 0 <= self.pad_id < self.vocab_size:
            raise ValueError(
                f"pad_id={self.pad_id!r} is outside vocab_size={self.vocab_size}"
            )


def minilm(**changes: Any) -> EncoderConfig:
    """BERT's shape at half the width and half the depth: 22.6 million parameters.

    Taught by a larger BERT to attend as it does, then to put sentences of like
    meaning close together.
    Source: [Wang 2020]. Derived in chapter 04.
    """
    return EncoderConfig(**dict(d_model=384, n_layers=6, d_ff=1536) | changes)


class EncoderBlock(nn.Module):
    """Look at every position, then think: post-norm, with biases and GELU.

    The encoder's layer of 2017 but for the biases and for GELU in place of max(0, .).
    Source: [Devlin 2019, sec. 3 and appendix A.2]. Derived in chapter 04.
    """

    def __init__(self, config: EncoderConfig):
        super().__init__()
        c = config
        self.attn = MultiHeadAttention(c.d_model, c.n_heads, bias=True)
        self.ffn = FeedForward(c.d_model, c.d_ff, F.gelu)
        self.attn_norm = nn.LayerNorm(c.d_model, eps=c.norm_eps)
        self.ffn_norm = nn.LayerNorm(c.d_model, eps=c.norm_eps)
        self.dropout = nn.Dropout(c.dropout)

    def forward(
        self,
        x: Float[Tensor, "batch length d_model"],
        mask: Bool[Tensor, "batch 1 1 length"],
        maps: list[Tensor] | None = None,
    ) -> Float[Tensor, "batch length d_model"]:
        x = self.attn_norm(x + self.dropout(self.attn(x, mask=mask, record=maps)))
        return self.ffn_norm(x + self.dropout(self.ffn(x)))


class Encoder(nn.Module):
    """Read a whole text at once and give every token a vector that knows the others.

    Padding must be on the right; what comes out at padding means nothing. To look at
    the attention weights pass `maps=[]`: each layer appends its (B, H, T, T).

    Source: [Devlin 2019, sec. 3 and fig. 2]. Derived in chapter 04. Raises
    `ValueError` for a sequence over `max_seq_len`.
    """

    def __init__(self, config: EncoderConfig, generator: torch.Generator | None = None):
        super().__init__()
        self.config = c = config
        self.tok_emb = nn.Embedding(c.vocab_size, c.d_model)
        self.pos_emb = nn.Embedding(c.max_seq_len, c.d_model)
        self.segment_emb = nn.Embedding(c.n_segments, c.d_model)
        self.emb_norm = nn.LayerNorm(c.d_model, eps=c.norm_eps)
        self.dropout = nn.Dropout(c.dropout)
        self.blocks = nn.ModuleList(EncoderBlock(c) for _ in range(c.n_layers))
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw fresh weights from N(0, 0.02^2), as BERT's code does."""
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.02, generator=generator)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)

    def forward(
        self,
        tokens: Int[Tensor, "batch length"],
        segments: Int[Tensor, "batch length"] | None = None,
        maps: list[Tensor] | None = None,
    ) -> Float[Tensor, "batch length d_model"]:
        """One vector per token. Without `segments` all are of the first text, 0."""
        c, length = self.config, tokens.size(1)
        if length > c.max_seq_len:
            raise ValueError(
                f"a sequence of {length} tokens is longer than "
                f"max_seq_len={c.max_seq_len}"
            )
        segments = torch.zeros_like(tokens) if segments is None else segments
        x = self.tok_emb(tokens) + self.segment_emb(segments)
        x = self.dropout(self.emb_norm(x + self.pos_emb.weight[:length]))
        mask = padding_mask(tokens, c.pad_id)
        for block in self.blocks:
            x = block(x, mask, maps)
        return x


def sentence_embedding(
    vectors: Float[Tensor, "batch length d_model"], real: Bool[Tensor, "batch length"]
) -> Float[Tensor, "batch d_model"]:
    """One vector of length 1 per text: the mean over its real tokens, scaled.

    `real` is False at padding. The cosine of two texts is then the plain dot product
    of their vectors. A text without a real token gets NaN.
    Source: [Reimers 2019, sec. 3], whose mean is not scaled. Derived in chapter 04.
    """
    weights = real.to(vectors.dtype)[..., None]
    mean = (vectors * weights).sum(1) / weights.sum(1)
    return F.normalize(mean, dim=-1)
