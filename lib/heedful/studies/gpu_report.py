"""Everything that only a GPU can tell, measured on one in less than eight minutes.

    python -m heedful.studies.gpu_report book/data

writes gpu.json, which chapter 07 shows; `make gpu-report` does it. Without a GPU it
says so and writes nothing.
"""

import json
import logging
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from heedful.hardware.gpus import GPUS
from heedful.studies.gpu_agreement import agreement
from heedful.studies.gpu_kernels import attentions, ceilings, matmul_sweep, softmaxes
from heedful.studies.gpu_models import generation, training
from heedful.train.run import circumstances

log = logging.getLogger(__name__)

FILE = "gpu.json"
COMMAND = "python -m heedful.studies.gpu_report book/data"
LIMIT = 400.0
"""Seconds after which no check begins; the longest takes about a minute."""

SHEETS = {
    "NVIDIA GeForce RTX 4090": "GeForce RTX 4090",
    "NVIDIA H100 80GB HBM3": "H100 SXM",
    "NVIDIA H200": "H200 SXM",
    "NVIDIA B200": "B200",
}
"""What the driver calls a GPU -> its name in `hardware.GPUS`."""

CHECKS: dict[str, Callable[[], Any]] = {
    "agreement": agreement,
    "ceilings": ceilings,
    "matmul_sweep": matmul_sweep,
    "softmax": softmaxes,
    "attention": attentions,
    "training": training,
    "generation": generation,
    "training, attention by the whole matrix": partial(training, in_tiles=False),
}
"""Name -> what measures it, on the GPU. Results are what JSON can hold."""


def record(
    folder: str | Path,
    checks: Mapping[str, Callable[[], Any]] = CHECKS,
    about: Callable[[], dict[str, Any]] | None = None,
    limit: float = LIMIT,
) -> dict[str, Any]:
    """Make all checks and write what they found to `folder`, as it also gives it.

    After each check, so that whatever ends the program ends only what is missing. A
    check that fails has its error under "failed", and the others go on.
    """
    start, path = time.perf_counter(), Path(folder) / FILE
    told: dict[str, Any] = {"command": COMMAND, "circumstances": circumstances()}
    told |= {"gpu": (about or gpu)(), "failed": {}, "seconds": {}}
    for name, check in checks.items():
        begin = time.perf_counter()
        if begin - start > limit:
            told["failed"][name] = f"not begun: {limit:.0f} seconds were over"
            continue
        log.info("%4.0f s  %s", begin - start, name)
        try:
            told[name] = check()
        except Exception as error:  # one failure must not cost the other numbers
            log.exception("%s failed", name)
            told["failed"][name] = f"{type(error).__name__}: {error}"[:500]
        told["seconds"][name] = round(time.perf_counter() - begin, 1)
        told["utilisation"] = utilisation(told)
        path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    return told


def gpu() -> dict[str, Any]:
    """What PyTorch knows of the GPU, and the peak of its sheet, if we have that."""
    here = torch.cuda.get_device_properties(0)
    sheet = GPUS[SHEETS[here.name]] if here.name in SHEETS else None
    return {
        "name": here.name,
        "memory": here.total_memory,
        "n_sms": here.multi_processor_count,
        "capability": f"{here.major}.{here.minor}",
        "cuda": torch.version.cuda,
        "triton": _triton_version(),
        "sheet": sheet and {"name": sheet.name, "bf16": sheet.bf16.value},
    }


def utilisation(told: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Operations per second of each training, as a share of what the GPU could do.

    Of the "sheet" (model-FLOP utilisation), and of the "product" of matrices that was
    measured; whichever is known.
    """
    peaks = {}
    if told["gpu"].get("sheet"):
        peaks["sheet"] = told["gpu"]["sheet"]["bf16"]
    if "ceilings" in told:
        peaks["product"] = told["ceilings"]["bfloat16"]
    return {
        name: {
            peak: told[name]["operations_per_second"] / x for peak, x in peaks.items()
        }
        for name in told
        if name.startswith("training")
    }


def disagreements(told: Mapping[str, Any]) -> list[str]:
    """What is wrong in a report: checks that failed, kernels unlike their twins."""
    wrong = [f"{name}: {error}" for name, error in told["failed"].items()]
    for row in told.get("agreement", []):
        if not row["agrees"]:
            wrong.append(
                "{kernel} in {dtype} is {difference:.1e} from its twin, "
                "{allowed:.0e} is allowed".format(**row)
            )
    return wrong


def main(arguments: list[str]) -> str | None:
    """Measure and write. What it gives is what went wrong, in words."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        return f"give the folder that {FILE} shall lie in, such as book/data"
    if not torch.cuda.is_available():
        return "there is no GPU here: nothing was measured, nothing was written"
    return "\n".join(disagreements(record(arguments[0]))) or None


def _triton_version() -> str | None:
    try:
        return version("triton")
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sys.exit(main(sys.argv[1:]))
