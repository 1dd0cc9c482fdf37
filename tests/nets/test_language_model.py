import copy

import pytest
import torch
from torch import nn

from heedful.nets.language_config import (
    LanguageModelConfig,
    gpt2,
    llama,
    llama3_1_8b,
)
from heedful.nets.language_model import LanguageModel
from heedful.nets.positions import RopeScaling
from heedful.scaling import counted_parameters, parameters

from .reference import shake

B, T, V = 5, 13, 31
SIZES = dict(vocab_size=V, d_model=24, n_layers=3, n_heads=4, max_seq_len=41)
SCALING = RopeScaling(factor=3.0, original_max_seq_len=7)
CONFIGS = {
    "gpt2": gpt2(**SIZES),
    "llama": llama(**SIZES, n_kv_heads=2, rope_scaling=SCALING),
    "one-kv-head": llama(**SIZES, n_kv_heads=1, tie_embeddings=True),
    "window": llama(**SIZES, n_kv_heads=4, window=3),
    "biased": llama(**SIZES, n_kv_heads=2, bias=True),
    "defaults": LanguageModelConfig(**SIZES),
    "learned": LanguageModelConfig(**SIZES, positions="learned", d_ff=37),
    "alibi": LanguageModelConfig(**SIZES, positions="alibi", norm="layer"),
    "none": LanguageModelConfig(**SIZES, positions="none", ffn="gelu"),
}
every_config = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)


def model(config):
    built = LanguageModel(config)
    shake(built)
    return built.eval()


def sequences(length=T):
    return torch.randint(V, (B, length))


@every_config
@pytest.mark.parametrize("changed", [0, 6, 12])
def test_no_output_depends_on_a_later_token(config, changed):
    ours, tokens = model(config), sequences()
    other = tokens.clone()
    other[:, changed] = (tokens[:, changed] + 1) % V
    before, after = ours(tokens), ours(other)
    assert torch.equal(before[:, :changed], after[:, :changed])
    # A window of 3 in each of 3 layers reaches 3 * 2 positions back.
    reach = T if config.window is None else changed + 3 * (config.window - 1) + 1
    assert (before[:, changed:reach] != after[:, changed:reach]).any(-1).all()
    assert torch.equal(before[:, reach:], after[:, reach:])


@every_config
@pytest.mark.parametrize("n_last", [1, 4, T])
def test_the_last_logits_alone_are_the_same_and_cost_less(config, n_last):
    ours, tokens, made = model(config), sequences(T), []
    ours.final_norm.register_forward_hook(lambda *call: made.append(call[-1].shape))
    everything, last = ours(tokens), ours(tokens, n_last=n_last)
    torch.testing.assert_close(last, everything[:, -n_last:], atol=1e-5, rtol=1e-5)
    assert made == [(B, T, 24), (B, n_last, 24)]


@every_config
@pytest.mark.parametrize("steps", [[1] * 13, [4, 1, 8]], ids=str)
def test_cached_agrees_with_all_at_once(config, steps):
    ours, tokens = model(config), sequences()
    cache = ours.new_cache(B, T)
    parts = [ours(part, cache) for part in tokens.split(steps, dim=1)]
    got = torch.cat(parts, dim=1)
    torch.testing.assert_close(got, ours(tokens), atol=1e-5, rtol=1e-5)
    assert len(cache) == 3
    kv_heads = config.n_kv_heads or config.n_heads
    assert all(c.keys.shape == (B, kv_heads, T, 6) for c in cache)


@every_config
def test_a_row_does_not_depend_on_its_batch(config):
    ours, tokens = model(config), sequences()
    together = ours(tokens)
    for i, length in enumerate([13, 1, 3, 12, 5]):
        alone = ours(tokens[i : i + 1, :length])
        torch.testing.assert_close(alone[0], together[i, :length], atol=1e-5, rtol=1e-5)


@every_config
def test_every_parameter_gets_a_gradient(config):
    ours = model(config)
    tokens = torch.stack([torch.randperm(V) for _ in range(B)])  # every token occurs
    (ours(tokens) * torch.randn(B, V, V)).sum().backward()
    without = [
        name
        for name, p in ours.named_parameters()
        if p.grad is None or not p.grad.abs().max() > 0
    ]
    assert without == []


@every_config
def test_one_layer_without_positions_sees_a_bag_of_tokens(config):
    ours, tokens = model(config), sequences()
    ours.blocks = ours.blocks[:1]
    backwards = torch.cat([tokens[:, :-1].flip(1), tokens[:, -1:]], dim=1)
    before, after = ours(tokens)[:, -1], ours(backwards)[:, -1]
    blind = config.positions == "none"
    assert torch.allclose(before, after, atol=1e-5) == blind


