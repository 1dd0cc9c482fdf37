import json

import pytest
import torch

from heedful.text import CORPORA
from heedful.text.numbers import numbers
from heedful.train import choosing, train
from heedful.train.choosing import Speed, Way, fastest, suited

PLAIN = Way("float32", "plain", 1)


def clock(asked=None, **changes):
    """A machine on which everything takes one second a step, but for `changes`."""

    def measure(way):
        if asked is not None:
            asked.append(way)
        kernels = f"{way.kernels}{way.threads}"
        for name in (f"{way.precision}_{kernels}", way.precision, kernels):
            if name in changes:
                return changes[name]
        return Speed(0.0, 1.0)

    return measure


def test_the_total_is_the_start_and_the_steps():
    assert Speed(30.0, 0.5).total(41) == 50.5


def test_where_nothing_helps_all_stays_plain():
    assert fastest(50, 1, clock())[0] == PLAIN
    assert fastest(50, 2, clock())[0] == PLAIN


def test_bfloat16_is_chosen_where_it_is_measured_to_gain():
    quick = clock(bfloat16=Speed(0.0, 0.7))
    assert fastest(50, 1, quick)[0] == Way("bfloat16", "plain", 1)
    for seconds in (1.3, 0.92):  # less than a tenth is not worth the rounding
        slow = clock(bfloat16=Speed(0.0, seconds))
        assert fastest(50, 1, slow)[0] == PLAIN


def test_the_number_of_threads_is_chosen_first():
    asked = []
    way, _ = fastest(50, 7, clock(asked, plain7=Speed(0.0, 0.8)))
    assert way == Way("float32", "plain", 7)
    assert [w.threads for w in asked] == [1, 7, 7, 7, 7]  # none of them twice


@pytest.mark.parametrize(
    "n_steps, kernels",
    [(50, "plain"), (70, "plain"), (99, "plain"), (101, "compiled")],
)
def test_the_compiler_must_pay_back_its_start(n_steps, kernels):
    asked = []
    compiled = clock(asked, compiled1=Speed(50.0, 0.5))
    way, speeds = fastest(n_steps, 1, compiled)
    assert way.kernels == kernels
    # A run of 50 seconds is over before the compiler is ready: it is not even tried.
    assert any(w.kernels == "compiled" for w in asked) == (n_steps > 60)
    assert speeds.keys() == set(asked)


def test_the_compiler_is_tried_in_the_precision_that_won():
    measure = clock(bfloat16=Speed(0.0, 0.9), bfloat16_compiled1=Speed(30.0, 0.4))
    assert fastest(500, 1, measure)[0] == Way("bfloat16", "compiled", 1)


@pytest.mark.usefixtures("as_users_run_it")
def test_a_run_is_measured_once_and_trains_as_it_was_found(
    tiny_config, monkeypatch, home
):
    monkeypatch.setitem(CORPORA, "numbers", lambda n_train: numbers(n_train, n_test=20))
    asked = []

    def timed(run, batches, usual, way):
        asked.append(way)
        return choosing_timed(run, batches, usual, way)

    choosing_timed = choosing._timed
    monkeypatch.setattr(choosing, "_timed", timed)
    config, n_threads = suited(tiny_config)
    assert n_threads == torch.get_num_threads() == 1
    assert config.recipe.kernels in ("plain", "fused")
    assert len(asked) == 4 and len(set(asked)) == 4
    assert suited(tiny_config) == (config, n_threads)
    assert len(asked) == 4
    (rows,) = json.loads((home / "speeds.json").read_text()).values()
    assert all(row["speed"]["step"] > 0 for row in rows)
    run = train(config, progress=False)
    assert run.is_finished and run.config == config
