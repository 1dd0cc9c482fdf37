"""Attention and positions."""

import math

import torch
from torch import nn
from torch.nn import functional as F
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb, repeat_kv

from heedful import nets
from heedful.nets import MultiHeadAttention, attend, attention_weights, causal_mask
from heedful.nets.positions import RopeScaling, Rotary, alibi_bias, rotate, sinusoidal

from .table import Gap, Same, gap, largest, same, shaken, system

B, H, S, T, DH, D = 2, 3, 7, 13, 10, 30


@system(
    "scaled dot-product attention",
    "nets.attend nets.attention_weights",
    "`F.scaled_dot_product_attention`",
    within=1e-5,
)
def scaled_dot_product() -> Gap:
    q, k, v = (
        torch.randn(B, H, T, DH),
        torch.randn(B, H, S, DH),
        torch.randn(B, H, S, 5),
    )
    mask = torch.rand(B, 1, T, S) < 0.5
    mask[..., 0] = True
    expected = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    weights = attention_weights(q, k, mask)
    return largest([gap(attend(q, k, v, mask), expected), gap(weights @ v, expected)])


def torch_twin(ours: MultiHeadAttention) -> nn.MultiheadAttention:
    theirs = nn.MultiheadAttention(D, ours.n_heads, bias=True, batch_first=True)
    projections = (ours.q_proj, ours.k_proj, ours.v_proj)
    theirs.in_proj_weight.copy_(torch.cat([p.weight for p in projections]))
    theirs.in_proj_bias.copy_(torch.cat([p.bias for p in projections]))
    theirs.out_proj.load_state_dict(ours.o_proj.state_dict())
    return theirs


@system(
    "multi-head self-attention",
    "nets.MultiHeadAttention",
    "`torch.nn.MultiheadAttention`",
    within=1e-5,
)
def self_attention() -> Gap:
    ours, x = MultiHeadAttention(D, H, bias=True), torch.randn(B, T, D)
    return gap(shaken(ours)(x), torch_twin(ours)(x, x, x)[0])


@system(
    "masked (causal) multi-head attention",
    "nets.MultiHeadAttention nets.causal_mask",
    "`torch.nn.MultiheadAttention` with torch's own mask",
    within=1e-5,
)
def masked_attention() -> Gap:
    ours, x = MultiHeadAttention(D, H, bias=True), torch.randn(B, T, D)
    forbidden = nn.Transformer.generate_square_subsequent_mask(T)
    got = shaken(ours)(x, mask=causal_mask(T))
    return gap(got, torch_twin(ours)(x, x, x, attn_mask=forbidden)[0])


@system(
    "cross-attention over padded rows",
    "nets.MultiHeadAttention nets.padding_mask",
    "`torch.nn.MultiheadAttention` with `key_padding_mask`",
    within=1e-5,
)
def cross_attention() -> Gap:
    ours, x, memory = MultiHeadAttention(D, H, bias=True), *torch.randn(2, B, S, D)
    tokens = torch.tensor([[4, 4, 4, 4, 4, 0, 0], [4] * S])
    got = shaken(ours)(x, memory, nets.padding_mask(tokens, 0))
    theirs = torch_twin(ours)(x, memory, memory, key_padding_mask=tokens == 0)[0]
    return gap(got, theirs)


def grouped(n_kv_heads: int) -> Gap:
    ours, x = MultiHeadAttention(6 * DH, 6, True, n_kv_heads), torch.randn(B, T, 6 * DH)
    got = shaken(ours)(x, mask=causal_mask(T))
    q, k, v = (
        p(x).view(B, T, -1, DH).transpose(1, 2)
        for p in (ours.q_proj, ours.k_proj, ours.v_proj)
    )
    out = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
    return gap(got, ours.o_proj(out.transpose(1, 2).reshape(B, T, -1)))


@system(
    "grouped-query attention, 6 heads on 2 and 3",
    "nets.MultiHeadAttention",
    "`F.scaled_dot_product_attention(enable_gqa=True)`",
    within=1e-4,
)
def grouped_query() -> Gap:
    return largest(grouped(n) for n in (2, 3))


@system(
    "multi-query attention, 6 heads on 1",
    "nets.MultiHeadAttention",
    "`F.scaled_dot_product_attention(enable_gqa=True)`",
    within=1e-4,
)
def multi_query() -> Gap:
    return grouped(1)


