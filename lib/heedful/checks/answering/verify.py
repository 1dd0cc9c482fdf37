"""The exercise on speculative decoding: the rule that keeps the distribution."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs

Verdict = tuple[int, Tensor]

# p(x), q(x) and the luck of a proposal x, each such that one misconception stumbles:
GIVEN = (0.5, 0.25, 0.2)  # too rarely proposed, kept whatever the luck
UNLUCKY = (0.5, 0.3, 0.55)  # luck above p(x), below q(x) / p(x)
VERY_UNLUCKY = (0.5, 0.25, 0.9)  # luck above q(x) / p(x) as well
SECOND = (0.25, 0.15, 0.1)  # not the likeliest token
LUCKY = (0.3, 0.6, 0.2)  # too often proposed, kept by luck
REFUSED = (0.3, 0.6, 0.8)


def _slip(
    keeps: Callable[[Tensor, int, Tensor, Tensor], bool] = (
        lambda p, x, q, luck: bool(luck < p[x] / q[x])
    ),
    then: Callable[[Tensor, Tensor], Tensor] = (
        lambda p, q: (p - q).clamp(min=0) / (p - q).clamp(min=0).sum()
    ),
    row: int = 0,
    last: int = -1,
) -> Callable[[Tensor, Tensor, list[int], Tensor], Verdict]:
    """The rule in which one thing can be done in another way."""

    def verify(p: Tensor, q: Tensor, proposals: list[int], luck: Tensor) -> Verdict:
        for i, x in enumerate(proposals):
            if not keeps(p[i + row], x, q[i], luck[i]):
                return i, then(p[i + row], q[i])
        return len(proposals), p[last]

    return verify


verify = _slip()


def _shares(generator: Generator, v: int, x: int, of_x: float) -> Tensor:
    """Random shares of `v` tokens, with about `of_x` for token `x`.

    The others are alike enough that half of it would be the largest.
    """
    of_x += 0.02 * float(torch.rand((), generator=generator)) - 0.01
    rest = (0.3 * torch.randn(v, generator=generator)).exp()
    rest[x] = 0
    shares = rest / rest.sum() * (1 - of_x)
    shares[x] = of_x
    return shares


def judged(generator: Generator, kinds: list[tuple], v: int) -> Inputs:
    """One round with proposals of these kinds, p(x), q(x) and luck, of `v` tokens."""
    proposals = torch.randint(0, v, (len(kinds),), generator=generator).tolist()
    pairs = list(zip(proposals, kinds))
    p = [_shares(generator, v, x, kind[0]) for x, kind in pairs]
    q = [_shares(generator, v, x, kind[1]) for x, kind in pairs]
    p.append(_shares(generator, v, proposals[0], 0.02))  # no good for proposal 0
    luck = torch.tensor([kind[2] for kind in kinds])
    return dict(p=torch.stack(p), q=torch.stack(q), proposals=proposals, luck=luck)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Single proposals of each kind; then rounds of several."""
    for kind in (GIVEN, UNLUCKY, VERY_UNLUCKY, SECOND, LUCKY, REFUSED):
        yield judged(generator, [kind], 3)
    yield judged(generator, [SECOND, LUCKY, REFUSED, GIVEN, LUCKY], 7)
    yield judged(generator, [LUCKY, VERY_UNLUCKY, SECOND], 7)


def _all_judged(p: Tensor, q: Tensor, proposals: list[int], luck: Tensor) -> Verdict:
    """Counts what is kept behind a refusal, too."""
    places = [(p[i, x] / q[i, x], luck[i]) for i, x in enumerate(proposals)]
    return sum(bool(u < ratio) for ratio, u in places), verify(p, q, proposals, luck)[1]


def _counted_all(p: Tensor, q: Tensor, proposals: list[int], luck: Tensor) -> Verdict:
    """The same, and goes on from the place that it has counted."""
    n_kept, _ = _all_judged(p, q, proposals, luck)
    if n_kept == len(proposals):
        return n_kept, p[-1]
    return n_kept, _normalised((p[n_kept] - q[n_kept]).clamp(min=0))


def _without_x(p: Tensor, q: Tensor, proposals: list[int], luck: Tensor) -> Verdict:
    n_kept, then = verify(p, q, proposals, luck)
    if n_kept == len(proposals):
        return n_kept, then
    others = p[n_kept].clone()
    others[proposals[n_kept]] = 0
    return n_kept, _normalised(others)


def _draft_goes_on(p: Tensor, q: Tensor, proposals: list[int], luck: Tensor) -> Verdict:
    n_kept, then = verify(p, q, proposals, luck)
    return n_kept, q[-1] if n_kept == len(proposals) else then


