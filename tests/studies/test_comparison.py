import csv
import json
import shutil
from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest
import torch
from torch import nn

from heedful.studies import (
    CONTENDERS,
    Material,
    Result,
    Settings,
    Study,
    StudyError,
    compare,
    score,
    set_study_aside,
)
from heedful.text import CORPORA, training_batches
from heedful.text.batching import EncodedPairs
from heedful.text.tokenizer import EOS_ID
from heedful.train import Recipe

pytestmark = pytest.mark.usefixtures("as_users_run_it")

MODULE = "heedful.studies.comparison"
N_RUNS = 4 * (2 + 2 * 2)  # 4 models: 2 rates, then 2 parts with 2 seeds


def without_time(result):
    curve = [{k: v for k, v in r.items() if k != "cpu_seconds"} for r in result.curve]
    return replace(result, curve=curve)


def test_every_model_is_trained_in_every_part(finished):
    study, folder = finished
    keys = [r.key for r in study.results]
    assert len(keys) == len(set(keys)) == N_RUNS
    assert Counter((r.part, r.model) for r in study.results) == {
        (part, model): 2 for part in ("search", "all", "short") for model in CONTENDERS
    }
    for result in study.results:
        assert [row["step"] for row in result.curve] == [3, 5]
        assert result.curve[1]["cpu_seconds"] > result.curve[0]["cpu_seconds"] > 0
        assert {r.seed for r in study.runs("search", result.model)} == {0}
        assert {r.seed for r in study.runs("all", result.model)} == {1, 2}
    assert Study.load(folder) == study


def test_each_model_keeps_the_rate_that_its_search_found(finished):
    study, _ = finished
    for part in ("all", "short"):
        for name in CONTENDERS:
            rates = {r.learning_rate for r in study.runs(part, name)}
            assert rates == {study.best_rate(name)}


def test_the_search_does_not_see_the_test_part(finished, tiny_settings):
    study, _ = finished
    material = Material.of(CORPORA["numbers"](n_train=tiny_settings.n_train))
    asked = {
        "search": Counter(map(len, material.valid.sources)),
        "all": Counter(map(len, material.test.sources)),
        "short": Counter(map(len, material.test.sources)),
    }
    assert asked["search"] != asked["all"]
    for result in study.results:
        found = {n: tested for n, (_, tested) in result.by_length.items()}
        assert found == asked[result.part]
        assert result.right * 29 == pytest.approx(
            sum(right for right, _ in result.by_length.values()), abs=1e-3
        )


def test_all_models_learn_from_the_same_batches(tiny_settings, tmp_path, monkeypatch):
    given = []

    def noted(*args):
        seen = []
        given.append(seen)
        for batch in training_batches(*args):
            seen.append(torch.cat([batch.source, batch.target], dim=1).tolist())
            yield batch

    monkeypatch.setattr(f"{MODULE}.training_batches", noted)
    settings = replace(tiny_settings, rates=(1e-3,))
    study = compare(settings, 1, tmp_path, progress=False)
    by_part = {}
    for result, batches in zip(study.results, given, strict=True):
        by_part.setdefault(result.part, []).append(batches[:5])
    for groups in by_part.values():
        assert len(groups) == 4
        assert all(group == groups[0] for group in groups)
    assert by_part["search"][0] != by_part["all"][0]  # another seed
    assert by_part["short"][0] != by_part["all"][0]


def test_short_sources_only_are_learned_and_all_are_asked():
    material = Material.of(CORPORA["numbers"](n_train=4_000))
    short = material.learned_up_to(5)
    assert short.test == material.test
    for part, whole in ((short.train, material.train), (short.valid, material.valid)):
        pairs = list(zip(whole.sources, whole.targets))
        assert list(zip(part.sources, part.targets)) == [
            pair for pair in pairs if len(pair[0]) <= 5
        ]
        assert 0 < len(part) < len(whole)
    # A long source has no word that no short one has, only more of them.
    learned, asked = (
        {i for source in part.sources for i in source}
        for part in (short.train, material.test)
    )
    assert asked <= learned


def test_a_stopped_study_goes_on_where_it_stopped(
    finished, tiny_settings, tmp_path, monkeypatch
):
    calls = []

    def stopping(*args):
        calls.append(args)
        if len(calls) == 8:  # in the middle of the eighth training
            yield from islice(training_batches(*args), 4)
            raise KeyboardInterrupt
        yield from training_batches(*args)

    monkeypatch.setattr(f"{MODULE}.training_batches", stopping)
    with pytest.raises(KeyboardInterrupt):
        compare(tiny_settings, 1, tmp_path, progress=False)
    early = Study.load(tmp_path).results
    assert len(early) == 7
    study = compare(tiny_settings, 1, tmp_path, progress=False)
    assert len(calls) == 8 + 16 - 7
    assert study.results[:7] == early
    expected = [without_time(r) for r in finished[0].results if r.seed < 2]
    assert list(map(without_time, study.results)) == expected
    # Once more: nothing is left to do.
    assert compare(tiny_settings, 1, tmp_path, progress=False) == study
    assert len(calls) == 8 + 16 - 7


def test_more_seeds_keep_what_is_there(finished, tiny_settings, tmp_path):
    shutil.copytree(finished[1], tmp_path, dirs_exist_ok=True)
    study = compare(tiny_settings, 3, tmp_path, progress=False)
    assert study.results[:N_RUNS] == finished[0].results
    assert {r.seed for r in study.results[N_RUNS:]} == {3}
    assert len(study.results) == N_RUNS + 2 * 4