def test_two_layers_without_positions_still_know_the_order():
    # Each token sees only what came before it, and so how much came before it.
    ours, tokens = model(CONFIGS["none"]), sequences()
    shuffled = torch.cat([tokens[:, :-1].flip(1), tokens[:, -1:]], dim=1)
    assert not torch.allclose(ours(tokens)[:, -1], ours(shuffled)[:, -1], atol=1e-3)


@every_config
def test_maps_hold_every_layer_once_and_change_no_logit(config):
    ours, tokens, maps = model(config), sequences(), []
    assert torch.equal(ours(tokens, maps=maps), ours(tokens))
    assert [m.shape for m in maps] == [(B, 4, T, T)] * 3
    for weights in maps:
        torch.testing.assert_close(weights.sum(-1), torch.ones(B, 4, T))
        assert (weights.triu(1) == 0).all()
        if config.window is not None:
            assert (weights.tril(-config.window) == 0).all()


def test_one_block_by_hand():
    # One head of one feature: every matrix is a number.
    config = LanguageModelConfig(
        vocab_size=2, d_model=1, n_layers=1, n_heads=1, d_ff=1, max_seq_len=3,
        positions="none", norm_eps=1e-12,
    )  # fmt: skip
    ours = LanguageModel(config)
    with torch.no_grad():
        for weight in ours.parameters():
            weight.fill_(1.0)
        ours.tok_emb.weight.copy_(torch.tensor([[3.0], [-2.0]]))
        ours.lm_head.weight.copy_(torch.tensor([[1.0], [5.0]]))
    ours.final_norm = nn.Identity()
    # RMSNorm leaves the sign, so queries, keys and values are 1 and -1. Token 0 sees
    # itself: 3 + 1 = 4, of which the sign is 1, and silu(1) * 1 = 0.7311 is added.
    # Token 1 scores -1 and 1: weights 0.1192 and 0.8808, so it becomes
    # -2 + 0.1192 - 0.8808 = -2.7616, and silu(-1) * -1 = 0.2689 is added.
    logits = ours(torch.tensor([[0, 1]]))[0].tolist()
    assert logits[0] == pytest.approx([4.7311, 5 * 4.7311], abs=5e-4)
    assert logits[1] == pytest.approx([-2.4927, 5 * -2.4927], abs=5e-4)


def counted(config):
    with torch.device("meta"):
        return counted_parameters(LanguageModel(config))


@pytest.mark.parametrize("name", CONFIGS)
def test_parameters_are_counted_by_the_closed_form(name):
    assert counted(CONFIGS[name]) == sum(parameters(CONFIGS[name]).values())


def test_llama_3_1_8b_has_8_03_billion_parameters():
    assert counted(llama3_1_8b()) == 8_030_261_248


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (dict(), 124_439_808),
        (dict(d_model=1600, n_layers=48, n_heads=25), 1_557_611_200),
    ],
    ids=["small", "xl"],
)
def test_gpt2_has_as_many_parameters_as_the_published_files(changes, expected):
    assert counted(gpt2(**changes)) == expected


def test_a_preset_takes_any_other_choice():
    config = llama(**SIZES, n_kv_heads=2, d_ff=53, norm="layer", rope_theta=97.0)
    assert (config.d_ff, config.norm, config.rope_theta) == (53, "layer", 97.0)
    assert llama(**SIZES, n_kv_heads=2).d_ff == 84
    assert gpt2(**SIZES).d_ff == 96
    assert llama3_1_8b().d_ff == 14_336
    assert llama3_1_8b().d_head == 128


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(n_heads=5), "d_model=24 is not divisible by n_heads=5"),
        (dict(n_kv_heads=3), "n_heads=4 is not divisible by n_kv_heads=3"),
        (dict(n_heads=8), "d_head=3 is odd: a rotation needs pairs"),
        (dict(n_layers=0), "n_layers=0 must be a whole number from 1 up"),
        (dict(n_kv_heads=0), "n_kv_heads=0 must be a whole number from 1 up"),
        (dict(window=0), "window=0 must be a whole number from 1 up"),
        (dict(d_ff=2.5), "d_ff=2.5 must be a whole number"),
        (dict(vocab_size="9"), "vocab_size='9' must be a whole number"),
        (dict(n_heads=True), "n_heads=True must be a whole number"),
        (dict(norm_eps=0.0), "norm_eps=0.0 must be a number above 0"),
        (dict(rope_theta=-1.0), "rope_theta=-1.0 must be a number above 0"),
        (dict(rope_theta=None), "rope_theta=None must be a number above 0"),
        (dict(dropout=1), "dropout=1 must be at least 0 and below 1"),
        (dict(norm="post"), "norm='post' must be one of 'rms', 'layer'"),
        (dict(ffn="relu"), "ffn='relu' must be one of 'swiglu', 'gelu'"),
        (dict(positions="rope"), "positions='rope' must be one of 'rotary'"),
        (dict(bias="no"), "bias='no' must be one of True, False"),
        (
            dict(positions="alibi", rope_scaling=SCALING),
            "positions='alibi' cannot have a rope_scaling",
        ),
    ],
    ids=str,
)
def test_choices_that_make_no_sense_are_refused_with_their_value(
    as_users_run_it, changes, message
):
    with pytest.raises(ValueError, match=message):
        LanguageModelConfig(**{**SIZES, **changes})


