"""Byte-level BPE: worked by hand, against its twin, and on any bytes at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heedful.text.bpe import N_BASE, BytePairTokenizer
from heedful.text.fast_bpe import FastBytePairTokenizer
from heedful.text.tokenizer import EOS_ID, PAD_ID

TEXTS = [
    "the cat sat on the mat, and then the other cat sat there too",
    "def f(x):\n    return x ** 2  # 2048\n\n\ndef g(x):\n\treturn f(f(x))\n",
    "その計画は世論の圧力で中止になった。私達の列車は日が暮れてからローマに着いた。",
    "na\u00efve \U0001f600\u200d\u3000full\uff57idth \x00\x1f\x7f\x85\xa0",
]
both = pytest.mark.parametrize("kind", [BytePairTokenizer, FastBytePairTokenizer])


def byte(character):
    return 3 + ord(character)


@pytest.fixture(scope="module")
def learned():
    return BytePairTokenizer.learn(TEXTS, 347)


@pytest.fixture(scope="module")
def twin(learned):
    return FastBytePairTokenizer(learned.merges)


@both
def test_a_vocabulary_worked_by_hand(kind):
    # Words: "ab" twice, " ab" once, " abc" three times. (a, b) stands together six
    # times, then (space, ab) four times, then (space+ab, c) three times.
    tokenizer = kind.learn(["ab ab abc", "ab abc abc"], N_BASE + 3)
    ab, spaced = N_BASE, N_BASE + 1
    assert tokenizer.merges == (
        (byte("a"), byte("b")),
        (byte(" "), ab),
        (spaced, byte("c")),
    )
    assert tokenizer.pieces[N_BASE:] == ("ab", " ab", " abc")
    assert tokenizer.encode("ab abc cab") == [ab, spaced + 1, byte(" "), byte("c"), ab]


@both
def test_of_equal_counts_the_smaller_ids_win(kind):
    tokenizer = kind.learn(["zy", "ab"], N_BASE + 1)
    assert tokenizer.merges == ((byte("a"), byte("b")),)


@both
def test_learning_stops_when_nothing_is_left_to_merge(kind):
    assert len(kind.learn(["ab"], 1009)) == N_BASE + 1


@both
def test_words_signs_digits_and_spaces_stay_apart(kind):
    tokenizer = kind.learn(["a1b22; x  \n  y"] * 7, 1009)
    assert tokenizer.split("a1b22; x  \n  y") == [
        "a", "1", "b", "2", "2", ";", " x", "  \n ", " y",
    ]  # fmt: skip


def test_a_merge_learned_first_is_applied_first():
    # "bc" before "ab": "abc" must become a + bc although "ab" comes first in the text.
    bc_first = BytePairTokenizer(
        ((byte("b"), byte("c")), (byte("a"), byte("b")), (byte("a"), N_BASE))
    )
    assert bc_first.split("abc ab") == ["abc", " ", "ab"]
    assert BytePairTokenizer(bc_first.merges[:2]).split("abc") == ["a", "bc"]


def test_pieces_of_characters_show_their_bytes():
    tokenizer = BytePairTokenizer(())
    assert tokenizer.split("a日") == ["a", "<e6>", "<97>", "<a5>"]


@pytest.mark.parametrize("text", TEXTS)
def test_the_twins_learn_the_same(text):
    slow = BytePairTokenizer.learn([text], 331)
    assert FastBytePairTokenizer.learn([text], 331).merges == slow.merges
    assert len(slow) > N_BASE


@given(st.lists(st.text("aab \n1.日本", max_size=31), max_size=5))
@settings(max_examples=50, deadline=None)
def test_the_twins_learn_the_same_from_anything(texts):
    slow = BytePairTokenizer.learn(texts, 283)
    assert FastBytePairTokenizer.learn(texts, 283).merges == slow.merges


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_any_text_comes_back_and_the_twins_agree(learned, twin, text):
    ids = learned.encode(text)
    assert learned.decode(ids) == text
    assert twin.encode(text) == ids


@given(st.binary())
@settings(max_examples=200, deadline=None)
def test_any_bytes_come_back_and_the_twins_agree(learned, twin, data):
    ids = learned.encode_bytes(data)
    assert learned.decode_bytes(ids) == data
    assert twin.encode_bytes(data) == ids


def test_two_ways_to_the_same_bytes_share_one_id():
    # a + bc and ab + c: the second makes no new piece, in either twin.
    a, b, c = map(byte, "abc")
    ab, bc = N_BASE, N_BASE + 1
    merges = ((a, b), (b, c), (a, bc), (ab, c))
    slow, fast = BytePairTokenizer(merges), FastBytePairTokenizer(merges)
    assert len(slow) == len(fast) == N_BASE + 3
    for text in ("abc", "ab", "bc", "aabcc", "abcabc"):
        assert fast.encode(text) == slow.encode(text)


def test_decoding_stops_at_the_end_token(learned):
    ids = learned.encode("cat")
    assert learned.decode([PAD_ID, *ids, EOS_ID, *ids]) == "cat"


def test_half_a_character_is_shown_as_such(learned):
    assert learned.decode(BytePairTokenizer(()).encode("日")[:2]) == "\ufffd"


@both
def test_a_vocabulary_smaller_than_the_bytes_is_refused(kind):
    with pytest.raises(ValueError, match=r"vocab_size=258 is too small.*259"):
        kind.learn(TEXTS, 258)


@both
@pytest.mark.parametrize("merge", [(259, 7), (7, 260), (2, 7), (-1, 7)])
def test_a_merge_of_unknown_pieces_is_refused(kind, merge):
    with pytest.raises(ValueError, match=f"merge .{merge[0]}, {merge[1]}. uses"):
        kind((merge,))
