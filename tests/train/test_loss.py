import math

import pytest
import torch
from torch import nn

from heedful.text import Batch
from heedful.train import evaluate, token_loss


def logits_of(probabilities):
    return torch.tensor(probabilities).log()


def test_by_hand():
    logits = logits_of([[[0.25, 0.25, 0.25, 0.25], [0.1, 0.1, 0.3, 0.5]]])
    loss = token_loss(logits, torch.tensor([[1, 3]]))
    assert float(loss) == pytest.approx((math.log(4) + math.log(2)) / 2)


def test_padding_does_not_count():
    logits, goal = (
        torch.randn(2, 5, 7),
        torch.tensor([[3, 4, 2, 0, 0], [5, 2, 0, 0, 0]]),
    )
    alone = (3 * token_loss(logits[:1, :3], goal[:1, :3])
             + 2 * token_loss(logits[1:, :2], goal[1:, :2])) / 5  # fmt: skip
    torch.testing.assert_close(token_loss(logits, goal), alone)
    logits[goal == 0] = 99.0
    torch.testing.assert_close(token_loss(logits, goal), alone)


def test_smoothing_follows_its_formula():
    # A share e of the target is spread over all 7 tokens alike.
    logits, goal, e = torch.randn(2, 3, 7), torch.tensor([[3, 4, 2], [5, 2, 0]]), 0.3
    surprise = -logits.log_softmax(-1)
    of_goal = surprise.gather(-1, goal[..., None])[..., 0]
    smooth = (1 - e) * of_goal + e * surprise.mean(-1)
    expected = smooth[goal != 0].mean()
    torch.testing.assert_close(token_loss(logits, goal, label_smoothing=e), expected)


class Constant(nn.Module):
    """Predicts token 3 with probability 3/4, whatever it is given."""

    def __init__(self):
        super().__init__()
        self.was_training = []

    def forward(self, source, target):
        self.was_training.append(self.training)
        row = logits_of([1 / 16, 1 / 16, 1 / 16, 3 / 4, 1 / 16])
        return row.expand(*target.shape, 5)


def batch_of(goal):
    goal = torch.tensor(goal)
    return Batch(source=goal, target=goal, goal=goal)


def test_evaluation_weighs_every_token_the_same():
    right, wrong = math.log(4 / 3), math.log(16)
    batches = [batch_of([[3, 3, 3], [3, 3, 0]]), batch_of([[4]])]
    expected = (5 * right + 1 * wrong) / 6
    assert evaluate(Constant(), batches) == pytest.approx(expected)


@pytest.mark.parametrize("training", [True, False])
def test_evaluation_switches_dropout_off_and_back(training):
    model = Constant().train(training)
    evaluate(model, [batch_of([[3]])])
    assert model.was_training == [False]
    assert model.training == training


def test_evaluation_keeps_no_graph():
    class Model(nn.Linear):
        def forward(self, source, target):
            logits = super().forward(torch.ones(*target.shape, 2))
            assert not logits.requires_grad
            return logits

    assert evaluate(Model(2, 5), [batch_of([[3]])]) > 0
