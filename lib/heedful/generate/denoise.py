"""From words and pure noise to a curve: remove the noise bit by bit.

`ddpm` goes back one step at a time and adds a little fresh noise at each, `ddim`
leaps, and adds none. The same generator state gives the same first noise, on every
device, so one can change a word and see what changes.
"""

from itertools import pairwise

import torch
from jaxtyping import Float, Int
from torch import Tensor

from heedful.nets.diffusion import Denoiser


@torch.inference_mode()
def ddpm(
    model: Denoiser,
    words: Int[Tensor, "batch n_words"],
    generator: torch.Generator | None = None,
    guidance: float = 0.0,
) -> Float[Tensor, "batch curve_len"]:
    """A curve for each row of words, in as many steps as there are steps of noise.

    `guidance`: see `guided_noise`.
    Source: [Ho 2020, alg. 2]. Derived in chapter 03.
    """
    x = _pure_noise(model, words, generator)
    for step in range(model.schedule.n_steps, 0, -1):
        t = words.new_full((len(x),), step)
        x0, _ = _guess(model, x, t, words, guidance)
        mean, variance = model.schedule.posterior(x, t, x0)
        fresh = torch.randn(x.shape, generator=generator).to(x)
        x = mean + variance.sqrt() * fresh  # the variance of the last step is 0
    return x


@torch.inference_mode()
def ddim(
    model: Denoiser,
    words: Int[Tensor, "batch n_words"],
    generator: torch.Generator | None = None,
    n_steps: int = 20,
    guidance: float = 0.0,
) -> Float[Tensor, "batch curve_len"]:
    """A curve for each row of words, in `n_steps` leaps, decided by the first noise.

    Guess x_0, then go back to what it would be after fewer steps of the same noise.
    `guidance`: see `guided_noise`.
    Source: [Song 2021, eq. 12 with sigma = 0]. Derived in chapter 03.

    Raises `ValueError` unless there are at least `n_steps` steps of noise.
    """
    last = model.schedule.n_steps
    if not 1 <= n_steps <= last:
        raise ValueError(f"n_steps={n_steps} must be from 1 to {last}")
    x = _pure_noise(model, words, generator)
    steps = torch.linspace(last, 0, n_steps + 1).round().to(words)
    for now, then in pairwise(steps):
        t = now.expand(len(x))
        x0, noise = _guess(model, x, t, words, guidance)
        x = model.schedule.noisy(x0, then.expand(len(x)), noise)
    return x


def guided_noise(
    model: Denoiser,
    x: Float[Tensor, "batch curve_len"],
    t: Int[Tensor, " batch"],
    words: Int[Tensor, "batch n_words"],
    guidance: float,
) -> Float[Tensor, "batch curve_len"]:
    """The noise that the model finds, pushed away from what it finds without words.

    (1 + g) e(words) - g e(no words): 0 is the model as it is, more obeys the words
    more, at the price of variety.
    Source: [Ho 2022, eq. 6]. Derived in chapter 03.
    """
    told = model(x, t, words)
    if guidance == 0:
        return told
    no_text = words.new_full((len(x), 1), model.config.no_text_id)
    return (1 + guidance) * told - guidance * model(x, t, no_text)


def _guess(
    model: Denoiser, x: Tensor, t: Tensor, words: Tensor, guidance: float
) -> tuple[Tensor, Tensor]:
    """x_0, kept between -1 and 1 where all curves are, and the noise that is left."""
    noise = guided_noise(model, x, t, words, guidance)
    # Early on hardly any of x_0 is left, and dividing by it blows up any mistake.
    return model.schedule.clean(x, t, noise).clamp(-1, 1), noise


def _pure_noise(
    model: Denoiser, words: Tensor, generator: torch.Generator | None
) -> Tensor:
    noise = torch.randn(len(words), model.config.curve_len, generator=generator)
    return noise.to(words.device)
