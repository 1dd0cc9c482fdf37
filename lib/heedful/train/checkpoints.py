"""The checkpoints of a run: which there are, which is the last good one.

`checkpoints/` in the folder of a run has a folder for each, and `latest`, which names
one. A checkpoint is finished before `latest` names it, and the one before it is kept.
"""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from heedful.train.durable import (
    DamageError,
    read_folder,
    remove_folder,
    write_file,
    write_folder,
)

CHECKPOINTS, LATEST, STATE = "checkpoints", "latest", "state.json"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checkpoint:
    """What was saved after a number of steps: files by name, all verified."""

    step: int
    files: Mapping[str, bytes]


def folder_of(step: int) -> str:
    """The name of a checkpoint's folder: step-00000300."""
    return f"step-{step:08}"


def write_checkpoint(run: Path, checkpoint: Checkpoint, keep: int = 0) -> None:
    """Add a checkpoint to the folder of a run.

    All others are removed, but the one that was the latest and that of the step
    `keep`. Raises `OSError`; then all that was there is there.
    """
    place, step = run / CHECKPOINTS, checkpoint.step
    before = _latest(place)
    write_folder(place / folder_of(step), checkpoint.files)
    write_file(place / LATEST, f"{folder_of(step)}\n".encode())
    _remove_all_but(place, {step, before, keep})


def keep_only(run: Path, step: int) -> None:
    """Remove all checkpoints but that of this step, which is the latest."""
    _remove_all_but(run / CHECKPOINTS, {step})


def read_checkpoint(run: Path, step: int) -> Checkpoint:
    """One checkpoint. Raises `DamageError` naming the file that is damaged."""
    files = read_folder(run / CHECKPOINTS / folder_of(step))
    found = json.loads(files.get(STATE, b"{}")).get("step")
    if found != step:
        raise DamageError(f"{STATE} is of step {found}")
    return Checkpoint(step, files)


def last_checkpoint(run: Path) -> Checkpoint | None:
    """The latest checkpoint, or if it is damaged the newest that is not.

    The log names what is damaged. None if there is no good one.
    """
    place = run / CHECKPOINTS
    steps, latest = sorted(_steps(place), reverse=True), _latest(place)
    if latest in steps:
        steps = [latest, *(step for step in steps if step != latest)]
    elif steps:
        log.warning("%s is damaged; looking for the newest checkpoint", place / LATEST)
    for step in steps:
        try:
            return read_checkpoint(run, step)
        except DamageError as error:
            log.warning(
                "the checkpoint %s is damaged: %s", place / folder_of(step), error
            )
    return None


def _steps(place: Path) -> list[int]:
    names = os.listdir(place) if os.path.isdir(place) else []
    return [step for name in names if (step := _step(name))]


def _step(name: str) -> int:
    """The step of a checkpoint's folder; 0 for anything else."""
    digits = name.removeprefix("step-")
    step = int(digits) if digits.isascii() and digits.isdecimal() else 0
    return step if name == folder_of(step) else 0


def _latest(place: Path) -> int:
    try:
        return _step((place / LATEST).read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError):
        return 0


def _remove_all_but(place: Path, kept: set[int]) -> None:
    for step in _steps(place):
        if step not in kept:
            remove_folder(place / folder_of(step))
