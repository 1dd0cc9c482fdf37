"""The exercise on accumulated gradients: a batch in parts, and the mean over all."""

from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor, nn

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.text import EOS_ID, PAD_ID, pad
from heedful.train import token_loss

Part = tuple[Tensor, Tensor]  # tokens and goal, (B, T) each
Parts = list[Part]


class PairTable(nn.Module):
    """The chapter's first player as a model: the next token depends on the last one."""

    def __init__(self, vocab_size: int, generator: Generator):
        super().__init__()
        self.table = nn.Parameter(
            torch.randn(vocab_size, vocab_size, generator=generator)
        )

    def forward(self, tokens: Int[Tensor, "b t"]) -> Float[Tensor, "b t v"]:
        """Logits for the token behind each position."""
        return self.table[tokens]


def part(rows: list[list[int]]) -> Part:
    """Rows of token ids as tokens and goal, short ones filled up with PAD."""
    return pad([row[:-1] for row in rows]), pad([row[1:] for row in rows])


def n_asked(goal: Tensor) -> int:
    """How many goals are no padding."""
    return int((goal != PAD_ID).sum())


def _weighted(
    model: PairTable, parts: Parts, weight: Callable[[Parts, int], float]
) -> Tensor:
    """The gradient of the parts' mean losses, added with these weights."""
    losses = [
        weight(parts, i) * token_loss(model(tokens), goal)
        for i, (tokens, goal) in enumerate(parts)
    ]
    (found,) = torch.autograd.grad(torch.stack(losses).sum(), model.table)
    return found


def _share(parts: Parts, i: int) -> float:
    return n_asked(parts[i][1]) / sum(n_asked(goal) for _, goal in parts)


def _right(model: PairTable, parts: Parts) -> Tensor:
    return _weighted(model, parts, _share)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Two parts, of one row and of two; then several, with more padding."""
    one = part([[EOS_ID, 4, 3, EOS_ID]])
    two = part([[EOS_ID, 3, EOS_ID], [EOS_ID, 3, 4, 4, 3, EOS_ID]])
    yield dict(model=PairTable(5, generator), parts=[one, two])
    for sizes in ((2, 3, 1), (1, 5, 2, 2)):
        parts = []
        for i, n in enumerate(sizes):
            lengths = torch.randint(1, 4 + 3 * i, (n,), generator=generator).tolist()
            draw = [torch.randint(3, 11, (m,), generator=generator) for m in lengths]
            parts.append(part([[EOS_ID, *ids.tolist(), EOS_ID] for ids in draw]))
        model = PairTable(11, generator)
        model.table.grad = torch.randn(11, 11, generator=generator)  # of a step before
        yield dict(model=model, parts=parts)


def _not_emptied(model: PairTable, parts: Parts) -> Tensor:
    new, old = _right(model, parts), model.table.grad
    return new if old is None else new + old


def _by(weight: Callable[[Parts, int], float]) -> Callable[[PairTable, Parts], Tensor]:
    return lambda model, parts: _weighted(model, parts, weight)


def _last(weight: Callable[[Parts, int], float]) -> Callable[[Parts, int], float]:
    return lambda parts, i: weight(parts, i) * (i == len(parts) - 1)


def _positions(parts: Parts, i: int) -> float:
    return parts[i][1].numel() / sum(goal.numel() for _, goal in parts)


_ONLY_LAST = (
    "only the last part counts: `zero_grad` inside the loop throws away what the parts "
    "before have gathered; call it once, before the loop"
)
_SUM = (
    "the gradients of the parts are added, not averaged: twice as many parts would "
    "make the step twice as long. Let each loss count by its share of all goals"
)
_TOTAL = (
    "that is the gradient of the sum over all tokens; divide by the number of goals in "
    "all parts together"
)

check_gradient = Task(
    name="accumulation",
    right=_right,
    cases=_cases,
    compared="the gradient; parts and rows of different lengths",
    hints=(
        "What would the loss be if all rows were in one part? A mean over all goals "
        "that are no padding. How much of it comes from each part?",
        "`token_loss` gives a mean. Times the number of goals in its part it is a sum; "
        "the sums of all parts may be added, the means may not.",
        "With `n = sum((goal != PAD_ID).sum() for _, goal in parts)`, each part's loss "
        "is to be multiplied by `(goal != PAD_ID).sum() / n` before `backward()`.",
    ),
    mistakes=(
        (
            "that is a mean of means: a part with few goals weighs as much as a part "
            "with many, so a token in it weighs more. Count goals, not parts",
            _by(lambda parts, i: 1 / len(parts)),
        ),
        (_SUM, _by(lambda parts, i: 1)),
        (_TOTAL, _by(lambda parts, i: n_asked(parts[i][1]))),
        (_ONLY_LAST, _by(_last(_share))),
        (_ONLY_LAST, _by(_last(lambda parts, i: 1 / len(parts)))),
        (_ONLY_LAST, _by(_last(lambda parts, i: 1))),
        (
            "the parts are weighed by their rows, but one row has more goals than "
            "another: weigh them by goals",
            _by(lambda parts, i: len(parts[i][1]) / sum(len(g) for _, g in parts)),
        ),
        (
            "padding is counted as if it were asked for: count the goals that are not "
            "PAD",
            _by(_positions),
        ),
        (
            "padding is counted as if it were asked for: count the goals that are not "
            "PAD",
            _by(
                lambda parts, i: (
                    n_asked(parts[i][1]) / sum(goal.numel() for _, goal in parts)
                )
            ),
        ),
        (
            "the mean is divided by the number of goals once more: a mean times the "
            "share of its part is enough",
            _by(lambda parts, i: 1 / sum(n_asked(goal) for _, goal in parts)),
        ),
        (
            "the share is right, but then divided by the number of parts as well; the "
            "shares sum to 1 already",
            _by(lambda parts, i: _share(parts, i) / len(parts)),
        ),
        (
            "the gradient of the step before is still in there: call "
            "`model.zero_grad()` once, before the loop",
            _not_emptied,
        ),
        (
            "only the first part counts; go through all of them",
            _by(lambda parts, i: float(i == 0)),
        ),
        (
            "the sign is the other way round: `backward()` gives the gradient of the "
            "loss, it is the optimiser that goes against it",
            _by(lambda parts, i: -_share(parts, i)),
        ),
    ),
)
