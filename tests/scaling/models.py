"""Every kind of model, in sizes that are distinct primes where they can be.

For each: its config, a function that runs it, and the lengths by which its closed
forms know what was run.
"""

from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import nn

from heedful.nets import (
    ConvolutionalSeq2Seq,
    Denoiser,
    DenoiserConfig,
    Encoder,
    EncoderConfig,
    LanguageModel,
    LanguageModelConfig,
    RecurrentSeq2Seq,
    Transformer,
    TransformerConfig,
)
from heedful.nets.convolutional_seq2seq import ConvolutionalSeq2SeqConfig
from heedful.nets.language_config import gpt2
from heedful.nets.recurrent_seq2seq import RecurrentSeq2SeqConfig

B, S, T = 3, 17, 19


@dataclass
class Case:
    name: str
    model: nn.Module
    inputs: tuple[Any, ...]
    lengths: dict[str, int]

    @property
    def config(self):
        return self.model.config

    def run(self):
        return self.model(*self.inputs)


def tokens(vocab_size, length, batch=B):
    generator = torch.Generator().manual_seed(length)
    return torch.randint(1, vocab_size, (batch, length), generator=generator)


def language_models(dropout):
    small = dict(vocab_size=53, d_model=28, n_heads=2, d_ff=31, max_seq_len=43)
    yield "llama", LanguageModelConfig(**small, n_layers=3, dropout=dropout)
    yield (
        "grouped",
        LanguageModelConfig(
            **small | dict(d_model=40, n_heads=10), n_kv_heads=2, n_layers=2, window=7
        ),
    )
    yield (
        "gpt2",
        gpt2(
            **{k: v for k, v in small.items() if k != "d_ff"},
            n_layers=2,
            dropout=dropout,
        ),
    )
    yield (
        "alibi",
        LanguageModelConfig(
            **small, n_layers=1, positions="alibi", norm="layer", tie_embeddings=True
        ),
    )
    yield "biased", LanguageModelConfig(**small, n_layers=1, bias=True)


def cases(dropout=0.0):
    for name, config in language_models(dropout):
        yield Case(name, LanguageModel(config), (tokens(53, T),), dict(n_new=T))
    pairs = dict(source_vocab_size=53, target_vocab_size=59, dropout=dropout)
    inputs = tokens(53, S), tokens(59, T)
    lengths = dict(s_len=S, t_len=T)
    for norm in ("post", "pre"):
        config = TransformerConfig(
            **pairs, d_model=28, n_heads=2, n_layers=3, d_ff=31, max_seq_len=43,
            norm=norm,
        )  # fmt: skip
        yield Case(f"transformer, {norm}", Transformer(config), inputs, lengths)
    config = EncoderConfig(
        vocab_size=53, d_model=28, n_heads=2, n_layers=3, d_ff=31, max_seq_len=43,
        dropout=dropout,
    )  # fmt: skip
    yield Case("encoder", Encoder(config), (tokens(53, T),), dict(length=T))
    config = DenoiserConfig(
        vocab_size=53, curve_len=77, patch_len=7, max_words=5, d_model=28, n_heads=2,
        n_layers=3, d_ff=31,
    )  # fmt: skip
    noisy = torch.randn(B, 77), torch.tensor([1, 2, 3]), tokens(53, 5)
    yield Case("denoiser", Denoiser(config), noisy, dict(n_words=5))
    for attention in ("none", "additive", "dot"):
        for n_layers in (1, 3):
            config = RecurrentSeq2SeqConfig(
                **pairs, d_model=28, n_layers=n_layers, attention=attention
            )
            name = f"recurrent, {attention}, {n_layers}"
            yield Case(name, RecurrentSeq2Seq(config), inputs, lengths)
    config = ConvolutionalSeq2SeqConfig(
        **pairs, d_model=28, n_layers=3, kernel_size=5, max_seq_len=43
    )
    yield Case("convolutional", ConvolutionalSeq2Seq(config), inputs, lengths)


def every_model(**options):
    return pytest.mark.parametrize("case", list(cases(**options)), ids=lambda c: c.name)
