"""From pairs of texts to tensors, with as little padding as possible."""

import hashlib
import random
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Int
from torch import Tensor

from heedful.text.any_tokenizer import AnyTokenizer
from heedful.text.corpus import Pair
from heedful.text.tokenizer import BOS_ID, EOS_ID, PAD_ID


@runtime_checkable
class AnyBatch(Protocol):
    """What training needs of a batch: what the model is called with, and the goal."""

    @property
    def inputs(self) -> tuple[Tensor, ...]: ...

    @property
    def goal(self) -> Int[Tensor, "batch length"]: ...


@dataclass(frozen=True)
class Batch:
    """What one training step sees; short rows are filled with PAD on the right.

    `target` starts with BOS and `goal` ends with EOS: `goal[:, t]` is the token
    that follows `target[:, : t + 1]`.
    """

    source: Int[Tensor, "batch s_len"]
    target: Int[Tensor, "batch t_len"]
    goal: Int[Tensor, "batch t_len"]

    @property
    def inputs(self) -> tuple[Tensor, Tensor]:
        """What the model is called with: everything but the goal."""
        return self.source, self.target


@dataclass(frozen=True)
class EncodedPairs:
    """Token ids of sources and targets, without special tokens."""

    sources: list[list[int]]
    targets: list[list[int]]

    def __len__(self) -> int:
        return len(self.sources)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all ids: the same if and only if the pairs are."""
        digest = hashlib.sha256(f"{len(self)}".encode())
        for ids in self.sources + self.targets:
            digest.update(array("q", [len(ids), *ids]).tobytes())
        return digest.hexdigest()

    def batch(self, rows: list[int]) -> Batch:
        targets = [self.targets[i] for i in rows]
        return Batch(
            source=pad([self.sources[i] for i in rows]),
            target=pad([[BOS_ID, *ids] for ids in targets]),
            goal=pad([[*ids, EOS_ID] for ids in targets]),
        )

    def in_batches(self, batch_size: int) -> list[Batch]:
        """All pairs once, in order of length: for evaluation."""
        rows = sorted(range(len(self)), key=lambda i: len(self.sources[i]))
        starts = range(0, len(rows), batch_size)
        return [self.batch(rows[i : i + batch_size]) for i in starts]


def encode_pairs(
    pairs: list[Pair], source_tokenizer: AnyTokenizer, target_tokenizer: AnyTokenizer
) -> EncodedPairs:
    """Tokenize both sides of every pair."""
    return EncodedPairs(
        [source_tokenizer.encode(source) for source, _ in pairs],
        [target_tokenizer.encode(target) for _, target in pairs],
    )


def pad(rows: list[list[int]]) -> Int[Tensor, "batch length"]:
    """Rows of ids as one rectangle, filled with PAD on the right."""
    width = max(map(len, rows))
    return torch.tensor([row + [PAD_ID] * (width - len(row)) for row in rows])


def bucketed_order(
    lengths: list[int], batch_size: int, seed: int, epoch: int, pool: int = 50
) -> list[list[int]]:
    """The rows of each batch of one epoch, rows of like length together.

    Shuffle all rows, sort within pools of `pool` batches, cut, shuffle the batches:
    nearly no padding, nearly as random as without buckets. A pure function of its
    arguments, so a run can be continued at any batch.
    """
    rng = random.Random(f"{seed} {epoch}")
    rows = list(range(len(lengths)))
    rng.shuffle(rows)
    span = pool * batch_size
    batches = []
    for start in range(0, len(rows), span):
        near = sorted(rows[start : start + span], key=lengths.__getitem__)
        batches += [near[i : i + batch_size] for i in range(0, len(near), batch_size)]
    rng.shuffle(batches)
    return batches


def training_batches(
    pairs: EncodedPairs, batch_size: int, seed: int, start: int = 0
) -> Iterator[Batch]:
    """Batches without end, epoch after epoch, without the first `start` of them."""
    lengths = [len(s) + len(t) for s, t in zip(pairs.sources, pairs.targets)]
    first, done = divmod(start, -(-len(pairs) // batch_size))
    for epoch in count(first):
        for rows in bucketed_order(lengths, batch_size, seed, epoch)[done:]:
            yield pairs.batch(rows)
        done = 0
