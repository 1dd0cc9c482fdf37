import csv
import json
import re
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from heedful.text import CORPORA
from heedful.train import Run, RunError, new_run, runs_dir, train
from heedful.train.run import check_place, set_aside


@pytest.fixture(scope="module")
def saved(tiny_config, tmp_path_factory, unchecked):
    """A finished run on disk. Tests that damage it take `folder`, a copy."""
    path = tmp_path_factory.mktemp("runs") / "numbers"
    with unchecked():
        return path, train(tiny_config, path, progress=False)


@pytest.fixture
def folder(saved, tmp_path):
    return shutil.copytree(saved[0], tmp_path / "numbers")


@pytest.fixture
def alone(folder):
    """Without checkpoints, from which what is damaged could be mended."""
    shutil.rmtree(folder / "checkpoints")
    return folder


@pytest.fixture
def old(alone):
    """A run as it was saved before there were manifests."""
    (alone / "manifest.json").unlink()
    return alone


@pytest.fixture
def fresh(tiny_config):
    return new_run(tiny_config, CORPORA["numbers"](n_train=1_000, n_test=10))


def test_a_loaded_run_is_the_run_that_was_saved(saved):
    path, run = saved
    loaded = Run.load(path)
    assert loaded.config == run.config
    assert loaded.source_tokenizer == run.source_tokenizer
    assert loaded.target_tokenizer == run.target_tokenizer
    assert loaded.losses == run.losses
    assert loaded.record == run.record
    assert not loaded.model.training
    source, target = torch.randint(3, 17, (5, 7)), torch.randint(3, 17, (5, 11))
    assert torch.equal(loaded.model(source, target), run.model(source, target))


def test_a_run_is_made_of_plain_files(saved):
    names = sorted(file.name for file in saved[0].iterdir())
    assert names == ["checkpoints", "config.json", "loss.csv", "manifest.json",
                     "model.safetensors", "record.json", "tokenizers.json"]  # fmt: skip
    checkpoint = saved[0] / "checkpoints" / "step-00000007"
    kinds = {file.suffix for file in checkpoint.iterdir()}
    assert kinds == {".safetensors", ".json"}


def test_the_record_says_how_the_run_was_made(saved):
    record = json.loads((saved[0] / "record.json").read_text(encoding="utf-8"))
    assert record["steps_done"] == 7
    assert record["torch"] == torch.__version__
    assert record["threads"] == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", record["started"])
    assert record.keys() >= {"python", "heedful", "system"}