def _counted_on(p: Tensor, q: Tensor, proposals: list[int], luck: Tensor) -> Verdict:
    n_kept, then = verify(p, q, proposals, luck)
    return n_kept + 1, then


def _last_kept(p: Tensor, q: Tensor, proposals: list[int], luck: Tensor) -> Verdict:
    n_kept, then = verify(p, q, proposals, luck)
    return n_kept - 1, then


def _normalised(shares: Tensor) -> Tensor:
    return shares / shares.sum()


check_verify = Task(
    name="keep or refuse",
    right=verify,
    cases=_cases,
    parts=("kept", "then"),
    compared="how many are kept and what is drawn from next; single guesses and rounds",
    hints=(
        "One proposal after the other. If x is kept, go on; at the first that is "
        "refused, return at once. If all are kept, the last row of p is left.",
        "Kept with probability min(1, p(x) / q(x)): luck is uniform between 0 and 1, "
        "so it is below that number just as often.",
        "At a refusal at place i: `missing = (p[i] - q[i]).clamp(min=0)`, and return "
        "`i, missing / missing.sum()`.",
    ),
    mistakes=(
        # The last of these stumbles everywhere; each of the others looks right, in
        # this order, where those behind it stumble.
        (
            "a token is refused whenever the draft likes it more; then it comes too "
            "rarely: keep it with probability p(x) / q(x)",
            _slip(lambda p, x, q, luck: bool(p[x] >= q[x])),
        ),
        (
            "only the large model's likeliest token is kept. That is the rule for "
            "greedy decoding; here tokens are drawn",
            _slip(lambda p, x, q, luck: bool(p.argmax() == x)),
        ),
        (
            "nothing is ever refused, so what comes out is the draft's distribution q",
            _slip(lambda p, x, q, luck: True),
        ),
        (
            "the ratio is upside down: what the draft proposes too often must be "
            "refused sometimes, p(x) / q(x)",
            _slip(lambda p, x, q, luck: bool(luck < q[x] / p[x])),
        ),
        (
            "a proposal is kept with probability p(x); that forgets how often the "
            "draft proposes it: compare the luck with p(x) / q(x)",
            _slip(lambda p, x, q, luck: bool(luck < p[x])),
        ),
        (
            "kept and refused are exchanged: luck is below min(1, p(x) / q(x)) with "
            "just this probability, so keep x then",
            _slip(lambda p, x, q, luck: bool(luck >= p[x] / q[x])),
        ),
        (
            "after a refusal you draw from p. But the kept proposals have given some "
            "tokens their share already: draw from what is missing, max(0, p - q)",
            _slip(then=lambda p, q: p),
        ),
        (
            "what is missing does not sum to 1: divide it by its sum",
            _slip(then=lambda p, q: (p - q).clamp(min=0)),
        ),
        (
            "you draw from what q gave too *much*; what is missing is max(0, p - q)",
            _slip(then=lambda p, q: _normalised((q - p).clamp(min=0))),
        ),
        (
            "shares cannot be negative: where q gave too much, nothing is missing, so "
            "clamp p - q at 0",
            _slip(then=lambda p, q: p - q),
        ),
        (
            "where q gave too much, nothing is missing: max(0, p - q), not the "
            "distance between the two",
            _slip(then=lambda p, q: _normalised((p - q).abs())),
        ),
        (
            "after a refusal you draw from the draft's q, which is not to be trusted",
            _slip(then=lambda p, q: q),
        ),
        (
            "the rows of p are one ahead: row i says where proposal i should have come "
            "from",
            _slip(row=1),
        ),
        (
            "when all are kept, the next token comes from one row further on in p, the "
            "last, which the same pass has given",
            _slip(last=-2),
        ),
        (
            "when all are kept, the token behind them is the large model's: the last "
            "row of p, and not the draft's q",
            _draft_goes_on,
        ),
        (
            "what stands behind a refused token was guessed from a text that is not "
            "there: stop at the first refusal",
            _all_judged,
        ),
        (
            "what stands behind a refused token was guessed from a text that is not "
            "there: stop at the first refusal",
            _counted_all,
        ),
        (
            "you draw from p without the refused token. Not only that one was proposed "
            "too often: draw from what is missing, max(0, p - q)",
            _without_x,
        ),
        (
            "one too many: count the proposals that are kept, not the token that "
            "follows them",
            _counted_on,
        ),
        (
            "one too few: count the proposals that are kept; the place of the last of "
            "them is one less",
            _last_kept,
        ),
    ),
)
