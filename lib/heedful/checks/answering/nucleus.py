"""The exercise on drawing: temperature, then the nucleus, with the right boundary."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.generate.sampling import keep_top_p, with_temperature

# At temperature 1/2. The best two have 0.595, and so have all but the best; at
# temperature 1 it takes the best four. So each mistake keeps other tokens.
SHARES = (0.38, 0.24, 0.060, 0.058, 0.056, 0.054, 0.052, 0.051, 0.049)


def nucleus(logits: Tensor, temperature: float, p: float) -> Tensor:
    """The right answer, (B, V)."""
    return keep_top_p(with_temperature(logits, temperature), p).softmax(-1)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """A row whose nucleus has two tokens; then sure rows beside unsure ones."""
    logits = torch.tensor(SHARES).log() / 2
    logits = logits + 0.003 * torch.randn(len(SHARES), generator=generator)
    # Not by 8: then the vocabulary's order keeps the same tokens as the worst first.
    start = int(torch.randint(1, len(SHARES) - 1, (1,), generator=generator))
    yield dict(logits=logits.roll(start)[None], temperature=0.5, p=0.595)
    sureness = torch.tensor([[4.0], [1.0], [0.2]])
    for temperature, p in ((1.0, 0.9), (1.5, 0.5)):
        rows = sureness * torch.randn(3, 11, generator=generator)
        yield dict(logits=rows, temperature=temperature, p=p)


def _by(
    warm: Callable = lambda logits, temperature: logits / temperature,
    keeps: Callable = lambda shares, before, p: before < p,
    descending: bool = True,
    finish: Callable = lambda shares, kept, logits: (
        shares * kept / (shares * kept).sum(-1, keepdim=True)
    ),
) -> Callable[[Tensor, float, float], Tensor]:
    """Temperature and top-p in which one step can go another way."""

    def shaped(logits: Tensor, temperature: float, p: float) -> Tensor:
        warmed = warm(logits, temperature)
        shares = warmed.softmax(-1)
        best, order = shares.sort(dim=-1, descending=descending)
        kept = keeps(best, best.cumsum(-1) - best, p)
        kept = torch.zeros_like(kept).scatter(-1, order, kept)
        return finish(shares, kept, warmed)

    return shaped


def _cut_first(logits: Tensor, temperature: float, p: float) -> Tensor:
    return (keep_top_p(logits, p) / temperature).softmax(-1)


def _shares_divided(logits: Tensor, temperature: float, p: float) -> Tensor:
    shares = logits.softmax(-1) / temperature
    best = shares.sort(dim=-1, descending=True).values
    least = best.masked_fill(best.cumsum(-1) - best >= p, 9).amin(-1, keepdim=True)
    kept = shares * (shares >= least)
    return kept / kept.sum(-1, keepdim=True)


def _in_order_of_size(logits: Tensor, temperature: float, p: float) -> Tensor:
    return nucleus(logits, temperature, p).sort(dim=-1, descending=True).values


def _ordered_twice(logits: Tensor, temperature: float, p: float) -> Tensor:
    order = logits.argsort(dim=-1, descending=True)
    return _in_order_of_size(logits, temperature, p).gather(-1, order)


def _never_sorted(logits: Tensor, temperature: float, p: float) -> Tensor:
    shares = with_temperature(logits, temperature).softmax(-1)
    kept = shares * (shares.cumsum(-1) - shares < p)
    return kept / kept.sum(-1, keepdim=True)


def _marks_gathered(logits: Tensor, temperature: float, p: float) -> Tensor:
    shares = with_temperature(logits, temperature).softmax(-1)
    best, order = shares.sort(dim=-1, descending=True)
    kept = shares * (best.cumsum(-1) - best < p).gather(-1, order)
    return kept / kept.sum(-1, keepdim=True)


def _over_texts(logits: Tensor, temperature: float, p: float) -> Tensor:
    return keep_top_p(with_temperature(logits, temperature), p).softmax(0)


check_nucleus = Task(
    name="nucleus",
    right=nucleus,
    cases=_cases,
    compared="every share; sure and unsure rows, temperatures below and above 1",
    hints=(
        "Three steps: the shares at this temperature, which tokens stay, shares that "
        "sum to 1 again. Work [0.5, 0.3, 0.2] with p = 0.6 through by hand first.",
        "Sort the shares, the best first. A token stays if those *before* it do not "
        "yet have p: `best.cumsum(-1) - best < p`.",
        "The least share that stays, `best.masked_fill(~stays, 9).amin(-1, "
        "keepdim=True)`, can be compared with the unsorted shares.",
    ),
    mistakes=(
        (
            "the token that crosses p is left out, so what stays has less than p: keep "
            "each token before which there is less than p",
            _by(keeps=lambda shares, before, p: before + shares <= p),
        ),
        (
            "one token too many: stop at the first with which the shares reach p",
            _by(keeps=lambda shares, before, p: before - shares.roll(1, -1) < p),
        ),
        (
            "the tail is cut before the temperature is applied; the cut must see the "
            "shares from which will be drawn: temperature first",
            _cut_first,
        ),
        (
            "two things: the token that crosses p is left out, and what stays does not "
            "sum to 1",
            _by(
                keeps=lambda shares, before, p: before + shares <= p,
                finish=lambda shares, kept, logits: shares * kept,
            ),
        ),
        ("the temperature has no effect", _by(warm=lambda logits, temperature: logits)),
        (
            "the logits are multiplied by the temperature; divide by it, so that below "
            "1 the differences grow",
            _by(warm=lambda logits, temperature: logits * temperature),
        ),
        (
            "the temperature divides the shares, which changes no proportion; it "
            "divides the logits, before the softmax",
            _shares_divided,
        ),
        (
            "the worst tokens come first: sort with descending=True",
            _by(descending=False),
        ),
        (
            "the tail is kept and the nucleus cut off: is the comparison the wrong way "
            "round?",
            _by(keeps=lambda shares, before, p: before >= p),
        ),
        (
            "p is compared with each share by itself; compare it with the sum of those "
            "before",
            _by(keeps=lambda shares, before, p: shares >= p),
        ),
        (
            "the shares come back in order of size; column v must belong to token v",
            _in_order_of_size,
        ),
        (
            "the shares are not put back where they came from: `order[i]` is the token "
            "of place i, so scatter them (or compare unsorted shares with the least)",
            _ordered_twice,
        ),
        (
            "the marks of what stays are not put back where they came from: `order[i]` "
            "is the token of place i, so scatter them; gather does the reverse",
            _marks_gathered,
        ),
        (
            "the shares are summed up in the order of the vocabulary; sort them, the "
            "best first",
            _never_sorted,
        ),
        (
            "this is min-p: each share is compared with p times the best. Top-p sums "
            "the shares up, the best first",
            _by(keeps=lambda shares, before, p: shares >= p * shares[:, :1]),
        ),
        (
            "nothing is cut off. Does the cut return a new tensor that you did not "
            "keep, as masked_fill does?",
            _by(keeps=lambda shares, before, p: before < 2),
        ),
        (
            "what stays does not sum to 1: divide by the sum, or put -inf into the "
            "logits, before the softmax",
            _by(finish=lambda shares, kept, logits: shares * kept),
        ),
        (
            "each row must sum to 1 by itself, not the whole batch: sum over dim=-1, "
            "with keepdim=True",
            _by(finish=lambda s, kept, logits: s * kept / (s * kept).sum()),
        ),
        (
            "a logit of 0 does not say 'never', since exp(0) = 1: use -inf",
            _by(finish=lambda shares, kept, logits: (logits * kept).softmax(-1)),
        ),
        (
            "a share of 0 put through the softmax again is not 0, since exp(0) = 1: "
            "divide by the sum instead",
            _by(finish=lambda shares, kept, logits: (shares * kept).softmax(-1)),
        ),
        (
            "these are logits; return shares, which sum to 1",
            _by(finish=lambda s, kept, logits: logits.masked_fill(~kept, -torch.inf)),
        ),
        (
            "the softmax runs over the texts of the batch; let it run over the "
            "vocabulary (dim=-1)",
            _over_texts,
        ),
    ),
)
