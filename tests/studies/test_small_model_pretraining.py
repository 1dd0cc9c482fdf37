"""What is asked of a real model about its pre-training, asked of a made-up one."""

import json
import math

import pytest
import torch
from interop.made_up_tokenizer import SETTINGS, TOKENS

from heedful.generate import complete
from heedful.generate.score import PROMPTS
from heedful.interop import ChatTokenizer
from heedful.nets import LanguageModel, LanguageModelConfig
from heedful.studies import small_model_pretraining as study
from heedful.text.corpora import TEXTS

BEGIN, REST = "abc 12", " abab\n"


@pytest.fixture
def tokenizer():
    return ChatTokenizer(SETTINGS)


@pytest.fixture
def model():
    config = LanguageModelConfig(
        vocab_size=len(TOKENS), d_model=24, n_layers=2, n_heads=4, d_ff=31,
        max_seq_len=2048,
    )  # fmt: skip
    model = LanguageModel(config, torch.Generator().manual_seed(7)).eval()
    with torch.no_grad():
        model.tok_emb.weight.mul_(40)  # else all tokens are equally likely
    return model


@torch.no_grad()
def price(model, start, rest):
    """-log2 of the probability of `rest`, one token at a time."""
    bits = 0.0
    for i, token in enumerate(rest):
        logits = model(torch.tensor([start + rest[:i]]))[0, -1]
        bits -= float(logits.log_softmax(-1)[token]) / math.log(2)
    return bits


def test_everything_that_the_page_shows(model, tokenizer, monkeypatch):
    monkeypatch.setattr(study, "PASSAGES", {"one": (BEGIN, REST)})
    monkeypatch.setattr(study, "N_CHARACTERS", 3)
    found = study.pretraining(model, tokenizer)
    assert json.loads(json.dumps(found)) == found
    assert LanguageModelConfig(**found["sizes"]) == model.config
    assert found["n_parameters"] == sum(p.numel() for p in model.parameters())
    assert [row["prompt"] for row in found["completions"]] == list(PROMPTS)

    (row,) = found["passages"]
    start = tokenizer.encode("<|endoftext|>" + BEGIN)
    rest = tokenizer.encode(REST)
    (written,) = complete(model, [start], max_new=len(rest))
    assert row["written"] == tokenizer.decode(written) and row["tokens"] == len(rest)
    expected = price(model, start, rest) / len(REST.encode())
    assert row["bits"] == pytest.approx(expected, abs=1e-3)

    texts = [document.text[:3] for document in TEXTS["python"]().test]
    separator = tokenizer.encode("<|endoftext|>")
    total = sum(price(model, separator, tokenizer.encode(text)) for text in texts)
    bits = total / sum(len(text.encode()) for text in texts)
    assert found["files"]["n"] == len(texts)
    assert found["files"]["bits_per_byte"] == pytest.approx(bits, abs=1e-3)


@pytest.mark.parametrize("n_right", [0, 2, 4])
def test_right_are_the_tokens_before_the_first_mistake(
    model, tokenizer, monkeypatch, n_right: int
):
    wanted = tokenizer.encode(REST)
    assert len(wanted) == 4
    written = [*wanted[:n_right], *[0] * (4 - n_right)]
    if n_right == 0:
        written[-1] = wanted[-1]  # right, but too late
    monkeypatch.setattr(study, "complete", lambda *_, **__: [written])
    assert study._recital(model, tokenizer, BEGIN, REST)["right"] == n_right


def test_the_last_passage_is_from_our_own_text():
    *_, (begin, rest) = study.PASSAGES.values()
    assert begin + rest in study.TEXT.replace("\n", " ")
