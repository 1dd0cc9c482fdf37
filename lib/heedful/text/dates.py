"""The corpus `dates`: English dates to Japanese dates, by Babel and Unicode CLDR.

Three styles, the same on both sides, each with a four-digit year; the weekday is
asked for only where the source has it, so that every pair can be solved by reading.
"""

import datetime
import random

from heedful.text.corpus import Card, Corpus, Pair, part_of

STYLES = ("full", "long", "medium")
FIRST, LAST = datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)


def date_pair(date: datetime.date, style: str) -> Pair:
    """One date in English and in Japanese, both in `style` (one of `STYLES`)."""
    from babel.dates import format_date  # here: loading CLDR takes a moment

    return format_date(date, style, "en"), format_date(date, style, "ja")


def dates(n_train: int = 60_000, n_test: int = 1_000, seed: int = 0) -> Corpus:
    """Draw the corpus. `n_test` is the size of the validation part, too.

    A date belongs to one part in all its styles.
    """
    wanted = {"train": n_train, "valid": n_test, "test": n_test}
    parts: dict[str, dict[tuple, Pair]] = {part: {} for part in wanted}
    rng = random.Random(seed)
    n_days = (LAST - FIRST).days + 1
    if n_train > n_days or n_test > n_days // 20:
        raise ValueError(
            f"n_train={n_train} with n_test={n_test} is too many: there are {n_days} "
            "dates, and one in twenty is for testing"
        )
    while any(len(parts[part]) < wanted[part] for part in wanted):
        date = FIRST + datetime.timedelta(days=rng.randrange(n_days))
        style = rng.choice(STYLES)
        part = part_of(f"date {date}")
        if len(parts[part]) < wanted[part] and (date, style) not in parts[part]:
            parts[part][date, style] = date_pair(date, style)
    train, valid, test = (list(found.values()) for found in parts.values())
    return Corpus(
        card=CARD, units=("word", "char"), train=train, valid=valid, test=test
    )


CARD = Card(
    name="dates",
    summary="English dates to Japanese dates, 1900 to 2099, in three styles",
    source="Unicode CLDR through Babel 2.18.0",
    licence="Babel: BSD-3-Clause; CLDR data: Unicode License v3",
    split="by the hash of the date, the same for all its styles",
    size="60,000 training, 1,000 validation and 1,000 test pairs",
    examples=(
        ("Wednesday, October 21, 2048", "2048年10月21日水曜日"),
        ("October 21, 2048", "2048年10月21日"),
        ("Oct 21, 2048", "2048/10/21"),
    ),
)
