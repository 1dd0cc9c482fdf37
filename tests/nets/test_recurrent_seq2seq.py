import math

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from heedful.nets.cache import KVCache
from heedful.nets.masks import padding_mask
from heedful.nets.recurrent_seq2seq import (
    AdditiveAttention,
    RecurrentSeq2Seq,
    RecurrentSeq2SeqConfig,
    additive_weights,
)

B, S, T, D = 5, 7, 13, 22
LENGTHS = [7, 1, 3, 7, 5]
KINDS = ["additive", "dot", "none"]
all_kinds = pytest.mark.parametrize("attention", KINDS)
both_looks = pytest.mark.parametrize("attention", KINDS[:2])


def sizes(**changes):
    known = dict(
        source_vocab_size=31,
        target_vocab_size=29,
        d_model=D,
        n_layers=3,
        dropout=0.0,
    )
    return RecurrentSeq2SeqConfig(**{**known, **changes})


def model(**changes):
    built = RecurrentSeq2Seq(sizes(**changes))
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


def test_additive_weights_by_hand():
    # Scores 2 tanh(q + k): q = 0 meets k = 0 and k = artanh(ln(3) / 2), so 0 and ln 3.
    q = torch.tensor([[0.0]])
    k = torch.tensor([[0.0], [math.atanh(math.log(3) / 2)]])
    weights = additive_weights(q, k, torch.tensor([2.0]))
    assert torch.allclose(weights, torch.tensor([[0.25, 0.75]]))


def test_additive_attention_agrees_with_its_formula_word_by_word():
    layer = AdditiveAttention(D).requires_grad_(False)
    x, memory, record = torch.randn(B, T, D), torch.randn(B, S, D), []
    tokens = sources()
    out = layer(x, memory, padding_mask(tokens, 0), record=record)
    w, u, v = layer.q_proj.weight, layer.k_proj.weight, layer.score_proj.weight[0]
    for b, length in enumerate(LENGTHS):
        for t in range(T):
            scores = [
                float(v @ torch.tanh(w @ x[b, t] + u @ memory[b, s]))
                for s in range(length)
            ]
            total = sum(math.exp(score) for score in scores)
            expected = torch.zeros(S)
            for s, score in enumerate(scores):
                expected[s] = math.exp(score) / total
            torch.testing.assert_close(record[0][b, 0, t], expected)
            torch.testing.assert_close(out[b, t], expected @ memory[b])


def test_rows_are_shares_and_padding_has_none():
    layer, record, tokens = AdditiveAttention(D), [], sources()
    mask = padding_mask(tokens, 0)
    layer(torch.randn(B, T, D), torch.randn(B, S, D), mask, record=record)
    (weights,) = record
    assert weights.shape == (B, 1, T, S)
    assert not weights.requires_grad
    torch.testing.assert_close(weights.sum(-1), torch.ones(B, 1, T))
    visible = mask.expand(B, 1, T, S)
    assert (weights[visible] > 0).all()
    assert (weights[~visible] == 0).all()


def test_cached_additive_attention_projects_the_memory_once():
    layer, memory = AdditiveAttention(D), torch.randn(B, S, D)
    cache = KVCache(B, 1, S, D)
    first, second = torch.randn(B, 2, D), torch.randn(B, 3, D)
    torch.testing.assert_close(layer(first, memory, cache=cache), layer(first, memory))
    calls = []
    layer.k_proj.register_forward_hook(lambda *_: calls.append("k"))
    cached = layer(second, memory, cache=cache)
    assert calls == []
    torch.testing.assert_close(cached, layer(second, memory))


