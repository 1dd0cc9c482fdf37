import pytest
import torch

from heedful.nets import causal_mask, left_padding_mask, padding_mask


def test_causal_by_hand():
    assert causal_mask(3).int().tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]


def test_queries_are_the_last_of_the_keys():
    assert causal_mask(2, 5).int().tolist() == [[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]]


@pytest.mark.parametrize("past", range(4))
def test_the_mask_of_a_cache_is_the_end_of_the_full_mask(past):
    assert torch.equal(causal_mask(7 - past, 7), causal_mask(7)[past:])


def test_a_single_query_sees_everything():
    assert causal_mask(1, 7).tolist() == [[True] * 7]


def test_fewer_keys_than_queries_are_refused_with_both_numbers():
    with pytest.raises(ValueError, match=r"k_len=3 .* q_len=5"):
        causal_mask(5, 3)


def test_padding_by_hand():
    mask = padding_mask(torch.tensor([[7, 5, 9], [3, 9, 9]]), pad_id=9)
    assert mask.tolist() == [[[[True, True, False]]], [[[True, False, False]]]]
    assert mask.dtype == torch.bool


def test_left_padding_by_hand():
    mask = left_padding_mask(torch.tensor([0, 2]), 3, 3)
    assert mask.shape == (2, 1, 3, 3)
    assert mask[0, 0].all()
    assert mask[1, 0].int().tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize("past", range(5))
def test_left_padding_of_a_cache_is_the_end_of_the_full_mask(past):
    n_pad = torch.tensor([0, 3, 6])
    whole = left_padding_mask(n_pad, 7, 7)
    assert torch.equal(left_padding_mask(n_pad, 7 - past, 7), whole[:, :, past:])
    # With the causal mask no query is left without a key, padding or not.
    assert (whole & causal_mask(7)).any(-1).all()
