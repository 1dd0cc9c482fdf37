from dataclasses import replace

import pytest
import torch

from heedful.nets import LanguageModel, LanguageModelConfig
from heedful.nets.fused import FusedLanguageModel
from heedful.text import CORPORA
from heedful.text.numbers import numbers
from heedful.train import token_loss, train
from heedful.train.kernels import with_kernels

pytestmark = pytest.mark.usefixtures("as_users_run_it")


@pytest.fixture
def small(tiny_config, monkeypatch):
    monkeypatch.setitem(CORPORA, "numbers", lambda n_train: numbers(n_train, n_test=20))
    return tiny_config


def with_recipe(config, **changes):
    return replace(config, recipe=replace(config.recipe, **changes))


def test_plain_is_the_model_itself():
    model = torch.nn.Linear(3, 5)
    assert with_kernels(model, "plain") == (model, token_loss)


def test_fused_kernels_learn_what_plain_ones_do(small):
    plain = train(small, progress=False)
    fused = train(with_recipe(small, kernels="fused"), progress=False)
    for row, other in zip(plain.losses, fused.losses):
        assert row["train_loss"] == pytest.approx(other["train_loss"], rel=1e-4)
        assert row["valid_loss"] == pytest.approx(other["valid_loss"], rel=1e-4)


def test_compiled_is_the_fused_twin_with_layers_as_programs(monkeypatch):
    # What the compiler makes of them is the compiler's; that takes half a minute.
    given = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda layer, dynamic: given.append(
        (layer, dynamic)))  # fmt: skip
    monkeypatch.setattr(torch, "compile", lambda function, dynamic: (function, dynamic))
    sizes = dict(d_model=8, n_layers=3, n_heads=2, d_ff=5, max_seq_len=11)
    model = LanguageModel(LanguageModelConfig(vocab_size=13, **sizes))
    forward, loss_of = with_kernels(model, "compiled")
    assert isinstance(forward, FusedLanguageModel)
    assert given == [(block, True) for block in forward.blocks]
    assert forward.blocks[2].ffn.up_proj.weight is model.blocks[2].ffn.up_proj.weight
    assert loss_of == (token_loss, True)


@pytest.mark.parametrize("kernels", ["plain", "fused"])
def test_bfloat16_rounds_the_way_but_not_what_is_learned(small, kernels):
    # bfloat16 keeps 8 bits: the losses agree to some thousandths, and not exactly.
    wide = train(with_recipe(small, kernels=kernels), progress=False)
    short = train(with_recipe(small, kernels=kernels, precision="bfloat16"),
                  progress=False)  # fmt: skip
    for row, other in zip(wide.losses, short.losses):
        assert row["train_loss"] != other["train_loss"]
        assert row["train_loss"] == pytest.approx(other["train_loss"], rel=1e-2)
    assert {weight.dtype for weight in short.model.parameters()} == {torch.float32}


def test_the_rounded_twin_hands_its_gradients_to_the_wide_weights():
    layer = torch.nn.Linear(3, 5, bias=False)
    layer.weight.data.fill_(1 + 2**-12)  # which bfloat16 rounds to 1
    forward, _ = with_kernels(layer, "fused", "bfloat16")
    out = forward(torch.ones(2, 3, dtype=torch.bfloat16))
    assert out.dtype is torch.bfloat16 and (out == 3).all()
    out.sum().backward()
    assert layer.weight.grad.dtype is torch.float32 and (layer.weight.grad == 2).all()


def test_an_unknown_way_is_refused(small):
    with pytest.raises(ValueError, match="kernels='quick' must be 'plain' or 'fused'"):
        with_recipe(small, kernels="quick")
