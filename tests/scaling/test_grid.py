"""The grids with names, as they are on the text that is installed here."""

from pathlib import Path

import numpy as np

from heedful.scaling import planned
from heedful.scaling.grid import SETTINGS
from heedful.text import TokenFile


def test_the_laptops_grid_spans_two_and_a_half_orders_of_magnitude_in_40_runs():
    settings = SETTINGS["laptop"]
    # As many tokens as `sources` has for this vocabulary, less a tenth for versions
    ids = np.zeros(29_000_000, np.uint16)
    runs = planned(settings, TokenFile(ids, ids[:9], {}, Path()))
    assert len(runs) >= 40
    assert max(settings.budgets) / min(settings.budgets) >= 10**2.5
    for budget in settings.budgets:
        here = [run for run in runs if run.budget == budget]
        assert len(here) >= 5
        assert max(abs(run.flops / budget - 1) for run in here) < 0.01
