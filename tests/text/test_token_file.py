import json
from itertools import pairwise

import numpy as np
import pytest
import torch

from heedful.text import TokenFile, pack
from heedful.text import token_file as module
from heedful.text.fast_bpe import FastBytePairTokenizer
from heedful.text.token_file import n_rows, rows, tokens_dir
from heedful.text.tokenizer import EOS_ID
from tests.scaling.tiny import corpus


@pytest.fixture(scope="module")
def learned():
    return FastBytePairTokenizer.learn((d.text for d in corpus().train), 263)


def test_the_ids_are_those_of_the_tokenizer(learned):
    tokens = TokenFile.of(corpus(), 263)
    for ids, part in ((tokens.train, corpus().train), (tokens.valid, corpus().valid)):
        ends = np.flatnonzero(ids == EOS_ID)
        found = [ids[a + 1 : b].tolist() for a, b in pairwise(ends)]
        assert found == [learned.encode(d.text) for d in part]
        assert ids[0] == ids[-1] == EOS_ID


def test_rows_are_those_of_pack(learned):
    tokens = TokenFile.of(corpus(), 263)
    packed = pack([learned.encode(d.text) for d in corpus().train], length=11)
    assert n_rows(tokens.train, 11) == len(packed) - 1  # the last is filled up
    mine, wanted = rows(tokens.train, 11, [5, 0, 7]), packed.batch([5, 0, 7])
    assert torch.equal(mine.tokens, wanted.tokens)
    assert torch.equal(mine.goal, wanted.goal)


def test_the_record_says_what_the_ids_are_of(learned):
    record = TokenFile.of(corpus(), 263).record
    assert record["corpus_hash"] == corpus().hash
    assert record["versions"] == {"CPython": "3.0", "torch": "0.0"}
    assert record["n_pieces"] == len(learned)
    assert record["valid_bytes"] == sum(len(d.text.encode()) for d in corpus().valid)
    n_valid = sum(len(learned.encode(d.text)) + 1 for d in corpus().valid)
    assert record["n_valid"] == n_valid


def test_the_files_are_made_once(monkeypatch):
    first = TokenFile.of(corpus(), 263)
    monkeypatch.setattr(module, "_make", None)  # would fail
    again = TokenFile.of(corpus(), 263)
    assert np.array_equal(first.train, again.train) and first.record == again.record
    assert TokenFile.load(first.place).record == first.record


def test_another_text_has_files_of_its_own():
    TokenFile.of(corpus(), 263)
    other = corpus()
    other.train.pop()
    assert len(TokenFile.of(other, 263).train) < len(TokenFile.of(corpus(), 263).train)
    assert len(list(tokens_dir().iterdir())) == 2


def test_what_breaks_off_leaves_nothing(monkeypatch):
    def full(*args):
        raise OSError("the disk is full")

    monkeypatch.setattr(json, "dumps", full)
    with pytest.raises(OSError, match="the disk is full"):
        TokenFile.of(corpus(), 263)
    assert not tokens_dir().exists() or list(tokens_dir().iterdir()) == []


def test_a_vocabulary_that_does_not_fit_is_told():
    with pytest.raises(ValueError, match="vocab_size=65537 does not fit into 16 bits"):
        TokenFile.of(corpus(), 2**16 + 1)
