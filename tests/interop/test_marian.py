import pytest
import torch
from transformers import MarianConfig, MarianMTModel

from heedful.generate import greedy
from heedful.interop import from_marian, to_marian
from heedful.nets import Transformer, TransformerConfig

from .reference import shaken

B, S, T = 5, 7, 13
SIZES = dict(
    source_vocab_size=31, target_vocab_size=29, d_model=22, n_layers=3, n_heads=2,
    d_ff=37, max_seq_len=41,
)  # fmt: skip


def ours():
    return shaken(Transformer(TransformerConfig(**SIZES)))


def theirs(model):
    settings, weights = to_marian(model)
    marian = MarianMTModel(MarianConfig(**settings)).to(model.target_emb.weight.dtype)
    marian.load_state_dict(weights)
    return marian.eval()


def pairs():
    source = torch.randint(1, 31, (B, S))
    for row, length in zip(source, [7, 1, 3, 7, 5]):
        row[length:] = 0
    return source, torch.randint(1, 29, (B, T))


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.float64, 1e-9)], ids=str
)
def test_logits_agree(dtype, tolerance):
    model, (source, target) = ours().to(dtype), pairs()
    with torch.no_grad():
        expected = theirs(model)(
            input_ids=source,
            attention_mask=(source != 0).long(),
            decoder_input_ids=target,
        ).logits
        got = model(source, target)
    torch.testing.assert_close(got, expected, atol=tolerance, rtol=tolerance)
    assert expected.std() > 0.5


def test_they_write_what_we_write():
    model, (source, _) = ours(), pairs()
    theirs_written = theirs(model).generate(
        source,
        attention_mask=(source != 0).long(),
        max_new_tokens=11,
        num_beams=1,
        do_sample=False,
    )
    written = greedy(model, source, 11)
    assert torch.equal(theirs_written[:, 1 : 1 + written.size(1)], written)


def test_their_positions_are_ours_in_another_order():
    _, weights = to_marian(ours())
    marian = MarianMTModel(MarianConfig(**to_marian(ours())[0]))
    fresh = marian.model.encoder.embed_positions.create_weight()
    written = weights["model.encoder.embed_positions.weight"]
    torch.testing.assert_close(written, fresh)


def test_there_and_back_is_exact(tmp_path):
    model, (source, target) = ours(), pairs()
    theirs(model).save_pretrained(tmp_path)
    marian = MarianMTModel.from_pretrained(tmp_path)
    again = from_marian(marian.config.to_dict(), marian.state_dict())
    assert again.config == model.config
    for name, weight in model.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name]), name
    assert torch.equal(again(source, target), model(source, target))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(norm="pre"), "norm='pre', norm_eps=1e-05: Marian has 'post' and 1e-05"),
        (dict(norm_eps=0.01), "norm_eps=0.01: Marian has 'post'"),
    ],
    ids=str,
)
def test_what_is_no_marian_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        to_marian(Transformer(TransformerConfig(**SIZES | changes)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(model_type="bart"), "model_type='bart' is not covered"),
        (dict(share_encoder_decoder_embeddings=True), "only a Marian with share_enc"),
        (dict(activation_function="swish"), "activation_function='relu' is covered"),
        (dict(scale_embedding=False), "scale_embedding=True"),
        (dict(decoder_layers=2), "decoder_layers=2 is not covered"),
        (dict(d_model=None), "the config has no 'd_model'"),
        (dict(encoder_layers=4, decoder_layers=4), "weights are missing"),
        (dict(vocab_size=37), "size mismatch for source_emb.weight"),
    ],
    ids=str,
)
def test_marians_that_we_do_not_compute_are_refused(changes, message):
    settings, weights = to_marian(ours())
    with pytest.raises(ValueError, match=message):
        from_marian(settings | changes, weights)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("final_logits_bias", "final_logits_bias is not zero"),
        (
            "model.decoder.layers.1.encoder_attn.out_proj.bias",
            "encoder_attn.out_proj.bias is not zero: our model has no such bias",
        ),
        ("lm_head.weight", "lm_head.weight is not model.decoder.embed_tokens.weight"),
    ],
)
def test_weights_that_we_have_no_place_for_are_refused(name, message):
    settings, weights = to_marian(ours())
    weights[name] = weights[name] + 1
    with pytest.raises(ValueError, match=message):
        from_marian(settings, weights)
