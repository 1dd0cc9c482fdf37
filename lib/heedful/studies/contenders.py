"""The models that a comparison sets side by side, each as large as the others.

The Transformer's sizes are given; of each other model the width is found by which it
has as many parameters.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from heedful.nets.convolutional_seq2seq import (
    ConvolutionalSeq2Seq,
    ConvolutionalSeq2SeqConfig,
)
from heedful.nets.recurrent_seq2seq import RecurrentSeq2Seq, RecurrentSeq2SeqConfig
from heedful.nets.transformer import Transformer
from heedful.scaling.counted import counted_parameters
from heedful.train.config import ModelSizes

Model = RecurrentSeq2Seq | ConvolutionalSeq2Seq | Transformer

Vocab = tuple[int, int]
"""How many pieces source and target have."""

TOLERANCE = 0.01
"""How far apart two models of equal size may be, as a share of the parameters."""

CONV_LAYERS, KERNEL_SIZE = 3, 3
"""An encoder position sees 3 words to either side, a decoder position 6 back."""


@dataclass(frozen=True)
class Contender:
    """A kind of model. `build` takes the Transformer's sizes, a width and a vocabulary.

    Widths are multiples of `step`. `waits(sizes, s_len, t_len)` counts the layers and
    the steps of cells that must wait for each other when a pair is learned.
    """

    label: str
    step: int
    build: Callable[[ModelSizes, int, Vocab, torch.Generator | None], Model]
    waits: Callable[[ModelSizes, int, int], int]


def _transformer(
    sizes: ModelSizes, d_model: int, vocab: Vocab, generator: torch.Generator | None
) -> Model:
    sizes = replace(sizes, d_model=d_model)
    return Transformer(sizes.with_vocab(*vocab), generator)


def _convolutional(
    sizes: ModelSizes, d_model: int, vocab: Vocab, generator: torch.Generator | None
) -> Model:
    config = ConvolutionalSeq2SeqConfig(
        source_vocab_size=vocab[0],
        target_vocab_size=vocab[1],
        d_model=d_model,
        n_layers=CONV_LAYERS,
        kernel_size=KERNEL_SIZE,
        max_seq_len=sizes.max_seq_len,
        dropout=sizes.dropout,
    )
    return ConvolutionalSeq2Seq(config, generator)


def _recurrent(attention: str) -> Contender:
    def build(
        sizes: ModelSizes, d_model: int, vocab: Vocab, generator: torch.Generator | None
    ) -> Model:
        config = RecurrentSeq2SeqConfig(
            source_vocab_size=vocab[0],
            target_vocab_size=vocab[1],
            d_model=d_model,
            attention=attention,
            dropout=sizes.dropout,
        )
        return RecurrentSeq2Seq(config, generator)

    label = "GRU" if attention == "none" else "GRU with attention"
    # The two encoders run side by side: they wait for no one but themselves.
    return Contender(label, 2, build, lambda sizes, s_len, t_len: s_len + t_len)


CONTENDERS: dict[str, Contender] = {
    "gru": _recurrent("none"),
    "gru_attention": _recurrent("additive"),
    "convolutional": Contender(
        "convolutional", 1, _convolutional, lambda *_: 2 * CONV_LAYERS
    ),
    "transformer": Contender(
        "Transformer", 1, _transformer, lambda sizes, *_: 2 * sizes.n_layers
    ),
}


def equal_widths(sizes: ModelSizes, vocab: Vocab) -> dict[str, int]:
    """The width of each contender that has as many parameters as the Transformer.

    Raises `ValueError` if the nearest width of one is off by more than 1 %: a small
    model has few widths to choose from.
    """

    def count(name: str, d_model: int) -> int:
        with torch.device("meta"):  # shapes without numbers
            model = CONTENDERS[name].build(sizes, d_model, vocab, None)
            return counted_parameters(model)

    target = count("transformer", sizes.d_model)
    widths = {"transformer": sizes.d_model}
    for name, kind in CONTENDERS.items():
        if name in widths:
            continue
        fitting = range(kind.step, 4097, kind.step)
        i = bisect_left(fitting, target, key=lambda width: count(name, width))
        near = {width: count(name, width) for width in fitting[max(0, i - 1) : i + 1]}
        width = min(near, key=lambda width: abs(near[width] - target))
        if abs(near[width] - target) > TOLERANCE * target:
            raise ValueError(
                f"the Transformer has {target:,} parameters, and no width of the "
                f"{kind.label} comes within {TOLERANCE:.0%} of that (d_model={width} "
                f"has {near[width]:,}): change d_ff={sizes.d_ff} a little"
            )
        widths[name] = width
    return {name: widths[name] for name in CONTENDERS}


def longest_chain(out: Tensor) -> int:
    """How many operations behind `out` had to wait for one another.

    The longest way through the graph that autograd keeps of them: what no number of
    processors can shorten. Derived in chapter 01.
    """
    lengths: dict[Any, int] = {None: 0}
    stack: list[Any] = [out.grad_fn]
    while stack:
        before = [] if stack[-1] is None else [n for n, _ in stack[-1].next_functions]
        missing = [node for node in before if node not in lengths]
        stack += missing
        if not missing:
            # What waits for nothing is a weight, not an operation.
            length = 1 + max(lengths[node] for node in before) if before else 0
            lengths.setdefault(stack.pop(), length)
    return lengths[out.grad_fn]
