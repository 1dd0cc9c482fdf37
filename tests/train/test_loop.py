import copy
import json
import shutil
import signal
from dataclasses import replace
from itertools import islice

import pytest
import torch

from heedful.text import CORPORA, training_batches
from heedful.text.numbers import numbers
from heedful.train import (
    ConfigError,
    ModelSizes,
    Run,
    Stopped,
    cosine,
    encoded,
    fit,
    new_run,
    token_loss,
    train,
    trained,
)
from heedful.train import loop as loop_module

pytestmark = pytest.mark.usefixtures("as_users_run_it")


def small_corpus(n_train=1_000):
    return numbers(n_train=n_train, n_test=20)


@pytest.fixture
def small(monkeypatch):
    """Make every corpus small on all sides, so that a run takes a moment."""
    monkeypatch.setitem(CORPORA, "numbers", small_corpus)


@pytest.fixture
def ready(tiny_config, small):
    corpus = small_corpus()
    run = new_run(tiny_config, corpus)
    batches = training_batches(encoded(run, corpus.train), 11, seed=0)
    return run, batches, encoded(run, corpus.valid).in_batches(10)


def same_weights(one, other):
    one, other = one.model.state_dict(), other.model.state_dict()
    return all(torch.equal(one[name], other[name]) for name in one)


def ask_to_stop_in_step(n, monkeypatch, signum=signal.SIGINT):
    """The signal comes when step `n` gets its batch, so in the middle of a step."""

    def asked(pairs, batch_size, seed, start):
        stream = training_batches(pairs, batch_size, seed, start)
        for step, batch in enumerate(stream, start + 1):
            if step == n:
                signal.raise_signal(signum)
            yield batch

    monkeypatch.setattr(loop_module, "training_batches", asked)


def fail_before_step(n, monkeypatch, error=KeyboardInterrupt):
    def failing(*args):
        yield from islice(training_batches(*args), n - 1)
        raise error

    monkeypatch.setattr(loop_module, "training_batches", failing)


def test_fit_reports_on_its_way_and_at_its_end(tiny_config, ready):
    run, batches, valid = ready
    rows = []
    fit(run.model, batches, tiny_config.recipe, valid, rows.append, progress=False)
    assert [row["step"] for row in rows] == [3, 6, 7]
    rates = [row["learning_rate"] for row in rows]
    # Peak 3e-3 at step 2 of 7, then cosine: 1/5, 4/5 and 5/5 of the way down.
    assert rates == pytest.approx([3e-3 * 0.9045085, 3e-3 * 0.0954915, 0])
    assert rows[-1]["seconds"] >= rows[0]["seconds"] > 0
    assert not run.model.training


def test_fit_changes_every_weight(tiny_config, ready):
    run, batches, valid = ready
    before = {k: v.clone() for k, v in run.model.state_dict().items()}
    fit(run.model, batches, tiny_config.recipe, valid, progress=False)
    after = run.model.state_dict()
    assert [name for name in before if torch.equal(before[name], after[name])] == []


def test_dropout_is_on_in_steps_and_off_in_evaluations(tiny_config, ready):
    run, batches, valid = ready
    modes = []
    run.model.eval()
    run.model.register_forward_hook(lambda model, *_: modes.append(model.training))
    fit(run.model, batches, tiny_config.recipe, valid, progress=False)
    on, off = [True], [False] * len(valid)
    assert modes == on * 3 + off + on * 3 + off + on + off


def test_fit_agrees_with_adam_written_out(tiny_config, ready):
    run, batches, valid = ready
    batches = list(islice(batches, 7))
    recipe = replace(tiny_config.recipe, label_smoothing=0.2, clip_norm=1e9)
    twin = copy.deepcopy(run.model)
    fit(run.model, iter(batches), recipe, valid, progress=False)

    weights = list(twin.parameters())
    m, v = [0] * len(weights), [0] * len(weights)
    for t, batch in enumerate(batches, 1):
        logits = twin(batch.source, batch.target)
        loss = token_loss(logits, batch.goal, label_smoothing=0.2)
        rate = cosine(t, recipe.n_steps, recipe.learning_rate, recipe.n_warmup)
        for i, grad in enumerate(torch.autograd.grad(loss, weights)):
            m[i] = 0.9 * m[i] + 0.1 * grad
            v[i] = 0.98 * v[i] + 0.02 * grad**2
            mean, square = m[i] / (1 - 0.9**t), v[i] / (1 - 0.98**t)
            weights[i].data -= rate * mean / (square**0.5 + 1e-9)
    for name, weight in run.model.state_dict().items():
        torch.testing.assert_close(
            weight, twin.state_dict()[name], atol=1e-5, rtol=1e-4
        )


