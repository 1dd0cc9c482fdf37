"""The exercise on masks: causal and padding mask in one."""

from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.nets import causal_mask, padding_mask


def decoder_mask(tokens: Tensor, pad_id: int) -> Tensor:
    """The right answer, (B, 1, T, T)."""
    return causal_mask(tokens.size(1)) & padding_mask(tokens, pad_id)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Several lengths; `pad_id` is not always 0, and then 0 is a token like others."""
    yield dict(tokens=torch.tensor([[7, 5, 9, 0]]), pad_id=0)
    yield dict(tokens=torch.tensor([[7, 0, 9, 2]]), pad_id=2)
    for n_texts, length in ((2, 5), (3, 7)):
        tokens = torch.randint(10, 99, (n_texts, length), generator=generator)
        n_real = torch.randint(2, length + 1, (n_texts, 1), generator=generator)
        tokens[torch.arange(length) >= n_real] = 3
        tokens[:, 1] = 0
        yield dict(tokens=tokens, pad_id=3)


def _square(tokens: Tensor) -> Tensor:
    return torch.ones(tokens.size(1), tokens.size(1), dtype=torch.bool)


def _real(tokens: Tensor, pad_id: int) -> Tensor:
    return padding_mask(tokens, pad_id)


check_decoder_mask = Task(
    name="decoder mask",
    right=decoder_mask,
    cases=_cases,
    compared="every entry; later tokens and padding hidden",
    hints=(
        "Row t of the mask belongs to the query at position t, column s to the key at "
        "position s. Which s may it see?",
        "`torch.ones(T, T, dtype=torch.bool).tril()` is the causal half; `tokens != "
        "pad_id` knows the padding. A key must pass both tests.",
        "`real[:, None, None, :]` has the shape (B, 1, 1, T). Combine it with the "
        "(T, T) causal mask by `&`; broadcasting does the rest.",
    ),
    mistakes=(
        (
            "the mask is inverted: True must mean 'may attend', not 'is hidden'",
            lambda tokens, pad_id: ~decoder_mask(tokens, pad_id),
        ),
        (
            "off by one: a position may see itself as well. Its own token is known; "
            "only its successor is to be predicted",
            lambda tokens, pad_id: _square(tokens).tril(-1) & _real(tokens, pad_id),
        ),
        (
            "off by one: each position sees the next token, the very one it is to "
            "predict",
            lambda tokens, pad_id: _square(tokens).tril(1) & _real(tokens, pad_id),
        ),
        (
            "the triangle is the wrong way round: a position sees what comes after it "
            "and not what came before (triu for tril, or queries and keys swapped)",
            lambda tokens, pad_id: _square(tokens).triu() & _real(tokens, pad_id),
        ),
        (
            "the causal half is inverted: True must mean 'may attend'",
            lambda tokens, pad_id: _square(tokens).triu(1) & _real(tokens, pad_id),
        ),
        (
            "the padding half is inverted: only padding may be attended to",
            lambda tokens, pad_id: _square(tokens).tril() & ~_real(tokens, pad_id),
        ),
        (
            "padding is hidden, but later tokens are not: the causal mask is missing",
            lambda tokens, pad_id: _square(tokens) & _real(tokens, pad_id),
        ),
        (
            "later tokens are hidden, but padding is not: compare tokens with pad_id",
            lambda tokens, _: _square(tokens).tril().expand(len(tokens), 1, -1, -1),
        ),
        (
            "a key must pass both tests: combine the masks by 'and' (&), not by 'or'",
            lambda tokens, pad_id: _square(tokens).tril() | _real(tokens, pad_id),
        ),
        (
            "padding is hidden as a query (a row). Hide it as a key (a column): a row "
            "with nothing to attend to makes the softmax NaN",
            lambda tokens, pad_id: _square(tokens).tril() & _real(tokens, pad_id).mT,
        ),
        (
            "your mask hides token 0 whatever pad_id is: use pad_id",
            lambda tokens, pad_id: decoder_mask(tokens, 0),
        ),
        (
            "the axis for the heads is missing: the shape must be (B, 1, T, T), so "
            "that one mask serves all heads",
            lambda tokens, pad_id: decoder_mask(tokens, pad_id)[:, 0],
        ),
    ),
)
