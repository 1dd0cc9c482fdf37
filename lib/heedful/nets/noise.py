"""How a diffusion model destroys data, and what is known of the way back.

Step t of T adds a little noise, x_t = sqrt(1 - beta_t) x_{t-1} + sqrt(beta_t) e, until
nothing of x_0 is left. All that is Gaussian, so it has closed forms, and they are all
there is in this module; the part that must be learned is `heedful.nets.diffusion`.

Steps count from 1, as in the paper; step 0 is the data themselves.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True)
class NoiseSchedule:
    """How much of the data is left after each step.

    `alpha_bar[t]` is the share of the variance of x_t that is data, `alpha_bar[0]` is
    1. It is the product of all 1 - beta up to step t.
    Source: [Ho 2020, sec. 2]. Derived in chapter 03.

    Raises `ValueError` unless it starts at 1 and falls with every step, staying above
    zero.
    """

    alpha_bar: Float[Tensor, " steps_and_0"]

    def __post_init__(self):
        a = self.alpha_bar
        if len(a) < 2 or a[0] != 1 or a[-1] <= 0 or (a.diff() >= 0).any():
            raise ValueError(
                f"alpha_bar={a.tolist()} must start at 1 and fall with every step, "
                "staying above 0"
            )

    @property
    def n_steps(self) -> int:
        return len(self.alpha_bar) - 1

    @property
    def beta(self) -> Float[Tensor, " steps"]:
        """The variance that each step adds; `beta[t - 1]` is that of step t."""
        return 1 - self.alpha_bar[1:] / self.alpha_bar[:-1]

    def noisy(
        self,
        x0: Float[Tensor, "batch length"],
        t: Int[Tensor, " batch"],
        noise: Float[Tensor, "batch length"],
    ) -> Float[Tensor, "batch length"]:
        """x_t, from x_0 in one go: sqrt(alpha_bar) x_0 + sqrt(1 - alpha_bar) noise.

        Source: [Ho 2020, eq. 4]. Derived in chapter 03.
        """
        left = self._left(t, x0)
        return left.sqrt() * x0 + (1 - left).sqrt() * noise

    def clean(
        self,
        x: Float[Tensor, "batch length"],
        t: Int[Tensor, " batch"],
        noise: Float[Tensor, "batch length"],
    ) -> Float[Tensor, "batch length"]:
        """x_0, if `noise` is all the noise in x_t: `noisy` solved for x_0.

        Source: [Ho 2020, eq. 15]. Derived in chapter 03.
        """
        left = self._left(t, x)
        return (x - (1 - left).sqrt() * noise) / left.sqrt()

    def posterior(
        self,
        x: Float[Tensor, "batch length"],
        t: Int[Tensor, " batch"],
        x0: Float[Tensor, "batch length"],
    ) -> tuple[Float[Tensor, "batch length"], Float[Tensor, "batch 1"]]:
        """Mean and variance of x_{t-1}, for `t` from 1 up, if both ends are known.

        Source: [Ho 2020, eqs. 6-7]. Derived in chapter 03.
        """
        left, before = self._left(t, x), self._left(t - 1, x)
        beta = 1 - left / before
        share_x0 = before.sqrt() * beta / (1 - left)
        share_x = (1 - beta).sqrt() * (1 - before) / (1 - left)
        return share_x0 * x0 + share_x * x, beta * (1 - before) / (1 - left)

    def _left(self, t: Tensor, like: Tensor) -> Tensor:
        """alpha_bar of every row, as a column."""
        return self.alpha_bar.to(like.device)[t][:, None]


def linear_schedule(
    n_steps: int = 1000, first: float = 1e-4, last: float = 0.02
) -> NoiseSchedule:
    """beta rises in a straight line. The defaults are the paper's.

    With far fewer than 1000 steps and the same betas, much of the data is left.
    Source: [Ho 2020, sec. 4]. Derived in chapter 03.
    """
    beta = torch.linspace(first, last, n_steps, dtype=torch.float64)
    return _schedule(beta)


def cosine_schedule(n_steps: int, offset: float = 0.008) -> NoiseSchedule:
    """alpha_bar falls like a squared cosine: slowly, fast, slowly.

    No beta is above 0.999, so that a trace of the data is left to divide by.
    Source: [Nichol 2021]. Derived in chapter 03.
    """
    t = torch.arange(n_steps + 1, dtype=torch.float64)
    f = ((t / n_steps + offset) / (1 + offset) * math.pi / 2).cos() ** 2
    return _schedule((1 - f[1:] / f[:-1]).clamp(max=0.999))


def _schedule(beta: Tensor) -> NoiseSchedule:
    left = (1 - beta).cumprod(0)
    return NoiseSchedule(torch.cat([torch.ones(1), left]).float())