def test_the_table_is_a_recount(finished):
    study, folder = finished
    raw = json.loads((folder / "compare.json").read_text())
    with (folder / "compare.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["part"], r["model"]) for r in rows] == [
        (part, model) for part in ("all", "short") for model in CONTENDERS
    ]
    time_of = {}
    for row in rows:
        runs = [
            run
            for run in raw["results"]
            if (run["part"], run["model"]) == (row["part"], row["model"])
        ]
        shares = [sum(n for _, n, _ in r["lengths"]) / 29 for r in runs]
        assert float(row["right"]) == pytest.approx(sum(shares) / 2, abs=1e-4)
        assert float(row["right_low"]) == pytest.approx(min(shares), abs=1e-4)
        assert float(row["right_high"]) == pytest.approx(max(shares), abs=1e-4)
        seconds = sum(run["curve"][-1]["cpu_seconds"] for run in runs) / 2
        assert float(row["cpu_seconds"]) == pytest.approx(seconds, abs=0.01)
        time_of[row["part"], row["model"]] = seconds
        assert int(row["n_seeds"]) == 2
        assert int(row["parameters"]) == raw["models"][row["model"]]["parameters"]
    for row in rows:
        key = row["part"], row["model"]
        ratio = time_of[key] / time_of[row["part"], "transformer"]
        assert float(row["cpu_ratio"]) == pytest.approx(ratio, abs=0.01)
    assert study.table()[0]["label"] == "GRU"


def result(rate, right, loss, model="gru", part="search"):
    curve = [dict(step=1, right=1.0, valid_loss=0.0)]
    curve.append(dict(step=2, right=right, valid_loss=loss))
    return Result(
        part=part, model=model, seed=0, learning_rate=rate, curve=curve, lengths=[]
    )


def test_the_best_rate_gets_most_right_at_the_end():
    results = [result(1.0, 0.3, 0.1), result(2.0, 0.5, 0.9), result(3.0, 0.4, 0.2)]
    results += [result(4.0, 0.9, 0.1, model="x"), result(5.0, 0.9, 0.1, part="all")]
    study = Study(settings={}, models={}, circumstances={}, results=results)
    assert study.best_rate("gru") == 2.0
    results.append(result(6.0, 0.5, 0.8))  # as many right, less surprised
    assert study.best_rate("gru") == 6.0


class Copier(nn.Module):
    """Writes the source once more, then the end. A question to `score`, not a model."""

    def encode(self, source):
        end = torch.full((len(source), 1), EOS_ID)
        source = torch.cat([source.masked_fill(source == 0, EOS_ID), end], dim=1)
        return nn.functional.one_hot(source, 10).float()

    def source_mask(self, source):
        return (source != 0)[:, None, None]

    def new_cache(self, memory, max_len):
        return iter(memory.unbind(1))

    def decode(self, target, memory, memory_mask, cache):
        return next(cache, memory[:, -1])[:, None]


def test_an_answer_is_right_if_every_token_is():
    right = ([3, 4], [3, 4])
    pairs = [
        right,
        right,
        ([5, 6], [5, 7]),  # one token is wrong
        ([3, 4, 5], [3, 4]),  # goes on after the end
        ([7], [7, 7]),  # ends too early
        ([8, 9, 3, 4, 5], [8, 9, 3, 4, 5]),
    ]
    encoded = EncodedPairs([s for s, _ in pairs], [t for _, t in pairs])
    assert score(Copier(), encoded) == {1: (0, 1), 2: (2, 3), 3: (0, 1), 5: (1, 1)}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (dict(longest=7), "made with longest=5, not 7"),
        (dict(n_train=1_001), "made with n_train=1000, not 1001"),
        (
            dict(recipe=Recipe(n_steps=4, batch_size=11, n_warmup=2, evaluate_every=3)),
            "made with n_steps=5, not 4",
        ),
    ],
)
def test_a_study_of_other_settings_is_not_continued(
    finished, tiny_settings, change, told
):
    before = (finished[1] / "compare.json").read_bytes()
    with pytest.raises(StudyError, match=told):
        compare(replace(tiny_settings, **change), 2, finished[1], progress=False)
    assert (finished[1] / "compare.json").read_bytes() == before


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"results": [{"part": 1}]}', '{"results": [], "depth": 3}']
)
def test_a_damaged_study_is_told(tmp_path, content):
    (tmp_path / "compare.json").write_text(content)
    with pytest.raises(StudyError, match=r"compare\.json is damaged"):
        Study.load(tmp_path)


def test_a_missing_study_is_told(tmp_path):
    with pytest.raises(StudyError, match="there is no study in"):
        Study.load(tmp_path)


def test_an_old_study_is_renamed_never_overwritten(tmp_path):
    set_study_aside(tmp_path)  # nothing there, nothing to do
    for text in ("first", "second"):
        (tmp_path / "compare.json").write_text(text)
        set_study_aside(tmp_path)
    assert (tmp_path / "compare.1.json").read_text() == "first"
    assert (tmp_path / "compare.2.json").read_text() == "second"
    assert not (tmp_path / "compare.json").exists()


@pytest.mark.parametrize("name", ["n_steps", "evaluate_every"])
def test_a_single_step_cannot_be_timed(name):
    with pytest.raises(ValueError, match=f"{name}=1 must be 2 or more"):
        Settings(recipe=Recipe(**{name: 1}))
