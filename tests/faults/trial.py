"""A run of half a second that has all a run has, for things to happen to.

Every training is a process of its own, forked from this one, which has loaded torch and
made the corpus once.
"""

import hashlib
import json
import os
import shutil
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from heedful.text import CORPORA
from heedful.text.packages import DataError
from heedful.train import (
    Diverged,
    LockedError,
    ModelSizes,
    Recipe,
    Run,
    RunConfig,
    Stopped,
    trained,
)
from heedful.train.checkpoints import STATE, last_checkpoint
from heedful.train.keeper import MEMORY

CONFIG = RunConfig(
    n_train=1_000,
    model=ModelSizes(
        d_model=10, n_layers=1, n_heads=2, d_ff=13, max_seq_len=23, dropout=0.3
    ),
    recipe=Recipe(
        n_steps=41, batch_size=61, n_warmup=5, evaluate_every=4, optimizer="muon"
    ),
)
"""Two and a half epochs, eleven checkpoints, Muon and Adam, dropout."""
SHORT = replace(CONFIG, recipe=replace(CONFIG.recipe, n_steps=6, evaluate_every=3))
CORPUS = CORPORA["numbers"](n_train=1_000, n_test=20)

CODES = {OSError: 74, Diverged: 75, LockedError: 76, DataError: 77}
"""How a child says what ended it."""
NOT_BEGUN = 73
"""The code after Ctrl-C outside of the loop, where there is nothing new to save."""

UNDISTURBED: dict[tuple[RunConfig, int], tuple[float, str]] = {}
"""The same for every fault: seconds and outcome, by config and number of threads."""

Verdict = str | None
"""How a try was lost; None if it was survived."""


def child(work: Callable[[], object]) -> int:
    """Start a process that does this work alone, and return its number."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever our shell did
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        work()
        code = 0
    except Stopped as stopped:
        code = stopped.exit_code
    except KeyboardInterrupt:
        code = NOT_BEGUN
    except BaseException as error:
        code = next((c for kind, c in CODES.items() if isinstance(error, kind)), 1)
        if code == 1:
            traceback.print_exc()
    finally:
        os._exit(code)


def ended(pid: int) -> int:
    """Wait for a child. The code it ended with, or minus the signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class Trial:
    """Places for runs with this config, and what one ends with undisturbed."""

    def __init__(self, root: Path, config: RunConfig = CONFIG, n_threads: int = 1):
        CORPORA["numbers"] = lambda n_train: CORPUS
        self.root, self.config, self.n_threads = root, config, n_threads
        self.numbers = count()
        _warm()
        if (config, n_threads) not in UNDISTURBED:
            UNDISTURBED[config, n_threads] = self.undisturbed()
        self.seconds, self.expected = UNDISTURBED[config, n_threads]

    def undisturbed(self) -> tuple[float, str]:
        """How long it takes, and its outcome, if nothing happens to it."""
        path, start = self.place(), time.monotonic()
        assert ended(child(self.training(path))) == 0
        return time.monotonic() - start, outcome(path)

    def place(self) -> Path:
        """A folder that is not there yet, in a folder of its own."""
        path = self.root / f"{next(self.numbers):04}" / "run"
        path.parent.mkdir()
        return path

    def training(self, path: Path) -> Callable[[], object]:
        """What `heedful train` does: begin, go on, or find it finished."""

        def work() -> None:
            torch.set_num_threads(self.n_threads)
            trained(self.config, path, progress=False)

        return work

    def finish(self, path: Path) -> Verdict:
        """Let the run go on to its end, undisturbed, and compare."""
        checkpoints = path / "checkpoints"
        if (checkpoints / "latest").exists():
            name = (checkpoints / "latest").read_text().strip()
            found = last_checkpoint(path)
            if found is None or f"step-{found.step:08}" != name:
                return f"latest names {name}, which is not whole"
        code = ended(child(self.training(path)))
        if code:
            return f"it did not go on: {code}"
        if outcome(path) != self.expected:
            return "it ended otherwise"
        shutil.rmtree(path.parent)
        return None


@cache
def _warm() -> None:
    """Train here once: what that loads, each child would have to load again."""
    with TemporaryDirectory() as folder:
        trained(SHORT, Path(folder) / "run", progress=False)


def outcome(path: Path) -> str:
    """One hash of weights, losses, optimisers, random state and data position."""
    run, checkpoint = Run.load(path), last_checkpoint(path)
    assert checkpoint is not None and run.is_finished
    digest = hashlib.sha256(checkpoint.files[MEMORY])
    for name, weight in run.model.state_dict().items():
        digest.update(name.encode() + weight.numpy().tobytes())
    state = json.loads(checkpoint.files[STATE])
    losses = [{**row, "seconds": 0} for row in state["losses"]]
    digest.update(json.dumps([losses, state["position"], state["recent"]]).encode())
    return digest.hexdigest()
