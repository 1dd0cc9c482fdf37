"""A sweep that is left alone, interrupted, killed, and gone on with."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from heedful.nets import LanguageModel
from heedful.scaling import (
    Runs,
    Sweep,
    SweepError,
    counted_parameters,
    planned,
    set_sweep_aside,
    sweep,
    tokens_of,
    train_run,
    training_flops,
)
from heedful.scaling.sweep import _each_once  # what is read cannot be seen from outside
from heedful.text import TEXTS, TextCorpus
from heedful.train.lock import LockedError

MEASURED = ("cpu_seconds", "finished")
"""Columns that may differ between two runs of the same settings."""

pytestmark = pytest.mark.usefixtures("as_users_run_it")


def results(rows):
    """What must be the same, whatever happened meanwhile, by run."""
    kept = [{k: v for k, v in row.items() if k not in MEASURED} for row in rows]
    return sorted(kept, key=lambda row: (row["budget"], row["d_model"]))


def file_rows(folder):
    with (folder / "runs.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_there_is_one_row_for_each_planned_run(tiny, whole):
    runs = planned(tiny, tokens_of(tiny))
    done = Sweep.load(whole)
    assert len(runs) == 8 and [run.key for run in runs] == [
        (row["budget"], row["d_model"], row["seed"]) for row in done.rows
    ]
    for run, row in zip(runs, done.rows, strict=True):
        assert row["flops"] == run.flops == pytest.approx(run.budget, rel=0.04)
        model = LanguageModel(tiny.model(run.d_model))
        assert row["n_parameters"] == counted_parameters(model)
        per_token = training_flops(model.config, n_new=11) / 11
        assert row["flops"] == pytest.approx(per_token * row["tokens"])
        assert row["tokens"] == row["n_steps"] * 3 * 11
        assert 0 < row["valid_loss"] < 5.6 and row["cpu_seconds"] > 0


def test_a_row_says_all_that_is_needed_to_make_it_again(tiny, whole):
    row = file_rows(whole)[3]
    assert row["corpus_hash"] == TEXTS["sources"]().hash
    assert row["corpus"] == "sources" and row["versions"] == "CPython 3.0, torch 0.0"
    assert row["tokenizer_hash"] == tokens_of(tiny).record["tokenizer_hash"]
    (run,) = [
        r
        for r in planned(tiny, tokens_of(tiny))
        if (r.budget, r.d_model) == (float(row["budget"]), int(row["d_model"]))
    ]
    again = train_run(run, tiny, tokens_of(tiny))
    assert again["valid_loss"] == float(row["valid_loss"])
    assert set(row) == set(again)
    tokens_per_byte = tokens_of(tiny).record["n_valid"] / sum(
        len(d.text.encode()) for d in TEXTS["sources"]().valid
    )
    bits = float(row["valid_loss"]) / 0.6931472 * tokens_per_byte
    assert float(row["bits_per_byte"]) == pytest.approx(bits, rel=1e-4)


def test_models_learn_from_more_compute(whole):
    runs = Runs.of(Sweep.load(whole).rows)
    best = [runs.loss[runs.budgets == budget].min() for budget in (0, 1)]
    assert best[1] < best[0] < 5.57  # log 263, what a model knows that knows nothing


def test_no_run_reads_a_token_twice(tiny):
    tokens = tokens_of(tiny)
    for run in planned(tiny, tokens):
        seen = set()
        for batch in _each_once(run, tiny, tokens):
            assert len(batch) == tiny.batch_size
            seen |= {tuple(row) for row in batch.tokens.tolist()}
        # equal rows may stand in the text, so rather many, not all, are distinct
        assert len(seen) > 0.8 * run.n_steps * tiny.batch_size


def test_more_tokens_than_there_are_are_refused(tiny):
    greedy = replace(tiny, budgets=(1e7, 3e11))
    with pytest.raises(ValueError, match=r"3e.11 FLOPs gets the widths .* three are"):
        planned(greedy, tokens_of(greedy))


def test_a_finished_sweep_is_not_trained_again(tiny, whole, tmp_path, monkeypatch):
    module = sys.modules["heedful.scaling.sweep"]
    monkeypatch.setattr(module, "train_run", None)  # a training would fail
    before = (whole / "runs.csv").read_bytes()
    done = sweep(tiny, whole, resume=True, progress=False)
    assert len(done.rows) == 8 and (whole / "runs.csv").read_bytes() == before


def test_without_resume_a_sweep_is_left_alone(tiny, whole):
    with pytest.raises(SweepError, match="has a sweep of 8 runs already"):
        sweep(tiny, whole, progress=False)


def test_other_settings_are_not_mixed_in(tiny, whole):
    other = replace(tiny, learning_rate=0.02)
    with pytest.raises(SweepError, match=r"with learning_rate=0.01, not 0.02"):
        sweep(other, whole, resume=True, progress=False)


def test_another_text_is_not_mixed_in(tiny, whole, monkeypatch):
    text = TEXTS["sources"]()
    newer = TextCorpus(**{**vars(text), "train": text.train[:-1]})
    monkeypatch.setitem(TEXTS, "sources", lambda: newer)
    with pytest.raises(SweepError, match="was made with corpus_hash="):
        sweep(tiny, whole, resume=True, progress=False)


def test_two_cannot_sweep_in_one_folder(tiny, tmp_path):
    pytest.importorskip("fcntl")  # Windows has none
    from heedful.scaling.rows import opened

    record = tokens_of(tiny).record
    with opened(tiny, record, tmp_path, resume=False):
        with pytest.raises(LockedError, match=f"is training in {tmp_path}"):
            sweep(tiny, tmp_path, resume=True, progress=False)


def test_setting_aside_keeps_both_files(whole, tmp_path):
    for i in (1, 2):
        for name in ("sweep.json", "runs.csv"):
            (tmp_path / name).write_bytes((whole / name).read_bytes() + b" " * i)
        set_sweep_aside(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "runs.1.csv", "runs.2.csv", "sweep.1.json", "sweep.2.json",
    ]  # fmt: skip
    set_sweep_aside(tmp_path)  # nothing is there: nothing happens


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("sweep.json", "{", "is damaged"),
        ("sweep.json", "{}", "is damaged: 'settings'"),
        ("runs.csv", "budget,d_model\n3,x\n", "is damaged"),
    ],
)
def test_damage_is_told(whole, tmp_path, file, text, told):
    for name in ("sweep.json", "runs.csv"):
        (tmp_path / name).write_bytes((whole / name).read_bytes())
    (tmp_path / file).write_text(text)
    with pytest.raises(SweepError, match=told):
        Sweep.load(tmp_path)


def test_a_folder_without_a_sweep_is_told(tmp_path):
    with pytest.raises(SweepError, match=f"there is no sweep in {tmp_path}"):
        Sweep.load(tmp_path)


CHILD = """
import json, multiprocessing, os, signal, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from heedful.scaling import Settings, Sweep, sweep
from heedful.text import TEXTS
from tests.scaling.tiny import corpus

