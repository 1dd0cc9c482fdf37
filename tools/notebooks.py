#!/usr/bin/env python3
"""Make each exercises.ipynb from its solutions.ipynb, and bring both into one form.

A solution stands between `### BEGIN SOLUTION` and `### END SOLUTION`; in the exercise
notebook that region becomes a stub. The form: one kernel name, ids that never change,
no outputs. Cells tagged `nbval-check-output` are the exception, which nbval compares
with a fresh run; `--execute` fills them.
"""

import argparse
import copy
import re
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
KEEP_OUTPUT = "nbval-check-output"
REGION = re.compile(
    r"^(?P<indent> *)### BEGIN SOLUTION\n.*?^ *### END SOLUTION$", re.M | re.S
)
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def exercises_from(solutions: NotebookNode) -> NotebookNode:
    """The notebook that learners get: the same cells, with stubs for solutions."""
    notebook = copy.deepcopy(solutions)
    for cell in notebook.cells:
        cell.source = REGION.sub(_stub(cell), cell.source)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return normalised(notebook)


def _stub(cell: NotebookNode) -> str:
    if cell.cell_type == "markdown":
        return "*Write your answer here.*"
    name = re.search(r"def (\w+)", cell.source)
    what = name[1] if name else "your answer"
    return rf'\g<indent>raise NotImplementedError("write {what} here")'


def normalised(notebook: NotebookNode) -> NotebookNode:
    """The same notebook in the one form that is committed.

    Raises `ValueError` if two cells have the same id.
    """
    notebook = copy.deepcopy(notebook)
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells, 1):
        grading = cell.metadata.get("nbgrader", {})
        cell.id = grading.get("grade_id") or cell.get("id") or f"cell-{number}"
        kept = {key: cell.metadata[key] for key in ("nbgrader", "tags")
                if cell.metadata.get(key)}  # fmt: skip
        cell.metadata = nbformat.from_dict(kept)
        cell.source = cell.source.strip("\n")
        cell.pop("attachments", None)
        if cell.cell_type == "code" and KEEP_OUTPUT not in kept.get("tags", []):
            cell.outputs, cell.execution_count = [], None
    ids = [cell.id for cell in notebook.cells]
    if doubles := {i for i in ids if ids.count(i) > 1}:
        raise ValueError(f"two cells have the same id: {', '.join(sorted(doubles))}")
    return notebook


def executed(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """The notebook after a run in `folder`; raises if a cell fails."""
    from nbclient import NotebookClient  # here: only --execute needs it

    notebook = copy.deepcopy(notebook)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3",
                            resources={"metadata": {"path": str(folder)}})  # fmt: skip
    return client.execute()


def as_text(notebook: NotebookNode) -> str:
    nbformat.validate(notebook)
    return nbformat.writes(notebook, indent=1).rstrip("\n") + "\n"


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
    options = parser.parse_args(arguments)
    stale = []
    for folder in topics(root):
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
