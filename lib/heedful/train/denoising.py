"""How a denoiser learns: noise is added, and it must say which."""

from collections.abc import Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from heedful.nets.diffusion import Denoiser
from heedful.text.curves import CurveBatch
from heedful.train.schedules import cosine


def noise_loss(
    model: Denoiser,
    curves: Float[Tensor, "batch curve_len"],
    words: Int[Tensor, "batch n_words"],
    t: Int[Tensor, " batch"],
    noise: Float[Tensor, "batch curve_len"],
) -> Float[Tensor, ""]:
    """Mean squared error of the noise found in the curves after `t` steps.

    A model that always answers zero has a loss of about 1.
    Source: [Ho 2020, eq. 14]. Derived in chapter 03.
    """
    return F.mse_loss(model(model.schedule.noisy(curves, t, noise), t, words), noise)


def fit_denoiser(
    model: Denoiser,
    batches: Iterator[CurveBatch],
    n_steps: int = 3000,
    learning_rate: float = 3e-3,
    seed: int = 0,
    progress: bool = True,
) -> list[float]:
    """Teach `model`, and return the loss of each step.

    Every row of a batch gets a step of noise and noise of its own. The learning rate
    rises for a twentieth of the steps, then falls along a cosine to zero.
    Source: [Ho 2020, alg. 1]. Derived in chapter 03.
    """
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters())
    n_warmup = max(1, n_steps // 20)
    losses = []
    model.train()
    bar = tqdm(range(1, n_steps + 1), unit="step", disable=not progress)
    for step, batch in zip(bar, batches):
        rate = cosine(step, n_steps, learning_rate, n_warmup)
        optimizer.param_groups[0]["lr"] = rate
        n_rows = len(batch.curves)
        last = model.schedule.n_steps + 1
        t = torch.randint(1, last, (n_rows,), generator=generator)
        noise = torch.randn(batch.curves.shape, generator=generator)
        loss = noise_loss(model, batch.curves, batch.words, t, noise)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    return losses
