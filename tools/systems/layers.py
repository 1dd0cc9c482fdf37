"""Layers."""

import torch
from torch import nn
from transformers import LlamaConfig
from transformers.activations import NewGELUActivation
from transformers.models.llama.modeling_llama import LlamaMLP

from heedful.nets import (
    DecoderLayer,
    EncoderLayer,
    FeedForward,
    RMSNorm,
    SwiGLU,
    TransformerConfig,
    causal_mask,
)
from heedful.nets.layers import gelu

from .table import Gap, gap, largest, shaken, system

B, S, T, D, F = 2, 7, 13, 22, 37


@system(
    "LayerNorm",
    "nets.EncoderLayer",
    "the formula; the layer is torch's own",
    within=1e-5,
)
def layer_norm() -> Gap:
    config = TransformerConfig(
        source_vocab_size=3, target_vocab_size=3, d_model=D, n_heads=2, d_ff=F
    )
    norm, x = shaken(EncoderLayer(config).attn_norm), torch.randn(B, T, D)
    centred = x - x.mean(-1, keepdim=True)
    spread = (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    return gap(norm(x), centred / spread * norm.weight + norm.bias)


@system("RMSNorm", "nets.RMSNorm", "`torch.nn.RMSNorm`", within=1e-5)
def rms_norm() -> Gap:
    ours, theirs = shaken(RMSNorm(D, 1e-5)), nn.RMSNorm(D, 1e-5)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(B, T, D)
    return gap(ours(x), theirs(x))


@system(
    "FeedForward",
    "nets.FeedForward",
    "`torch.nn.Sequential` of torch's layers",
    within=1e-5,
)
def feed_forward() -> Gap:
    ours, x = FeedForward(D, F), torch.randn(B, T, D)
    theirs = nn.Sequential(nn.Linear(D, F), nn.ReLU(), nn.Linear(F, D))
    theirs[0].load_state_dict(ours.up_proj.state_dict())
    theirs[2].load_state_dict(ours.down_proj.state_dict())
    return gap(ours(x), theirs(x))


@system(
    "GELU, GPT-2's",
    "nets.layers.gelu",
    "transformers' `NewGELUActivation`",
    within=1e-5,
)
def gelu_new() -> Gap:
    x = torch.linspace(-9, 9, 997)
    return gap(gelu(x), NewGELUActivation()(x))


@system("SwiGLU", "nets.SwiGLU", "transformers' `LlamaMLP`", within=1e-5)
def swiglu() -> Gap:
    ours, x = SwiGLU(D, F), torch.randn(B, T, D)
    theirs = LlamaMLP(
        LlamaConfig(hidden_size=D, intermediate_size=F, num_attention_heads=1)
    )
    theirs.load_state_dict(ours.state_dict())
    return gap(ours(x), theirs(x))


def copied(theirs: nn.MultiheadAttention, ours: nn.Module) -> None:
    weights = (ours.q_proj.weight, ours.k_proj.weight, ours.v_proj.weight)
    theirs.in_proj_weight.copy_(torch.cat(weights))
    theirs.in_proj_bias.zero_()
    theirs.out_proj.weight.copy_(ours.o_proj.weight)
    theirs.out_proj.bias.zero_()


def in_torch(kind: type[nn.Module], ours: nn.Module, norm: str) -> nn.Module:
    theirs = kind(D, 2, F, 0.0, batch_first=True, norm_first=norm == "pre")
    copied(theirs.self_attn, ours.attn)
    norms = [ours.attn_norm, ours.ffn_norm]
    if isinstance(ours, DecoderLayer):
        copied(theirs.multihead_attn, ours.cross_attn)
        norms.insert(1, ours.cross_norm)
    theirs.linear1.load_state_dict(ours.ffn.up_proj.state_dict())
    theirs.linear2.load_state_dict(ours.ffn.down_proj.state_dict())
    for i, own in enumerate(norms, start=1):
        theirs.get_submodule(f"norm{i}").load_state_dict(own.state_dict())
    return theirs


def sizes(norm: str) -> TransformerConfig:
    return TransformerConfig(
        source_vocab_size=31, target_vocab_size=29, d_model=D, n_heads=2, d_ff=F,
        dropout=0.0, norm=norm,
    )  # fmt: skip


def sees_all(length: int) -> torch.Tensor:
    return torch.ones(B, 1, 1, length, dtype=torch.bool)


@system(
    "encoder layer, post- and pre-norm",
    "nets.EncoderLayer nets.TransformerConfig",
    "`torch.nn.TransformerEncoderLayer`",
    within=1e-4,
)
def encoder_layer() -> Gap:
    gaps, x = [], torch.randn(B, S, D)
    for norm in ("post", "pre"):
        ours = shaken(EncoderLayer(sizes(norm)))
        theirs = in_torch(nn.TransformerEncoderLayer, ours, norm)
        gaps.append(gap(ours(x, sees_all(S)), theirs(x)))
    return largest(gaps)


@system(
    "decoder layer, post- and pre-norm",
    "nets.DecoderLayer",
    "`torch.nn.TransformerDecoderLayer`",
    within=1e-4,
)
def decoder_layer() -> Gap:
    gaps, x, memory = [], torch.randn(B, T, D), torch.randn(B, S, D)
    forbidden = nn.Transformer.generate_square_subsequent_mask(T)
    for norm in ("post", "pre"):
        ours = shaken(DecoderLayer(sizes(norm)))
        theirs = in_torch(nn.TransformerDecoderLayer, ours, norm)
        got = ours(x, memory, causal_mask(T), sees_all(S))
        gaps.append(gap(got, theirs(x, memory, tgt_mask=forbidden)))
    return largest(gaps)