def test_the_first_step_of_adam_is_as_long_as_the_learning_rate(tiny_config, ready):
    run, batches, valid = ready
    before = run.model.encoder[0].ffn.up_proj.weight.detach().clone()
    recipe = replace(tiny_config.recipe, n_steps=1, learning_rate=0.02, n_warmup=10)
    fit(run.model, batches, recipe, valid, progress=False)
    moved = (run.model.encoder[0].ffn.up_proj.weight.detach() - before).abs()
    assert float(moved.max()) == pytest.approx(0.002, rel=1e-3)


def test_clipping_bounds_what_one_batch_can_do(tiny_config, ready, monkeypatch):
    run, batches, valid = ready
    norms = []
    step = torch.optim.Adam.step

    def watched(optimizer):
        grads = [p.grad.norm() for p in optimizer.param_groups[0]["params"]]
        norms.append(float(torch.stack(grads).norm()))
        return step(optimizer)

    monkeypatch.setattr(torch.optim.Adam, "step", watched)
    recipe = replace(tiny_config.recipe, clip_norm=0.01)
    fit(run.model, batches, recipe, valid, progress=False)
    assert norms == pytest.approx([0.01] * 7, rel=1e-3)


def test_the_same_config_gives_the_same_weights(small, tiny_config):
    config = replace(tiny_config, model=replace(tiny_config.model, dropout=0.3))
    one = train(config, progress=False)
    torch.randn(5)
    other = train(config, progress=False)
    assert same_weights(one, other)
    drop_time = [{**row, "seconds": 0} for row in one.losses]
    assert drop_time == [{**row, "seconds": 0} for row in other.losses]


def test_another_seed_gives_other_weights(small, tiny_config):
    one = train(tiny_config, progress=False)
    assert not same_weights(one, train(replace(tiny_config, seed=1), progress=False))


def test_a_run_without_a_path_writes_nothing(small, tiny_config, home):
    train(tiny_config, progress=False)
    assert list(home.iterdir()) == []


def test_tokenizers_come_from_the_training_part_alone(tiny_config):
    corpus = small_corpus()
    corpus.test.append(("eleventy", "〻"))
    run = new_run(tiny_config, corpus)
    assert "eleventy" not in run.source_tokenizer.pieces
    assert "〻" not in run.target_tokenizer.pieces


def test_a_model_too_short_for_its_corpus_is_refused_before_it_trains(
    tiny_config, monkeypatch
):
    monkeypatch.setattr(loop_module, "fit", lambda *_: pytest.fail("it trains"))
    config = replace(tiny_config, model=ModelSizes(max_seq_len=11))
    with pytest.raises(
        ConfigError, match=r"max_seq_len=11 is too short: numbers needs \d\d$"
    ):
        train(config, progress=False)


def test_a_finished_run_is_used_again(small, tiny_config, tmp_path):
    path = tmp_path / "numbers"
    first, was_new = trained(tiny_config, path, progress=False)
    assert was_new
    second, is_new = trained(tiny_config, path, progress=False)
    assert not is_new
    assert same_weights(first, second)
    assert [p.name for p in tmp_path.iterdir()] == ["numbers"]


def test_another_config_trains_anew_and_keeps_the_old_run(small, tiny_config, tmp_path):
    path = tmp_path / "numbers"
    trained(tiny_config, path, progress=False)
    other = replace(tiny_config, seed=1)
    run, is_new = trained(other, path, progress=False)
    assert is_new
    assert Run.load(path).config == run.config == other
    assert Run.load(tmp_path / "numbers.1").config == tiny_config


def test_a_damaged_run_is_mended_by_its_checkpoint(
    small, tiny_config, tmp_path, caplog
):
    path = tmp_path / "numbers"
    whole, _ = trained(tiny_config, path, progress=False)
    (path / "record.json").write_text("{")
    run, is_new = trained(tiny_config, path, progress=False)
    assert not is_new
    assert same_weights(run, whole)
    assert "record.json has 1 bytes instead of" in caplog.text


def test_a_run_of_which_nothing_is_whole_is_trained_anew_and_kept(
    small, tiny_config, tmp_path
):
    path = tmp_path / "numbers"
    trained(tiny_config, path, progress=False)
    (path / "record.json").write_text("{")
    shutil.rmtree(path / "checkpoints")
    _, is_new = trained(tiny_config, path, progress=False)
    assert is_new
    assert Run.load(path).is_finished
    assert (tmp_path / "numbers.1" / "record.json").read_text() == "{"