def test_the_memory_agrees_with_a_bidirectional_gru_of_torch():
    # Theirs joins the directions between layers, so one layer is compared.
    ours, source = model(n_layers=1), sources()
    theirs = nn.GRU(D, D // 2, batch_first=True, bidirectional=True)
    with torch.no_grad():
        for end, encoder in (("", ours.encoder), ("_reverse", ours.back_encoder)):
            for name, proj in (("ih", "x_proj"), ("hh", "h_proj")):
                mine = encoder.cells[0].get_submodule(proj)
                theirs.get_parameter(f"weight_{name}_l0{end}").copy_(mine.weight)
                theirs.get_parameter(f"bias_{name}_l0{end}").copy_(mine.bias)
    x = ours.source_emb.weight[source] * D**0.5
    packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
    expected, last = theirs(packed)
    expected, _ = pad_packed_sequence(expected, batch_first=True)
    memory, real = ours.encode(source), source != 0
    torch.testing.assert_close(memory[real], expected[real])
    summary = torch.cat([last[0], last[1]], dim=-1)
    start = ours.start_proj(summary).tanh()
    torch.testing.assert_close(ours.new_cache(memory, T).states, start[None])


@all_kinds
def test_decoding_agrees_with_its_formula_step_by_step(attention):
    ours, source, target = model(attention=attention), sources(), targets()
    memory, mask = ours.encode(source), ours.source_mask(source)
    summary = torch.cat([memory[:, -1, : D // 2], memory[:, 0, D // 2 :]], dim=-1)
    starts = ours.start_proj(summary).tanh()
    states = torch.stack(starts.split(D, dim=-1))
    logits = ours(source, target)
    for t in range(T):
        context = summary
        if attention != "none":  # asked by the top layer's state before this token
            context = ours.attn(states[-1][:, None], memory, mask)[:, 0]
        y = ours.target_emb.weight[target[:, t]] * D**0.5
        states = ours.decoder.step(torch.cat([y, context], dim=-1), states)
        x = ours.o_proj(torch.cat([states[-1], context], dim=-1)).tanh()
        expected = x @ ours.target_emb.weight.T
        torch.testing.assert_close(logits[:, t], expected, atol=1e-5, rtol=1e-5)


@all_kinds
@pytest.mark.parametrize("changed", [0, 6, 12])
def test_no_output_depends_on_a_later_target(attention, changed):
    ours, source, target = model(attention=attention), sources(), targets()
    other = target.clone()
    other[:, changed] = target[:, changed] % 28 + 1
    before, after = ours(source, target), ours(source, other)
    assert torch.equal(before[:, :changed], after[:, :changed])
    assert (before[:, changed:] != after[:, changed:]).any(-1).all()


@all_kinds
def test_every_output_depends_on_every_source_token(attention):
    ours, target = model(attention=attention), targets()
    source = torch.randint(1, 31, (B, S))
    before = ours(source, target)
    for s in range(S):
        other = source.clone()
        other[:, s] = source[:, s] % 30 + 1
        assert (before != ours(other, target)).any(-1).all()


@all_kinds
def test_source_padding_changes_nothing(attention):
    ours, source, target = model(attention=attention), sources(), targets()
    wider = torch.cat([source, torch.zeros(B, 4, dtype=torch.long)], dim=1)
    torch.testing.assert_close(
        ours(wider, target), ours(source, target), atol=1e-5, rtol=1e-5
    )


@all_kinds
def test_what_the_padding_holds_changes_nothing(attention):
    ours, source, target = model(attention=attention), sources(), targets()
    before = ours(source, target)
    with torch.no_grad():
        ours.source_emb.weight[0] += 100
    assert torch.equal(ours(source, target), before)


@all_kinds
def test_target_padding_changes_nothing(attention):
    ours, source, target = model(attention=attention), sources(), targets()
    longer = torch.cat([target, torch.zeros(B, 4, dtype=torch.long)], dim=1)
    torch.testing.assert_close(ours(source, longer)[:, :T], ours(source, target))


@all_kinds
def test_a_row_does_not_depend_on_its_batch(attention):
    ours, source, target = model(attention=attention), sources(), targets()
    together = ours(source, target)
    for i, length in enumerate(LENGTHS):
        alone = ours(source[i : i + 1, :length], target[i : i + 1])
        torch.testing.assert_close(alone[0], together[i], atol=1e-5, rtol=1e-5)


@all_kinds
@pytest.mark.parametrize("steps", [[1] * 13, [4, 1, 8]], ids=str)
def test_cached_decoding_agrees_with_all_at_once(attention, steps):
    ours, source, target = model(attention=attention), sources(), targets()
    memory, mask = ours.encode(source), ours.source_mask(source)
    cache = ours.new_cache(memory, T)
    parts = [ours.decode(p, memory, mask, cache) for p in target.split(steps, dim=1)]
    torch.testing.assert_close(torch.cat(parts, dim=1), ours(source, target))


@both_looks
def test_maps_hold_the_weights_and_change_no_logit(attention):
    ours, source, target = model(attention=attention), sources(), targets()
    maps = RecurrentSeq2Seq.new_maps()
    assert torch.equal(ours(source, target, maps), ours(source, target))
    (weights,) = maps["cross"]
    assert maps["encoder"] == maps["decoder"] == []
    assert weights.shape == (B, 1, T, S)
    torch.testing.assert_close(weights.sum(-1), torch.ones(B, 1, T))
    for i, length in enumerate(LENGTHS):
        assert (weights[i, :, :, length:] == 0).all()


def test_without_attention_the_source_is_one_vector_and_there_are_no_maps():
    ours, source, target = model(attention="none"), sources(), targets()
    maps = RecurrentSeq2Seq.new_maps()
    expected = ours(source, target, maps)
    assert maps["cross"] == []
    memory = ours.encode(source)
    memory[:, 1:-1] = 0  # all but the two ends, whose outer halves are the vector
    memory[:, 0, : D // 2] = memory[:, -1, D // 2 :] = 0
    got = ours.decode(target, memory, ours.source_mask(source))
    assert torch.equal(got, expected)


@all_kinds
def test_every_parameter_gets_a_gradient(attention):
    ours = model(attention=attention)
    weights = torch.randn(B, T, 29)
    (ours(sources(), targets()) * weights).sum().backward()
    without = [
        name
        for name, p in ours.named_parameters()
        if p.grad is None or not p.grad.abs().max() > 0
    ]
    assert without == []


def test_a_cache_changes_no_gradient():
    # The memory is projected once into a buffer; the gradient must find its way back.
    ours, source, target = model(n_layers=1), sources(), targets()
    weights = torch.randn(B, T, 29)

    def gradient(forget):
        ours.zero_grad()
        memory, mask = ours.encode(source), ours.source_mask(source)
        cache, parts = ours.new_cache(memory, T), []
        for y in target.split(1, dim=1):
            if forget:
                cache.projected = KVCache(B, 1, S, D)
            parts.append(ours.decode(y, memory, mask, cache))
        (torch.cat(parts, dim=1) * weights).sum().backward()
        return [p.grad.clone() for p in ours.parameters()]

    for got, expected in zip(gradient(forget=False), gradient(forget=True)):
        torch.testing.assert_close(got, expected, atol=1e-4, rtol=1e-4)


def test_one_seed_gives_one_model():
    def weights(seed):
        generator = torch.Generator().manual_seed(seed)
        torch.randn(3)  # the global generator must not matter
        return RecurrentSeq2Seq(sizes(), generator).state_dict()

    first, again, other = weights(1), weights(1), weights(2)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["o_proj.weight"], other["o_proj.weight"])


def test_it_learns_to_reverse():
    torch.manual_seed(0)
    ours = RecurrentSeq2Seq(sizes(n_layers=1))
    optimizer = torch.optim.Adam(ours.parameters(), lr=0.02)
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
        (dict(d_model=21), "d_model=21 is odd"),
        (dict(n_layers=0), "n_layers=0 must be a whole number from 1 up"),
        (dict(source_vocab_size=-5), "source_vocab_size=-5 must be a whole number"),
        (dict(attention="some"), "attention='some' must be 'additive', 'dot' or"),
        (dict(dropout=1.0), "dropout=1.0 must be at least 0 and below 1"),
        (dict(dropout=-0.1), "dropout=-0.1 must be at least 0 and below 1"),
        (dict(dropout=float("nan")), "dropout=nan must be at least 0 and below 1"),
    ],
    ids=str,
)
def test_sizes_that_make_no_sense_are_refused_with_their_value(changes, message):
    with pytest.raises(ValueError, match=message):
        sizes(**changes)