TEXTS["sources"] = corpus
folder, settings, n_workers = sys.argv[1:]
schedules = sys.modules["heedful.train.schedules"]
durable = sys.modules["heedful.train.durable"]
cosine, write, add = schedules.cosine, durable._write, Sweep.add
steps = []

def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)

def in_training(*args):
    steps.append(args)
    return die() if len(steps) > 300 else cosine(*args)

def in_writing(path, content):
    write(path, content)
    if "runs.csv" in path.name and len(content) > 1200:
        die()

def when_written(self, row):
    add(self, row)
    if len(self.rows) == 5:
        die()

def with_two_workers(self, row):
    add(self, row)
    print(*(p.pid for p in multiprocessing.active_children()), end=" ", flush=True)
    if len(self.rows) == 2:
        die()

def go_on(moment):
    if moment == "training":
        schedules.DECAYS["cosine"] = in_training
    elif moment == "writing":
        durable._write = in_writing
    else:
        Sweep.add = when_written if moment == "written" else with_two_workers
    given = Settings(**json.loads(settings))
    sweep(given, Path(folder), int(n_workers), resume=True, progress=False)

for line in sys.stdin:  # each in a process forked from this one, which has loaded torch
    pid = os.fork()
    if pid == 0:
        try:
            go_on(line.strip())
        finally:
            os._exit(1)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


