"""Train a small model alone and in two processes by each scheme.

    python tools/systems/ranks.py FOLDER

FOLDER then has the weights of each. The processes are forked from this one, which has
loaded PyTorch, and get the environment that torchrun would give them.
"""

import os
import socket
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.distributed import fsdp, tensor  # noqa: F401  loaded once, before the fork
from torch.multiprocessing import start_processes

from heedful.nets import LanguageModel, LanguageModelConfig
from heedful.parallel import joined
from heedful.parallel.launch import SCHEMES
from heedful.text.packing import TextBatch, packed_batches
from heedful.train import Recipe, fit

CONFIG = LanguageModelConfig(
    vocab_size=23, d_model=24, n_layers=2, n_heads=4, d_ff=20, max_seq_len=13
)
RECIPE = Recipe(n_steps=5, batch_size=11, n_warmup=2, evaluate_every=5)


def train(rank: int, size: int, scheme: str, port: int, file: Path) -> None:
    """One process. The rows do not divide evenly; the first writes the weights."""
    torch.set_num_threads(1)
    os.environ |= {
        "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(size),
        "LOCAL_WORLD_SIZE": str(size), "MASTER_ADDR": "localhost",
        "MASTER_PORT": str(port),
    }  # fmt: skip
    model = LanguageModel(CONFIG, torch.Generator().manual_seed(0))
    draw = torch.Generator().manual_seed(1)
    tokens = torch.randint(3, CONFIG.vocab_size, (35, 14), generator=draw)
    rows = TextBatch(tokens[:, :-1], tokens[:, 1:])
    batches = packed_batches(rows, RECIPE.batch_size, 0)
    with joined(scheme) as engine:
        spread = engine.spread(model)
        fit(spread, batches, RECIPE, rows.in_batches(17), progress=False, engine=engine)
        engine.collect(spread, model)
    if engine.is_first:
        save_file(model.state_dict(), file)


def main(folder: Path) -> None:
    for name, size in ("alone", 1), *((scheme, 2) for scheme in SCHEMES):
        with socket.socket() as free:
            free.bind(("localhost", 0))
            port = free.getsockname()[1]
        scheme = name if size > 1 else "data"
        given = size, scheme, port, folder / f"{name}.safetensors"
        start_processes(train, given, size, start_method="fork")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
