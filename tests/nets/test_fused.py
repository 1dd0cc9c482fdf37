"""The faster twins against the classes that the chapters show."""

import pytest
import torch

from heedful.nets import LanguageModel, Transformer, TransformerConfig
from heedful.nets.fused import FusedAttention, FusedRMSNorm, fused
from heedful.nets.language_config import LanguageModelConfig, gpt2, llama
from heedful.nets.lean import lean
from heedful.nets.positions import RopeScaling

from .reference import shake

B, T, V = 5, 13, 31
SIZES = dict(vocab_size=V, d_model=24, n_layers=3, n_heads=4, max_seq_len=41)
CONFIGS = {
    "gpt2": gpt2(**SIZES),
    "llama": llama(**SIZES, n_kv_heads=2, rope_scaling=RopeScaling(factor=3.0)),
    "one-kv-head": llama(**SIZES, n_kv_heads=1, tie_embeddings=True),
    "window": llama(**SIZES, n_kv_heads=4, window=3),
    "biased": llama(**SIZES, n_kv_heads=2, bias=True),
    "alibi": LanguageModelConfig(**SIZES, positions="alibi", norm="layer"),
    "none": LanguageModelConfig(**SIZES, positions="none", ffn="gelu"),
    "qk-norm": LanguageModelConfig(**SIZES, qk_norm=True, ffn="relu2"),
}
every_config = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)


def model(config):
    built = LanguageModel(config)
    shake(built)
    return built.double().eval()


def tokens(length=T):
    return torch.randint(V, (B, length))


def close(one, other):
    torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-6)


@every_config
def test_the_fused_twin_computes_the_same(config):
    ours, read = model(config), tokens()
    close(fused(ours)(read), ours(read))


@every_config
def test_the_fused_twin_has_the_same_gradients(config):
    ours, read = model(config), tokens()
    ours(read).square().mean().backward()
    expected = {name: w.grad.clone() for name, w in ours.named_parameters()}
    ours.zero_grad()
    fused(ours)(read).square().mean().backward()
    for name, weight in ours.named_parameters():  # the twin's are the model's own
        close(weight.grad, expected[name])


@every_config
@pytest.mark.parametrize("short", [0, 99])
def test_in_bfloat16_both_ways_of_attention_are_as_near(config, short, monkeypatch):
    # 0: torch's kernel for every length; 99: products of whole matrices for each.
    monkeypatch.setattr("heedful.nets.fused.SHORT", short)
    ours, read = model(config), tokens()
    exact, scale = ours(read), ours(read).abs().mean()
    off = (fused(ours.bfloat16())(read) - exact).abs().mean() / scale
    assert 0 < off < 0.03


def test_a_twin_leaves_the_model_as_it_is():
    ours = model(CONFIGS["llama"]).train()
    twin = fused(ours)
    assert {type(m) for m in ours.modules()}.isdisjoint({FusedAttention, FusedRMSNorm})
    assert {FusedAttention, FusedRMSNorm} <= {type(m) for m in twin.modules()}
    assert twin.training
    with torch.no_grad():
        ours.blocks[1].attn.k_proj.weight.mul_(1.7)
    read = tokens()
    close(twin.eval()(read), ours.eval()(read))


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_the_fused_encoder_decoder_computes_the_same(norm):
    sizes = dict(source_vocab_size=17, target_vocab_size=19, d_model=22, n_heads=11)
    ours = Transformer(
        TransformerConfig(**sizes, n_layers=2, d_ff=29, norm=norm, dropout=0.0)
    ).double()
    source, target = torch.randint(1, 17, (B, 7)), torch.randint(1, 19, (B, T))
    source[1, 3:] = source[4, 6:] = ours.config.pad_id
    close(fused(ours)(source, target), ours(source, target))
    maps = Transformer.new_maps()
    close(fused(ours)(source, target, maps), ours(source, target))
    assert [len(of) for of in maps.values()] == [2, 2, 2]


@every_config
def test_the_lean_twin_continues_as_the_model_does(config):
    ours, read = model(config), tokens()
    expected = ours(read)
    twin = lean(ours)
    cache = twin.new_cache(B, T)
    parts = read.split([4, *[1] * 3, 2, *[1] * 4], dim=1)
    with torch.no_grad():
        got = torch.cat([twin(part, cache) for part in parts], dim=1)
    close(got, expected)
    close(ours(read), expected)  # its matrices moved, but are what they were


def test_the_lean_twin_takes_padding_the_usual_way():
    ours, read = model(CONFIGS["llama"]), tokens()
    n_pad = torch.tensor([0, 3, 1, 0, 2])
    expected = ours(read, n_pad=n_pad)
    twin, start = lean(ours), 6
    cache = twin.new_cache(B, T)
    got = [twin(read[:, :start], cache, n_pad=n_pad)]
    got += [twin(read[:, t : t + 1], cache, n_pad=n_pad) for t in range(start, T)]
    for row, skip in enumerate(n_pad):
        close(torch.cat(got, 1)[row, skip:], expected[row, skip:])


@pytest.mark.parametrize("name", ["gpt2", "llama", "biased"])
def test_the_short_way_is_taken(name, monkeypatch):
    twin = lean(model(CONFIGS[name]))
    cache = twin.new_cache(B, 3)
    twin(tokens(2), cache)

    def refuse(*args, **kwargs):
        raise AssertionError("this is the long way")

    monkeypatch.setattr(FusedAttention, "forward", refuse)
    assert twin(tokens(1), cache).shape == (B, 1, V)
