"""The encoder-decoder Transformer of 2017, leaves first, model last.

Covers post-norm (the paper) and pre-norm (today's habit), teacher forcing for
training and cached decoding for generation. Does not cover how to choose the next
token (`heedful.generate`) or how to learn the weights (`heedful.train`).
"""

from functools import partial

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from heedful.nets.attention import MultiHeadAttention
from heedful.nets.cache import KVCache
from heedful.nets.config import TransformerConfig
from heedful.nets.layers import FeedForward
from heedful.nets.masks import causal_mask, padding_mask
from heedful.nets.positions import sinusoidal

AttentionMaps = dict[str, list[Tensor]]
LayerCache = tuple[KVCache, KVCache]


class EncoderLayer(nn.Module):
    """Every source position looks at every other, then thinks by itself.

    Source: [Vaswani 2017, fig. 1, left]. Derived in chapter 05.
    """

    def __init__(self, config: TransformerConfig):
        super().__init__()
        d_model, eps = config.d_model, config.norm_eps
        self.pre_norm = config.norm == "pre"
        self.attn = MultiHeadAttention(d_model, config.n_heads)
        self.ffn = FeedForward(d_model, config.d_ff)
        self.attn_norm = nn.LayerNorm(d_model, eps=eps)
        self.ffn_norm = nn.LayerNorm(d_model, eps=eps)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self,
        x: Float[Tensor, "batch s_len d_model"],
        mask: Bool[Tensor, "batch 1 1 s_len"],
        maps: AttentionMaps | None = None,
    ) -> Float[Tensor, "batch s_len d_model"]:
        record = None if maps is None else maps["encoder"]
        drop = self.dropout
        if self.pre_norm:
            x = x + drop(self.attn(self.attn_norm(x), mask=mask, record=record))
            return x + drop(self.ffn(self.ffn_norm(x)))
        x = self.attn_norm(x + drop(self.attn(x, mask=mask, record=record)))
        return self.ffn_norm(x + drop(self.ffn(x)))


class DecoderLayer(nn.Module):
    """Look back at what is written, look across at the source, then think.

    Source: [Vaswani 2017, fig. 1, right]. Derived in chapter 05.
    """

    def __init__(self, config: TransformerConfig):
        super().__init__()
        d_model, eps = config.d_model, config.norm_eps
        self.pre_norm = config.norm == "pre"
        self.attn = MultiHeadAttention(d_model, config.n_heads)
        self.cross_attn = MultiHeadAttention(d_model, config.n_heads)
        self.ffn = FeedForward(d_model, config.d_ff)
        self.attn_norm = nn.LayerNorm(d_model, eps=eps)
        self.cross_norm = nn.LayerNorm(d_model, eps=eps)
        self.ffn_norm = nn.LayerNorm(d_model, eps=eps)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self,
        x: Float[Tensor, "batch t_len d_model"],
        memory: Float[Tensor, "batch s_len d_model"],
        mask: Bool[Tensor, "t_len _"],
        memory_mask: Bool[Tensor, "batch 1 1 s_len"],
        cache: LayerCache | None = None,
        maps: AttentionMaps | None = None,
    ) -> Float[Tensor, "batch t_len d_model"]:
        self_cache, cross_cache = cache or (None, None)
        back_record = None if maps is None else maps["decoder"]
        cross_record = None if maps is None else maps["cross"]

        look_back = partial(self.attn, mask=mask, cache=self_cache, record=back_record)
        look_across = partial(
            self.cross_attn, memory=memory, mask=memory_mask, cache=cross_cache,
            record=cross_record,
        )  # fmt: skip
        drop = self.dropout
        if self.pre_norm:
            x = x + drop(look_back(self.attn_norm(x)))
            x = x + drop(look_across(self.cross_norm(x)))
            return x + drop(self.ffn(self.ffn_norm(x)))
        x = self.attn_norm(x + drop(look_back(x)))
        x = self.cross_norm(x + drop(look_across(x)))
        return self.ffn_norm(x + drop(self.ffn(x)))


