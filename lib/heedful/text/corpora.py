"""The corpora by name: what `heedful train NAME` can be given."""

from collections.abc import Callable

from heedful.text.corpus import Card, Corpus
from heedful.text.dates import CARD as DATES_CARD
from heedful.text.dates import dates
from heedful.text.numbers import CARD as NUMBERS_CARD
from heedful.text.numbers import numbers
from heedful.text.store import Download
from heedful.text.tatoeba import CARD as TATOEBA_CARD
from heedful.text.tatoeba import SOURCE as TATOEBA
from heedful.text.tatoeba import tatoeba

CORPORA: dict[str, Callable[..., Corpus]] = {
    "numbers": numbers,
    "dates": dates,
    "tatoeba": tatoeba,
}
CARDS: dict[str, Card] = {
    card.name: card for card in (NUMBERS_CARD, DATES_CARD, TATOEBA_CARD)
}
DOWNLOADS: dict[str, Download] = {TATOEBA.name: TATOEBA}
"""What `heedful data get` obtains; all other corpora are here already."""
