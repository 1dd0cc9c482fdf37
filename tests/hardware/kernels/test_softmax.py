import math

import pytest
import torch

from heedful.hardware.kernels import online_softmax, three_pass_softmax

both = pytest.mark.parametrize("softmax", [three_pass_softmax, online_softmax])


@both
def test_by_hand(softmax):
    x = torch.tensor([math.log(1), math.log(2), math.log(5)])
    expected = torch.tensor([1 / 8, 2 / 8, 5 / 8])
    torch.testing.assert_close(softmax(x, tile=2), expected)


@both
@pytest.mark.parametrize("tile", [1, 7, 23, 64])
def test_agrees_with_torch(softmax, tile):
    x = 5 * torch.randn(3, 5, 23)
    torch.testing.assert_close(softmax(x, tile), x.softmax(-1))


@both
@pytest.mark.parametrize("order", ["rising", "falling"])
def test_huge_numbers_do_not_overflow(softmax, order):
    x = torch.linspace(-3e4, 3e4, 11)[None]
    x = x if order == "rising" else x.flip(-1)
    torch.testing.assert_close(softmax(x, tile=3), x.softmax(-1))


@both
def test_what_is_never_to_come_may_fill_tiles(softmax):
    x = torch.randn(2, 13)
    x[0, :7] = x[1, 6:] = -math.inf  # the first tile of one row, the last of the other
    torch.testing.assert_close(softmax(x, tile=3), x.softmax(-1))
    nothing = torch.full((5,), -math.inf)
    assert softmax(nothing, tile=2).isnan().all() and nothing.softmax(-1).isnan().all()


@both
def test_a_tile_of_nothing_is_refused(softmax):
    with pytest.raises(ValueError, match="tile=0 must be at least 1"):
        softmax(torch.randn(3), tile=0)
