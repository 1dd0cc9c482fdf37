from dataclasses import replace

import pytest
import torch

from heedful.generate import exact_match, greedy, translate, translate_all
from heedful.text import BOS_ID, UnknownPieceError
from heedful.text.numbers import english, numbers
from heedful.train import new_run

pytestmark = pytest.mark.usefixtures("as_users_run_it")  # checking takes most time

TEXTS = ["zero", "seventy-four thousand two hundred fifty-nine", "one million", "ten"]


@pytest.fixture(scope="module")
def run(tiny_config, unchecked):
    """Untrained, with weights large enough for answers of several lengths."""
    config = replace(tiny_config, model=replace(tiny_config.model, n_layers=2))
    with unchecked():
        run = new_run(config, numbers(n_train=1_000, n_test=10))
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for weight in run.model.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator) * 0.4)
    run.model.eval()
    return run


def ids(run, text):
    return torch.tensor([run.source_tokenizer.encode(text)])


@pytest.mark.parametrize("text", TEXTS)
def test_a_translation_is_the_greedy_answer(run, text):
    translation = translate(run, text)
    tokens = greedy(run.model, ids(run, text), 23)[0].tolist()
    assert translation.text == run.target_tokenizer.decode(tokens)
    assert translation.written == [run.target_tokenizer.pieces[i] for i in tokens]
    assert translation.source == text.replace("-", " ").split()
    assert translation.read_back == ["<bos>", *translation.written[:-1]]


@pytest.mark.parametrize("text", TEXTS)
def test_maps_have_one_row_per_token_and_rows_of_shares(run, text):
    translation = translate(run, text)
    s, t = len(translation.source), len(translation.written)
    shapes = {"encoder": (2, s, s), "decoder": (2, t, t), "cross": (2, t, s)}
    assert translation.maps.keys() == shapes.keys()
    for kind, layers in translation.maps.items():
        assert len(layers) == 2
        for weights in layers:
            assert weights.shape == shapes[kind]
            assert (weights >= 0).all()
            torch.testing.assert_close(weights.sum(-1), torch.ones(shapes[kind][:2]))


@pytest.mark.parametrize("text", TEXTS)
@torch.inference_mode()
def test_maps_are_the_weights_with_which_each_token_was_written(run, text):
    translation, model, source = translate(run, text), run.model, ids(run, text)
    memory, mask = model.encode(source), model.source_mask(source)
    cache = model.new_cache(memory, 23)
    token = torch.tensor([[BOS_ID]])
    for t in range(len(translation.written)):
        step = model.new_maps()
        logits = model.decode(token, memory, mask, cache, step)
        for layer in range(2):
            for kind, columns in (("decoder", t + 1), ("cross", source.size(1))):
                whole = translation.maps[kind][layer][:, t, :columns]
                now = step[kind][layer][0, :, 0]
                torch.testing.assert_close(whole, now, atol=1e-5, rtol=1e-4)
        token = logits[:, -1:].argmax(-1)


@pytest.mark.parametrize("text", ["", "  ", "-", ", . !"])
def test_a_text_without_words_is_refused_as_it_was_written(run, text):
    with pytest.raises(ValueError, match="has nothing to translate") as caught:
        translate(run, text)
    assert str(caught.value).startswith(repr(text))


def test_a_text_over_the_limit_is_refused_with_both_numbers(run):
    translate(run, " ".join(["one"] * 23))
    with pytest.raises(ValueError, match=r"has 24 tokens, .* reads at most 23"):
        translate(run, " ".join(["one"] * 24))


def test_a_word_that_training_never_showed_is_named(run):
    with pytest.raises(UnknownPieceError, match="'billion' is not in the vocabulary"):
        translate(run, "one billion two")


@pytest.mark.parametrize("batch_size", [3, 250])
def test_many_texts_are_translated_in_their_order(run, batch_size):
    texts = [english(n) for n in (5, 74_259, 20, 1_000_000)]
    expected = [translate(run, text).text for text in texts]
    assert translate_all(run, texts, batch_size) == expected
    assert len(set(expected)) > 1


def test_exact_match_counts_whole_answers(run):
    texts = [english(n) for n in (5, 74_259, 20, 100)]
    answers = translate_all(run, texts)
    assert exact_match(run, list(zip(texts, answers))) == 1
    answers[1] += "一"
    assert exact_match(run, list(zip(texts, answers))) == 3 / 4
    assert exact_match(run, [(text, "x") for text in texts]) == 0
