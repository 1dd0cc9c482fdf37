"""Files that are not what was written: they are named, and good ones are read."""

import logging
import os
import random
import shutil
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from heedful.train import Run, loop, trained
from heedful.train.checkpoints import CHECKPOINTS, folder_of, last_checkpoint
from heedful.train.durable import MANIFEST

from .trial import CONFIG, Trial, Verdict, child, ended


def damage(content: bytes, rng: random.Random) -> tuple[str, bytes]:
    """A bit flipped, the end cut off or 4 KiB lost: what was done, and the result."""
    at = rng.randrange(len(content))
    kind = rng.choice(("bit", "cut", "zeros"))
    if kind == "cut":
        return f"cut to {at} bytes", content[:at]
    zeros = content[:at] + bytes(len(content[at : at + 4096])) + content[at + 4096 :]
    if kind == "zeros" and zeros != content:
        return f"4 KiB of zeros at byte {at}", zeros
    bit = rng.randrange(8)
    flipped = bytes([content[at] ^ 1 << bit])
    return f"bit {bit} of byte {at} flipped", content[:at] + flipped + content[at + 1 :]


def damaged_checkpoints(n: int, rng: random.Random, root: Path) -> Iterator[Verdict]:
    """A file of the last checkpoint is damaged, or that of another checkpoint."""
    trial, path = Trial(root), _unfinished(root)
    older, newer = sorted((path / CHECKPOINTS).glob("step-*"))
    for number in range(n):
        file = rng.choice(sorted(newer.iterdir()))
        content, of_another = file.read_bytes(), (older / file.name).read_bytes()
        is_stale = of_another != content and rng.random() < 0.2
        told, bad = ("of another", of_another) if is_stale else damage(content, rng)
        file.write_bytes(bad)
        found, said = _read(lambda: last_checkpoint(path))
        where = f"{newer} is damaged: "
        if is_stale and file.name == MANIFEST:
            is_named = any(where in line for line in said)
        else:
            is_named = any(f"{where}{file.name} " in line for line in said)
        if found is None or folder_of(found.step) != older.name:
            yield f"{file.name} {told}: {found and found.step} is read"
        elif not is_named:
            yield f"{file.name} {told}: but said was {said}"
        elif number % 100 == 0:  # not only read, but gone on from
            copy = trial.place()
            shutil.copytree(path, copy)
            code = ended(child(trial.training(copy)))
            yield "it ended otherwise" if code else trial.finish(copy)
        else:
            yield None
        file.write_bytes(content)


def damaged_runs(n: int, rng: random.Random, root: Path) -> Iterator[Verdict]:
    """A file of a finished run is damaged."""
    trial, path = Trial(root), root / "finished"
    assert ended(child(trial.training(path))) == 0
    whole = Run.load(path).model.state_dict()
    for _ in range(n):
        file = rng.choice(sorted(p for p in path.iterdir() if p.is_file()))
        content = file.read_bytes()
        told, bad = damage(content, rng)
        file.write_bytes(bad)
        run, said = _read(lambda: Run.load(path))
        file.write_bytes(content)
        is_same = all(run.model.state_dict()[key].equal(whole[key]) for key in whole)
        is_named = any(f"is damaged: {file.name} " in line for line in said)
        lost = "other weights are read" if not is_same else f"but said was {said}"
        yield None if is_same and is_named else f"{file.name} {told}: {lost}"


def _unfinished(root: Path) -> Path:
    """A run that died after its tenth step, with checkpoints of steps 4 and 8."""
    batches, path = loop.training_batches, root / "unfinished"

    def dying(*args: Any) -> Iterator[Any]:
        yield from islice(batches(*args), 10)
        os._exit(0)

    def work() -> None:
        loop.training_batches = dying
        trained(CONFIG, path, progress=False)

    assert ended(child(work)) == 0
    return path


def _read(read: Callable[[], Any]) -> tuple[Any, list[str]]:
    """What was read, and what the log said of it."""
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())
    log = logging.getLogger("heedful")
    log.addHandler(handler)
    try:
        return read(), said
    finally:
        log.removeHandler(handler)
