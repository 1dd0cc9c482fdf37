"""What a scaling law says: loss as a function of parameters, tokens or compute.

A law has no units of its own: parameters, tokens and FLOPs count what whoever fitted
it counted, and losses in nats per token compare only for one tokenizer and text.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Numbers = Float[np.ndarray, "..."] | float


@dataclass(frozen=True)
class PowerLaw:
    """Loss = offset + (scale / x)^exponent: a straight line on two log axes, if
    `offset` is 0.

    `offset` is what no amount of x removes. Ten times the x multiplies the rest by
    10^-exponent. Source: [Kaplan 2020, eqs. 1.1-1.3]. Derived in chapter 09.
    """

    offset: float
    scale: float
    exponent: float

    def __call__(self, x: Numbers) -> Numbers:
        return self.offset + (self.scale / x) ** self.exponent


@dataclass(frozen=True)
class SurfaceLaw:
    """Loss = E + A / N^alpha + B / D^beta, of N parameters that read D tokens.

    E is the entropy of the text itself, the second term what a larger model would
    save, the third what more text would. Source: [Hoffmann 2022, eq. 2]. Derived in
    chapter 09.
    """

    E: float
    A: float
    B: float
    alpha: float
    beta: float

    def __call__(self, n: Numbers, d: Numbers) -> Numbers:
        return self.E + self.A / n**self.alpha + self.B / d**self.beta

    @property
    def exponent(self) -> float:
        """a in N = G (C / 6)^a, the best size for C FLOPs; tokens grow with 1 - a."""
        return self.beta / (self.alpha + self.beta)

    def optimum(
        self, compute: Numbers, flops_per: float = 6.0
    ) -> tuple[Numbers, Numbers]:
        """Parameters and tokens of the least loss for `compute` FLOPs.

        A parameter takes `flops_per` FLOPs for each token: 6, two on the way forward
        and four on the way back, if all but the matrices is neglected.
        Source: [Hoffmann 2022, eq. 4].
        """
        balance = self.alpha * self.A / (self.beta * self.B)
        n = balance ** (1 / (self.alpha + self.beta))
        n = n * (compute / flops_per) ** self.exponent
        return n, compute / flops_per / n

    def best_loss(self, compute: Numbers, flops_per: float = 6.0) -> Numbers:
        """The loss of the optimum: itself a power law in compute, with offset E."""
        return self(*self.optimum(compute, flops_per))
