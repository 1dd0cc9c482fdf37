"""A language model: the decoder alone, predicting the next token of one sequence.

Covers GPT-2 (LayerNorm, GELU, learned positions), Llama 3.1 (RMSNorm, SwiGLU, rotary
positions, shared key-value heads) and what lies between. All blocks are pre-norm.
Does not cover how to choose the next token (`heedful.generate`), how to learn the
weights (`heedful.train`).
"""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from heedful.nets.attention import MultiHeadAttention
from heedful.nets.cache import KVCache
from heedful.nets.language_config import LanguageModelConfig
from heedful.nets.layers import (
    FeedForward,
    NormedHeads,
    RMSNorm,
    SwiGLU,
    gelu,
    squared_relu,
)
from heedful.nets.masks import causal_mask, left_padding_mask, sliding_window_mask
from heedful.nets.positions import Rotary, Rotation, alibi_bias


class Block(nn.Module):
    """Look back, then think: two additions to the straight way from input to output.

    Source: [Radford 2019, sec. 2.3]. Derived in chapter 06.
    """

    def __init__(self, config: LanguageModelConfig):
        super().__init__()
        c = config
        self.attn_norm = _norm(c)
        self.attn = MultiHeadAttention(c.d_model, c.n_heads, c.bias, c.n_kv_heads)
        if c.qk_norm:
            for name in ("q_proj", "k_proj"):
                normed = NormedHeads(getattr(self.attn, name), c.d_head, c.norm_eps)
                setattr(self.attn, name, normed)
        self.ffn_norm = _norm(c)
        if c.ffn == "swiglu":
            self.ffn = SwiGLU(c.d_model, c.d_ff, c.bias)
        else:
            activation = gelu if c.ffn == "gelu" else squared_relu
            self.ffn = FeedForward(c.d_model, c.d_ff, activation, c.bias)
        self.dropout = nn.Dropout(c.dropout)

    def forward(
        self, x: Float[Tensor, "batch length d_model"], **looking: Any
    ) -> Float[Tensor, "batch length d_model"]:
        """`looking` goes on to the attention: mask, rope, score_bias, cache, record."""
        x = x + self.dropout(self.attn(self.attn_norm(x), **looking))
        return x + self.dropout(self.ffn(self.ffn_norm(x)))


