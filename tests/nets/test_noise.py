import math

import pytest
import torch

from heedful.nets.noise import NoiseSchedule, cosine_schedule, linear_schedule

B, N = 5, 7
SCHEDULES = {"cosine": cosine_schedule(13), "linear": linear_schedule(13, 0.01, 0.4)}
every_schedule = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)


def at(step, n_rows=B):
    return torch.full((n_rows,), step)


def test_by_hand():
    # Two steps that each keep half: 1/2, then 1/4 of the variance is data.
    schedule = NoiseSchedule(torch.tensor([1.0, 0.5, 0.25]))
    assert schedule.n_steps == 2
    assert schedule.beta.tolist() == [0.5, 0.5]
    x0, noise = torch.tensor([[4.0]]), torch.tensor([[2.0]])
    x2 = schedule.noisy(x0, at(2, 1), noise)
    assert x2.item() == pytest.approx(4 / 2 + 2 * math.sqrt(3) / 2)
    assert schedule.noisy(x0, at(0, 1), noise).item() == 4


def test_the_posterior_by_hand():
    # Before x_2 is seen, x_1 has mean 1 (half of the variance of x_0 = sqrt 2) and
    # variance 1/2. x_2 = sqrt 2 says that x_1 is 2, with variance 1. Two opinions,
    # weighed by one over their variance: (2 * 1 + 1 * 2) / (2 + 1).
    schedule = NoiseSchedule(torch.tensor([1.0, 0.5, 0.25]))
    both = torch.tensor([[math.sqrt(2)]])
    mean, variance = schedule.posterior(both, at(2, 1), both)
    assert mean.item() == pytest.approx(4 / 3)
    assert variance.item() == pytest.approx(1 / 3)


@every_schedule
def test_one_leap_is_all_steps_after_each_other(schedule):
    x0 = torch.randn(B, N)
    x, noise_so_far = x0, torch.zeros(B, N)
    for step, beta in enumerate(schedule.beta.tolist(), start=1):
        fresh = torch.randn(B, N)
        x = math.sqrt(1 - beta) * x + math.sqrt(beta) * fresh
        noise_so_far = math.sqrt(1 - beta) * noise_so_far + math.sqrt(beta) * fresh
        spread = math.sqrt(1 - schedule.alpha_bar[step])
        leap = schedule.noisy(x0, at(step), noise_so_far / spread)
        torch.testing.assert_close(leap, x, atol=1e-5, rtol=1e-5)


@every_schedule
def test_the_variance_is_kept(schedule):
    variance = 1.0 + 0 * schedule.alpha_bar  # of data of variance 1, with noise
    for step, beta in enumerate(schedule.beta.tolist()):
        variance[step + 1] = (1 - beta) * variance[step] + beta
    torch.testing.assert_close(variance, torch.ones_like(variance))


@every_schedule
def test_the_posterior_is_bayes_rule(schedule):
    x0, x = torch.randn(2, B, N)
    for step in range(2, schedule.n_steps + 1):
        before, beta = (
            float(schedule.alpha_bar[step - 1]),
            float(schedule.beta[step - 1]),
        )
        trust_x0, trust_x = 1 / (1 - before), (1 - beta) / beta
        expected = trust_x0 * math.sqrt(before) * x0 + math.sqrt(1 - beta) / beta * x
        mean, variance = schedule.posterior(x, at(step), x0)
        torch.testing.assert_close(mean, expected / (trust_x0 + trust_x))
        assert float(variance[0]) == pytest.approx(1 / (trust_x0 + trust_x), rel=1e-4)


@every_schedule
def test_the_last_step_back_is_x0_without_doubt(schedule):
    x0, x = torch.randn(2, B, N)
    mean, variance = schedule.posterior(x, at(1), x0)
    torch.testing.assert_close(mean, x0)
    assert not variance.any()


@every_schedule
def test_clean_undoes_noisy_for_rows_at_different_steps(schedule):
    t = torch.tensor([1, 3, 5, 9, 11])
    x0, noise = torch.randn(2, B, N)
    x = schedule.noisy(x0, t, noise)
    torch.testing.assert_close(schedule.clean(x, t, noise), x0, atol=1e-4, rtol=1e-4)
    for row, step in enumerate(t.tolist()):
        alone = slice(row, row + 1)
        expected = schedule.noisy(x0[alone], at(step, 1), noise[alone])
        torch.testing.assert_close(x[alone], expected)


def test_the_published_schedules():
    assert cosine_schedule(100).alpha_bar[50] == pytest.approx(0.5, abs=0.02)
    assert cosine_schedule(100).beta.max() == pytest.approx(0.999)
    betas = linear_schedule().beta
    assert len(betas) == 1000
    assert (float(betas[0]), float(betas[-1])) == pytest.approx((1e-4, 0.02), rel=0.01)
    assert linear_schedule().alpha_bar[-1] < 1e-4  # nothing is left


@pytest.mark.parametrize(
    "left", [[1.0], [0.9, 0.5], [1.0, 0.5, 0.5], [1.0, 0.5, 0.0]], ids=str
)
def test_what_is_no_schedule_is_refused(left):
    with pytest.raises(ValueError, match="must start at 1 and fall with every step"):
        NoiseSchedule(torch.tensor(left))
