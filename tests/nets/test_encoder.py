import pytest
import torch
from torch import nn

from heedful.nets import Encoder, EncoderConfig, minilm, sentence_embedding

V, B, T, D, H, F = 31, 3, 11, 21, 3, 37
SIZES = dict(vocab_size=V, d_model=D, n_layers=2, n_heads=H, d_ff=F, max_seq_len=13)


def model(**changes):
    return Encoder(EncoderConfig(**SIZES | changes)).double().eval()


def texts():
    tokens = torch.randint(1, V, (B, T))
    for row, length in zip(tokens, [T, 1, 7]):
        row[length:] = 0
    return tokens, torch.randint(2, (B, T))


def torchs(ours):
    """The same weights in `torch.nn.TransformerEncoder`."""
    layer = nn.TransformerEncoderLayer(
        D, H, F, activation="gelu", batch_first=True, layer_norm_eps=1e-12
    )
    theirs = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False).double()
    for there, here in zip(theirs.layers, ours.blocks):
        qkv = (here.attn.q_proj, here.attn.k_proj, here.attn.v_proj)
        for kind in ("weight", "bias"):
            both = {
                f"self_attn.in_proj_{kind}": torch.cat([getattr(p, kind) for p in qkv])
            }
            for name, part in (
                ("self_attn.out_proj", here.attn.o_proj),
                ("linear1", here.ffn.up_proj),
                ("linear2", here.ffn.down_proj),
                ("norm1", here.attn_norm),
                ("norm2", here.ffn_norm),
            ):
                both[f"{name}.{kind}"] = getattr(part, kind)
            there.load_state_dict(both, strict=False)
    return theirs.train()  # eval would take a fused path that rounds otherwise


def test_the_stack_is_torchs():
    ours, (tokens, segments) = model(), texts()
    with torch.no_grad():
        for weight in ours.parameters():
            weight.add_(torch.randn_like(weight) * 0.3)
    theirs = torchs(ours)
    for module in theirs.modules():
        if isinstance(module, nn.Dropout | nn.MultiheadAttention):
            module.eval()
    embedded = (
        ours.tok_emb.weight[tokens]
        + ours.segment_emb.weight[segments]
        + ours.pos_emb.weight[:T]
    )
    expected = theirs(ours.emb_norm(embedded), src_key_padding_mask=tokens == 0)
    real = tokens != 0
    got = ours(tokens, segments)
    torch.testing.assert_close(got[real], expected[real], atol=1e-9, rtol=1e-9)
    assert expected[real].std() > 0.5


def test_it_looks_both_ways_but_never_at_padding():
    ours, (tokens, _) = model(), texts()
    before = ours(tokens)
    changed = tokens.clone()
    changed[0, -1] = changed[0, -1] % (V - 1) + 1  # another token that is not padding
    assert (ours(changed)[0, 0] != before[0, 0]).any()
    alone = ours(tokens[2:, :7])
    torch.testing.assert_close(before[2:, :7], alone)


def test_order_and_segment_matter():
    ours, (tokens, _) = model(), texts()
    turned = ours(tokens[:1].flip(1)).flip(1)
    assert not torch.allclose(turned, ours(tokens[:1]))
    second = ours(tokens, torch.ones_like(tokens))
    assert not torch.allclose(second, ours(tokens))


def test_maps_have_a_row_per_token_that_sums_to_1():
    ours, (tokens, _), maps = model(), texts(), []
    ours(tokens, maps=maps)
    assert [m.shape for m in maps] == [(B, H, T, T)] * 2
    for m in maps:
        torch.testing.assert_close(m.sum(-1), torch.ones_like(m[..., 0]))
        assert not m.masked_select((tokens == 0)[:, None, None]).any()


def test_dropout_is_of_training_only():
    ours, (tokens, _) = model(dropout=0.5), texts()
    assert torch.equal(ours(tokens), ours(tokens))
    ours.train()
    assert not torch.equal(ours(tokens), ours(tokens))


def test_a_generator_decides_the_weights():
    config = EncoderConfig(**SIZES)
    a, b, c = (Encoder(config, torch.Generator().manual_seed(n)) for n in (5, 5, 7))
    assert torch.equal(a.tok_emb.weight, b.tok_emb.weight)
    assert not torch.equal(a.tok_emb.weight, c.tok_emb.weight)
    assert a.blocks[0].ffn.up_proj.weight.std().item() == pytest.approx(0.02, rel=0.1)
    assert not a.blocks[0].ffn.up_proj.bias.any()


@pytest.mark.parametrize(
    ("config", "size"), [(EncoderConfig(), 108_891_648), (minilm(), 22_565_376)]
)
def test_the_published_sizes(config, size):
    # BERT base has 109.48 million with its pooler, a matrix of 768 x 768 and a bias.
    with torch.device("meta"):
        assert sum(p.numel() for p in Encoder(config).parameters()) == size
    assert EncoderConfig().d_model ** 2 + 768 + 108_891_648 == 109_482_240


def test_too_long_a_text_is_refused():
    with pytest.raises(ValueError, match="14 tokens is longer than max_seq_len=13"):
        model()(torch.ones(1, 14, dtype=torch.long))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(n_layers=0), "n_layers=0 must be a whole number from 1 up"),
        (dict(n_segments=2.0), "n_segments=2.0 must be a whole number"),
        (dict(n_heads=5), "d_model=21 is not divisible by n_heads=5"),
        (dict(dropout=1), "dropout=1 must be at least 0 and below 1"),
        (dict(norm_eps=0.0), "norm_eps=0.0 must be a number above 0"),
        (dict(pad_id=31), "pad_id=31 is outside vocab_size=31"),
    ],
    ids=str,
)
def test_impossible_sizes_are_refused(changes, message, unchecked):
    with unchecked(), pytest.raises(ValueError, match=message):
        EncoderConfig(**SIZES | changes)


def test_one_vector_for_a_text_by_hand():
    vectors = torch.tensor([[[1.0, 0.0], [5.0, 8.0], [99.0, -7.0]]])
    real = torch.tensor([[True, True, False]])
    # the mean of (1, 0) and (5, 8) is (3, 4), and its length is 5
    torch.testing.assert_close(
        sentence_embedding(vectors, real), torch.tensor([[0.6, 0.8]])
    )


def test_padding_does_not_move_a_texts_vector():
    ours, (tokens, _) = model(), texts()
    together = sentence_embedding(ours(tokens), tokens != 0)
    torch.testing.assert_close(together.norm(dim=-1), torch.ones(B).double())
    short = tokens[2:, :7]
    alone = sentence_embedding(ours(short), short != 0)
    torch.testing.assert_close(together[2:], alone)
