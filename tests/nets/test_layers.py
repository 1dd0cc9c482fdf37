import pytest
import torch
from torch import nn

from heedful.nets import (
    DecoderLayer,
    EncoderLayer,
    FeedForward,
    Transformer,
    causal_mask,
    padding_mask,
)

from .reference import (
    copy_ffn,
    shake,
    sizes,
    torch_decoder_layer,
    torch_encoder_layer,
)

B, S, T = 5, 7, 13
LENGTHS = [7, 1, 3, 7, 5]
SOURCE = torch.tensor([[4] * n + [0] * (S - n) for n in LENGTHS])
REAL = SOURCE != 0


def test_feed_forward_by_hand():
    layer = FeedForward(1, 2)
    layer.up_proj.weight.data = torch.tensor([[1.0], [-1.0]])
    layer.up_proj.bias.data = torch.tensor([0.5, 0.5])
    layer.down_proj.weight.data = torch.tensor([[10.0, 100.0]])
    layer.down_proj.bias.data = torch.tensor([1.0])
    # x = 2: the second unit is cut off at zero; x = -2: the first.
    out = layer(torch.tensor([[[2.0], [-2.0]]]))
    assert out.flatten().tolist() == [26.0, 251.0]


def test_feed_forward_agrees_with_torch():
    ours = FeedForward(22, 37)
    shake(ours)
    up, down = nn.Linear(22, 37), nn.Linear(37, 22)
    copy_ffn(ours, up, down)
    x = torch.randn(B, S, 22)
    torch.testing.assert_close(ours(x), nn.Sequential(up, nn.ReLU(), down)(x))


def test_feed_forward_treats_each_position_alone():
    layer, x = FeedForward(22, 37), torch.randn(B, S, 22)
    alone = torch.cat([layer(x[:, t : t + 1]) for t in range(S)], dim=1)
    torch.testing.assert_close(layer(x), alone)


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_encoder_layer_agrees_with_torch(norm):
    config = sizes(norm=norm, norm_eps=0.01)
    ours = EncoderLayer(config)
    shake(ours)
    theirs = torch_encoder_layer(ours, config)
    x = torch.randn(B, S, 22)
    expected = theirs(x, src_key_padding_mask=~REAL)
    got = ours(x, padding_mask(SOURCE, 0))
    torch.testing.assert_close(got[REAL], expected[REAL])


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_decoder_layer_agrees_with_torch(norm):
    config = sizes(norm=norm, norm_eps=0.01)
    ours = DecoderLayer(config)
    shake(ours)
    theirs = torch_decoder_layer(ours, config)
    x, memory, mask = torch.randn(B, T, 22), torch.randn(B, S, 22), causal_mask(T)
    expected = theirs(x, memory, tgt_mask=~mask, memory_key_padding_mask=~REAL)
    got = ours(x, memory, mask, padding_mask(SOURCE, 0))
    torch.testing.assert_close(got, expected)


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_dropout_acts_in_training_only(norm):
    model = Transformer(sizes(norm=norm, dropout=0.5))
    target = torch.full((B, T), 5)
    assert not torch.equal(model(SOURCE, target), model(SOURCE, target))
    model.eval()
    assert torch.equal(model(SOURCE, target), model(SOURCE, target))


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_every_sublayer_and_both_embeddings_pass_through_dropout(norm):
    model = Transformer(sizes(norm=norm))
    passed = []
    for module in (model, *model.encoder, *model.decoder):
        module.dropout.register_forward_hook(lambda *_, m=module: passed.append(m))
    model(SOURCE, torch.full((B, T), 5))
    assert passed.count(model) == 2
    assert [passed.count(layer) for layer in model.encoder] == [2, 2, 2]
    assert [passed.count(layer) for layer in model.decoder] == [3, 3, 3]
