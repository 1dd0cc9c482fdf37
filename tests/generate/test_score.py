"""The score of a run, and the samples that nobody chose."""

from dataclasses import replace

import pytest

from heedful.generate import score as score_module
from heedful.generate.continue_text import continue_text
from heedful.generate.score import (
    PROMPTS,
    completions,
    final_test,
    near_training,
    samples,
    score,
)
from heedful.text import CORPORA
from heedful.text.corpus import Card, Corpus
from heedful.text.documents import Document, TextCorpus
from heedful.train import new_run
from heedful.train.language import new_language_run
from heedful.train.language_config import LanguageRunConfig, LanguageSizes

pytestmark = pytest.mark.usefixtures("as_users_run_it")

CARD = Card(
    name="tiny", summary="", source="", licence="", split="", size="", examples=()
)
PAIRS = [("a", "he was busy then"), ("b", "we are here now"), ("c", "go away now !")]


@pytest.fixture
def sentences():
    credits = {PAIRS[0]: "sentence 7, CC BY"}
    return Corpus(
        card=CARD, units=("bpe", "bpe"), metric="bleu",
        train=[], valid=[], test=PAIRS, credits=credits,
    )  # fmt: skip


def answering(answers, monkeypatch):
    monkeypatch.setattr(score_module, "translate_all", lambda *_, **__: answers)


def test_right_sentences_have_the_highest_score(sentences, monkeypatch):
    answering([goal for _, goal in PAIRS], monkeypatch)
    result, _ = score(None, sentences)
    assert result["tested_on"] == 3
    assert result["exact_match"] == 1
    assert result["bleu"] == pytest.approx(100)
    assert result["chrf"] == pytest.approx(100)


def test_bleu_worked_by_hand(sentences, monkeypatch):
    # Of 12 words 11 are right, of 9 pairs 8, of 6 triples 5, of 3 fours 2; the lengths
    # are equal, so nothing is taken off: the geometric mean of the four shares.
    answering(["he was busy then", "we are here now", "go away now ?"], monkeypatch)
    result, _ = score(None, sentences)
    by_hand = (11 / 12 * 8 / 9 * 5 / 6 * 2 / 3) ** 0.25
    assert result["bleu"] == pytest.approx(100 * by_hand)
    assert result["exact_match"] == pytest.approx(2 / 3)


def test_samples_go_from_the_best_to_the_worst(sentences):
    answers = ["he was busy then", "xyz", "go now"]
    rows = samples(sentences, answers, n=2)
    assert [row["source"] for row in rows] == ["a", "b"]
    assert rows[0] == {
        "source": "a", "reference": "he was busy then", "answer": "he was busy then",
        "chrf": 100.0, "credit": "sentence 7, CC BY",
    }  # fmt: skip
    assert [row["source"] for row in samples(sentences, answers)] == ["a", "c", "b"]


def test_where_one_answer_is_right_only_right_ones_count(tiny_config, monkeypatch):
    corpus = CORPORA["numbers"](n_train=1_000, n_test=10)
    run = new_run(tiny_config, corpus)
    monkeypatch.setattr(type(tiny_config), "corpus", lambda _: corpus)
    goals = [goal for _, goal in corpus.test]
    answering(["", *goals[1:]], monkeypatch)
    assert final_test(run) == {"tested_on": 10, "exact_match": 0.9}


@pytest.mark.parametrize(
    ("goal", "is_near"),
    [
        ("She came home late.", True),  # a word replaced
        ("He came home.", True),  # left out
        ("He came home very LATE!", True),  # put in
        ("She came home.", False),  # two changes
        ("Late home came he.", False),
        ("late", False),
    ],
)
def test_near_training_means_one_word(sentences, goal, is_near):
    corpus = replace(sentences, train=[("x", "He came home late.")], test=[("y", goal)])
    assert near_training(corpus) == is_near


def test_completions_are_the_same_again_and_of_two_kinds():
    sizes = LanguageSizes(d_model=6, n_layers=1, n_heads=3, n_kv_heads=3, d_ff=7)
    config = LanguageRunConfig(vocab_size=263, model=sizes)
    train = [Document("a.py", "def f(x):")]
    corpus = TextCorpus(card=CARD, train=train, valid=[], test=[])
    run = new_language_run(config, corpus)
    rows = completions(run, max_new=11)
    assert [row["prompt"] for row in rows] == list(PROMPTS)
    assert completions(run, max_new=11) == rows
    for row in rows:
        pieces = continue_text(run, row["prompt"], max_new=11)
        assert row["greedy"] == "".join(pieces) != row["drawn"]
