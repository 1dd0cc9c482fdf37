"""A text corpus as two files of token ids, for corpora too large for lists.

`$HEEDFUL_HOME/tokens` (or `~/.cache/heedful/tokens`) has one folder for each corpus and
vocabulary, whole or not there at all. The files are mapped, not read: several
processes share one copy in memory.
"""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from heedful.text.documents import Document, TextCorpus
from heedful.text.fast_bpe import FastBytePairTokenizer
from heedful.text.packing import TextBatch
from heedful.text.store import data_dir
from heedful.text.tokenizer import EOS_ID

Ids = np.ndarray[Any, np.dtype[np.uint16]]


@dataclass(frozen=True)
class TokenFile:
    """Token ids of the training and the validation part, and where they come from.

    Both begin with EOS and have one behind each document, as in `pack`. `record` says
    of which corpus, by its hash and versions, and of which tokenizer they are; `place`
    is their folder.
    """

    train: Ids
    valid: Ids
    record: dict[str, Any]
    place: Path

    @classmethod
    def of(cls, corpus: TextCorpus, vocab_size: int) -> "TokenFile":
        """The files of a corpus, from an earlier call or made now.

        The tokenizer is learned from the training part. Making them takes half a
        minute for 75 million characters. Raises `ValueError` if `vocab_size` is below
        the number of bytes or does not fit into 16 bits.
        """
        if vocab_size > 2**16:
            raise ValueError(f"vocab_size={vocab_size} does not fit into 16 bits")
        place = tokens_dir() / f"{corpus.hash[:16]}-{vocab_size}"
        if not place.exists():
            _make(corpus, vocab_size, place)
        return cls.load(place)

    @classmethod
    def load(cls, place: Path) -> "TokenFile":
        """Map the files of a folder that `of` made."""
        train, valid = (np.load(place / f"{p}.npy", "r") for p in ("train", "valid"))
        record = json.loads((place / "record.json").read_text(encoding="utf-8"))
        return cls(train, valid, record, place)


def tokens_dir() -> Path:
    """Where token files live: `$HEEDFUL_HOME/tokens` or `~/.cache/heedful/tokens`."""
    return data_dir().parent / "tokens"


def n_rows(ids: Ids, length: int) -> int:
    """How many whole rows of `length` tokens to predict the ids make."""
    return (len(ids) - 1) // length


def rows(ids: Ids, length: int, which: list[int]) -> TextBatch:
    """Some of the rows, in this order: row r starts at token r * length."""
    cut = np.stack([ids[r * length : (r + 1) * length + 1] for r in which])
    both = torch.from_numpy(cut.astype(np.int64))
    return TextBatch(both[:, :-1], both[:, 1:])


def _make(corpus: TextCorpus, vocab_size: int, place: Path) -> None:
    texts = (document.text for document in corpus.train)
    tokenizer = FastBytePairTokenizer.learn(texts, vocab_size)
    merges = json.dumps(tokenizer.merges).encode()
    parts = {"train": corpus.train, "valid": corpus.valid}
    ids = {name: _ids(tokenizer, part) for name, part in parts.items()}
    record = {
        "corpus": corpus.card.name,
        "corpus_hash": corpus.hash,
        "versions": corpus.versions,
        "n_pieces": len(tokenizer),
        "tokenizer_hash": hashlib.sha256(merges).hexdigest(),
        "n_train": len(ids["train"]) - 1,
        "n_valid": len(ids["valid"]) - 1,
        "valid_bytes": sum(len(d.text.encode()) for d in corpus.valid),
    }
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=place.parent) as temporary:
        new = Path(temporary) / place.name
        new.mkdir()
        for name, array in ids.items():
            np.save(new / f"{name}.npy", array)
        (new / "record.json").write_text(json.dumps(record, indent=2) + "\n")
        try:
            os.rename(new, place)
        except OSError:  # another process was faster
            if not place.exists():
                raise


def _ids(tokenizer: FastBytePairTokenizer, documents: list[Document]) -> Ids:
    parts = [np.array([EOS_ID], np.uint16)]
    for document in documents:
        ids = [*tokenizer.encode(document.text), EOS_ID]
        parts.append(np.array(ids, np.uint16))
    return np.concatenate(parts)
