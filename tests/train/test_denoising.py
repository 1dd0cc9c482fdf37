"""Does a denoiser learn to draw what words say, in combinations it never saw?"""

from itertools import islice

import pytest
import torch

from heedful.generate.denoise import ddim
from heedful.nets.diffusion import Denoiser, DenoiserConfig
from heedful.text.curves import (
    curve_batches,
    curve_texts,
    curve_tokenizer,
    draw_curves,
    encode_texts,
    share_right,
)
from heedful.train.denoising import fit_denoiser, noise_loss


def fresh():
    sizes = DenoiserConfig(
        vocab_size=len(curve_tokenizer()), d_model=32, d_ff=128, n_layers=2, n_heads=2,
        n_steps=50,
    )  # fmt: skip
    return Denoiser(sizes, torch.Generator().manual_seed(0))


def seed(n=0):
    return torch.Generator().manual_seed(n)


@pytest.mark.usefixtures("as_users_run_it")
def test_it_learns_to_obey_words_in_new_combinations():
    model, texts = fresh(), curve_texts("test")
    losses = fit_denoiser(
        model, curve_batches(32, seed=0), 450, learning_rate=8e-3, progress=False
    )
    assert len(losses) == 450
    assert not model.training

    words, wrong = encode_texts(texts), encode_texts(texts).roll(7, dims=0)
    untold = torch.ones(len(texts), 1, dtype=torch.long)
    curves, noise = (
        draw_curves(texts, seed()),
        torch.randn(len(texts), 60, generator=seed()),
    )
    t = torch.randint(1, 51, (len(texts),), generator=seed())
    with torch.no_grad():
        told, misled, alone = (
            float(noise_loss(model, curves, w, t, noise))
            for w in (words, wrong, untold)
        )
    assert 1.1 * told < alone < misled / 1.1

    drawn = ddim(model, words, seed(), n_steps=25, guidance=1.0)
    undirected = ddim(model, untold, seed(), n_steps=25)
    assert share_right(texts, drawn) > 0.1 + share_right(texts, undirected)


@pytest.mark.usefixtures("as_users_run_it")
def test_the_same_seeds_learn_the_same():
    def learned(model):
        batches = curve_batches(11, seed=5)
        return fit_denoiser(model, batches, 7, seed=3, progress=False)

    assert learned(fresh()) == learned(fresh())


def test_the_loss_by_hand():
    # A fresh model finds no noise at all, so it is wrong by the noise itself.
    x = torch.zeros(3, 60)
    words, t = torch.full((3, 2), 4), torch.tensor([1, 9, 50])
    noise = torch.tensor([1.0, 2.0, 3.0])[:, None].expand(3, 60)
    with torch.no_grad():
        loss = noise_loss(fresh(), x, words, t, noise)
    assert float(loss) == pytest.approx((1 + 4 + 9) / 3)


@pytest.mark.usefixtures("as_users_run_it")
def test_the_first_step_moves_by_the_warmed_up_rate():
    # Adam's first step is the learning rate, whatever the gradient: 1/20 of 200 steps
    # to warm up makes it a tenth. Only what has a gradient moves.
    model = fresh()
    before = model.noise_proj.weight.clone()
    one_batch = islice(curve_batches(11, seed=5), 1)
    fit_denoiser(model, one_batch, 200, learning_rate=1e-2, progress=False)
    moved = (model.noise_proj.weight - before).abs()
    torch.testing.assert_close(moved, torch.full_like(moved, 1e-3), atol=0, rtol=0.01)
