import pytest
import torch
from torch import nn

from heedful.nets import Transformer, TransformerConfig
from heedful.train.optimizers import new_optimizers


@pytest.fixture
def model():
    sizes = dict(source_vocab_size=13, target_vocab_size=17, d_model=22, n_heads=11)
    return Transformer(TransformerConfig(**sizes, n_layers=2, d_ff=29))


def owned(optimizer):
    return [id(w) for group in optimizer.param_groups for w in group["params"]]


@pytest.mark.parametrize("name", ["adam", "muon"])
def test_every_weight_has_one_owner(model, name):
    owners = [i for optimizer in new_optimizers(model, name) for i in owned(optimizer)]
    assert sorted(owners) == sorted(id(weight) for weight in model.parameters())


def test_muon_gets_the_matrices_inside_the_layers(model):
    muon, adam = new_optimizers(model, "muon")
    name_of = {id(weight): name for name, weight in model.named_parameters()}
    inside = {name_of[i] for i in owned(muon)}
    assert {name.split(".")[-2] for name in inside} == {
        "q_proj", "k_proj", "v_proj", "o_proj", "up_proj", "down_proj",
    }  # fmt: skip
    assert "source_emb.weight" in {name_of[i] for i in owned(adam)}


def test_muon_changes_all_directions_of_a_matrix_alike():
    # Whatever the gradient's singular values, the step's are nearly equal, and as
    # large as Adam's would be: 0.2 sqrt(largest side) times the learning rate.
    layer = nn.Linear(23, 31, bias=False)
    before = layer.weight.detach().clone()
    left, _ = torch.linalg.qr(torch.randn(31, 23))
    right, _ = torch.linalg.qr(torch.randn(23, 23))
    layer.weight.grad = left * torch.logspace(0, -1.5, 23) @ right
    (muon, _) = new_optimizers(nn.Sequential(layer, nn.LayerNorm(31)), "muon")
    muon.param_groups[0]["lr"] = 0.01
    muon.step()
    step = torch.linalg.svdvals(before - layer.weight.detach())
    expected = 0.01 * 0.2 * 31**0.5
    assert step.min() > 0.5 * expected and step.max() < 1.5 * expected


def test_an_unknown_optimizer_is_refused(model):
    with pytest.raises(ValueError, match="optimizer='sgd' must be one of adam, muon"):
        new_optimizers(model, "sgd")
