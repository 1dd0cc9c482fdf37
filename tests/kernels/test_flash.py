import pytest
import torch
from torch.nn import functional as F

from heedful.hardware.kernels import flash
from heedful.hardware.kernels.triton_flash import Tiles, flash_attend, flash_forward
from heedful.nets import causal_mask

B, H, T, S = 2, 3, 37, 53

looks = pytest.mark.parametrize("causal", [False, True])
tilings = pytest.mark.parametrize(
    "tiles", [Tiles(16, 16, 4, 2), Tiles(32, 16, 4, 2), Tiles(16, 64, 4, 2)], ids=str
)
widths = pytest.mark.parametrize(("d_head", "d_value"), [(16, 16), (11, 19)])


def queries_keys_values(device, d_head=16, d_value=16, dtype=torch.float32):
    shapes = (B, H, T, d_head), (B, H, S, d_head), (B, H, S, d_value)
    return [torch.randn(s, device=device).to(dtype).requires_grad_() for s in shapes]


def by_torch(q, k, v, causal):
    mask = causal_mask(q.size(-2), k.size(-2), q.device) if causal else None
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


@looks
@tilings
@widths
def test_agrees_with_torch_forward_and_backward(device, causal, tiles, d_head, d_value):
    q, k, v = queries_keys_values(device, d_head, d_value)
    out = flash_attend(q, k, v, causal, tiles, tiles)
    expected = by_torch(q, k, v, causal)
    torch.testing.assert_close(out, expected)
    grad = torch.randn_like(out)
    grads = torch.autograd.grad(out, (q, k, v), grad)
    reference = torch.autograd.grad(expected, (q, k, v), grad)
    for ours, theirs in zip(grads, reference, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


@looks
def test_agrees_with_its_twin_on_the_log_sums(device, causal):
    q, k, v = (x.detach() for x in queries_keys_values(device))
    out, log_sums = flash_forward(q, k, v, causal, Tiles(16, 32, 4, 2))
    twin_out, twin_log_sums = flash.flash_forward(q, k, v, causal, tile=7)
    torch.testing.assert_close(out, twin_out)
    torch.testing.assert_close(log_sums, twin_log_sums)


@looks
def test_in_halves_the_errors_are_those_of_halves(device, half, causal):
    q, k, v = queries_keys_values(device, dtype=half)
    out = flash_attend(q, k, v, causal, Tiles(16, 32, 4, 2), Tiles(16, 16, 4, 2))
    exact_qkv = [x.detach().double().requires_grad_() for x in (q, k, v)]
    exact = by_torch(*exact_qkv, causal)
    grad = torch.randn_like(out)
    pairs = [(out, exact)]
    pairs += zip(
        torch.autograd.grad(out, (q, k, v), grad),
        torch.autograd.grad(exact, exact_qkv, grad.double()),
    )
    for ours, reference in pairs:
        assert (ours - reference).norm() < 1e-2 * reference.norm()


@looks
def test_scores_that_overflow_an_exponential(device, causal):
    q, k, v = (x.detach() for x in queries_keys_values(device))
    # All scores near -1000: a key that is not there would seem huge beside them.
    q[..., 0], k[..., 0] = 64, -64
    results = []
    for attend in (flash_attend, by_torch):
        inputs = [x.clone().requires_grad_() for x in (q, k, v)]
        out = attend(*inputs, causal)
        results.append((out, *torch.autograd.grad(out.square().sum(), inputs)))
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-2, atol=1e-2)


def test_parts_of_a_larger_tensor_are_read_as_they_are(device):
    x = torch.randn(B, S, 3, H, 16, device=device)
    q, k, v = x.permute(2, 0, 3, 1, 4)
    assert not q.is_contiguous()
    torch.testing.assert_close(flash_attend(q, k, v), by_torch(q, k, v, False))


def test_a_query_needs_its_key(device):
    q, k, _ = queries_keys_values(device)
    with pytest.raises(ValueError, match="k_len=37 is smaller than q_len=53"):
        flash_attend(k, q, q, causal=True)
