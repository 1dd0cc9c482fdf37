import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from heedful.nets import FeedForward
from heedful.nets.layers import RMSNorm, SwiGLU, gelu

from .reference import shake

B, T, D, D_FF = 2, 5, 7, 13


def test_rms_norm_by_hand():
    norm = RMSNorm(2, eps=0.0)
    norm.weight.data = torch.tensor([1.0, 10.0])
    # The mean square of (3, -4) is 12.5.
    out = norm(torch.tensor([3.0, -4.0]))
    expected = torch.tensor([3 / math.sqrt(12.5), -40 / math.sqrt(12.5)])
    torch.testing.assert_close(out, expected)


@pytest.mark.parametrize("eps", [1e-5, 0.3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_rms_norm_agrees_with_torch(eps, dtype):
    ours, theirs = RMSNorm(D, eps).to(dtype), nn.RMSNorm(D, eps).to(dtype)
    shake(ours)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(B, T, D, dtype=dtype)
    torch.testing.assert_close(ours(x), theirs(x))
    assert ours(x).dtype == dtype


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_rms_norm_of_half_precision_does_not_overflow(dtype):
    x = torch.tensor([300.0, -300.0], dtype=dtype)
    assert RMSNorm(2).to(dtype)(x).tolist() == [1.0, -1.0]


def test_rms_norm_forgets_the_length_but_not_the_mean():
    norm, x = RMSNorm(D, eps=0.0), torch.randn(B, T, D)
    torch.testing.assert_close(norm(17 * x), norm(x))
    torch.testing.assert_close(norm(x).square().mean(-1), torch.ones(B, T))
    assert not torch.allclose(norm(x + 3), norm(x))


def test_swiglu_by_hand():
    layer = SwiGLU(1, 2)
    layer.gate_proj.weight.data = torch.tensor([[1.0], [0.0]])
    layer.up_proj.weight.data = torch.tensor([[3.0], [5.0]])
    layer.down_proj.weight.data = torch.tensor([[1.0, 1.0]])
    # x = 2: silu(2) * 6, and silu(0) = 0 closes the second gate.
    out = layer(torch.tensor([[[2.0]]]))
    assert out.item() == pytest.approx(2 / (1 + math.exp(-2)) * 6)


@pytest.mark.parametrize("bias", [False, True])
def test_swiglu_agrees_with_torch(bias):
    # Their GLU gets gate and value in one matrix, and a sigmoid instead of a silu.
    ours, x = SwiGLU(D, D_FF, bias), torch.randn(B, T, D)
    shake(ours)
    gate, up = ours.gate_proj(x), ours.up_proj(x)
    hidden = gate * F.glu(torch.cat([up, gate], dim=-1))
    torch.testing.assert_close(ours(x), ours.down_proj(hidden))
    assert (ours.up_proj.bias is not None) is bias


def test_swiglu_with_two_thirds_of_the_width_is_as_large():
    def count(layer):
        return sum(p.numel() for p in layer.parameters())

    assert count(SwiGLU(6, 16)) == count(FeedForward(6, 24, bias=False))


def test_gelu_by_hand_and_near_the_exact_function():
    # 1 * Phi(1) = 0.841345; the tanh form is 0.00015 off there.
    assert float(gelu(torch.tensor(1.0))) == pytest.approx(0.841345, abs=2e-4)
    x = torch.linspace(-8, 8, 10_007, dtype=torch.float64)
    off = (gelu(x) - x * torch.special.ndtr(x)).abs().max()
    assert 1e-4 < off < 5e-4


def test_feed_forward_takes_another_activation_and_no_bias():
    layer, x = FeedForward(D, D_FF, gelu, bias=False), torch.randn(B, T, D)
    hidden = F.gelu(x @ layer.up_proj.weight.T, approximate="tanh")
    torch.testing.assert_close(layer(x), hidden @ layer.down_proj.weight.T)
    assert len(list(layer.parameters())) == 2
