"""A small Llama in a GGUF file, written as llama.cpp's converter writes one."""

import gguf
import torch
from gguf import GGMLQuantizationType as Kind
from gguf import quants

from .made_up_tokenizer import SETTINGS, TOKENS
from .reference import hf_llama

MATRICES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
NORMS = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}


def small(**changes):
    """Blocks are 32 numbers wide, so these sizes cannot be primes."""
    sizes = dict(
        vocab_size=len(TOKENS), hidden_size=96, num_attention_heads=3,
        intermediate_size=160, num_key_value_heads=1, tie_word_embeddings=True,
        rope_parameters=dict(rope_type="default", rope_theta=97.0),
    )  # fmt: skip
    return hf_llama(**sizes | changes)


def write(path, model, matrices=Kind.Q4_1, **changes):
    """`model` is a `LlamaForCausalLM`; of `changes`, None leaves a setting out."""
    c, weights = model.config, model.state_dict()
    file = gguf.GGUFWriter(path, "llama")
    settings = {
        "general.name": "small",
        "llama.context_length": c.max_position_embeddings,
        "llama.embedding_length": c.hidden_size,
        "llama.block_count": c.num_hidden_layers,
        "llama.feed_forward_length": c.intermediate_size,
        "llama.attention.head_count": c.num_attention_heads,
        "llama.attention.head_count_kv": c.num_key_value_heads,
        "llama.attention.layer_norm_rms_epsilon": c.rms_norm_eps,
        "llama.rope.dimension_count": c.hidden_size // c.num_attention_heads,
        "llama.rope.freq_base": c.rope_parameters["rope_theta"],
        **SETTINGS,
    }
    for name, value in (settings | changes).items():
        if value is None:
            continue
        add = {
            str: file.add_string, int: file.add_uint32, float: file.add_float32,
            list: file.add_array,
        }[type(value)]  # fmt: skip
        add(name, value)
    _add(file, "token_embd.weight", weights["model.embed_tokens.weight"], Kind.Q8_0)
    _add(file, "output_norm.weight", weights["model.norm.weight"], Kind.F32)
    if not c.tie_word_embeddings:
        _add(file, "output.weight", weights["lm_head.weight"], Kind.Q8_0)
    for i in range(c.num_hidden_layers):
        for names, kind in ((NORMS, Kind.F32), (MATRICES, matrices)):
            for theirs, name in names.items():
                weight = weights[f"model.layers.{i}.{theirs}.weight"]
                if name in ("attn_q", "attn_k"):
                    weight = in_pairs(weight, c.hidden_size // c.num_attention_heads)
                _add(file, f"blk.{i}.{name}.weight", weight, kind)
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()
    return path


def in_pairs(weight, d_head):
    """Row i of a head's first half, then row i of its second half, and so on."""
    heads = weight.split(d_head)
    rows = [
        row
        for head in heads
        for pair in zip(head[: d_head // 2], head[d_head // 2 :])
        for row in pair
    ]
    return torch.stack(rows)


def _add(file, name, weight, kind):
    data = weight.float().numpy()
    if kind == Kind.F32:
        file.add_tensor(name, data)
    else:
        file.add_tensor(name, quants.quantize(data, kind), raw_dtype=kind)
