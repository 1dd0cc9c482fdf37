import math

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from heedful.nets.scan import MinGRU, linear_scan, linear_scan_by_loop, scan_rounds

B, T, IN, HID = 3, 13, 5, 7
LENGTHS = [1, 2, 3, 4, 5, 8, 13, 16, 17, 31, 64, 101]


def steps(length, dtype=torch.float32):
    """Maps that forget at different speeds, as a gated network makes them."""
    a = torch.rand(B, length, HID, dtype=dtype)
    b = (1 - a) * torch.randn(B, length, HID, dtype=dtype)
    return a, b, torch.randn(B, HID, dtype=dtype)


class Multiplications(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += func is torch.ops.aten.mul.Tensor
        return func(*args, **(kwargs or {}))


def test_by_hand():
    # 1 -> 2 * 1 + 3 = 5 -> -1 * 5 + 4 = -1 -> 0 * -1 + 6 = 6 -> 10 * 6 + 7 = 67
    a = torch.tensor([2.0, -1, 0, 10])[:, None]
    b = torch.tensor([3.0, 4, 6, 7])[:, None]
    h0 = torch.ones(1)
    for scan in (linear_scan, linear_scan_by_loop):
        assert scan(a, b, h0).flatten().tolist() == [5, -1, 6, 67]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize(
    ("dtype", "error"), [(torch.float32, 1e-6), (torch.float64, 1e-12)], ids=str
)
def test_the_scan_agrees_with_the_loop(length, dtype, error):
    a, b, h0 = steps(length, dtype)
    for start in (None, h0):
        expected = linear_scan_by_loop(a, b, start)
        assert expected.dtype == dtype
        assert (linear_scan(a, b, start) - expected).abs().max() < error


def test_two_thousand_steps_agree():
    a, b, h0 = steps(2048)
    gap = (linear_scan(a, b, h0) - linear_scan_by_loop(a, b, h0)).abs().max()
    assert gap < 1e-6


def test_slow_forgetting_and_growth_agree():
    a, b, _ = steps(101, torch.float64)
    for factor in (0.999, -1.0, 1.05):
        expected = linear_scan_by_loop(torch.full_like(a, factor), b)
        got = linear_scan(torch.full_like(a, factor), b)
        torch.testing.assert_close(got, expected, atol=1e-9, rtol=1e-12)


def test_factors_of_zero_cut_the_past_off():
    a, b, h0 = steps(T)
    a[:, 6] = 0
    other = b.clone()
    other[:, 2] += 100
    assert torch.equal(linear_scan(a, b, h0)[:, 6:], linear_scan(a, other)[:, 6:])


def test_without_a_batch_axis_or_with_two():
    a, b, h0 = steps(T)
    expected = linear_scan(a, b, h0)
    assert torch.equal(linear_scan(a[0], b[0], h0[0]), expected[0])
    assert torch.equal(linear_scan(a[None], b[None], h0[None]), expected[None])


def test_gradients_agree_with_the_loop():
    def gradients(scan):
        torch.manual_seed(1)
        leaves = [part.requires_grad_() for part in steps(T, torch.float64)]
        (scan(*leaves) * torch.randn(B, T, HID, dtype=torch.float64)).sum().backward()
        return [leaf.grad for leaf in leaves]

    for got, expected in zip(gradients(linear_scan), gradients(linear_scan_by_loop)):
        torch.testing.assert_close(got, expected, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize(
    ("length", "rounds"),
    [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (128, 7), (512, 9), (513, 10), (2048, 11)],
)
def test_rounds_by_hand(length, rounds):
    assert scan_rounds(length) == rounds == math.ceil(math.log2(length))


@pytest.mark.parametrize("length", [1, 2, 13, 128, 129])
def test_the_steps_that_run_are_the_steps_that_are_claimed(length):
    a, b, _ = steps(length)
    with Multiplications() as doubling:
        linear_scan(a, b)
    with Multiplications() as loop:
        linear_scan_by_loop(a, b)
    assert doubling.count == 2 * scan_rounds(length)  # one for a and one for b
    assert loop.count == length


def test_a_length_below_one_is_refused():
    with pytest.raises(ValueError, match="length=0 must be at least 1"):
        scan_rounds(0)


def by_steps(layer, x, h):
    states = []
    for x_t in x.unbind(1):
        h = layer.step(x_t, h)
        states.append(h)
    return torch.stack(states, dim=1)


def test_mingru_by_hand():
    # z = sigmoid(0) = 1/2 and n = 2 x: h goes 8 -> 4 + 1 = 5 -> 2.5 + 3 = 5.5
    layer = MinGRU(1, 1)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.zero_()
        layer.n_proj.weight.fill_(2)
    h = layer(torch.tensor([[[1.0], [3.0]]]), torch.tensor([[8.0]]))
    assert h.flatten().tolist() == [5, 5.5]


def test_mingru_at_once_agrees_with_mingru_step_by_step():
    layer, x, h0 = MinGRU(IN, HID), torch.randn(B, T, IN), torch.randn(B, HID)
    assert (layer(x, h0) - by_steps(layer, x, h0)).abs().max() < 1e-6
    assert (layer(x) - by_steps(layer, x, torch.zeros(B, HID))).abs().max() < 1e-6


def test_mingru_in_two_parts_is_mingru():
    layer, x = MinGRU(IN, HID), torch.randn(B, T, IN)
    first = layer(x[:, :4])
    second = layer(x[:, 4:], first[:, -1])
    assert (torch.cat([first, second], dim=1) - layer(x)).abs().max() < 1e-6


def test_mingru_never_looks_ahead():
    layer, x = MinGRU(IN, HID), torch.randn(B, T, IN)
    other = x.clone()
    other[:, 6] += 1
    assert torch.equal(layer(x)[:, :6], layer(other)[:, :6])
    assert (layer(x)[:, 6:] != layer(other)[:, 6:]).any(-1).all()


def test_mingru_has_the_gradients_of_its_steps():
    layer, x, h0 = MinGRU(IN, HID), torch.randn(B, T, IN), torch.randn(B, HID)
    weights = torch.randn(B, T, HID)
    (layer(x, h0) * weights).sum().backward()
    got = [p.grad.clone() for p in layer.parameters()]
    layer.zero_grad()
    (by_steps(layer, x, h0) * weights).sum().backward()
    for gradient, parameter in zip(got, layer.parameters()):
        torch.testing.assert_close(gradient, parameter.grad, atol=1e-5, rtol=1e-5)


def test_mingru_learns_to_hold_a_value():
    # The first input is to be remembered; a flag in the second column marks it.
    torch.manual_seed(0)
    layer, read = MinGRU(2, 3), torch.nn.Linear(3, 1)
    # Gates that start almost shut: at 1/2 they leave 2**-30 of the first input, and
    # there is nothing to learn from.
    torch.nn.init.constant_(layer.z_proj.bias, -4)
    parameters = [*layer.parameters(), *read.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=0.1)
    for _ in range(100):
        x = torch.randn(32, 31, 2)
        x[:, :, 1] = 0
        x[:, 0, 1] = 1
        loss = (read(layer(x)[:, -1])[:, 0] - x[:, 0, 0]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1  # guessing zero scores 1
