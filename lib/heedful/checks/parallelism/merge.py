"""The exercise on the online softmax: two parts of a text, looked at apart."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs

State = tuple[Tensor, Tensor, Tensor]  # largest (T,), total (T,), mixed (T, D)
Factor = Callable[[Tensor, Tensor], Tensor]


def looked(scores: Tensor, values: Tensor) -> State:
    """What one look at some keys leaves: scores (T, K), values (K, D)."""
    largest = scores.amax(-1)
    base = largest.masked_fill(largest == -torch.inf, 0.0)
    weights = (scores - base[:, None]).exp()
    return largest, weights.sum(-1), weights @ values


def _shrunk(old: Tensor, new: Tensor) -> Tensor:
    return (old - new).exp()


def _kept(old: Tensor, new: Tensor) -> Tensor:
    return torch.ones_like(old)


def _merge(
    a: Factor = _shrunk,
    b: Factor = _shrunk,
    of_total: bool = True,
    of_mixed: bool = True,
    top: Factor = torch.maximum,
) -> Callable[[State, State], State]:
    """The right answer, in which one thing can be done in another way."""

    def merge(first: State, second: State) -> State:
        new = top(first[0], second[0])
        one, two = a(first[0], new), b(second[0], new)
        ones = torch.ones_like(one)
        t, u = (one, two) if of_total else (ones, ones)
        m, n = (one, two) if of_mixed else (ones, ones)
        return (
            new,
            first[1] * t + second[1] * u,
            first[2] * m[:, None] + second[2] * n[:, None],
        )

    return merge


def _both(factor: Factor) -> Callable[[State, State], State]:
    return _merge(factor, factor)


right = _merge()


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Scores of order 1; so large that exp overflows; a part in which nothing is seen.

    In each case some queries have their largest score in either part.
    """
    yield states(2, 3, 2, generator)
    yield states(5, 7, 3, generator)
    yield states(5, 7, 3, generator, scale=200.0)
    yield states(3, 2, 5, generator, unseen=True)


def states(
    n_queries: int,
    n_keys: int,
    width: int,
    generator: Generator,
    scale: float = 1.0,
    unseen: bool = False,
) -> Inputs:
    """Two looks; with `unseen` the first query sees nothing in the second part."""
    first, second = torch.randn(2, n_queries, n_keys, generator=generator)
    ahead = 0.5 + torch.rand(n_queries, generator=generator)
    ahead[::2] *= -1  # each part is ahead for some of the queries
    second = second + (first.amax(1) + ahead - second.amax(1))[:, None]
    if unseen:
        second[0] = -torch.inf
    values = torch.randn(2, n_keys, width, generator=generator)
    return dict(
        first=looked(first * scale, values[0]), second=looked(second * scale, values[1])
    )


def _divided(first: State, second: State) -> State:
    largest, total, mixed = right(first, second)
    return largest, total, mixed / total[:, None]


def _along_the_row(first: State, second: State) -> State:
    """The factors of the queries, taken for factors of the numbers of a mixture."""
    largest, total, _ = right(first, second)
    one, two = (_shrunk(part[0], largest) for part in (first, second))
    return largest, total, first[2] * one + second[2] * two


def _averaged(first: State, second: State) -> State:
    largest, total, mixed = right(first, second)
    return largest, total / 2, mixed / 2


def _unsafe(first: State, second: State) -> State:
    """Back to exponentials of the scores themselves, which overflow."""
    one, two = first[0].exp(), second[0].exp()
    largest = torch.maximum(first[0], second[0])
    total = (first[1] * one + second[1] * two) / largest.exp()
    mixed = first[2] * one[:, None] + second[2] * two[:, None]
    return largest, total, mixed / largest.exp()[:, None]


check_merge = Task(
    name="merge",
    right=right,
    cases=_cases,
    compared="largest, total and mixture; also scores of 500, and nothing seen",
    parts=("largest", "total", "mixed"),
    rtol=1e-3,
    atol=1e-3,
    hints=(
        "Each part was summed relative to its own largest score. Bring both to the "
        "same one, the largest of all; then they may be added.",
        "A sum relative to `old` becomes one relative to `new` by the factor exp(old - "
        "new). It is at most 1, so nothing overflows.",
        "`new = torch.maximum(first[0], second[0])`, `shrink = (first[0] - "
        "new).exp()`, the same for the second; the mixtures need `shrink[:, None]`.",
    ),
    mistakes=(
        (
            "the two sums are relative to different scores, and cannot be added as "
            "they are: shrink each by exp(its own largest - the new one)",
            _merge(_kept, _kept),
        ),
        (
            "only the first part is shrunk; where the first has the larger score, it "
            "is the second that must shrink",
            _merge(b=_kept),
        ),
        (
            "only the second part is shrunk; where the second has the larger score, it "
            "is the first that must shrink",
            _merge(a=_kept),
        ),
        (
            "the totals are right, but the mixtures were summed relative to different "
            "scores as well: they shrink by the same factors",
            _merge(of_mixed=False),
        ),
        (
            "the mixtures are right, but the totals were summed relative to different "
            "scores as well: they shrink by the same factors",
            _merge(of_total=False),
        ),
        (
            "the factors of the mixtures go along the wrong dimension: each belongs to "
            "a query, which is a row, `shrink[:, None]`",
            _along_the_row,
        ),
        (
            "the factor is upside down: a smaller largest score means a factor below "
            "1, exp(old - new)",
            _both(lambda old, new: (new - old).exp()),
        ),
        (
            "the factor is a quotient of the scores; it must be exp(old - new)",
            _both(lambda old, new: old / new),
        ),
        (
            "the factor is the difference of the scores; it must be *exp* of it",
            _both(lambda old, new: old - new),
        ),
        (
            "the two parts got each other's factor: each is shrunk by exp(its *own* "
            "largest - the new one)",
            lambda first, second: right(
                (second[0], *first[1:]), (first[0], *second[1:])
            ),
        ),
        (
            "the new largest score is the larger of the two, query by query, not their "
            "sum",
            _merge(top=torch.add),
        ),
        (
            "the new largest score is the *larger* of the two",
            _merge(top=torch.minimum),
        ),
        (
            "this takes one largest score for all queries; each query has its own: "
            "`torch.maximum` goes query by query",
            _merge(top=lambda x, y: torch.maximum(x.max(), y.max()).expand_as(x)),
        ),
        (
            "do not divide yet: a third part may come, so mixture and total stay apart "
            "until the end",
            _divided,
        ),
        (
            "the parts are added, not averaged: a total is a sum over all keys",
            _averaged,
        ),
        (
            "exp of a score itself overflows here; take differences of scores before "
            "the exponential, exp(old - new), which is at most 1",
            _unsafe,
        ),
    ),
)
