"""The neuron against the closed form for a steady current, and what timing does."""

import math

import pytest
import torch

from heedful.studies import spikes


@pytest.mark.parametrize("current", [0.051, 0.07, 0.13, 0.9])
@pytest.mark.parametrize("tau", [20, 7.5])
def test_steady_current_fires_at_the_rate_of_the_formula(current, tau):
    fired, _ = spikes(torch.full((1000,), current, dtype=torch.float64), tau=tau)
    if current * tau <= 1:  # never reaches the threshold
        assert not fired.any()
        return
    # v after n steps from 0 is I tau (1 - (1 - 1/tau)^n)
    steps = math.log(1 - 1 / (current * tau)) / math.log(1 - 1 / tau)
    assert fired.sum() == 1000 // math.ceil(steps)
    assert (fired.nonzero().diff(dim=0) == math.ceil(steps)).all()


def test_potential_decays_and_starts_again_by_hand():
    current = torch.tensor([0.5, 0.0, 0.75, 0.0])
    fired, potential = spikes(current, tau=2)
    assert potential.tolist() == [0.5, 0.25, 0.875, 0.4375] and not fired.any()
    fired, potential = spikes(current, tau=2, threshold=0.8)
    assert potential.tolist() == [0.5, 0.25, 0.0, 0.0]
    assert fired.tolist() == [False, False, True, False]


def test_same_total_at_other_times_fires_otherwise():
    even = torch.full((200,), 0.045)
    burst = torch.zeros(200).index_fill(0, torch.arange(20), 0.45)
    assert torch.isclose(even.sum(), burst.sum())
    both, _ = spikes(torch.stack([even, burst]))
    assert both[0].sum() == 0 and both[1].sum() > 3


def test_rows_are_neurons_of_their_own():
    current = torch.rand(3, 5, 50, generator=torch.Generator().manual_seed(0)) / 5
    together = spikes(current)[0]
    assert together[1, 2].equal(spikes(current[1, 2])[0])


def test_a_step_cannot_leak_more_than_all():
    with pytest.raises(ValueError, match=r"tau=0\.5"):
        spikes(torch.ones(3), tau=0.5)
