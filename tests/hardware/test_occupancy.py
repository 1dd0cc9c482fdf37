import pytest

from heedful.hardware import busy_share, needed_warps, occupancy
from heedful.hardware.occupancy import ADA_SM, HOPPER_SM


@pytest.mark.parametrize(
    ("sm", "needs", "found"),
    [
        # 65,536 registers / (64 * 256 threads) = 4 blocks of 8 warps, of 64
        (HOPPER_SM, dict(threads=256, registers=64), (4, 32, 0.5, "registers")),
        # 48 warps / 8 = 6 blocks
        (ADA_SM, dict(threads=256), (6, 48, 1.0, "warps")),
        # 24 blocks of one warp
        (ADA_SM, dict(threads=32), (24, 24, 0.5, "blocks")),
        # 100 KiB / 48 KiB = 2 blocks of 4 warps
        (ADA_SM, dict(threads=128, shared=48 * 1024), (2, 8, 1 / 6, "shared memory")),
        # 33 threads are two warps, the second all but empty
        (HOPPER_SM, dict(threads=33), (32, 64, 1.0, "warps")),
    ],
)
def test_by_hand(sm, needs, found):
    got = occupancy(sm, **needs)
    assert (got.blocks, got.warps, got.share, got.limit) == found


def test_what_does_not_fit_is_told():
    with pytest.raises(ValueError, match=r"8\.9: too much for its shared memory"):
        occupancy(ADA_SM, threads=128, shared=101 * 1024)
    with pytest.raises(ValueError, match="threads=0"):
        occupancy(ADA_SM, threads=0)


@pytest.mark.parametrize("work", [1, 3, 7])
@pytest.mark.parametrize("latency", [0, 13, 97])
@pytest.mark.parametrize("n_warps", [1, 2, 11, 48])
def test_the_scheduler_gets_what_littles_law_allows(n_warps, latency, work):
    allowed = min(1.0, n_warps * work / (work + latency))
    n_cycles = 100 * (work + latency) * n_warps
    played = busy_share(n_warps, latency, work, n_cycles)
    assert played == pytest.approx(allowed, abs=0.02)


def test_as_many_warps_as_needed():
    needed = needed_warps(latency=400, work=20)
    assert needed == 21
    assert busy_share(needed, 400, 20, 100_000) == 1.0
    assert busy_share(needed - 1, 400, 20, 100_000) < 0.96


def test_what_cannot_be():
    with pytest.raises(ValueError, match="n_warps=0"):
        busy_share(0, 5)
