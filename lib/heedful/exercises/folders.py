"""Where the exercises are, a learner's copies of them, and how far these have come."""

import importlib
import re
from dataclasses import dataclass
from pathlib import Path
from random import Random

import nbformat
from nbformat import NotebookNode

import heedful
from heedful.exercises.notebook import as_text, exercises_from, normalised, varied

PUBLISHED = Path(heedful.__file__).resolve().parents[2] / "exercises"


class ExercisesError(Exception):
    """A topic, a folder or a notebook is not as it must be; the message says how."""


def topics() -> list[Path]:
    """The folder of each topic, `NN_name`, in the order of the chapters."""
    found = PUBLISHED.glob("[0-9][0-9]_*/exercises.ipynb")
    folders = sorted(path.parent for path in found)
    if not folders:
        raise ExercisesError(
            f"there are no exercises in {PUBLISHED}: they come with the repository, "
            "so run this in its checkout, where `make` installed heedful"
        )
    return folders


def topic(wanted: str) -> Path:
    """The folder of the topic called `03`, `3`, `heads` or `03_heads`."""
    for folder in topics():
        number, name = folder.name.split("_", 1)
        if wanted in (number, str(int(number)), name, folder.name):
            return folder
    known = ", ".join(folder.name.replace("_", " ", 1) for folder in topics())
    raise ExercisesError(f"there are no exercises {wanted!r}; there are {known}")


def read(path: Path) -> NotebookNode:
    """The notebook in a file. Raises `ExercisesError` if it is none."""
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except OSError:
        raise
    except Exception as error:  # nbformat stumbles in many ways over what is none
        raise ExercisesError(f"{path} is not a notebook: {error}") from error
    return notebook


def write(path: Path, notebook: NotebookNode) -> None:
    """Save a notebook where nothing is. Raises `FileExistsError` if something is."""
    text = as_text(notebook)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(exist_ok=False)
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError:  # half a notebook would be taken for somebody's work
        path.unlink()
        raise


def copy_for_learner(folder: Path, place: Path) -> Path:
    """Put the unsolved notebook of a topic into `place`; the links do not lead there.

    Raises `FileExistsError` if there is a notebook of this name: somebody's work.
    """
    notebook = read(folder / "exercises.ipynb")
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"\[([^]]+)\]\(\.\.[^)]*\)", r"\1", cell.source)
    path = place / f"{folder.name}.ipynb"
    write(path, notebook)
    return path


def variant(folder: Path, seed: int) -> tuple[NotebookNode, NotebookNode]:
    """The topic with other numbers, sizes and bugs: unsolved and solved."""
    module = importlib.import_module(f"heedful.checks.{folder.name.split('_', 1)[1]}")
    passages = module.TOPIC.variant(Random(seed))
    solved = varied(read(folder / "solutions.ipynb"), passages)
    return exercises_from(solved), normalised(solved)


@dataclass(frozen=True)
class Progress:
    """How many checks of a saved notebook said right, wrong, or nothing yet."""

    done: int
    wrong: int
    untried: int


def progress(notebook: NotebookNode) -> Progress:
    """What the check cells said when they last ran before the notebook was saved."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    said = [_said(c) for c in cells if c.metadata.get("nbgrader", {}).get("grade")]
    done = sum(text.startswith("✓") for text in said)
    wrong = sum(text.startswith("✗") and "not written yet" not in text for text in said)
    return Progress(done, wrong, len(said) - done - wrong)


def _said(cell: NotebookNode) -> str:
    """The last line of what a check printed, or the first of why it failed."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            return output.evalue
    printed = "".join(o.text for o in cell.get("outputs", []) if "text" in o)
    return (printed.strip().splitlines() or [""])[-1]
