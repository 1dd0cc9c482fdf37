"""`heedful sweep`, with a grid that takes a moment."""

import json
import shutil
import sys

import pytest
from click.testing import CliRunner

from heedful.cli import main
from heedful.scaling import Sweep
from heedful.scaling.grid import SETTINGS

pytestmark = pytest.mark.usefixtures("as_users_run_it", "small_preset")


def heedful(*args):
    return CliRunner().invoke(main, ["sweep", "--workers", "1", *map(str, args)])


def mistake(*args):
    """The last line, in which the command says what is wrong."""
    result = heedful(*args)
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    line = result.stderr.splitlines()[-1]
    assert line.startswith("heedful: ")
    return line


@pytest.fixture
def small_preset(tiny, monkeypatch):
    for name in SETTINGS:
        monkeypatch.setitem(SETTINGS, name, tiny)


@pytest.fixture
def folder(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "sweep")


def test_the_best_run_of_each_budget_is_told(folder):
    result = heedful("--resume", "--out", folder)
    assert result.exit_code == 0, result.output
    first, second, last = result.stdout.splitlines()
    assert last == f"saved in {folder}"
    for line, budget in ((first, 1e7), (second, 3e7)):
        rows = [row for row in Sweep.load(folder).rows if row["budget"] == budget]
        best = min(rows, key=lambda row: row["valid_loss"])
        assert line.strip().startswith(f"{budget:.3g} FLOPs: best of 4 runs")
        assert f"{best['valid_loss']:.3f} nats per token" in line
        assert f"{best['n_parameters']:,} parameters on {best['tokens']:,}" in line


def test_a_new_sweep_is_trained_and_saved(tmp_path):
    result = heedful("--out", tmp_path / "new")
    assert result.exit_code == 0, result.output
    assert len(Sweep.load(tmp_path / "new").rows) == 8
    assert "100%" in result.stderr and "8 of 8 runs" in result.stderr


def test_the_plan_is_shown_and_nothing_trained(home, monkeypatch):
    monkeypatch.setattr(sys.modules["heedful.scaling.sweep"], "fit", None)
    result = heedful("--plan")
    assert result.exit_code == 0, result.output
    _, *runs, total = result.stdout.splitlines()
    assert len(runs) == 8 and total.startswith("8 runs, about 0.0 hours")
    assert [int(line.split()[1]) for line in runs] == [2, 4, 6, 8] * 2
    assert not (home / "sweep").exists()


def test_a_sweep_that_is_there_is_told_with_the_remedies(folder):
    line = mistake("--out", folder)
    assert f"{folder} has a sweep of 8 runs already" in line
    assert "--resume goes on, --again starts anew" in line


def test_again_keeps_the_old_rows(folder, monkeypatch):
    before = (folder / "runs.csv").read_bytes()
    (folder / "bet.json").write_text("a bet on these rows")

    def stopped(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["heedful.scaling.sweep"], "fit", stopped)
    result = heedful("--again", "--out", folder)
    assert result.exit_code == 130
    assert result.stderr.splitlines()[-1] == (
        f"heedful: stopped; --resume goes on from the finished runs in {folder}"
    )
    assert (folder / "runs.1.csv").read_bytes() == before
    assert (folder / "bet.1.json").read_text() == "a bet on these rows"
    assert not (folder / "bet.json").exists()  # the new rows have not been bet on
    assert Sweep.load(folder).rows == []


def test_settings_come_from_the_file_of_another_sweep(folder, tmp_path):
    told = json.loads((folder / "sweep.json").read_text())
    told["settings"]["budgets"] = [2e7]
    (tmp_path / "mine.json").write_text(json.dumps(told))
    result = heedful("--config", tmp_path / "mine.json", "--plan")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1].startswith("4 runs")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is not readable as JSON"),
        ("[]", "has no settings of a sweep"),
        ('{"width": 3}', "has no settings of a sweep"),
        ('{"budgets": [1e7], "widths": [16], "tokens_per_parameter": [2, 1]}',
         "must rise from above 0"),
    ],
)  # fmt: skip
def test_a_file_of_settings_that_makes_no_sense_is_told(tmp_path, text, told):
    (tmp_path / "mine.json").write_text(text)
    assert told in mistake("--config", tmp_path / "mine.json")


def test_a_folder_that_cannot_be_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    line = mistake("--out", tmp_path / "file" / "below")
    assert f"cannot write {tmp_path}/file" in line and "choose another --out" in line


@pytest.mark.parametrize("args", [["--preset", "x"], ["--workers", 0], ["laptop"]])
def test_other_mistakes_are_told_in_one_line(args):
    assert mistake(*args)