@system(
    "heads apart, together and repeated",
    "nets.split_heads nets.merge_heads nets.repeat_kv",
    "`view` and `transpose`; transformers' `repeat_kv`",
)
def moves() -> Same:
    x = torch.randn(B, T, D)
    heads = x.view(B, T, H, DH).transpose(1, 2)
    ours = [nets.split_heads(x, H), nets.merge_heads(heads), nets.repeat_kv(heads, 5)]
    theirs = [heads, x, repeat_kv(heads, 5)]
    return same([a.tolist() for a in ours], [b.tolist() for b in theirs], "moves")


@system(
    "sliding window",
    "nets.sliding_window_mask nets.MultiHeadAttention",
    "attention to a slice of the past, position by position",
    within=1e-5,
)
def sliding_window() -> Gap:
    q, k, v = torch.randn(3, B, H, T, DH)
    mask = nets.sliding_window_mask(T, window=5)
    expected = [
        F.scaled_dot_product_attention(
            q[:, :, t : t + 1],
            k[:, :, max(0, t - 4) : t + 1],
            v[:, :, max(0, t - 4) : t + 1],
        )
        for t in range(T)
    ]
    return gap(attend(q, k, v, mask), torch.cat(expected, 2))


@system("padding on the left", "nets.left_padding_mask", "its definition, cell by cell")
def left_padding() -> Same:
    n_pad = [0, 2, 5]
    mask = nets.left_padding_mask(torch.tensor(n_pad), T, T)
    # Real tokens see real tokens, padding sees padding.
    expected = [(q >= n) == (k >= n) for n in n_pad for q in range(T) for k in range(T)]
    return same(mask.flatten().tolist(), expected, "cells")


@system(
    "sinusoidal positions",
    "nets.sinusoidal",
    "`math.sin` and `math.cos`, number by number",
    within=1e-5,
)
def sinusoids() -> Gap:
    expected = [
        [
            (math.sin if i % 2 == 0 else math.cos)(p / 10_000 ** ((i - i % 2) / D))
            for i in range(D)
        ]
        for p in range(997)
    ]
    return gap(sinusoidal(997, D), torch.tensor(expected))


@system(
    "rotary positions",
    "nets.Rotary nets.positions.rotate",
    "transformers' `apply_rotary_pos_emb`",
    within=1e-5,
)
def rotary() -> Gap:
    q, k = torch.randn(2, B, H, T, DH)
    cos, sin = Rotary(DH)(torch.arange(T))
    twice = [torch.cat([t, t], dim=-1)[None].float() for t in (cos, sin)]
    expected = apply_rotary_pos_emb(q, k, *twice)
    return largest(gap(rotate(x, cos, sin), y) for x, y in zip((q, k), expected))


@system(
    "rotary positions, scaled as in Llama 3.1",
    "nets.positions.RopeScaling",
    'transformers\' `rope_type="llama3"`',
    within=1e-5,
)
def llama3_scaling() -> Gap:
    parameters = dict(
        rope_type="llama3", rope_theta=500_000.0, factor=8.0, low_freq_factor=1.0,
        high_freq_factor=4.0, original_max_position_embeddings=8192,
    )  # fmt: skip
    config = LlamaConfig(
        hidden_size=4096,
        num_attention_heads=32,
        max_position_embeddings=131_072,
        rope_parameters=parameters,
    )
    theirs, _ = ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")
    return gap(Rotary(128, 500_000.0, RopeScaling()).speeds, theirs)


@system(
    "ALiBi",
    "nets.alibi_bias nets.positions.alibi_slopes",
    "the weights with BLOOM's `build_alibi_tensor`",
    within=1e-5,
)
def alibi() -> Gap:
    def weights(n_heads: int, bias: torch.Tensor) -> torch.Tensor:
        scores = torch.linspace(-1, 1, n_heads * T * T).sin().view(n_heads, T, T)
        return (scores + bias).masked_fill(~causal_mask(T), -math.inf).softmax(-1)

    return largest(
        gap(
            weights(n, alibi_bias(n, T)),
            weights(n, build_alibi_tensor(torch.ones(1, T), n, torch.float32)),
        )
        for n in (1, 3, 8, 13)
    )
