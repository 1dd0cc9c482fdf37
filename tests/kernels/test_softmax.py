import math

import pytest
import torch

from heedful.hardware.kernels.triton_softmax import online_softmax, three_pass_softmax

both = pytest.mark.parametrize("softmax", [three_pass_softmax, online_softmax])


@both
@pytest.mark.parametrize("tile", [16, 64])
def test_agrees_with_torch(softmax, tile, device):
    x = 5 * torch.randn(3, 5, 47, device=device)
    torch.testing.assert_close(softmax(x, tile), x.softmax(-1))


@both
def test_in_halves_the_sums_are_in_float32(softmax, device, half):
    x = torch.randn(2, 3001, device=device).to(half)
    expected = x.float().softmax(-1)
    torch.testing.assert_close(softmax(x).float(), expected, rtol=4e-3, atol=1e-6)


@both
def test_huge_numbers_and_what_is_never_to_come(softmax, device):
    x = torch.linspace(-3e4, 3e4, 53, device=device).repeat(3, 1)
    x[1] = x[1].flip(0)
    x[2, :37] = -math.inf
    torch.testing.assert_close(softmax(x, tile=16), x.softmax(-1))
