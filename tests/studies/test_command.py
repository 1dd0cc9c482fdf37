"""`heedful compare`, with a study that takes a moment."""

import re
import shutil
from functools import partial

import pytest
from click.testing import CliRunner

from heedful.cli import main
from heedful.studies import Study

pytestmark = pytest.mark.usefixtures("as_users_run_it")

MODULE = "heedful.studies.comparison"


def heedful(*args):
    return CliRunner().invoke(main, ["compare", *map(str, args)])


def mistake(*args):
    """The last line, in which the command says what is wrong."""
    result = heedful(*args)
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    line = result.stderr.splitlines()[-1]
    assert line.startswith("heedful: ")
    return line


@pytest.fixture(autouse=True)
def small_settings(tiny_settings, monkeypatch):
    from heedful.studies.comparison import Settings

    given = {name: getattr(tiny_settings, name) for name in vars(tiny_settings)}
    monkeypatch.setattr(f"{MODULE}.Settings", partial(Settings, **given))


@pytest.fixture
def folder(finished, tmp_path):
    return shutil.copytree(finished[1], tmp_path / "study")


def test_a_finished_study_is_shown_and_not_trained_again(folder, finished, monkeypatch):
    monkeypatch.setattr(f"{MODULE}.fit", None)  # a training would fail
    result = heedful("--seeds", 2, "--out", folder)
    assert result.exit_code == 0, result.output
    *lines, last = result.stdout.splitlines()
    assert last == f"saved in {folder}"
    table = [row for row in finished[0].table() if row["part"] == "all"]
    for line, row in zip(lines, table, strict=True):
        assert line.startswith(row["label"])
        assert f" {row['parameters']:,} parameters" in line
        assert f" {row['right']:.1%} right" in line
    assert Study.load(folder) == finished[0]
    picture = (folder / "compare.svg").read_text(encoding="utf-8")
    assert re.search(r">GRU with attention<", picture)


def test_results_go_beside_the_runs(home, monkeypatch):
    def stopped(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"{MODULE}.fit", stopped)
    result = heedful()
    assert result.exit_code == 130
    line = result.stderr.splitlines()[-1]
    assert line == f"heedful: stopped; the finished trainings are in {home}/compare"
    assert Study.load(home / "compare").results == []


def test_again_keeps_the_old_results(folder, finished, monkeypatch):
    before = (folder / "compare.json").read_bytes()

    def stopped(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"{MODULE}.fit", stopped)
    assert heedful("--out", folder, "--again").exit_code == 130
    assert (folder / "compare.1.json").read_bytes() == before
    assert Study.load(folder).results == []


def test_other_settings_are_told_with_the_remedy(folder):
    line = mistake("--steps", 6, "--out", folder)
    assert f"the study in {folder} was made with n_steps=5, not 6" in line
    assert "--again starts anew, --out chooses another folder" in line


def test_a_damaged_study_is_told_with_the_remedy(folder):
    (folder / "compare.json").write_text("{")
    line = mistake("--out", folder)
    assert "compare.json is damaged" in line
    assert "--again starts anew" in line


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--steps", 0], "n_steps=0 must be a whole number from 1 up"),
        (["--steps", 1], "n_steps=1 must be 2 or more"),
        (["--steps", "x"], "'x' is not a valid integer"),
        (["--seeds", 0], "0 is not in the range"),
        (["numbers"], "unexpected extra argument (numbers)"),
    ],
)
def test_a_mistake_is_told(args, told):
    assert told in mistake(*args)


def test_a_folder_that_cannot_be_is_told_before_the_first_training(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(f"{MODULE}.fit", None)
    (tmp_path / "file").write_text("")
    line = mistake("--out", tmp_path / "file" / "below")
    assert f"cannot write {tmp_path}/file" in line
    assert "choose another --out" in line
