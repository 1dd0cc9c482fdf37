"""Training in several processes."""

import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from .table import Gap, Same, gap, same, system

PROGRAM = Path(__file__).parents[1] / "ranks.py"


@cache
def trained() -> dict[str, Tensor]:
    """All weights in one row, after the same training alone and by each scheme."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, PROGRAM, folder], check=True)
        return {
            file.stem: torch.cat(
                [w.flatten() for _, w in sorted(load_file(file).items())]
            )
            for file in Path(folder).glob("*.safetensors")
        }


def row(scheme: str, parts: str) -> None:
    def measure() -> Gap:
        weights = trained()
        return gap(weights[scheme], weights["alone"])

    system(
        f"training in two processes, {scheme} parallel",
        f"parallel.joined parallel.schemes.{scheme} {parts}",
        "the weights after the same training in one",
        within=1e-5,
    )(measure)


row("data", "parallel.Share parallel.share_of")
row("sharded", "parallel.processes.Processes")
row("tensor", "")


@system(
    "parts of a spread model on disk",
    "parallel.parts.save_parts parallel.parts.load_parts",
    "the same weights put together by PyTorch and read by the package safetensors",
)
def parts() -> Same:
    weights = trained()
    return same(weights["read"].tolist(), weights["sharded"].tolist(), "weights")
