"""Train a small model alone and in two processes by each scheme.

    python tools/ranks.py FOLDER

FOLDER then has the weights of each, and those of a sharded model a second time: as one
process read them from the parts that two had written.
"""

import multiprocessing
import os
import socket
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.distributed import fsdp, tensor  # noqa: F401  loaded once, before the fork

from heedful.nets import LanguageModel, LanguageModelConfig
from heedful.parallel import joined
from heedful.parallel.launch import SCHEMES
from heedful.parallel.parts import load_parts, save_parts
from heedful.text.packing import TextBatch, packed_batches
from heedful.train import Recipe, fit

CONFIG = LanguageModelConfig(
    vocab_size=23, d_model=24, n_layers=2, n_heads=4, d_ff=20, max_seq_len=13
)
RECIPE = Recipe(n_steps=5, batch_size=11, n_warmup=2, evaluate_every=5)


def in_processes(size, do, *args):
    """Call a function in `size` processes like torchrun's; how each one ended.

    They are forked from this one, which has loaded PyTorch: that takes seconds.
    """
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    context = multiprocessing.get_context("fork")
    children = [
        context.Process(target=_as_rank, args=(rank, size, port, do, args))
        for rank in range(size)
    ]
    for process in children:
        process.start()
    for process in children:
        process.join(300)
    codes = [process.exitcode for process in children]
    for process in children:
        process.kill()
    return codes


def _as_rank(rank, size, port, do, args):
    torch.set_num_threads(1)
    os.environ |= {
        "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(size),
        "LOCAL_WORLD_SIZE": str(size), "MASTER_ADDR": "localhost",
        "MASTER_PORT": str(port),
    }  # fmt: skip
    do(*args)


def drawn(seed):
    """A model with weights of its own."""
    return LanguageModel(CONFIG, torch.Generator().manual_seed(seed))


def train(name, scheme, folder):
    """One process. The rows do not divide evenly; the first writes the weights."""
    model = drawn(0)
    draw = torch.Generator().manual_seed(1)
    tokens = torch.randint(3, CONFIG.vocab_size, (35, 14), generator=draw)
    rows = TextBatch(tokens[:, :-1], tokens[:, 1:])
    batches = packed_batches(rows, RECIPE.batch_size, 0)
    with joined(scheme) as engine:
        spread = engine.spread(model)
        fit(spread, batches, RECIPE, rows.in_batches(17), progress=False, engine=engine)
        if name == "sharded":
            save_parts(spread, folder / "parts")
        engine.collect(spread, model)
    if engine.is_first:
        save_file(model.state_dict(), folder / f"{name}.safetensors")


def main(folder):
    for name in "alone", *SCHEMES:
        size, scheme = (1, "data") if name == "alone" else (2, name)
        assert not any(in_processes(size, train, name, scheme, folder))
    whole = drawn(2)
    load_parts(whole, folder / "parts")
    save_file(whole.state_dict(), folder / "read.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
