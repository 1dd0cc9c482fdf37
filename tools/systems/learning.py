"""Learning."""

import math

import torch
from torch.nn import functional as F
from transformers import get_cosine_schedule_with_warmup, get_inverse_sqrt_schedule

from heedful.text import PAD_ID
from heedful.train import cosine, inverse_sqrt, token_loss
from heedful.train.optimizers import new_optimizers

from .models import transformer
from .table import Gap, gap, largest, system


@system(
    "cross-entropy and label smoothing",
    "train.token_loss",
    "the formula in Python floats, token by token",
    within=1e-5,
)
def label_smoothing() -> Gap:
    logits, goal = torch.randn(3, 5, 7), torch.randint(1, 7, (3, 5))
    goal[0, 2:] = PAD_ID
    got, expected = [], []
    for smoothing in (0.0, 0.1, 0.5):
        losses = []
        for row, ids in zip(logits.tolist(), goal.tolist()):
            for scores, right in zip(row, ids):
                if right != PAD_ID:
                    total = math.log(sum(map(math.exp, scores)))
                    cost = [total - score for score in scores]
                    mean = sum(cost) / len(cost)
                    losses.append((1 - smoothing) * cost[right] + smoothing * mean)
        got.append(float(token_loss(logits, goal, smoothing)))
        expected.append(sum(losses) / len(losses))
    return gap(torch.tensor(got), torch.tensor(expected))


def rates(make, n_steps: int, peak: float) -> torch.Tensor:
    """The learning rates that a scheduler of transformers sets, step by step."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
    scheduler, seen = make(optimizer), []
    for _ in range(n_steps):
        optimizer.step()
        scheduler.step()
        seen.append(scheduler.get_last_lr()[0])
    return torch.tensor(seen)


@system(
    "warm-up and cosine",
    "train.cosine",
    "transformers' `get_cosine_schedule_with_warmup`",
    within=1e-5,
)
def cosine_rates() -> Gap:
    expected = rates(lambda o: get_cosine_schedule_with_warmup(o, 13, 97), 97, 0.3)
    return gap(torch.tensor([cosine(s, 97, 0.3, 13) for s in range(1, 98)]), expected)


@system(
    "warm-up and inverse square root",
    "train.inverse_sqrt",
    "transformers' `get_inverse_sqrt_schedule`",
    within=1e-5,
)
def inverse_sqrt_rates() -> Gap:
    peak = 22**-0.5 * 13**-0.5  # the paper's rate at the end of the warm-up
    expected = rates(lambda o: get_inverse_sqrt_schedule(o, 13), 97, peak)
    ours = torch.tensor([inverse_sqrt(s, 22, 13) for s in range(1, 98)])
    return gap(ours, expected)


@system(
    "Adam as in the paper, one step",
    "train.optimizers.new_optimizers",
    "the paper's formulas",
    within=1e-5,
)
def adam() -> Gap:
    model, gaps = transformer(), []
    (optimizer,) = new_optimizers(model, "adam")
    before = [p.clone() for p in model.parameters()]
    source = torch.randint(1, 29, (5, 7))
    with torch.enable_grad():
        F.mse_loss(model(source, source), torch.randn(5, 7, 29)).backward()
    optimizer.param_groups[0]["lr"] = 0.01
    optimizer.step()
    for p, old in zip(model.parameters(), before):
        m, v = (1 - 0.9) * p.grad, (1 - 0.98) * p.grad.square()
        step = (m / (1 - 0.9)) / ((v / (1 - 0.98)).sqrt() + 1e-9)
        gaps.append(gap(p, old - 0.01 * step))
    return largest(gaps)
