"""The same layers from `torch.nn`, with the weights of ours copied into them."""

import copy

import torch
from torch import nn

from heedful.nets import FeedForward, MultiHeadAttention, Transformer
from heedful.nets.transformer import DecoderLayer, EncoderLayer, TransformerConfig

SIZES = dict(
    source_vocab_size=31,
    target_vocab_size=29,
    d_model=22,
    n_layers=3,
    n_heads=2,
    d_ff=37,
    max_seq_len=41,
    dropout=0.0,
)
"""No two axes are equal; d_head is 11. Tests use batches of 5, lengths 7 and 13."""


def sizes(**changes) -> TransformerConfig:
    return TransformerConfig(**{**SIZES, **changes})


def shake(module: nn.Module) -> None:
    """Make every weight random, so that no zero bias or unit gain hides a mistake."""
    with torch.no_grad():
        for weight in module.parameters():
            weight.add_(torch.randn_like(weight) * 0.3)


@torch.no_grad()
def torch_attention(ours: MultiHeadAttention) -> nn.MultiheadAttention:
    d_model, has_bias = ours.q_proj.in_features, ours.q_proj.bias is not None
    theirs = nn.MultiheadAttention(
        d_model, ours.n_heads, bias=has_bias, batch_first=True
    )
    copy_attention(ours, theirs)
    return theirs


@torch.no_grad()
def copy_attention(ours: MultiHeadAttention, theirs: nn.MultiheadAttention) -> None:
    """Copy; a bias that only theirs has becomes zero."""
    projections = (ours.q_proj, ours.k_proj, ours.v_proj)
    theirs.in_proj_weight.copy_(torch.cat([p.weight for p in projections]))
    theirs.out_proj.weight.copy_(ours.o_proj.weight)
    if theirs.in_proj_bias is None:
        return
    theirs.in_proj_bias.zero_()
    theirs.out_proj.bias.zero_()
    if ours.q_proj.bias is not None:
        theirs.in_proj_bias.copy_(torch.cat([p.bias for p in projections]))
        theirs.out_proj.bias.copy_(ours.o_proj.bias)


def copy_ffn(ours: FeedForward, up: nn.Linear, down: nn.Linear) -> None:
    up.load_state_dict(ours.up_proj.state_dict())
    down.load_state_dict(ours.down_proj.state_dict())


def torch_encoder_layer(
    ours: EncoderLayer, config: TransformerConfig
) -> nn.TransformerEncoderLayer:
    theirs = nn.TransformerEncoderLayer(**_arguments(config))
    copy_attention(ours.attn, theirs.self_attn)
    copy_ffn(ours.ffn, theirs.linear1, theirs.linear2)
    theirs.norm1.load_state_dict(ours.attn_norm.state_dict())
    theirs.norm2.load_state_dict(ours.ffn_norm.state_dict())
    return theirs


def torch_decoder_layer(
    ours: DecoderLayer, config: TransformerConfig
) -> nn.TransformerDecoderLayer:
    theirs = nn.TransformerDecoderLayer(**_arguments(config))
    copy_attention(ours.attn, theirs.self_attn)
    copy_attention(ours.cross_attn, theirs.multihead_attn)
    copy_ffn(ours.ffn, theirs.linear1, theirs.linear2)
    theirs.norm1.load_state_dict(ours.attn_norm.state_dict())
    theirs.norm2.load_state_dict(ours.cross_norm.state_dict())
    theirs.norm3.load_state_dict(ours.ffn_norm.state_dict())
    return theirs


def torch_transformer(ours: Transformer) -> nn.Transformer:
    """Their encoder and decoder; they have no embeddings, positions or logits."""
    config, pre = ours.config, ours.config.norm == "pre"
    encoder = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(**_arguments(config)),
        config.n_layers,
        copy.deepcopy(ours.encoder_norm) if pre else None,
        enable_nested_tensor=False,
    )
    decoder = nn.TransformerDecoder(
        nn.TransformerDecoderLayer(**_arguments(config)),
        config.n_layers,
        copy.deepcopy(ours.decoder_norm) if pre else None,
    )
    theirs = nn.Transformer(
        config.d_model,
        config.n_heads,
        custom_encoder=encoder,
        custom_decoder=decoder,
        batch_first=True,
    )
    # Only now: nn.Transformer draws all weights afresh, those it was given, too.
    encoder.layers = nn.ModuleList(
        torch_encoder_layer(layer, config) for layer in ours.encoder
    )
    decoder.layers = nn.ModuleList(
        torch_decoder_layer(layer, config) for layer in ours.decoder
    )
    return theirs


def _arguments(config: TransformerConfig) -> dict:
    return dict(
        d_model=config.d_model,
        nhead=config.n_heads,
        dim_feedforward=config.d_ff,
        dropout=config.dropout,
        layer_norm_eps=config.norm_eps,
        norm_first=config.norm == "pre",
        batch_first=True,
    )