@pytest.mark.parametrize("done", [1, 3, 4, 7])
def test_ctrl_c_finishes_the_step_and_saves_it(
    small, tiny_config, tmp_path, monkeypatch, done
):
    path = tmp_path / "numbers"
    ask_to_stop_in_step(done, monkeypatch)
    with pytest.raises(Stopped, match=f"^SIGINT after step {done}$") as caught:
        train(tiny_config, path, progress=False)
    assert (caught.value.step, caught.value.exit_code) == (done, 130)
    stopped = Run.load(path)
    assert stopped.record["steps_done"] == done
    assert [row["step"] for row in stopped.losses] == [
        step for step in (3, 6, 7) if step <= done
    ]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_any_number_of_steps_can_be_asked_for(
    small, tiny_config, tmp_path, monkeypatch
):
    ask_to_stop_in_step(1, monkeypatch)
    for_ever = replace(tiny_config, recipe=replace(tiny_config.recipe, n_steps=10**20))
    with pytest.raises(Stopped):
        train(for_ever, tmp_path / "numbers", progress=False)
    assert Run.load(tmp_path / "numbers").record["steps_done"] == 1


def test_what_fails_between_checkpoints_leaves_the_last_one(
    small, tiny_config, tmp_path, monkeypatch
):
    fail_before_step(6, monkeypatch, RuntimeError("the cat"))
    with pytest.raises(RuntimeError, match="the cat"):
        train(tiny_config, tmp_path / "numbers", progress=False)
    assert Run.load(tmp_path / "numbers").record["steps_done"] == 3


def test_an_end_before_the_first_checkpoint_leaves_the_old_run_in_place(
    small, tiny_config, tmp_path, monkeypatch
):
    path = tmp_path / "numbers"
    old = train(tiny_config, path, progress=False)
    fail_before_step(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        train(replace(tiny_config, seed=1), path, progress=False)
    assert same_weights(Run.load(path), old)
    assert [p.name for p in tmp_path.iterdir()] == ["numbers"]


def test_a_run_that_was_stopped_goes_on_by_itself(
    small, tiny_config, tmp_path, monkeypatch
):
    path = tmp_path / "numbers"
    with monkeypatch.context() as patch:
        ask_to_stop_in_step(4, patch)
        with pytest.raises(Stopped):
            train(tiny_config, path, progress=False)
    run, is_new = trained(tiny_config, path, progress=False)
    assert is_new
    assert run.is_finished
    assert [row["step"] for row in run.losses] == [3, 6, 7]
    assert [note["step"] for note in run.record["resumed"]] == [4]
    assert same_weights(run, train(tiny_config, progress=False))
    assert [p.name for p in tmp_path.iterdir()] == ["numbers"]


def test_a_run_of_another_machine_is_trained_anew_and_kept(
    small, tiny_config, tmp_path, monkeypatch, caplog
):
    path = tmp_path / "numbers"
    with monkeypatch.context() as patch:
        ask_to_stop_in_step(4, patch)
        with pytest.raises(Stopped):
            train(tiny_config, path, progress=False)
    monkeypatch.setattr("torch.get_num_threads", lambda: 3)
    run, _ = trained(tiny_config, path, progress=False)
    assert "was begun with threads 1 (now 3)" in caplog.text
    assert "resumed" not in run.record
    assert Run.load(tmp_path / "numbers.1").record["steps_done"] == 4


def test_the_best_evaluation_is_on_record(small, tiny_config, tmp_path):
    train(tiny_config, tmp_path / "numbers", progress=False)
    run = Run.load(tmp_path / "numbers")
    best = min(run.losses, key=lambda row: row["valid_loss"])
    assert run.record["best"] == {key: best[key] for key in ("step", "valid_loss")}


def test_a_finished_run_keeps_its_last_checkpoint_alone(small, tiny_config, tmp_path):
    train(tiny_config, tmp_path / "numbers", progress=False)
    kept = tmp_path / "numbers" / "checkpoints"
    assert sorted(p.name for p in kept.iterdir()) == ["latest", "step-00000007"]
    state = json.loads((kept / "step-00000007" / "state.json").read_text())
    assert (state["step"], state["position"]) == (7, 7)


def test_a_run_is_whole_wherever_it_was_copied_to(small, tiny_config, tmp_path):
    run, _ = trained(tiny_config, tmp_path / "numbers", progress=False)
    shutil.move(tmp_path / "numbers", tmp_path / "elsewhere")
    assert same_weights(Run.load(tmp_path / "elsewhere"), run)


def test_groups_of_weights_take_their_share_of_the_learning_rate(tiny_config, ready):
    run, batches, valid = ready
    recipe = replace(tiny_config.recipe, n_steps=3, n_warmup=3, evaluate_every=3)
    still, moved = run.model.source_emb.weight, run.model.target_emb.weight
    groups = [dict(params=[still], lr_scale=0.0), dict(params=[moved], lr_scale=0.5)]
    optimizer = torch.optim.SGD(groups)
    before = still.clone(), moved.clone()
    fit(run.model, batches, recipe, valid, progress=False, optimizers=[optimizer])
    assert torch.equal(still, before[0]) and not torch.equal(moved, before[1])
    rates = [group["lr"] for group in optimizer.param_groups]
    assert rates == pytest.approx([0.0, 0.5 * recipe.learning_rate])
