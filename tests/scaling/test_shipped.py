"""The rows that the book ships, and the bet on them."""

import hashlib
from pathlib import Path

import pytest

from heedful.scaling import Bet, Sweep, parameters, training_flops
from heedful.scaling.grid import SETTINGS

FOLDER = Path(__file__).parents[2] / "book" / "data" / "sweep"


@pytest.fixture
def shipped(as_users_run_it):
    return Sweep.load(FOLDER)


def test_they_are_of_the_laptops_grid_on_one_text(shipped):
    assert shipped.settings == SETTINGS["laptop"]
    assert len(shipped.keys) == len(shipped.rows) == 43
    for name in ("corpus_hash", "tokenizer_hash"):
        assert {row[name] for row in shipped.rows} == {shipped.corpus[name]}


def test_every_row_follows_from_its_settings(shipped):
    length, n = shipped.settings.max_seq_len, shipped.settings.batch_size
    for row in shipped.rows:
        config = shipped.settings.model(row["d_model"])
        assert row["n_parameters"] == sum(parameters(config).values())
        assert row["tokens"] == row["n_steps"] * n * length
        assert row["tokens"] <= shipped.corpus["n_train"]  # none is read twice
        per_token = training_flops(config, n_new=length) // length
        assert row["flops"] == row["tokens"] * per_token
        assert row["flops"] == pytest.approx(row["budget"], rel=0.01)


def test_the_bet_was_made_from_these_rows_and_before_its_outcome(shipped):
    bet = Bet.load(FOLDER)
    content = (FOLDER / "runs.csv").read_bytes()
    assert bet.rows_hash == hashlib.sha256(content).hexdigest()
    assert bet.n_rows == len(shipped.rows)
    assert max(row["finished"] for row in shipped.rows) <= bet.made
    assert bet.made <= bet.outcome["finished"]
