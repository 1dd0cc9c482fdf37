import random
import re

import pytest
from num2words import num2words

from heedful.text.numbers import CARD, MAX_DIGITS, english, japanese, numbers
from heedful.text.tokenizer import Tokenizer

BY_HAND = [
    (0, "zero", "零"),
    (7, "seven", "七"),
    (10, "ten", "十"),
    (19, "nineteen", "十九"),
    (42, "forty-two", "四十二"),
    (100, "one hundred", "百"),
    (111, "one hundred eleven", "百十一"),
    (1_000, "one thousand", "千"),
    (10_000, "ten thousand", "一万"),
    (74_259, "seventy-four thousand two hundred fifty-nine", "七万四千二百五十九"),
    (10_000_000, "ten million", "千万"),
    (100_000_001, "one hundred million one", "一億一"),
    (
        999_999_999,
        "nine hundred ninety-nine million nine hundred ninety-nine thousand "
        "nine hundred ninety-nine",
        "九億九千九百九十九万九千九百九十九",
    ),
]


@pytest.fixture(scope="module")
def some_numbers():
    rng = random.Random(0)
    large = [rng.randrange(10 ** rng.randint(5, 9)) for _ in range(3_000)]
    return [*range(20_000), *large, 10**9 - 1]


@pytest.fixture(scope="module")
def corpus(unchecked):
    with unchecked():
        return numbers()


@pytest.mark.parametrize(("n", "words", "numerals"), BY_HAND)
def test_by_hand(n, words, numerals):
    assert english(n) == words
    assert japanese(n) == numerals


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (20, "twenty"),
        (101, "one hundred and one"),
        (1_001, "one thousand and one"),
        (1_100, "one thousand one hundred"),
        (18_000_400, "eighteen million four hundred"),
        (101_101, "one hundred and one thousand one hundred and one"),
    ],
)
def test_the_british_style_by_hand(n, words):
    assert english(n, and_=True) == words


def test_both_english_styles_agree_with_num2words(as_users_run_it, some_numbers):
    for n in some_numbers:
        expected = num2words(n).replace(",", "")
        assert english(n, and_=True) == expected
        assert english(n) == expected.replace(" and ", " ")


def test_japanese_agrees_with_num2words(as_users_run_it, some_numbers):
    for n in some_numbers:
        assert japanese(n) == num2words(n, lang="ja")


@pytest.mark.parametrize("write", [english, japanese])
@pytest.mark.parametrize("n", [-1, 10**9])
def test_what_is_out_of_range_is_refused_with_its_value(write, n):
    with pytest.raises(ValueError, match=rf"n={n} is not between 0 and 999999999"):
        write(n)


def test_the_sizes_are_those_on_the_card(corpus):
    sizes = (len(corpus.train), len(corpus.valid), len(corpus.test))
    assert sizes == (60_000, 1_000, 1_000)
    told = re.findall(r"([\d,]+) (?:training|validation|test)", CARD.size)
    assert told == [f"{n:,}" for n in sizes]
    assert corpus.card is CARD


def test_no_number_is_in_two_parts(corpus):
    # The Japanese side is the number itself, whatever the English style.
    train, valid, test = (
        {japanese for _, japanese in part}
        for part in (corpus.train, corpus.valid, corpus.test)
    )
    assert not train & test
    assert not train & valid
    assert not valid & test


def test_each_held_out_number_comes_once(corpus):
    for part in (corpus.valid, corpus.test):
        assert len({japanese for _, japanese in part}) == len(part)


def test_every_number_below_100_is_trained_on(corpus):
    trained_on = {japanese for _, japanese in corpus.train}
    assert {japanese(n) for n in range(100)} <= trained_on


def test_every_pair_is_one_number_in_both_languages(as_users_run_it):
    by_numerals = {japanese(n): n for n in range(100_000)}
    checked = 0
    for words, numerals in numbers(n_train=2_000, n_test=100).train:
        if numerals in by_numerals:
            n = by_numerals[numerals]
            assert words in (english(n), english(n, and_=True))
            checked += 1
    assert checked > 500


def test_every_length_is_as_frequent_as_the_other(corpus):
    # Length is what "thousand" and "million" tell: 3 of 9 lengths each.
    train = [words for words, _ in corpus.train]
    million = sum("million" in words for words in train) / len(train)
    thousand = sum(
        "thousand" in words and "million" not in words for words in train
    ) / len(train)
    assert million == pytest.approx(1 / 3, abs=0.01)
    assert thousand == pytest.approx(1 / 3, abs=0.02)


def test_both_english_styles_are_trained_on(corpus):
    share = sum(" and " in words for words, _ in corpus.train) / len(corpus.train)
    assert 0.2 < share < 0.5


def test_one_seed_gives_one_corpus():
    first, again = (numbers(n_train=500, n_test=50, seed=3) for _ in "ab")
    assert first == again
    assert first.train != numbers(n_train=500, n_test=50, seed=4).train


def test_no_seed_trains_on_what_another_tests(as_users_run_it, corpus):
    held_out = {japanese for _, japanese in corpus.test + corpus.valid}
    for seed in (1, 2):
        other = numbers(n_train=5_000, n_test=100, seed=seed)
        assert not held_out & {japanese for _, japanese in other.train}


def test_a_larger_corpus_keeps_the_split():
    small, large = (
        numbers(n_train=1_000, n_test=300),
        numbers(n_train=6_000, n_test=300),
    )
    held_out = {japanese for _, japanese in small.test + small.valid}
    assert not held_out & {japanese for _, japanese in large.train}


def test_the_smallest_corpus_of_a_run_knows_all_pieces(as_users_run_it, corpus):
    few = numbers(n_train=1_000)
    for side, unit in enumerate(corpus.units):
        known = Tokenizer.build([pair[side] for pair in few.train], unit).pieces
        assert known == Tokenizer.build([p[side] for p in corpus.train], unit).pieces


def test_the_card_shows_its_examples():
    shown = str(CARD)
    assert "  licence  none needed: numbers are facts" in shown
    assert "seventy-four thousand two hundred fifty-nine -> 七万四千二百五十九" in shown


def test_no_number_is_longer_than_the_writers_allow():
    assert MAX_DIGITS == 9
