"""The corpora by name: what `heedful train NAME` can be given."""

from collections.abc import Callable

from heedful.text.corpus import Card, Corpus
from heedful.text.dates import CARD as DATES_CARD
from heedful.text.dates import dates
from heedful.text.numbers import CARD as NUMBERS_CARD
from heedful.text.numbers import numbers

CORPORA: dict[str, Callable[..., Corpus]] = {"numbers": numbers, "dates": dates}
CARDS: dict[str, Card] = {"numbers": NUMBERS_CARD, "dates": DATES_CARD}
