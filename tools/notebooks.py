#!/usr/bin/env python3
"""Make each exercises.ipynb from its solutions.ipynb, and bring both into one form.

`--execute` fills the stored outputs, which nbval compares with a fresh run.
"""

import argparse
import copy
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "lib"))

from heedful.exercises import as_text, exercises_from, normalised  # noqa: E402


def executed(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """The notebook after a run in `folder`; raises if a cell fails."""
    from nbclient import NotebookClient  # here: only --execute needs it

    notebook = copy.deepcopy(notebook)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3",
                            resources={"metadata": {"path": str(folder)}})  # fmt: skip
    return client.execute()


def wanted_files(folder: Path, execute: bool = False) -> dict[Path, str]:
    """What the two notebooks of a topic should hold."""
    path = folder / "solutions.ipynb"
    solutions = normalised(nbformat.read(path, as_version=4))
    if execute:
        solutions = normalised(executed(solutions, folder))
    return {
        path: as_text(solutions),
        folder / "exercises.ipynb": as_text(exercises_from(solutions)),
    }


def topics(root: Path = ROOT) -> list[Path]:
    return sorted(path.parent for path in root.glob("exercises/*/solutions.ipynb"))


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="change nothing, only tell")
    mode.add_argument("--execute", action="store_true", help="run solutions first")
    parser.add_argument("topics", nargs="*", help="only these, e.g. 05_transformer")
    options = parser.parse_args(arguments)
    stale = []
    for folder in topics(root):
        if options.topics and folder.name not in options.topics:
            continue
        for path, text in wanted_files(folder, options.execute).items():
            if path.exists() and path.read_text(encoding="utf-8") == text:
                continue
            stale.append(str(path.relative_to(root)))
            if not options.check:
                path.write_text(text, encoding="utf-8", newline="\n")
    if options.check and stale:
        print(f"{', '.join(stale)}: run `make format` to bring up to date")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
