import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import heedful
from heedful.hardware.kernels import triton_softmax
from heedful.hardware.kernels.backend import TritonError

LIB = Path(heedful.__file__).parents[1]
COMPILED = Path(__file__).parent / "compiled.py"
MOST = 99 * 1024
"""Bytes of shared memory that a program may have on the smaller of the two."""


def python(*args, **changes):
    paths = [str(LIB), os.environ.get("PYTHONPATH", "")]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(paths)} | changes
    return subprocess.run(
        [sys.executable, *map(str, args)], env=env, capture_output=True, text=True
    )


def test_every_kernel_compiles_for_gpus_that_are_not_there():
    done = python(COMPILED, TRITON_INTERPRET="0")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert set(found) == {"RTX 4090", "H100"}
    for kernels in found.values():
        assert len(kernels) == 7
        assert max(kernels.values()) <= MOST
        assert kernels["tiled"] >= 2 * 2 * 32 * (128 + 128)  # two tiles of a and b


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_the_interpreter_is_named():
    script = """
import torch
from heedful.hardware.kernels import triton_softmax
triton_softmax.online_softmax(torch.zeros(3))
"""
    done = python("-c", script, TRITON_INTERPRET="0")
    last = done.stderr.splitlines()[-1]
    assert "TritonError: a kernel needs a GPU, and the tensor is on cpu" in last
    assert "set TRITON_INTERPRET=1 before Python starts" in last


def test_a_reader_without_triton_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "triton", None)  # as if it were not installed
    monkeypatch.delitem(sys.modules, "heedful.hardware.kernels.backend")
    monkeypatch.delitem(sys.modules, triton_softmax.__name__)
    with pytest.raises(Exception, match="make test-kernels") as told:
        __import__(triton_softmax.__name__)
    assert type(told.value).__name__ == TritonError.__name__
