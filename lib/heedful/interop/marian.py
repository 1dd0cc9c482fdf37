"""The encoder-decoder of 2017, called Marian by Hugging Face.

Covers our `Transformer` after the paper: post-norm, ReLU, no bias in the attention,
a vocabulary for each side. Published Marian models have biases, and are refused.
"""

from typing import Any

import torch
from torch import Tensor

from heedful.interop.names import (
    NameTable,
    Settings,
    Weights,
    needed,
    refuse_others,
    without_twin,
)
from heedful.nets import Transformer, TransformerConfig
from heedful.nets.positions import sinusoidal
from heedful.text.tokenizer import BOS_ID, EOS_ID

NAMES = NameTable(
    top={
        "source_emb": "model.encoder.embed_tokens",
        "target_emb": "model.decoder.embed_tokens",
    },
    stacks={"encoder": "model.encoder.layers", "decoder": "model.decoder.layers"},
    layer={
        **{f"attn.{x}_proj": f"self_attn.{x}_proj" for x in "qkv"},
        **{f"cross_attn.{x}_proj": f"encoder_attn.{x}_proj" for x in "qkv"},
        "attn.o_proj": "self_attn.out_proj",
        "cross_attn.o_proj": "encoder_attn.out_proj",
        "ffn.up_proj": "fc1",
        "ffn.down_proj": "fc2",
        "attn_norm": "self_attn_layer_norm",
        "cross_norm": "encoder_attn_layer_norm",
        "ffn_norm": "final_layer_norm",
    },
)
NORM_EPS = 1e-5  # fixed in Marian


def to_marian(model: Transformer) -> tuple[dict[str, Any], Weights]:
    """Settings and weights of our model for `MarianMTModel`.

    Raises `ValueError` for a pre-norm model or another `norm_eps`.
    """
    c = model.config
    if c.norm != "post" or c.norm_eps != NORM_EPS:
        raise ValueError(
            f"norm={c.norm!r}, norm_eps={c.norm_eps}: Marian has 'post' and {NORM_EPS}"
        )
    order = _sines_first(c.d_model)
    weights = NAMES.write(_reordered(model.state_dict(), order))
    embedding = weights["model.decoder.embed_tokens.weight"]
    for name in _attention_biases(model):
        weights[name] = embedding.new_zeros(c.d_model)
    table = sinusoidal(c.max_seq_len, c.d_model)[:, order].to(embedding)
    weights["model.encoder.embed_positions.weight"] = table
    weights["model.decoder.embed_positions.weight"] = table
    weights["final_logits_bias"] = embedding.new_zeros(1, c.target_vocab_size)
    weights["lm_head.weight"] = embedding
    return _write_config(c), weights


def from_marian(settings: Settings, weights: Weights) -> Transformer:
    """Our model with a copy of the weights of a `MarianMTModel`.

    Raises `ValueError` for settings or biases that our model does not have, and for
    weights that are missing, left over or of another shape.
    """
    config = _read_config(settings)
    model = Transformer(config)
    zeros = ["final_logits_bias", *_attention_biases(model)]
    for name in zeros:
        if name in weights and weights[name].any():
            raise ValueError(f"{name} is not zero: our model has no such bias")
    rest = {
        name: weight
        for name, weight in without_twin(
            weights, NAMES.theirs("target_emb.weight")
        ).items()
        if name not in zeros and "embed_positions" not in name
    }
    ours = NAMES.read(rest, model.state_dict())
    back = _sines_first(config.d_model).argsort()
    model.to(ours["target_emb.weight"].dtype)
    try:
        model.load_state_dict(_reordered(ours, back))
    except RuntimeError as error:
        raise ValueError(str(error)) from None
    return model.eval()


def _sines_first(d_model: int) -> Tensor:
    """We write sine and cosine by turns, Marian all sines and then all cosines.

    So every vector on the straight way has its features reordered, and with it each
    weight that reads or writes one. No logit changes.
    """
    return torch.cat([torch.arange(0, d_model, 2), torch.arange(1, d_model, 2)])


def _reordered(weights: Weights, order: Tensor) -> Weights:
    return {name: _reorder(name, w, order) for name, w in weights.items()}


def _reorder(name: str, weight: Tensor, order: Tensor) -> Tensor:
    if name.endswith("up_proj.bias"):
        return weight  # the hidden layer is not on the straight way
    reads = ("emb.weight", "q_proj.weight", "k_proj.weight", "v_proj.weight",
             "up_proj.weight")  # fmt: skip
    return weight[:, order] if name.endswith(reads) else weight[order]


def _attention_biases(model: Transformer) -> list[str]:
    return [
        NAMES.theirs(name).removesuffix("weight") + "bias"
        for name in model.state_dict()
        if name.endswith("_proj.weight") and "ffn" not in name
    ]


def _write_config(c: TransformerConfig) -> dict[str, Any]:
    sides = dict(layers=c.n_layers, attention_heads=c.n_heads, ffn_dim=c.d_ff)
    return dict(
        architectures=["MarianMTModel"],
        model_type="marian",
        vocab_size=c.source_vocab_size,
        decoder_vocab_size=c.target_vocab_size,
        share_encoder_decoder_embeddings=False,
        d_model=c.d_model,
        max_position_embeddings=c.max_seq_len,
        activation_function="relu",
        scale_embedding=True,
        dropout=c.dropout,
        pad_token_id=c.pad_id,
        decoder_start_token_id=BOS_ID,
        eos_token_id=EOS_ID,
        forced_eos_token_id=None,
        **{
            f"{side}_{k}": v
            for side in ("encoder", "decoder")
            for k, v in sides.items()
        },
    )


def _read_config(hf: Settings) -> TransformerConfig:
    refuse_others(hf, model_type="marian")
    if (
        hf.get("share_encoder_decoder_embeddings", True)
        or not hf.get("scale_embedding", False)
        or hf.get("activation_function", "gelu") != "relu"
    ):
        raise ValueError(
            "only a Marian with share_encoder_decoder_embeddings=False, "
            "scale_embedding=True and activation_function='relu' is covered"
        )
    n_layers, n_heads = (
        needed(hf, "encoder_layers"),
        needed(hf, "encoder_attention_heads"),
    )
    d_ff = needed(hf, "encoder_ffn_dim")
    refuse_others(
        hf,
        decoder_layers=n_layers,
        decoder_attention_heads=n_heads,
        decoder_ffn_dim=d_ff,
    )
    return TransformerConfig(
        source_vocab_size=needed(hf, "vocab_size"),
        target_vocab_size=needed(hf, "decoder_vocab_size"),
        d_model=needed(hf, "d_model"),
        n_layers=n_layers,
        n_heads=n_heads,
        d_ff=d_ff,
        max_seq_len=needed(hf, "max_position_embeddings"),
        dropout=float(hf.get("dropout", 0.1)),
        norm="post",
        norm_eps=NORM_EPS,
        pad_id=needed(hf, "pad_token_id"),
    )
