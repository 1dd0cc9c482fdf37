import pytest
import torch
from transformers.models.bloom.modeling_bloom import build_alibi_tensor

from heedful.nets import MultiHeadAttention, causal_mask
from heedful.nets.positions import alibi_bias, alibi_slopes


def test_slopes_by_hand():
    assert alibi_slopes(8).tolist() == [2**-h for h in range(1, 9)]
    assert alibi_slopes(1).tolist() == [2**-8]
    # 4 heads first, and then the 1st and 3rd of 8.
    expected = [2**-2, 2**-4, 2**-6, 2**-8, 2**-1, 2**-3]
    assert alibi_slopes(6).tolist() == expected


@pytest.mark.parametrize("n_heads", [1, 2, 3, 5, 8, 12, 13, 16, 31])
def test_agrees_with_transformers(n_heads):
    # Theirs grows with the key's position instead of falling with the distance: the
    # difference is one number per query, and softmax does not see it.
    length = 11
    theirs = build_alibi_tensor(torch.ones(1, length), n_heads, torch.float32)
    scores = torch.randn(n_heads, length, length)
    mask = causal_mask(length)

    def weights(bias):
        return (scores + bias).masked_fill(~mask, float("-inf")).softmax(-1)

    ours = alibi_bias(n_heads, length)
    torch.testing.assert_close(weights(ours), weights(theirs))
    torch.testing.assert_close(ours[:, -1], (theirs - theirs[..., -1:])[:, 0])


def test_bias_by_hand():
    bias = alibi_bias(2, 2, 3)  # slopes 1/16 and 1/256; the queries are at 1 and 2
    distance = torch.tensor([[1.0, 0, 1], [2, 1, 0]])
    assert torch.equal(bias, torch.stack([-distance / 16, -distance / 256]))


def test_the_last_queries_are_the_last_rows():
    assert torch.equal(alibi_bias(3, 2, 7), alibi_bias(3, 7)[:, -2:])


def test_a_steep_head_looks_near():
    layer, record = MultiHeadAttention(16, 2), []
    x = torch.ones(1, 97, 16)  # all scores alike: the bias alone decides
    layer(x, mask=causal_mask(97), score_bias=alibi_bias(2, 97), record=record)
    steep, flat = record[0][0, :, -1]
    assert steep[-16:].sum() > 0.6 > 0.2 > flat[-16:].sum()
    torch.testing.assert_close(steep[1:] / steep[:-1], torch.full((96,), 16**-1).exp())


def test_no_heads_are_refused():
    with pytest.raises(ValueError, match="n_heads=0 must be at least 1"):
        alibi_slopes(0)
