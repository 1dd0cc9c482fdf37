import datetime
import re

import pytest

from heedful.text.dates import CARD, STYLES, date_pair, dates
from heedful.text.tokenizer import Tokenizer

DAY = datetime.date(2048, 10, 21)


@pytest.fixture(scope="module")
def corpus(unchecked):
    with unchecked():
        return dates()


def the_date(japanese):
    year, month, day = map(int, re.findall(r"\d+", japanese))
    return datetime.date(year, month, day)


@pytest.mark.parametrize(
    ("style", "english", "japanese"),
    [
        ("full", "Wednesday, October 21, 2048", "2048年10月21日水曜日"),
        ("long", "October 21, 2048", "2048年10月21日"),
        ("medium", "Oct 21, 2048", "2048/10/21"),
    ],
)
def test_by_hand(style, english, japanese):
    assert date_pair(DAY, style) == (english, japanese)


@pytest.mark.parametrize("style", STYLES)
def test_small_days_and_months_by_hand(style):
    english, japanese = date_pair(datetime.date(1900, 1, 2), style)
    assert re.fullmatch(r"(Tuesday, )?Jan(uary)? 2, 1900", english)
    assert japanese in ("1900年1月2日火曜日", "1900年1月2日", "1900/01/02")


def test_the_sizes_are_those_on_the_card(corpus):
    sizes = (len(corpus.train), len(corpus.valid), len(corpus.test))
    assert sizes == (60_000, 1_000, 1_000)
    told = re.findall(r"([\d,]+) (?:training|validation|test)", CARD.size)
    assert told == [f"{n:,}" for n in sizes]
    assert corpus.card is CARD


def test_no_date_is_in_two_parts_in_any_style(corpus):
    train, valid, test = (
        {the_date(japanese) for _, japanese in part}
        for part in (corpus.train, corpus.valid, corpus.test)
    )
    assert not train & test
    assert not train & valid
    assert not valid & test


def test_no_pair_comes_twice(corpus):
    pairs = corpus.train + corpus.valid + corpus.test
    assert len(set(pairs)) == len(pairs)


def test_every_year_has_four_digits_on_both_sides(corpus):
    for english, japanese in corpus.train + corpus.valid + corpus.test:
        year = re.search(r", (\d{4})$", english)
        assert year
        assert 1900 <= int(year[1]) <= 2099
        assert japanese.startswith(year[1])


def test_a_weekday_is_asked_for_only_where_it_is_given(corpus):
    for english, japanese in corpus.train:
        assert ("day," in english) == ("曜日" in japanese)


def test_the_styles_are_equally_frequent(corpus):
    train = [japanese for _, japanese in corpus.train]
    assert sum("曜" in text for text in train) == pytest.approx(20_000, rel=0.05)
    assert sum("/" in text for text in train) == pytest.approx(20_000, rel=0.05)


def test_one_seed_gives_one_corpus():
    first, again = (dates(n_train=300, n_test=30, seed=3) for _ in "ab")
    assert first == again
    assert first.train != dates(n_train=300, n_test=30, seed=4).train


def test_no_seed_trains_on_what_another_tests(corpus):
    held_out = {the_date(japanese) for _, japanese in corpus.test + corpus.valid}
    other = dates(n_train=5_000, n_test=30, seed=1)
    assert not held_out & {the_date(japanese) for _, japanese in other.train}


@pytest.mark.parametrize(
    "sizes", [dict(n_train=80_000), dict(n_train=100, n_test=20_000)], ids=str
)
def test_more_than_there_is_is_refused_and_not_searched_for_ever(sizes):
    with pytest.raises(ValueError, match="too many"):
        dates(**sizes)


def test_the_smallest_corpus_of_a_run_knows_all_pieces(as_users_run_it, corpus):
    few = dates(n_train=1_000)
    for side, unit in enumerate(corpus.units):
        known = Tokenizer.build([pair[side] for pair in few.train], unit).pieces
        assert known == Tokenizer.build([p[side] for p in corpus.train], unit).pieces
