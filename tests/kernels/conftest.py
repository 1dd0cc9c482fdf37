"""On the GPU, or on the CPU by Triton's interpreter (`make test-kernels`)."""

import importlib.util
import os

import pytest
import torch

on_cpu = os.environ.get("TRITON_INTERPRET") == "1"
collect_ignore_glob = []
if not importlib.util.find_spec("triton") or not (on_cpu or torch.cuda.is_available()):
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def device():
    return "cpu" if on_cpu else "cuda"


@pytest.fixture(scope="session")
def half():
    """What a GPU multiplies fast. The interpreter takes bfloat16 for whole numbers."""
    return torch.float16 if on_cpu else torch.bfloat16
