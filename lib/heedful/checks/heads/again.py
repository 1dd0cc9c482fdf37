"""The exercise on induction heads: how much goes to what followed last time."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.nets import causal_mask

Where = Callable[[Tensor], Tensor]


def again(weights: Tensor, tokens: Tensor) -> Tensor:
    """The right answer, (H,)."""
    return _slip()(weights, tokens)


def earlier(tokens: Tensor) -> Tensor:
    """bool (T, T): the token of query i stood at position j, before i."""
    return (tokens[:, None] == tokens) & causal_mask(len(tokens)).tril(-1)


def _after(places: Tensor) -> Tensor:
    """One position to the right."""
    return torch.cat([torch.zeros_like(places[:, :1]), places[:, :-1]], dim=1)


def _before(places: Tensor) -> Tensor:
    return torch.cat([places[:, 1:], torch.zeros_like(places[:, :1])], dim=1)


def _last(places: Tensor) -> Tensor:
    return places & (places.cumsum(1) == places.sum(1, keepdim=True))


def _first(places: Tensor) -> Tensor:
    return places & (places.cumsum(1) == 1)


def _shares(weights: Tensor, places: Tensor) -> Tensor:
    return (weights * places).sum(-1)  # (H, T)


def _slip(
    known: Where = earlier,
    chosen: Where = lambda places: places,
    where: Where = _after,
    share: Callable[[Tensor, Tensor], Tensor] = _shares,
    asked: Callable[[Tensor], Tensor] = lambda places: places.any(-1),
) -> Callable[[Tensor, Tensor], Tensor]:
    """The mean share, in which one thing can be done in another way."""

    def mean_share(weights: Tensor, tokens: Tensor) -> Tensor:
        places = known(tokens)
        shares = share(weights, where(chosen(places)))
        return shares[:, asked(places)].mean(-1)

    return mean_share


def attention_of(n_heads: int, length: int, generator: Generator) -> Tensor:
    """Random causal weights (H, T, T); query 3 looks nearly always at key 1."""
    scores = torch.randn(n_heads, length, length, generator=generator)
    scores[:, 3, 1] += 9
    return scores.masked_fill(~causal_mask(length), -torch.inf).softmax(-1)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """A short text, then longer ones whose tokens come up to five times."""
    few = torch.tensor([5, 3, 8, 5, 3, 5, 7])
    yield dict(weights=attention_of(2, 7, generator), tokens=few)
    for n_heads, length in ((3, 11), (5, 17)):
        tokens = torch.randint(10, 15, (length,), generator=generator)
        tokens[0] = tokens[5] = tokens[4]  # it comes again, once at once
        yield dict(weights=attention_of(n_heads, length, generator), tokens=tokens)


def _hits(weights: Tensor, places: Tensor) -> Tensor:
    return places.gather(1, weights.argmax(-1).mT).mT.float()


def _averaged(weights: Tensor, places: Tensor) -> Tensor:
    return _shares(weights, places) / places.sum(-1).clamp(min=1)


def _over_pairs(weights: Tensor, tokens: Tensor) -> Tensor:
    return weights[:, _after(earlier(tokens))].mean(-1)


def _over_heads(weights: Tensor, tokens: Tensor) -> Tensor:
    return again(weights, tokens).mean()


def _everyone(places: Tensor) -> Tensor:
    return torch.ones(len(places), dtype=torch.bool)


check_again = Task(
    name="what followed last time",
    right=again,
    cases=_cases,
    compared="the mean share of each head; three texts",
    hints=(
        "Take the text 5 3 8 5 3. The query at position 3 reads a 5, which stood at "
        "position 0; what followed it stands at position 1. Which entry of the table "
        "is that?",
        "Query i, earlier place j with tokens[j] == tokens[i] and j < i: the share is "
        "weights[h, i, j + 1]. Sum over j; then the mean over those i that have a j.",
        "`same = (tokens[:, None] == tokens).tril(-1)` marks the earlier places; the "
        "keys wanted are one to the right: `weights[:, :, 1:] * same[:, :-1]`.",
    ),
    mistakes=(
        (
            "off by one: this is the share that goes to the earlier place itself; an "
            "induction head looks at what *followed* it, one to the right",
            _slip(where=lambda places: places),
        ),
        (
            "off by one to the wrong side: this is what stood *before* the earlier "
            "place; what followed it is one to the right",
            _slip(where=_before),
        ),
        (
            "the mean runs over all positions; one whose token has not been there "
            "before has nothing to look for and does not count",
            _slip(asked=_everyone),
        ),
        (
            "tokens that come again only later count, too; take the mean over those "
            "that have been there before",
            _slip(
                known=lambda t: (t[:, None] == t) & ~torch.eye(len(t)).bool(),
            ),
        ),
        (
            "a token does not come again by standing where it stands: j < i, and not "
            "j <= i",
            _slip(
                known=lambda t: (t[:, None] == t) & causal_mask(len(t)),
                asked=lambda places: torch.arange(len(places)) < len(places) - 1,
            ),
        ),
        (
            "a token that follows itself is left out: what followed it is the present "
            "position, and that counts, too",
            _slip(where=lambda places: _after(places).tril(-1)),
        ),
        (
            "only the latest of the earlier places is looked at; sum over all of them",
            _slip(chosen=_last),
        ),
        (
            "only the first of the earlier places is looked at; sum over all of them",
            _slip(chosen=_first),
        ),
        (
            "you count how often the largest weight lies there; the question is what "
            "share of the attention goes there",
            _slip(share=_hits),
        ),
        (
            "a token with several earlier places gets the mean of their shares; what "
            "goes to any of them counts, so sum",
            _slip(share=_averaged),
        ),
        (
            "this is the mean over all pairs of a query and an earlier place; first "
            "sum what one query gives, then take the mean over the queries",
            _over_pairs,
        ),
        (
            "the shares are summed over the queries; take their mean",
            lambda weights, tokens: (
                again(weights, tokens) * earlier(tokens).any(-1).sum()
            ),
        ),
        (
            "queries and keys are swapped: a row of the table belongs to a query, "
            "which looks back",
            lambda weights, tokens: again(weights.mT, tokens),
        ),
        (
            "this is the mean over the heads; each head has a number of its own",
            _over_heads,
        ),
    ),
)