@contextmanager
def killer(child, settings, folder, n_workers=1):
    """`die(moment)` sweeps until it is killed at that moment; what it had printed."""
    command = [sys.executable, "-c", CHILD, folder, json.dumps(settings.to_dict())]
    root = Path(__file__).parents[2]
    path = os.pathsep.join([str(root), str(root / "lib")])

    def die(moment):
        print(moment, file=process.stdin, flush=True)
        *printed, code = map(int, process.stdout.readline().split())
        assert code == -signal.SIGKILL
        return printed

    with child(
        [*command, str(n_workers)], env=os.environ | {"PYTHONPATH": path}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        yield die


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_killed_anywhere_it_goes_on_without_a_lost_or_doubled_row(
    tiny, whole, tmp_path, child
):
    n_rows = 0
    with killer(child, tiny, tmp_path) as die:
        for moment in ("training", "writing", "written"):
            die(moment)
            rows = Sweep.load(tmp_path).rows
            assert len(rows) > n_rows or moment == "writing", moment
            assert len(rows) < 8
            n_rows = len(rows)
    # the row that was being written is not there, and not half there
    done = sweep(tiny, tmp_path, resume=True, progress=False)
    assert results(done.rows) == results(Sweep.load(whole).rows)
    assert results(file_rows(tmp_path)) == results(file_rows(whole))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_workers_die_with_their_parent_and_what_is_done_stays(
    tiny, whole, tmp_path, child, forked
):
    with killer(child, tiny, tmp_path, n_workers=2) as die:
        workers = set(die("two workers"))
    assert len(workers) >= 2
    _until_gone(workers)
    rows = Sweep.load(tmp_path).rows
    assert len(rows) == 2
    done = sweep(tiny, tmp_path, n_workers=2, resume=True, progress=False)
    assert results(done.rows) == results(Sweep.load(whole).rows)


def _until_gone(pids):
    for _ in range(600):
        if not any(_is_running(pid) for pid in pids):
            return
        time.sleep(0.1)
    pytest.fail(f"some of the processes {pids} outlive their parent by a minute")


def _is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")  # a zombie is dead, though nobody has asked
    return not stat.exists() or ") Z " not in stat.read_text()


def test_an_interrupted_sweep_keeps_its_finished_runs(tiny, tmp_path, monkeypatch):
    module = sys.modules["heedful.scaling.sweep"]
    n_left = 3

    def until_ctrl_c(*args):
        nonlocal n_left
        n_left -= 1
        if n_left < 0:
            raise KeyboardInterrupt
        return train_run(*args)

    monkeypatch.setattr(module, "train_run", until_ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        sweep(tiny, tmp_path, progress=False)
    assert len(Sweep.load(tmp_path).rows) == 3


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (dict(corpus="novels"), "corpus='novels' must be one of"),
        (dict(widths=(4, 4)), r"widths=\(4, 4\) must be given, and each once"),
        (dict(budgets=()), r"budgets=\(\) must be given"),
        (dict(widths=(3,)), "d_head=3 is odd: a rotation needs pairs"),
        (dict(tokens_per_parameter=(2.0, 1.0)), "must rise from above 0"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told(tiny, changes, told):
    with pytest.raises(ValueError, match=told):
        replace(tiny, **changes)
