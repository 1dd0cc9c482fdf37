import pytest
import torch

from heedful.hardware import Roofline, measured_roofline
from heedful.hardware.ceilings import best_seconds


def test_by_hand():
    machine = Roofline("ten to one", peak=700.0, bandwidth=70.0)
    assert machine.ridge == 10
    assert machine.rate(3) == 210  # the memory decides
    assert machine.rate(11) == 700  # the lanes do
    assert machine.seconds(flops=1400, n_bytes=70) == 2
    assert machine.seconds(flops=700, n_bytes=210) == 3


def test_time_and_rate_say_the_same():
    machine = Roofline("odd", peak=13.0, bandwidth=5.0)
    for flops, n_bytes in [(7, 11), (101, 3), (13, 5)]:
        rate = flops / machine.seconds(flops, n_bytes)
        assert rate == pytest.approx(machine.rate(flops / n_bytes))


def test_no_ceiling_at_zero():
    with pytest.raises(ValueError, match="bandwidth=0 must be above 0"):
        Roofline("broken", 1.0, 0)


def test_the_machine_has_ceilings():
    # A made-up clock, so that the sums can be checked: a run takes two ticks.
    ticks = iter(range(0, 1000, 2))
    clock = lambda: float(next(ticks))  # noqa: E731
    found = measured_roofline(size=7, n_bytes=44, tries=2, clock=clock)
    assert found.peak == 2 * 7**3 / 2
    assert found.bandwidth == 2 * 44 / 2


def test_the_fastest_of_several_tries():
    times = iter([0.0, 5.0, 10.0, 13.0, 20.0, 27.0])
    calls = []
    found = best_seconds(lambda: calls.append(1), 3, clock=lambda: next(times))
    assert found == 3.0
    assert len(calls) == 4  # one to warm up
    with pytest.raises(ValueError, match="tries=0"):
        best_seconds(torch.manual_seed, tries=0)
