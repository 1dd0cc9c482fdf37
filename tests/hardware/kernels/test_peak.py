import pytest
import torch

from heedful.hardware.kernels import attention_peaks, peak_bytes

pytestmark = pytest.mark.usefixtures("as_users_run_it")

N = 1_000  # float32 numbers: 4,000 bytes


def test_by_hand():
    assert peak_bytes(lambda: torch.zeros(N)) == 4 * N
    assert peak_bytes(lambda: torch.zeros(N) + 1) == 8 * N
    assert peak_bytes(lambda: [torch.zeros(N) for _ in range(5)]) == 20 * N


def test_what_was_forgotten_no_longer_counts():
    def one_by_one():
        for _ in range(5):
            torch.zeros(N)

    assert peak_bytes(one_by_one) == 4 * N


def test_views_and_what_was_there_count_nothing():
    there = torch.zeros(N)
    assert peak_bytes(lambda: there.add_(1).view(10, 100)[3:].T) == 0
    kept = [there.view(100, 10)]
    assert peak_bytes(lambda: (kept[0] * 2).reshape(N)) == 4 * N


def test_what_autograd_keeps_counts():
    x = torch.zeros(N, requires_grad=True)

    def forward():
        return (x.exp() + 1).exp().sum()  # both exponentials are kept for the way back

    assert peak_bytes(forward) == 12 * N  # ... and between them there is the sum
    with torch.no_grad():
        assert peak_bytes(forward) == 8 * N


@pytest.mark.parametrize("backward", [False, True])
def test_attention_by_tiles_grows_with_the_length_and_not_with_its_square(backward):
    peaks = attention_peaks([256, 512, 1024], tile=64, backward=backward, d_head=16)
    naive = [b / a for a, b in zip(peaks["naive"], peaks["naive"][1:])]
    tiled = [b / a for a, b in zip(peaks["tiled"], peaks["tiled"][1:])]
    assert min(naive) > 3.5  # 4 would be the square
    assert max(tiled) < 2.1
    assert peaks["tiled"][-1] < peaks["naive"][-1] / 20


def test_naive_attention_holds_the_scores_twice():
    # The raw scores while the scaled ones are made, then these beside the weights.
    assert attention_peaks([67], d_head=1)["naive"] == [2 * 4 * 67 * 67]