class Transformer(nn.Module):
    """Read a source once, then write a target one token after the other.

    `forward` is teacher forcing: it gets the whole target, shifted right, and
    predicts every next token at once; the causal mask keeps that honest. Padding
    must be on the right. To look at the attention weights pass
    `maps=Transformer.new_maps()`: each layer appends its (B, H, T, S) to the lists
    "encoder", "decoder" and "cross".

    Source: [Vaswani 2017, fig. 1]. Derived in chapter 05, where a box lists what
    differs from the paper. Raises `ValueError` for a sequence over `max_seq_len`.
    """

    positions: Tensor

    def __init__(
        self, config: TransformerConfig, generator: torch.Generator | None = None
    ):
        super().__init__()
        self.config = config
        d_model = config.d_model
        self.source_emb = nn.Embedding(config.source_vocab_size, d_model)
        self.target_emb = nn.Embedding(config.target_vocab_size, d_model)
        self.dropout = nn.Dropout(config.dropout)
        self.encoder = nn.ModuleList(
            EncoderLayer(config) for _ in range(config.n_layers)
        )
        self.decoder = nn.ModuleList(
            DecoderLayer(config) for _ in range(config.n_layers)
        )
        # In a pre-norm stack nothing normalises the last sum, so one more norm does.
        last = nn.LayerNorm if config.norm == "pre" else nn.Identity
        self.encoder_norm = last(d_model, eps=config.norm_eps)
        self.decoder_norm = last(d_model, eps=config.norm_eps)
        # A constant, so no part of what is learned or saved.
        table = sinusoidal(config.max_seq_len, d_model)
        self.register_buffer("positions", table, persistent=False)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw fresh weights: Glorot for matrices, N(0, 1/d_model) for embeddings."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight, generator=generator)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Embedding):
                std = self.config.d_model**-0.5
                nn.init.normal_(module.weight, std=std, generator=generator)

    @staticmethod
    def new_maps() -> AttentionMaps:
        return {"encoder": [], "decoder": [], "cross": []}

    def forward(
        self,
        source: Int[Tensor, "batch s_len"],
        target: Int[Tensor, "batch t_len"],
        maps: AttentionMaps | None = None,
    ) -> Float[Tensor, "batch t_len target_vocab"]:
        """Logits of the token that follows each position of `target`."""
        memory = self.encode(source, maps)
        return self.decode(target, memory, self.source_mask(source), maps=maps)

    def source_mask(
        self, source: Int[Tensor, "batch s_len"]
    ) -> Bool[Tensor, "batch 1 1 s_len"]:
        return padding_mask(source, self.config.pad_id)

    def encode(
        self, source: Int[Tensor, "batch s_len"], maps: AttentionMaps | None = None
    ) -> Float[Tensor, "batch s_len d_model"]:
        """The left half of the figure: one vector per source token, the memory."""
        mask = self.source_mask(source)
        x = self._embed(self.source_emb, source, start=0)
        for layer in self.encoder:
            x = layer(x, mask, maps)
        return self.encoder_norm(x)

    def decode(
        self,
        target: Int[Tensor, "batch t_len"],
        memory: Float[Tensor, "batch s_len d_model"],
        memory_mask: Bool[Tensor, "batch 1 1 s_len"],
        cache: list[LayerCache] | None = None,
        maps: AttentionMaps | None = None,
    ) -> Float[Tensor, "batch t_len target_vocab"]:
        """The right half: logits of the next token at each position of `target`.

        With a `cache`, `target` holds only the tokens that are not in it yet.
        """
        past = 0 if cache is None else cache[0][0].length
        t_len = target.size(1)
        mask = causal_mask(t_len, past + t_len, device=target.device)
        x = self._embed(self.target_emb, target, start=past)
        for i, layer in enumerate(self.decoder):
            layer_cache = None if cache is None else cache[i]
            x = layer(x, memory, mask, memory_mask, layer_cache, maps)
        # The output matrix is the target embedding itself [Vaswani 2017, sec. 3.4].
        return self.decoder_norm(x) @ self.target_emb.weight.T

    def new_cache(self, memory: Tensor, max_len: int) -> list[LayerCache]:
        """Room for `max_len` target positions, and for the projected memory."""
        c, (batch, s_len, _) = self.config, memory.shape

        def room(length: int) -> KVCache:
            kind, place = memory.dtype, memory.device
            return KVCache(batch, c.n_heads, length, c.d_head, kind, place)

        return [(room(max_len), room(s_len)) for _ in range(c.n_layers)]

    def _embed(self, embedding: nn.Embedding, tokens: Tensor, start: int) -> Tensor:
        end = start + tokens.size(1)
        if end > self.config.max_seq_len:
            raise ValueError(
                f"a sequence of {end} tokens is longer than "
                f"max_seq_len={self.config.max_seq_len}"
            )
        # Embeddings start with variance 1/d_model; sqrt(d_model) brings them to the
        # size of the sinusoids, so that neither drowns the other.
        x = embedding(tokens) * self.config.d_model**0.5
        return self.dropout(x + self.positions[start:end])
