from collections import Counter
from dataclasses import asdict

import pytest

from heedful.text import CARDS, CORPORA, TEXTS
from heedful.text.corpora import DOWNLOADS
from heedful.text.corpus import part_of


def test_nine_in_ten_are_for_training_and_one_in_twenty_for_each_other_part():
    parts = Counter(part_of(f"item {i}") for i in range(40_000))
    assert set(parts) == {"train", "valid", "test"}
    assert parts["train"] / 40_000 == pytest.approx(0.90, abs=0.01)
    assert parts["valid"] / 40_000 == pytest.approx(0.05, abs=0.005)
    assert parts["test"] / 40_000 == pytest.approx(0.05, abs=0.005)


@pytest.mark.parametrize(
    ("key", "part"),
    [
        ("number 101", "train"),
        ("number 100", "valid"),
        ("number 117", "test"),
        ("date 2048-10-21", "train"),
    ],
)
def test_the_part_of_an_item_never_changes(key, part):
    assert part_of(key) == part


def test_every_corpus_has_a_card_of_its_name():
    assert set(CORPORA) == {"numbers", "dates", "tatoeba"}
    assert set(TEXTS) == {"python", "sources", "wiki"}
    assert set(CARDS) == set(CORPORA) | set(TEXTS)
    for name, card in CARDS.items():
        assert card.name == name


@pytest.mark.parametrize("name", sorted(CARDS))
def test_every_card_is_complete(name):
    card = CARDS[name]
    told = asdict(card)
    if name in CORPORA and name not in DOWNLOADS:
        assert len(card.examples) >= 3
    else:
        assert told.pop("examples") == ()  # texts of others: not in this program
    for key, value in told.items():
        assert value, key
        if key != "examples":
            assert "\n" not in value
            assert value in str(card)


def test_what_has_to_be_obtained_is_on_the_cards_with_the_remedy():
    assert set(DOWNLOADS) == {"tatoeba", "wiki"}
    for name, download in DOWNLOADS.items():
        assert download.name == name
        assert f"`heedful data get {name}`" in CARDS[name].size
        # The two tell the same licence, in the words that each needs.
        assert download.licence.split(",")[0] in CARDS[name].licence


@pytest.mark.parametrize("name", sorted(CORPORA.keys() - DOWNLOADS.keys()))
def test_the_examples_on_a_card_are_in_the_style_of_the_corpus(name):
    corpus = CORPORA[name](n_train=1_000, n_test=10)
    assert corpus.card is CARDS[name]
    letters = {c for english, _ in corpus.train for c in english}
    signs = {c for _, japanese in corpus.train for c in japanese}
    for english, japanese in CARDS[name].examples:
        assert set(english) <= letters
        assert set(japanese) <= signs
