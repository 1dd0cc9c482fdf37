import pytest
import torch

from heedful.nets import causal_mask
from heedful.nets.masks import sliding_window_mask


def test_by_hand():
    mask = sliding_window_mask(4, window=2)
    assert mask.int().tolist() == [
        [1, 0, 0, 0],
        [1, 1, 0, 0],
        [0, 1, 1, 0],
        [0, 0, 1, 1],
    ]


@pytest.mark.parametrize("window", [1, 2, 5, 11, 13])
def test_each_position_sees_its_window_and_no_more(window):
    q_len, k_len = 5, 11
    mask = sliding_window_mask(q_len, k_len, window=window)
    for t in range(q_len):
        at = k_len - q_len + t
        seen = set(range(max(0, at - window + 1), at + 1))
        assert set(mask[t].nonzero().flatten().tolist()) == seen


def test_a_window_of_the_whole_length_is_the_causal_mask():
    assert torch.equal(sliding_window_mask(7, window=7), causal_mask(7))
    assert torch.equal(sliding_window_mask(3, 7, window=7), causal_mask(3, 7))


def test_the_last_queries_are_the_last_rows():
    whole = sliding_window_mask(7, window=3)
    assert torch.equal(sliding_window_mask(2, 7, window=3), whole[-2:])


def test_numbers_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="window=0: a position must see itself"):
        sliding_window_mask(3, window=0)
    with pytest.raises(ValueError, match="k_len=2 is smaller than q_len=3"):
        sliding_window_mask(3, 2, window=1)