class LanguageModel(nn.Module):
    """Read tokens from left to right and predict, at each, the one that follows.

    Rows of unequal length are padded on the right, where the causal mask hides the
    padding from every real token, or, to be continued, on the left with `n_pad`. To
    look at the attention weights pass `maps=[]`: each layer appends its (B, H, T, S).

    Source: [Radford 2019], [Grattafiori 2024, sec. 3.2]. Derived in chapter 06.
    Raises `ValueError` for a token outside the vocabulary (on a GPU, CUDA's own error)
    and for a sequence over `max_seq_len`.
    """

    def __init__(
        self, config: LanguageModelConfig, generator: torch.Generator | None = None
    ):
        super().__init__()
        self.config = c = config
        self.tok_emb = nn.Embedding(c.vocab_size, c.d_model)
        self.pos_emb = self.rotary = self.lm_head = None
        if c.positions == "learned":
            self.pos_emb = nn.Embedding(c.max_seq_len, c.d_model)
        if c.positions == "rotary":
            self.rotary = Rotary(c.d_head, c.rope_theta, c.rope_scaling)
        self.dropout = nn.Dropout(c.dropout)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.n_layers))
        # In a pre-norm stack nothing normalises the last sum, so one more norm does.
        self.final_norm = _norm(c)
        if not c.tie_embeddings:
            self.lm_head = nn.Linear(c.d_model, c.vocab_size, bias=False)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw fresh weights from N(0, 0.02^2).

        The matrices that write to the straight way are narrower by
        sqrt(2 n_layers), the number of additions, so that its variance does not grow
        with depth, or zero with `zero_init`. Source: [Radford 2019, sec. 2.3].
        """
        narrow = 0.0 if self.config.zero_init else (2 * self.config.n_layers) ** -0.5
        for name, module in self.named_modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                writes = name.endswith(("o_proj", "down_proj"))
                std = 0.02 * narrow if writes else 0.02
                nn.init.normal_(module.weight, std=std, generator=generator)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(
        self,
        tokens: Int[Tensor, "batch length"],
        cache: list[KVCache] | None = None,
        maps: list[Tensor] | None = None,
        n_pad: Int[Tensor, " batch"] | None = None,
        n_last: int | None = None,
    ) -> Float[Tensor, "batch asked vocab"]:
        """Logits of the token that follows each one.

        With a `cache`, `tokens` holds only those that are not in it yet. `n_pad` is
        how many tokens at the beginning of each row, the cached included, are
        padding; their own logits mean nothing. With `n_last` there are logits for the
        last `n_last` tokens only: whoever reads a prompt to continue it needs one row
        of them, and V numbers for each token before it would be for nothing.
        """
        past = 0 if cache is None else cache[0].length
        x = self._embed(tokens, past, n_pad)
        looking = self._looking(x, past, n_pad)
        for i, block in enumerate(self.blocks):
            layer_cache = None if cache is None else cache[i]
            x = block(x, cache=layer_cache, record=maps, **looking)
        x = self.final_norm(x if n_last is None else x[:, -n_last:])
        if self.lm_head is None:  # the output matrix is the embedding itself
            return x @ self.tok_emb.weight.T
        return self.lm_head(x)

    def new_cache(self, batch_size: int, max_len: int) -> list[KVCache]:
        """Room for `max_len` positions in every layer, K heads each."""
        c, like = self.config, self.tok_emb.weight
        sizes = (batch_size, c.n_kv_heads or c.n_heads, max_len, c.d_head)
        return [KVCache(*sizes, like.dtype, like.device) for _ in range(c.n_layers)]

    def _embed(self, tokens: Tensor, past: int, n_pad: Tensor | None) -> Tensor:
        end = past + tokens.size(1)
        if end > self.config.max_seq_len:
            raise ValueError(
                f"a sequence of {end} tokens is longer than "
                f"max_seq_len={self.config.max_seq_len}"
            )
        try:
            x = self.tok_emb(tokens)
        except IndexError:  # asked for after the fact, so that the check is free
            lowest, highest = int(tokens.min()), int(tokens.max())
            wrong = lowest if lowest < 0 else highest
            raise ValueError(
                f"token {wrong} is outside the vocabulary: "
                f"vocab_size={self.config.vocab_size}"
            ) from None
        if self.pos_emb is not None:
            places = torch.arange(past, end, device=tokens.device)
            if n_pad is not None:
                places = (places - n_pad[:, None]).clamp(min=0)
            x = x + self.pos_emb(places)
        return self.dropout(x)

    def _looking(self, x: Tensor, past: int, n_pad: Tensor | None) -> dict[str, Any]:
        """What every layer's attention is told alike: who may see whom, and where."""
        c, length, end = self.config, x.size(1), past + x.size(1)
        if c.window is None:
            mask = causal_mask(length, end, x.device)
        else:
            mask = sliding_window_mask(length, end, window=c.window, device=x.device)
        if n_pad is not None:
            mask = mask & left_padding_mask(n_pad, length, end)
        # Rotary positions and ALiBi know distances only, which padding leaves as
        # they are.
        score_bias = None
        if c.positions == "alibi":
            score_bias = alibi_bias(c.n_heads, length, end, x.device).to(x.dtype)
        return dict(mask=mask, rope=self._rope(x, past), score_bias=score_bias)

    def _rope(self, x: Tensor, past: int) -> Rotation | None:
        if self.rotary is None:
            return None
        places = torch.arange(past, past + x.size(1), device="cpu")
        cos, sin = self.rotary(places)
        return cos.to(x), sin.to(x)


def _norm(config: LanguageModelConfig) -> nn.Module:
    if config.norm == "rms":
        return RMSNorm(config.d_model, config.norm_eps)
    return nn.LayerNorm(config.d_model, config.norm_eps, bias=config.bias)