def test_the_losses_are_one_row_per_evaluation(saved):
    with (saved[0] / "loss.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["step"]) for row in rows] == [3, 6, 7]
    assert list(rows[0]) == [
        "step", "learning_rate", "train_loss", "valid_loss", "seconds"
    ]  # fmt: skip


def halve(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def wrong_shape(file):
    weights = load_file(file)
    weights["target_emb.weight"] = weights["target_emb.weight"][1:].clone()
    save_file(weights, file)


def one_weight_less(file):
    weights = load_file(file)
    del weights["target_emb.weight"]
    save_file(weights, file)


def write(content):
    return lambda file: file.write_text(content, encoding="utf-8")


def flip(file):
    file.write_bytes(b"\xff" * 50)


DAMAGES = [
    ("model.safetensors", halve),
    ("model.safetensors", write("")),
    ("model.safetensors", flip),
    ("model.safetensors", wrong_shape),
    ("model.safetensors", one_weight_less),
    ("tokenizers.json", lambda file: file.unlink()),
    ("tokenizers.json", halve),
    ("tokenizers.json", write("[]")),
    ("tokenizers.json", write("{}")),
    ("tokenizers.json", write("[1, 2]")),
    ("tokenizers.json", write('[{"unit": "word"}, {"unit": "char"}]')),
    ("tokenizers.json", write('[{"unit": 1, "pieces": []}, 2]')),
    ("config.json", lambda file: file.unlink()),
    ("config.json", halve),
    ("config.json", write('{"model": {"d_model": 12}}')),
    ("config.json", write('{"model": {"depth": 1}}')),
    ("record.json", lambda file: file.unlink()),
    ("record.json", flip),
    ("record.json", write("[]")),
    ("loss.csv", lambda file: file.unlink()),
    ("loss.csv", write("step,train_loss\n1,low\n")),
    ("loss.csv", write("step\n1,2,3\n")),
    ("loss.csv", flip),
]


def test_a_run_without_a_manifest_is_read(old, saved):
    assert Run.load(old).record == saved[1].record


@pytest.mark.parametrize(("name", "damage"), DAMAGES)
def test_damage_is_told_in_one_line_that_names_the_folder(
    as_users_run_it, old, name, damage
):
    damage(old / name)
    with pytest.raises(RunError) as caught:
        Run.load(old)
    message = str(caught.value)
    assert str(old) in message
    assert "\n" not in message
    assert len(message) > len(str(old)) + 20


@pytest.mark.parametrize(("name", "damage"), DAMAGES)
def test_with_a_manifest_the_damaged_file_is_named(alone, name, damage):
    damage(alone / name)
    with pytest.raises(RunError, match=f"the run in {alone} is damaged: {name} "):
        Run.load(alone)


@pytest.mark.parametrize(("name", "damage"), DAMAGES)
def test_with_a_checkpoint_damage_costs_nothing(folder, saved, name, damage, caplog):
    damage(folder / name)
    run = Run.load(folder)
    for key, weight in saved[1].model.state_dict().items():
        assert run.model.state_dict()[key].equal(weight)
    assert run.losses == saved[1].losses
    (message,) = caplog.messages
    assert f"the run in {folder} is damaged: {name} " in message
    assert "its checkpoint of step 7 is read" in message


@pytest.mark.parametrize("where", ["nowhere", "a" * 300, "a/b/c"])
def test_a_missing_run_is_told_by_its_folder(tmp_path, where):
    with pytest.raises(RunError, match=f"there is no trained run in .*{where}"):
        Run.load(tmp_path / where)


def test_a_file_in_place_of_a_run_is_no_run(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="there is no trained run"):
        Run.load(tmp_path / "file")


def test_a_full_disk_damages_nothing_that_was_saved(alone, fresh, full_disk):
    before = {file.name: file.read_bytes() for file in alone.iterdir()}
    with full_disk(), pytest.raises(OSError):
        fresh.save(alone)
    assert {file.name: file.read_bytes() for file in alone.iterdir()} == before


def test_runs_live_in_the_home_that_was_set(home, monkeypatch):
    assert runs_dir() == home / "runs"
    monkeypatch.setenv("HEEDFUL_HOME", "")
    monkeypatch.setenv("HOME", "/some/one")
    assert str(runs_dir()) == "/some/one/.cache/heedful/runs"


def test_setting_aside_finds_the_first_free_name(tmp_path):
    for i in range(3):
        path = tmp_path / "numbers"
        path.mkdir()
        (path / "made").write_text(str(i))
        set_aside(path)
    assert not path.exists()
    kept = {p.name: (p / "made").read_text() for p in tmp_path.iterdir()}
    assert kept == {"numbers.1": "0", "numbers.2": "1", "numbers.3": "2"}


def test_setting_aside_knows_the_name_of_the_folder_it_is_in(tmp_path, monkeypatch):
    (tmp_path / "numbers").mkdir()
    (tmp_path / "numbers" / "made").write_text("")
    monkeypatch.chdir(tmp_path / "numbers")
    set_aside(Path("."))
    assert (tmp_path / "numbers.1" / "made").exists()


def test_setting_aside_nothing_is_nothing(tmp_path):
    set_aside(tmp_path / "numbers")
    assert list(tmp_path.iterdir()) == []


def test_a_run_may_go_where_nothing_or_a_run_is(folder, tmp_path):
    check_place(folder)
    check_place(tmp_path / "new" / "er")
    (tmp_path / "empty").mkdir()
    check_place(tmp_path / "empty")
    (tmp_path / "unfinished" / "checkpoints").mkdir(parents=True)
    check_place(tmp_path / "unfinished")
    assert not (tmp_path / "new" / "er").exists()


def test_a_folder_that_is_no_run_is_left_alone(tiny_config, tmp_path):
    path = tmp_path / "letters"
    path.mkdir()
    (path / "dear.txt").write_text("...")
    with pytest.raises(FileExistsError) as caught:
        train(tiny_config, path, progress=False)
    assert caught.value.filename == str(path)
    assert [p.name for p in tmp_path.iterdir()] == ["letters"]


@pytest.mark.parametrize("below", ["", "numbers", "deep/numbers"])
def test_a_run_that_cannot_be_saved_is_refused_before_it_starts(
    tiny_config, tmp_path, monkeypatch, below
):
    monkeypatch.setattr("heedful.train.loop.fit", lambda *_: pytest.fail("it trains"))
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        train(tiny_config, tmp_path / "file" / below, progress=False)
    assert (tmp_path / "file").read_text() == ""
