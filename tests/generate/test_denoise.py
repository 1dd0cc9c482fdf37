import pytest
import torch
from diffusers import DDIMScheduler, DDPMScheduler

from heedful.generate.denoise import ddim, ddpm, guided_noise
from heedful.nets.diffusion import Denoiser, DenoiserConfig

B, LENGTH, STEPS = 5, 12, 20
MEAN, SPREAD = 0.1, 0.2
SIZES = dict(
    vocab_size=7, curve_len=LENGTH, patch_len=3, max_words=2, n_steps=STEPS, d_model=14,
    n_layers=1, n_heads=2, d_ff=13,
)  # fmt: skip


class Ideal(Denoiser):
    """Of data from N(MEAN, SPREAD^2) the mean of the noise in x is known exactly."""

    def forward(self, x, t, words, maps=None):
        left = self.schedule.alpha_bar[t][:, None]
        surprise = x - left.sqrt() * MEAN
        return (1 - left).sqrt() * surprise / (left * SPREAD**2 + 1 - left)


def shaken():
    built = Denoiser(DenoiserConfig(**SIZES)).eval().requires_grad_(False)
    for weight in built.parameters():
        weight.add_(torch.randn_like(weight) * 0.3)
    return built


def words():
    return torch.tensor([[3, 4], [5, 0], [6, 6], [4, 3], [1, 0]])


def seed(n=0):
    return torch.Generator().manual_seed(n)


def theirs(scheduler, model, n_steps, **kwargs):
    """A curve by a scheduler of diffusers, which counts steps from 0."""
    scheduler.set_timesteps(n_steps)
    generator = seed()
    x = torch.randn(B, LENGTH, generator=generator)
    for step in scheduler.timesteps:
        noise = model(x, (step + 1).expand(B), words())
        x = scheduler.step(noise, step, x, generator=generator, **kwargs).prev_sample
    return x


def settings(model):
    return dict(num_train_timesteps=STEPS, trained_betas=model.schedule.beta.numpy())


def test_ddpm_agrees_with_diffusers():
    model = shaken()
    expected = theirs(DDPMScheduler(**settings(model)), model, STEPS)
    got = ddpm(model, words(), seed())
    torch.testing.assert_close(got, expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("n_steps", [1, 4, 5, STEPS])
def test_ddim_agrees_with_diffusers(n_steps):
    model = shaken()
    scheduler = DDIMScheduler(**settings(model), timestep_spacing="trailing")
    expected = theirs(scheduler, model, n_steps)
    got = ddim(model, words(), seed(), n_steps=n_steps)
    torch.testing.assert_close(got, expected, atol=1e-4, rtol=1e-4)


def test_an_ideal_denoiser_gives_the_distribution_of_the_data():
    model = Ideal(DenoiserConfig(**{**SIZES, "n_steps": 500}))
    many = torch.ones(2000, 1, dtype=torch.long)
    curves = ddpm(model, many, seed())
    # 24,000 numbers: the standard error of the mean is 0.0013, of the spread 0.5 %.
    assert float(curves.mean()) == pytest.approx(MEAN, abs=0.01)
    assert float(curves.std()) == pytest.approx(SPREAD, rel=0.05)


def test_ddim_moves_each_number_along_its_own_path():
    # For Gaussian data the path has a closed form: distances from the mean, measured
    # in standard deviations, never change.
    model = Ideal(DenoiserConfig(**{**SIZES, "n_steps": 500}))
    one = torch.ones(B, 1, dtype=torch.long)
    first = torch.randn(B, LENGTH, generator=seed())
    got = ddim(model, one, seed(), n_steps=500)
    torch.testing.assert_close(got, MEAN + SPREAD * first, atol=0.005, rtol=0.0)


@pytest.mark.usefixtures("as_users_run_it")
def test_the_first_noise_decides_alone():
    model = shaken()
    for sampler in (ddpm, ddim):
        first = sampler(model, words(), seed(1))
        assert torch.equal(sampler(model, words(), seed(1)), first)
        assert not torch.equal(sampler(model, words(), seed(2)), first)
    other = words()
    other[0, 1] = 3  # the other rows must not notice
    first, second = ddim(model, words(), seed(1)), ddim(model, other, seed(1))
    assert not torch.equal(first[0], second[0])
    assert torch.equal(first[1:], second[1:])


@pytest.mark.parametrize("sampler", [ddpm, ddim])
def test_everything_happens_where_model_and_words_are(sampler):
    # "meta" is a device without memory, on which nothing from the CPU may turn up.
    curves = sampler(shaken().to("meta"), words().to("meta"), seed(), guidance=1.0)
    assert curves.shape == (B, LENGTH) and curves.is_meta


def test_curves_stay_where_curves_are():
    assert ddpm(shaken(), words(), seed()).abs().max() <= 1


def test_guidance_goes_past_the_words_away_from_none():
    model, t = shaken(), torch.full((B,), 7)
    x = torch.randn(B, LENGTH)
    told = model(x, t, words())
    untold = model(x, t, torch.tensor(B * [[1]]))
    assert torch.equal(guided_noise(model, x, t, words(), 0.0), told)
    got = guided_noise(model, x, t, words(), 2.0)
    torch.testing.assert_close(got, told + 2 * (told - untold))
    torch.testing.assert_close(got[4], told[4])  # no words: nothing to go past


@pytest.mark.parametrize("n_steps", [0, STEPS + 1])
def test_leaps_there_are_no_steps_for_are_refused(n_steps):
    with pytest.raises(ValueError, match=f"n_steps={n_steps} must be from 1 to 20"):
        ddim(shaken(), words(), n_steps=n_steps)
