import jaxtyping
import pytest
import torch

from heedful.nets import merge_heads, split_heads


def test_split_by_hand():
    x = torch.tensor([[[1.0, 2, 3, 4], [5, 6, 7, 8]]])
    heads = split_heads(x, 2)
    assert heads.tolist() == [[[[1, 2], [5, 6]], [[3, 4], [7, 8]]]]


def test_head_h_gets_its_slice_of_the_features():
    x = torch.randn(2, 7, 15)
    heads = split_heads(x, 3)
    assert heads.shape == (2, 3, 7, 5)
    for h in range(3):
        assert torch.equal(heads[:, h], x[:, :, 5 * h : 5 * h + 5])


def test_merge_undoes_split():
    x = torch.randn(2, 7, 15)
    assert torch.equal(merge_heads(split_heads(x, 3)), x)


def test_split_undoes_merge():
    heads = torch.randn(2, 3, 7, 5)
    assert torch.equal(split_heads(merge_heads(heads), 3), heads)


def test_an_uneven_split_is_refused_with_its_numbers():
    with pytest.raises(ValueError, match="d_model=14 is not divisible by n_heads=3"):
        split_heads(torch.randn(2, 7, 14), 3)


def test_shapes_in_signatures_are_enforced_while_testing():
    with pytest.raises(jaxtyping.TypeCheckError):
        merge_heads(torch.randn(3, 7, 5))
