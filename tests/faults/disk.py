"""What a process does to files, so that something can happen at the n-th change.

Python tells of every file that is opened, renamed or removed (audit events). It does
not tell of writing and flushing, so those of `heedful.train.durable` are wrapped; a
file is written in two halves, between which something can happen.
"""

import errno
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from heedful.train import durable

GROWING = ("create", "mkdir", "rename", "write", "flush")
"""What a full disk refuses. It refuses a flush because file systems may put off
finding a place until then."""
Act = Callable[[int, str], None]


class Disk:
    """Calls `act(number, kind)` before every change below `root`, from this on."""

    def __init__(self, root: Path, act: Act | None = None):
        self.root, self.act, self.n = os.fspath(root), act, 0
        self.is_on, self.fsync = True, os.fsync
        os.fsync = self.flush
        durable.open = self.open
        sys.addaudithook(self.hear)

    def happens(self, kind: str, *what: object) -> None:
        """A change is about to be made, or half of it."""
        self.n += 1
        if self.act is not None:
            self.act(self.n, kind)

    def hear(self, event: str, args: tuple) -> None:
        if not self.is_on:
            return
        if event == "open" and not args[2] & (os.O_WRONLY | os.O_RDWR):
            return
        kind = {"open": "create"}.get(event, event.removeprefix("os."))
        if kind in ("create", "mkdir", "rename", "remove", "rmdir"):
            folder = args[-1] if kind in ("remove", "rmdir") else -1
            paths = args[: 2 if kind == "rename" else 1]
            full = [self.full(path, folder) for path in paths]
            if full[0].startswith(self.root + os.sep):
                self.happens(kind, *full)

    def full(self, path: object, folder: int) -> str:
        """The path, which may be relative to an open folder."""
        if not isinstance(path, str | os.PathLike):
            return ""
        base = "" if folder in (-1, None) else os.readlink(f"/proc/self/fd/{folder}")
        return os.path.join(base, os.fspath(path))

    def flush(self, handle: int) -> None:
        self.happens("flush", os.readlink(f"/proc/self/fd/{handle}"))
        self.fsync(handle)

    def open(self, path: Path, mode: str) -> "TwoHalves":
        return TwoHalves(path, open(path, mode), self)


class TwoHalves:
    """A file to write, of which one half may be on the disk and the other not."""

    def __init__(self, path: Path, file, disk: Disk):
        self.path, self.file, self.disk = path, file, disk

    def __enter__(self) -> "TwoHalves":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def write(self, content: bytes) -> None:
        half = len(content) // 2
        self.file.write(content[:half])
        self.file.flush()
        self.disk.happens("write", os.fspath(self.path), content)
        self.file.write(content[half:])

    def flush(self) -> None:
        self.file.flush()

    def fileno(self) -> int:
        return self.file.fileno()


def kill_at(n: int) -> Act:
    """SIGKILL just before the n-th change."""

    def act(number: int, kind: str) -> None:
        if number == n:
            os.kill(os.getpid(), signal.SIGKILL)

    return act


def full_from(n: int) -> Act:
    """From the n-th change on there is no room for anything."""

    def act(number: int, kind: str) -> None:
        if number >= n and kind in GROWING:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return act
