"""Llama and Mistral: the same parts under other names.

Hugging Face's files keep the rotary pairs in halves, as `heedful.nets.rotate` does;
Meta's own files interleave them and are not covered.
"""

from typing import Any

from heedful.interop.names import NameTable, Settings, needed, refuse_others
from heedful.nets.language_config import LanguageModelConfig
from heedful.nets.positions import RopeScaling

NAMES = NameTable(
    top={
        "tok_emb": "model.embed_tokens",
        "final_norm": "model.norm",
        "lm_head": "lm_head",
    },
    stacks={"blocks": "model.layers"},
    layer={
        "attn_norm": "input_layernorm",
        "attn.q_proj": "self_attn.q_proj",
        "attn.k_proj": "self_attn.k_proj",
        "attn.v_proj": "self_attn.v_proj",
        "attn.o_proj": "self_attn.o_proj",
        "ffn_norm": "post_attention_layernorm",
        "ffn.gate_proj": "mlp.gate_proj",
        "ffn.up_proj": "mlp.up_proj",
        "ffn.down_proj": "mlp.down_proj",
    },
)


def read_config(hf: Settings) -> LanguageModelConfig:
    """Our config from config.json of a Llama or Mistral.

    Raises `ValueError` for what we do not compute: another activation, heads wider
    or narrower than d_model / n_heads, biases in only a part of the layers, rotary
    scaling of another kind than Llama 3.1's.
    """
    refuse_others(hf, hidden_act="silu", mlp_bias=hf.get("attention_bias", False))
    d_model, n_heads = needed(hf, "hidden_size"), needed(hf, "num_attention_heads")
    if hf.get("head_dim") is not None:
        refuse_others(hf, head_dim=d_model // n_heads)
    theta, scaling = _read_rope(hf)
    return LanguageModelConfig(
        vocab_size=needed(hf, "vocab_size"),
        d_model=d_model,
        n_layers=needed(hf, "num_hidden_layers"),
        n_heads=n_heads,
        n_kv_heads=hf.get("num_key_value_heads"),
        d_ff=needed(hf, "intermediate_size"),
        max_seq_len=needed(hf, "max_position_embeddings"),
        norm_eps=float(hf.get("rms_norm_eps", 1e-6)),
        bias=hf.get("attention_bias", False),
        rope_theta=theta,
        rope_scaling=scaling,
        window=hf.get("sliding_window"),
        tie_embeddings=hf.get("tie_word_embeddings", False),
    )


def write_config(config: LanguageModelConfig) -> dict[str, Any]:
    """config.json of our model: a Mistral if it has a `window`, a Llama if not.

    Dropout is not in it. Raises `ValueError` for a model that is neither.
    """
    c = config
    hf: dict[str, Any] = dict(
        architectures=["LlamaForCausalLM"],
        model_type="llama",
        vocab_size=c.vocab_size,
        hidden_size=c.d_model,
        num_hidden_layers=c.n_layers,
        num_attention_heads=c.n_heads,
        num_key_value_heads=c.n_kv_heads or c.n_heads,
        head_dim=c.d_head,
        intermediate_size=c.d_ff,
        max_position_embeddings=c.max_seq_len,
        rms_norm_eps=c.norm_eps,
        hidden_act="silu",
        tie_word_embeddings=c.tie_embeddings,
        bos_token_id=None,
        eos_token_id=None,
        **_write_rope(c),
    )
    if c.window is None:
        return hf | dict(attention_bias=c.bias, mlp_bias=c.bias)
    if c.bias:
        raise ValueError(f"window={c.window} makes it a Mistral, which has no bias")
    mistral = dict(architectures=["MistralForCausalLM"], model_type="mistral")
    return hf | mistral | dict(sliding_window=c.window)


def _read_rope(hf: Settings) -> tuple[float, RopeScaling | None]:
    # transformers 5 keeps all in rope_parameters; 4 had rope_theta and rope_scaling.
    rope = hf.get("rope_parameters") or hf.get("rope_scaling") or {}
    theta = float(rope.get("rope_theta") or hf.get("rope_theta") or 10_000.0)
    refuse_others(rope, partial_rotary_factor=1.0)
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind == "default":
        return theta, None
    if kind != "llama3":
        raise ValueError(f"rope_type={kind!r} is not covered, only 'llama3'")
    return theta, RopeScaling(
        factor=float(needed(rope, "factor")),
        low=float(needed(rope, "low_freq_factor")),
        high=float(needed(rope, "high_freq_factor")),
        original_max_seq_len=needed(rope, "original_max_position_embeddings"),
    )


def _write_rope(c: LanguageModelConfig) -> dict[str, Any]:
    """Both spellings, so that transformers 4 and 5 read the same numbers."""
    scaling: dict[str, Any] = dict(rope_type="default")
    if c.rope_scaling is not None:
        scaling = dict(
            rope_type="llama3",
            factor=c.rope_scaling.factor,
            low_freq_factor=c.rope_scaling.low,
            high_freq_factor=c.rope_scaling.high,
            original_max_position_embeddings=c.rope_scaling.original_max_seq_len,
        )
    parameters = dict(rope_theta=c.rope_theta, **scaling)
    return dict(
        rope_theta=c.rope_theta,
        rope_scaling=scaling if c.rope_scaling else None,
        rope_parameters=parameters,
    )
