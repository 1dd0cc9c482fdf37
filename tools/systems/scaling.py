"""Scaling: what models cost, and the laws fitted to them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from heedful import scaling
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
from heedful.scaling.published import CHINCHILLA_REFITTED, MODELS

from .table import Gap, Same, gap, same, system

B, S, T, V = 3, 7, 29, 31


def every_kind() -> Iterator[tuple[nn.Module, tuple, dict[str, int]]]:
    """A model, what it is called with, and the lengths that its account wants."""
    read, write = torch.randint(1, V, (B, S)), torch.randint(1, V, (B, T))
    sizes: dict[str, Any] = dict(d_model=28, n_layers=2)
    heads = dict(n_heads=2, d_ff=37, max_seq_len=41)
    pairs = dict(source_vocab_size=V, target_vocab_size=V, dropout=0.0)
    small = dict(vocab_size=V, **sizes, **heads)
    llama = LanguageModelConfig(**small | dict(n_heads=14, n_kv_heads=2, d_model=56))
    for config in (llama, gpt2(**{k: small[k] for k in small if k != "d_ff"})):
        yield LanguageModel(config), (write,), dict(n_new=T)
    lengths = dict(s_len=S, t_len=T)
    for norm in ("pre", "post"):
        config = TransformerConfig(**pairs, **sizes, **heads, norm=norm)
        yield Transformer(config), (read, write), lengths
    for attention in ("none", "additive", "dot"):
        config = RecurrentSeq2SeqConfig(**pairs, **sizes, attention=attention)
        yield RecurrentSeq2Seq(config), (read, write), lengths
    config = ConvolutionalSeq2SeqConfig(**pairs, **sizes, max_seq_len=41)
    yield ConvolutionalSeq2Seq(config), (read, write), lengths
    yield Encoder(EncoderConfig(**small, dropout=0.0)), (write,), dict(length=T)
    curves = torch.randn(B, 60), torch.tensor([1, 2, 3]), torch.randint(1, V, (B, 3))
    denoiser = DenoiserConfig(vocab_size=V, **sizes, n_heads=2, d_ff=37)
    yield Denoiser(denoiser), curves, dict(n_words=3)


@system(
    "parameters of every kind of model, in closed form",
    "scaling.parameters scaling.counted_parameters",
    "the count in the module",
)
def parameters() -> Same:
    models = [model for model, _, _ in every_kind()]
    ours = [sum(scaling.parameters(model.config).values()) for model in models]
    return same(ours, map(scaling.counted_parameters, models), "models")


@system(
    "parameters of GPT-2, GPT-3 and Llama 3.1",
    "scaling.published.PublishedModel",
    "the numbers that their authors print",
)
def published() -> Same:
    models = [m for m in MODELS if isinstance(m.config, LanguageModelConfig)]
    ours = [round(model.computed / model.unit) for model in models]
    printed = [model.printed / model.unit for model in models]
    return same(ours, printed, "models, to the last digit printed")


@system(
    "FLOPs of every kind of model, in closed form",
    "scaling.flops scaling.counted_flops",
    "`torch.utils.flop_counter`",
)
def flops() -> Same:
    kinds = list(every_kind())
    ours = [B * sum(scaling.flops(m.config, **at).values()) for m, _, at in kinds]
    counted = [scaling.counted_flops(lambda m=m, x=x: m(*x)) for m, x, _ in kinds]
    return same(ours, counted, "models")


@system(
    "memory for the backward pass, in closed form",
    "scaling.activation_bytes scaling.counted_activations",
    "what `torch.autograd` saves",
)
def activations() -> Same:
    ours, counted = [], []
    with torch.enable_grad():
        for model, inputs, at in every_kind():
            at = {{"n_new": "length"}.get(name, name): n for name, n in at.items()}
            parts = scaling.activation_bytes(model.config, **at, batch=B)
            ours.append(sum(parts.values()))
            run = lambda m=model, x=inputs: m(*x)  # noqa: E731
            counted.append(scaling.counted_activations(model, run))
    return same(ours, counted, "models, to the byte")


@system(
    "bytes of the KV cache, in closed form",
    "scaling.cache_bytes",
    "the room that the cache takes",
)
def caches() -> Same:
    models = [model for model, _, _ in every_kind()][:2]
    rooms = [sum(c.n_bytes for c in m.new_cache(B, T)) for m in models]
    ours = [scaling.cache_bytes(m.config, length=T, batch=B) for m in models]
    return same(ours, rooms, "models")


def known_runs() -> scaling.Runs:
    compute = np.geomspace(1e18, 1e21, 5)
    best = [CHINCHILLA_REFITTED.optimum(c)[0] for c in compute]
    n = np.concatenate([b * np.geomspace(0.2, 5, 7) for b in best])
    d = np.repeat(compute, 7) / 6 / n
    return scaling.Runs(n=n, d=d, flops=6 * n * d, loss=CHINCHILLA_REFITTED(n, d))


@system(
    "scaling law of size and data, fitted",
    "scaling.SurfaceLaw scaling.fit_surface scaling.Runs",
    "the constants with which the runs were made",
    within=1e-4,
)
def surface() -> Gap:
    law, truth = scaling.fit_surface(known_runs()), CHINCHILLA_REFITTED
    ours, theirs = (
        torch.tensor([law.E, law.A / truth.A, law.B / truth.B, law.alpha, law.beta]),
        torch.tensor([truth.E, 1.0, 1.0, truth.alpha, truth.beta]),
    )
    return gap(ours, theirs)


@system(
    "scaling law with an offset, fitted",
    "scaling.PowerLaw scaling.fit_power_law",
    "the constants with which the losses were made",
    within=1e-4,
)
def power() -> Gap:
    x = np.geomspace(1e11, 1e14, 11)
    law = scaling.fit_power_law(x, scaling.PowerLaw(1.7, 3e13, 0.23)(x))
    ours = torch.tensor([law.offset, law.scale / 3e13, law.exponent])
    return gap(ours, torch.tensor([1.7, 1.0, 0.23]))
