import math

import pytest
import torch
from torch.nn import functional as F

from heedful.nets import (
    KVCache,
    MultiHeadAttention,
    attend,
    attention_weights,
    causal_mask,
    padding_mask,
)

from .reference import shake, torch_attention

B, H, T, S, DH, DV = 2, 3, 5, 7, 11, 13
MASK_SHAPES = [(T, S), (B, 1, 1, S), (1, 1, T, S), (B, H, T, S)]


def queries_keys_values():
    return torch.randn(B, H, T, DH), torch.randn(B, H, S, DH), torch.randn(B, H, S, DV)


def random_mask(*shape):
    mask = torch.rand(shape) < 0.5
    mask[..., 0] = True  # every query needs one key at least
    return mask


def test_by_hand():
    # Scores ln 3 * 2 / sqrt(4) = ln 3 and 0, so the weights are 3/4 and 1/4.
    q = torch.tensor([[2.0, 0, 0, 0]])
    k = torch.tensor([[math.log(3), 0, 0, 0], [0, 1, 0, 0]])
    v = torch.tensor([[8.0, 0], [0, 4]])
    assert torch.allclose(attention_weights(q, k), torch.tensor([[0.75, 0.25]]))
    assert torch.allclose(attend(q, k, v), torch.tensor([[6.0, 1.0]]))


def test_no_mask_agrees_with_torch():
    q, k, v = queries_keys_values()
    expected = F.scaled_dot_product_attention(q, k, v)
    torch.testing.assert_close(attend(q, k, v), expected)


@pytest.mark.parametrize("shape", MASK_SHAPES, ids=str)
def test_masked_agrees_with_torch(shape):
    q, k, v = queries_keys_values()
    mask = random_mask(*shape)
    expected = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    torch.testing.assert_close(attend(q, k, v, mask), expected)


@pytest.mark.parametrize("shape", MASK_SHAPES, ids=str)
def test_rows_are_shares(shape):
    q, k, _ = queries_keys_values()
    mask = random_mask(*shape)
    weights = attention_weights(q, k, mask)
    torch.testing.assert_close(weights.sum(-1), torch.ones(B, H, T))
    visible = mask.expand(B, H, T, S)
    assert (weights[visible] > 0).all()
    assert (weights[~visible] == 0).all()


def test_a_query_without_keys_gets_nan():
    q, k, _ = queries_keys_values()
    mask = torch.ones(T, S, dtype=torch.bool)
    mask[1] = False
    nan_rows = attention_weights(q, k, mask).isnan().all(-1)
    assert nan_rows[:, :, 1].all()
    assert nan_rows.sum() == B * H


def test_linear_in_the_values():
    q, k, v = queries_keys_values()
    w = torch.randn_like(v)
    both = attend(q, k, 2 * v - 3 * w)
    apart = 2 * attend(q, k, v) - 3 * attend(q, k, w)
    torch.testing.assert_close(both, apart)


def test_the_order_of_the_keys_does_not_matter():
    q, k, v = queries_keys_values()
    mask, order = random_mask(T, S), torch.randperm(S)
    shuffled = attend(q, k[:, :, order], v[:, :, order], mask[:, order])
    torch.testing.assert_close(shuffled, attend(q, k, v, mask))


def test_wider_heads_do_not_sharpen_the_weights():
    # Repeating every feature r times multiplies q k^T by r and sqrt(d_head) by sqrt(r).
    q, k = torch.randn(T, DH), torch.randn(S, DH)
    wide = attention_weights(q.repeat(1, 4), k.repeat(1, 4))
    torch.testing.assert_close(wide, attention_weights(2 * q, k))


def layers(bias):
    ours = MultiHeadAttention(15, 3, bias=bias)
    shake(ours)
    return ours, torch_attention(ours)


@pytest.mark.parametrize("bias", [False, True])
def test_self_attention_agrees_with_torch(bias):
    ours, theirs = layers(bias)
    x = torch.randn(B, S, 15)
    torch.testing.assert_close(ours(x), theirs(x, x, x)[0])


@pytest.mark.parametrize("bias", [False, True])
def test_cross_attention_agrees_with_torch(bias):
    ours, theirs = layers(bias)
    x, memory = torch.randn(B, T, 15), torch.randn(B, S, 15)
    torch.testing.assert_close(ours(x, memory), theirs(x, memory, memory)[0])


def test_causal_self_attention_agrees_with_torch():
    ours, theirs = layers(bias=True)
    x, mask = torch.randn(B, S, 15), causal_mask(S)
    expected, _ = theirs(x, x, x, attn_mask=~mask)
    torch.testing.assert_close(ours(x, mask=mask), expected)


def test_padded_cross_attention_agrees_with_torch_and_records_its_weights():
    ours, theirs = layers(bias=True)
    x, memory = torch.randn(B, T, 15), torch.randn(B, S, 15)
    tokens = torch.tensor([[5, 5, 5, 5, 5, 5, 5], [5, 5, 5, 0, 0, 0, 0]])
    record = []
    out = ours(x, memory, padding_mask(tokens, 0), record=record)
    expected, weights = theirs(
        x, memory, memory, key_padding_mask=tokens == 0, average_attn_weights=False
    )
    torch.testing.assert_close(out, expected)
    assert len(record) == 1
    assert not record[0].requires_grad
    torch.testing.assert_close(record[0], weights)


def test_a_width_that_heads_cannot_share_is_refused_with_its_numbers():
    with pytest.raises(ValueError, match="d_model=14 is not divisible by n_heads=3"):
        MultiHeadAttention(14, 3)


@pytest.mark.parametrize("steps", [[1] * 7, [3, 4], [2, 1, 4]], ids=str)
def test_cached_self_attention_agrees_with_all_at_once(steps):
    layer = MultiHeadAttention(15, 3)
    x, cache = torch.randn(B, 7, 15), KVCache(B, 3, 7, 5)
    parts = []
    for part in x.split(steps, dim=1):
        mask = causal_mask(part.size(1), cache.length + part.size(1))
        parts.append(layer(part, mask=mask, cache=cache))
    expected = layer(x, mask=causal_mask(7))
    torch.testing.assert_close(torch.cat(parts, dim=1), expected)


def test_cached_cross_attention_projects_the_memory_once():
    layer = MultiHeadAttention(15, 3)
    memory, cache = torch.randn(B, S, 15), KVCache(B, 3, S, 5)
    first, second = torch.randn(B, 1, 15), torch.randn(B, 1, 15)
    layer(first, memory, cache=cache)
    calls = []
    layer.k_proj.register_forward_hook(lambda *_: calls.append("k"))
    layer.v_proj.register_forward_hook(lambda *_: calls.append("v"))
    cached = layer(second, memory, cache=cache)
    assert calls == []
    assert cache.length == S
    torch.testing.assert_close(cached, layer(second, memory))
