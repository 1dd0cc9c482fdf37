import copy
from dataclasses import replace

import pytest
import torch

from heedful.nets import Transformer, causal_mask, sinusoidal

from .reference import shake, sizes, torch_transformer

B, S, T = 5, 7, 13
LENGTHS = [7, 1, 3, 7, 5]
both_norms = pytest.mark.parametrize("norm", ["post", "pre"])


def model(**changes):
    built = Transformer(sizes(**changes))
    shake(built)
    return built.eval()


def sources():
    tokens = torch.randint(1, 31, (B, S))
    for row, length in zip(tokens, LENGTHS):
        row[length:] = 0
    return tokens


def targets():
    return torch.randint(1, 29, (B, T))


@both_norms
def test_the_whole_model_agrees_with_torch(norm):
    ours = model(norm=norm)
    theirs = torch_transformer(ours)
    source, target = sources(), targets()
    positions = sinusoidal(41, 22)
    x = ours.source_emb.weight[source] * 22**0.5 + positions[:S]
    y = ours.target_emb.weight[target] * 22**0.5 + positions[:T]
    out = theirs(
        x,
        y,
        tgt_mask=~causal_mask(T),
        src_key_padding_mask=source == 0,
        memory_key_padding_mask=source == 0,
    )
    expected = out @ ours.target_emb.weight.T
    torch.testing.assert_close(ours(source, target), expected, atol=1e-4, rtol=1e-4)


@both_norms
@pytest.mark.parametrize("changed", [0, 6, 12])
def test_no_output_depends_on_a_later_target(norm, changed):
    ours, source, target = model(norm=norm), sources(), targets()
    other = target.clone()
    other[:, changed] = target[:, changed] % 28 + 1
    before, after = ours(source, target), ours(source, other)
    assert torch.equal(before[:, :changed], after[:, :changed])
    assert (before[:, changed:] != after[:, changed:]).any(-1).all()


@both_norms
def test_every_output_depends_on_every_source_token(norm):
    ours, target = model(norm=norm), targets()
    source = torch.randint(1, 31, (B, S))
    before = ours(source, target)
    for s in range(S):
        other = source.clone()
        other[:, s] = source[:, s] % 30 + 1
        assert (before != ours(other, target)).any(-1).all()


@both_norms
def test_source_padding_changes_nothing(norm):
    ours, source, target = model(norm=norm), sources(), targets()
    wider = torch.cat([source, torch.zeros(B, 4, dtype=torch.long)], dim=1)
    torch.testing.assert_close(
        ours(wider, target), ours(source, target), atol=1e-5, rtol=1e-5
    )


@both_norms
def test_target_padding_changes_nothing(norm):
    ours, source, target = model(norm=norm), sources(), targets()
    longer = torch.cat([target, torch.zeros(B, 4, dtype=torch.long)], dim=1)
    torch.testing.assert_close(
        ours(source, longer)[:, :T], ours(source, target), atol=1e-5, rtol=1e-5
    )


@both_norms
def test_a_row_does_not_depend_on_its_batch(norm):
    ours, source, target = model(norm=norm), sources(), targets()
    together = ours(source, target)
    for i, length in enumerate(LENGTHS):
        alone = ours(source[i : i + 1, :length], target[i : i + 1])
        torch.testing.assert_close(alone[0], together[i], atol=1e-5, rtol=1e-5)


@both_norms
def test_without_positions_the_memory_follows_the_order_of_the_source(norm):
    ours = model(norm=norm)
    source, order = torch.randint(1, 31, (B, S)), torch.randperm(S)
    with_positions = ours.encode(source[:, order]) - ours.encode(source)[:, order]
    assert with_positions.abs().max() > 0.1
    ours.positions.zero_()
    torch.testing.assert_close(
        ours.encode(source[:, order]),
        ours.encode(source)[:, order],
        atol=1e-5,
        rtol=1e-5,
    )


@both_norms
@pytest.mark.parametrize("steps", [[1] * 13, [4, 1, 8]], ids=str)
def test_cached_decoding_agrees_with_all_at_once(norm, steps):
    ours, source, target = model(norm=norm), sources(), targets()
    memory, mask = ours.encode(source), ours.source_mask(source)
    cache = ours.new_cache(memory, T)
    parts = [ours.decode(p, memory, mask, cache) for p in target.split(steps, dim=1)]
    expected = ours(source, target)
    got = torch.cat(parts, dim=1)
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-5)


