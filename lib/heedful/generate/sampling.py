"""Choose the next token from a model's logits.

Each function takes the logits of any number of positions and gives new ones, in
which -inf stands for "never"; `Sampling` puts them one after the other. Tokens with
equal logits always share their fate, so the order of the vocabulary plays no part.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def penalise_repetition(
    logits: Float[Tensor, "*batch vocab"],
    seen: Bool[Tensor, "*batch vocab"],
    penalty: float | int,
) -> Float[Tensor, "*batch vocab"]:
    """Make what was `seen` less likely, for a `penalty` above 1.

    Positive logits are divided by it. Negative ones are multiplied, which the paper
    leaves open and every library does: divided, they would become more likely.
    Source: [Keskar 2019, sec. 4.1]. Derived in chapter 08.
    """
    less = torch.where(logits > 0, logits / penalty, logits * penalty)
    return torch.where(seen, less, logits)


def with_temperature(
    logits: Float[Tensor, "*batch vocab"], temperature: float | int
) -> Float[Tensor, "*batch vocab"]:
    """Sharpen (below 1) or flatten (above 1) the distribution.

    The largest logit becomes 0, which changes no probability and keeps a temperature
    near 0 from making infinities. Derived in chapter 08.
    """
    return (logits - logits.amax(-1, keepdim=True)) / temperature


def keep_top_k(
    logits: Float[Tensor, "*batch vocab"], k: int
) -> Float[Tensor, "*batch vocab"]:
    """Only the `k` best may come, and those that equal the last of them.

    Source: [Fan 2018]. Derived in chapter 08.
    """
    best = logits.topk(min(k, logits.size(-1)), dim=-1).values
    return _at_least(logits, best[..., -1:])


def keep_top_p(
    logits: Float[Tensor, "*batch vocab"], p: float | int
) -> Float[Tensor, "*batch vocab"]:
    """Only the nucleus may come: the fewest best tokens that have at least share `p`.

    Source: [Holtzman 2020, sec. 3.1]. Derived in chapter 08.
    """
    best = logits.sort(dim=-1, descending=True).values
    shares = best.float().softmax(-1)
    better = shares.cumsum(-1) - shares  # what the tokens before this one have
    least = best.masked_fill(better >= p, torch.inf).amin(-1, keepdim=True)
    return _at_least(logits, least)


def keep_min_p(
    logits: Float[Tensor, "*batch vocab"], p: float | int
) -> Float[Tensor, "*batch vocab"]:
    """Only tokens at least `p` times as likely as the best may come.

    Source: [Nguyen 2025]. Derived in chapter 08.
    """
    return _at_least(logits, logits.amax(-1, keepdim=True) + math.log(p))


def sample(
    logits: Float[Tensor, "*batch vocab"], generator: torch.Generator | None = None
) -> Int[Tensor, "*batch"]:
    """Draw one token per row with the probabilities softmax(logits)."""
    rows = logits.softmax(-1).reshape(-1, logits.size(-1))
    drawn = torch.multinomial(rows, 1, generator=generator)
    return drawn.reshape(logits.shape[:-1])


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How the next token is chosen. The defaults draw from the model as it is.

    The steps come in this order, and each sees what the one before it left:
    repetition penalty, temperature, top-k, top-p, min-p. A temperature of 0 takes the
    most probable token; of the others only the penalty then matters.
    Derived in chapter 08. Raises `ValueError` for a setting outside its range.
    """

    temperature: float | int = 1.0
    top_k: int | None = None
    top_p: float | int = 1.0
    min_p: float | int = 0.0
    repetition_penalty: float | int = 1.0

    def __post_init__(self):
        if self.top_k is not None and (type(self.top_k) is not int or self.top_k < 1):
            raise ValueError(f"top_k={self.top_k!r} must be a whole number from 1 up")
        for name, fits, needed in (
            ("temperature", lambda x: x >= 0, "0 (greedy) or above"),
            ("top_p", lambda x: 0 < x <= 1, "above 0 and at most 1"),
            ("min_p", lambda x: 0 <= x <= 1, "from 0 to 1"),
            ("repetition_penalty", lambda x: x > 0, "above 0 (1 for no penalty)"),
        ):
            value = getattr(self, name)
            number = type(value) in (int, float) and math.isfinite(value)
            if not (number and fits(value)):
                raise ValueError(f"{name}={value!r} must be a number {needed}")

    def choose(
        self,
        logits: Float[Tensor, "*batch vocab"],
        seen: Bool[Tensor, "*batch vocab"],
        generator: torch.Generator | None = None,
    ) -> Int[Tensor, "*batch"]:
        """The next token of every row; `seen` is what the penalty is for."""
        if self.temperature == 0:
            return self._penalised(logits, seen).argmax(-1)
        return sample(self.shaped(logits, seen), generator)

    def shaped(
        self,
        logits: Float[Tensor, "*batch vocab"],
        seen: Bool[Tensor, "*batch vocab"],
    ) -> Float[Tensor, "*batch vocab"]:
        """The logits from which `choose` draws; at temperature 0 one is not -inf."""
        logits = self._penalised(logits, seen)
        if self.temperature == 0:
            best = logits.argmax(-1, keepdim=True)
            return torch.full_like(logits, -torch.inf).scatter(-1, best, 0.0)
        logits = with_temperature(logits, self.temperature)
        if self.top_k is not None:
            logits = keep_top_k(logits, self.top_k)
        if self.top_p < 1:
            logits = keep_top_p(logits, self.top_p)
        if self.min_p > 0:
            logits = keep_min_p(logits, self.min_p)
        return logits

    def _penalised(self, logits: Tensor, seen: Tensor) -> Tensor:
        if self.repetition_penalty == 1:
            return logits
        return penalise_repetition(logits, seen, self.repetition_penalty)


GREEDY = Sampling(temperature=0)
"""The most probable token, always."""


def _at_least(logits: Tensor, least: Tensor) -> Tensor:
    return logits.masked_fill(logits < least, -torch.inf)
