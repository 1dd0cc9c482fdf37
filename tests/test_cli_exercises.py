import os
import re
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_output

from heedful.cli import main
from heedful.exercises import folders

pytestmark = pytest.mark.usefixtures("as_users_run_it")

TOPIC = "05_transformer"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """The default folder of a learner whose home, and whose folder, is empty."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "heedful-exercises"


def exercises(*args):
    return CliRunner().invoke(main, ["exercises", *map(str, args)])


def done(*args):
    result = exercises(*args)
    assert result.exit_code == 0, result.output
    return result.stdout


def mistake(*args):
    """The one line in which the command says what is wrong."""
    result = exercises(*args)
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    (line,) = result.stderr.splitlines()
    assert line.startswith("heedful: ")
    return line


def read(path):
    return nbformat.read(path, as_version=4)


# open


@pytest.mark.parametrize("name", ["05", "5", "transformer", TOPIC])
def test_open_copies_a_topic(name, place):
    path = place / f"{TOPIC}.ipynb"
    shown = done("open", name)
    assert shown.startswith(f"copied to {path}\n") and f"jupyter lab {path}" in shown
    published = read(folders.PUBLISHED / TOPIC / "exercises.ipynb")
    mine = read(path)
    assert len(mine.cells) == len(published.cells)
    for cell, original in zip(mine.cells, published.cells):
        assert cell.source == original.source or cell.cell_type == "markdown"
        assert "](.." not in cell.source
    assert "[The full Transformer, trained](../" in published.cells[0].source
    assert "chapter The full Transformer, trained." in mine.cells[0].source


def test_open_never_overwrites(place):
    done("open", "05")
    path = place / f"{TOPIC}.ipynb"
    path.write_text("my work")
    assert done("open", "05").startswith(f"{path} is there already: not touched\n")
    assert path.read_text() == "my work"


def test_open_in_another_folder(tmp_path, place):
    shown = done("open", "05", "--in", "mine/deeper")
    assert "copied to mine/deeper/" in shown.replace(os.sep, "/")
    assert (tmp_path / f"mine/deeper/{TOPIC}.ipynb").is_file() and not place.exists()


def test_a_full_disk_leaves_no_half_notebook(place, full_disk):
    with full_disk():
        assert re.search("cannot use .*: File too large", mistake("open", "05"))
    assert not list(place.iterdir())


# status


def test_status_counts_what_the_saved_checks_said(place):
    assert re.search(rf"^{TOPIC} +not opened$", done("status"), re.MULTILINE)
    done("open", "05")
    shown = done("status")
    assert f"{TOPIC}       0 of 7 tasks done\n" in shown
    assert shown.endswith(f"(in {place})\n")
    path = place / f"{TOPIC}.ipynb"
    notebook = read(path)
    cells = {cell.id: cell for cell in notebook.cells}
    said = {
        "check-attend": "✓ attention: right (values)\n",
        "check-positions": "  reversed\n  1%\n✓ positions: right (measured: B)\n",
        "progress": "✓ not a task\n",
    }
    for name, text in said.items():
        cells[name].outputs = [new_output("stream", text=text)]
    for name, text in {"shift": "EOS is missing", "visible": "not written yet"}.items():
        line = f"✗ {name}: {text}"
        error = new_output("error", ename="CheckFailed", evalue=line, traceback=[line])
        hint = new_output("stream", text="hint 1 of 3: ✓\n")
        cells[f"check-{name}"].outputs = [hint, error]
    nbformat.write(notebook, path)
    assert "2 of 7 tasks done, 1 wrong\n" in done("status")


@pytest.mark.parametrize("text", ["", "my work", "{}", "[1]", '{"cells": 3}'])
def test_status_survives_what_is_no_notebook(text, place):
    place.mkdir()
    (place / f"{TOPIC}.ipynb").write_text(text)
    assert "cannot be read: is it a notebook?\n" in done("status")


# make


def test_make_gives_other_exercises_and_their_solutions(tmp_path):
    shown = done("make", "05", "--seed", "7")
    folder = tmp_path / "exercises-seed-7" / TOPIC
    assert shown == f"made {folder.relative_to(tmp_path)}: " + (
        "exercises.ipynb and solutions.ipynb\n"
    )
    done("make", "05", "--seed", "7", "--to", "again")
    done("make", "05", "--seed", "8", "--to", "other")
    for name in ("exercises.ipynb", "solutions.ipynb"):
        text = (folder / name).read_text()
        assert text == (tmp_path / "again" / TOPIC / name).read_text()
        assert text != (tmp_path / "other" / TOPIC / name).read_text()
        assert text != (folders.PUBLISHED / TOPIC / name).read_text()
    assert "### BEGIN SOLUTION" in text
    assert "SOLUTION" not in (folder / "exercises.ipynb").read_text()


def test_make_overwrites_nothing(tmp_path):
    (tmp_path / "here" / TOPIC).mkdir(parents=True)
    line = mistake("make", "05", "--seed", "7", "--to", "here")
    assert "is there already: choose another folder by --to" in line
    assert not list((tmp_path / "here" / TOPIC).iterdir())


# mistakes


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["open"], "Missing argument 'TOPIC'"),
        (["open", "77"], "there are no exercises '77'; there are"),
        (["open", ""], "there are no exercises ''"),
        (["opens", "05"], "No such command 'opens'"),
        (["open", "05", "--in", "file"], "cannot use file: something else is there"),
        (["open", "05", "--in", "file/deeper"], "Not a directory"),
        (["make", "05"], "Missing option '--seed'"),
        (["make", "05", "--seed", "x"], "'x' is not a valid integer"),
        (["make", "05", "--seed", "0"], "0 is not in the range x>=1"),
        (["make", "77", "--seed", "7"], "there are no exercises '77'"),
        (["make", "05", "--seed", "7", "--to", "file"], "Not a directory"),
        (["status", "05"], "unexpected extra argument (05)"),
    ],
)
def test_a_mistake_is_told_in_one_line(args, expected, tmp_path):
    (tmp_path / "file").write_text("")
    assert expected in mistake(*args)


@pytest.mark.parametrize(
    "args", [["open", "05"], ["status"], ["make", "05", "--seed", "7"]]
)
def test_without_the_repository_there_are_no_exercises(args, monkeypatch, tmp_path):
    monkeypatch.setattr(folders, "PUBLISHED", tmp_path / "nowhere")
    assert "they come with the repository" in mistake(*args)


def test_help_shows_the_commands_as_lines():
    shown = exercises("--help").stdout
    assert "\n    heedful exercises open 05 " in shown and "\\b" not in shown
