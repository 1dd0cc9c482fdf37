"""The exercise on the cache: several new tokens behind those that are kept."""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.nets import attend, causal_mask

Mixed = tuple[Tensor, Tensor, Tensor]


def _mask(offset: Callable[[int], int]) -> Callable[[int, int], Tensor]:
    """A mask (T, S) in which query t sees the keys up to t + offset(S - T)."""

    def mask(t_len: int, s_len: int) -> Tensor:
        ones = torch.ones(t_len, s_len, dtype=torch.bool)
        return ones.tril(offset(s_len - t_len))

    return mask


def _behind(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    kept_k: Tensor,
    kept_v: Tensor,
    join: Callable = lambda kept, new: torch.cat([kept, new], dim=-2),
    mask: Callable = causal_mask,
    mix: Callable = attend,
) -> Mixed:
    """Attention behind a cache in which one step can go another way."""
    keys, values = join(kept_k, k), join(kept_v, v)
    return mix(q, keys, values, mask(q.size(-2), keys.size(-2))), keys, values


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Three tokens behind two; one, as in decode; a prompt, nothing kept; more."""
    randn = partial(torch.randn, generator=generator)
    for heads, new, kept, d in ((1, 3, 2, 2), (1, 1, 4, 2), (2, 4, 0, 3), (3, 5, 7, 2)):
        q, k, v = randn(3, heads, new, d)
        kept_k, kept_v = randn(2, heads, kept, d)
        yield dict(q=q, k=k, v=v, kept_k=kept_k, kept_v=kept_v)


def _unscaled(q: Tensor, k: Tensor, v: Tensor, mask: Tensor) -> Tensor:
    return attend(q * q.size(-1) ** 0.5, k, v, mask)


def _not_grown(q: Tensor, k: Tensor, v: Tensor, kept_k: Tensor, kept_v: Tensor):
    return _behind(q, k, v, kept_k, kept_v)[0], kept_k, kept_v


def _new_alone(q: Tensor, k: Tensor, v: Tensor, kept_k: Tensor, kept_v: Tensor):
    return _behind(q, k, v, kept_k, kept_v)[0], k, v


def _only_new(q: Tensor, k: Tensor, v: Tensor, kept_k: Tensor, kept_v: Tensor):
    grown = _behind(q, k, v, kept_k, kept_v)[1:]
    return attend(q, k, v, causal_mask(q.size(-2))), *grown


def _only_kept(q: Tensor, k: Tensor, v: Tensor, kept_k: Tensor, kept_v: Tensor):
    grown = _behind(q, k, v, kept_k, kept_v)[1:]
    return attend(q, kept_k, kept_v), *grown


_FORGOTTEN = (
    "what you return must hold the kept positions and the new ones: the next pass "
    "begins from it"
)

check_cached_attend = Task(
    name="cached attention",
    right=_behind,
    cases=_cases,
    parts=("mixed", "keys", "values"),
    compared="all three results; several new tokens, one, and an empty cache",
    hints=(
        "Lay the new keys behind the kept ones. Then draw the table of T queries and "
        "P + T keys: where in the text does the first query stand?",
        "Query t is the token P + t, so it may see the keys 0 to P + t. With one new "
        "token that is all of them, which is why decode needs no mask.",
        "`torch.ones(T, S, dtype=torch.bool).tril(diagonal=S - T)`, with S = P + T.",
    ),
    mistakes=(
        (
            "a token sees those that come after it in the same pass. With several new "
            "tokens a mask is needed",
            partial(_behind, mask=_mask(lambda kept: 99)),
        ),
        (
            "the mask counts the queries from the beginning of the text, but they "
            "stand behind what is kept: move its diagonal by the number of kept keys",
            partial(_behind, mask=_mask(lambda kept: 0)),
        ),
        (
            "a token does not see itself: the last key that query t may see is that of "
            "place P + t",
            partial(_behind, mask=_mask(lambda kept: kept - 1)),
        ),
        (
            "off by one: each token sees the one after it, too",
            partial(_behind, mask=_mask(lambda kept: kept + 1)),
        ),
        (
            "the diagonal is moved the wrong way",
            partial(_behind, mask=_mask(lambda kept: -kept)),
        ),
        ("the cache is not used: the kept tokens must be seen, too", _only_new),
        (
            "the new tokens see only what is kept; each must see itself and the new "
            "ones before it as well",
            _only_kept,
        ),
        (
            "the new keys and values come before the kept ones; put them behind, so "
            "that the order is that of the text",
            partial(_behind, join=lambda kept, new: torch.cat([new, kept], dim=-2)),
        ),
        (_FORGOTTEN, _not_grown),
        (_FORGOTTEN, _new_alone),
        (
            "keys and values change places: (mixed, keys, values)",
            lambda *given: tuple(_behind(*given)[i] for i in (0, 2, 1)),
        ),
        (
            "the scores are not scaled: divide them by the root of d_head, or use "
            "`attend`",
            partial(_behind, mix=_unscaled),
        ),
        (
            "the mask is inverted: True means 'may attend'",
            partial(_behind, mask=lambda t_len, s_len: ~causal_mask(t_len, s_len)),
        ),
    ),
)
