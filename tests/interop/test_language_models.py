import subprocess
import sys

import pytest
import torch
from transformers import modeling_rope_utils
from transformers.models.llama import modeling_llama
from transformers.models.mistral import modeling_mistral

from heedful.interop import from_hugging_face, to_hugging_face
from heedful.nets.language_config import LanguageModelConfig, gpt2, llama
from heedful.nets.language_model import LanguageModel
from heedful.nets.positions import RopeScaling

from .reference import HF_MODELS, LLAMA_3_1, V, hf_gpt2, hf_llama

B, T = 3, 29
every_model = pytest.mark.parametrize("build", HF_MODELS.values(), ids=HF_MODELS)


class DoubleTorch:
    """`torch`, but what calls itself float32 is float64."""

    float = float32 = torch.float64

    def __getattr__(self, name):
        return getattr(torch, name)


def as_ours(theirs):
    return from_hugging_face(theirs.config.to_dict(), theirs.state_dict())


@every_model
def test_float32_logits_agree(build):
    theirs = build()
    ours, tokens = as_ours(theirs), torch.randint(V, (B, T))
    with torch.no_grad():
        expected = theirs(tokens).logits
        torch.testing.assert_close(ours(tokens), expected, atol=1e-4, rtol=1e-4)
    assert expected.std() > 0.5  # not agreement about nothing


@every_model
def test_float64_logits_agree(build, monkeypatch):
    # Llama computes norms and angles in float32 whatever the model is; with that out
    # of the way the two agree to the last digits of float64.
    for module in (modeling_llama, modeling_mistral, modeling_rope_utils):
        monkeypatch.setattr(module, "torch", DoubleTorch())
    theirs = build().double()
    ours, tokens = as_ours(theirs), torch.randint(V, (B, T))
    with torch.no_grad():
        got, expected = ours(tokens), theirs(tokens).logits
    assert got.dtype == torch.float64
    torch.testing.assert_close(got, expected, atol=1e-9, rtol=1e-9)


@every_model
def test_cached_decoding_agrees(build):
    theirs = build()
    ours, tokens = as_ours(theirs), torch.randint(V, (B, T))
    cache = ours.new_cache(B, T)
    with torch.no_grad():
        parts = [ours(part, cache) for part in tokens.split([7, 1, 21], dim=1)]
        expected = theirs(tokens).logits
    torch.testing.assert_close(torch.cat(parts, 1), expected, atol=1e-4, rtol=1e-4)


@every_model
def test_there_and_back_is_exact(build):
    theirs = build()
    settings, weights = theirs.config.to_dict(), theirs.state_dict()
    ours = from_hugging_face(settings, weights)
    settings_again, weights_again = to_hugging_face(ours)
    twin = from_hugging_face(settings_again, weights_again)
    assert twin.config == ours.config
    if ours.config.tie_embeddings:
        del weights["lm_head.weight"]
    assert weights.keys() == weights_again.keys()
    for name, weight in weights.items():
        assert torch.equal(weight, weights_again[name]), name
    for name, weight in ours.state_dict().items():
        assert torch.equal(weight, twin.state_dict()[name]), name


@every_model
def test_our_settings_say_the_same_as_theirs(build):
    config = build().config
    settings, _ = to_hugging_face(LanguageModel(as_ours(build()).config))
    theirs = config.to_dict()
    # transformers 4 spelt these otherwise; our dropout does not reach the weights.
    spelt_twice = {"architectures", "rope_theta", "rope_scaling", "attn_pdrop"}
    n_inner = {"n_inner"} if theirs.get("n_inner", 0) is None else set()
    for name in settings.keys() - spelt_twice - n_inner:
        if name == "mlp_bias" or name in theirs:
            assert settings[name] == theirs[name], name


def test_the_model_is_a_copy_ready_to_be_asked():
    theirs = hf_gpt2()
    ours, tokens = as_ours(theirs), torch.randint(V, (B, T))
    assert not ours.training
    assert all(p.requires_grad for p in ours.parameters())
    assert ours.config.dropout == 0.1
    before = ours(tokens)
    with torch.no_grad():
        for weight in theirs.parameters():
            weight.zero_()
    assert torch.equal(ours(tokens), before)


