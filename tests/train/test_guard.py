import math

import pytest
import torch
from torch import nn

from heedful.train import Diverged, Guard
from heedful.train.guard import largest_gradient


@pytest.fixture
def model():
    """Gradients of lengths 5 and 1."""
    model = nn.Sequential(nn.Linear(2, 1), nn.Linear(1, 1, bias=False))
    model[0].weight.grad = torch.tensor([[3.0, -4.0]])
    model[1].weight.grad = torch.tensor([[1.0]])
    return model


def watched(guard, model, losses):
    guard.begin(model, [])
    for step, loss in enumerate(losses, start=1):
        guard.before_update(step, torch.tensor(loss))


def test_usual_losses_pass(model):
    watched(Guard(), model, [5.0, 1e30, 1e-30, 0.0])
    assert Guard().begin(model, []) == 0


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_is_told_with_step_batch_and_gradient(model, loss):
    with pytest.raises(Diverged) as caught:
        watched(Guard(), model, [2.0, 2.0, loss])
    assert str(caught.value) == (
        f"step 3, batch 3: the loss is {loss}. The largest gradient is 5, of 0.weight. "
        "No weight was changed"
    )
    assert caught.value.position == 2


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_gradient_that_is_no_number_is_told_with_its_name(model, bad):
    model[1].weight.grad.fill_(bad)
    with pytest.raises(
        Diverged, match=rf"length is {bad}. .* is {bad}, of 1.weight\. "
    ):
        watched(Guard(), model, [2.0])


def test_the_largest_gradient_by_hand(model):
    assert largest_gradient(model) == "5, of 0.weight"
    model[1].weight.grad.fill_(math.inf)
    assert largest_gradient(model) == "inf, of 1.weight"
    model[0].weight.grad[0, 0] = math.nan
    told = "nan, of 0.weight, one of 2 that are not finite"
    assert largest_gradient(model) == told


def test_a_jump_of_the_loss_stops_where_there_is_a_limit(model):
    losses = [3.0, 1.0, 2.0] * 4
    watched(Guard(), model, [*losses, 600.0])
    watched(Guard(limit=3.0), model, [*losses, 5.9])
    with pytest.raises(Diverged, match=r"step 13.* jumped to 6\.1; its median was 2"):
        watched(Guard(limit=3.0), model, [*losses, 6.1])


def test_the_first_losses_are_no_measure_for_a_jump(model):
    watched(Guard(limit=3.0), model, [1.0] * 9 + [50.0])
    with pytest.raises(Diverged):
        watched(Guard(limit=3.0), model, [1.0] * 10 + [50.0])


def test_the_usual_loss_is_that_of_the_last_fifty(model):
    with pytest.raises(Diverged, match="its median was 1"):
        watched(Guard(limit=3.0), model, [9.0] * 97 + [1.0] * 26 + [4.0])
    watched(Guard(limit=3.0), model, [9.0] * 97 + [1.0] * 24 + [4.0])


def test_batches_that_were_left_out_count(model):
    guard = Guard()
    guard.n_skipped = 17
    with pytest.raises(Diverged, match="step 2, batch 19"):
        watched(guard, model, [1.0, math.nan])
