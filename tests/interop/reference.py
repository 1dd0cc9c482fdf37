"""Small models of `transformers`, with every weight random."""

import torch
from torch import nn
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
)

V, LIMIT = 31, 41
LLAMA_3_1 = dict(
    rope_type="llama3",
    rope_theta=97.0,
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=31,
)
"""Of the 5 pairs of a head, some keep their speed, some lose it, some in between."""


def shaken(model: nn.Module) -> nn.Module:
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight) * 0.3)
    return model.eval()


def hf_llama(**changes) -> nn.Module:
    return shaken(LlamaForCausalLM(LlamaConfig(**_llama_sizes() | changes)))


def hf_mistral(**changes) -> nn.Module:
    return shaken(MistralForCausalLM(MistralConfig(**_llama_sizes() | changes)))


def hf_gpt2(**changes) -> nn.Module:
    sizes = dict(
        vocab_size=V, n_embd=30, n_layer=2, n_head=3, n_positions=LIMIT,
        n_inner=37, layer_norm_epsilon=0.01, bos_token_id=None, eos_token_id=None,
    )  # fmt: skip
    return shaken(GPT2LMHeadModel(GPT2Config(**sizes | changes)))


def _llama_sizes() -> dict:
    return dict(
        vocab_size=V, hidden_size=60, num_hidden_layers=2, num_attention_heads=6,
        num_key_value_heads=2, intermediate_size=37, max_position_embeddings=LIMIT,
        rms_norm_eps=0.01, bos_token_id=None, eos_token_id=None,
    )  # fmt: skip


HF_MODELS = {
    "full": lambda: hf_llama(num_key_value_heads=6),
    "grouped": hf_llama,
    "multi-query": lambda: hf_llama(num_key_value_heads=1),
    "tied": lambda: hf_llama(tie_word_embeddings=True),
    "llama-3.1": lambda: hf_llama(rope_parameters=LLAMA_3_1),
    "llama-3.1-tied": lambda: hf_llama(
        rope_parameters=LLAMA_3_1, tie_word_embeddings=True
    ),
    "biased": lambda: hf_llama(attention_bias=True, mlp_bias=True),
    "mistral": lambda: hf_mistral(sliding_window=5),
    "mistral-full": lambda: hf_mistral(sliding_window=5, num_key_value_heads=6),
    "mistral-multi-query": lambda: hf_mistral(sliding_window=5, num_key_value_heads=1),
    "gpt2": hf_gpt2,
    "gpt2-untied": lambda: hf_gpt2(tie_word_embeddings=False, n_inner=None),
}
