"""The exercise on the map: at which word each character looks most."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs

WORDS = "seventy four thousand two hundred fifty nine and".split()
# Five heads that agree on nothing: their mean looks at word 2, the first head at 0,
# the last one at 3, the largest single weight lies on 1, most heads vote for 4.
HEADS = torch.tensor(
    [
        [0.42, 0.00, 0.30, 0.16, 0.12, 0.00],
        [0.00, 0.65, 0.30, 0.05, 0.00, 0.00],
        [0.15, 0.00, 0.30, 0.20, 0.35, 0.00],
        [0.05, 0.05, 0.30, 0.20, 0.40, 0.00],
        [0.05, 0.10, 0.30, 0.45, 0.10, 0.00],
    ]
)


def looks(weights: Tensor, source: list[str]) -> list[str]:
    """The right answer: T words."""
    return _words(weights.mean(0).argmax(-1), source)


def _words(places: Tensor, source: list[str]) -> list[str]:
    return [source[place] for place in places.tolist()]


def _chosen(choose: Callable[[Tensor], Tensor]) -> Callable[..., list[str]]:
    return lambda weights, source: _words(choose(weights), source)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Heads that disagree, moved from row to row; then random maps of other sizes."""
    rows = [HEADS.roll(shift, dims=1) for shift in (1, 0, 3)]
    yield dict(weights=torch.stack(rows, dim=1), source=WORDS[:6])
    for n_heads, t, s in ((2, 7, 5), (3, 4, 8), (1, 5, 3)):
        weights = torch.randn(n_heads, t, s, generator=generator).softmax(-1)
        order = torch.randperm(s, generator=generator).tolist()
        yield dict(weights=weights, source=[WORDS[i] for i in order])


check_looks = Task(
    name="where it looks",
    right=looks,
    cases=_cases,
    compared="every word; heads that disagree, four maps",
    hints=(
        "First one map of the maps of all heads, as in the chapter's figure. Then, row "
        "by row: which column is the darkest?",
        "`weights.mean(0)` is (T, S): a row for each character. `.argmax(-1)` finds "
        "the place of the largest entry in each row.",
        "A place is a number; the word is `source[place]`. `.tolist()` makes a list of "
        "Python's own numbers.",
    ),
    mistakes=(
        (
            "the largest is looked for along the wrong axis: for each word this finds "
            "a character. A row belongs to a character",
            _chosen(lambda weights: weights.mean(0).argmax(0)),
        ),
        (
            "these are the words that are looked at *least*",
            _chosen(lambda weights: weights.mean(0).argmin(-1)),
        ),
        (
            "only the first head is looked at; take the mean over all heads",
            _chosen(lambda weights: weights[0].argmax(-1)),
        ),
        (
            "only the last head is looked at; take the mean over all heads",
            _chosen(lambda weights: weights[-1].argmax(-1)),
        ),
        (
            "the mean is taken over the characters; the heads are axis 0",
            _chosen(lambda weights: weights.mean(1).argmax(-1)),
        ),
        (
            "the largest weight of any head decides; take the mean of all heads first",
            _chosen(lambda weights: weights.amax(0).argmax(-1)),
        ),
        (
            "the heads vote, each for its own word; take the mean of their weights",
            _chosen(lambda weights: weights.argmax(-1).mode(0).values),
        ),
        (
            "off by one: each character gets the word of its neighbour; row t belongs "
            "to character t",
            _chosen(lambda weights: weights.mean(0).argmax(-1).roll(1)),
        ),
        (
            "off by one: each character gets the word of its neighbour; row t belongs "
            "to character t",
            _chosen(lambda weights: weights.mean(0).argmax(-1).roll(-1)),
        ),
        (
            "these are the words of the input in their own order; which one has the "
            "largest weight in row t?",
            lambda weights, source: source[: weights.size(1)],
        ),
    ),
)
