import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from heedful.cli import main
from heedful.text import training_batches
from heedful.train import Run, token_loss, train
from heedful.train.lock import locked

pytestmark = pytest.mark.usefixtures("as_users_run_it")


def heedful(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


def mistake(*args):
    """The one line in which the command says what is wrong."""
    result = heedful(*args)
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("heedful: ")
    return line


def trouble(*args):
    """The same for trouble on the way: the line below the progress bar."""
    result = heedful(*args)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.stderr
    line = result.stderr.splitlines()[-1]
    assert line.startswith("heedful: ")
    return line


@pytest.mark.parametrize("args, policy", [([], "PASSIVE"), (["--fast"], "None")])
def test_waiting_threads_sleep_unless_the_machine_is_asked_for(args, policy):
    # Where torch was not yet loaded and the user has not chosen.
    env = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    told = "import os, heedful.cli; print(os.environ.get('OMP_WAIT_POLICY'))"
    done = subprocess.run(
        [sys.executable, "-c", told, "train", "numbers", *args],
        env=env, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.strip() == policy


@pytest.fixture
def config_file(tiny_config, tmp_path):
    file = tmp_path / "tiny.json"
    file.write_text(tiny_config.to_json(), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def saved(tiny_config, tmp_path_factory, unchecked):
    path = tmp_path_factory.mktemp("runs") / "numbers"
    with unchecked():
        train(tiny_config, path, progress=False)
    return path


@pytest.fixture
def folder(saved, home):
    """A finished run where the command looks for it, not yet tested."""
    return Path(shutil.copytree(saved, home / "runs" / "numbers"))


# Help


@pytest.mark.parametrize("args", [["--help"], ["-h"], []], ids=str)
def test_help_shows_both_commands(args):
    result = heedful(*args)
    assert result.exit_code == 0
    assert "heedful train numbers" in result.stdout
    assert 'heedful translate "forty-two"' in result.stdout
    assert re.search(r"^  train +\w", result.stdout, re.MULTILINE)
    assert re.search(r"^  translate +\w", result.stdout, re.MULTILINE)


@pytest.mark.parametrize("command", ["train", "translate"])
def test_each_command_has_help_with_an_example(command):
    result = heedful(command, "--help")
    assert result.exit_code == 0
    assert "--run" in result.stdout
    assert "forty-two" in result.stdout or "seventy-four" in result.stdout


def test_help_does_not_wait_for_torch():
    script = """
import sys
from heedful.cli import main
for args in (["--help"], [], ["train", "--help"], ["translate", "--help"]):
    try:
        main(args)
    except SystemExit as end:
        assert not end.code, end.code
print("slow imports:", {"torch", "matplotlib", "numpy"} & set(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("slow imports: set()\n")


def test_the_installed_script_tells_its_version():
    script = Path(sys.executable).with_name("heedful")
    done = subprocess.run([script, "--version"], capture_output=True, text=True)
    assert re.fullmatch(r"heedful, version \d+\.\d+\.\d+\n", done.stdout)


# Mistakes


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["trian"], "No such command 'trian'"),
        (["--steps", "3"], "No such option '--steps'"),
        (["train"], "Missing argument 'TASK'"),
        (["train", "poems"], "unknown task 'poems': choose one of numbers, dates"),
        (["train", "numbers", "dates"], "unexpected extra argument (dates)"),
        (["train", "numbers", "--stepps", "3"], "No such option '--stepps'"),
        (["train", "numbers", "--steps", "x"], "'x' is not a valid integer"),
        (["train", "numbers", "--steps", "0"], "n_steps=0 must be a whole number from"),
        (["train", "numbers", "--steps", "-3"], "n_steps=-3 must be a whole number"),
        (["train", "numbers", "--steps"], "'--steps' requires an argument"),
        (["train", "numbers", "--seed", "-1"], "seed=-1 must be a whole number"),
        (["train", "numbers", "--seed", 10**30], f"seed={10**30} must be a whole"),
        (["train", "numbers", "--config", "no.json"], "no.json does not exist"),
        (["train", "numbers", "--config", "."], ". is not readable as JSON"),
        (["train", "dates", "--recipe", "x"], "unknown recipe 'x': choose plain or"),
        (["train", "tatoeba", "--recipe", "short"], "task 'tatoeba' has no recipe but"),
        (["train", "dates", "--recipe", "short", "--config", "c"], "leave one out"),
        (["translate"], "Missing argument 'TEXT...'"),
        (
            ["translate", "two", "--task", "x"],
            "unknown task 'x': choose one of numbers",
        ),
    ],
    ids=lambda x: " ".join(map(str, x)) if isinstance(x, list) else "",
)
def test_a_mistake_is_told_in_one_line(args, expected):
    line = mistake(*args)
    assert expected in line
    if expected[0] in "NM'":  # the words are click's: say where to look
        assert line.endswith("See `heedful --help`.")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "is not readable as JSON"),
        ("[]", "the top level must be an object of settings, not []"),
        ('{"depth": 3}', "unknown setting 'depth' in the top level; known are task"),
        ('{"model": {"n_heads": 5}}', "d_model=96 is not divisible by n_heads=5"),
        ('{"model": {"d_model": "96"}}', "d_model='96' must be a whole number"),
        (
            '{"recipe": {"learning_rate": -1}}',
            "learning_rate=-1 must be a number above",
        ),
        ('{"task": ["dates"]}', "unknown task ['dates']: choose one of numbers, dates"),
    ],
)
def test_a_broken_config_is_told_with_its_file(tmp_path, content, expected):
    file = tmp_path / "mine.json"
    file.write_text(content, encoding="utf-8")
    line = mistake("train", "numbers", "--config", file)
    assert f"{file}" in line
    assert expected in line


def test_a_model_too_short_for_the_task_is_told_before_it_trains(tmp_path):
    file = tmp_path / "mine.json"
    file.write_text('{"n_train": 1000, "model": {"max_seq_len": 9}}')
    line = mistake("train", "numbers", "--config", file)
    assert re.search(r"max_seq_len=9 is too short: numbers needs \d\d", line)


@pytest.mark.parametrize("below", ["", "/numbers", "/deep/er"])
def test_a_run_that_cannot_be_written_is_told_before_it_trains(
    config_file, tmp_path, below
):
    (tmp_path / "file").write_text("")
    place = f"{tmp_path}/file{below}"
    line = mistake("train", "numbers", "--config", config_file, "--run", place)
    assert f"cannot write {tmp_path}/file" in line
    assert "choose another --run" in line


def test_a_full_disk_is_told_with_the_place(config_file, tmp_path, full_disk):
    place = tmp_path / "run"
    with full_disk():
        result = heedful("train", "numbers", "--config", config_file, "--run", place)
    assert result.exit_code == 2
    line = result.stderr.splitlines()[-1]
    assert (
        line == f"heedful: cannot write {place}: File too large; choose another --run"
    )


def test_a_folder_that_is_no_run_is_never_moved(config_file, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("...")
    line = mistake(
        "train", "numbers", "--config", config_file, "--run", tmp_path / "letters"
    )
    assert f"cannot write {tmp_path}/letters" in line
    assert (tmp_path / "letters" / "dear.txt").exists()


@pytest.mark.parametrize("command", ["train", "translate"])
def test_a_name_that_no_folder_can_have_is_told(command, config_file, tmp_path):
    options = ["--config", config_file] if command == "train" else []
    line = mistake(command, "numbers", *options, "--run", tmp_path / ("n" * 300))
    assert "nnn" in line


def test_a_missing_run_is_told_with_its_remedy(home):
    line = mistake("translate", "two")
    assert f"there is no trained run in {home}/runs/numbers" in line
    assert "`heedful train numbers` makes one" in line


def test_a_name_of_two_lines_is_told_in_one(tmp_path):
    assert "/two lines;" in mistake(
        "translate", "two", "--run", tmp_path / "two\nlines"
    )


@pytest.mark.parametrize(
    "name", ["model.safetensors", "tokenizers.json", "record.json", "config.json"]
)
def test_a_damaged_run_is_told_with_its_remedy(folder, name):
    shutil.rmtree(folder / "checkpoints")
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    line = mistake("translate", "two")
    assert str(folder) in line
    assert "`heedful train numbers` makes one" in line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "'' has nothing to translate"),
        (" , ", "' , ' has nothing to translate"),
        ("one " * 24, "the text has 24 tokens, but this model reads at most 23"),
        ("forty-tow", "'tow' is not in the vocabulary; known are:"),
        ("42", "'4' is not in the vocabulary"),
        ("四十二", "'四十二' is not in the vocabulary"),
        ("two\nthree\npears", "'pears' is not in the vocabulary"),
    ],
)
def test_a_text_that_cannot_be_translated_is_told(folder, text, expected):
    assert expected in mistake("translate", text)


# Work


def test_train_then_translate(config_file, home):
    result = heedful("train", "numbers", "--config", config_file)
    assert result.exit_code == 0, result.output
    path = home / "runs" / "numbers"
    assert re.search(
        r"right to the last character: \d+\.\d% of 1,000 unseen numbers", result.stdout
    )
    assert result.stdout.endswith(f"saved in {path}\n")
    record = Run.load(path).record
    assert record["tested_on"] == 1000
    assert 0 <= record["exact_match"] <= 1

    result = heedful("translate", "forty-two thousand", "--attention")
    assert result.exit_code == 0, result.output
    answer, top, *rows, legend = result.stdout.splitlines()
    assert set(answer) <= set("〇零一二三四五六七八九十百千万億")
    assert top.strip().replace("⏎", "").rstrip().startswith(answer)
    assert [row.split()[0] for row in rows] == ["forty", "two", "thousand"]
    assert "share of attention" in legend

    result = heedful("translate", "one", "two", "three")
    assert len(result.stdout.splitlines()) == 3


def test_a_second_train_finds_the_first(config_file, home):
    first = heedful("train", "numbers", "--config", config_file)
    second = heedful("train", "numbers", "--config", config_file)
    assert second.exit_code == 0
    lines = second.stdout.splitlines()
    path = home / "runs" / "numbers"
    assert lines[0] == f"already trained: {path} (--again trains anew)"
    assert lines[1:] == first.stdout.splitlines()
    assert [p.name for p in (home / "runs").iterdir()] == ["numbers"]


def test_again_keeps_the_earlier_run(config_file, folder):
    weights = (folder / "model.safetensors").read_bytes()
    result = heedful("train", "numbers", "--config", config_file, "--again")
    assert result.exit_code == 0, result.output
    assert "already trained" not in result.stdout
    earlier = folder.with_name("numbers.1")
    assert (earlier / "model.safetensors").read_bytes() == weights
    assert "exact_match" in Run.load(folder).record


def test_a_run_that_python_trained_is_tested_by_the_command(config_file, folder):
    assert "exact_match" not in Run.load(folder).record
    result = heedful("train", "numbers", "--config", config_file)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("already trained")
    assert "of 1,000 unseen numbers" in result.stdout
    assert "exact_match" in Run.load(folder).record


def test_options_go_before_the_config_file(config_file, tiny_config, tmp_path):
    path = tmp_path / "mine"
    result = heedful(
        "train", "dates", "--config", config_file, "--steps", 2, "--seed", 5,
        "--run", path,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    config = Run.load(path).config
    assert (config.task, config.recipe.n_steps, config.seed) == ("dates", 2, 5)
    assert config.model == tiny_config.model
    assert heedful("translate", "May 3, 2001", "--run", path).exit_code == 0


def test_the_config_of_a_run_repeats_the_run(folder, tmp_path):
    result = heedful(
        "train", "numbers", "--config", folder / "config.json", "--run", tmp_path / "b"
    )
    assert result.exit_code == 0, result.output
    repeated = (tmp_path / "b" / "model.safetensors").read_bytes()
    assert repeated == (folder / "model.safetensors").read_bytes()


# Ctrl-C


def test_ctrl_c_before_the_first_step_says_that_nothing_was_saved(
    config_file, home, monkeypatch
):
    def interrupted(*_):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr("heedful.train.loop.training_batches", interrupted)
    result = heedful("train", "numbers", "--config", config_file)
    assert result.exit_code == 130
    last = result.stderr.splitlines()[-1]
    assert last == "heedful: stopped before the first step; nothing was saved"
    assert not (home / "runs" / "numbers").exists()


def test_ctrl_c_after_the_training_keeps_the_training(config_file, home, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("heedful.generate.score.final_test", interrupted)
        result = heedful("train", "numbers", "--config", config_file)
    assert result.exit_code == 130
    assert str(home / "runs" / "numbers") in result.stderr.splitlines()[-1]
    result = heedful("train", "numbers", "--config", config_file)
    assert result.stdout.startswith("already trained")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_in_the_training_leaves_a_usable_run(
    tiny_config, tmp_path, child, name
):
    settings = json.loads(tiny_config.to_json())
    settings["recipe"] |= dict(n_steps=100_000, evaluate_every=100_000)
    (tmp_path / "long.json").write_text(json.dumps(settings))
    # A shell may ignore Ctrl-C in its background jobs, and nohup SIGHUP: undo that.
    start = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "signal.signal(signal.SIGHUP, signal.SIG_DFL); from heedful.cli import main;"
    )
    command = [
        sys.executable, "-c", f"{start} main()", "train",
        "numbers", "--config", tmp_path / "long.json", "--run", tmp_path / "run",
    ]  # fmt: skip
    with child(command, stderr=subprocess.PIPE, bufsize=0) as process:
        shown = b""
        while not re.search(rb" [1-9]\d*/100000", shown):
            some = process.stderr.read(64)
            assert some, shown.decode()
            shown += some
        process.send_signal(getattr(signal, name))
        shown += process.stderr.read()
        assert process.wait(timeout=60) == 128 + getattr(signal, name)
    assert b"Traceback" not in shown
    done = Run.load(tmp_path / "run").record["steps_done"]
    assert 1 <= done < 100_000
    last = shown.decode().splitlines()[-1]
    assert last == (
        f"heedful: stopped by {name} after step {done}, saved in {tmp_path}/run: "
        f"`heedful train numbers --resume --run {tmp_path}/run` goes on"
    )
    assert heedful("translate", "forty-two", "--run", tmp_path / "run").exit_code == 0


# Going on


@pytest.fixture
def stopped(config_file, tmp_path, monkeypatch):
    """A run that Ctrl-C stopped in its fifth step of seven."""
    path = tmp_path / "stopped"

    def asked(*args):
        for step, batch in enumerate(training_batches(*args), start=1):
            if step == 5:
                signal.raise_signal(signal.SIGINT)
            yield batch

    with monkeypatch.context() as patch:
        patch.setattr("heedful.train.loop.training_batches", asked)
        result = heedful("train", "numbers", "--config", config_file, "--run", path)
    assert result.exit_code == 130
    assert "stopped by SIGINT after step 5, saved in" in result.stderr
    return path


def test_resume_ends_as_if_nothing_had_been(stopped, saved):
    result = heedful("train", "numbers", "--resume", "--run", stopped)
    assert result.exit_code == 0, result.output
    assert "of 1,000 unseen numbers" in result.stdout
    weights = (stopped / "model.safetensors").read_bytes()
    assert weights == (saved / "model.safetensors").read_bytes()


def test_resuming_what_is_finished_finds_it(folder):
    result = heedful("train", "numbers", "--resume")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("already trained")


def test_resume_says_what_changed_and_goes_on(stopped, monkeypatch, caplog):
    monkeypatch.setattr("torch.get_num_threads", lambda: 3)
    monkeypatch.setattr("torch.__version__", "1.2.3")
    result = heedful("train", "numbers", "--resume", "--run", stopped)
    assert result.exit_code == 0, result.output
    (message,) = caplog.messages
    assert re.search(r"torch \S+ \(now 1.2.3\), threads 1 \(now 3\)", message)
    assert message.endswith("it will not end with quite the same weights")
    (note,) = Run.load(stopped).record["resumed"]
    assert len(note["changed"]) == 2


@pytest.mark.parametrize(
    "options",
    [["--again"], ["--steps", 9], ["--recipe", "short"], ["--config", "x"]],
    ids=str,
)
def test_resume_takes_no_other_settings(options):
    line = mistake("train", "numbers", "--resume", *options)
    assert "--resume goes on with the run's own settings" in line


def test_resuming_nothing_is_told(home):
    line = mistake("train", "numbers", "--resume")
    assert f"there is no trained run in {home}/runs/numbers" in line


def test_a_disk_that_fills_later_leaves_a_run_that_can_go_on(stopped, saved, full_disk):
    with full_disk():
        line = trouble("train", "numbers", "--resume", "--run", stopped)
    assert f"cannot write {stopped}: File too large; make room: " in line
    assert "--resume" in line and line.endswith("goes on after step 5")
    assert heedful("train", "numbers", "--resume", "--run", stopped).exit_code == 0
    weights = (stopped / "model.safetensors").read_bytes()
    assert weights == (saved / "model.safetensors").read_bytes()


def test_two_commands_do_not_train_in_one_folder(config_file, tmp_path):
    with locked(tmp_path / "run"):
        line = mistake(
            "train", "numbers", "--config", config_file, "--run", tmp_path / "run"
        )
    assert f"process {os.getpid()} is training in {tmp_path}/run" in line


def test_a_loss_that_is_no_number_is_told_with_its_step(
    config_file, tmp_path, monkeypatch
):
    calls = []

    def broken(*args):
        calls.append(1)
        return token_loss(*args) * (math.nan if len(calls) == 5 else 1)

    monkeypatch.setattr("heedful.train.kernels.token_loss", broken)
    line = trouble(
        "train", "numbers", "--config", config_file, "--run", tmp_path / "run"
    )
    assert "step 5, batch 5: the loss is nan. The largest gradient is nan, of " in line
    assert "--roll-back" in line
    assert Run.load(tmp_path / "run").record["steps_done"] == 3

    calls.clear()
    options = ["--config", config_file, "--run", tmp_path / "run", "--roll-back", 9]
    result = heedful("train", "numbers", *options)
    assert result.exit_code == 0, result.output
    (note,) = Run.load(tmp_path / "run").record["rolled_back"]
    assert (note["to_step"], note["next_batch"]) == (3, 6)


@pytest.mark.parametrize("command", [None, *main.commands])
def test_examples_in_the_help_keep_their_lines(command):
    result = heedful(*([command] if command else []), "--help")
    assert result.exit_code == 0
    assert "\\b" not in result.stdout and "\b" not in result.stdout
