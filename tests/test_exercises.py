"""Exercise notebooks: made from the solutions, unsolved in the right places only."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from checks.solved import solutions, steps, unsolved
from checks.specimens import UNKNOWN, outcome
from jupyter_client import KernelManager
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from heedful.checks import Prediction
from heedful.exercises import as_text, exercises_from, varied

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = sorted(p for p in (ROOT / "exercises").iterdir() if p.is_dir())
each_topic = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def load_tool():
    spec = importlib.util.spec_from_file_location("tool", ROOT / "tools/notebooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = load_tool()


def read(path):
    return nbformat.read(path, as_version=4)


def grading(cell, key):
    return cell.metadata.get("nbgrader", {}).get(key)


def is_check(cell):
    return cell.cell_type == "code" and grading(cell, "grade")


@pytest.fixture(scope="module")
def kernel():
    """One kernel for all notebooks in turn: it takes as long to start as to run one."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    yield manager
    manager.shutdown_kernel(now=True)


def test_there_are_exercises():
    assert FOLDERS


@each_topic
def test_notebooks_are_as_the_generator_makes_them(folder):
    for path, text in tool.wanted_files(folder).items():
        assert path.read_text(encoding="utf-8") == text, "run `make format`"


@each_topic
def test_exercises_differ_only_inside_solutions(folder):
    solved = read(folder / "solutions.ipynb").cells
    unsolved = read(folder / "exercises.ipynb").cells
    assert [c.id for c in solved] == [c.id for c in unsolved]
    for cell, stub in zip(solved, unsolved):
        assert cell.metadata == stub.metadata
        assert "SOLUTION" not in stub.source
        if not grading(cell, "solution"):
            assert cell.source == stub.source
            continue
        head, inside, tail = re.split(r" *### (?:BEGIN|END) SOLUTION", cell.source)
        assert stub.source.startswith(head) and stub.source.endswith(tail)
        left = stub.source[len(head) : len(stub.source) - len(tail)]
        assert len(left.splitlines()) == 1 and inside.strip() not in stub.source


@each_topic
def test_grading_metadata(folder):
    cells = read(folder / "solutions.ipynb").cells
    graded = [cell for cell in cells if "nbgrader" in cell.metadata]
    ids = [grading(cell, "grade_id") for cell in graded]
    assert len(set(ids)) == len(ids) and ids == [cell.id for cell in graded]
    for cell in graded:
        data = cell.metadata.nbgrader  # as nbgrader's schema, version 3, has it
        assert data.keys() - {"points"} == {
            "schema_version", "grade", "grade_id", "locked", "solution", "task",
        }  # fmt: skip
        assert re.fullmatch(r"[a-zA-Z0-9_-]+", data.grade_id)
        assert data.schema_version == 3 and data.task is False
        assert data.grade or data.solution
        assert data.locked is not data.solution
        assert data.get("points", 0) > 0 if data.grade else "points" not in data
    for cell in cells:
        assert bool(grading(cell, "solution")) == ("### BEGIN SOLUTION" in cell.source)


@each_topic
def test_each_task_says_where_the_chapter_explains_it(folder):
    cells = read(folder / "exercises.ipynb").cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    _, *tasks = re.split(r"^## Task ", text, flags=re.MULTILINE)
    assert [task.split(".")[0] for task in tasks] == [
        str(n + 1) for n in range(len(tasks))
    ]
    assert 5 <= len(tasks) <= 8
    chapter = (ROOT / "chapters" / folder.name / "index.md").read_text(encoding="utf-8")
    for task in tasks:
        (pointer,) = re.findall(r"^\*Where the chapter explains it:\*(.*)$", task, re.M)
        titles = re.findall(r'"(.+?)"', pointer)
        assert titles and all(title in chapter for title in titles)


@each_topic
def test_stored_outputs_are_few_and_comparable(folder):
    cells = [c for c in read(folder / "solutions.ipynb").cells if c.cell_type == "code"]
    kept = [c for c in cells if "nbval-check-output" in c.metadata.get("tags", [])]
    assert len(kept) >= 2
    for cell in cells:
        assert "raises-exception" not in cell.metadata.get("tags", [])
        assert bool(cell.outputs) == (cell.execution_count is not None)
        assert bool(cell.outputs) == (cell in kept)
    for cell in kept:
        shown = "".join(output.get("text", "") for output in cell.outputs)
        assert shown.strip() and not re.search(r"\d\.\d", shown)  # no floats as text


@each_topic
def test_unsolved_notebook_fails_only_at_its_checks_and_in_one_line(folder, kernel):
    notebook = read(folder / "exercises.ipynb")
    notebook.cells.insert(0, new_code_cell(f"%reset -f\n%cd -q {folder}"))
    client = NotebookClient(notebook, km=kernel, allow_errors=True, timeout=120)
    client.execute()
    client.kc.stop_channels()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    checks = [cell for cell in code if is_check(cell)]
    failed = [c for c in code if any(o.output_type == "error" for o in c.outputs)]
    assert [c.id for c in failed] == [c.id for c in checks] and len(checks) >= 5
    for cell in failed:
        (error,) = cell.outputs
        assert error.ename == "CheckFailed"
        (line,) = error.traceback
        assert line.startswith("✗") and "not written yet" in line
    assert f"0 of {len(checks)} tasks done" in code[-1].outputs[0].text


