r"""Byte-level BPE: a vocabulary of pieces that grew from the text itself.

Start from the 256 bytes, of which every text in every script consists. Find the two
neighbours that stand together most often, make a new piece of them, and repeat until
the vocabulary is full. Nothing is ever unknown: what was never seen falls apart into
bytes.

Covers learning, encoding and decoding, each as plain as it can be said.
`heedful.text.fast_bpe` is the same tokenizer at speed. Does not cover normalisation:
what goes in comes out, byte by byte.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from heedful.text.tokenizer import EOS_ID, SPECIALS

Ids = tuple[int, ...]

# A byte is written as the character of the same number (latin-1). Merges never cross
# the border of a match: a word with the space before it, a run of signs likewise, a
# single digit, a run of white space. All bytes from 128 up count as letters, so the
# pattern needs no table of the world's scripts and means the same to every engine.
PATTERN = (
    " ?[A-Za-z\u0080-\u00ff]+"
    "| ?[^A-Za-z0-9\t-\r \u0080-\u00ff]+"
    "|[0-9]"
    "|[\t-\r ]+(?![^\t-\r ])"  # but the last space belongs to the word behind it
    "|[\t-\r ]+"
)
_SPLIT = re.compile(PATTERN)
N_BASE = len(SPECIALS) + 256


@dataclass(frozen=True)
class BytePairTokenizer:
    """`merges` holds pairs of ids in the order in which they were learned.

    Ids 0 to 2 are PAD, BOS and EOS, ids 3 to 258 the bytes; each further id is the
    first merge that made its bytes.
    Source: [Sennrich 2016, alg. 1], on bytes as in [Radford 2019, sec. 2.2]. Derived
    in chapter 04. Raises `ValueError` for a merge of pieces that are not there yet.
    """

    merges: tuple[tuple[int, int], ...]

    def __post_init__(self):
        self.vocab  # noqa: B018  a bad merge should fail here

    @classmethod
    def learn(cls, texts: Iterable[str], vocab_size: int) -> "BytePairTokenizer":
        """Merge the most frequent pair until there are `vocab_size` pieces.

        Of equally frequent pairs the one with the smaller ids is merged. Stops early
        when no two neighbours are left. Counts all pairs afresh each time: right for
        a page of text, slow for a library.
        """
        check_vocab_size(vocab_size)
        words = Counter(word for text in texts for word in _words(text.encode()))
        spelled = {word: _as_bytes(word) for word in words}
        vocab, merges = _base_vocab(), []
        ids_of = _ids_of(vocab)
        while len(vocab) < vocab_size:
            pairs: Counter[tuple[int, int]] = Counter()
            for word, ids in spelled.items():
                for pair in pairwise(ids):
                    pairs[pair] += words[word]
            if not pairs:
                break
            best = min(pairs, key=lambda pair: (-pairs[pair], pair))
            merges.append(best)
            new = _add(best, vocab, ids_of)
            spelled = {word: _merge(ids, best, new) for word, ids in spelled.items()}
        return cls(tuple(merges))

    def __len__(self) -> int:
        return len(self.vocab)

    def encode(self, text: str) -> list[int]:
        """The ids of a text, without BOS or EOS."""
        return self.encode_bytes(text.encode())

    def encode_bytes(self, data: bytes) -> list[int]:
        """The ids of any bytes at all."""
        return [i for word in _words(data) for i in self._encode_word(word)]

    def decode(self, ids: Iterable[int]) -> str:
        """The text up to the first EOS; bytes that are no UTF-8 become U+FFFD."""
        return self.decode_bytes(ids).decode(errors="replace")

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes up to the first EOS; PAD and BOS stand for none."""
        data = b""
        for i in ids:
            if i == EOS_ID:
                break
            data += self.vocab[i]
        return data

    def split(self, text: str) -> list[str]:
        """The pieces of a text, as text."""
        return [self.pieces[i] for i in self.encode(text)]

    @cached_property
    def vocab(self) -> tuple[bytes, ...]:
        """The bytes that each id stands for."""
        vocab = _base_vocab()
        ids_of = _ids_of(vocab)
        for pair in self.merges:
            if not all(len(SPECIALS) <= i < len(vocab) for i in pair):
                raise ValueError(
                    f"merge {list(pair)} uses a piece that is not among the "
                    f"{len(vocab)} made before it"
                )
            _add(pair, vocab, ids_of)
        return tuple(vocab)

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """`vocab` to look at: what is no whole character shows as its bytes."""
        return SPECIALS + tuple(map(_shown, self.vocab[len(SPECIALS) :]))

    @cached_property
    def _ranks(self) -> dict[tuple[int, int], int]:
        return {pair: rank for rank, pair in enumerate(self.merges)}

    @cached_property
    def _ids(self) -> dict[bytes, int]:
        return _ids_of(list(self.vocab))

    def _encode_word(self, word: bytes) -> list[int]:
        """Of the pairs at hand, always merge the one that was learned first."""
        ids = list(_as_bytes(word))
        while True:
            known = [
                (self._ranks[pair], at)
                for at, pair in enumerate(pairwise(ids))
                if pair in self._ranks
            ]
            if not known:
                return ids
            _, at = min(known)
            ids[at : at + 2] = [
                self._ids[self.vocab[ids[at]] + self.vocab[ids[at + 1]]]
            ]


def check_vocab_size(vocab_size: int) -> None:
    """Raise `ValueError` if the bytes alone would not fit."""
    if vocab_size < N_BASE:
        raise ValueError(
            f"vocab_size={vocab_size} is too small: the special tokens and the 256 "
            f"bytes need {N_BASE}"
        )


def _words(data: bytes) -> list[bytes]:
    return [w.encode("latin-1") for w in _SPLIT.findall(data.decode("latin-1"))]


def _as_bytes(word: bytes) -> Ids:
    return tuple(len(SPECIALS) + byte for byte in word)


def _base_vocab() -> list[bytes]:
    return [b""] * len(SPECIALS) + [bytes([byte]) for byte in range(256)]


def _ids_of(vocab: list[bytes]) -> dict[bytes, int]:
    return {piece: i for i, piece in enumerate(vocab) if i >= len(SPECIALS)}


def _add(pair: tuple[int, int], vocab: list[bytes], ids_of: dict[bytes, int]) -> int:
    """The id of the merged pair; two ways to the same bytes share one id."""
    merged = vocab[pair[0]] + vocab[pair[1]]
    if merged not in ids_of:
        ids_of[merged] = len(vocab)
        vocab.append(merged)
    return ids_of[merged]


def _merge(ids: Ids, pair: tuple[int, int], new: int) -> Ids:
    merged: list[int] = []
    at = 0
    while at < len(ids):
        found = ids[at : at + 2] == pair
        merged.append(new if found else ids[at])
        at += 2 if found else 1
    return tuple(merged)


def _shown(piece: bytes) -> str:
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return "".join(f"<{byte:02x}>" for byte in piece)
