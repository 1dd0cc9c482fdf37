"""Documents as one long stream, cut into rows of equal length: nothing is padded.

    EOS  first document  EOS  second document  EOS

A model is asked for every token but the first, so EOS before a document tells that
one begins and EOS behind it is a prediction like any other. A row may hold the end of
one document and the start of the next, and attention looks across that border, as in
[Radford 2019]: what lies before EOS is of no use, which the model has to learn.
Does not cover a mask that keeps documents apart.
"""

import hashlib
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import torch
from jaxtyping import Int
from torch import Tensor

from heedful.text.tokenizer import EOS_ID, PAD_ID


@dataclass(frozen=True)
class TextBatch:
    """Rows of a stream: `goal[:, t]` is the token that follows `tokens[:, t]`."""

    tokens: Int[Tensor, "batch length"]
    goal: Int[Tensor, "batch length"]

    @property
    def inputs(self) -> tuple[Tensor]:
        """What the model is called with: everything but the goal."""
        return (self.tokens,)

    @property
    def n_asked(self) -> int:
        """How many tokens are to be predicted."""
        return int((self.goal != PAD_ID).sum())

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all tokens and goals: the same if and only if the rows are."""
        both = torch.stack([self.tokens, self.goal]).numpy()
        return hashlib.sha256(f"{both.shape}".encode() + both.tobytes()).hexdigest()

    def __len__(self) -> int:
        return len(self.tokens)

    def batch(self, rows: list[int]) -> "TextBatch":
        """Some of the rows, in this order."""
        return TextBatch(self.tokens[rows], self.goal[rows])

    def in_batches(self, batch_size: int) -> list["TextBatch"]:
        """All rows once, as they come: for evaluation."""
        pairs = zip(self.tokens.split(batch_size), self.goal.split(batch_size))
        return [TextBatch(tokens, goal) for tokens, goal in pairs]


def pack(documents: Iterable[Sequence[int]], length: int) -> TextBatch:
    """All rows of `length` tokens that the documents (token ids) make.

    Every token of every document, and the EOS behind it, is the goal exactly once.
    Only the last row is filled up with PAD, where the stream does not end with it.
    A row knows nothing of the one before, so its first tokens are hard to predict.
    Derived in chapter 06. Raises `ValueError` if `length` is below 1 or there is no
    document.
    """
    if length < 1:
        raise ValueError(f"length={length} must be at least 1")
    stream = [EOS_ID]
    for ids in documents:
        stream += [*ids, EOS_ID]
    if len(stream) == 1:
        raise ValueError("there is no document to pack")
    n_missing = -(len(stream) - 1) % length
    filled = torch.tensor(stream + [PAD_ID] * n_missing)
    return TextBatch(filled[:-1].view(-1, length), filled[1:].view(-1, length))


def shuffled_rows(n_rows: int, seed: int, epoch: int) -> list[int]:
    """The order of the rows in one epoch: a pure function, so a run can continue."""
    rows = list(range(n_rows))
    random.Random(f"{seed} {epoch}").shuffle(rows)
    return rows


def packed_batches(
    rows: TextBatch, batch_size: int, seed: int, start: int = 0
) -> Iterator[TextBatch]:
    """Batches without end, epoch after epoch, without the first `start` of them.

    The last of an epoch may be smaller.
    """
    first, done = divmod(start, -(-len(rows) // batch_size))
    for epoch in count(first):
        order = shuffled_rows(len(rows), seed, epoch)
        for i in range(done * batch_size, len(order), batch_size):
            yield rows.batch(order[i : i + batch_size])
        done = 0