@each_topic
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_variant_can_be_solved(folder, seed, as_users_run_it):
    topic = folder.name.split("_", 1)[1]
    for step in steps(solutions(topic, seed)):
        if not isinstance(step.check, Prediction):  # those train, for too long
            step.run()
    broken = [name for name in step.names if name.startswith("broken_")]
    for name in broken:
        check = step.names[name.replace("broken_", "check_")]
        assert UNKNOWN not in outcome(check, step.names[name]).split("\n")[0] != ""


@each_topic
def test_variants_differ_and_recur(folder):
    topic = folder.name.split("_", 1)[1]
    made = [as_text(unsolved(topic, seed)) for seed in (None, 1, 2, 3, 1)]
    assert len(set(made)) == 4 and made[1] == made[4]


def ungraded(notebook):
    """The given cells alone: quick to run, and none of them needs an answer."""
    cells = [cell for cell in notebook.cells if "nbgrader" not in cell.metadata]
    return new_notebook(cells=cells, metadata=notebook.metadata)


def nbval(path):
    command = [sys.executable, "-m", "pytest", "-q", "--nbval-lax", path.name]
    return subprocess.run(command, cwd=path.parent, capture_output=True, text=True)


def test_nbval_notices_a_wrong_stored_output(tmp_path):
    notebook = ungraded(read(ROOT / "exercises/02_attention/solutions.ipynb"))
    place = next(i for i, cell in enumerate(notebook.cells) if cell.get("outputs"))
    notebook.cells = notebook.cells[: place + 1]
    output = notebook.cells[place].outputs[0]
    output.text = output.text[:-2] + "poison\n"
    path = tmp_path / "copy.ipynb"
    nbformat.write(notebook, path)
    run = nbval(path)
    assert run.returncode == 1 and "Cell outputs differ" in run.stdout
    assert re.search(r"^1 failed, [1-9]\d* passed", run.stdout, re.M), run.stdout


@pytest.fixture
def book(tmp_path):
    """A book with one topic of two cells; the tagged one has no output yet."""
    cells = [
        new_code_cell("def f():\n    ### BEGIN SOLUTION\n    return 4\n"
                      "    ### END SOLUTION", id="f"),
        new_code_cell("print(2 + 2)", id="sum", execution_count=9,
                      metadata={"tags": ["nbval-check-output"], "scrolled": True}),
        new_code_cell("f()", id="call", execution_count=3),
        new_markdown_cell("### BEGIN SOLUTION\nSo\n### END SOLUTION", id="why"),
    ]  # fmt: skip
    folder = tmp_path / "exercises/01_sum"
    folder.mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells), folder / "solutions.ipynb")
    return tmp_path


def test_check_tells_the_remedy_and_changes_nothing(book, capsys):
    before = (book / "exercises/01_sum/solutions.ipynb").read_bytes()
    assert tool.main(["--check"], root=book) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert "exercises.ipynb" in line and "make format" in line
    assert (book / "exercises/01_sum/solutions.ipynb").read_bytes() == before
    assert not (book / "exercises/01_sum/exercises.ipynb").exists()


def test_writing_once_is_enough(book):
    assert tool.main([], root=book) == 0
    assert tool.main(["--check"], root=book) == 0
    f, _, call, why = read(book / "exercises/01_sum/exercises.ipynb").cells
    assert (
        f.source == 'def f():\n    raise NotImplementedError("write your answer here")'
    )
    assert why.source == "*Write your answer here.*"
    assert call.execution_count is None


def test_execute_fills_only_tagged_outputs(book):
    assert tool.main(["--execute"], root=book) == 0
    solved = read(book / "exercises/01_sum/solutions.ipynb").cells
    assert solved[1].outputs[0].text == "4\n" and solved[1].execution_count == 2
    assert solved[1].metadata == {"tags": ["nbval-check-output"]}
    assert solved[2].outputs == [] and solved[2].execution_count is None
    assert tool.main(["--check"], root=book) == 0


def test_two_cells_of_one_name_are_refused(book):
    path = book / "exercises/01_sum/solutions.ipynb"
    notebook = read(path)
    notebook.cells[0].metadata["nbgrader"] = {"grade_id": "sum"}
    nbformat.write(notebook, path)
    with pytest.raises(ValueError, match="same id: sum"):
        tool.main([], root=book)


def test_passages_are_replaced_as_whole_words_everywhere_and_at_once():
    cells = [
        new_code_cell("x = 8 + 18 + 3\n### BEGIN SOLUTION\n8 - 3\n### END SOLUTION"),
        new_markdown_cell("Take 8 of 80, or x_8; 3 times 8."),
    ]
    made = varied(new_notebook(cells=cells), {"8": "3", "3": "5"})
    assert made.cells[0].source.startswith("x = 3 + 18 + 5\n### BEGIN SOLUTION\n3 - 5")
    assert made.cells[1].source == "Take 3 of 80, or x_8; 5 times 3."
    assert exercises_from(made).cells[0].source.startswith("x = 3 + 18 + 5\nraise")


def test_a_passage_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="no passage '8' to replace"):
        varied(new_notebook(cells=[new_markdown_cell("18")]), {"8": "3"})
