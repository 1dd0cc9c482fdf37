import pytest
import torch

from heedful.hardware.kernels import triton_matmul

M, N, K = 37, 53, 71
SMALL = triton_matmul.MatmulTiles(16, 32, 16, 4, 2)


@pytest.mark.parametrize("in_half", [False, True])
@pytest.mark.parametrize("tiles", [SMALL, triton_matmul.MatmulTiles()], ids=str)
def test_tiled_agrees_with_torch(device, half, in_half, tiles):
    dtype = half if in_half else torch.float32
    a, b = (torch.randn(s, device=device, dtype=dtype) for s in ((M, K), (K, N)))
    c = triton_matmul.tiled_matmul(a, b, tiles)
    assert c.dtype == dtype
    exact = a.double() @ b.double()
    tolerance = 1e-5 if dtype == torch.float32 else 1e-2
    assert (c - exact).norm() < tolerance * exact.norm()


def test_tiles_in_more_bands_than_one(device):
    a, b = torch.randn(17 * 16 + 3, 5, device=device), torch.randn(5, 47, device=device)
    torch.testing.assert_close(triton_matmul.tiled_matmul(a, b, SMALL), a @ b)


def test_naive_agrees_with_torch(device):
    a, b = torch.randn(11, 139, device=device), torch.randn(139, 7, device=device)
    torch.testing.assert_close(triton_matmul.naive_matmul(a, b), a @ b)


def test_turned_matrices_are_read_as_they_are(device):
    a, b = torch.randn(K, M, device=device).T, torch.randn(N, K, device=device).T
    torch.testing.assert_close(triton_matmul.tiled_matmul(a, b, SMALL), a @ b)
