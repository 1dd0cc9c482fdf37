"""The benchmark of the recipes: its runs in small, its page from made-up numbers."""

import json
import random
from dataclasses import replace

import pytest

from benchmarks.quality import (
    LEFT_OUT,
    WITHOUT,
    changed,
    measured,
    part,
    ratio,
    summary,
)
from heedful.text import CORPORA
from heedful.text.corpora import TEXTS
from heedful.text.documents import Document, TextCorpus
from heedful.text.numbers import numbers
from heedful.train.recipes import PLAIN_TEXT, SHORT_TEXT

pytestmark = pytest.mark.usefixtures("as_users_run_it")


def small_corpus():
    rng = random.Random(0)
    words = "for if in not or is the a while".split()
    made = [
        Document(f"{i}.txt", " ".join(rng.choices(words, k=331))) for i in range(11)
    ]
    return TextCorpus(
        card=None, train=made[:7], valid=made[7:9], test=made[9:], versions={"x": "1"}
    )


def test_every_run_is_made_and_judged(monkeypatch, capsys):
    monkeypatch.setitem(TEXTS, "python", small_corpus)
    monkeypatch.setitem(CORPORA, "numbers", lambda n_train: numbers(n_train, n_test=7))
    found = measured(quick=True, n_plain=1, n_short=2)
    names = [(row["name"], row["seed"]) for row in found["text"]]
    assert sorted(names) == [("plain", 0), ("short", 0), ("short", 1)]
    assert names[1] == ("plain", 0)  # between the others, not behind them
    assert [row["name"] for row in found["without"]] == list(WITHOUT)
    assert [row["name"] for row in found["left_out"]] == list(LEFT_OUT)
    for row in found["numbers"]:
        assert 0 <= row["exact"] <= 1 and row["seconds"] > 0
    assert len(capsys.readouterr().out.splitlines()) >= 6 + len(WITHOUT | LEFT_OUT)
    json.dumps(found)


def rows(name, quality, *told):
    keys = ("seed", "seconds", "cpu_seconds", quality)
    return [dict(zip(keys, row), name=name, steps=7, way="w") for row in told]


@pytest.fixture
def found():
    text = rows("plain", "loss", (0, 90.0, 120.0, 3.5), (1, 110.0, 120.0, 3.7))
    text += rows("short", "loss", (0, 10.0, 30.0, 3.4), (1, 20.0, 20.0, 3.6))
    made = rows("plain", "exact", (0, 60.0, 60.0, 0.999))
    made += rows("short", "exact", (0, 20.0, 30.0, 0.98), (1, 10.0, 30.0, 0.99))
    one = dict(steps=7, loss=3.45, seconds=30.0)
    return {
        "text": text, "numbers": made,
        "without": [dict(one, name="less")], "left_out": [dict(one, name="more")],
    }  # fmt: skip


def test_the_time_is_that_of_a_middle_run(found):
    columns = summary(found["text"])
    assert ratio(columns) == 100 / 15
    assert ratio(columns, "cpu_seconds") == 120 / 25


def test_the_page_counts_who_reached_the_best_plain_loss(found):
    told = part(found)
    assert "1 of 2 short runs reach the target of 3.5000" in told
    assert "**1/6.7 of the plain recipe's time**" in told
    assert "1 of 2 short runs are right on at least 99%, in **1/4.0 of" in told


def test_a_lever_is_told_with_its_loss_and_time(found):
    lines = part(found).splitlines()
    assert "| less | 3.450 | 2.00 |" in lines and "| more | 3.450 | 2.00 |" in lines


@pytest.mark.parametrize("name", WITHOUT | LEFT_OUT)
def test_each_lever_changes_the_short_recipe(name):
    recipe = replace(SHORT_TEXT.recipe, kernels="fused", precision="bfloat16")
    short = replace(SHORT_TEXT, recipe=recipe)
    one = changed(short, *(WITHOUT | LEFT_OUT)[name])
    assert one != short and one.recipe.n_steps == recipe.n_steps


def test_both_recipes_read_the_same_rows():
    for setting in ("task", "vocab_size", "seed"):
        assert getattr(SHORT_TEXT, setting) == getattr(PLAIN_TEXT, setting)
    for setting in ("d_model", "n_layers", "n_heads", "d_ff", "max_seq_len"):
        assert getattr(SHORT_TEXT.model, setting) == getattr(PLAIN_TEXT.model, setting)
