"""How many floating-point operations a model takes, from its config and the lengths.

A multiplication and an addition are two operations. Only matrix products and
convolutions are counted, as PyTorch's counter does; norms, activations, softmax and
the turning of rotary positions are not, and are under 2 % of the arithmetic of models
of practical width. Masked scores are counted, since they are computed.

Two rules explain all forms. A matrix with n numbers takes 2 n operations for each
position that passes it. Comparing T queries of width D with S keys takes 2 T S D, and
mixing S values by the weights as much again, whatever the number of heads.

Derived in chapter 09.
"""

from functools import singledispatch
from typing import Any

from heedful.nets.config import TransformerConfig
from heedful.nets.convolutional_seq2seq import ConvolutionalSeq2SeqConfig
from heedful.nets.diffusion import DenoiserConfig
from heedful.nets.encoder import EncoderConfig
from heedful.nets.language_config import LanguageModelConfig
from heedful.nets.recurrent_seq2seq import RecurrentSeq2SeqConfig
from heedful.scaling.parameters import Parts


@singledispatch
def flops(config: Any, **lengths: int | None) -> Parts:
    """Operations of one forward pass over one sequence, by part.

    The lengths depend on the model: `flops(language_config, n_new=1, n_past=2047,
    n_last=1)`, `flops(encoder_config, length=25)`, `flops(seq2seq_config, s_len=25,
    t_len=25)`, `flops(denoiser_config, n_words=3)`.
    """
    raise TypeError(f"{type(config).__name__} is no config of a model of this library")


def training_flops(config: Any, **lengths: int | None) -> int:
    """Operations of forward and backward pass: three times those of the forward pass.

    Each product C = A B asks for two products on the way back, one for the gradient of
    A and one for that of B. Slightly too many where A is data and needs no gradient.
    """
    total = 3 * sum(flops(config, **lengths).values())
    if isinstance(config, RecurrentSeq2SeqConfig) and config.attention == "additive":
        # The scores are a matrix times a vector. What goes back to the matrix is no
        # product of matrices, but the vector times a number for each row.
        s_len, t_len = lengths["s_len"] or 0, lengths["t_len"] or 0
        total -= 2 * t_len * s_len * config.d_model
    return total


@flops.register
def _(
    config: LanguageModelConfig,
    *,
    n_new: int,
    n_past: int = 0,
    n_last: int | None = None,
) -> Parts:
    # As LanguageModel.forward: n_new tokens behind n_past that are in the cache, and
    # logits for the last n_last of them.
    c, D, T = config, config.d_model, n_new
    D_kv = c.d_head * (c.n_kv_heads or c.n_heads)
    n_matrices = 3 if c.ffn == "swiglu" else 2
    asked = T if n_last is None else n_last
    return {
        "projections": c.n_layers * 2 * T * (2 * D * D + 2 * D * D_kv),
        "scores and mixing": c.n_layers * 2 * 2 * T * (n_past + T) * D,
        "feed-forward": c.n_layers * 2 * T * n_matrices * D * c.d_ff,
        "output": 2 * asked * D * c.vocab_size,
    }


@flops.register
def _(config: TransformerConfig, *, s_len: int, t_len: int) -> Parts:
    c, D, S, T = config, config.d_model, s_len, t_len
    # Encoder: 4 projections of S. Decoder: 4 of T, and across 2 of T and 2 of S.
    return {
        "projections": c.n_layers * 2 * (6 * S + 6 * T) * D * D,
        "scores and mixing": c.n_layers * 4 * (S * S + T * T + T * S) * D,
        "feed-forward": c.n_layers * 2 * (S + T) * 2 * D * c.d_ff,
        "output": 2 * T * D * c.target_vocab_size,
    }


@flops.register
def _(config: EncoderConfig, *, length: int) -> Parts:
    c, D, T = config, config.d_model, length
    return {
        "projections": c.n_layers * 2 * T * 4 * D * D,
        "scores and mixing": c.n_layers * 4 * T * T * D,
        "feed-forward": c.n_layers * 2 * T * 2 * D * c.d_ff,
    }


@flops.register
def _(config: DenoiserConfig, *, n_words: int) -> Parts:
    c, D, S, T = config, config.d_model, n_words, config.n_patches
    return {
        "patches": 2 * T * c.patch_len * D,
        "noisiness": 2 * 2 * D * D,
        "projections": c.n_layers * 2 * (6 * T + 2 * S) * D * D,
        "scores and mixing": c.n_layers * 4 * (T * T + T * S) * D,
        "feed-forward": c.n_layers * 2 * T * 2 * D * c.d_ff,
        "output": 2 * T * D * c.patch_len,
    }


@flops.register
def _(config: RecurrentSeq2SeqConfig, *, s_len: int, t_len: int) -> Parts:
    c, D, S, T = config, config.d_model, s_len, t_len

    def step(d_in: int, d_hidden: int) -> int:
        upper = (c.n_layers - 1) * 2 * d_hidden
        return 2 * 3 * d_hidden * (d_in + d_hidden + upper)

    # Keys, and with "dot" values, are projected once; queries at each step.
    attention = {
        "none": 0,
        "additive": 2 * (S + T) * D * D + 4 * T * S * D,
        "dot": 2 * (2 * S + 2 * T) * D * D + 4 * T * S * D,
    }
    return {
        "encoder": 2 * S * step(D, D // 2),
        "first state": 2 * D * c.n_layers * D,
        "attention": attention[c.attention],
        "decoder": T * step(2 * D, D),
        "output": 2 * T * (2 * D * D + D * c.target_vocab_size),
    }


@flops.register
def _(config: ConvolutionalSeq2SeqConfig, *, s_len: int, t_len: int) -> Parts:
    c, D, S, T = config, config.d_model, s_len, t_len
    return {
        "convolutions": c.n_layers * 2 * (S + T) * c.kernel_size * D * 2 * D,
        "projections": c.n_layers * 2 * T * D * D,
        "scores and mixing": c.n_layers * 4 * T * S * D,
        "output": 2 * T * D * c.target_vocab_size,
    }
