import json
import math
import random
from dataclasses import replace

import pytest
import torch

from heedful.text.corpora import TEXTS
from heedful.text.corpus import Card
from heedful.text.documents import Document, TextCorpus
from heedful.text.packing import pack
from heedful.train import Recipe, Run
from heedful.train.language import (
    N_VALID,
    bits_per_byte,
    new_language_run,
    packed,
    train_language,
)
from heedful.train.language_config import LanguageRunConfig, LanguageSizes

CARD = Card(
    name="rhymes", summary="", source="", licence="", split="", size="", examples=()
)
TINY = LanguageRunConfig(
    vocab_size=271,
    model=LanguageSizes(
        d_model=26, n_layers=1, n_heads=1, n_kv_heads=1, d_ff=37, max_seq_len=19
    ),
    recipe=Recipe(
        n_steps=7, batch_size=5, n_warmup=2, evaluate_every=3, label_smoothing=0.0
    ),
)


def documents(*texts):
    return [Document(f"{i}.txt", text) for i, text in enumerate(texts)]


def small_corpus():
    rng = random.Random(0)
    words = "for if in not or is the a while".split()
    made = documents(*(" ".join(rng.choices(words, k=83)) for _ in range(11)))
    return TextCorpus(
        card=CARD, train=made[:7], valid=made[7:9], test=made[9:], versions={"x": "1"}
    )


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setitem(TEXTS, "python", small_corpus)


class Uniform(torch.nn.Module):
    """Every token is as likely as every other."""

    def __init__(self, vocab_size):
        super().__init__()
        self.vocab_size = vocab_size

    def forward(self, tokens):
        return torch.zeros(*tokens.shape, self.vocab_size)


class Unigram(Uniform):
    """Byte "a" has probability 1/2, "b" and EOS 1/4 each, all else none."""

    def forward(self, tokens):
        logits = torch.full((*tokens.shape, self.vocab_size), -torch.inf)
        shares = {2: 1 / 4, 3 + ord("a"): 1 / 2, 3 + ord("b"): 1 / 4}
        for i, share in shares.items():
            logits[..., i] = math.log(share)
        return logits


def measured(model, *texts, length=5):
    """Bits per byte under a model that reads single bytes."""
    config = replace(
        TINY, vocab_size=259, model=replace(TINY.model, max_seq_len=length)
    )
    run = new_language_run(config, small_corpus())
    assert len(run.tokenizers[0]) == 259
    run.model = model
    return bits_per_byte(run, documents(*texts))


def test_bits_per_byte_of_a_uniform_model_by_hand():
    # 5 + 1 and 1 + 1 tokens of log2(259) bits each for 6 bytes
    expected = 8 * math.log2(259) / 6
    assert measured(Uniform(259), "abcde", "f") == pytest.approx(expected)


def test_bits_per_byte_of_a_unigram_model_by_hand():
    # "aab" costs 1 + 1 + 2 bits and "b" 2, each EOS 2 more: 10 bits for 4 bytes
    assert measured(Unigram(259), "aab", "b") == pytest.approx(10 / 4)


def test_a_byte_is_a_byte_and_not_a_character():
    assert measured(Uniform(259), "語") == pytest.approx(4 * math.log2(259) / 3)


@pytest.mark.parametrize("length", [1, 2, 7, 100])
def test_bits_per_byte_count_every_token_whatever_the_rows(length):
    found = measured(Unigram(259), "abab" * 13, "baa", length=length)
    # 26 * 3 + 2 bits, then 4 + 2, for 55 bytes
    assert found == pytest.approx(86 / 55)


def test_bits_per_byte_agree_with_a_sum_token_by_token():
    run = new_language_run(TINY, small_corpus())
    torch.nn.init.normal_(run.model.tok_emb.weight)  # not all tokens alike
    test = small_corpus().test
    rows = packed(run, test)
    bits = 0.0
    with torch.no_grad():
        for tokens, goal in zip(rows.tokens, rows.goal):
            for t in range((goal != 0).sum()):
                shares = run.model(tokens[None, : t + 1])[0, -1].softmax(-1)
                bits -= math.log2(shares[goal[t]])
    n_bytes = sum(len(document.text.encode()) for document in test)
    assert bits_per_byte(run, test) == pytest.approx(bits / n_bytes, rel=1e-5)


