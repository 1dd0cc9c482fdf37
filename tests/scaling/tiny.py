"""A text corpus of a moment: sums in Python."""

import random

from heedful.text.corpus import Card
from heedful.text.documents import Document, TextCorpus


def corpus() -> TextCorpus:
    rng = random.Random(7)

    def documents(part, n):
        lines = [
            f"x{rng.randint(0, 99)} = {rng.randint(0, 99)} + y\n" for _ in range(n)
        ]
        return [Document(f"{part}{i}.py", "".join(lines[i::5])) for i in range(5)]

    card = Card(
        name="sources", summary="", source="", licence="", split="", size="",
        examples=(),
    )  # fmt: skip
    return TextCorpus(
        card=card, versions={"CPython": "3.0", "torch": "0.0"},
        train=documents("train", 2_000), valid=documents("valid", 100), test=[],
    )  # fmt: skip