@pytest.mark.parametrize("wrong", [31, 97, -1])
def test_a_token_outside_the_vocabulary_is_refused_with_both_numbers(wrong):
    tokens = sequences()
    tokens[3, 4] = wrong
    message = f"token {wrong} is outside the vocabulary: vocab_size=31"
    with pytest.raises(ValueError, match=message):
        model(CONFIGS["llama"])(tokens)


@every_config
def test_a_sequence_over_the_limit_is_refused_with_both_numbers(config):
    ours, message = model(config), r"42 tokens is longer than max_seq_len=41"
    assert ours(sequences(41)).shape == (B, 41, V)
    with pytest.raises(ValueError, match=message):
        ours(sequences(42))
    cache = ours.new_cache(B, 47)
    ours(sequences(40), cache)
    with pytest.raises(ValueError, match=message):
        ours(sequences(2), cache)


@every_config
def test_half_precision_and_double_stay_what_they_are(config):
    tokens = sequences()
    for dtype in (torch.bfloat16, torch.float64):
        ours = model(config).to(dtype)
        cache = ours.new_cache(B, T)
        assert ours(tokens, cache).dtype == cache[0].keys.dtype == dtype


def test_one_seed_gives_one_model():
    def weights(seed):
        generator = torch.Generator().manual_seed(seed)
        torch.randn(3)  # the global generator must not matter
        return LanguageModel(CONFIGS["gpt2"], generator).state_dict()

    first, again, other = weights(1), weights(1), weights(2)
    assert all(torch.equal(first[name], again[name]) for name in first)
    name = "blocks.0.attn.q_proj.weight"
    assert not torch.equal(first[name], other[name])


def test_fresh_weights_have_the_documented_spread():
    fresh = LanguageModel(gpt2(vocab_size=97, d_model=208, n_layers=2, n_heads=2))
    weights = {name: p.detach() for name, p in fresh.named_parameters()}
    for name in ("tok_emb", "pos_emb", "blocks.1.attn.q_proj", "blocks.1.ffn.up_proj"):
        std = weights[f"{name}.weight"].std().item()
        assert std == pytest.approx(0.02, rel=0.02)
    for name in ("blocks.0.attn.o_proj", "blocks.1.ffn.down_proj"):
        std = weights[f"{name}.weight"].std().item()
        assert std == pytest.approx(0.01, rel=0.02)  # 0.02 / sqrt(2 * 2 layers)
        assert (weights[f"{name}.bias"] == 0).all()
    assert (weights["final_norm.weight"] == 1).all()


def test_a_fresh_model_is_nearly_undecided():
    logits = LanguageModel(CONFIGS["llama"])(sequences())
    loss = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), sequences().flatten()
    )
    assert loss.item() == pytest.approx(torch.tensor(V).log().item(), rel=0.01)


def test_tied_embeddings_are_one_matrix():
    ours, tokens = model(CONFIGS["one-kv-head"]), torch.randint(V - 1, (B, T))
    assert "lm_head.weight" not in ours.state_dict()
    twin, unused = copy.deepcopy(ours), V - 1
    with torch.no_grad():
        twin.tok_emb.weight[unused].zero_()
    changed = (ours(tokens) != twin(tokens)).any(0).any(0)
    assert changed.nonzero().flatten().tolist() == [unused]


def test_dropout_acts_in_training_only():
    ours, tokens = LanguageModel(gpt2(**SIZES, dropout=0.5)), sequences()
    assert not torch.equal(ours(tokens), ours(tokens))
    ours.eval()
    assert torch.equal(ours(tokens), ours(tokens))


@pytest.mark.parametrize("name", ["llama", "window", "alibi", "none"])
def test_nothing_that_is_saved_depends_on_the_length(name):
    with torch.device("meta"):
        weights = LanguageModel(CONFIGS[name]).state_dict()
    assert {w.dim() for w in weights.values()} <= {1, 2}
    assert all(41 not in w.shape for w in weights.values())


def test_a_whole_forward_runs_on_the_meta_device():
    with torch.device("meta"):
        logits = LanguageModel(llama3_1_8b())(torch.zeros(2, 7, dtype=torch.long))
    assert logits.shape == (2, 7, 128_256)
