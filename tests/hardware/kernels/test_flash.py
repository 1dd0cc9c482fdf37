import pytest
import torch
from torch.nn import functional as F

from heedful.hardware.kernels import flash_attend, flash_backward, flash_forward
from heedful.nets import causal_mask

B, H, T, S, DH, DV = 2, 3, 13, 29, 7, 11

cases = pytest.mark.parametrize("tile", [3, 29, 64])
looks = pytest.mark.parametrize("causal", [False, True])


def queries_keys_values(t_len=T, dtype=torch.float32):
    shapes = (B, H, t_len, DH), (B, H, S, DH), (B, H, S, DV)
    return [torch.randn(s, dtype=dtype, requires_grad=True) for s in shapes]


def by_torch(q, k, v, causal):
    """PyTorch's own; its `is_causal` would put the queries first, not last."""
    mask = causal_mask(q.size(-2), k.size(-2)) if causal else None
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


@cases
@looks
@pytest.mark.parametrize("t_len", [1, T, S])
def test_agrees_with_torch_forward_and_backward(t_len, tile, causal):
    q, k, v = queries_keys_values(t_len)
    out, expected = flash_attend(q, k, v, causal, tile), by_torch(q, k, v, causal)
    torch.testing.assert_close(out, expected)
    grad = torch.randn_like(out)
    grads = torch.autograd.grad(out, (q, k, v), grad)
    reference = torch.autograd.grad(expected, (q, k, v), grad)
    for ours, theirs in zip(grads, reference, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


@looks
def test_gradients_are_those_of_small_steps(causal):
    q, k, v = (
        torch.randn(n, d, dtype=torch.float64, requires_grad=True)
        for n, d in ((3, 2), (5, 2), (5, 3))
    )
    assert torch.autograd.gradcheck(
        lambda *qkv: flash_attend(*qkv, causal, 2), (q, k, v)
    )


@looks
def test_the_log_of_the_sum_gives_every_weight_again(causal):
    q, k, v = (x.detach() for x in queries_keys_values())
    _, log_sums = flash_forward(q, k, v, causal, tile=5)
    scores = q @ k.mT / DH**0.5
    if causal:
        scores = scores.masked_fill(~causal_mask(T, S), float("-inf"))
    torch.testing.assert_close(log_sums, scores.logsumexp(-1))


def test_the_way_back_needs_no_weights():
    """The gradients from the result and its log-sums alone, on fresh tensors."""
    q, k, v = queries_keys_values()
    out, log_sums = flash_forward(*(x.detach().clone() for x in (q, k, v)))
    grad = torch.randn_like(out)
    kept = [x.detach().clone() for x in (q, k, v)]
    grads = flash_backward(grad, *kept, out, log_sums, tile=7)
    reference = torch.autograd.grad(by_torch(q, k, v, False), (q, k, v), grad)
    for ours, theirs in zip(grads, reference, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_scores_that_overflow_an_exponential():
    q, k, v = (x.detach() for x in queries_keys_values(dtype=torch.float64))
    q *= 1e3
    assert (q @ k.mT / DH**0.5).max() > 710  # e^710 is more than float64 holds
    torch.testing.assert_close(flash_attend(q, k, v, tile=3), by_torch(q, k, v, False))


def test_mistakes_are_told():
    q, k, v = queries_keys_values()
    with pytest.raises(ValueError, match="k_len=13 is smaller than q_len=29"):
        flash_attend(k, q, q, causal=True)
    with pytest.raises(ValueError, match="tile=0 must be at least 1"):
        flash_attend(q, k, v, tile=0)