def test_rows_are_packed_as_long_as_the_model_reads():
    run = new_language_run(TINY, small_corpus())
    (tokenizer,) = run.tokenizers
    made = documents("for a while", "is the")
    expected = pack([tokenizer.encode("for a while"), tokenizer.encode("is the")], 19)
    assert packed(run, made).tokens.equal(expected.tokens)


def test_the_tokenizer_comes_from_the_training_part_alone():
    corpus = small_corpus()
    corpus.valid.extend(documents("zebra zebra " * 97))
    corpus.test.extend(documents("zebra zebra " * 97))
    (tokenizer,) = new_language_run(TINY, corpus).tokenizers
    assert len(tokenizer) == 271
    assert not any("ze" in piece for piece in tokenizer.pieces)


def test_evaluations_on_the_way_see_a_spread_of_the_validation_part(small, monkeypatch):
    corpus = small_corpus()
    corpus.valid.extend(documents("or is not " * 1997))
    monkeypatch.setitem(TEXTS, "python", lambda: corpus)
    seen = []

    def note(run, batches, valid, *_):
        seen.extend(row for batch in valid for row in batch.goal.tolist())

    monkeypatch.setattr("heedful.train.language.fit_and_save", note)
    run = train_language(TINY, progress=False)
    all_rows = packed(run, corpus.valid).goal.tolist()
    assert len(all_rows) > 5 * N_VALID
    assert N_VALID / 2 < len(seen) <= N_VALID
    step = all_rows.index(seen[1])
    assert seen == all_rows[::step]


@pytest.mark.usefixtures("as_users_run_it", "small")
def test_a_saved_run_gives_the_same_logits(tmp_path):
    run = train_language(TINY, tmp_path / "run", progress=False)
    again = Run.load(tmp_path / "run")
    assert again.config == run.config == TINY
    assert again.tokenizers == run.tokenizers
    tokens = packed(run, small_corpus().test).tokens
    with torch.no_grad():
        assert again.model(tokens).equal(run.model(tokens))
    assert again.is_finished
    assert [row["step"] for row in again.losses] == [3, 6, 7]


@pytest.mark.usefixtures("as_users_run_it", "small")
def test_the_record_says_which_text_it_was(tmp_path):
    train_language(TINY, tmp_path / "run", progress=False)
    record = json.loads((tmp_path / "run" / "record.json").read_text())
    assert record["corpus"] == {"x": "1"}
    assert record["corpus_hash"] == small_corpus().hash
    assert record["steps_done"] == 7


@pytest.mark.usefixtures("as_users_run_it", "small")
def test_the_same_config_gives_the_same_weights_and_another_seed_does_not():
    def all_weights(config):
        torch.randn(5)
        run = train_language(config, progress=False)
        return torch.cat([p.flatten() for p in run.model.parameters()])

    one = all_weights(TINY)
    assert one.equal(all_weights(TINY))
    assert not one.equal(all_weights(replace(TINY, seed=1)))


@pytest.mark.usefixtures("as_users_run_it")
def test_it_learns_a_text_that_repeats_itself(monkeypatch):
    corpus = TextCorpus(
        card=CARD,
        train=documents("earth " * 997),
        valid=documents("earth " * 97),
        test=documents("th ear" * 499),  # only where it starts and ends is news
    )
    monkeypatch.setitem(TEXTS, "python", lambda: corpus)
    recipe = replace(TINY.recipe, n_steps=150, learning_rate=2e-2)
    config = replace(TINY, vocab_size=259, recipe=recipe)
    run = train_language(config, progress=False)
    assert bits_per_byte(run, corpus.test) < 0.03
    assert bits_per_byte(new_language_run(config, corpus), corpus.test) > 7
