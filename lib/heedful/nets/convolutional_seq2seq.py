"""The convolutional encoder-decoder: no position waits for another, no path is short.

Stacked convolutions read the source and write the target; every decoder layer looks
at the whole source by attention, but at what is written only as far as its kernels
reach. Called like `heedful.nets.Transformer`.

Source: [Gehring 2017]. Does not cover its weight normalisation and gradient scaling.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from heedful.nets.convolutional import CausalConvolution
from heedful.nets.masks import padding_mask
from heedful.nets.transformer import AttentionMaps

HALF_VARIANCE = 0.5**0.5
"""The sum of two like things, times this, varies as much as one of them."""


@dataclass(frozen=True, kw_only=True)
class ConvolutionalSeq2SeqConfig:
    """Every size of the model.

    `n_layers` counts the encoder's layers and, again, the decoder's. `kernel_size` is
    odd, so that an encoder position sees as far ahead as back.
    """

    source_vocab_size: int
    target_vocab_size: int
    d_model: int = 512
    n_layers: int = 6
    kernel_size: int = 3
    max_seq_len: int = 512
    dropout: float = 0.1
    pad_id: int = 0

    def __post_init__(self):
        counts = ("source_vocab_size", "target_vocab_size", "d_model", "n_layers",
                  "kernel_size", "max_seq_len")  # fmt: skip
        for name in counts:
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise ValueError(f"{name}={value!r} must be a whole number from 1 up")
        if self.kernel_size % 2 == 0:
            raise ValueError(f"kernel_size={self.kernel_size} is even: no middle")
        if not isinstance(self.dropout, int | float) or not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout!r} must be at least 0 and below 1")


class ConvolutionalEncoderLayer(nn.Module):
    """Each source position looks at its neighbours on both sides, through a gate.

    Source: [Gehring 2017, sec. 3.2]. Derived in chapter 01.
    """

    def __init__(self, config: ConvolutionalSeq2SeqConfig):
        super().__init__()
        d_model, k = config.d_model, config.kernel_size
        self.conv = nn.Conv1d(d_model, 2 * d_model, k, padding=k // 2)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self, x: Float[Tensor, "batch s_len d_model"], real: Bool[Tensor, "batch s_len"]
    ) -> Float[Tensor, "batch s_len d_model"]:
        # Beyond the end of a sentence stand zeros, be there padding or nothing.
        x = x.masked_fill(~real[..., None], 0)
        gated = F.glu(self.conv(self.dropout(x).mT).mT)
        return (gated + x) * HALF_VARIANCE


class ConvolutionalDecoderLayer(nn.Module):
    """Look back as far as the kernel reaches, then across at the whole source.

    The query is the layer's own state plus `y`, the embedding of the last token; what
    is found is a sum over `values`, the encoder's output plus its input.
    Source: [Gehring 2017, sec. 3.3 and 3.4, eq. 1 and 2]. Derived in chapter 01.
    """

    def __init__(self, config: ConvolutionalSeq2SeqConfig):
        super().__init__()
        d_model = config.d_model
        self.conv = CausalConvolution(d_model, 2 * d_model, config.kernel_size)
        self.q_proj = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self,
        x: Float[Tensor, "batch t_len d_model"],
        y: Float[Tensor, "batch t_len d_model"],
        keys: Float[Tensor, "batch s_len d_model"],
        values: Float[Tensor, "batch s_len d_model"],
        mask: Bool[Tensor, "batch 1 1 s_len"],
        past: Float[Tensor, "batch n_past d_model"] | None = None,
        record: list[Tensor] | None = None,
    ) -> Float[Tensor, "batch t_len d_model"]:
        x = (F.glu(self.conv(self.dropout(x), past)) + x) * HALF_VARIANCE
        # (B, T, D) @ (B, D, S) -> (B, T, S); the paper does not divide by sqrt(D)
        scores = (self.q_proj(x) + y) @ keys.mT
        weights = scores.masked_fill(~mask[:, 0], float("-inf")).softmax(dim=-1)
        if record is not None:
            record.append(weights.detach()[:, None])
        # An even mean over n vectors varies n times less than one of them.
        n_real = mask[:, 0].sum(-1, keepdim=True, dtype=x.dtype)
        return (x + weights @ values * n_real.sqrt()) * HALF_VARIANCE


@dataclass
class ConvolutionalCache:
    """The last inputs of every decoder layer, as many as its kernel reaches back."""

    pasts: list[Float[Tensor, "batch n_past d_model"]]
    length: int = 0


class ConvolutionalSeq2Seq(nn.Module):
    """Read a source and write a target with convolutions, positions and attention.

    `forward` is teacher forcing, all positions at once, as in `Transformer`. Padding
    must be on the right. With `maps=ConvolutionalSeq2Seq.new_maps()` each decoder
    layer appends its attention weights (B, 1, T, S) to the list "cross".

    Source: [Gehring 2017, fig. 1], with the target embedding as output matrix, as in
    `Transformer`, and one width for all. Derived in chapter 01. Raises `ValueError`
    for a sequence over `max_seq_len`.
    """

    def __init__(
        self,
        config: ConvolutionalSeq2SeqConfig,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        self.config = config
        d_model, layers = config.d_model, range(config.n_layers)
        self.source_emb = nn.Embedding(config.source_vocab_size, d_model)
        self.source_pos = nn.Embedding(config.max_seq_len, d_model)
        self.target_emb = nn.Embedding(config.target_vocab_size, d_model)
        self.target_pos = nn.Embedding(config.max_seq_len, d_model)
        self.dropout = nn.Dropout(config.dropout)
        self.encoder = nn.ModuleList(ConvolutionalEncoderLayer(config) for _ in layers)
        self.decoder = nn.ModuleList(ConvolutionalDecoderLayer(config) for _ in layers)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw weights that keep the variance from layer to layer.

        A gate halves what it lets through, so convolutions start twice as large.
        Source: [Gehring 2017, sec. 3.5].
        """
        kept = 1 - self.config.dropout
        for module in self.modules():
            if isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, std=0.1, generator=generator)
            elif isinstance(module, nn.Linear | nn.Conv1d):
                gain = 4 if isinstance(module, nn.Conv1d) else 1
                std = (gain * kept / module.weight[0].numel()) ** 0.5
                nn.init.normal_(module.weight, std=std, generator=generator)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

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
        memory = self.encode(source)
        return self.decode(target, memory, self.source_mask(source), maps=maps)

    def source_mask(
        self, source: Int[Tensor, "batch s_len"]
    ) -> Bool[Tensor, "batch 1 1 s_len"]:
        return padding_mask(source, self.config.pad_id)

    def encode(
        self, source: Int[Tensor, "batch s_len"]
    ) -> Float[Tensor, "batch s_len two_d_model"]:
        """Keys and values of every source token, side by side."""
        real = source != self.config.pad_id
        x = y = self._embed(self.source_emb, self.source_pos, source, start=0)
        for layer in self.encoder:
            x = layer(x, real)
        return torch.cat([x, x + y], dim=-1)

    def decode(
        self,
        target: Int[Tensor, "batch t_len"],
        memory: Float[Tensor, "batch s_len two_d_model"],
        memory_mask: Bool[Tensor, "batch 1 1 s_len"],
        cache: ConvolutionalCache | None = None,
        maps: AttentionMaps | None = None,
    ) -> Float[Tensor, "batch t_len target_vocab"]:
        """Logits of the next token at each position of `target`.

        With a `cache`, `target` holds only the tokens that are not in it yet.
        """
        cache = self.new_cache(memory, target.size(1)) if cache is None else cache
        record = None if maps is None else maps["cross"]
        keys, values = memory.chunk(2, dim=-1)
        x = y = self._embed(self.target_emb, self.target_pos, target, cache.length)
        for i, layer in enumerate(self.decoder):
            past, so_far = cache.pasts[i], torch.cat([cache.pasts[i], x], dim=1)
            cache.pasts[i] = so_far[:, target.size(1) :]
            x = layer(x, y, keys, values, memory_mask, past, record)
        cache.length += target.size(1)
        return self.dropout(x) @ self.target_emb.weight.T

    def new_cache(
        self, memory: Float[Tensor, "batch s_len two_d_model"], max_len: int
    ) -> ConvolutionalCache:
        """Zeros before the first token; any `max_len` fits."""
        shape = (len(memory), self.config.kernel_size - 1, self.config.d_model)
        return ConvolutionalCache([memory.new_zeros(shape) for _ in self.decoder])

    def _embed(
        self, embedding: nn.Embedding, places: nn.Embedding, tokens: Tensor, start: int
    ) -> Tensor:
        end = start + tokens.size(1)
        if end > self.config.max_seq_len:
            raise ValueError(
                f"a sequence of {end} tokens is longer than "
                f"max_seq_len={self.config.max_seq_len}"
            )
        return self.dropout(embedding(tokens) + places.weight[start:end])
