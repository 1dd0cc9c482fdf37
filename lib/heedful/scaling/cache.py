"""How many bytes a model keeps while it writes: keys, values, states.

Derived in chapter 08.
"""

from functools import singledispatch
from typing import Any

from heedful.nets.config import TransformerConfig
from heedful.nets.convolutional_seq2seq import ConvolutionalSeq2SeqConfig
from heedful.nets.language_config import LanguageModelConfig
from heedful.nets.recurrent_seq2seq import RecurrentSeq2SeqConfig


@singledispatch
def cache_bytes(config: Any, **sizes: int) -> int:
    """Bytes of the cache of one text of the given lengths; float32 has 4 per number.

    `cache_bytes(language_config, length=8192, bytes_per_number=2)`,
    `cache_bytes(seq2seq_config, s_len=25, t_len=25)`. `batch` texts side by side take
    `batch` times as much.
    """
    raise TypeError(f"{type(config).__name__} is no config of a model with a cache")


@cache_bytes.register
def _(
    config: LanguageModelConfig,
    *,
    length: int,
    batch: int = 1,
    bytes_per_number: int = 4,
) -> int:
    # A key and a value of d_head numbers, for each layer, kv head and position.
    per_token = 2 * config.n_layers * (config.n_kv_heads or config.n_heads)
    return batch * length * per_token * config.d_head * bytes_per_number


@cache_bytes.register
def _(
    config: TransformerConfig,
    *,
    s_len: int,
    t_len: int,
    batch: int = 1,
    bytes_per_number: int = 4,
) -> int:
    per_token = 2 * config.n_layers * config.d_model  # of the target, or of the source
    return batch * (s_len + t_len) * per_token * bytes_per_number


@cache_bytes.register
def _(
    config: RecurrentSeq2SeqConfig,
    *,
    s_len: int,
    t_len: int = 0,  # its memory of what it wrote does not grow
    batch: int = 1,
    bytes_per_number: int = 4,
) -> int:
    return batch * (config.n_layers + 2 * s_len) * config.d_model * bytes_per_number


@cache_bytes.register
def _(
    config: ConvolutionalSeq2SeqConfig,
    *,
    s_len: int = 0,
    t_len: int = 0,
    batch: int = 1,
    bytes_per_number: int = 4,
) -> int:
    kept = config.n_layers * (config.kernel_size - 1) * config.d_model
    return batch * kept * bytes_per_number
