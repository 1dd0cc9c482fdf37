import pytest
import torch

from heedful.hardware.kernels import naive_matmul, numbers_read, tiled_matmul

M, N, K = 13, 17, 19


class Counted(torch.Tensor):
    """A matrix that adds up how many of its numbers were asked for."""

    def __getitem__(self, place):
        part = super().__getitem__(place).as_subclass(torch.Tensor)
        self.read = getattr(self, "read", 0) + part.numel()
        return part


def test_by_hand():
    a, b = torch.tensor([[1.0, 2], [3, 4]]), torch.tensor([[5.0, 6], [7, 8]])
    expected = torch.tensor([[19.0, 22], [43, 50]])
    assert torch.equal(naive_matmul(a, b), expected)
    assert torch.equal(tiled_matmul(a, b, tile=1), expected)


@pytest.mark.parametrize("tile", [1, 5, 19, 64])
def test_agrees_with_torch(tile):
    a, b = torch.randn(M, K), torch.randn(K, N)
    torch.testing.assert_close(naive_matmul(a, b), a @ b)
    torch.testing.assert_close(tiled_matmul(a, b, tile), a @ b)


@pytest.mark.parametrize("tile", [1, 5, 13, 64])
def test_reads_as_many_numbers_as_the_formula_says(tile):
    a, b = (torch.randn(s).as_subclass(Counted) for s in ((M, K), (K, N)))
    tiled_matmul(a, b, tile)
    assert a.read + b.read == numbers_read(M, N, K, tile)


def test_naive_reads_two_numbers_for_each_multiplication():
    a, b = (torch.randn(s).as_subclass(Counted) for s in ((M, K), (K, N)))
    naive_matmul(a, b)
    assert a.read + b.read == numbers_read(M, N, K) == 2 * M * N * K


@pytest.mark.parametrize("tile", [0, -2])
def test_a_tile_of_nothing_is_refused(tile):
    with pytest.raises(ValueError, match=f"tile={tile} must be at least 1"):
        tiled_matmul(torch.randn(2, 3), torch.randn(3, 2), tile)
