"""One process at a time trains in a folder.

The lock is one of the system's (flock), so it ends with the process, however that
ends. On a system or a file system that has none, nothing is locked.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


class LockedError(RuntimeError):
    """Another process is at work in this folder."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes from training in `path`.

    The lock's file is beside the folder, which may be renamed meanwhile. Raises
    `LockedError` with the number of the process that holds it, and `OSError` if the
    place cannot be written.
    """
    if fcntl is None:
        yield
        return
    file = path.with_name(f".{path.name}.lock")
    handle = _taken(file, path)
    try:
        os.truncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    finally:
        try:
            file.unlink(missing_ok=True)  # before it is free: see `_taken`
        finally:
            os.close(handle)


def _taken(file: Path, path: Path) -> int:
    assert fcntl is not None
    while True:
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(handle, 20).decode(errors="replace") or "another"
            os.close(handle)
            raise LockedError(
                f"process {owner} is training in {path}: wait for it, or choose "
                "another folder"
            ) from None
        except OSError:
            return handle  # this file system has no locks
        try:  # its owner may have removed the file after we opened it
            if os.path.samestat(os.fstat(handle), os.stat(file)):
                return handle
        except FileNotFoundError:
            pass
        os.close(handle)
