"""How many bytes a forward pass puts aside for the backward pass, from the config.

What must be kept follows from the derivative of each operation. A matrix product
keeps its two factors, softmax its output, LayerNorm its input and two numbers per
position, a gate both of its sides. All forms are for training in float32 (4 bytes per
number) without padding; they count what this library's code keeps with PyTorch on a
CPU, to the byte. Code that fuses operations keeps less. The logits and what the loss
keeps of them are not in: that is one number per position and piece, `B T V`.

Letters: B rows, S source and T target positions, D width, F feed-forward width, L
layers, H heads. Derived in chapter 09.
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

FLOAT, INT = 4, 8
"""Bytes of a number in float32, and of a token id."""


@singledispatch
def activation_bytes(config: Any, **sizes: int) -> Parts:
    """Bytes kept by one forward pass over `batch` rows, by part.

    The lengths are those of `heedful.scaling.flops`. The part "weights" are the
    attention weights and masks: what grows with the square of the length.
    """
    raise TypeError(f"{type(config).__name__} is no config of a model of this library")


@activation_bytes.register
def _(config: LanguageModelConfig, *, length: int, batch: int = 1) -> Parts:
    c, B, T, L = config, batch, length, config.n_layers
    if c.qk_norm or c.ffn == "relu2":
        raise TypeError(f"qk_norm={c.qk_norm}, ffn={c.ffn!r} is not covered")
    row = B * T * c.d_model
    # Our RMSNorm keeps x, x / rms and the result; LayerNorm x and the result.
    norm = 3 * row + B * T if c.norm == "rms" else 2 * row + 2 * B * T
    turning = T * c.d_head if c.positions == "rotary" else 0
    wide = (4 if c.ffn == "swiglu" else 2) * B * T * c.d_ff
    places = T if c.positions == "learned" else 0
    return {
        "embeddings": INT * (B * T + places),
        "norms": FLOAT * (2 * L + 1) * norm,
        "attention": FLOAT * (L * 4 * row + turning),  # q, k, v and what o_proj reads
        "weights": L * _weights(B, c.n_heads, T, T, mask=T * T),
        "feed-forward": FLOAT * L * wide,
        "dropout": FLOAT * (2 * L + 1) * row * (c.dropout > 0),
    }


@activation_bytes.register
def _(config: TransformerConfig, *, s_len: int, t_len: int, batch: int = 1) -> Parts:
    c, B, S, T, L, H = config, batch, s_len, t_len, config.n_layers, config.n_heads
    source, target = B * S * c.d_model, B * T * c.d_model
    n_last = 1 if c.norm == "pre" else 0  # norms behind the last layers
    n_numbers = (2 * L + n_last) * B * S + (3 * L + n_last) * B * T
    norms = (4 * L + n_last) * source + (6 * L + n_last) * target
    weights = _weights(B, H, S, S, mask=B * S) + _weights(B, H, T, T, mask=T * T)
    return {
        "embeddings": INT * B * (S + T),
        "norms": FLOAT * (norms + 2 * n_numbers),
        # as above; across the key and value of the source, and once the memory
        "attention": FLOAT * ((4 * L + 2 * L + 1) * source + (4 * L + 2 * L) * target),
        "weights": L * (weights + _weights(B, H, T, S, mask=B * S)),
        "feed-forward": FLOAT * L * B * (S + T) * c.d_ff,  # ReLU: input is not needed
        "output": FLOAT * target,
        "dropout": FLOAT
        * ((2 * L + 1) * source + (3 * L + 1) * target)
        * (c.dropout > 0),
    }


@activation_bytes.register
def _(config: EncoderConfig, *, length: int, batch: int = 1) -> Parts:
    c, B, T, L = config, batch, length, config.n_layers
    row = B * T * c.d_model
    return {
        "embeddings": 2 * INT * B * T,  # token and segment
        "norms": FLOAT * ((4 * L + 1) * row + (2 * L + 1) * 2 * B * T),
        "attention": FLOAT * L * 4 * row,
        "weights": L * _weights(B, c.n_heads, T, T, mask=B * T),
        "feed-forward": FLOAT * L * 2 * B * T * c.d_ff,
        "dropout": FLOAT * (2 * L + 1) * row * (c.dropout > 0),
    }


@activation_bytes.register
def _(config: DenoiserConfig, *, n_words: int, batch: int = 1) -> Parts:
    c, B, S, T, L = config, batch, n_words, config.n_patches, config.n_layers
    row, words = B * T * c.d_model, B * S * c.d_model
    weights = _weights(B, c.n_heads, T, T, mask=T * T)
    return {
        "embeddings": INT * B * S,
        "patches": FLOAT * B * T * c.patch_len,
        "noisiness": FLOAT * 3 * B * c.d_model,
        "norms": FLOAT * ((6 * L + 1) * row + (3 * L + 1) * 2 * B * T),
        "attention": FLOAT * (6 * L * row + (2 * L + 1) * words),
        "weights": L * (weights + _weights(B, c.n_heads, T, S, mask=B * S)),
        "feed-forward": FLOAT * L * B * T * c.d_ff,
        "output": FLOAT * row,
    }


@activation_bytes.register
def _(
    config: RecurrentSeq2SeqConfig, *, s_len: int, t_len: int, batch: int = 1
) -> Parts:
    c, B, S, T, D = config, batch, s_len, t_len, config.d_model
    source, target = B * S * D, B * T * D
    # A GRU keeps r, z, 1 - z, n, the three parts of U h + c and h; above the first
    # layer also what it reads.
    cell = 9 * c.n_layers - 1
    attention = {
        "none": 0,
        # tanh(q + k) of all pairs: what dot products need not build
        "additive": FLOAT * (source + T * source) + T * _weights(B, 1, 1, S, B * S),
        "dot": FLOAT * (3 * source + 2 * target) + T * _weights(B, 1, 1, S, B * S),
    }
    return {
        "embeddings": INT * B * (S + T) + FLOAT * 2 * source,  # forwards and back
        "encoder": FLOAT * cell * source + 2 * B * S,
        "first state": FLOAT * B * D,
        "attention": attention[c.attention],
        "decoder": FLOAT * (cell + 2) * target,
        "output": FLOAT * 3 * target,
        "dropout": FLOAT * (source + 3 * target) * (c.dropout > 0),
    }


@activation_bytes.register
def _(
    config: ConvolutionalSeq2SeqConfig, *, s_len: int, t_len: int, batch: int = 1
) -> Parts:
    c, B, S, T, L = config, batch, s_len, t_len, config.n_layers
    source, target = B * S * c.d_model, B * T * c.d_model
    past = B * (c.kernel_size - 1) * c.d_model
    return {
        "embeddings": INT * B * (S + T),
        "convolutions": FLOAT * L * 3 * (source + target) + L * (FLOAT * past + B * S),
        "attention": FLOAT * (2 * source + L * (2 * target + B)),
        "weights": L * _weights(B, 1, T, S, mask=B * S),
        "output": FLOAT * target,
        "dropout": FLOAT * ((L + 1) * source + (L + 2) * target) * (c.dropout > 0),
    }


def _weights(batch: int, n_heads: int, q_len: int, k_len: int, mask: int) -> int:
    # Softmax's output, and one byte for each entry of the mask.
    return FLOAT * batch * n_heads * q_len * k_len + mask
