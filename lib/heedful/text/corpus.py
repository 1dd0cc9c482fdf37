"""A corpus is pairs of texts in three parts that share no item, and a data card."""

import hashlib
from dataclasses import dataclass, field

Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a reader must know of data before trusting a model trained on it."""

    name: str
    summary: str
    source: str
    licence: str
    split: str
    size: str
    examples: tuple[Pair, ...]

    def __str__(self) -> str:
        rows = [
            ("source", self.source),
            ("licence", self.licence),
            ("split", self.split),
            ("size", self.size),
        ]
        lines = [f"{self.name}: {self.summary}"]
        lines += [f"  {key:8} {value}" for key, value in rows]
        lines += [f"  example  {source} -> {goal}" for source, goal in self.examples]
        return "\n".join(lines)


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Pairs to train on, to choose by, and to test on.

    `units` says how to cut source and target: each "word", "char" or "bpe". `metric`
    says how to judge an answer: "exact match" where one is right, "bleu" where many
    are. `credits` has what must stand beside a pair that is shown, if anything.
    """

    card: Card
    units: tuple[str, str]
    metric: str = "exact match"
    train: list[Pair]
    valid: list[Pair]
    test: list[Pair]
    credits: dict[Pair, str] = field(default_factory=dict)


def part_of(key: str) -> str:
    """Assign an item to "train", "valid" or "test" (90, 5 and 5 % of all keys).

    The hash of the item itself decides, so the answer never depends on a seed, on
    the order of drawing, or on how much is drawn: an item that is in the test part
    of one corpus is in the training part of none.
    """
    bucket = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest()) % 100
    return "test" if bucket < 5 else "valid" if bucket < 10 else "train"
