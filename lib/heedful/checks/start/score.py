"""The exercise by hand: exact match, loss, and the probability of a whole answer."""

from collections.abc import Callable, Sequence
from math import exp, log, log2, prod

from heedful.checks import ByHand

Texts = Sequence[str]
Shares = Sequence[int | float]


def _share(right: Texts, written: Texts) -> float:
    return sum(r == w for r, w in zip(right, written)) / len(right)


def _characters(right: Texts, written: Texts) -> float:
    hits = sum(a == b for r, w in zip(right, written) for a, b in zip(r, w))
    return hits / sum(map(len, right))


def _as_far_as_they_go(right: Texts, written: Texts) -> float:
    pairs = zip(right, written)
    return sum(all(a == b for a, b in zip(r, w)) for r, w in pairs) / len(right)


def _loss(shares: Shares) -> float:
    return -sum(map(log, shares)) / len(shares)


def _mean(shares: Shares) -> float:
    return sum(shares) / len(shares)


def _said(
    match: Callable[[Texts, Texts], float] = _share,
    loss: Callable[[Shares], float] = _loss,
    whole: Callable[[Shares], float] = prod,
) -> Callable[[Texts, Texts, Shares], list[int | float]]:
    """The three numbers, of which each can be worked out in another way."""
    return lambda right, written, shares: [
        match(right, written),
        loss(shares),
        whole(shares),
    ]


PERCENT = "this is in percent; a share or a probability lies between 0 and 1"

check_score = ByHand(
    name="score and loss",
    separate=True,
    hints=(
        "Exact match knows no half points. The loss is a mean over the characters. "
        "And how probable is it that one thing happens, and then another?",
        "A surprise of 1/2 is 0.69, one of 1/4 is twice that, and what is certain "
        "does not surprise at all, but it counts in the mean.",
        "(answers equal to the last character) / answers; (sum of the surprises) / "
        "characters; the product of the probabilities.",
    ),
    right=_said(),
    mistakes=(
        (
            "an answer that is right as far as it goes, but too short or too long, is "
            "not right: every character must be, and no other",
            _said(match=_as_far_as_they_go),
        ),
        (
            "this is the share of right *characters*; exact match counts answers that "
            "are right as a whole",
            _said(match=_characters),
        ),
        (
            "this is the share of answers that are wrong",
            _said(match=lambda r, w: 1 - _share(r, w)),
        ),
        (
            "this is a number of answers; exact match is a share of all",
            _said(match=lambda r, w: len(r) * _share(r, w)),
        ),
        (PERCENT, _said(match=lambda r, w: 100 * _share(r, w))),
        (PERCENT, _said(whole=lambda p: 100 * prod(p))),
        (
            "the surprises are added up; the loss is their mean over the characters",
            _said(loss=lambda p: len(p) * _loss(p)),
        ),
        (
            "a character that was certain has no surprise, but it is a character, and "
            "counts in the mean",
            _said(loss=lambda p: len(p) * _loss(p) / sum(x < 1 for x in p)),
        ),
        (
            "the logarithm is taken of the mean probability; take the mean of the "
            "surprises, one for each character",
            _said(loss=lambda p: -log(_mean(p))),
        ),
        (
            "this is in bits, halvings; the loss takes the natural logarithm: 0.69 "
            "for each halving",
            _said(loss=lambda p: -sum(map(log2, p)) / len(p)),
        ),
        (
            "the sign is wrong: the logarithm of a probability is negative, and the "
            "surprise is minus that",
            _said(loss=lambda p: -_loss(p)),
        ),
        (
            "this is the mean probability; the loss is the mean of -ln p",
            _said(loss=_mean),
        ),
        (
            "this is the mean probability; the whole answer comes only if the first "
            "character comes, and then the second, and so on: multiply",
            _said(whole=_mean),
        ),
        (
            "this is the least probable character alone; the others must come, too: "
            "multiply",
            _said(whole=min),
        ),
        (
            "this is what one character has on average (e to the minus loss); for the "
            "whole answer multiply all of them",
            _said(whole=lambda p: exp(-_loss(p))),
        ),
        (
            "probabilities of one thing *and* another are multiplied, not added",
            _said(whole=sum),
        ),
        (
            "this is the probability that it is *not* written so",
            _said(whole=lambda p: 1 - prod(p)),
        ),
    ),
)
