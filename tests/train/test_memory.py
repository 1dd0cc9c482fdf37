import random

import numpy as np
import pytest
import torch
from safetensors.torch import load, save
from torch import nn

from heedful.train.memory import RANDOM, memory, remember
from heedful.train.optimizers import new_optimizers


def model():
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Embedding(7, 5), nn.Linear(5, 11), nn.Dropout(0.5), nn.Linear(11, 3)
    )


def new(model, name):
    name, *fused = name.split()
    return new_optimizers(model, name, bool(fused))


def step(model, optimizers):
    model.zero_grad()
    model(torch.tensor([1, 2, 6])).square().sum().backward()
    for optimizer in optimizers:
        optimizer.param_groups[0]["lr"] = 0.01
        optimizer.step()


@pytest.mark.parametrize("name", ["adam", "adamw", "muon", "muon fused"])
def test_what_is_remembered_decides_all_that_follows(name):
    one = model()
    optimizers = new(one, name)
    for _ in range(3):
        step(one, optimizers)
    weights, saved = save(one.state_dict()), save(memory(one, optimizers))
    for _ in range(3):
        step(one, optimizers)

    other = model()
    others = new(other, name)
    step(other, others)  # something to forget
    torch.randn(7)
    random.random(), np.random.rand()  # of these nothing draws
    other.load_state_dict(load(weights))
    remember(other, others, load(saved))
    for _ in range(3):
        step(other, others)
    for key, weight in one.state_dict().items():
        assert other.state_dict()[key].equal(weight)


def test_before_the_first_step_there_is_nothing_but_the_random_state():
    one = model()
    optimizers = new_optimizers(one, "adam")
    saved = memory(one, optimizers)
    assert list(saved) == [RANDOM]
    step(one, optimizers)
    remember(one, optimizers, saved)
    assert list(memory(one, optimizers)) == [RANDOM]


def test_the_names_are_those_of_the_weights():
    one = model()
    optimizers = new_optimizers(one, "muon")
    step(one, optimizers)
    names = set(memory(one, optimizers)) - {RANDOM}
    of_adam = {
        f"{weight}/{what}"
        for weight in ("0.weight", "1.bias", "3.bias")
        for what in ("step", "exp_avg", "exp_avg_sq")
    }
    assert names == of_adam | {"1.weight/momentum_buffer", "3.weight/momentum_buffer"}


def test_the_memory_of_another_model_is_refused():
    one = model()
    optimizers = new_optimizers(one, "adam")
    saved = memory(one, optimizers) | {"9.weight/exp_avg": torch.ones(2)}
    with pytest.raises(ValueError, match=r"'9\.weight/exp_avg' belongs to no weight"):
        remember(one, optimizers, saved)
