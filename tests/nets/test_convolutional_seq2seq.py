import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from heedful.nets.convolutional_seq2seq import (
    ConvolutionalDecoderLayer,
    ConvolutionalEncoderLayer,
    ConvolutionalSeq2Seq,
    ConvolutionalSeq2SeqConfig,
)

B, S, T, D, L = 5, 7, 13, 11, 2
LENGTHS = [7, 1, 3, 7, 5]


def sizes(**changes):
    known = dict(
        source_vocab_size=31,
        target_vocab_size=29,
        d_model=D,
        n_layers=L,
        kernel_size=3,
        max_seq_len=41,
        dropout=0.0,
    )
    return ConvolutionalSeq2SeqConfig(**{**known, **changes})


def model(**changes):
    built = ConvolutionalSeq2Seq(sizes(**changes))
    with torch.no_grad():  # no zero bias may hide a mistake
        for weight in built.parameters():
            weight.add_(torch.randn_like(weight) * 0.3)
    return built.eval()


def sources():
    tokens = torch.randint(1, 31, (B, S))
    for row, length in zip(tokens, LENGTHS):
        row[length:] = 0
    return tokens


def targets():
    return torch.randint(1, 29, (B, T))


def gated(conv, rows):
    """One position by hand: `rows` are its inputs, None where zeros stand."""
    a, b = conv.bias.clone().chunk(2)
    for weight, row in zip(conv.weight.unbind(-1), rows):
        if row is not None:
            a, b = a + weight[:D] @ row, b + weight[D:] @ row
    return a * b.sigmoid()


def test_an_encoder_layer_agrees_with_its_formula_position_by_position():
    layer = ConvolutionalEncoderLayer(sizes()).requires_grad_(False)
    x, real = torch.randn(B, S, D), torch.arange(S) < torch.tensor(LENGTHS)[:, None]
    out = layer(x, real)
    for b, length in enumerate(LENGTHS):
        for s in range(length):
            rows = [x[b, i] if 0 <= i < length else None for i in range(s - 1, s + 2)]
            expected = (gated(layer.conv, rows) + x[b, s]) / math.sqrt(2)
            torch.testing.assert_close(out[b, s], expected)


def test_a_decoder_layer_agrees_with_its_formula_position_by_position():
    layer = ConvolutionalDecoderLayer(sizes()).requires_grad_(False)
    x, y, z, e = (torch.randn(B, n, D) for n in (T, T, S, S))
    mask = (torch.arange(S) < torch.tensor(LENGTHS)[:, None])[:, None, None]
    record = []
    out = layer(x, y, z, z + e, mask, record=record)
    w, bias = layer.q_proj.weight, layer.q_proj.bias
    for b, length in enumerate(LENGTHS):
        for t in range(T):
            rows = [x[b, i] if i >= 0 else None for i in range(t - 2, t + 1)]
            h = (gated(layer.conv.conv, rows) + x[b, t]) / math.sqrt(2)
            d = w @ h + bias + y[b, t]
            powers = [math.exp(d @ z[b, s]) for s in range(length)]
            a = torch.tensor(powers + [0.0] * (S - length)) / sum(powers)
            torch.testing.assert_close(record[0][b, 0, t], a)
            c = sum(a[s] * (z[b, s] + e[b, s]) for s in range(length))
            expected = (h + c * math.sqrt(length)) / math.sqrt(2)
            torch.testing.assert_close(out[b, t], expected, atol=1e-5, rtol=1e-5)


