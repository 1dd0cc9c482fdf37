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


def test_the_room_is_counted_in_bytes():
    # keys and values, 2 rows, 3 heads, 7 positions, 5 numbers of 2 bytes
    empty = KVCache(2, 3, 7, 5, dtype=torch.bfloat16, device="meta")
    assert empty.n_bytes == 2 * 2 * 3 * 7 * 5 * 2


def test_selected_rows_go_on_from_what_others_hold():
    cache, (k, v) = KVCache(5, 3, 7, 2), torch.randn(2, 5, 3, 4, 2)
    cache.append(k, v)
    kept = torch.tensor([4, 1, 1, 0])
    cache.select(kept)
    assert torch.equal(cache.keys, k[kept])
    assert torch.equal(cache.values, v[kept])
    new = torch.randn(4, 3, 3, 2)
    cache.append(new, -new)
    assert torch.equal(cache.keys, torch.cat([k[kept], new], dim=2))
    assert torch.equal(cache.values, torch.cat([v[kept], -new], dim=2))


def test_a_cut_cache_forgets_the_end():
    cache, rows = KVCache(2, 3, 7, 5), torch.randn(2, 3, 6, 5)
    cache.append(rows, -rows)
    cache.cut(6)
    assert cache.length == 6
    cache.cut(2)
    assert torch.equal(cache.keys, rows[:, :, :2])
    cache.append(rows[:, :, 5:], -rows[:, :, 5:])
    assert torch.equal(cache.values, -rows[:, :, [0, 1, 5]])
    cache.cut(0)
    assert cache.keys.shape == (2, 3, 0, 5)


@pytest.mark.parametrize("length", [5, -1])
def test_a_cut_outside_the_cache_is_refused_with_both_numbers(length):
    cache, rows = KVCache(2, 3, 7, 5), torch.randn(2, 3, 4, 5)
    cache.append(rows, rows)
    with pytest.raises(ValueError, match=f"of 4 positions cannot be cut to {length}"):
        cache.cut(length)
