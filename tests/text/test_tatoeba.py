import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heedful.text import tatoeba as module
from heedful.text.corpus import part_of
from heedful.text.packages import DataError
from heedful.text.store import get
from heedful.text.tatoeba import convert, sentence_key, tatoeba

from .archives import TABLE, giving, tiny_tatoeba

WORDS = "the a old new red big cat dog sea sky sees eats runs has not here now".split()


def made_up_rows(n):
    """Rows of a table: many English sentences recur, in other dress."""
    rng = random.Random(7)
    for i in range(n):
        words = rng.choices(WORDS, k=rng.randint(1, 15))
        english = rng.choice([" ", ", "]).join(words) + rng.choice(["", ".", "!"])
        japanese = "".join(rng.choices("あいうえお猫犬海空", k=rng.randint(1, 36)))
        english = rng.choice([english, english.upper(), english.capitalize()])
        yield f"{i + 100}\t{japanese}\t{english}\t-\t-\t-\t-\t-\t-\n"


ROWS = list(made_up_rows(4000))
ARCHIVE, DOWNLOAD = tiny_tatoeba("".join(ROWS).encode())


@pytest.fixture
def obtained(monkeypatch):
    """The corpus is here: 4,000 rows of nonsense."""
    monkeypatch.setattr(module, "SOURCE", DOWNLOAD)
    get(DOWNLOAD, giving(ARCHIVE), progress=False)


@pytest.fixture
def corpus(obtained):
    return tatoeba()


def test_the_table_by_hand():
    assert convert(TABLE) == [
        "17\tぼくはABCを習った。\tI learned the ABC.",
        "29\t空が 青い。\tThe sky is blue.",  # and 31 is the same but for its "!"
        "37\t青い空だ。\tThe sky is blue!",
    ]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("The sky is blue.", "theskyisblue"),
        ("  THE SKY, is: blue!! ", "theskyisblue"),
        ("It's 3 o'clock_", "its3oclock"),
        ("ラーメンです。", "ラーメンです"),
        ("?!", "?!"),
    ],
)
def test_the_key_of_a_sentence_by_hand(text, key):
    assert sentence_key(text) == key


@given(st.lists(st.sampled_from(WORDS), min_size=1), st.sampled_from(".,!?;: '\"-_"))
def test_case_and_punctuation_do_not_change_the_part(words, sign):
    plain = part_of(f"sentence {sentence_key(' '.join(words))}")
    dressed = sign + (sign + " ").join(words).upper() + sign
    assert part_of(f"sentence {sentence_key(dressed)}") == plain


def keys(pairs, side):
    return Counter(sentence_key(pair[side]) for pair in pairs)


@pytest.mark.parametrize("side", [0, 1], ids=["japanese", "english"])
def test_no_sentence_is_in_two_parts_in_any_dress(corpus, side):
    train, valid, test = (
        set(keys(part, side)) for part in (corpus.train, corpus.valid, corpus.test)
    )
    assert len(valid) > 20
    assert len(test) > 20
    assert not train & valid
    assert not train & test
    assert not valid & test


def test_what_is_held_out_counts_once_and_what_is_trained_on_may_recur(corpus):
    for part in (corpus.valid, corpus.test):
        assert set(keys(part, 1).values()) == {1}
    assert max(keys(corpus.train, 1).values()) > 1
    assert len(set(corpus.train)) == len(corpus.train)


@pytest.mark.parametrize("limits", [(14, 6), (29, 11)])
def test_the_limits_hold_and_are_reached(obtained, limits):
    corpus = tatoeba(max_japanese=limits[0], max_english=limits[1])
    for part in (corpus.train, corpus.valid, corpus.test):
        assert max(len(japanese) for japanese, _ in part) <= limits[0]
        assert max(len(english.split()) for _, english in part) <= limits[1]
    assert max(len(japanese) for japanese, _ in corpus.train) == limits[0]
    assert max(len(english.split()) for _, english in corpus.train) == limits[1]


def test_the_limits_move_nothing_from_one_part_to_another(corpus):
    short = tatoeba(max_japanese=14, max_english=6)
    assert set(short.train) < set(corpus.train)
    held_out = keys(short.test + short.valid, 1)
    assert not set(held_out) & set(keys(corpus.train, 1))


def test_one_corpus_is_always_in_the_same_order(corpus):
    assert tatoeba() == corpus
    few = tatoeba(n_train=31, n_test=17)
    assert few.train == corpus.train[:31]
    assert few.valid == corpus.valid[:17]
    assert few.test == corpus.test[:17]


def test_the_order_is_not_that_of_the_numbers(corpus):
    numbers = [int(corpus.credits[pair].split()[2].strip(",")) for pair in corpus.train]
    assert numbers != sorted(numbers)
    early = sum(numbers[: len(numbers) // 2]) / sum(numbers)
    assert early == pytest.approx(0.5, abs=0.03)


def test_more_than_there_is_is_refused(corpus):
    n = len(corpus.train)
    assert len(tatoeba(n_train=n).train) == n
    with pytest.raises(ValueError, match=f"n_train={n + 1:,} is too many.* {n:,}"):
        tatoeba(n_train=n + 1)


def test_every_pair_has_its_own_credit(corpus):
    pairs = corpus.train + corpus.valid + corpus.test
    table = {}
    for row in ROWS:
        identity, japanese, english, *_ = row.split("\t")
        table[f"Tatoeba sentence {identity}, CC BY 2.0 FR"] = (japanese, english)
    assert set(corpus.credits) == set(pairs)
    for pair, credit in corpus.credits.items():
        assert table[credit] == pair


def test_the_corpus_says_how_it_is_cut_and_judged(corpus):
    assert corpus.units == ("bpe", "bpe")
    assert corpus.metric == "bleu"


def test_the_card_has_the_sizes_that_are_here_and_credits_its_examples(corpus):
    card = corpus.card
    for part in (corpus.train, corpus.valid, corpus.test):
        assert f"{len(part):,} " in card.size
    assert len(card.examples) == 3
    for japanese, english in card.examples:
        assert english.endswith("CC BY 2.0 FR)")
        assert japanese in str(card)


def test_before_it_is_obtained_it_is_told_what_to_do():
    with pytest.raises(DataError, match="`heedful data get tatoeba` obtains it"):
        tatoeba()
    assert "`heedful data get tatoeba`" in module.CARD.size
