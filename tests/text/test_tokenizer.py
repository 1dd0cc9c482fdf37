import json
import random
import string
from dataclasses import asdict

import pytest

from heedful.text import BOS_ID, EOS_ID, PAD_ID, Tokenizer, UnknownPieceError

WORDS = Tokenizer.build(["forty two", "two hundred"], "word")
SIGNS = Tokenizer.build(["四十二", "二百"], "char")


def test_by_hand():
    assert WORDS.pieces == ("<pad>", "<bos>", "<eos>", "forty", "hundred", "two")
    assert WORDS.encode("two hundred forty-two") == [5, 4, 3, 5]
    assert WORDS.decode([5, 4, 3, 5]) == "two hundred forty two"
    assert SIGNS.pieces[3:] == ("二", "十", "四", "百")
    assert SIGNS.encode("二百四") == [3, 6, 5]
    assert len(WORDS) == 6


def test_the_special_pieces_come_first():
    assert (PAD_ID, BOS_ID, EOS_ID) == (0, 1, 2)
    assert Tokenizer.build([], "char").pieces == ("<pad>", "<bos>", "<eos>")


def test_characters_survive_the_round_trip():
    rng = random.Random(0)
    alphabet = "〇一二三四五六七八九十百千万億 年月日/" + string.printable
    tokenizer = Tokenizer.build([alphabet], "char")
    for _ in range(300):
        text = "".join(rng.choices(alphabet, k=rng.randrange(20)))
        assert tokenizer.decode(tokenizer.encode(text)) == text


def test_words_survive_the_round_trip_in_lower_case_with_single_spaces():
    rng = random.Random(0)
    words = ["forty", "Two", "hundred", "7", "Jan"]
    tokenizer = Tokenizer.build([" ".join(words)], "word")
    for _ in range(300):
        chosen = rng.choices(words, k=rng.randrange(1, 9))
        text = rng.choice([" ", ", ", "-", "  "]).join(chosen)
        expected = " ".join(chosen).lower()
        assert tokenizer.decode(tokenizer.encode(text)) == expected


def test_each_digit_is_a_piece():
    tokenizer = Tokenizer.build(["October 21, 2048"], "word")
    assert tokenizer.split("Oct 21, 2048") == ["oct", "2", "1", "2", "0", "4", "8"]


def test_the_order_of_the_texts_does_not_matter():
    assert Tokenizer.build(["b a", "c"], "word") == Tokenizer.build(
        ["c a", "b"], "word"
    )


def test_an_unknown_piece_is_named_with_what_is_known():
    with pytest.raises(UnknownPieceError) as caught:
        WORDS.encode("forty-three hundred")
    assert caught.value.piece == "three"
    expected = "'three' is not in the vocabulary; known are: forty hundred two"
    assert str(caught.value) == expected


def test_a_long_vocabulary_is_not_listed_to_its_end():
    signs = [chr(0x4E00 + i) for i in range(50)]
    with pytest.raises(UnknownPieceError) as caught:
        Tokenizer.build(signs, "char").encode("x")
    assert str(caught.value).endswith(f"{signs[39]} ...")


def test_special_pieces_cannot_be_written_by_a_user():
    assert WORDS.split("<eos>") == ["eos"]
    with pytest.raises(UnknownPieceError):
        SIGNS.encode("<eos>")


def test_decoding_stops_at_the_first_end_and_skips_special_tokens():
    assert SIGNS.decode([BOS_ID, 3, PAD_ID, 4, EOS_ID, 5, EOS_ID]) == "二十"


@pytest.mark.parametrize(
    ("unit", "pieces", "message"),
    [
        ("letter", ("<pad>", "<bos>", "<eos>"), "unit='letter' must be 'word' or"),
        ("char", ("<bos>", "<pad>", "<eos>"), "a vocabulary starts with"),
        ("char", ("<pad>", "<bos>", "<eos>", "a", "a"), "hold a piece twice"),
    ],
)
def test_a_bad_vocabulary_is_refused(unit, pieces, message):
    with pytest.raises(ValueError, match=message):
        Tokenizer(unit, pieces)


def test_a_tokenizer_survives_json():
    stored = json.loads(json.dumps(asdict(SIGNS)))
    assert Tokenizer(stored["unit"], tuple(stored["pieces"])) == SIGNS
