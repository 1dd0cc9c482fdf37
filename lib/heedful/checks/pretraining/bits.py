"""The exercise on the price of a byte: from logits to a number that compares models."""

import math
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.text import EOS_ID, PAD_ID


def _prices(logits: Tensor, goal: Tensor) -> Tensor:
    """Nats for each goal (B, T); 0 for padding."""
    asked = goal.flatten()
    loss = F.cross_entropy(
        logits.flatten(0, 1), asked, ignore_index=PAD_ID, reduction="none"
    )
    return loss.view(goal.shape)


def _right(logits: Tensor, goal: Tensor, widths: Tensor) -> float:
    bits = _prices(logits, goal).sum() / math.log(2)
    return float(bits / widths[goal].sum())


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Two short rows, always the same; more; then logits of which a softmax makes 0."""
    no_bytes = [0, 0, 0]  # PAD, BOS, EOS
    yield dict(
        logits=((torch.arange(20) * 7 % 11 - 5) / 4).view(2, 2, 5),
        goal=torch.tensor([[3, EOS_ID], [4, PAD_ID]]),
        widths=torch.tensor([*no_bytes, 2, 5]),
    )
    for (b, t, v), size in (((3, 7, 11), 1.0), ((2, 5, 7), 90.0)):
        goal = torch.randint(3, v, (b, t), generator=generator)
        goal[0, 1] = EOS_ID  # a document ends here
        goal[-1, 4:] = PAD_ID
        widths = torch.randint(1, 8, (v - 3,), generator=generator).tolist()
        logits = torch.randn(b, t, v, generator=generator) * size
        yield dict(logits=logits, goal=goal, widths=torch.tensor(no_bytes + widths))


def _of_prices(
    found: Callable[[Tensor, Tensor, Tensor], Tensor],
) -> Callable[[Tensor, Tensor, Tensor], float]:
    """A number made from (prices in bits, asked, bytes), all (B, T)."""

    def answer(logits: Tensor, goal: Tensor, widths: Tensor) -> float:
        bits = _prices(logits, goal) / math.log(2)
        return float(found(bits, goal != PAD_ID, widths[goal]))

    return answer


def _of_probabilities(
    price: Callable[[Tensor], Tensor], dim: int = -1, padding: bool = False
) -> Callable[[Tensor, Tensor, Tensor], float]:
    """The price of all goals in bits, made from the probabilities they were given."""

    def answer(logits: Tensor, goal: Tensor, widths: Tensor) -> float:
        p = logits.softmax(dim).gather(-1, goal[..., None])[..., 0]
        asked = goal >= 0 if padding else goal != PAD_ID
        return float(price(p[asked]) / widths[goal].sum())

    return answer


def _with_floor(
    kept: Callable[[Tensor, float], Tensor], floor: float, p: Tensor
) -> Tensor:
    return -kept(p, floor).log2().sum()


def _unscaled(logits: Tensor, goal: Tensor, widths: Tensor) -> float:
    """The logits themselves in place of log probabilities."""
    chosen = logits.gather(-1, goal[..., None])[..., 0][goal != PAD_ID]
    return float(-chosen.sum() / math.log(2) / widths[goal].sum())


check_bits = Task(
    name="bits per byte",
    right=_right,
    cases=_cases,
    compared="one number; padding, end signs, large logits",
    rtol=1e-4,
    hints=(
        "Two sums and one division: what all goals cost, and how many bytes they are. "
        "Padding is in neither.",
        "The price in nats is the cross-entropy of each goal; one bit is ln 2 nats. "
        "`widths[goal]` has the bytes.",
        "`logits.log_softmax(-1).gather(-1, goal[..., None])[..., 0]` is the logarithm "
        "of each goal's probability; keep those where `goal != PAD_ID`.",
    ),
    mistakes=(
        (
            "a probability has been rounded to 0, and its logarithm is infinite: take "
            "`log_softmax` (or `F.cross_entropy`), not the logarithm of a softmax",
            _of_probabilities(lambda p: -p.log2().sum()),
        ),
        *(
            (
                "a smallest probability keeps the logarithm finite, but then no token "
                "can cost more than that: take `log_softmax`, which needs none",
                _of_probabilities(partial(_with_floor, kept, floor)),
            )
            for kept in (torch.clamp, torch.add)
            for floor in (1e-12, 1e-10, 1e-9, 1e-8, 1e-6)
        ),
        (
            "these are nats per byte; divide by ln 2 for bits",
            lambda *given: _right(*given) * math.log(2),
        ),
        (
            "from nats to bits you divide by ln 2: a text costs more bits than nats, "
            "as a bit is the smaller coin",
            lambda *given: _right(*given) * math.log(2) ** 2,
        ),
        (
            "a price is positive: the logarithm of a probability is below 0, hence "
            "the minus sign",
            lambda *given: -_right(*given),
        ),
        (
            "padding is paid for, too; it is no text, so leave it out of the price",
            _of_probabilities(lambda p: -p.log2().sum(), padding=True),
        ),
        (
            "these are bits per token; divide by the number of bytes, not of tokens",
            _of_prices(lambda bits, asked, n: bits.sum() / asked.sum()),
        ),
        (
            "these are bits per position, padding counted; divide by the number of "
            "bytes",
            _of_prices(lambda bits, asked, n: bits.mean()),
        ),
        (
            "the end signs are not paid for; they have no bytes, but where a document "
            "ends the model must guess, too",
            _of_prices(lambda bits, asked, n: bits[n > 0].sum() / n.sum()),
        ),
        (
            "an end sign is counted as a byte; it has none (its width is 0)",
            _of_prices(lambda bits, asked, n: bits.sum() / n[asked].clamp(1).sum()),
        ),
        (
            "that is a mean of means: each token's price by its own bytes. Divide the "
            "sum of all prices by the sum of all bytes",
            _of_prices(
                lambda bits, asked, n: (bits[n > 0] / n[n > 0]).sum() / (n > 0).sum()
            ),
        ),
        (
            "that is a mean of means: each row has its own number, and a short row "
            "weighs as much as a long one. Divide the sum of all prices by the sum of "
            "all bytes",
            _of_prices(lambda bits, asked, n: (bits.sum(1) / n.sum(1)).mean()),
        ),
        (
            "the average price of a token by the number of all bytes: use the sum of "
            "the prices",
            _of_prices(lambda bits, asked, n: bits.sum() / asked.sum() / n.sum()),
        ),
        (
            "from tokens to bytes you went the wrong way: nats per token times tokens, "
            "divided by bytes",
            _of_prices(
                lambda bits, asked, n: bits.sum() / asked.sum() * n.sum() / asked.sum()
            ),
        ),
        (
            "that is the price of the whole batch; divide it by the number of bytes",
            _of_prices(lambda bits, asked, n: bits.sum()),
        ),
        (
            "you took the mean of the probabilities and then the logarithm; each token "
            "is paid for by itself, so the logarithm comes first",
            _of_probabilities(lambda p: -p.mean().log2() * p.numel()),
        ),
        (
            "you took the mean of the probabilities and then the logarithm; each token "
            "is paid for by itself, so the logarithm comes first",
            _of_probabilities(lambda p: -p.mean().log2()),
        ),
        (
            "the softmax runs over the positions; it must run over the vocabulary, the "
            "last axis",
            _of_probabilities(lambda p: -p.log2().sum(), dim=1),
        ),
        (
            "logits are no log probabilities: a (log) softmax over the vocabulary is "
            "missing",
            _unscaled,
        ),
    ),
)
