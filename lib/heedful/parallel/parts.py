"""A spread model on disk: each process writes and reads its own parts.

For a model of which no process can hold the whole. PyTorch's distributed checkpoint, in
its form of safetensors, so there is no pickle in it either. What some processes have
written can be read by any other number of them, spread in another way or not at all;
and a run's `model.safetensors` is read as well.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch.distributed as dist
from torch import nn
from torch.distributed.checkpoint.hf_storage import (
    HuggingFaceStorageReader,
    HuggingFaceStorageWriter,
)
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save

from heedful.parallel.processes import bare
from heedful.train.run import RunError


def save_parts(trained: nn.Module, folder: Path) -> None:
    """Write the weights into `folder`, one file of safetensors for each process.

    All processes must call this, with a folder that all can see.
    """
    writer = HuggingFaceStorageWriter(str(folder), save_distributed=True)
    with _perhaps_alone() as alone:
        save(bare(trained).state_dict(), storage_writer=writer, no_dist=alone)


def load_parts(trained: nn.Module, folder: Path) -> None:
    """Fill a model, whole or spread in whatever way, with the weights in `folder`.

    All processes must call this. Raises `RunError` if there are none.
    """
    if not any(Path(folder).glob("*.safetensors")):
        raise RunError(f"{folder} has no weights: no file ends in .safetensors")
    reader = HuggingFaceStorageReader(str(folder))
    with _perhaps_alone() as alone:  # the tensors of the state are the model's own
        load(bare(trained).state_dict(), storage_reader=reader, no_dist=alone)


@contextmanager
def _perhaps_alone() -> Iterator[bool]:
    """Whether there is no other process, of which PyTorch need not warn."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "torch.distributed is disabled", UserWarning)
        yield not dist.is_initialized()
