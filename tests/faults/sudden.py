"""Sudden ends: SIGKILL and requests to stop, whenever they come."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from heedful.train.checkpoints import last_checkpoint
from heedful.train.stopping import SIGNALS

from .disk import Disk, kill_at
from .trial import CONFIG, NOT_BEGUN, SHORT, Trial, Verdict, child, ended, outcome


def kills(n: int, rng: random.Random, root: Path) -> Iterator[Verdict]:
    """SIGKILL at a random moment."""
    yield from _each_sent(Trial(root), n, rng, [signal.SIGKILL])


def kills_of_two_threads(n: int, rng: random.Random, root: Path) -> Iterator[Verdict]:
    """SIGKILL at a random moment of a run with two threads."""
    yield from _each_sent(Trial(root, n_threads=2), n, rng, [signal.SIGKILL])


def requests(n: int, rng: random.Random, root: Path) -> Iterator[Verdict]:
    """Ctrl-C, SIGTERM or SIGHUP at a random moment."""
    yield from _each_sent(Trial(root), n, rng, SIGNALS)


def kills_on_the_way_to_disk(
    n: int, rng: random.Random, root: Path
) -> Iterator[Verdict]:
    """SIGKILL before a change of a file, or in the middle of one."""
    trial = Trial(root, SHORT)
    n_changes = count_changes(trial)
    for at in spread(n, n_changes, rng):
        path = trial.place()
        code = ended(child(broken(trial, path, kill_at(at))))
        if code != -signal.SIGKILL:
            yield f"change {at} of {n_changes}: not killed but {code}"
            continue
        lost = trial.finish(path)
        yield lost and f"killed at change {at} of {n_changes}: {lost}"


def kills_of_the_command(n: int, rng: random.Random, root: Path) -> Iterator[Verdict]:
    """SIGKILL of `heedful train`, then `heedful train --resume`."""
    (root / "config.json").write_text(CONFIG.to_json())
    settings = [sys.executable, "-m", "heedful", "train", "numbers"]
    begin = [*settings, "--config", root / "config.json"]
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    start = time.monotonic()
    subprocess.run([*begin, "--run", root / "whole"], check=True, **quiet)
    seconds = time.monotonic() - start
    expected = outcome(root / "whole")
    for number in range(n):
        path = root / f"{number}"
        with subprocess.Popen([*begin, "--run", path], **quiet) as process:
            time.sleep(rng.uniform(0.5, 1) * seconds)
            process.kill()
        is_begun = (path / "checkpoints" / "latest").exists()
        again = [*settings, "--resume"] if is_begun else begin
        code = subprocess.run([*again, "--run", path], **quiet).returncode
        if code:
            yield f"run {number}: --resume ended with {code}"
        else:
            is_same = outcome(path) == expected
            yield None if is_same else f"run {number} ended otherwise"


def _each_sent(
    trial: Trial, n: int, rng: random.Random, signals: list[signal.Signals]
) -> Iterator[Verdict]:
    """Every run gets a signal once, at a moment before its end."""
    n_sent = 0
    while n_sent < n:
        path, signum = trial.place(), rng.choice(signals)
        pid, moment = child(trial.training(path)), rng.uniform(0, trial.seconds)
        time.sleep(moment)
        os.kill(pid, signum)
        code = ended(pid)
        if code == 0:  # it came too late
            shutil.rmtree(path.parent)
            continue
        n_sent += 1
        told = f"{signum.name} after {moment:.2f} of {trial.seconds:.2f} s"
        saved = last_checkpoint(path)
        is_under_way = saved is not None and saved.step < CONFIG.recipe.n_steps
        if code not in (-signum, 128 + signum, NOT_BEGUN):
            yield f"{told}: exit code {code}"
        elif code == 128 + signum and saved is None:
            yield f"{told}: exit code {code}, but nothing was saved"
        elif code != 128 + signum and is_under_way and signum in SIGNALS:
            yield f"{told}: exit code {code} in the middle of the training"
        else:
            lost = trial.finish(path)
            yield lost and f"{told}: {lost}"


def count_changes(trial: Trial) -> int:
    """How many changes of files a whole run makes."""
    kinds: list[str] = []
    path = trial.place()
    told = path.parent / "changes"

    def work() -> None:
        disk = Disk(path.parent, lambda number, kind: kinds.append(kind))
        trial.training(path)()
        n = disk.n
        told.write_text(json.dumps(n))

    assert ended(child(work)) == 0
    return json.loads(told.read_text())


def broken(
    trial: Trial, path: Path, act: Callable[[int, str], None]
) -> Callable[[], object]:
    """A training in whose way to the disk `act` is."""

    def work() -> None:
        Disk(path.parent, act)
        trial.training(path)()

    return work


def spread(n: int, last: int, rng: random.Random) -> list[int]:
    """All numbers from 1 to `last` if `n` is as many, else `n` of them."""
    return list(range(1, last + 1)) if n >= last else rng.sample(range(1, last + 1), n)
