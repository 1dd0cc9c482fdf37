"""The exercise to find the bug in: reading a text in several passes, with a cache."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.nets import attend, causal_mask

Passes = list[list[int]]


@dataclass(frozen=True)
class TinyModel:
    """The weights of a language model with one layer, one head and nothing else.

    `embed` (V, D) and `places` (N, D), one row for each token and for each position;
    `w_q`, `w_k`, `w_v` (D, D) and `w_out` (D, V).
    """

    embed: Tensor
    places: Tensor
    w_q: Tensor
    w_k: Tensor
    w_v: Tensor
    w_out: Tensor

    @classmethod
    def random(cls, generator: Generator, v: int = 3, d: int = 4) -> "TinyModel":
        """Weights that keep the size of what goes through them; 40 positions."""
        sizes = ((v, d), (40, d), (d, d), (d, d), (d, d), (d, v))
        draws = [torch.randn(size, generator=generator) for size in sizes]
        return cls(*draws[:2], *(draw * d**-0.5 for draw in draws[2:]))


def read(passes: Passes, m: TinyModel) -> Tensor:
    """The right answer: all at once, without a cache. (T, V), T tokens in all."""
    tokens = [token for new in passes for token in new]
    x = m.embed[tokens] + m.places[: len(tokens)]
    mask = causal_mask(len(tokens))
    return attend(x @ m.w_q, x @ m.w_k, x @ m.w_v, mask) @ m.w_out


def _cases(generator: Generator) -> Iterator[Inputs]:
    """A prompt and three tokens one by one; then passes of several sizes."""
    for sizes, v, d in (((3, 1, 1, 1), 3, 4), ((5, 1, 1, 3, 1), 11, 6)):
        tokens = torch.randint(0, v, (sum(sizes),), generator=generator)
        passes = [part.tolist() for part in tokens.split(sizes)]
        yield dict(passes=passes, m=TinyModel.random(generator, v, d))


def _slip(
    place: Callable[[list[int], int, int], list[int]] = lambda sizes, n, past: [
        past + i for i in range(n)
    ],
    use_places: Callable[[int], bool] = lambda n: True,
    mask: Callable[[int, int], Tensor] = causal_mask,
    keep: Callable[[Tensor, Tensor], Tensor] = lambda kept, new: torch.cat([kept, new]),
) -> Callable[[Passes, TinyModel], Tensor]:
    """Reading with a cache in which one step can go another way.

    `place(sizes, n, past)` says where the n tokens of a pass stand, after passes of
    these `sizes`, `past` tokens in all.
    """

    def read(passes: Passes, m: TinyModel) -> Tensor:
        keys = values = m.embed[:0]
        sizes, out = [], []
        for new in passes:
            x = m.embed[new]
            if use_places(len(new)):
                x = x + m.places[place(sizes, len(new), sum(sizes))]
            keys, values = keep(keys, x @ m.w_k), keep(values, x @ m.w_v)
            seen = mask(len(new), len(keys))
            out.append(attend(x @ m.w_q, keys, values, seen) @ m.w_out)
            sizes.append(len(new))
        return torch.cat(out)

    return read


def _made_once(sizes: list[int], n: int, past: int) -> list[int]:
    """The positions that the first pass of n tokens had, for all passes of n."""
    first = sum(sizes[: sizes.index(n)]) if n in sizes else past
    return [first + i for i in range(n)]


def _no_offset(t_len: int, s_len: int) -> Tensor:
    return torch.ones(t_len, s_len, dtype=torch.bool).tril()


def _shifted(by: Callable[[list[int], int], int]) -> Callable:
    return lambda sizes, n, past: [past + by(sizes, n) + i for i in range(n)]


def _behind_last_pass(sizes: list[int], n: int, past: int) -> list[int]:
    first = sizes[-1] if sizes else 0
    return [first + i for i in range(n)]


_PASSES = "the places count the passes; count the tokens that were read before"
_LAST_PASS = (
    "the cache holds the last pass only; new keys and values come behind those that "
    "are kept"
)

check_read = Task(
    name="reading with a cache",
    right=read,
    cases=_cases,
    compared="logits after every token; passes of one token and of several",
    hints=(
        "Compare with a reading of all tokens in one pass. From which token on do the "
        "logits differ? What does the pass before it not know?",
        "A key is made of the token and of its place. Which place has the first token "
        "of a pass, if so many were read before it?",
        "The cache knows how many those are: `len(keys)`, before the new keys are "
        "added.",
    ),
    mistakes=(
        (
            "the places begin at 0 again in every pass; those of a pass begin where "
            "the last one ended",
            _slip(place=lambda sizes, n, past: list(range(n))),
        ),
        (
            "a pass of a single token gets no place at all: every token needs the "
            "vector of its position",
            _slip(use_places=lambda n: n > 1),
        ),
        (
            "the places are made once for each *size* of a pass and then used again; "
            "two passes of the same size stand in different places",
            _slip(place=_made_once),
        ),
        ("no token gets a place", _slip(use_places=lambda n: False)),
        (
            _PASSES,
            _slip(place=lambda sizes, n, past: [len(sizes) + i for i in range(n)]),
        ),
        (_PASSES, _slip(place=lambda sizes, n, past: [len(sizes)] * n)),
        (
            "the places are moved by the size of this pass: take the length of the "
            "cache *before* the new keys are added",
            _slip(place=_shifted(lambda sizes, n: n)),
        ),
        (
            "all tokens of a pass get one and the same place",
            _slip(place=lambda sizes, n, past: [past] * n),
        ),
        (
            "off by one: the first token behind n read ones has place n, for places "
            "count from 0",
            _slip(place=_shifted(lambda sizes, n: -bool(sizes))),
        ),
        (
            "off by one: the first token behind n read ones has place n, so no place "
            "is left out",
            _slip(place=_shifted(lambda sizes, n: bool(sizes))),
        ),
        (
            "the prompt is counted twice in the places after it",
            _slip(place=_shifted(lambda sizes, n: sizes[0] if sizes else 0)),
        ),
        (
            "the places begin behind the last pass alone: add up what all passes "
            "before have read, `+=` and not `=`",
            _slip(place=_behind_last_pass),
        ),
        (_LAST_PASS, _slip(keep=lambda kept, new: new)),
        (_LAST_PASS, _slip(_behind_last_pass, keep=lambda kept, new: new)),
        (
            "a token sees those that come after it in the same pass: the mask is "
            "missing",
            _slip(mask=lambda t_len, s_len: torch.ones(t_len, s_len).bool()),
        ),
        (
            "the mask counts the queries from the beginning of the text, but they "
            "stand behind what is kept: `causal_mask(len(new), len(keys))`",
            _slip(mask=_no_offset),
        ),
    ),
)
