"""Join the processes that torchrun has started, if it has, and leave them again."""

import logging
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta

import torch
import torch.distributed as dist

from heedful.train.engine import ALONE, Engine

SCHEMES = ("data", "sharded", "tensor")
WAIT = timedelta(minutes=10)
"""How long one process waits for another that is there and does not answer."""

REST = 0.1
"""Seconds in which gloo's threads can let go of their last tensors.

For that they need Python's lock. Whoever frees the group waits for them and holds it:
without a rest a process sometimes never ended.
"""


class LostError(RuntimeError):
    """Another process of this run has ended, or does not answer."""


@contextmanager
def joined(scheme: str) -> Iterator[Engine]:
    """Inside, the engine of all processes that torchrun started with this one.

    Without torchrun, and where it starts one process, that is `ALONE`. They talk by
    NCCL if each has a GPU of its own, else by gloo. Raises `ValueError` for an unknown
    scheme and `LostError` when another process is gone.
    """
    if scheme not in SCHEMES:
        raise ValueError(f"scheme={scheme!r} must be one of {', '.join(SCHEMES)}")
    size = int(os.environ.get("WORLD_SIZE", 1))
    if size == 1:
        yield ALONE
        return
    # More than a second to load, which a single process need not wait for.
    from torch.distributed.tensor.experimental import implicit_replication

    from heedful.parallel.processes import Processes

    rank, here = (int(os.environ[name]) for name in ("RANK", "LOCAL_RANK"))
    device = torch.device("cpu")
    if torch.cuda.device_count() >= int(os.environ["LOCAL_WORLD_SIZE"]):
        device = torch.device("cuda", here)
        torch.cuda.set_device(device)
    if rank > 0:  # all would say the same
        logging.getLogger("heedful").setLevel(logging.ERROR)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=WAIT)
    try:
        # A model cut by tensor parallelism has parts and whole weights side by side.
        with implicit_replication() if scheme == "tensor" else nullcontext():
            yield Processes(scheme, rank, size, device)
    except RuntimeError as error:
        # gloo has no error of its own, only its name in the message.
        if isinstance(error, dist.DistError) or "gloo" in str(error):
            # Who says how to go on must not be ended by torchrun before it has.
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            raise LostError(f"process {rank} of {size} has lost another") from error
        raise
    finally:
        time.sleep(REST)
        dist.destroy_process_group()
