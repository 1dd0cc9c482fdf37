"""The guard that saves: a run goes on where it was stopped, killed or led astray.

A checkpoint is written at every evaluation, and when a signal asks to stop. It holds
all that decides the future, so a run that goes on is the run that never stopped, bit
for bit, if the machine, the number of threads and the versions are the same.
"""

import json
import os
import shutil
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import safetensors.torch
from torch import nn
from torch.optim import Optimizer

from heedful.train.checkpoints import (
    STATE,
    Checkpoint,
    read_checkpoint,
    write_checkpoint,
)
from heedful.train.durable import DamageError, flush_folder
from heedful.train.engine import ALONE, Engine
from heedful.train.guard import N_RECENT, Diverged, Guard
from heedful.train.run import WEIGHTS, Run, set_aside
from heedful.train.stopping import Stopped

MEMORY = "optimizer.safetensors"
MAX_ROLL_BACKS = 3


class Keeper(Guard):
    """Keeps `run` in the folder `path`, from the checkpoint `start` on if there is one.

    `signals` is the list that `hearing` yields.
    """

    def __init__(
        self,
        run: Run,
        path: Path,
        signals: list[int],
        start: Checkpoint | None = None,
        engine: Engine = ALONE,
    ):
        super().__init__(run.config.recipe.roll_back_at)
        self.run, self.signals, self.start = run, signals, start
        self.engine = engine
        self.path = Path(os.path.realpath(path))
        self.seconds, self.regular = 0.0, 0
        self.is_new = start is None
        if start is not None:
            self._take_up(start)

    @property
    def position(self) -> int:
        """How many batches `fit` has to leave out."""
        return self.n_skipped + (0 if self.start is None else self.start.step)

    def begin(self, model: nn.Module, optimizers: Sequence[Optimizer]) -> int:
        """Put everything where it was at the start."""
        super().begin(model, optimizers)
        self.optimizers, self.began = optimizers, time.perf_counter()
        if self.start is None:
            return 0
        files = self.start.files
        weights, memory = (
            safetensors.torch.load(files[name]) for name in (WEIGHTS, MEMORY)
        )
        self.engine.restore(model, optimizers, weights, memory)
        return self.start.step

    def keep(self, row: dict[str, int | float]) -> None:
        """Add the row of an evaluation to the run: what `fit` is to call with it."""
        row["seconds"] = round(self.seconds + row["seconds"], 2)
        self.run.losses.append(row)
        best = min(self.run.losses, key=lambda row: row["valid_loss"])
        self.run.record["best"] = {key: best[key] for key in ("step", "valid_loss")}

    def after_step(self, step: int) -> None:
        """Save if it is time, or if asked to stop; then raise `Stopped`."""
        recipe = self.run.config.recipe
        if step % recipe.evaluate_every == 0 or step == recipe.n_steps:
            self.regular = step
        signum = self.engine.heard(self.signals)
        if signum or step == self.regular:
            self._save(step)
        if signum:
            raise Stopped(signum, step)

    def roll_back(self, diverged: Diverged) -> None:
        """Let the next `fit` begin at the last evaluation, but past the bad batch.

        Where a run goes back to must not depend on when it was stopped, so checkpoints
        that a signal asked for do not count. Raises `diverged` if there is no other,
        or after three times.
        """
        earlier = self.run.record.get("rolled_back", [])
        if self.limit is None or not self.regular or len(earlier) == MAX_ROLL_BACKS:
            raise diverged
        seconds = self.seconds + time.perf_counter() - self.began
        try:
            self._take_up(read_checkpoint(self.path, self.regular))
        except DamageError:
            raise diverged from None
        self.seconds = seconds
        self.n_skipped = diverged.position + 1 - self.regular
        told = {"to_step": self.regular, "next_batch": self.position + 1}
        self.run.record["rolled_back"] = [*earlier, {**told, "why": str(diverged)}]

    def _take_up(self, start: Checkpoint) -> None:
        state = json.loads(start.files[STATE])
        self.start = start
        self.n_skipped = state["position"] - start.step
        self.seconds, self.regular = state["seconds"], state["regular"]
        self.recent = deque(state["recent"], N_RECENT)
        self.run.losses = state["losses"]

    def _save(self, step: int) -> None:
        self.run.record["steps_done"] = step
        state = {
            "step": step,
            "position": step + self.n_skipped,
            "seconds": round(self.seconds + time.perf_counter() - self.began, 2),
            "regular": self.regular,
            "recent": list(self.recent),
            "losses": self.run.losses,
        }
        self.engine.collect(self.model, self.run.model)
        tensors = self.engine.memory(self.model, self.optimizers)
        if not self.engine.is_first:
            return
        files = self.run.files() | {
            MEMORY: safetensors.torch.save(tensors),
            STATE: (json.dumps(state, indent=2) + "\n").encode(),
        }
        checkpoint = Checkpoint(step, files)
        if self.is_new and self.path.exists() and any(self.path.iterdir()):
            self._replace_earlier_run(checkpoint)
        else:
            write_checkpoint(self.path, checkpoint, keep=self.regular)
        self.is_new = False

    def _replace_earlier_run(self, checkpoint: Checkpoint) -> None:
        """Rename the run that is there, now that there is one for its place."""
        part = self.path.with_name(f".{self.path.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        try:
            write_checkpoint(part, checkpoint)
            set_aside(self.path)
            os.replace(part, self.path)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        flush_folder(self.path.parent)