def test_version_4_settings_are_understood():
    v4 = dict(
        model_type="llama", vocab_size=31, hidden_size=60, num_hidden_layers=2,
        num_attention_heads=6, intermediate_size=37, max_position_embeddings=41,
    )  # fmt: skip
    scaling = {k: v for k, v in LLAMA_3_1.items() if k != "rope_theta"}
    weights = hf_llama(num_key_value_heads=6).state_dict()
    plain = from_hugging_face(v4, weights).config
    assert (plain.rope_theta, plain.rope_scaling) == (10_000.0, None)
    assert (plain.norm_eps, plain.tie_embeddings) == (1e-6, False)
    v4 |= dict(rope_theta=97.0, rope_scaling=scaling)
    config = from_hugging_face(v4, weights).config
    expected = RopeScaling(factor=8.0, low=1.0, high=4.0, original_max_seq_len=31)
    assert (config.rope_theta, config.rope_scaling) == (97.0, expected)


def test_the_published_gpt2_files_are_understood():
    # They leave out the first part of the name, and hold the causal mask.
    theirs, tokens = hf_gpt2(), torch.randint(V, (B, T))
    published = {
        name.removeprefix("transformer."): weight
        for name, weight in theirs.state_dict().items()
        if name != "lm_head.weight"
    }
    published["h.0.attn.bias"] = torch.ones(1, 1, 41, 41)
    published["h.0.attn.masked_bias"] = torch.tensor(-1e4)
    ours = from_hugging_face(theirs.config.to_dict(), published)
    assert torch.equal(ours(tokens), as_ours(theirs)(tokens))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(model_type="bert"), "model_type='bert' is not covered, only llama"),
        (dict(model_type=None), "the config has no 'model_type'"),
        (dict(hidden_size=None), "the config has no 'hidden_size'"),
        (dict(head_dim=16), "head_dim=16 is not covered, only head_dim=10"),
        (dict(hidden_act="gelu"), "hidden_act='gelu' is not covered"),
        (dict(attention_bias=True), "mlp_bias=False is not covered"),
        (
            dict(rope_parameters=dict(rope_type="yarn", factor=2.0)),
            "rope_type='yarn' is not covered, only 'llama3'",
        ),
        (
            dict(rope_parameters=dict(rope_type="llama3", factor=2.0)),
            "the config has no 'low_freq_factor'",
        ),
        (
            dict(rope_parameters=dict(partial_rotary_factor=0.5)),
            "partial_rotary_factor=0.5 is not covered",
        ),
        (dict(num_hidden_layers=3), "9 weights are missing: model.layers.2"),
        (dict(num_hidden_layers=1), "9 weights have no place in the model"),
        (
            dict(intermediate_size=41),
            r"mlp.gate_proj.weight has the shape \(37, 60\), but the config makes it "
            r"\(41, 60\)",
        ),
        (dict(tie_word_embeddings=True), "but lm_head.weight is not model.embed_tok"),
        (dict(num_key_value_heads=4), "n_heads=6 is not divisible by n_kv_heads=4"),
    ],
    ids=str,
)
def test_what_we_do_not_compute_is_refused(changes, message):
    theirs = hf_llama()
    with pytest.raises(ValueError, match=message):
        from_hugging_face(theirs.config.to_dict() | changes, theirs.state_dict())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(activation_function="relu"), "activation_function='relu' is not cov"),
        (dict(scale_attn_by_inverse_layer_idx=True), "layer_idx=True is not covered"),
        (dict(n_positions=43), r"wpe.weight has the shape \(41, 30\)"),
    ],
    ids=str,
)
def test_gpt2s_that_we_do_not_compute_are_refused(changes, message):
    theirs = hf_gpt2()
    with pytest.raises(ValueError, match=message):
        from_hugging_face(theirs.config.to_dict() | changes, theirs.state_dict())


SIZES = dict(vocab_size=V, d_model=24, n_layers=2, n_heads=4, max_seq_len=41)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            LanguageModelConfig(**SIZES, positions="alibi"),
            "positions='alibi' is neither a Llama",
        ),
        (LanguageModelConfig(**SIZES, norm="layer"), "norm='layer' with ffn='swiglu'"),
        (gpt2(**SIZES, n_kv_heads=2), "n_kv_heads=2, window=None, bias=True"),
        (gpt2(**SIZES, bias=False), "a GPT-2 has n_kv_heads=4, no window, and biases"),
        (
            llama(**SIZES, n_kv_heads=2, window=5, bias=True),
            "window=5 makes it a Mistral, which has no bias",
        ),
    ],
    ids=["alibi", "layer-norm", "grouped-gpt2", "gpt2-without-bias", "biased-mistral"],
)
def test_a_model_without_a_name_is_refused(config, message):
    with pytest.raises(ValueError, match=message):
        to_hugging_face(LanguageModel(config))


def test_transformers_is_not_imported():
    code = "import sys, heedful.interop; print('transformers' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (out.stdout, out.returncode) == ("False\n", 0), out.stderr
