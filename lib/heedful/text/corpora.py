"""The corpora by name: what the commands list, train on and obtain."""

from collections.abc import Callable

from heedful.text import dates, numbers, python_source, tatoeba, wiki
from heedful.text.corpus import Card, Corpus
from heedful.text.documents import TextCorpus
from heedful.text.store import Download

CORPORA: dict[str, Callable[..., Corpus]] = {
    "numbers": numbers.numbers,
    "dates": dates.dates,
    "tatoeba": tatoeba.tatoeba,
}
"""Pairs of texts, to translate: `heedful train NAME`."""

TEXTS: dict[str, Callable[[], TextCorpus]] = {
    "python": python_source.python,
    "sources": python_source.sources,
    "wiki": wiki.wiki,
}
"""Documents, to continue: for a language model."""

CARDS: dict[str, Card] = {
    "numbers": numbers.CARD,
    "dates": dates.CARD,
    "tatoeba": tatoeba.CARD,
    "python": python_source.PYTHON_CARD,
    "sources": python_source.SOURCES_CARD,
    "wiki": wiki.CARD,
}
"""What is known of each corpus before it is read; a corpus's own card has its size."""

DOWNLOADS: dict[str, Download] = {"tatoeba": tatoeba.SOURCE, "wiki": wiki.SOURCE}
"""What `heedful data get` obtains; all other corpora are here already."""
