"""Small language models of every kind, with random weights that do not repeat."""

import torch

from heedful.nets import LanguageModel
from heedful.nets.language_config import LanguageModelConfig, gpt2, llama

V, LIMIT = 31, 41
SIZES = dict(vocab_size=V, d_model=24, n_layers=2, n_heads=4, max_seq_len=LIMIT)
CONFIGS = {
    "rotary": llama(**SIZES, n_kv_heads=2),
    "learned": gpt2(**SIZES, tie_embeddings=False),
    "alibi": LanguageModelConfig(**SIZES, positions="alibi"),
    "none": LanguageModelConfig(**SIZES, positions="none"),
    "window": llama(**SIZES, n_kv_heads=4, window=3),
    "learned-window": gpt2(**SIZES, tie_embeddings=False, window=3),
}


def random_model(config: LanguageModelConfig, seed: int = 0) -> LanguageModel:
    generator = torch.Generator().manual_seed(seed)
    model = LanguageModel(config, generator).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            spread = 1.0 if "emb" in name else 0.3
            weight.add_(torch.randn(weight.shape, generator=generator) * spread)
    return model


def random_prompt(length: int, seed: int = 0) -> list[int]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(V, (length,), generator=generator).tolist()
