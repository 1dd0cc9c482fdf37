"""Teach a language model a text, and measure it on documents it never saw.

Covers learning the tokenizer, packing and the test. The loop itself is `fit`, as for
translation.
"""

import math
from functools import partial
from pathlib import Path

import torch

from heedful.text.any_tokenizer import learn_tokenizer
from heedful.text.corpora import TEXTS
from heedful.text.documents import Document, TextCorpus
from heedful.text.packing import TextBatch, pack, packed_batches
from heedful.train.engine import ALONE, Engine
from heedful.train.language_config import LanguageRunConfig
from heedful.train.loop import fit_and_save
from heedful.train.loss import evaluate
from heedful.train.resuming import check_data, going_on, occupied
from heedful.train.run import Run, circumstances

N_VALID = 64
"""How many rows, spread over the validation part, each evaluation on the way takes."""


def train_language(
    config: LanguageRunConfig,
    path: Path | None = None,
    progress: bool = True,
    resume: bool = False,
    inexact: bool = False,
    engine: Engine = ALONE,
) -> Run:
    """Learn the tokenizer and the model that `config` names, save the run.

    With a `path`, saves and resumes as `heedful.train.train` does. The record gets the
    versions and the hash of the corpus: it is what is installed here. Raises
    `DataError` if the corpus cannot be had. Derived in chapter 06.
    """
    with occupied(path if engine.is_first else None):
        run, start = going_on(config, path, inexact, engine) if resume else (None, None)
        corpus = TEXTS[config.task]()
        run = run or new_language_run(config, corpus)
        rows, held_out = packed(run, corpus.train), packed(run, corpus.valid)
        check_data(run, rows.fingerprint)
        size, seed = config.recipe.batch_size, config.seed
        batches = partial(packed_batches, rows, size, seed)
        some = list(range(0, len(held_out), math.ceil(len(held_out) / N_VALID)))
        valid = held_out.batch(some).in_batches(size)
        fit_and_save(run, batches, valid, path, progress, start, engine)
    return run


def new_language_run(config: LanguageRunConfig, corpus: TextCorpus) -> Run:
    """An untrained model with a tokenizer learned from the training part."""
    texts = (document.text for document in corpus.train)
    tokenizers = (learn_tokenizer(texts, "bpe", config.vocab_size),)
    torch.manual_seed(config.seed)  # dropout draws from the global generator
    model = config.build(tokenizers, torch.Generator().manual_seed(config.seed))
    record = circumstances() | {"corpus": corpus.versions, "corpus_hash": corpus.hash}
    return Run(config, model, tokenizers, record=record)


def packed(run: Run, documents: list[Document]) -> TextBatch:
    """The documents as rows of the length that the model of `run` reads."""
    (tokenizer,) = run.tokenizers
    ids = (tokenizer.encode(document.text) for document in documents)
    return pack(ids, run.config.model.max_seq_len)


def bits_per_byte(run: Run, documents: list[Document]) -> float:
    """How many bits the model needs for a byte of text; stored as they are, it is 8.

    The sum of -log2 p over all tokens, by the number of UTF-8 bytes. Nats per token
    compare only models with the same tokenizer, as longer tokens are harder to guess;
    this compares any two models of the same text. The EOS of each document costs bits
    but is no byte. A token is predicted from its row alone, so long rows help.
    Derived in chapter 06.
    """
    rows = packed(run, documents)
    nats = rows.n_asked * evaluate(run.model, rows.in_batches(16))
    n_bytes = sum(len(document.text.encode()) for document in documents)
    return nats / math.log(2) / n_bytes
