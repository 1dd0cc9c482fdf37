import pytest
import torch
from torch.nn import functional as F

from heedful.nets import KVCache, MultiHeadAttention, causal_mask
from heedful.nets.attention import attend, attention_weights
from heedful.nets.positions import Rotary
from heedful.nets.shapes import merge_heads, repeat_kv, split_heads

from .reference import shake

B, T, S, H, DH = 2, 5, 7, 6, 4
D = H * DH
groups = pytest.mark.parametrize("n_kv_heads", [1, 2, 3, 6])


def grouped(n_kv_heads, bias=False):
    layer = MultiHeadAttention(D, H, bias, n_kv_heads)
    shake(layer)
    return layer


@torch.no_grad()
def with_repeated_weights(ours):
    """All heads of their own, but those of one group alike."""
    full = MultiHeadAttention(D, H, bias=ours.q_proj.bias is not None)
    full.q_proj.load_state_dict(ours.q_proj.state_dict())
    full.o_proj.load_state_dict(ours.o_proj.state_dict())
    n_rep = H // ours.n_kv_heads
    for small, large in ((ours.k_proj, full.k_proj), (ours.v_proj, full.v_proj)):
        for a, b in zip(small.parameters(), large.parameters()):
            heads = a.unflatten(0, (-1, DH))
            b.copy_(torch.cat([head for head in heads for _ in range(n_rep)]))
    return full


def test_repeat_kv_by_hand():
    x = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])  # two heads, one position
    expected = [[[1, 2]], [[1, 2]], [[1, 2]], [[3, 4]], [[3, 4]], [[3, 4]]]
    assert repeat_kv(x, 3)[0].tolist() == expected


def test_repeat_kv_is_repeat_interleave_and_copies_only_to_repeat():
    x = torch.randn(B, 3, S, DH)
    assert torch.equal(repeat_kv(x, 5), x.repeat_interleave(5, dim=1))
    assert repeat_kv(x, 1).data_ptr() == x.data_ptr()


@groups
@pytest.mark.parametrize("bias", [False, True])
def test_a_group_is_as_many_heads_with_the_same_keys_and_values(n_kv_heads, bias):
    ours = grouped(n_kv_heads, bias)
    full = with_repeated_weights(ours)
    x, memory, mask = torch.randn(B, S, D), torch.randn(B, T, D), causal_mask(S)
    rope = Rotary(DH)(torch.arange(S))
    torch.testing.assert_close(ours(x, mask=mask), full(x, mask=mask))
    torch.testing.assert_close(ours(x, memory), full(x, memory))
    torch.testing.assert_close(
        ours(x, mask=mask, rope=rope), full(x, mask=mask, rope=rope)
    )


@groups
def test_agrees_with_torch(n_kv_heads):
    ours, x = grouped(n_kv_heads), torch.randn(B, S, D)
    q = split_heads(ours.q_proj(x), H)
    k = split_heads(ours.k_proj(x), n_kv_heads)
    v = split_heads(ours.v_proj(x), n_kv_heads)
    heads = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    expected = ours.o_proj(merge_heads(heads))
    torch.testing.assert_close(ours(x, mask=causal_mask(S)), expected)


def test_neighbouring_heads_form_a_group():
    # Two groups of three; only the first group's values differ from zero.
    ours, record = grouped(2), []
    with torch.no_grad():
        ours.v_proj.weight[DH:] = 0
        ours.o_proj.weight.copy_(torch.eye(D))
    out = ours(torch.randn(B, S, D), record=record)
    assert (out[..., : 3 * DH] != 0).all()
    assert (out[..., 3 * DH :] == 0).all()
    assert record[0].shape == (B, H, S, S)


@groups
@pytest.mark.parametrize("steps", [[1] * 7, [3, 4], [2, 1, 4]], ids=str)
def test_the_cache_holds_the_shared_heads_only(n_kv_heads, steps):
    layer, x = grouped(n_kv_heads), torch.randn(B, 7, D)
    cache, rotary = KVCache(B, n_kv_heads, 7, DH), Rotary(DH)
    parts = []
    for part in x.split(steps, dim=1):
        past, end = cache.length, cache.length + part.size(1)
        rope = rotary(torch.arange(past, end))
        mask = causal_mask(part.size(1), end)
        parts.append(layer(part, mask=mask, cache=cache, rope=rope))
    whole = layer(x, mask=causal_mask(7), rope=rotary(torch.arange(7)))
    torch.testing.assert_close(torch.cat(parts, dim=1), whole)
    assert cache.keys.shape == (B, n_kv_heads, 7, DH)


@groups
def test_keys_and_values_have_fewer_weights(n_kv_heads):
    n = sum(p.numel() for p in grouped(n_kv_heads).parameters())
    assert n == 2 * D * D + 2 * D * n_kv_heads * DH


def test_groups_must_be_equal():
    with pytest.raises(ValueError, match="n_heads=6 is not divisible by n_kv_heads=4"):
        MultiHeadAttention(D, H, n_kv_heads=4)


@pytest.mark.parametrize("shape", [(T, S), (H, T, S), (B, 1, 1, S), (B, H, T, S)])
def test_a_score_bias_agrees_with_torch(shape):
    q, k, v = (torch.randn(B, H, n, DH) for n in (T, S, S))
    bias, mask = torch.randn(shape), torch.rand(T, S) < 0.5
    mask[:, 0] = True
    both = bias.masked_fill(~mask, float("-inf"))
    expected = F.scaled_dot_product_attention(q, k, v, attn_mask=both)
    torch.testing.assert_close(attention_weights(q, k, mask, bias) @ v, expected)
    unbiased = attention_weights(q, k, mask, torch.zeros(shape)) @ v
    torch.testing.assert_close(unbiased, attend(q, k, v, mask))
