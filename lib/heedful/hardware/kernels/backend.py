"""Triton, or what to do about its absence. The only module that imports it."""

import os
from importlib import import_module
from typing import Any

from torch import Tensor


class TritonError(RuntimeError):
    """Triton is not installed, or has nothing to run on. The message has the remedy."""


# A product and a sum may round once, as in every release so far. Unset, 3.9 warns.
os.environ.setdefault("TRITON_DEFAULT_FP_FUSION", "1")

try:
    triton: Any = import_module("triton")
    tl: Any = import_module("triton.language")
except ImportError as error:
    raise TritonError(
        "Triton is not installed; `make test-kernels` installs it (1 GB). "
        "What it computes is in heedful.hardware.kernels, in plain PyTorch"
    ) from error

INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
"""Triton asks once, when a kernel is defined."""


def check_runs(x: Tensor) -> None:
    """Raise `TritonError` if no kernel can run where `x` is."""
    if not (x.is_cuda or INTERPRETED):
        raise TritonError(
            f"a kernel needs a GPU, and the tensor is on {x.device}: set "
            "TRITON_INTERPRET=1 before Python starts to run it on the CPU, slowly"
        )
