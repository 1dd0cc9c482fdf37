import pytest

from heedful.hardware import AD102, Tiling, schedule, utilisation


def test_one_row_too_many_costs_a_wave():
    # 12 x 12 tiles of 128 on 12 x 6 x 2 SMs
    fits = Tiling(1536, 1536)
    assert fits.n_tiles == AD102.n_sms == 144
    assert fits.waves(144) == 1 and fits.efficiency(144) == 1.0
    over = Tiling(1537, 1536)
    assert over.n_tiles == 13 * 12
    assert over.waves(144) == 2
    assert over.efficiency(144) == pytest.approx(1537 * 1536 / (2 * 144 * 128**2))


def test_many_waves_waste_little():
    small, large = (Tiling(n, n).efficiency(144) for n in (1537, 12 * 1537))
    assert small < 0.55 and large > 0.9


def test_schedule_by_hand():
    placed = schedule([3, 1, 1, 1, 2], 2)
    assert [(p.place, p.start, p.end) for p in placed] == [
        (0, 0, 3), (1, 0, 1), (1, 1, 2), (1, 2, 3), (0, 3, 5),
    ]  # fmt: skip
    assert utilisation(placed, 2) == 8 / 10


@pytest.mark.parametrize("n_places", [1, 7, 11, 144])
@pytest.mark.parametrize("size", [100, 1537, 3001])
def test_equal_pieces_go_in_waves(n_places, size):
    tiling = Tiling(size, size + 13)
    placed = schedule([2.0] * tiling.n_tiles, n_places)
    assert max(p.end for p in placed) == 2 * tiling.waves(n_places)
    # Nobody does two things at once.
    assert len({(p.place, p.start) for p in placed}) == tiling.n_tiles
    covered = tiling.rows * tiling.columns / (tiling.n_tiles * tiling.tile**2)
    assert utilisation(placed, n_places) * covered == pytest.approx(
        tiling.efficiency(n_places)
    )


def test_what_cannot_be():
    with pytest.raises(ValueError, match="rows=0"):
        Tiling(0, 5)
    with pytest.raises(ValueError, match="n_places=0"):
        Tiling(5, 5).waves(0)
    with pytest.raises(ValueError, match="n_places=0"):
        schedule([1.0], 0)
