import json
import shutil

import pytest

from heedful.train.checkpoints import (
    CHECKPOINTS,
    Checkpoint,
    keep_only,
    last_checkpoint,
    read_checkpoint,
    write_checkpoint,
)
from heedful.train.durable import DamageError


def checkpoint(step):
    state = json.dumps({"step": step}).encode()
    return Checkpoint(step, {"state.json": state, "weights": bytes([step]) * 11})


@pytest.fixture
def run(tmp_path):
    """Steps 3, 5 and 7 were saved; one before the latest is kept."""
    for step in (3, 5, 7):
        write_checkpoint(tmp_path / "run", checkpoint(step))
    return tmp_path / "run"


def names(run):
    return sorted(path.name for path in (run / CHECKPOINTS).iterdir())


def test_the_last_checkpoint_and_the_one_before_are_kept(run):
    assert names(run) == ["latest", "step-00000005", "step-00000007"]
    assert last_checkpoint(run) == checkpoint(7)
    assert read_checkpoint(run, 5) == checkpoint(5)


def test_one_that_must_be_kept_is_kept(run):
    write_checkpoint(run, checkpoint(8), keep=5)
    write_checkpoint(run, checkpoint(9), keep=5)
    assert names(run) == ["latest", "step-00000005", "step-00000008", "step-00000009"]
    keep_only(run, 9)
    assert names(run) == ["latest", "step-00000009"]


def test_steps_are_compared_as_numbers(tmp_path):
    for step in (99_999_999, 100_000_000):
        files = {"state.json": json.dumps({"step": step}).encode()}
        write_checkpoint(tmp_path, Checkpoint(step, files))
    (tmp_path / CHECKPOINTS / "latest").unlink()
    assert last_checkpoint(tmp_path).step == 100_000_000


def test_where_nothing_was_saved_there_is_none(tmp_path):
    assert last_checkpoint(tmp_path) is None
    assert last_checkpoint(tmp_path / ("a" * 300)) is None


@pytest.mark.parametrize("name", ["state.json", "weights", "manifest.json"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(run, caplog, name):
    (run / CHECKPOINTS / "step-00000007" / name).write_bytes(b"?")
    assert last_checkpoint(run) == checkpoint(5)
    (message,) = caplog.messages
    assert message.startswith(f"the checkpoint {run}/checkpoints/step-00000007 is dama")
    assert f": {name} " in message


def test_where_all_are_damaged_there_is_none(run, caplog):
    for name in names(run)[1:]:
        (run / CHECKPOINTS / name / "weights").unlink()
    assert last_checkpoint(run) is None
    assert len(caplog.messages) == 2


@pytest.mark.parametrize(
    "content", [b"", b"step-00000003\n", b"step-0", b"\xff", b"/etc", None]
)
def test_without_a_latest_the_newest_is_used(run, caplog, content):
    latest = run / CHECKPOINTS / "latest"
    latest.unlink() if content is None else latest.write_bytes(content)
    assert last_checkpoint(run) == checkpoint(7)
    assert f"{latest} is damaged" in caplog.text


def test_latest_is_believed_where_a_newer_one_is_not_of_this_line(run):
    # After a roll-back the steps begin again from an earlier one.
    (run / CHECKPOINTS / "latest").write_text("step-00000005\n")
    assert last_checkpoint(run) == checkpoint(5)


def test_a_checkpoint_under_the_name_of_another_is_damaged(run):
    place = run / CHECKPOINTS
    shutil.rmtree(place / "step-00000007")
    shutil.copytree(place / "step-00000005", place / "step-00000007")
    with pytest.raises(DamageError, match=r"state\.json is of step 5"):
        read_checkpoint(run, 7)


def test_other_things_in_the_folder_are_left_alone(run):
    for name in ("notes", "step-", "step-x", ".part"):
        (run / CHECKPOINTS / name).mkdir()
    keep_only(run, 7)
    assert last_checkpoint(run) == checkpoint(7)
    assert {"notes", "step-", "step-x"} < set(names(run))
