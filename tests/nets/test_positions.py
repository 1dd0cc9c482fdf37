import math

import pytest
import torch

from heedful.nets import sinusoidal


def test_by_hand():
    # d_model = 4, base = 100: the angles are p and p / 10.
    expected = [
        [0, 1, 0, 1],
        [math.sin(1), math.cos(1), math.sin(0.1), math.cos(0.1)],
        [math.sin(2), math.cos(2), math.sin(0.2), math.cos(0.2)],
    ]
    table = sinusoidal(3, 4, base=100.0)
    torch.testing.assert_close(table, torch.tensor(expected, dtype=torch.float32))


def test_the_base_is_the_papers():
    # The last pair of 512 columns: angle 1 / 10000^(510 / 512).
    table = sinusoidal(2, 512)
    assert float(table[1, 510]) == pytest.approx(math.sin(10_000 ** (-510 / 512)))


@pytest.mark.parametrize("shift", [1, 5, 97])
def test_a_shift_is_one_rotation_per_pair_whatever_the_position(shift):
    # sin(a + b) and cos(a + b) from sin a and cos a; b = shift / base^(2i / d_model).
    d_model, length = 22, 211
    table = sinusoidal(length, d_model)
    turn = torch.zeros(d_model, d_model)
    for i in range(0, d_model, 2):
        b = shift / 10_000 ** (i / d_model)
        turn[i, i], turn[i, i + 1] = math.cos(b), math.sin(b)
        turn[i + 1, i], turn[i + 1, i + 1] = -math.sin(b), math.cos(b)
    moved = table[:-shift] @ turn.T
    torch.testing.assert_close(moved, table[shift:], atol=1e-5, rtol=0)


def test_late_positions_are_exact():
    # In float32 the angle 100,003 / 100 itself would be off by 3e-5.
    row = sinusoidal(100_004, 4)[-1]
    assert float(row[2]) == pytest.approx(math.sin(1000.03), abs=1e-7)
    assert float(row[3]) == pytest.approx(math.cos(1000.03), abs=1e-7)


def test_every_row_has_the_same_length():
    norms = sinusoidal(101, 22).norm(dim=1)
    torch.testing.assert_close(norms, torch.full((101,), math.sqrt(11)))


def test_an_odd_width_is_refused_with_its_number():
    with pytest.raises(ValueError, match="d_model=7 is odd"):
        sinusoidal(5, 7)