def test_the_encoder_agrees_with_torch_row_by_row():
    ours, source = model(), sources()
    memory = ours.encode(source)
    for i, length in enumerate(LENGTHS):
        tokens = source[i, :length]
        x = y = ours.source_emb.weight[tokens] + ours.source_pos.weight[:length]
        for layer in ours.encoder:
            wide = F.conv1d(x.T, layer.conv.weight, layer.conv.bias, padding=1)
            x = (F.glu(wide.T) + x) * 0.5**0.5
        expected = torch.cat([x, x + y], dim=-1)
        torch.testing.assert_close(memory[i, :length], expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("changed", [0, 6, 12])
def test_no_output_depends_on_a_later_target(changed):
    ours, source, target = model(), sources(), targets()
    other = target.clone()
    other[:, changed] = target[:, changed] % 28 + 1
    before, after = ours(source, target), ours(source, other)
    assert torch.equal(before[:, :changed], after[:, :changed])
    # What is written is seen as far as the kernels reach: 1 + 2 layers * 2.
    reach = slice(changed, changed + 1 + 2 * L)
    assert (before[:, reach] != after[:, reach]).any(-1).all()
    assert torch.equal(before[:, reach.stop :], after[:, reach.stop :])


def test_every_output_depends_on_every_source_token():
    ours, target = model(), targets()
    source = torch.randint(1, 31, (B, S))
    before = ours(source, target)
    for s in range(S):
        other = source.clone()
        other[:, s] = source[:, s] % 30 + 1
        assert (before != ours(other, target)).any(-1).all()


def test_source_padding_changes_nothing():
    ours, source, target = model(), sources(), targets()
    wider = torch.cat([source, torch.zeros(B, 4, dtype=torch.long)], dim=1)
    torch.testing.assert_close(
        ours(wider, target), ours(source, target), atol=1e-5, rtol=1e-5
    )


def test_what_the_padding_holds_changes_nothing():
    ours, source, target = model(), sources(), targets()
    before = ours(source, target)
    with torch.no_grad():
        ours.source_emb.weight[0] += 100
    assert torch.equal(ours(source, target), before)


def test_target_padding_changes_nothing():
    ours, source, target = model(), sources(), targets()
    longer = torch.cat([target, torch.zeros(B, 4, dtype=torch.long)], dim=1)
    torch.testing.assert_close(
        ours(source, longer)[:, :T], ours(source, target), atol=1e-5, rtol=1e-5
    )


def test_a_row_does_not_depend_on_its_batch():
    ours, source, target = model(), sources(), targets()
    together = ours(source, target)
    for i, length in enumerate(LENGTHS):
        alone = ours(source[i : i + 1, :length], target[i : i + 1])
        torch.testing.assert_close(alone[0], together[i], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kernel_size", [1, 3, 5])
@pytest.mark.parametrize("steps", [[1] * 13, [4, 1, 8]], ids=str)
def test_cached_decoding_agrees_with_all_at_once(kernel_size, steps):
    ours, source, target = model(kernel_size=kernel_size), sources(), targets()
    memory, mask = ours.encode(source), ours.source_mask(source)
    cache = ours.new_cache(memory, T)
    parts = [ours.decode(p, memory, mask, cache) for p in target.split(steps, dim=1)]
    expected = ours(source, target)
    torch.testing.assert_close(torch.cat(parts, dim=1), expected, atol=1e-4, rtol=1e-4)


def test_maps_hold_every_layer_once_and_change_no_logit():
    ours, source, target = model(), sources(), targets()
    maps = ConvolutionalSeq2Seq.new_maps()
    assert torch.equal(ours(source, target, maps), ours(source, target))
    assert maps["encoder"] == maps["decoder"] == []
    assert [m.shape for m in maps["cross"]] == [(B, 1, T, S)] * L
    for weights in maps["cross"]:
        assert not weights.requires_grad
        torch.testing.assert_close(weights.sum(-1), torch.ones(B, 1, T))
        for i, length in enumerate(LENGTHS):
            assert (weights[i, :, :, length:] == 0).all()


def test_every_parameter_gets_a_gradient():
    ours = model()
    weights = torch.randn(B, T, 29)
    (ours(sources(), targets()) * weights).sum().backward()
    without = [
        name
        for name, p in ours.named_parameters()
        if p.grad is None or not p.grad.abs().max() > 0
    ]
    assert without == []


def test_fresh_weights_have_the_documented_spread():
    fresh = ConvolutionalSeq2Seq(sizes(d_model=97, dropout=0.2)).requires_grad_(False)
    conv, proj = fresh.decoder[0].conv.conv, fresh.decoder[0].q_proj
    assert float(conv.weight.std()) == pytest.approx((4 * 0.8 / 291) ** 0.5, rel=0.03)
    assert float(proj.weight.std()) == pytest.approx((0.8 / 97) ** 0.5, rel=0.05)
    assert float(fresh.source_pos.weight.std()) == pytest.approx(0.1, rel=0.05)
    assert (conv.bias == 0).all()


def test_one_seed_gives_one_model():
    def weights(seed):
        generator = torch.Generator().manual_seed(seed)
        torch.randn(3)  # the global generator must not matter
        return ConvolutionalSeq2Seq(sizes(), generator).state_dict()

    first, again, other = weights(1), weights(1), weights(2)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["target_pos.weight"], other["target_pos.weight"])


def test_it_learns_to_reverse():
    torch.manual_seed(0)
    ours = ConvolutionalSeq2Seq(sizes(d_model=23))
    optimizer = torch.optim.Adam(ours.parameters(), lr=0.01)
    for _ in range(120):
        source = torch.randint(3, 10, (32, 5))
        goal = source.flip(1)
        target = torch.cat([torch.ones(32, 1, dtype=torch.long), goal[:, :-1]], dim=1)
        logits = ours(source, target)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), goal.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.5  # guessing one of seven scores ln 7 = 1.95


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(kernel_size=4), "kernel_size=4 is even"),
        (dict(kernel_size=0), "kernel_size=0 must be a whole number from 1 up"),
        (dict(n_layers=0), "n_layers=0 must be a whole number from 1 up"),
        (dict(max_seq_len=-5), "max_seq_len=-5 must be a whole number from 1 up"),
        (dict(dropout=1.0), "dropout=1.0 must be at least 0 and below 1"),
        (dict(dropout=float("nan")), "dropout=nan must be at least 0 and below 1"),
    ],
    ids=str,
)
def test_sizes_that_make_no_sense_are_refused_with_their_value(changes, message):
    with pytest.raises(ValueError, match=message):
        sizes(**changes)


def test_sequences_over_the_limit_are_refused_with_both_numbers():
    ours, longest = model(), torch.ones(B, 41, dtype=torch.long)
    assert ours(longest, longest).shape == (B, 41, 29)
    too_long = torch.ones(B, 42, dtype=torch.long)
    for source, target in ((too_long, targets()), (sources(), too_long)):
        with pytest.raises(ValueError, match="42 tokens is longer than max_seq_len=41"):
            ours(source, target)
