"""Text to numbers and back, with one list of known pieces.

A piece is a word or a character, as the task needs: English number words are few
and whole words, Japanese numerals are single characters. Sub-word pieces are
another tokenizer's business.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

PAD, BOS, EOS = "<pad>", "<bos>", "<eos>"
SPECIALS = (PAD, BOS, EOS)
PAD_ID, BOS_ID, EOS_ID = range(3)

# A run of letters is a word; each digit stands alone, so that 2048 is read like any
# other year; spaces and punctuation only separate.
_WORD = re.compile(r"[^\W\d_]+|\d")


class UnknownPieceError(ValueError):
    """A text has a piece that the vocabulary lacks; `piece` says which."""

    def __init__(self, piece: str, tokenizer: "Tokenizer"):
        self.piece = piece
        known = [p for p in tokenizer.pieces if p not in SPECIALS]
        shown = " ".join(known[:40]) + (" ..." if len(known) > 40 else "")
        super().__init__(f"{piece!r} is not in the vocabulary; known are: {shown}")


@dataclass(frozen=True)
class Tokenizer:
    """`unit` is "word" or "char"; `pieces[i]` is the text of token `i`.

    Raises `UnknownPieceError` on text with a piece that training never showed.
    """

    unit: str
    pieces: tuple[str, ...]

    def __post_init__(self):
        if self.unit not in ("word", "char"):
            raise ValueError(f"unit={self.unit!r} must be 'word' or 'char'")
        if tuple(self.pieces[: len(SPECIALS)]) != SPECIALS:
            raise ValueError(
                f"a vocabulary starts with {SPECIALS}, not {self.pieces[:3]}"
            )
        if len(set(self.pieces)) != len(self.pieces):
            raise ValueError("a vocabulary must not hold a piece twice")

    @classmethod
    def build(cls, texts: Iterable[str], unit: str) -> "Tokenizer":
        """Collect the pieces of `texts`, in a fixed order."""
        empty = cls(unit, SPECIALS)
        found = {piece for text in texts for piece in empty.split(text)}
        return cls(unit, SPECIALS + tuple(sorted(found)))

    def __len__(self) -> int:
        return len(self.pieces)

    def split(self, text: str) -> list[str]:
        """The pieces of a text, known or not. Words are lower-cased."""
        return list(text) if self.unit == "char" else _WORD.findall(text.lower())

    def encode(self, text: str) -> list[int]:
        """The ids of the pieces, without BOS or EOS."""
        try:
            return [self._ids[piece] for piece in self.split(text)]
        except KeyError as error:
            raise UnknownPieceError(error.args[0], self) from None

    def decode(self, ids: Iterable[int]) -> str:
        """The text of the ids up to the first EOS, without the special tokens."""
        pieces = []
        for i in ids:
            if i == EOS_ID:
                break
            if i >= len(SPECIALS):
                pieces.append(self.pieces[i])
        return ("" if self.unit == "char" else " ").join(pieces)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {piece: i for i, piece in enumerate(self.pieces)}
