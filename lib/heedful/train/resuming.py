"""What must hold before a run goes on: a place of its own, and nothing changed."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from heedful.train.checkpoints import Checkpoint, last_checkpoint
from heedful.train.config import RunConfig
from heedful.train.engine import ALONE, Engine
from heedful.train.language_config import LanguageRunConfig
from heedful.train.lock import locked
from heedful.train.run import Run, RunError, check_place, circumstances

log = logging.getLogger(__name__)


@contextmanager
def occupied(path: Path | None) -> Iterator[None]:
    """Inside, no other process trains in `path`, and a run can be written there.

    Raises `OSError` or `LockedError`. Without a path there is nothing to do.
    """
    if path is None:
        yield
        return
    check_place(path)
    with locked(Path(os.path.realpath(path))):
        yield


def going_on(
    config: RunConfig | LanguageRunConfig,
    path: Path | None,
    inexact: bool = False,
    engine: Engine = ALONE,
) -> tuple[Run, Checkpoint]:
    """The run in `path` as it was last saved, and where to go on from.

    Raises `RunError` if there is none with these settings, and unless `inexact` also
    if versions, machine, threads or processes changed: the weights would not be the
    same bits.
    """
    start = last_checkpoint(path) if path else None
    if start is None:
        raise RunError(f"there is no checkpoint to go on from in {path}")
    run = Run.of_files(start.files, Path(path or ""))
    if run.config != config:
        raise RunError(f"the run in {path} has other settings")
    # Records of earlier versions do not say that there was one process.
    before = {"processes": ALONE.name} | run.record
    now = circumstances() | {"processes": engine.name}
    changed = [
        f"{name} {before.get(name)} (now {now[name]})"
        for name in now
        if name != "started" and before.get(name) != now[name]
    ]
    if changed:
        told = f"the run in {path} was begun with {', '.join(changed)}"
        if not inexact:
            raise RunError(
                f"{told}, so it would not end with the same weights; "
                "--resume (inexact=True) goes on all the same"
            )
        log.warning("%s; it will not end with quite the same weights", told)
        run.record |= {name: now[name] for name in now if name != "started"}
    resumed = {"step": start.step, "at": now["started"], "changed": changed}
    run.record["resumed"] = [*run.record.get("resumed", []), resumed]
    return run, start


def check_data(run: Run, fingerprint: str) -> None:
    """Raise `RunError` if the run began with other training data; else note them."""
    if run.record.setdefault("data", fingerprint) != fingerprint:
        raise RunError(
            f"the corpus {run.config.task!r} is not the one that this run began with"
        )
