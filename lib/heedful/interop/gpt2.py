"""GPT-2: queries, keys and values in one matrix, and every matrix lying down."""

from typing import Any

import torch

from heedful.interop.names import NameTable, Settings, Weights, needed, refuse_others
from heedful.nets.language_config import LanguageModelConfig

NAMES = NameTable(
    top={
        "tok_emb": "transformer.wte",
        "pos_emb": "transformer.wpe",
        "final_norm": "transformer.ln_f",
        "lm_head": "lm_head",
    },
    stacks={"blocks": "transformer.h"},
    layer={
        "attn_norm": "ln_1",
        "attn.q_proj": "attn.q",
        "attn.k_proj": "attn.k",
        "attn.v_proj": "attn.v",
        "attn.o_proj": "attn.c_proj",
        "ffn_norm": "ln_2",
        "ffn.up_proj": "mlp.c_fc",
        "ffn.down_proj": "mlp.c_proj",
    },
)
"""`attn.q`, `.k` and `.v` exist only between `unfused` and `fused`."""


def read_config(hf: Settings) -> LanguageModelConfig:
    """Our config from GPT-2's config.json.

    Raises `ValueError` for an activation other than GELU in tanh form and for the
    scalings of attention that some descendants have.
    """
    refuse_others(
        hf,
        activation_function="gelu_new",
        scale_attn_weights=True,
        scale_attn_by_inverse_layer_idx=False,
        add_cross_attention=False,
    )
    d_model = needed(hf, "n_embd")
    return LanguageModelConfig(
        vocab_size=needed(hf, "vocab_size"),
        d_model=d_model,
        n_layers=needed(hf, "n_layer"),
        n_heads=needed(hf, "n_head"),
        d_ff=hf.get("n_inner") or 4 * d_model,
        max_seq_len=needed(hf, "n_positions"),
        norm="layer",
        norm_eps=float(hf.get("layer_norm_epsilon", 1e-5)),
        ffn="gelu",
        bias=True,
        positions="learned",
        tie_embeddings=hf.get("tie_word_embeddings", True),
        dropout=float(hf.get("resid_pdrop", 0.1)),
    )


def write_config(config: LanguageModelConfig) -> dict[str, Any]:
    """config.json of our model. Raises `ValueError` for one that is no GPT-2."""
    c = config
    if c.n_kv_heads not in (None, c.n_heads) or c.window or not c.bias:
        raise ValueError(
            f"n_kv_heads={c.n_kv_heads}, window={c.window}, bias={c.bias}: a GPT-2 has "
            f"n_kv_heads={c.n_heads}, no window, and biases"
        )
    return dict(
        architectures=["GPT2LMHeadModel"],
        model_type="gpt2",
        vocab_size=c.vocab_size,
        n_embd=c.d_model,
        n_layer=c.n_layers,
        n_head=c.n_heads,
        n_inner=c.d_ff,
        n_positions=c.max_seq_len,
        layer_norm_epsilon=c.norm_eps,
        activation_function="gelu_new",
        resid_pdrop=c.dropout,
        embd_pdrop=c.dropout,
        attn_pdrop=0.0,
        tie_word_embeddings=c.tie_embeddings,
        bos_token_id=None,
        eos_token_id=None,
    )


def unfused(weights: Weights) -> Weights:
    """Matrices stood up and cut into query, key and value; full names; no buffers."""
    out = {}
    for name, weight in weights.items():
        if name.endswith((".attn.bias", ".attn.masked_bias")):
            continue  # old files hold the causal mask, too
        if not name.startswith(("transformer.", "lm_head.")):
            name = "transformer." + name  # the published files leave this out
        part, kind = name.rsplit(".", 1)
        # (D_in, D_out) -> (D_out, D_in): they write x W where we write x W^T
        weight = weight.mT.contiguous() if _is_matrix(part, kind) else weight
        if part.endswith("attn.c_attn"):
            layer = part.removesuffix("c_attn")
            for letter, piece in zip("qkv", weight.chunk(3)):
                out[f"{layer}{letter}.{kind}"] = piece.contiguous()
        else:
            out[name] = weight
    return out


def fused(weights: Weights) -> Weights:
    """The reverse of `unfused`."""
    out = {}
    for name, weight in weights.items():
        part, kind = name.rsplit(".", 1)
        if part.endswith(("attn.k", "attn.v")):
            continue  # they go with their query
        if part.endswith("attn.q"):
            layer = part.removesuffix("q")
            weight = torch.cat([weights[f"{layer}{letter}.{kind}"] for letter in "qkv"])
            part = f"{layer}c_attn"
        weight = weight.mT.contiguous() if _is_matrix(part, kind) else weight
        out[f"{part}.{kind}"] = weight
    return out


def _is_matrix(part: str, kind: str) -> bool:
    return kind == "weight" and part.endswith(("c_attn", "c_proj", "c_fc"))
