"""A bet: said before it is trained, never said twice, and settled once."""

import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from heedful.cli import main
from heedful.scaling import (
    Bet,
    Runs,
    SurfaceLaw,
    Sweep,
    SweepError,
    fit_surface,
    predicted,
    settle,
    stake,
    tokens_of,
    train_run,
)
from heedful.scaling import bet as module
from heedful.text import TEXTS, TextCorpus

pytestmark = pytest.mark.usefixtures("as_users_run_it", "few_draws")


@pytest.fixture
def few_draws(monkeypatch, tiny):
    monkeypatch.setattr(module, "N_DRAWS", 3)


@pytest.fixture
def folder(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "sweep")


@pytest.fixture
def refused(monkeypatch):
    """No training may begin."""

    def train(*args):
        raise AssertionError("a model was trained")

    monkeypatch.setattr(module, "train_run", train)


def heedful(folder, *options):
    return CliRunner().invoke(main, ["sweep", "--bet", "--out", str(folder), *options])


def test_the_prediction_is_on_disk_before_anything_is_trained(folder, refused):
    bet = stake(folder)
    assert Bet.load(folder) == bet and bet.outcome is None and bet.won is None
    rows = Sweep.load(folder).rows
    assert bet.n_rows == len(rows) == 8
    content = (folder / "runs.csv").read_bytes()
    assert bet.rows_hash == hashlib.sha256(content).hexdigest()
    assert bet.law == fit_surface(Runs.of(rows))
    low, high = bet.interval
    assert low < high and bet.made >= max(row["finished"] for row in rows)
    expected = bet.law(bet.run.n_parameters, bet.run.tokens)
    assert bet.loss == pytest.approx(expected, abs=1e-6)


def test_the_bet_is_beyond_the_sweep_and_at_the_best_width(tiny, folder, refused):
    bet = stake(folder)
    assert bet.run.flops == pytest.approx(2.6 * 3e7, rel=0.04)
    runs = module.planned(
        replace(tiny, budgets=(2.6 * 3e7,), widths=tuple(range(2, 17, 2))),
        tokens_of(tiny),
    )
    losses = {run.d_model: bet.law(run.n_parameters, run.tokens) for run in runs}
    assert len(losses) == 7 and bet.run.d_model == min(losses, key=losses.__getitem__)


def test_the_outcome_is_that_of_the_run_and_stays(tiny, folder, monkeypatch):
    bet = stake(folder)
    settled = settle(folder, progress=False)
    assert settled.outcome and replace(settled, outcome=None) == bet
    again = train_run(bet.run, tiny, tokens_of(tiny))
    for name in ("valid_loss", "d_model", "tokens", "budget"):
        assert settled.outcome[name] == again[name]
    before = (folder / "bet.json").read_bytes()
    monkeypatch.setattr(module, "train_run", None)
    monkeypatch.setattr(module, "predicted", None)
    assert stake(folder) == settle(folder, progress=False) == settled
    assert (folder / "bet.json").read_bytes() == before


def test_an_interrupted_training_leaves_the_prediction(folder, monkeypatch):
    def stopped(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "train_run", stopped)
        result = heedful(folder)
    assert result.exit_code == 130
    assert result.stderr.splitlines()[-1] == (
        "heedful: stopped; --bet trains the model anew, and the prediction stays"
    )
    bet = Bet.load(folder)
    assert bet and bet.outcome is None

    result = heedful(folder)  # as if nothing had been
    assert result.exit_code == 0, result.output
    before, after, last = result.stdout.splitlines()
    settled = Bet.load(folder)
    assert settled and settled.outcome and replace(settled, outcome=None) == bet
    assert before.startswith(f"predicted at {bet.made} from 8 runs: {bet.loss:.3f} ")
    assert f"between {bet.interval[0]:.3f} and {bet.interval[1]:.3f}" in before
    verdict = "inside" if settled.won else "outside"
    assert f": {settled.outcome['valid_loss']:.3f}, {verdict}" in after
    assert last == f"saved in {folder / 'bet.json'}"


def test_a_bet_is_won_within_the_interval(folder, refused):
    bet = replace(stake(folder), interval=(2.0, 3.0))
    for loss, won in ((1.9, False), (2.5, True), (3.1, False)):
        assert replace(bet, outcome={"valid_loss": loss}).won is won


def test_an_unfinished_sweep_is_not_bet_on(folder, refused):
    file = folder / "runs.csv"
    file.write_text("\n".join(file.read_text().splitlines()[:-1]) + "\n")
    with pytest.raises(SweepError, match="has 7 of 8 runs, and a bet needs them all"):
        stake(folder)
    assert Bet.load(folder) is None


def test_nothing_is_trained_without_a_prediction(folder, refused):
    with pytest.raises(SweepError, match="there is no prediction in"):
        settle(folder)


def test_another_text_settles_no_bet(folder, refused, monkeypatch):
    stake(folder)
    text = TEXTS["sources"]()
    newer = TextCorpus(**{**vars(text), "train": text.train[:-1]})
    monkeypatch.setitem(TEXTS, "sources", lambda: newer)
    with pytest.raises(SweepError, match="was made with corpus_hash="):
        settle(folder)


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"run": {}})])
def test_a_damaged_bet_is_told_and_not_replaced(folder, refused, text):
    (folder / "bet.json").write_text(text)
    with pytest.raises(SweepError, match=r"bet\.json is damaged"):
        stake(folder)
    assert (folder / "bet.json").read_text() == text


def test_a_prediction_is_as_wide_as_the_misses_of_single_runs():
    # The law is known well from 480 runs, so what is left is the new run's own miss.
    truth = SurfaceLaw(E=1.0, A=25.0, B=60.0, alpha=0.31, beta=0.37)
    rng = np.random.default_rng(0)
    n, d = rng.uniform(1e4, 1e6, 480), rng.uniform(1e6, 1e8, 480)
    noise = rng.normal(0, 0.02, 480)
    runs = Runs(n=n, d=d, flops=np.full(480, 1e12), loss=truth(n, d) * np.exp(noise))
    loss, (low, high) = predicted(runs, 3e5, 3e7, 60, np.random.default_rng(0))
    assert loss == pytest.approx(truth(3e5, 3e7), rel=0.01)
    assert np.log(high / low) == pytest.approx(2 * 1.645 * 0.02, rel=0.3)


@pytest.mark.parametrize(
    "options",
    [["--preset", "laptop"], ["--workers", "2"], ["--resume"], ["--again"], ["--plan"]],
)
def test_a_bet_refuses_options_that_it_would_ignore(folder, options, refused):
    result = heedful(folder, *options)
    assert result.exit_code == 2 and f"leave out {options[0]}" in result.output
    assert Bet.load(folder) is None
