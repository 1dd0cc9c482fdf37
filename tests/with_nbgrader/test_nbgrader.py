"""The exercises in a course of nbgrader, if that is installed (`make nbgrader`)."""

import csv
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from heedful.exercises import as_text, normalised

ROOT = Path(__file__).resolve().parents[2]
TOPICS = sorted(path.parent for path in ROOT.glob("exercises/*/solutions.ipynb"))
PROVEN = ROOT / "exercises/05_transformer"  # what is graded from end to end

pytestmark = [
    pytest.mark.skipif(
        not importlib.util.find_spec("nbgrader"), reason="`make nbgrader` installs it"
    ),
    pytest.mark.timeout(1800),
]


# nbgrader looks for its own tools, and Jupyter for its kernel, by name.
ENVIRONMENT = os.environ | {
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
}


def nbgrader(course, *args):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "nbgrader", *args],
        cwd=course,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with all topics as assignments, made into what students get."""
    course = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "exercises/nbgrader_config.py", course)
    for topic in TOPICS:
        folder = course / "source" / topic.name
        folder.mkdir(parents=True)
        shutil.copy(topic / "solutions.ipynb", folder / f"{topic.name}.ipynb")
        nbgrader(course, "generate_assignment", topic.name)
    return course


def read(path):
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("topic", TOPICS, ids=lambda path: path.name)
def test_students_get_the_same_notebook_from_nbgrader(course, topic):
    notebook = read(course / "release" / topic.name / f"{topic.name}.ipynb")
    for cell in notebook.cells:  # what nbgrader needs to recognise its cells
        for key in ("checksum", "cell_type"):
            cell.metadata.get("nbgrader", {}).pop(key, None)
    ours = (topic / "exercises.ipynb").read_text(encoding="utf-8")
    assert as_text(normalised(notebook)) == ours


@pytest.mark.parametrize("topic", TOPICS, ids=lambda path: path.name)
def test_nbgrader_validates_the_solutions(course, topic):
    said = nbgrader(course, "validate", str(topic / "solutions.ipynb"))
    assert "Success! Your notebook passes all the tests." in said


def test_nbgrader_does_not_validate_what_is_unwritten(course):
    path = PROVEN / "exercises.ipynb"
    said = nbgrader(course, "validate", str(path))
    assert f"VALIDATION FAILED ON {len(checks(read(path)))} CELL(S)!" in said


def test_the_perfect_and_the_empty_student_get_what_they_deserve(course):
    notebook = read(course / "release" / PROVEN.name / f"{PROVEN.name}.ipynb")
    solved = {cell.id: cell.source for cell in read(PROVEN / "solutions.ipynb").cells}
    hand_in(course, "empty", notebook)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = solved[cell.id]
    hand_in(course, "perfect", notebook)
    nbgrader(course, "autograde", PROVEN.name)
    nbgrader(course, "export", "--to", "grades.csv")
    with (course / "grades.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["assignment"] == PROVEN.name]
    score = {row["student_id"]: float(row["raw_score"]) for row in rows}
    points = sum(cell.metadata.nbgrader.points for cell in checks(notebook))
    assert score == {"empty": 0.0, "perfect": float(points)}


def checks(notebook):
    """The cells that a program grades."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [c for c in cells if c.metadata.get("nbgrader", {}).get("grade")]


def hand_in(course, student, notebook):
    folder = course / "submitted" / student / PROVEN.name
    folder.mkdir(parents=True)
    (folder / f"{PROVEN.name}.ipynb").write_text(as_text(notebook), encoding="utf-8")
