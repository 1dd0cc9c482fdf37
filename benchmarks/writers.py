"""Who writes: our two ways and transformers' `generate`, with the same weights."""

import time
from typing import Any

import torch

from heedful.generate import GREEDY, complete
from heedful.nets import LanguageModel
from heedful.nets.language_config import LanguageModelConfig
from heedful.nets.lean import lean


def writing(job):
    """Greedy generation at batch 1, all with the same random weights."""
    size, n_new = job["size"], job["steps"]
    config = LanguageModelConfig(**size, tie_embeddings=True)
    model = LanguageModel(config, torch.Generator().manual_seed(0)).eval()
    prompt = list(range(3, 19))
    n_weights = sum(weight.numel() for weight in model.parameters())
    told: dict[str, Any] = {
        "tokens": n_new,
        "work": n_new * sum(weight.nbytes for weight in model.parameters()),
        "weights": n_weights,
    }
    if job["family"] == "ours":
        model = lean(model) if job["kernels"] == "lean" else model

        def do_round():
            told["written"] = complete(model, [prompt], GREEDY, max_new=n_new)[0]

        return do_round, told
    from transformers import LlamaConfig, LlamaForCausalLM

    from heedful.interop import to_hugging_face

    settings, weights = to_hugging_face(model)
    theirs = LlamaForCausalLM(
        LlamaConfig(**settings, pad_token_id=0, attn_implementation="sdpa")
    ).eval()
    theirs.load_state_dict(weights, strict=False)
    theirs.tie_weights()
    tokens = torch.tensor([prompt])
    how = {"cache_implementation": "static"} if job["kernels"] == "static" else {}

    def do_round():
        with torch.inference_mode():
            out = theirs.generate(
                tokens,
                attention_mask=torch.ones_like(tokens),
                max_new_tokens=n_new,
                min_new_tokens=n_new,
                do_sample=False,
                **how,
            )
        told["written"] = out[0, len(prompt) :].tolist()

    return do_round, told


def generation(job):
    """Reading a prompt, then writing a few tokens: each timed by itself."""
    size, batch, length = job["size"], job["batch"], job["length"]
    config = LanguageModelConfig(**size, tie_embeddings=True)
    model = lean(LanguageModel(config).eval())
    prompt = torch.randint(size["vocab_size"], (batch, length))
    told: dict[str, Any] = {}

    @torch.inference_mode()
    def do_round():
        cache = model.new_cache(batch, length + job["steps"])
        start = time.perf_counter()
        logits = model(prompt, cache, n_last=1)
        middle = time.perf_counter()
        for _ in range(job["steps"]):
            logits = model(logits[:, -1].argmax(-1, keepdim=True), cache)
        told["token_seconds"] = (time.perf_counter() - middle) / job["steps"]
        told["prompt_seconds"] = middle - start

    return do_round, told
