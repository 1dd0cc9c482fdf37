"""How fast a GPU trains a language model, and lets it write."""

import time
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from heedful.generate.continuation import complete
from heedful.nets.fused import fused
from heedful.nets.language_config import LanguageModelConfig, gpt2
from heedful.nets.language_model import LanguageModel
from heedful.scaling.flops import training_flops
from heedful.studies.gpu_timing import finish, seconds
from heedful.text.tokenizer import PAD_ID
from heedful.train.loss import token_loss

CONFIG = gpt2(vocab_size=50_304)
"""GPT-2's smallest, 124 million; the vocabulary is rounded up to a multiple of 64."""


def training(
    device: str = "cuda",
    config: LanguageModelConfig = CONFIG,
    in_tiles: bool = True,
    batch_size: int = 32,
    length: int = 1024,
    total: float = 3.0,
    backend: str = "inductor",
) -> dict[str, Any]:
    """Tokens and operations per second of `total` seconds of training, in bfloat16.

    On one batch, which the model learns by heart. Weights and AdamW are in float32,
    products in bfloat16; model and loss are compiled, in the first step.
    Operations are those of `scaling.training_flops`, which counts masked scores too.
    """
    torch.manual_seed(0)
    model = LanguageModel(config).to(device)
    model = fused(model) if in_tiles else model
    weights = list(model.parameters())
    on_gpu = torch.device(device).type == "cuda"
    optimizer = torch.optim.AdamW(weights, lr=3e-4, fused=on_gpu)
    shape = (batch_size, length + 1)
    rows = torch.randint(PAD_ID + 1, config.vocab_size, shape, device=device)
    tokens, goal = rows[:, :-1].contiguous(), rows[:, 1:].contiguous()
    compiled = torch.compile(_loss, backend=backend)
    losses: list[Tensor] = []

    def step() -> None:
        with torch.autocast(torch.device(device).type, torch.bfloat16):
            loss = compiled(model, tokens, goal)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())

    start = time.perf_counter()
    step()
    finish(device)
    first = time.perf_counter() - start
    per_step = seconds(step, device, total=total)
    operations = batch_size * training_flops(config, n_new=length)
    return {
        "config": vars(config) | {"n_parameters": sum(w.numel() for w in weights)},
        "attention": "fused" if in_tiles else "matrix",
        "batch_size": batch_size, "length": length,
        "seconds_to_first_step": first, "seconds_per_step": per_step,
        "tokens_per_second": batch_size * length / per_step,
        "operations_per_second": operations / per_step,
        "n_steps": len(losses), "losses": [float(losses[0]), float(losses[-1])],
    }  # fmt: skip


def generation(
    device: str = "cuda",
    config: LanguageModelConfig = CONFIG,
    batch_sizes: Sequence[int] = (1, 8, 64),
    prompt: int = 128,
    max_new: int = 128,
) -> dict[str, Any]:
    """Tokens per second that an untrained model writes, greedily, in bfloat16.

    Every token needs all weights, `weight_bytes`, read once for the whole batch.
    """
    torch.manual_seed(0)
    model = LanguageModel(config).to(device, torch.bfloat16).eval()
    rows = []
    for batch_size in batch_sizes:
        ids = torch.randint(config.vocab_size, (batch_size, prompt)).tolist()
        complete(model, ids, max_new=2)  # a first time is never typical
        finish(device)
        times = {}
        for n_new in (1, max_new):  # the first token is that of reading the prompt
            start = time.perf_counter()
            complete(model, ids, max_new=n_new)
            finish(device)
            times[n_new] = time.perf_counter() - start
        per_token = (times[max_new] - times[1]) / (max_new - 1)
        rows.append(
            dict(batch_size=batch_size, prompt=prompt, max_new=max_new)
            | dict(seconds_to_first=times[1], seconds_per_token=per_token)
            | dict(tokens_per_second=batch_size / per_token)
        )
    n_bytes = sum(weight.nbytes for weight in model.parameters())
    return {"weight_bytes": n_bytes, "rows": rows}


def _loss(model: LanguageModel, tokens: Tensor, goal: Tensor) -> Tensor:
    return token_loss(model(tokens).float(), goal)
