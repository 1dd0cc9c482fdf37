"""The corpus `curves`: a few words, and a curve that shows them one after the other.

"up flat wave" is a curve of 60 samples whose first third rises, whose second is level
and whose last swings. How high, how far and where it starts is drawn, so a text has
many curves. `read_curve` tells the words from the samples again, by least squares and
no network, so that what a model draws can be judged.

The combinations of words are split into parts that share none (`part_of`): a model
that draws those of the test part right has understood the words one by one.
"""

import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from heedful.text.batching import pad
from heedful.text.corpus import part_of
from heedful.text.tokenizer import BOS_ID, Tokenizer

SHAPES = ("down", "flat", "hill", "up", "valley", "wave")
CURVE_LEN = 60
N_WORDS = (2, 3, 4)
"""How many words a text may have; each gets an equal stretch of the 60 samples."""


@dataclass(frozen=True)
class CurveBatch:
    """Token ids, padded on the right, and what they describe, between -1 and 1."""

    words: Int[Tensor, "batch n_words"]
    curves: Float[Tensor, "batch curve_len"]


def curve_texts(part: str) -> list[str]:
    """All texts of "train", "valid" or "test", in a fixed order."""
    words = (itertools.product(SHAPES, repeat=n) for n in N_WORDS)
    texts = map(" ".join, itertools.chain.from_iterable(words))
    return [text for text in texts if part_of(f"curve {text}") == part]


def curve_tokenizer() -> Tokenizer:
    """A piece per word of `SHAPES`."""
    return Tokenizer.build(SHAPES, "word")


def encode_texts(texts: Sequence[str]) -> Int[Tensor, "batch n_words"]:
    """The words of each text as ids, padded on the right."""
    tokenizer = curve_tokenizer()
    return pad([tokenizer.encode(text) for text in texts])


def draw_curves(
    texts: Sequence[str], generator: torch.Generator | None = None
) -> Float[Tensor, "batch 60"]:
    """A curve for each text. Raises `ValueError` for a word or length it cannot have.

    In each stretch the shape has half its height between 0.5 and 0.9, and stands
    somewhere between -1 and 1.
    """
    rows = [_split(text) for text in texts]
    curves = torch.empty(len(rows), CURVE_LEN)
    for n in {len(row) for row in rows}:
        chosen = [i for i, row in enumerate(rows) if len(row) == n]
        kinds = torch.tensor([[SHAPES.index(word) for word in rows[i]] for i in chosen])
        size, place, phase = torch.rand(3, len(chosen), n, 1, generator=generator)
        size = 0.5 + 0.4 * size
        at = _along(CURVE_LEN // n).expand(len(chosen), n, -1)
        hill = 2 * (math.pi * at).sin() - 1
        wave = (2 * math.pi * (2 * at + phase)).sin()
        line, flat = 2 * at - 1, torch.zeros_like(at)
        each = torch.stack([-line, flat, hill, line, -hill, wave])  # as in SHAPES
        shape = each.gather(0, kinds[None, :, :, None].expand(1, *at.shape))[0]
        curves[chosen] = (size * shape + (1 - size) * (2 * place - 1)).flatten(1)
    return curves


def read_curve(curve: Float[Tensor, " 60"], n_words: int) -> list[str | None]:
    """What each of the `n_words` stretches shows; None where it is no shape clearly.

    A stretch whose standard deviation is below 0.15 is flat. Of any other, the shape
    is named that leaves least of its variance, if it leaves less than a quarter.
    """
    if n_words not in N_WORDS:
        raise ValueError(f"n_words={n_words} must be one of {N_WORDS}")
    pieces = curve.view(n_words, -1)
    pieces = pieces - pieces.mean(1, keepdim=True)
    at = _along(pieces.size(1))
    line, hill = _unit(at), _unit((math.pi * at).sin())
    wave = _unit((4 * math.pi * at).sin()), _unit((4 * math.pi * at).cos())
    found = []
    for piece in pieces:
        slope, bend = float(line @ piece), float(hill @ piece)
        explained = {
            "up": max(slope, 0) ** 2,
            "down": min(slope, 0) ** 2,
            "hill": max(bend, 0) ** 2,
            "valley": min(bend, 0) ** 2,
            "wave": sum(float(swing @ piece) ** 2 for swing in wave),
        }
        total = float(piece.square().sum())
        best = max(explained, key=lambda word: explained[word])
        if total < 0.15**2 * len(piece):
            found.append("flat")
        else:
            found.append(best if explained[best] > 0.75 * total else None)
    return found


def share_right(texts: Sequence[str], curves: Float[Tensor, "batch 60"]) -> float:
    """The share of all words that their stretch of the curve shows."""
    hits = [
        word == seen
        for text, curve in zip(texts, curves, strict=True)
        for word, seen in zip(_split(text), read_curve(curve, len(_split(text))))
    ]
    return sum(hits) / len(hits)


def curve_batches(
    batch_size: int, seed: int, p_no_text: float = 0.1
) -> Iterator[CurveBatch]:
    """Batches without end: texts of the training part, each time with a new curve.

    Each number of words comes equally often, although nearly all texts have four. In a
    share `p_no_text` of the rows BOS stands for the words, so that a model also learns
    what curves are like in general [Ho 2022, alg. 1].
    """
    texts, tokenizer = curve_texts("train"), curve_tokenizer()
    by_length = [[text for text in texts if len(text.split()) == n] for n in N_WORDS]
    rng, generator = random.Random(seed), torch.Generator().manual_seed(seed)
    while True:
        chosen = [rng.choice(rng.choice(by_length)) for _ in range(batch_size)]
        ids = [
            [BOS_ID] if rng.random() < p_no_text else tokenizer.encode(text)
            for text in chosen
        ]
        yield CurveBatch(pad(ids), draw_curves(chosen, generator))


def _split(text: str) -> list[str]:
    words = text.split()
    for word in words:
        if word not in SHAPES:
            raise ValueError(f"{word!r} is no shape; known are: {', '.join(SHAPES)}")
    if len(words) not in N_WORDS:
        raise ValueError(f"{text!r} has {len(words)} words, not one of {N_WORDS}")
    return words


def _along(length: int) -> Tensor:
    """The middles of `length` equal parts of the way from 0 to 1."""
    return (torch.arange(length) + 0.5) / length


def _unit(x: Tensor) -> Tensor:
    x = x - x.mean()
    return x / x.norm()
