"""The corpora `python` and `sources`: Python that is on the reader's machine anyway.

No download and nobody's permission is needed, but the texts are those of the
reader's own versions: a result is only comparable with one of the same `hash`.
"""

import os
import platform
import sysconfig
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from heedful.text.corpus import Card
from heedful.text.documents import Document, TextCorpus, split
from heedful.text.packages import DataError

PACKAGES = ("torch", "sympy", "networkx", "numpy")
LEFT_OUT = {
    "test", "tests", "testing", "idlelib", "lib2to3", "encodings", "pydoc_data",
    "site-packages", "dist-packages",
}  # fmt: skip
"""Folders: tests, which many systems lack; tables in the form of code; other people's
packages, which lie inside the library."""

# Written when Python was built, with paths of that machine.
_MADE_HERE = ("_sysconfigdata", "config-")


def python() -> TextCorpus:
    """The standard library of the Python that runs this, without its tests.

    One document per file, split by the name of the file. Raises `DataError` if this
    Python came without the source of its library.
    """
    return split(PYTHON_CARD, _standard_library(), _python_version())


def sources() -> TextCorpus:
    """The standard library and the packages `PACKAGES`, without their tests.

    A file of `python()` is in the same part here. Raises `DataError` if a package is
    not installed.
    """
    versions, documents = _python_version(), _standard_library()
    for package in PACKAGES:
        spec = find_spec(package)
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            spec = None
        if not spec or not spec.submodule_search_locations:
            raise DataError(f"{package} is not installed: `pip install {package}`")
        root = Path(spec.submodule_search_locations[0])
        documents += python_files(root, prefix=f"{package}/")
    return split(SOURCES_CARD, documents, versions)


def _python_version() -> dict[str, str]:
    return {platform.python_implementation(): platform.python_version()}


def _standard_library() -> list[Document]:
    root = Path(sysconfig.get_path("stdlib"))
    documents = list(python_files(root))
    if not documents:
        raise DataError(
            f"there is no source of the standard library in {root}: "
            "use a Python from python.org or from your system"
        )
    return documents


def python_files(root: Path, prefix: str = "") -> Iterator[Document]:
    """The Python files below `root`, in the order of their names.

    A name is `prefix` and the path below `root` with "/". Left out are the folders
    `LEFT_OUT`, links, what was made on this machine, and files that are not UTF-8.
    """
    for folder, below, files in os.walk(root):
        below[:] = sorted(
            name for name in below
            if name not in LEFT_OUT and not name.startswith(_MADE_HERE)
        )  # fmt: skip
        for name in sorted(files):
            path = Path(folder, name)
            if path.suffix != ".py" or name.startswith(_MADE_HERE) or path.is_symlink():
                continue
            try:
                text = path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
            yield Document(prefix + path.relative_to(root).as_posix(), text)


_SPLIT = "by the hash of the file's name, the same in both corpora of source"

PYTHON_CARD = Card(
    name="python",
    summary="Python code: the standard library without its tests",
    source="the Python that runs this",
    licence="PSF License 2.0",
    split=_SPLIT,
    size="differs with the version",
    examples=(),
)
SOURCES_CARD = Card(
    name="sources",
    summary=f"Python code: the standard library, {', '.join(PACKAGES)}, without tests",
    source="what is installed here",
    licence="PSF License 2.0; torch, sympy, networkx and numpy BSD-3-Clause",
    split=_SPLIT,
    size="differs with the versions",
    examples=(),
)
