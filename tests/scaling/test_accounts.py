"""The closed forms against what is counted while every kind of model runs."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from heedful.nets import LanguageModel, LanguageModelConfig, TransformerConfig
from heedful.scaling import (
    activation_bytes,
    cache_bytes,
    counted_activations,
    counted_flops,
    counted_parameters,
    flops,
    parameters,
    training_flops,
)
from tests.scaling.models import B, S, T, cases, every_model, tokens

pytestmark = pytest.mark.usefixtures("as_users_run_it")


@every_model()
def test_parameters_are_those_of_the_module(case):
    assert sum(parameters(case.config).values()) == counted_parameters(case.model)


def test_what_is_shared_counts_once():
    # 3 * 5 in one layer, 5 of bias; the second layer shares both.
    layer = nn.Linear(3, 5)
    assert counted_parameters(nn.Sequential(layer, layer)) == 3 * 5 + 5


def test_the_parts_of_a_language_model_are_those_of_the_module():
    config = LanguageModelConfig(
        vocab_size=53, d_model=20, n_layers=3, n_heads=10, n_kv_heads=2, d_ff=31
    )
    counted = {
        part: sum(p.numel() for name, p in LanguageModel(config).named_parameters()
                  if mark in name)
        for part, mark in [("embeddings", "emb."), ("attention", "attn."),
                           ("feed-forward", "ffn."), ("norms", "norm."),
                           ("output", "lm_head.")]
    }  # fmt: skip
    assert parameters(config) == counted


def test_one_layer_by_hand():
    config = TransformerConfig(
        source_vocab_size=5, target_vocab_size=7, d_model=2, n_layers=1, n_heads=1,
        d_ff=3,
    )  # fmt: skip
    # (5 + 7) 2; three attentions of four 2x2; two of 2x3 + 3 + 3x2 + 2; five of 2 + 2
    assert list(parameters(config).values()) == [24, 48, 34, 20, 0]


@every_model()
def test_operations_are_those_that_the_counter_sees(case):
    per_row = sum(flops(case.config, **case.lengths).values())
    assert counted_flops(case.run) == B * per_row


@every_model()
def test_training_takes_three_times_as_many(case):
    def learn():
        out = case.run()
        F.mse_loss(out, torch.zeros_like(out)).backward()

    claimed = B * training_flops(case.config, **case.lengths)
    assert counted_flops(learn) == pytest.approx(claimed, rel=0.01)


def test_operations_behind_a_cache():
    config = LanguageModelConfig(
        vocab_size=53, d_model=20, n_heads=10, n_kv_heads=2, n_layers=3, d_ff=31
    )
    model, past = LanguageModel(config), 13
    cache = model.new_cache(B, past + 5)
    model(tokens(53, past), cache)
    with torch.no_grad():
        counted = counted_flops(lambda: model(tokens(53, 5), cache, n_last=2))
    claimed = flops(config, n_new=5, n_past=past, n_last=2)
    assert counted == B * sum(claimed.values())


def test_the_counter_counts_a_product_of_matrix_and_vector():
    matrix, vector = torch.randn(5, 7), torch.randn(7)
    assert counted_flops(lambda: matrix @ vector) == 2 * 5 * 7


def sizes(case):
    """The lengths of `flops`, as memory names them."""
    return {{"n_new": "length"}.get(k, k): v for k, v in case.lengths.items()}


@pytest.mark.parametrize("dropout", [0.0, 0.1])
@every_model()
def test_what_is_kept_for_the_backward_pass(case, dropout):
    case = next(c for c in cases(dropout) if c.name == case.name)
    claimed = activation_bytes(case.config, **sizes(case), batch=B)
    assert counted_activations(case.model, case.run) == sum(claimed.values())


def test_only_the_weights_grow_with_the_square_of_the_length():
    config = LanguageModelConfig(vocab_size=53, d_model=28, n_heads=2)
    once, twice = (activation_bytes(config, length=n, batch=5) for n in (101, 202))
    assert {part: twice[part] / once[part] for part in once if once[part]} == {
        part: 4 if part == "weights" else 2 for part in once if once[part]
    }


def test_weights_are_not_counted_as_activations_and_views_count_once():
    layer, x = nn.Linear(7, 5), torch.randn(3, 7)
    # x is kept for the weight's gradient; the second layer keeps the same x
    both = nn.ModuleList([layer, nn.Linear(7, 2)])
    assert counted_activations(both, lambda: [m(x) for m in both]) == 3 * 7 * 4
    assert counted_activations(both, lambda: [m(x[:1]) for m in both]) == 3 * 7 * 4


@every_model()
def test_the_cache_takes_what_it_is_said_to(case):
    if case.name in ("encoder", "denoiser"):
        with pytest.raises(TypeError, match="is no config of a model with a cache"):
            cache_bytes(case.config, length=3)
        return
    if case.name in dict.fromkeys(("llama", "grouped", "gpt2", "alibi", "biased")):
        layers = case.model.new_cache(B, 11)
        assert sum(layer.n_bytes for layer in layers) == cache_bytes(
            case.config, length=11, batch=B
        )
        return
    memory = case.model.encode(case.inputs[0])
    cache = case.model.new_cache(memory, 11)
    if isinstance(cache, list):
        n_bytes = sum(part.n_bytes for layer in cache for part in layer)
    elif hasattr(cache, "pasts"):
        n_bytes = sum(past.nbytes for past in cache.pasts)
    else:
        n_bytes = cache.states.nbytes + cache.projected.n_bytes
    assert n_bytes == cache_bytes(case.config, s_len=S, t_len=11, batch=B)


def test_bytes_per_number():
    config = LanguageModelConfig(vocab_size=53)
    half = cache_bytes(config, length=T, bytes_per_number=2)
    assert 2 * half == cache_bytes(config, length=T)


@pytest.mark.parametrize("account", [parameters, flops, activation_bytes])
def test_what_is_no_config_is_told(account):
    with pytest.raises(TypeError, match="Linear is no config of a model"):
        account(nn.Linear(2, 3))
