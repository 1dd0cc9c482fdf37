import pytest
import torch
from transformers import AutoModel, BertConfig, BertForMaskedLM, BertModel

from heedful.interop import from_bert, load_bert, save_bert, to_bert

from .reference import shaken

V, B, T = 31, 5, 13


def theirs(kind=BertModel, **changes):
    sizes = dict(
        vocab_size=V, hidden_size=33, num_hidden_layers=2, num_attention_heads=3,
        intermediate_size=37, max_position_embeddings=17, type_vocab_size=2,
        layer_norm_eps=0.01,
    )  # fmt: skip
    return shaken(kind(BertConfig(**sizes | changes)))


def as_ours(theirs):
    return from_bert(theirs.config.to_dict(), theirs.state_dict())


def texts(pad_id=0):
    """Rows of unequal length, padded on the right, and each token's segment."""
    tokens = torch.randint(V - 1, (B, T))
    tokens[tokens == pad_id] = V - 1
    for row, length in zip(tokens, [T, 1, 3, 7, 11]):
        row[length:] = pad_id
    return tokens, torch.randint(2, (B, T))


def their_vectors(model, tokens, segments):
    real = tokens != model.config.pad_token_id
    out = model(tokens, attention_mask=real.long(), token_type_ids=segments)
    return out.last_hidden_state[real]


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.float64, 1e-9)], ids=str
)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        dict(num_attention_heads=1),
        dict(num_attention_heads=11, num_hidden_layers=3),
        dict(pad_token_id=7, type_vocab_size=5),
    ],
    ids=str,
)
def test_vectors_agree(changes, dtype, tolerance):
    model = theirs(**changes).to(dtype)
    ours, (tokens, segments) = as_ours(model), texts(model.config.pad_token_id)
    with torch.no_grad():
        expected = their_vectors(model, tokens, segments)
        got = ours(tokens, segments)[tokens != ours.config.pad_id]
    assert got.dtype == dtype
    torch.testing.assert_close(got, expected, atol=tolerance, rtol=tolerance)
    assert expected.std() > 0.5


def test_without_segments_all_are_of_the_first_text():
    model, (tokens, _) = theirs(), texts()
    with torch.no_grad():
        expected = their_vectors(model, tokens, None)
        got = as_ours(model)(tokens)[tokens != 0]
    torch.testing.assert_close(got, expected, atol=1e-4, rtol=1e-4)


def test_attention_maps_are_theirs():
    model = theirs()
    model.set_attn_implementation("eager")
    (tokens, _), maps = texts(), []
    as_ours(model)(tokens, maps=maps)
    mask = (tokens != 0).long()
    expected = model(tokens, attention_mask=mask, output_attentions=True).attentions
    assert len(maps) == len(expected) == 2
    for got, wanted in zip(maps, expected):
        torch.testing.assert_close(got, wanted, atol=1e-5, rtol=1e-4)


def test_the_published_files_are_understood():
    # Those of 2018 have a head, and so a longer name, and norms with gamma and beta.
    model, (tokens, segments) = theirs(BertForMaskedLM), texts()
    published = {
        name.replace("Norm.weight", "Norm.gamma").replace("Norm.bias", "Norm.beta"): w
        for name, w in model.state_dict().items()
    }
    assert any(name.startswith("cls.") for name in published)
    published["bert.embeddings.position_ids"] = torch.arange(17)[None]
    published["bert.pooler.dense.weight"] = torch.zeros(33, 33)
    ours = from_bert(model.config.to_dict(), published)
    got = ours(tokens, segments)[tokens != 0]
    expected = their_vectors(model.bert, tokens, segments)
    torch.testing.assert_close(got, expected, atol=1e-4, rtol=1e-4)


def test_there_and_back_is_exact():
    ours = as_ours(theirs(pad_token_id=7))
    again = from_bert(*to_bert(ours))
    assert again.config == ours.config
    for name, weight in ours.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name]), name


def test_our_settings_say_the_same_as_theirs():
    config = theirs(pad_token_id=7).config
    settings, weights = to_bert(as_ours(theirs(pad_token_id=7)))
    known = config.to_dict() | dict(
        architectures=["BertModel"],
        position_embedding_type="absolute",  # known to transformers 4 only
        attention_probs_dropout_prob=0.0,  # ours has none
    )
    assert settings == {name: known[name] for name in settings}
    bare = BertModel(config, add_pooling_layer=False).state_dict()
    assert weights.keys() == bare.keys()


def test_folders_both_ways(tmp_path):
    model, (tokens, segments) = theirs(), texts()
    model.save_pretrained(tmp_path / "theirs")
    ours = load_bert(tmp_path / "theirs").double()
    save_bert(ours, tmp_path / "ours")
    again = AutoModel.from_pretrained(tmp_path / "ours", add_pooling_layer=False)
    assert again.dtype == torch.float64
    got = ours(tokens, segments)[tokens != 0]
    expected = their_vectors(again.eval(), tokens, segments)
    torch.testing.assert_close(got, expected, atol=1e-9, rtol=1e-9)


def test_the_model_is_a_copy_ready_to_be_asked():
    model, (tokens, _) = theirs(), texts()
    ours = as_ours(model)
    assert not ours.training and ours.config.dropout == 0.1
    before = ours(tokens)
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
    assert torch.equal(ours(tokens), before)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(model_type="roberta"), "model_type='roberta' is not covered, only"),
        (dict(hidden_act="gelu_new"), "hidden_act='gelu_new' is not covered, only"),
        (dict(position_embedding_type="relative_key"), "='relative_key' is not cov"),
        (dict(is_decoder=True), "is_decoder=True is not covered"),
        (dict(hidden_size=None), "the config has no 'hidden_size'"),
        (dict(pad_token_id=None), "the config has no 'pad_token_id'"),
        (dict(num_hidden_layers=3), "16 weights are missing: encoder.layer.2"),
        (dict(num_hidden_layers=1), "16 weights have no place in the model"),
        (dict(num_attention_heads=2), "d_model=33 is not divisible by n_heads=2"),
        (
            dict(vocab_size=29),
            r"word_embeddings.weight has the shape \(31, 33\), but the config makes it "
            r"\(29, 33\)",
        ),
    ],
    ids=str,
)
def test_what_we_do_not_compute_is_refused(changes, message):
    model = theirs()
    with pytest.raises(ValueError, match=message):
        from_bert(model.config.to_dict() | changes, model.state_dict())
