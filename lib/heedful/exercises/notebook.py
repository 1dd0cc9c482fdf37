"""From solved notebooks to unsolved ones, to ones with other numbers, in one form.

A solution stands between `### BEGIN SOLUTION` and `### END SOLUTION`; for learners
that region becomes a stub. The form: one kernel name, ids that never change, no
outputs but those of cells tagged `nbval-check-output`, which nbval compares with a
fresh run.
"""

import copy
import re
from collections.abc import Mapping

import nbformat
from nbformat import NotebookNode

KEEP_OUTPUT = "nbval-check-output"
CODE_STUB = 'raise NotImplementedError("write your answer here")'
TEXT_STUB = "*Write your answer here.*"
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
        stub = TEXT_STUB if cell.cell_type == "markdown" else CODE_STUB
        cell.source = REGION.sub(rf"\g<indent>{stub}", cell.source)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return normalised(notebook)


def varied(notebook: NotebookNode, passages: Mapping[str, str]) -> NotebookNode:
    """The notebook with each of the `passages` replaced, as a whole word, everywhere.

    Raises `ValueError` if a passage is not there.
    """
    notebook = copy.deepcopy(notebook)
    text = "\n\n".join(cell.source for cell in notebook.cells)
    for passage in passages:
        if not re.search(_whole(passage), text):
            raise ValueError(f"the notebook has no passage {passage!r} to replace")
    longest_first = sorted(passages, key=len, reverse=True)
    pattern = re.compile("|".join(map(_whole, longest_first)))
    for cell in notebook.cells:
        if passages:
            cell.source = pattern.sub(lambda found: passages[found[0]], cell.source)
        if cell.cell_type == "code":  # what was stored belongs to other numbers
            cell.outputs, cell.execution_count = [], None
    return notebook


def _whole(passage: str) -> str:
    """A pattern that does not find 8 in 18."""
    before = r"(?<!\w)" if re.match(r"\w", passage) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", passage) else ""
    return before + re.escape(passage) + after


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


def as_text(notebook: NotebookNode) -> str:
    """The file of a notebook. Raises `nbformat.ValidationError` if it is not valid."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook, indent=1).rstrip("\n") + "\n"
