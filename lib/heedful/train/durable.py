"""Files that are whole or not there whenever the power fails, and that tell damage.

A file or a folder is written beside its place, flushed to the disk (fsync) and renamed
into its place; then the folder around it is flushed, which holds the names. The
`manifest.json` of a folder has the size and SHA-256 of each file and a seal on itself,
so that a flipped bit, a cut file or the file of another folder is found and named.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

MANIFEST = "manifest.json"


class DamageError(ValueError):
    """A file is not what the manifest says; the message begins with its name."""


def write_file(path: Path, content: bytes) -> None:
    """Put a file into its place. Raises `OSError`, and then leaves what was there."""
    part = path.with_name(f".{path.name}.part")
    try:
        _write(part, content)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def write_files(path: Path, files: Mapping[str, bytes]) -> None:
    """Put files and their manifest into a folder that stays.

    Raises `OSError` if there is no room, and then leaves what was there. While one
    after the other gets its name there is no manifest, or it tells that they differ.
    """
    content = {**files, MANIFEST: manifest(files)}
    parts = {name: path / f".{name}.part" for name in content}
    try:
        for name, part in parts.items():
            _write(part, content[name])
        (path / MANIFEST).unlink(missing_ok=True)
        for name, part in parts.items():
            os.replace(part, path / name)
    except BaseException:
        for part in parts.values():
            part.unlink(missing_ok=True)
        raise
    flush_folder(path)


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Put a folder of these files and their manifest into its place.

    Raises `OSError`, and then leaves what was there. What a killed process leaves has
    a name that the next call uses again, so it does not pile up.
    """
    make_folder(path.parent)
    part = path.with_name(".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir()
        for name, content in files.items():
            _write(part / name, content)
        _write(part / MANIFEST, manifest(files))
        flush_folder(part)
        remove_folder(path)
        os.replace(part, path)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    flush_folder(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder, and those it is in, where they are not there, to last."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        flush_folder(path.parent)


def remove_folder(path: Path) -> None:
    """Remove a folder, if it is there, so that no half of it keeps its name."""
    old = path.with_name(".old")
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        os.replace(path, old)
        shutil.rmtree(old, ignore_errors=True)


def flush_folder(path: Path) -> None:
    """Make the names in a folder last. Windows cannot, and need not."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def manifest(files: Mapping[str, bytes]) -> bytes:
    """The content of `manifest.json` for these files."""
    return _sealed(
        {
            name: {"bytes": len(content), "sha256": _sha256(content)}
            for name, content in files.items()
        }
    )


def read_folder(path: Path) -> dict[str, bytes]:
    """The files that the manifest lists, each compared with it.

    Raises `DamageError` naming the first file that is not what was written.
    """
    raw = _read(path / MANIFEST)
    try:
        table = json.loads(raw)["files"]
        is_whole = _sealed(table) == raw
    except (ValueError, KeyError, TypeError):
        is_whole = False
    if not is_whole:
        raise DamageError(f"{MANIFEST} is damaged")
    files = {}
    for name, expected in table.items():
        content = files[name] = _read(path / name)
        if len(content) != expected["bytes"]:
            raise DamageError(
                f"{name} has {len(content):,} bytes instead of {expected['bytes']:,}"
            )
        if _sha256(content) != expected["sha256"]:
            raise DamageError(f"{name} is not the file that was written")
    return files


def _sealed(table: dict[str, dict[str, int | str]]) -> bytes:
    seal = _sha256(json.dumps(table, sort_keys=True).encode())
    return (json.dumps({"files": table, "sha256": seal}, indent=2) + "\n").encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DamageError(f"{path.name} cannot be read: {error.strerror}") from None
