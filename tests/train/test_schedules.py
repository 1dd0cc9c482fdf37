import pytest

from heedful.train import cosine, inverse_sqrt
from heedful.train.schedules import DECAYS, linear


@pytest.mark.parametrize(
    ("step", "rate"),
    [(1, 0.2), (5, 1.0), (10, 2.0), (15, 1 + 2**-0.5), (20, 1.0), (30, 0.0)],
)
def test_cosine_by_hand(step, rate):
    assert cosine(step, 30, peak=2.0, n_warmup=10) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("step", "rate"), [(1, 0.2), (10, 2.0), (15, 1.5), (20, 1.0), (30, 0.0), (31, 0.0)]
)
def test_linear_by_hand(step, rate):
    assert linear(step, 30, peak=2.0, n_warmup=10) == pytest.approx(rate)


def test_cosine_rises_to_its_peak_and_then_falls():
    rates = [cosine(step, 97, 0.5, n_warmup=13) for step in range(1, 98)]
    assert rates[:13] == sorted(rates[:13])
    assert rates[12:] == sorted(rates[12:], reverse=True)
    assert max(rates) == rates[12] == 0.5


@pytest.mark.parametrize("decay", DECAYS.values(), ids=DECAYS)
@pytest.mark.parametrize("n_steps", [1, 5, 10])
def test_a_run_shorter_than_its_warm_up_only_rises(n_steps, decay):
    rates = [decay(step, n_steps, 2.0, n_warmup=10) for step in range(1, n_steps + 1)]
    assert rates == pytest.approx([0.2 * step for step in range(1, n_steps + 1)])


def test_cosine_stays_at_zero_after_the_end():
    assert cosine(31, 30, 2.0, n_warmup=10) == 0


def test_inverse_sqrt_by_hand():
    # d_model = 4, 9 warm-up steps: 1/2 * step / 27, then 1/2 / sqrt(step).
    assert inverse_sqrt(3, 4, n_warmup=9) == pytest.approx(1 / 18)
    assert inverse_sqrt(9, 4, n_warmup=9) == pytest.approx(1 / 6)
    assert inverse_sqrt(25, 4, n_warmup=9) == pytest.approx(1 / 10)


def test_the_papers_peak_is_at_the_end_of_the_warm_up():
    rates = {step: inverse_sqrt(step, 512) for step in range(1, 12_001)}
    assert max(rates, key=rates.__getitem__) == 4_000
    assert rates[4_000] == pytest.approx((512 * 4_000) ** -0.5)
