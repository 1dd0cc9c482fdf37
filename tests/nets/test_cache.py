import pytest
import torch

from heedful.nets import KVCache


def test_what_is_appended_comes_back_in_order():
    cache = KVCache(2, 3, 7, 5)
    k, v = torch.randn(2, 3, 7, 5), torch.randn(2, 3, 7, 5)
    assert cache.length == 0
    assert cache.keys.shape == (2, 3, 0, 5)
    for start, end in [(0, 2), (2, 3), (3, 7)]:
        cache.append(k[:, :, start:end], v[:, :, start:end])
        assert cache.length == end
        assert torch.equal(cache.keys, k[:, :, :end])
        assert torch.equal(cache.values, v[:, :, :end])


def test_one_position_too_many_is_refused_with_both_numbers():
    cache = KVCache(2, 3, 7, 5)
    rows = torch.randn(2, 3, 4, 5)
    cache.append(rows, rows)
    with pytest.raises(ValueError, match=r"position 8 does not fit .* max_len=7"):
        cache.append(rows, rows)
    assert cache.length == 4


def test_the_room_has_the_dtype_that_was_asked_for():
    cache = KVCache(2, 3, 7, 5, dtype=torch.float64)
    assert cache.keys.dtype == cache.values.dtype == torch.float64
