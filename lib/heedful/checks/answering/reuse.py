"""The exercise on conversations: how much of a cache serves another prompt."""

from collections.abc import Iterator

import torch
from torch import Generator

from heedful.checks import Task
from heedful.checks.values import Inputs

Tokens = list[int]


def common(kept: Tokens, prompt: Tokens) -> int:
    """How many tokens both begin with."""
    n = 0
    while n < min(len(kept), len(prompt)) and kept[n] == prompt[n]:
        n += 1
    return n


def reuse(kept: Tokens, prompt: Tokens) -> int:
    """The right answer."""
    return min(common(kept, prompt), len(prompt) - 1)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """A next message; another word in the middle; the same again; a shorter prompt; a
    beginning that was forgotten; another text; and nothing kept.
    """
    for _ in range(2):
        a, b, c, d, e, f, g, h, i = torch.randperm(90, generator=generator)[:9].tolist()
        yield dict(kept=[a, b, c], prompt=[a, b, c, d, e, f, g, h])
        yield dict(kept=[a, b, c, d, e], prompt=[a, b, f, d, c, g, h, i])
        yield dict(kept=[a, b, c, d], prompt=[a, b, c, d])
        yield dict(kept=[a, b, c, d, e], prompt=[a, b, c])
        yield dict(kept=[a, b, c, d, e, f], prompt=[a, d, e, f, g])
        yield dict(kept=[b, c, d], prompt=[a, b, c, d])
        yield dict(kept=[], prompt=[a, b])


def _equal_places(kept: Tokens, prompt: Tokens) -> int:
    return sum(a == b for a, b in zip(kept, prompt))


_AFTER = (
    "what stands behind the first difference cannot be kept: its keys and values were "
    "made from the other token before it"
)

check_reuse = Task(
    name="reuse",
    right=reuse,
    cases=_cases,
    compared="how many positions; other words, next messages, forgotten beginnings",
    hints=(
        "What is a key made of? Of its own token and of all before it. So which kept "
        "positions are the same in both texts?",
        "Go along both lists from the beginning and stop at the first difference. "
        "Then ask: which pass will give the logits of the next token?",
        "The number of tokens that both begin with, but at most `len(prompt) - 1`.",
    ),
    mistakes=(
        (
            "one token of the prompt must be read at least: the cache has keys and "
            "values, but no logits, and without logits there is no next token",
            common,
        ),
        (
            "one too few: the whole common beginning can be kept (how many positions, "
            "not which is the last). A token is left over only if no other is to read",
            lambda kept, prompt: common(kept, prompt) - 1,
        ),
        (
            "you return how many tokens are still to be read; return how many "
            "positions of the cache are kept",
            lambda kept, prompt: len(prompt) - reuse(kept, prompt),
        ),
        (_AFTER, _equal_places),
        (
            _AFTER,
            lambda kept, prompt: min(_equal_places(kept, prompt), len(prompt) - 1),
        ),
        (
            _AFTER + ", and its place may be another",
            lambda kept, prompt: len({*kept} & {*prompt}),
        ),
        (
            "the cache is kept as it is, though its text is not how the prompt begins",
            lambda kept, prompt: len(kept),
        ),
        (
            "the cache is kept as it is, though its text is not how the prompt begins",
            lambda kept, prompt: min(len(kept), len(prompt) - 1),
        ),
        (
            "all or nothing is too strict: the positions before the first difference "
            "can be kept",
            lambda kept, prompt: (
                reuse(kept, prompt) if kept == prompt[: len(kept)] else 0
            ),
        ),
        ("all is read again; what both texts begin with can be kept", lambda *_: 0),
        (
            "one too many: the first token that differs cannot be kept",
            lambda kept, prompt: common(kept, prompt) + 1,
        ),
    ),
)
