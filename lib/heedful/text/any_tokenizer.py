"""The tokenizer that a corpus asks for, learned from its texts or read from JSON."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from heedful.text.fast_bpe import FastBytePairTokenizer
from heedful.text.tokenizer import Tokenizer

AnyTokenizer = Tokenizer | FastBytePairTokenizer
Tokenizers = tuple[AnyTokenizer, ...]
"""Those of a run: source and target, or the one of a language model."""


def learn_tokenizer(texts: Iterable[str], unit: str, vocab_size: int) -> AnyTokenizer:
    """A tokenizer for texts like these.

    `unit` is "word", "char" or "bpe". `vocab_size` is for "bpe" alone: words and
    characters are as many as there are. Raises `ValueError` for any other unit.
    """
    if unit == "bpe":
        return FastBytePairTokenizer.learn(texts, vocab_size)
    return Tokenizer.build(texts, unit)


def tokenizer_to_dict(tokenizer: AnyTokenizer) -> dict[str, Any]:
    """What JSON should hold of a tokenizer."""
    return asdict(tokenizer)


def tokenizer_from_dict(saved: dict[str, Any]) -> AnyTokenizer:
    """The tokenizer again. Raises `KeyError`, `TypeError` or `ValueError` on damage."""
    if "merges" in saved:
        merges = tuple((int(a), int(b)) for a, b in saved["merges"])
        return FastBytePairTokenizer(merges)
    return Tokenizer(saved["unit"], tuple(saved["pieces"]))
