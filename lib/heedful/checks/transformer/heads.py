"""The exercise on heads: several dictionaries at once."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.nets import attend, merge_heads, split_heads


class Projections(NamedTuple):
    """Four linear maps of (.., D) to (.., D), as `MultiHeadAttention` owns them."""

    q_proj: Callable[[Tensor], Tensor]
    k_proj: Callable[[Tensor], Tensor]
    v_proj: Callable[[Tensor], Tensor]
    o_proj: Callable[[Tensor], Tensor]


def linear(d_in: int, d_out: int, generator: Generator) -> Callable[[Tensor], Tensor]:
    """A random linear map that keeps the size of what goes through it."""
    weight = torch.randn(d_in, d_out, generator=generator) * d_in**-0.5
    return lambda x: x @ weight


def multi_head(
    x: Tensor, memory: Tensor, mask: Tensor, p: Projections, n_heads: int
) -> Tensor:
    """The right answer, (B, T, D)."""
    return _heads(x, memory, mask, p, n_heads)


def _heads(
    x: Tensor,
    memory: Tensor,
    mask: Tensor,
    p: Projections,
    n_heads: int,
    split: Callable = split_heads,
    merge: Callable = merge_heads,
    mix: Callable = attend,
) -> Tensor:
    """Multi-head attention in which each step can go another way."""
    q, k, v = p.q_proj(x), p.k_proj(memory), p.v_proj(memory)
    mixed = mix(split(q, n_heads), split(k, n_heads), split(v, n_heads), mask)
    return p.o_proj(merge(mixed))


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Random projections; a memory as long as `x`, and a longer one."""
    for n_texts, n_heads, d_head, t_len, s_len in ((1, 2, 3, 4, 4), (2, 3, 5, 7, 11)):
        d_model = n_heads * d_head
        near = torch.eye(t_len, dtype=torch.bool)
        mask = near | near.roll(1, 0)  # neither it nor its opposite hides a whole row
        if s_len != t_len:
            mask = (torch.arange(s_len) < torch.tensor([[8], [11]]))[:, None, None, :]
        yield dict(
            x=torch.randn(n_texts, t_len, d_model, generator=generator),
            memory=torch.randn(n_texts, s_len, d_model, generator=generator),
            mask=mask,
            p=Projections(*(linear(d_model, d_model, generator) for _ in range(4))),
            n_heads=n_heads,
        )


def _viewed(x: Tensor, n_heads: int) -> Tensor:
    return x.reshape(x.size(0), n_heads, x.size(1), -1)


def _interleaved(x: Tensor, n_heads: int) -> Tensor:
    return x.unflatten(-1, (-1, n_heads)).permute(0, 3, 1, 2)


def _flat(x: Tensor) -> Tensor:
    return x.reshape(x.size(0), x.size(2), -1)


def _fastest(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1).flatten(-2)


def _wide_scale(x: Tensor, memory: Tensor, mask: Tensor, p: Any, n_heads: int):
    shrunk = p._replace(q_proj=lambda x: p.q_proj(x) * n_heads**-0.5)
    return _heads(x, memory, mask, shrunk, n_heads)


def _loud(p: Projections, d_head: int) -> Projections:
    return p._replace(q_proj=lambda x: p.q_proj(x) * d_head**0.5)


def _faint(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    scores = (q @ k.mT * q.size(-1) ** -0.5).masked_fill(~mask, 0.0)
    return scores.softmax(-1) @ v


def _one_by_one(x: Tensor, memory: Tensor, mask: Tensor, p: Any, n_heads: int):
    parts = p.q_proj(x), p.k_proj(memory), p.v_proj(memory)
    q, k, v = (part.chunk(n_heads, dim=-1) for part in parts)
    heads = [attend(*head, mask) for head in zip(q, k, v)]
    return p.o_proj(torch.cat(heads, dim=-1))


def _same(x: Tensor) -> Tensor:
    return x


_VIEWED = (
    "the heads are cut by a view or reshape to (B, H, T, Dh), which mixes positions: "
    "cut the last axis into (H, Dh), then transpose T and H"
)
_INTERLEAVED = (
    "the features are dealt to the heads in turn; head 0 gets the first Dh features, "
    "head 1 the next: cut the last axis into (H, Dh), not (Dh, H)"
)
_MERGED = (
    "the heads are merged without going back to (B, T, H, Dh) first: transpose, then "
    "flatten"
)

check_multi_head = Task(
    name="many heads",
    right=multi_head,
    cases=_cases,
    compared="values; each head its own slice; same and other length",
    hints=(
        "Five steps: split, score, hide, mix, merge. Write the shape of every tensor "
        "beside its line, the letters and not only the numbers.",
        "Print small cases. Does head 0 get the first Dh features of each position? "
        "Are hidden weights 0? Does position t get back what its heads mixed for t?",
        "`x.unflatten(-1, (n_heads, -1)).transpose(1, 2)` splits, "
        "`scores.masked_fill(~mask, float('-inf'))` returns scores with keys hidden, "
        "and `.transpose(1, 2).flatten(-2)` merges.",
    ),
    mistakes=(
        (_VIEWED, partial(_heads, split=_viewed, merge=_flat)),
        (_VIEWED, partial(_heads, split=_viewed)),
        (_MERGED, partial(_heads, merge=_flat)),
        (_INTERLEAVED, partial(_heads, split=_interleaved, merge=_fastest)),
        (_INTERLEAVED, partial(_heads, split=_interleaved)),
        (
            "the merged features are in the wrong order: all of head 0, then all of "
            "head 1: flatten (H, Dh), not (Dh, H)",
            partial(_heads, merge=_fastest),
        ),
        (
            "the scores are scaled by the root of d_model; a head is d_head wide",
            _wide_scale,
        ),
        (
            "there is only one head as wide as the model: split q, k and v",
            lambda x, m, mask, p, h: _heads(x, m, mask, p, 1),
        ),
        (
            "the output projection is missing: nothing mixes the heads' results",
            lambda x, m, mask, p, h: _heads(x, m, mask, p._replace(o_proj=_same), h),
        ),
        (
            "the memory is not used: keys and values come from memory, not from x",
            lambda x, m, mask, p, h: _heads(x, x, mask, p, h),
        ),
        (
            "x and memory are swapped: the queries come from x, the side that asks",
            lambda x, m, mask, p, h: _heads(m, x, mask, p, h),
        ),
        (
            "the queries come from memory; they must come from x, the side that asks",
            lambda x, m, mask, p, h: _heads(m, m, mask, p, h),
        ),
        (
            "the values are made by k_proj; v_proj is theirs",
            lambda x, m, mask, p, h: _heads(x, m, mask, p._replace(v_proj=p.k_proj), h),
        ),
        (
            "head by head the scores are (B, T, S), but the mask has an axis for the "
            "heads: expand it to (B, H, T, S) and give head h its [:, h]",
            _one_by_one,
        ),
        (
            "the mask has no effect; masked_fill returns a new tensor, which you must "
            "keep",
            lambda x, m, mask, p, h: _heads(x, m, torch.ones_like(mask), p, h),
        ),
        (
            "a hidden score of 0 is not hidden, since exp(0) = 1: use -inf",
            partial(_heads, mix=_faint),
        ),
        (
            "the mask is inverted: True means 'may attend', so hide where it is False",
            lambda x, m, mask, p, h: _heads(x, m, ~mask, p, h),
        ),
        (
            "the scores are not scaled: divide them by the root of d_head",
            lambda x, m, mask, p, h: _heads(x, m, mask, _loud(p, x.size(-1) // h), h),
        ),
    ),
)
