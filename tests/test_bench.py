"""The benchmark's arithmetic on made-up times, and that its processes compete."""

import pytest

from benchmarks.arithmetic import summary, table, training_operations
from benchmarks.contenders import ready
from benchmarks.rounds import compete
from benchmarks.speed import training_jobs
from heedful.nets import LanguageModel
from heedful.nets.language_config import LanguageModelConfig
from heedful.scaling.flops import flops

PEAKS = {"float32": 100.0, "bfloat16": 400.0}


def told(family, precision, *seconds):
    more = dict(megabytes=7.0, start_up=3.0)
    return dict(family=family, precision=precision, seconds=list(seconds), **more)


@pytest.fixture
def rows():
    rounds = {
        "slow": told("ours", "float32", 4.0, 9.0, 2.0),
        "quick": told("ours", "bfloat16", 1.0, 1.0, 7.0),
        "one": told("x", "float32", 2.0, 2.0, 1.0),
        "other": told("y", "bfloat16", 1.6, 1.5, 1.7),
    }
    return {row["name"]: row for row in summary(rounds, 8, 60.0, PEAKS)}


def test_a_round_disturbed_does_not_count(rows):
    speeds = {name: row["tokens_per_second"] for name, row in rows.items()}
    assert speeds == {"quick": 8.0, "other": 5.0, "one": 4.0, "slow": 2.0}
    assert list(speeds) == sorted(speeds, key=speeds.get, reverse=True)


def test_ratios_are_to_the_best_peer_of_each_kind(rows):
    quick, slow = rows["quick"], rows["slow"]
    assert quick["to_best_peer"] == quick["to_equal_peer"] == 8 / 5
    assert quick["to_default_peer"] == 8 / 4
    assert slow["to_best_peer"] == 2 / 5
    assert slow["to_default_peer"] == slow["to_equal_peer"] == 2 / 4


def test_the_share_is_of_the_peak_in_the_same_precision(rows):
    assert rows["slow"]["share_of_peak"] == 60 / 4 / 100
    assert rows["quick"]["share_of_peak"] == 60 / 1 / 400


def test_the_table_has_a_row_for_each(rows):
    lines = table("made up", list(rows.values())).splitlines()
    assert lines[0] == "### made up" and len(lines) == 4 + 4
    assert lines[4].startswith("| quick | 8 | 600% | 7 | 15% | 1.60 | 2.00 | 1.60 |")


def test_without_peers_there_is_no_ratio():
    (row,) = summary({"a": told("ours", "float32", 2.0)}, 8, 60.0, PEAKS)
    assert row["to_best_peer"] is None
    assert "| – | – | – |" in table("alone", [row])


def test_operations_are_those_of_the_accounts():
    sizes = dict(vocab_size=31, d_model=24, n_layers=3, n_heads=4, max_seq_len=41)
    config = LanguageModelConfig(**sizes, tie_embeddings=True)
    weights = sum(w.numel() for w in LanguageModel(config).parameters() if w.ndim > 1)
    attention = 4 * 41 * 41 * 24 * 3
    account = 3 * sum(flops(config, n_new=41).values())
    assert training_operations(weights, 41, attention) == account


SIZE = dict(d_model=16, n_heads=2, n_layers=1, d_ff=32, max_seq_len=128)
SHARED = dict(quick=True, threads=1, steps=2, batch=16)


def test_contenders_in_processes_of_their_own_compete():
    jobs = training_jobs(dict(SHARED, field="translation", size=SIZE))
    assert {job["family"] for job in jobs} == {"ours", "peer"}
    results = compete(jobs, n_rounds=2)
    assert results.keys() == {job["name"] for job in jobs}
    for found in results.values():
        assert len(found["seconds"]) == 2 and min(found["seconds"]) > 0
        assert found["megabytes"] >= found["megabytes_before"] > 50
    one, other = (results[job["name"]]["tokens"] for job in jobs)
    assert one == other > 0  # the same batches for all


def test_a_round_of_the_language_model_is_its_batches():
    job = dict(SHARED, field="decoder", size=dict(SIZE, vocab_size=32))
    ours = dict(family="ours", library="heedful", precision="bfloat16")
    do_round, told = ready(job | ours | {"kernels": "fused"})
    do_round()
    assert told["tokens"] == 2 * 16 * 128
