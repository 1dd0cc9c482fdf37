"""What holds for the tests of the checks: the same draws in every run."""

from itertools import count

import pytest
import torch


@pytest.fixture(autouse=True)
def same_draws(monkeypatch):
    """Seeds 0, 1, 2, ... in each test, and again after `same_draws()`. Among some ten
    thousand fresh draws there is always one in which two mistakes give the same
    numbers, and a red run by chance.
    """

    class Numbered(torch.Generator):
        seeds = count()

        def seed(self):
            self.manual_seed(next(Numbered.seeds))

    def from_the_first():
        Numbered.seeds = count()

    monkeypatch.setattr("heedful.checks.task.Generator", Numbered)
    return from_the_first
