import pytest
import torch
from torch import nn
from torch.optim import Muon

from heedful.nets import Transformer, TransformerConfig
from heedful.train.muon import StackedMuon
from heedful.train.optimizers import new_optimizers


@pytest.fixture
def model():
    sizes = dict(source_vocab_size=13, target_vocab_size=17, d_model=22, n_heads=11)
    return Transformer(TransformerConfig(**sizes, n_layers=2, d_ff=29))


def owned(optimizer):
    return [id(w) for group in optimizer.param_groups for w in group["params"]]


@pytest.mark.parametrize("name", ["adam", "adamw", "muon"])
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
    with pytest.raises(
        ValueError, match="optimizer='sgd' must be one of adam, adamw, muon"
    ):
        new_optimizers(model, "sgd")


def test_stacked_muon_takes_the_steps_of_torchs():
    # Of each shape, of its transpose and of another: by hand and by torch.
    shapes = [(11, 17), (17, 11), (11, 17), (13, 13), (7, 19)]
    starts = [torch.randn(shape) for shape in shapes]
    ours, theirs = ([nn.Parameter(w.clone()) for w in starts] for _ in range(2))
    stacked = StackedMuon(ours, lr=0.03)
    reference = Muon(theirs, lr=0.03, weight_decay=0.0, adjust_lr_fn="match_rms_adamw")
    for _ in range(3):
        for one, other in zip(ours, theirs):
            one.grad = torch.randn(one.shape)
            other.grad = one.grad.clone()
        stacked.step()
        reference.step()
    for start, one, other in zip(starts, ours, theirs):
        moved = (other - start).norm()
        assert moved > 0.1 and (one - other).norm() < 0.02 * moved


def test_stacked_muon_leaves_what_has_no_gradient():
    one, other = nn.Parameter(torch.ones(5, 3)), nn.Parameter(torch.ones(5, 3))
    one.grad = torch.randn(5, 3)
    StackedMuon([one, other]).step()
    assert other.equal(torch.ones(5, 3)) and not one.equal(torch.ones(5, 3))


def test_fused_muon_is_the_stacked_one(model):
    muon, adam = new_optimizers(model, "muon", fused=True)
    assert isinstance(muon, StackedMuon) and adam.defaults["fused"]


def test_adamw_draws_matrices_towards_zero_and_nothing_else():
    layer = nn.Linear(3, 5)
    before = {name: w.detach().clone() for name, w in layer.named_parameters()}
    for weight in layer.parameters():
        weight.grad = torch.zeros_like(weight)
    (adamw,) = new_optimizers(layer, "adamw")
    for group in adamw.param_groups:
        group["lr"] = 0.5
    adamw.step()
    torch.testing.assert_close(layer.weight, before["weight"] * (1 - 0.5 * 0.1))
    assert layer.bias.equal(before["bias"])


@pytest.mark.parametrize("fused", [False, True])
def test_the_momentum_is_the_callers(model, fused):
    muon, _ = new_optimizers(model, "muon", fused, momentum=0.7)
    assert muon.param_groups[0]["momentum"] == 0.7
