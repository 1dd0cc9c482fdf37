import math
from itertools import islice

import pytest
import torch

from heedful.text.curves import (
    CURVE_LEN,
    SHAPES,
    curve_batches,
    curve_texts,
    curve_tokenizer,
    draw_curves,
    encode_texts,
    read_curve,
    share_right,
)
from heedful.text.tokenizer import BOS_ID, PAD_ID

PARTS = ("train", "valid", "test")


def test_every_text_is_in_one_part():
    parts = [curve_texts(part) for part in PARTS]
    everything = [text for part in parts for text in part]
    assert len(everything) == len(set(everything)) == 6**2 + 6**3 + 6**4
    assert [len(part) for part in parts] == [1388, 84, 76]


def test_every_word_has_been_trained_in_every_place():
    seen = {
        (len(words), place, word)
        for words in map(str.split, curve_texts("train"))
        for place, word in enumerate(words)
    }
    assert len(seen) == 6 * (2 + 3 + 4)


@pytest.mark.parametrize("part", PARTS)
def test_the_words_can_be_read_off_every_curve(part):
    texts = curve_texts(part)[:200]
    curves = draw_curves(texts)
    assert curves.abs().max() <= 1
    for text, curve in zip(texts, curves):
        assert read_curve(curve, len(text.split())) == text.split()
    assert share_right(texts, curves) == 1


def test_shapes_by_hand():
    # Two stretches of 30 samples at 1/60, 3/60, ... of their way.
    first, second = draw_curves(["up hill"], torch.Generator().manual_seed(0))[0].split(
        30
    )
    steps = first.diff()
    assert steps.min() > 0
    torch.testing.assert_close(steps, steps[:1].expand(29), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(second, second.flip(0), atol=1e-5, rtol=1e-5)
    assert second.argmax() in (14, 15) and second.argmin() in (0, 29)
    # A line from -1 to 1 and an arch as high: both rise by twice half their height.
    at = (torch.arange(30) + 0.5) / 30
    size = float(steps.sum() / (2 * at[-1] - 2 * at[0]))
    assert 0.5 <= size <= 0.9
    arch = second - second[14]
    expected = (math.pi * at).sin() - math.sin(math.pi * at[14])
    torch.testing.assert_close(arch / arch[0], expected / expected[0])


def test_what_is_no_shape_is_not_named():
    # Fast swings, too fast for a wave; and noise.
    zigzag = torch.tensor([0.5, -0.5]).repeat(30)
    assert read_curve(zigzag, 4) == 4 * [None]
    noise = torch.randn(200, CURVE_LEN).clamp(-1, 1)
    assert share_right(200 * ["up down wave"], noise) < 0.01


def test_the_wrong_words_are_not_found():
    texts = curve_texts("test")
    other = [" ".join(text.split()[1:] + text.split()[:1]) for text in texts]
    assert share_right(other, draw_curves(texts)) < 0.4


def test_drawing_depends_on_the_generator_alone():
    def drawn(seed):
        return draw_curves(["up down", "flat"] * 2, torch.Generator().manual_seed(seed))

    with pytest.raises(ValueError, match="'flat' has 1 words"):
        drawn(1)
    texts = ["wave wave wave", "up down"]
    first = draw_curves(texts, torch.Generator().manual_seed(1))
    torch.manual_seed(2)
    again = draw_curves(texts, torch.Generator().manual_seed(1))
    assert torch.equal(first, again)
    assert not torch.equal(first, draw_curves(texts, torch.Generator().manual_seed(2)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("up sideways", "'sideways' is no shape; known are: down, flat"),
        ("up", r"'up' has 1 words, not one of \(2, 3, 4\)"),
        ("up up up up up", "has 5 words"),
    ],
)
def test_texts_without_a_curve_are_refused(text, message):
    with pytest.raises(ValueError, match=message):
        draw_curves([text])


def test_reading_a_number_of_words_there_is_not_is_refused():
    with pytest.raises(ValueError, match=r"n_words=5 must be one of \(2, 3, 4\)"):
        read_curve(torch.zeros(CURVE_LEN), 5)


def test_encoded_words_are_padded_on_the_right():
    tokenizer = curve_tokenizer()
    assert tokenizer.pieces[3:] == SHAPES
    ids = encode_texts(["up down wave", "flat flat"])
    assert [tokenizer.decode(row.tolist()) for row in ids] == [
        "up down wave",
        "flat flat",
    ]
    assert ids[1, 2] == PAD_ID


def test_batches_hold_training_texts_and_their_curves(unchecked):
    known, n_rows, n_untold = set(curve_texts("train")), 0, 0
    with unchecked():
        batches = list(islice(curve_batches(97, seed=0), 5))
    for batch in batches:
        for ids, curve in zip(batch.words, batch.curves):
            n_rows += 1
            if ids[0] == BOS_ID:
                assert not ids[1:].any()  # padding
                n_untold += 1
                continue
            text = curve_tokenizer().decode(ids.tolist())
            assert text in known
            assert read_curve(curve, len(text.split())) == text.split()
    assert 0.05 < n_untold / n_rows < 0.16
    first = next(curve_batches(97, seed=0))
    assert torch.equal(first.curves, batches[0].curves)
    assert not torch.equal(next(curve_batches(97, seed=1)).curves, first.curves)
