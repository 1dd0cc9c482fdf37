"""Disks that are full, folders that are not ours, two runs that want one folder."""

import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from text.archives import giving, tiny_tatoeba

from heedful.text import CORPORA, Corpus, DataError
from heedful.text.store import get, lines
from heedful.train import LockedError

from .damage import damage
from .disk import Act, full_from, kill_at
from .sudden import broken, count_changes, spread
from .trial import CODES, CORPUS, SHORT, Trial, Verdict, child, ended

FULL = CODES[OSError]


def full_disks(n: int, rng: random.Random, root: Path) -> Iterator[Verdict]:
    """No room from some change of a file on, or from the middle of one."""
    trial = Trial(root, SHORT)
    n_changes = count_changes(trial)
    for at in spread(n, n_changes, rng):
        path = trial.place()
        code = ended(child(broken(trial, path, full_from(at))))
        left = [p.name for p in path.parent.rglob("*") if ".part" in p.name]
        if code not in (FULL, 0):  # 0: what was left to do needed no room
            yield f"from change {at} of {n_changes}: it ended with {code}"
        elif left:
            yield f"from change {at} of {n_changes}: {left[0]} is left over"
        else:
            lost = trial.finish(path)
            yield lost and f"from change {at} of {n_changes}: {lost}"


def small_disks(n: int, rng: random.Random, root: Path) -> Iterator[Verdict]:
    """A real file system (tmpfs) without enough room, then with."""
    trial = Trial(root)
    for _ in range(n):
        disk = trial.place().parent
        path, size = disk / "here" / "run", rng.randrange(8, 150) * 1024
        _mount(disk, f"size={size}")
        try:
            code = ended(child(trial.training(path)))
            _mount(disk, "remount,size=64m")
            lost = trial.finish(path) if code == FULL else f"it ended with {code}"
            yield lost and f"a disk of {size:,} bytes: {lost}"
        finally:
            subprocess.run(["umount", disk], check=True)


def _mount(place: Path, options: str) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", options, "none", place]
    subprocess.run(mount, check=True, stderr=subprocess.DEVNULL)


def can_mount() -> bool:
    """Whether we may make file systems; else there are no small disks to try."""
    if os.name == "nt" or os.geteuid() or not shutil.which("mount"):
        return False
    with tempfile.TemporaryDirectory() as folder:
        try:
            _mount(Path(folder), "size=4096")
        except subprocess.CalledProcessError:
            return False
        subprocess.run(["umount", folder], check=True)
    return True


def read_only_folders(n: int, rng: random.Random, root: Path) -> Iterator[Verdict]:
    """Nothing may be written, from the start or from some change on."""
    trial = Trial(root, SHORT)
    n_changes = count_changes(trial)
    root.chmod(0o755)
    for at in [0, *spread(n - 1, n_changes, rng)]:
        path = trial.place()
        path.parent.chmod(0o755 if at else 0o555)
        os.chown(path.parent, *_nobody())
        code = ended(child(_as_nobody(broken(trial, path, _shut_at(at, path.parent)))))
        _permit(path.parent, 0o755)
        if code not in (FULL, 0):
            yield f"from change {at} of {n_changes}: it ended with {code}"
        elif at == 0 and (code == 0 or any(path.parent.iterdir())):
            yield "a folder that may not be written was written"
        else:
            lost = trial.finish(path)
            yield lost and f"from change {at} of {n_changes}: {lost}"


def _shut_at(n: int, folder: Path) -> Act:
    """From the n-th change on nothing may be written below the folder."""

    def act(number: int, kind: str) -> None:
        if number == n:
            _permit(folder, 0o555)

    return act


def _nobody() -> tuple[int, int]:
    """For root, who may write anywhere, somebody who may not; else ourselves."""
    return (65534, 65534) if os.geteuid() == 0 else (os.geteuid(), os.getegid())


def _as_nobody(work: Callable[[], object]) -> Callable[[], object]:
    def less() -> None:
        user, group = _nobody()
        if user != os.geteuid():
            os.setgroups([])
            os.setgid(group)
            os.setuid(user)
        work()

    return less


def _permit(folder: Path, mode: int) -> None:
    for inner in [*folder.rglob("*"), folder]:
        if inner.is_dir():
            inner.chmod(mode)


def two_runs(n: int, rng: random.Random, root: Path) -> Iterator[Verdict]:
    """A second training, and a third, in a folder where one is at work."""
    trial = Trial(root)
    for _ in range(n):
        path = trial.place()
        first = child(trial.training(path))
        while not (path / "checkpoints" / "latest").exists():
            time.sleep(0.001)
        os.kill(first, signal.SIGSTOP)  # it sleeps, and holds the folder
        others = [ended(child(trial.training(path))) for _ in range(2)]
        os.kill(first, signal.SIGCONT)
        code = ended(first)
        if code or others != [CODES[LockedError]] * 2:
            yield f"they ended with {[code, *others]}"
        elif [p.name for p in path.parent.iterdir()] != ["run"]:
            yield "there is more than the run"
        else:
            yield trial.finish(path)


def corrupted_caches(n: int, rng: random.Random, root: Path) -> Iterator[Verdict]:
    """A file of the corpus that was obtained is damaged between two trainings."""
    os.environ["HEEDFUL_HOME"] = str(root / "home")
    archive, tiny = tiny_tatoeba()
    obtained = replace(tiny, convert=lambda _: ["\t".join(p) for p in CORPUS.train])
    get(obtained, giving(archive), progress=False)
    files = [root / "home" / "data" / "tatoeba" / f for f in ("text", "manifest.json")]
    trial = Trial(root, SHORT)

    def cached(n_train: int) -> Corpus:
        train = [tuple(line.split("\t")) for line in lines(obtained)]
        return replace(CORPUS, train=train)

    CORPORA["numbers"] = cached
    n_changes = count_changes(trial)
    for _ in range(n):
        path, file = trial.place(), rng.choice(files)
        ended(child(broken(trial, path, kill_at(rng.randrange(1, n_changes)))))
        content = file.read_bytes()
        told, damaged = damage(content, rng)
        file.write_bytes(damaged)
        code = ended(child(trial.training(path)))
        file.write_bytes(content)
        if code not in (CODES[DataError], 0):  # 0: the manifest's date, say
            yield f"{file.name} {told}: it ended with {code}"
        else:
            lost = trial.finish(path)
            yield lost and f"{file.name} {told}: {lost}"