def test_maps_hold_every_layer_once_and_change_no_logit():
    ours, source, target = model(), sources(), targets()
    maps = Transformer.new_maps()
    assert torch.equal(ours(source, target, maps), ours(source, target))
    expected = {"encoder": (B, 2, S, S), "decoder": (B, 2, T, T), "cross": (B, 2, T, S)}
    assert {kind: [m.shape for m in layers] for kind, layers in maps.items()} == {
        kind: [torch.Size(shape)] * 3 for kind, shape in expected.items()
    }
    assert (maps["decoder"][0].triu(1) == 0).all()
    for i, length in enumerate(LENGTHS):
        assert (maps["cross"][2][i, :, :, length:] == 0).all()
        assert (maps["encoder"][0][i, :, :, length:] == 0).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(n_heads=3), "d_model=22 is not divisible by n_heads=3"),
        (dict(d_model=21, n_heads=3), "d_model=21 is odd"),
        (dict(n_layers=0), "n_layers=0 must be a whole number from 1 up"),
        (dict(d_ff=-5), "d_ff=-5 must be a whole number from 1 up"),
        (dict(max_seq_len=2.5), "max_seq_len=2.5 must be a whole number"),
        (dict(target_vocab_size="9"), "target_vocab_size='9' must be a whole number"),
        (dict(n_layers=True), "n_layers=True must be a whole number"),
        (dict(dropout=1), "dropout=1 must be at least 0 and below 1"),
        (dict(dropout=-0.1), "dropout=-0.1 must be at least 0 and below 1"),
        (dict(dropout=float("nan")), "dropout=nan must be at least 0 and below 1"),
        (dict(norm="middle"), "norm='middle' must be 'post' or 'pre'"),
    ],
    ids=str,
)
def test_sizes_that_make_no_sense_are_refused_with_their_value(
    as_users_run_it, changes, message
):
    with pytest.raises(ValueError, match=message):
        sizes(**changes)


def test_the_width_of_a_head_follows():
    assert sizes().d_head == 11


def test_a_source_over_the_limit_is_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"42 tokens is longer than max_seq_len=41"):
        model()(torch.ones(B, 42, dtype=torch.long), targets())


def test_a_target_over_the_limit_is_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"42 tokens is longer than max_seq_len=41"):
        model()(sources(), torch.ones(B, 42, dtype=torch.long))


def test_the_longest_sequences_still_fit():
    longest = torch.ones(B, 41, dtype=torch.long)
    assert model()(longest, longest).shape == (B, 41, 29)


def test_one_seed_gives_one_model():
    def weights(seed):
        generator = torch.Generator().manual_seed(seed)
        torch.randn(3)  # the global generator must not matter
        return Transformer(sizes(), generator).state_dict()

    first, again, other = weights(1), weights(1), weights(2)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(
        first["encoder.0.attn.q_proj.weight"], other["encoder.0.attn.q_proj.weight"]
    )


def test_fresh_weights_have_the_documented_spread():
    config = replace(sizes(), source_vocab_size=997, d_model=202)
    fresh = Transformer(config).requires_grad_(False)
    assert float(fresh.source_emb.weight.std()) == pytest.approx(202**-0.5, rel=0.02)
    limit = (6 / (202 + 202)) ** 0.5  # Glorot: uniform between -limit and limit
    weight = fresh.encoder[0].attn.q_proj.weight
    assert 0.99 * limit < float(weight.abs().max()) <= limit
    assert float(weight.std()) == pytest.approx(limit / 3**0.5, rel=0.02)
    assert (fresh.encoder[0].ffn.up_proj.bias == 0).all()


def test_nothing_that_is_saved_depends_on_the_length():
    short = model(max_seq_len=17).state_dict()
    long = model(max_seq_len=19).state_dict()
    assert {k: v.shape for k, v in short.items()} == {
        k: v.shape for k, v in long.items()
    }
    assert "positions" not in short


@both_norms
def test_every_parameter_gets_a_gradient(norm):
    ours = model(norm=norm)
    weights = torch.randn(B, T, 29)
    (ours(sources(), targets()) * weights).sum().backward()
    without = [
        name
        for name, p in ours.named_parameters()
        if p.grad is None or not p.grad.abs().max() > 0
    ]
    assert without == []


def test_the_output_matrix_is_the_target_embedding():
    ours, source, target = model(), sources(), targets()
    twin = copy.deepcopy(ours)
    unused = 28
    target[target == unused] = 1  # so the row is used for output only
    with torch.no_grad():
        twin.target_emb.weight[unused].zero_()
    changed = (ours(source, target) != twin(source, target)).any(0).any(0)
    assert changed.nonzero().flatten().tolist() == [unused]
    assert (twin(source, target)[..., unused] == 0).all()


def test_the_target_embedding_also_learns_as_the_output_matrix():
    ours = model()
    target = torch.full((B, T), 5)
    ours(sources(), target).logsumexp(-1).sum().backward()
    gradient = ours.target_emb.weight.grad.abs().amax(1)
    assert (gradient > 0).all()  # not of row 5 alone, the only one that was read
