"""A text corpus is documents in three parts that share none, and a data card."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from heedful.text.corpus import Card, part_of


@dataclass(frozen=True)
class Document:
    """A text with a name that is the same on every machine."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class TextCorpus:
    """Documents to train a language model on, to choose by, and to test on.

    `versions` says of which release of what the texts are, by name.
    """

    card: Card
    train: list[Document]
    valid: list[Document]
    test: list[Document]
    versions: dict[str, str] = field(default_factory=dict)

    @cached_property
    def hash(self) -> str:
        """SHA-256 over all names and texts: the same if and only if the data is."""
        digest = hashlib.sha256()
        for part in (self.train, self.valid, self.test):
            for document in part:
                for text in (document.name, document.text):
                    content = text.encode()
                    digest.update(len(content).to_bytes(8))
                    digest.update(content)
            digest.update(b"end of part")
        return digest.hexdigest()


def split(
    card: Card, documents: Iterable[Document], versions: dict[str, str]
) -> TextCorpus:
    """Put each document, by the hash of its name, into one part.

    A text that an earlier document has already, as of copied files, and a text of
    nothing but white space are left out. The card gets the sizes and versions.
    """
    parts: dict[str, list[Document]] = {"train": [], "valid": [], "test": []}
    seen = set()
    for document in documents:
        if document.text.strip() and document.text not in seen:
            seen.add(document.text)
            parts[part_of(f"document {document.name}")].append(document)
    told = "; ".join(f"{part} {_size(found)}" for part, found in parts.items())
    size = f"{_size([document for found in parts.values() for document in found])}"
    card = replace(
        card,
        source=f"{card.source} ({', '.join(map(' '.join, versions.items()))})",
        size=f"{size} ({told})",
    )
    return TextCorpus(card=card, versions=versions, **parts)


def _size(documents: list[Document]) -> str:
    n_characters = sum(len(document.text) for document in documents)
    return f"{len(documents):,} texts, {n_characters:,} characters"
