"""A run that was stopped, killed or led astray is the run that was not."""

import json
import math
import random
import signal
from dataclasses import replace

import numpy as np
import pytest
import torch

from heedful.text import EncodedPairs, training_batches
from heedful.text.numbers import numbers
from heedful.train import ConfigError, Diverged, Run, RunError, Stopped, fit, kernels
from heedful.train.checkpoints import last_checkpoint
from heedful.train.keeper import Keeper
from heedful.train.loop import encoded, fit_and_save, new_run
from heedful.train.resuming import check_data, going_on
from heedful.train.run import circumstances

pytestmark = pytest.mark.usefixtures("as_users_run_it")
one_optimizer = pytest.mark.parametrize("config", ["muon"], indirect=True)
N_STEPS = 13
"""With batches of 11 of 41 rows: four batches are an epoch, so there are four."""


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Without waiting for the disk: tests/faults looks after that."""
    monkeypatch.setattr("os.fsync", lambda handle: None)


@pytest.fixture(scope="module")
def corpus(unchecked):
    with unchecked():
        return numbers(n_train=1_000, n_test=20)


@pytest.fixture(params=["adam", "muon"])
def config(request, tiny_config):
    recipe = replace(tiny_config.recipe, n_steps=N_STEPS, optimizer=request.param)
    model = replace(tiny_config.model, dropout=0.3)
    return replace(tiny_config, recipe=recipe, model=model)


@pytest.fixture
def material(corpus, config):
    run = new_run(config, corpus)
    pairs = encoded(run, corpus.train[:41])
    return pairs, encoded(run, corpus.valid[:7]).in_batches(5)


def batches_of(pairs, config, stop_in=None):
    """`stop_in`: Ctrl-C comes in the middle of this step."""

    def batches(start):
        stream = training_batches(pairs, config.recipe.batch_size, config.seed, start)
        for step, batch in enumerate(stream, start + 1):
            if step == stop_in:
                signal.raise_signal(signal.SIGINT)
            yield batch

    return batches


def outcome(run):
    """All that must be the same, and nothing that tells the time."""
    weights = {name: weight.tolist() for name, weight in run.model.state_dict().items()}
    losses = [{**row, "seconds": 0} for row in run.losses]
    return weights, losses, run.record["best"], run.record["steps_done"]


def whole(config, corpus, material, path):
    pairs, valid = material
    run = new_run(config, corpus)
    fit_and_save(run, batches_of(pairs, config), valid, path, progress=False)
    return outcome(run)


def resumed(config, material, path, stop_in=None):
    pairs, valid = material
    torch.manual_seed(99), random.seed(99), np.random.seed(99)
    run, start = going_on(config, path)
    rest = batches_of(pairs, config, stop_in)
    fit_and_save(run, rest, valid, path, progress=False, start=start)
    return run


def stopped(config, corpus, material, path, step):
    pairs, valid = material
    run = new_run(config, corpus)
    with pytest.raises(Stopped):
        fit_and_save(
            run, batches_of(pairs, config, stop_in=step), valid, path, progress=False
        )


def test_a_run_resumed_at_any_step_is_the_run_that_never_stopped(
    config, corpus, material, tmp_path
):
    expected = whole(config, corpus, material, tmp_path / "whole")
    for step in range(1, N_STEPS + 1):
        path = tmp_path / str(step)
        stopped(config, corpus, material, path, step)
        assert outcome(resumed(config, material, path)) == expected
        assert outcome(Run.load(path)) == expected


def test_a_run_stopped_in_every_step_is_the_run_that_never_stopped(
    config, corpus, material, tmp_path
):
    expected = whole(config, corpus, material, tmp_path / "whole")
    stopped(config, corpus, material, tmp_path / "run", 1)
    for step in range(2, N_STEPS + 1):
        with pytest.raises(Stopped):
            resumed(config, material, tmp_path / "run", stop_in=step)
    run = resumed(config, material, tmp_path / "run")
    assert outcome(run) == expected
    assert [note["step"] for note in run.record["resumed"]] == [*range(1, N_STEPS + 1)]


def test_a_damaged_checkpoint_costs_some_steps_and_nothing_else(
    config, corpus, material, tmp_path, caplog
):
    expected = whole(config, corpus, material, tmp_path / "whole")
    path = tmp_path / "run"
    stopped(config, corpus, material, path, 8)
    last = path / "checkpoints" / "step-00000008"
    content = bytearray((last / "optimizer.safetensors").read_bytes())
    content[-5] ^= 4
    (last / "optimizer.safetensors").write_bytes(content)
    assert last_checkpoint(path).step == 6
    assert outcome(resumed(config, material, path)) == expected
    assert "optimizer.safetensors is not the file that was written" in caplog.text


def test_the_state_is_on_disk_in_words(config, corpus, material, tmp_path):
    stopped(config, corpus, material, tmp_path / "run", 7)
    files = last_checkpoint(tmp_path / "run").files
    state = json.loads(files["state.json"])
    assert (state["step"], state["position"], state["regular"]) == (7, 7, 6)
    assert [row["step"] for row in state["losses"]] == [3, 6]
    assert len(state["recent"]) == 7


# What must not change


@pytest.fixture
def path(config, corpus, material, tmp_path):
    """A run that was stopped in its fifth step."""
    stopped(config, corpus, material, tmp_path / "run", 5)
    return tmp_path / "run"


@one_optimizer
@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("torch.__version__", "1.2.3", r"torch \S+ \(now 1.2.3\)"),
        ("torch.get_num_threads", lambda: 3, r"threads 1 \(now 3\)"),
        ("torch.backends.cpu.get_cpu_capability", lambda: "Z80", r"cpu .*\(now Z80\)"),
        ("platform.machine", lambda: "abacus", r"system .*\(now Linux abacus\)"),
        ("platform.python_version", lambda: "3.99.1", r"python .*\(now 3.99.1\)"),
    ],
)
def test_another_version_or_machine_is_refused_or_told(
    config, path, monkeypatch, caplog, name, value, told
):
    monkeypatch.setattr(name, value)
    with pytest.raises(RunError, match=told + ", so it would not end with the same"):
        going_on(config, path)
    run, start = going_on(config, path, inexact=True)
    assert start.step == 5
    assert "it will not end with quite the same weights" in caplog.text
    assert len(run.record["resumed"][-1]["changed"]) == 1
    kept = ("torch", "threads", "cpu", "system", "python")
    now = circumstances()
    assert [run.record[key] for key in kept] == [now[key] for key in kept]


@one_optimizer
def test_other_settings_are_refused(config, path):
    with pytest.raises(RunError, match=r"the run in .* has other settings"):
        going_on(replace(config, seed=1), path)


@one_optimizer
def test_other_data_are_refused(config, path, material):
    pairs, _ = material
    run, _ = going_on(config, path)
    check_data(run, pairs.fingerprint)
    check_data(run, pairs.fingerprint)
    other = EncodedPairs(pairs.sources[::-1], pairs.targets)
    with pytest.raises(RunError, match="'numbers' is not the one that this run began"):
        check_data(run, other.fingerprint)


@one_optimizer
@pytest.mark.parametrize("place", [None, "nowhere"])
def test_there_must_be_something_to_go_on_from(config, tmp_path, place):
    with pytest.raises(RunError, match="there is no checkpoint to go on from in"):
        going_on(config, place and tmp_path / place)


# Roll-back


class Bad:
    """The losses of some batches are `factor` times what they are."""

    def __init__(self, monkeypatch, factor):
        self.bad, self.factor = set(), factor
        self.token_loss = kernels.token_loss
        monkeypatch.setattr(kernels, "token_loss", self.loss)

    def loss(self, logits, goal, label_smoothing):
        loss = self.token_loss(logits, goal, label_smoothing)
        is_bad = tuple(goal.flatten().tolist()) in self.bad
        return loss * self.factor if is_bad else loss

    def add(self, batch):
        self.bad.add(tuple(batch.goal.flatten().tolist()))


@pytest.fixture
def careful(config):
    recipe = replace(
        config.recipe, n_steps=29, evaluate_every=5, roll_back_at=4.0, batch_size=3
    )
    return replace(config, recipe=recipe)


def bad_batch(careful, material, number):
    """The batch of this number, counted from 1; all 14 of an epoch are different."""
    stream = batches_of(material[0], careful)(number - 1)
    return next(stream)


@one_optimizer
@pytest.mark.parametrize("factor", [99.0, math.nan, math.inf])
def test_after_a_spike_the_batches_since_the_last_evaluation_are_left_out(
    careful, corpus, material, tmp_path, monkeypatch, factor
):
    pairs, valid = material
    spoilt = Bad(monkeypatch, factor)
    spoilt.add(bad_batch(careful, material, 13))
    run = new_run(careful, corpus)
    fit_and_save(run, batches_of(pairs, careful), valid, tmp_path / "run", False)
    (note,) = run.record["rolled_back"]
    # 13 is in the first epoch; in the second its rows are in other company.
    assert (note["to_step"], note["next_batch"]) == (10, 14)
    assert note["why"].startswith("step 13, batch 13: the loss ")
    assert run.is_finished
    assert [row["step"] for row in run.losses] == [5, 10, 15, 20, 25, 29]

    # The same, told to leave out batches 11, 12 and 13 from the start.
    twin = new_run(careful, corpus)

    def without(start):
        for number, batch in enumerate(batches_of(pairs, careful)(0), start=1):
            if number not in (11, 12, 13):
                yield batch

    rows = []
    fit(twin.model, without(0), careful.recipe, valid, rows.append, progress=False)
    for name, weight in twin.model.state_dict().items():
        assert run.model.state_dict()[name].equal(weight)
    assert [row["valid_loss"] for row in rows] == [r["valid_loss"] for r in run.losses]


@one_optimizer
@pytest.mark.parametrize("step", [2, 10, 11, 12, 14, 17])
def test_a_roll_back_does_not_depend_on_when_the_run_was_stopped(
    careful, corpus, material, tmp_path, monkeypatch, step
):
    pairs, valid = material
    spoilt = Bad(monkeypatch, 99.0)
    spoilt.add(bad_batch(careful, material, 13))
    expected = whole(careful, corpus, material, tmp_path / "whole")
    run = new_run(careful, corpus)
    stream = batches_of(pairs, careful, stop_in=step)
    with pytest.raises(Stopped):
        fit_and_save(run, stream, valid, tmp_path / "run", progress=False)
    if step == 12:  # once more, so that step 10 is neither the last nor next to it
        for again in (13, 15, 16):
            with pytest.raises(Stopped):
                resumed(careful, material, tmp_path / "run", stop_in=again)
    run = resumed(careful, material, tmp_path / "run")
    assert outcome(run) == expected
    assert run.record["rolled_back"][0]["next_batch"] == 14


@one_optimizer
def test_a_spike_before_the_first_evaluation_ends_the_run(
    careful, corpus, material, tmp_path, monkeypatch
):
    spoilt = Bad(monkeypatch, math.nan)
    spoilt.add(bad_batch(careful, material, 4))
    with pytest.raises(Diverged, match="step 4, batch 4: the loss is nan"):
        whole(careful, corpus, material, tmp_path / "run")


@one_optimizer
def test_after_three_roll_backs_the_run_ends(
    careful, corpus, material, tmp_path, monkeypatch
):
    spoilt = Bad(monkeypatch, math.nan)
    for number in (12, 14, 17, 19):
        spoilt.add(bad_batch(careful, material, number))
    with pytest.raises(Diverged, match="step 12, batch 19"):
        whole(careful, corpus, material, tmp_path / "run")
    run = Run.load(tmp_path / "run")
    assert run.record["steps_done"] == 10


@one_optimizer
def test_without_the_option_a_spike_passes_and_nan_ends_the_run(
    config, corpus, material, tmp_path, monkeypatch
):
    spoilt = Bad(monkeypatch, 99.0)
    spoilt.add(bad_batch(config, material, 12))
    whole(config, corpus, material, tmp_path / "one")
    spoilt.factor = math.nan
    with pytest.raises(Diverged, match="step 12, batch 12: the loss is nan"):
        whole(config, corpus, material, tmp_path / "two")
    assert Run.load(tmp_path / "two").record["steps_done"] == 9


@one_optimizer
def test_a_step_that_was_stopped_changed_nothing(
    config, corpus, material, tmp_path, monkeypatch
):
    pairs, valid = material
    run = new_run(config, corpus)
    spoilt = Bad(monkeypatch, math.inf)
    spoilt.add(bad_batch(config, material, 10))
    with pytest.raises(Diverged):
        fit_and_save(run, batches_of(pairs, config), valid, tmp_path / "run", False)
    saved = Run.load(tmp_path / "run")
    assert saved.record["steps_done"] == 9
    for name, weight in saved.model.state_dict().items():
        assert run.model.state_dict()[name].equal(weight)


@one_optimizer
def test_rolling_back_needs_a_place(careful, corpus, material):
    with pytest.raises(ConfigError, match="name a path for the run"):
        whole(careful, corpus, material, None)


@one_optimizer
def test_a_checkpoint_to_go_back_to_that_is_damaged_ends_the_run(
    careful, corpus, material, tmp_path, monkeypatch
):
    pairs, valid = material
    spoilt = Bad(monkeypatch, math.nan)
    spoilt.add(bad_batch(careful, material, 8))
    path = tmp_path / "run"

    def spoil(start):
        for number, batch in enumerate(batches_of(pairs, careful)(start), start + 1):
            if number == 7:
                (path / "checkpoints" / "step-00000005" / "state.json").unlink()
            yield batch

    with pytest.raises(Diverged, match="step 8, batch 8"):
        fit_and_save(new_run(careful, corpus), spoil, valid, path, progress=False)


@one_optimizer
def test_where_there_is_no_room_for_a_new_run_the_old_one_stays(
    config, corpus, material, tmp_path, full_disk
):
    expected = whole(config, corpus, material, tmp_path / "run")
    other = replace(config, seed=1)
    with full_disk(), pytest.raises(OSError):
        whole(other, corpus, material, tmp_path / "run")
    assert outcome(Run.load(tmp_path / "run")) == expected
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    whole(other, corpus, material, tmp_path / "run")
    assert outcome(Run.load(tmp_path / "run.1")) == expected


@one_optimizer
def test_seconds_go_on(config, corpus, path, material):
    before = json.loads(last_checkpoint(path).files["state.json"])["seconds"]
    run = resumed(config, material, path)
    assert run.losses[-1]["seconds"] >= before > 0


@one_optimizer
def test_a_keeper_without_a_start_begins_at_the_beginning(config, corpus, tmp_path):
    keeper = Keeper(new_run(config, corpus), tmp_path / "run", [])
    assert keeper.position == keeper.begin(keeper.run.model, []) == 0
