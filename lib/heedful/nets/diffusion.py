"""A Transformer that finds the noise in a curve, told by words what the curve shows.

Its block is the decoder layer of 2017 without the causal mask: every stretch of the
curve looks at all others (self-attention) and at the words (cross-attention). The
blocks by which Stable Diffusion reads a prompt are built alike. Does not cover images,
a learned text encoder, or an autoencoder around the whole.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from heedful.nets.config import TransformerConfig
from heedful.nets.masks import padding_mask
from heedful.nets.noise import cosine_schedule
from heedful.nets.positions import sinusoidal
from heedful.nets.transformer import AttentionMaps, DecoderLayer


@dataclass(frozen=True, kw_only=True)
class DenoiserConfig:
    """Every size of the model. The defaults learn curves in a minute or two.

    A curve of `curve_len` samples is read in stretches of `patch_len`. `n_steps` is
    how many steps of noise there are. `no_text_id` alone stands for "no words".
    """

    vocab_size: int
    curve_len: int = 60
    patch_len: int = 5
    max_words: int = 4
    n_steps: int = 100
    d_model: int = 64
    n_layers: int = 2
    n_heads: int = 4
    d_ff: int = 256
    pad_id: int = 0
    no_text_id: int = 1

    def __post_init__(self):
        for name in ("curve_len", "patch_len", "max_words", "n_steps"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise ValueError(f"{name}={value!r} must be a whole number from 1 up")
        if self.curve_len % self.patch_len:
            raise ValueError(
                f"curve_len={self.curve_len} is not divisible by "
                f"patch_len={self.patch_len}"
            )
        for name in ("pad_id", "no_text_id"):
            if not 0 <= getattr(self, name) < self.vocab_size:
                raise ValueError(
                    f"{name}={getattr(self, name)} is outside "
                    f"vocab_size={self.vocab_size}"
                )
        self.layer  # fails here if one of the other sizes is wrong  # noqa: B018

    @property
    def n_patches(self) -> int:
        return self.curve_len // self.patch_len

    @property
    def layer(self) -> TransformerConfig:
        """The same sizes, as a decoder layer wants them; it has no vocabulary."""
        return TransformerConfig(
            source_vocab_size=self.vocab_size,
            target_vocab_size=self.patch_len,
            d_model=self.d_model,
            n_layers=self.n_layers,
            n_heads=self.n_heads,
            d_ff=self.d_ff,
            dropout=0.0,
            norm="pre",
        )


class Denoiser(nn.Module):
    """Given a noisy curve, how noisy it is and what it shows: which part is noise?

    Rows of words of unequal number are padded on the right. To look at the attention
    weights pass `maps=Transformer.new_maps()`: each layer appends its (B, H, T, S) to
    the lists "decoder" and "cross", where T counts stretches of the curve.

    Source: [Ho 2020, sec. 3.2] for the task, [Rombach 2022, sec. 3.3] for the
    cross-attention, [Peebles 2023] for a Transformer over patches. Derived in
    chapter 03.
    """

    def __init__(
        self, config: DenoiserConfig, generator: torch.Generator | None = None
    ):
        super().__init__()
        self.config = c = config
        self.schedule = cosine_schedule(c.n_steps)
        self.word_emb = nn.Embedding(c.vocab_size, c.d_model)
        self.word_pos_emb = nn.Embedding(c.max_words, c.d_model)
        self.patch_proj = nn.Linear(c.patch_len, c.d_model)
        self.patch_pos_emb = nn.Embedding(c.n_patches, c.d_model)
        self.step_proj = nn.Sequential(
            nn.Linear(c.d_model, c.d_model), nn.SiLU(), nn.Linear(c.d_model, c.d_model)
        )
        self.blocks = nn.ModuleList(DecoderLayer(c.layer) for _ in range(c.n_layers))
        self.final_norm = nn.LayerNorm(c.d_model)
        self.noise_proj = nn.Linear(c.d_model, c.patch_len)
        self.reset_parameters(generator)

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw fresh weights; the last matrix is zero, so the first guess is zero."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight, generator=generator)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, generator=generator)
        nn.init.zeros_(self.noise_proj.weight)

    def forward(
        self,
        x: Float[Tensor, "batch curve_len"],
        t: Int[Tensor, " batch"],
        words: Int[Tensor, "batch n_words"],
        maps: AttentionMaps | None = None,
    ) -> Float[Tensor, "batch curve_len"]:
        """The noise in `x`, a curve after `t` steps of noise, 1 <= t <= n_steps."""
        c = self.config
        if words.size(1) > c.max_words:
            raise ValueError(
                f"a text of {words.size(1)} words is longer than "
                f"max_words={c.max_words}"
            )
        memory = self.word_emb(words) + self.word_pos_emb.weight[: words.size(1)]
        # (B, curve_len) -> (B, n_patches, patch_len) -> (B, n_patches, D)
        patches = self.patch_proj(x.unflatten(1, (c.n_patches, c.patch_len)))
        noisiness = sinusoidal(c.n_steps + 1, c.d_model).to(x)[t]
        x = patches + self.patch_pos_emb.weight + self.step_proj(noisiness)[:, None]
        everywhere = x.new_ones(c.n_patches, c.n_patches, dtype=torch.bool)
        word_mask = padding_mask(words, c.pad_id)
        for block in self.blocks:
            x = block(x, memory, everywhere, word_mask, maps=maps)
        return self.noise_proj(self.final_norm(x)).flatten(1)
