"""A power failure: what was not flushed may be lost.

Every change that a training makes to files is written down. Then the disk is put
together as it may be found when the power failed after any of them: the names that
were not flushed (fsync of their folder) are there up to some point, and of the files
that were not flushed there is all, the half or nothing.
"""

import hashlib
import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import safetensors.torch

from heedful.train import Run, RunError, train
from heedful.train.checkpoints import last_checkpoint
from heedful.train.keeper import Keeper

from .disk import Disk
from .trial import SHORT, Trial, Verdict

Event = tuple[str, tuple]


@dataclass(eq=False)
class File:
    """Its content, and whether that was flushed."""

    content: bytes
    is_flushed: bool = False


@dataclass(eq=False)
class Folder:
    """The names as the process sees them, and those that are on the disk for sure."""

    names: dict[str, "File | Folder"] = field(default_factory=dict)
    kept: dict[str, "File | Folder"] = field(default_factory=dict)


Change = tuple[Folder, dict[str, File | Folder | None]]
"""Names of a folder that get something, or go where that is None: all at once."""


class Recorder(Disk):
    """Writes down what a training does below `root`, and what it promises."""

    def __init__(self, root: Path):
        super().__init__(root)
        self.events: list[Event] = []

    def happens(self, kind: str, *what: object) -> None:
        if self.is_on:
            self.events.append((kind, what))


def power_failures(n: int, rng: random.Random, root: Path) -> Iterator[Verdict]:
    """A power failure after some change of a file, in a run that replaces another."""
    Trial(root, SHORT)
    path = root / "power" / "run"
    train(replace(SHORT, seed=1), path, progress=False)
    before = {p: p.read_bytes() for p in path.rglob("*") if p.is_file()}
    events = _recorded(path)
    written = [what[1] for kind, what in events if kind == "write"]
    known = {_weights(content) for content in written if _is_model(content)}
    known |= {_weights(c) for p, c in before.items() if p.name == "model.safetensors"}
    for _ in range(n):
        shutil.rmtree(path.parent)
        last = rng.randrange(1, len(events) + 1)
        top, unsure = replayed(path.parent, before, events[:last])
        n_more = rng.randrange(len(unsure) + 1)
        for folder, names in unsure[:n_more]:
            _update(folder.kept, names)
        share = rng.choice((0, 0.5, 1))
        _put(top, path.parent, share)
        lost = _lost(path, events[:last], known)
        yield lost and (
            f"after change {last} of {len(events)}, {n_more} of {len(unsure)} names, "
            f"{share} of what was not flushed: {lost}"
        )


def _recorded(path: Path) -> list[Event]:
    recorder, save = Recorder(path.parent), Keeper._save

    def promising(keeper: Keeper, step: int) -> None:
        save(keeper, step)
        recorder.events.append(("promise", (step,)))

    Keeper._save = promising
    try:
        train(SHORT, path, progress=False)
        recorder.events.append(("finished", ()))
    finally:
        Keeper._save, recorder.is_on = save, False
    return recorder.events


def replayed(
    root: Path, files: dict[Path, bytes], events: list[Event]
) -> tuple[Folder, list[Change]]:
    """The folder with what is there for sure, and the changes that need not be.

    `files` were there before.
    """
    top = Folder()
    unsure: list[Change] = []

    def find(path: str) -> tuple[Folder, str]:
        *parts, name = Path(path).relative_to(root).parts
        folder = top
        for part in parts:
            folder = folder.names[part]
        return folder, name

    def change(folder: Folder, names: dict[str, File | Folder | None]) -> None:
        _update(folder.names, names)
        unsure.append((folder, names))

    for file, content in files.items():
        folder = top
        for part in file.relative_to(root).parts[:-1]:
            folder = folder.names.setdefault(part, Folder())
        folder.names[file.name] = File(content, is_flushed=True)
    _keep_all(top)
    for kind, what in events:
        if kind in ("promise", "finished") or what[0] == os.fspath(root):
            if kind == "flush":
                top.kept = dict(top.names)
                unsure = [(folder, names) for folder, names in unsure if folder != top]
            continue
        folder, name = find(what[0])
        there = folder.names.get(name)
        if kind == "create":
            change(folder, {name: File(b"")})
        elif kind == "mkdir":
            change(folder, {name: Folder()})
        elif kind == "write":
            there.content = what[1]
        elif kind == "rename":
            change(folder, {name: None, Path(what[1]).name: there})
        elif kind in ("remove", "rmdir"):
            change(folder, {name: None})
        elif isinstance(there, File):
            there.is_flushed = True
        else:
            there.kept = dict(there.names)
            unsure = [(owner, names) for owner, names in unsure if owner != there]
    return top, unsure


def _update(names: dict, changed: dict) -> None:
    for name, there in changed.items():
        if there is None:
            names.pop(name, None)
        else:
            names[name] = there


def _keep_all(folder: Folder) -> None:
    folder.kept = dict(folder.names)
    for inner in folder.names.values():
        if isinstance(inner, Folder):
            _keep_all(inner)


def _put(folder: Folder, path: Path, share: float) -> None:
    """Write what is kept, and of files that were not flushed this share."""
    path.mkdir()
    for name, there in folder.kept.items():
        if isinstance(there, Folder):
            _put(there, path / name, share)
        else:
            length = len(there.content)
            length = length if there.is_flushed else int(share * length)
            (path / name).write_bytes(there.content[:length])


def _lost(path: Path, events: list[Event], known: set[str]) -> Verdict:
    """What was promised and is not there, or is there and was never written."""
    promised = max((what[0] for kind, what in events if kind == "promise"), default=0)
    found = last_checkpoint(path)
    if promised and (found is None or found.step < promised):
        return f"step {promised} was saved, but {found and found.step} is there"
    seeds = set()
    for place in (path, path.with_name("run.1")):
        try:
            run = Run.load(place)
        except RunError:
            continue
        if _weights(safetensors.torch.save(run.model.state_dict())) not in known:
            return f"{place.name} has weights that nobody wrote"
        seeds.add(run.config.seed)
    if 1 not in seeds:
        return "the earlier run is not there"
    if events[-1][0] == "finished" and not Run.load(path).is_finished:
        return "the finished run is not there"
    return None


def _is_model(content: bytes) -> bool:
    return b"target_emb.weight" in content[:4096] and b"exp_avg" not in content[:4096]


def _weights(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
