"""How many numbers each part of a model has, from its config alone.

One closed form per kind of model, equal to the count in the module, part by part:

    sum(parameters(llama3_1_8b()).values())  # 8,030,261,248

Derived in chapter 09. Letters as in the book: D width, F feed-forward width, L layers,
V vocabulary.
"""

from functools import singledispatch
from typing import Any

from heedful.nets.config import TransformerConfig
from heedful.nets.convolutional_seq2seq import ConvolutionalSeq2SeqConfig
from heedful.nets.diffusion import DenoiserConfig
from heedful.nets.encoder import EncoderConfig
from heedful.nets.language_config import LanguageModelConfig
from heedful.nets.recurrent_seq2seq import RecurrentSeq2SeqConfig

Parts = dict[str, int]
"""Name of a part -> its share of a total."""


@singledispatch
def parameters(config: Any) -> Parts:
    """The learned numbers of a model with this config, by part.

    What is shared, as an output matrix with the embedding, counts once. Raises
    `TypeError` for what is no config of a model.
    """
    raise TypeError(f"{type(config).__name__} is no config of a model of this library")


@parameters.register
def _(config: LanguageModelConfig) -> Parts:
    c, D = config, config.d_model
    D_kv = c.d_head * (c.n_kv_heads or c.n_heads)
    if c.ffn == "swiglu":
        ffn, ffn_bias = 3 * D * c.d_ff, 2 * c.d_ff + D
    else:
        ffn, ffn_bias = 2 * D * c.d_ff, c.d_ff + D
    norm = 2 * D if c.norm == "layer" and c.bias else D
    n_positions = c.max_seq_len if c.positions == "learned" else 0
    return {
        "embeddings": (c.vocab_size + n_positions) * D,
        "attention": c.n_layers * (2 * D * D + 2 * D * D_kv + c.bias * 2 * (D + D_kv)),
        "feed-forward": c.n_layers * (ffn + c.bias * ffn_bias),
        "norms": (2 * c.n_layers + 1) * norm + c.qk_norm * c.n_layers * 2 * c.d_head,
        "output": 0 if c.tie_embeddings else c.vocab_size * D,
    }


@parameters.register
def _(config: TransformerConfig) -> Parts:
    c, D = config, config.d_model
    n_norms = 5 * c.n_layers + (2 if c.norm == "pre" else 0)
    return {
        "embeddings": (c.source_vocab_size + c.target_vocab_size) * D,
        "attention": 3 * c.n_layers * 4 * D * D,
        "feed-forward": 2 * c.n_layers * (2 * D * c.d_ff + c.d_ff + D),
        "norms": n_norms * 2 * D,
        "output": 0,  # the target embedding
    }


@parameters.register
def _(config: EncoderConfig) -> Parts:
    c, D = config, config.d_model
    return {
        "embeddings": (c.vocab_size + c.max_seq_len + c.n_segments) * D,
        "attention": c.n_layers * 4 * (D * D + D),
        "feed-forward": c.n_layers * (2 * D * c.d_ff + c.d_ff + D),
        "norms": (2 * c.n_layers + 1) * 2 * D,
    }


@parameters.register
def _(config: DenoiserConfig) -> Parts:
    c, D = config, config.d_model
    return {
        "embeddings": (c.vocab_size + c.max_words + c.n_patches) * D,
        "patches": (c.patch_len + 1) * D,
        "noisiness": 2 * (D + 1) * D,
        "attention": 2 * c.n_layers * 4 * D * D,
        "feed-forward": c.n_layers * (2 * D * c.d_ff + c.d_ff + D),
        "norms": (3 * c.n_layers + 1) * 2 * D,
        "output": (D + 1) * c.patch_len,
    }


@parameters.register
def _(config: RecurrentSeq2SeqConfig) -> Parts:
    c, D = config, config.d_model

    def gru(d_in: int, d_hidden: int) -> int:
        return 3 * d_hidden * (d_in + d_hidden + 2)

    def stack(d_in: int, d_hidden: int) -> int:
        return gru(d_in, d_hidden) + (c.n_layers - 1) * gru(d_hidden, d_hidden)

    attention = {"additive": 2 * D * D + D, "dot": 4 * D * D, "none": 0}
    return {
        "embeddings": (c.source_vocab_size + c.target_vocab_size) * D,
        "encoder": 2 * stack(D, D // 2),
        "first state": c.n_layers * D * (D + 1),
        "attention": attention[c.attention],
        "decoder": stack(2 * D, D),
        "output": (2 * D + 1) * D,
    }


@parameters.register
def _(config: ConvolutionalSeq2SeqConfig) -> Parts:
    c, D = config, config.d_model
    n_embedded = c.source_vocab_size + c.target_vocab_size + 2 * c.max_seq_len
    return {
        "embeddings": n_embedded * D,
        "convolutions": 2 * c.n_layers * (c.kernel_size * D + 1) * 2 * D,
        "attention": c.n_layers * (D + 1) * D,
    }
