"""The exercise on waves: what one row more costs, with large tiles and with small."""

from collections.abc import Sequence

from heedful.checks import Prediction
from heedful.hardware import AD102, Tiling
from heedful.hardware.kernels import numbers_read

SIDE, INNER = 1536, 1024
Numbers = Sequence[int | float]
Measured = tuple[int | float, ...]  # waves, time, numbers fetched
WIDE, NARROW = 128, 64


def expected(rows: int, tile: int) -> Measured:
    """Waves; time, a wave of WIDE tiles being 1; millions of numbers fetched."""
    waves = Tiling(rows, SIDE, tile).waves(AD102.n_sms)
    fetched = numbers_read(rows, SIDE, INNER, tile) / 1e6
    return waves, waves * (tile / WIDE) ** 2, fetched


_CONDITIONS = {
    f"{rows:,} rows, tiles of {tile}": (rows, tile)
    for tile in (WIDE, NARROW)
    for rows in (SIDE, SIDE + 1)
}


def _suspicion(*measured: Measured) -> str:
    """Which of the three numbers cannot be, and what it looks like."""
    right = [expected(*given) for given in _CONDITIONS.values()]
    for place, explain in enumerate((_waves, _time, _fetched)):
        want, got = ([row[place] for row in rows] for rows in (right, measured))
        if not _near(want, got):
            return explain(want, got)
    return ""


def _near(want: Numbers, got: Numbers) -> bool:
    return all(abs(a - b) <= 1e-3 * abs(a) for a, b in zip(want, got))


def _waves(want: Numbers, got: Numbers) -> str:
    tilings = [Tiling(rows, SIDE, tile) for rows, tile in _CONDITIONS.values()]
    tiles = [t.n_tiles for t in tilings]
    if _near(tiles, got):
        return "that is the number of tiles; 144 of them are computed in one wave"
    if _near([n / AD102.n_sms for n in tiles], got):
        return "a wave that is not full is a wave as well: round up"
    if _near([n // AD102.n_sms for n in tiles], got):
        return (
            "the tiles that are left over need a wave of their own: round up. (Or is "
            "`rows` not used? One row more needs more tiles)"
        )
    if _near([t.waves(128) for t in tilings], got):
        return "that is the card with 128 SMs; take the whole chip, AD102.n_sms"
    if got[0] == got[2] and got[1] == got[3]:
        return "tiles half as wide are four times as many: is `tile` used?"
    return "the waves cannot be: Tiling(rows, SIDE, tile).waves(AD102.n_sms)"


def _time(want: Numbers, got: Numbers) -> str:
    waves = [expected(*given)[0] for given in _CONDITIONS.values()]
    tiles = [tile for _, tile in _CONDITIONS.values()]
    if _near(waves, got):
        return (
            "a wave of tiles of 64 is shorter than one of 128: a tile has a quarter of "
            "the numbers, and takes a quarter of the time"
        )
    if _near([w * t / WIDE for w, t in zip(waves, tiles)], got):
        return (
            "a tile half as wide is half as high, too: it takes a quarter of the time, "
            "(tile / 128) ** 2"
        )
    if _near([w * (WIDE / t) ** 2 for w, t in zip(waves, tiles)], got):
        return "the factor is upside down: small tiles take less time, not more"
    if _near([w * t**2 for w, t in zip(waves, tiles)], got):
        return "take a wave of tiles of 128 as 1: divide by 128 ** 2"
    return "the time cannot be: each wave takes as long as one tile, (tile / 128) ** 2"


def _fetched(want: Numbers, got: Numbers) -> str:
    if _near([x * 1e6 for x in want], got):
        return "give the numbers fetched in millions"
    if _near([2 * x for x in want], got):
        return "give millions of numbers, not of bytes"
    counts = [numbers_read(r, SIDE, SIDE, t) / 1e6 for r, t in _CONDITIONS.values()]
    if _near(counts, got):
        return "the inner dimension is INNER: numbers_read(rows, SIDE, INNER, tile)"
    if got[0] == got[2]:
        return "with smaller tiles each number is fetched more often: is `tile` used?"
    return "the numbers fetched cannot be: numbers_read(rows, SIDE, INNER, tile)"


def _outcome(*measured: Measured) -> str:
    wide, narrow = (b[1] / a[1] for a, b in (measured[:2], measured[2:]))
    return "A" if abs(narrow - wide) < 0.05 else "B" if narrow > 1.05 else "C"


check_waves = Prediction(
    name="waves",
    hints=(
        "How many tiles cover the result? Along each side they are as many as begin "
        "inside it. AD102 computes 144 of them at a time.",
        "`Tiling(rows, SIDE, tile)` has the tiles and knows its waves; a tile of 64 "
        "has a quarter of the numbers of one of 128.",
        "`waves = Tiling(rows, SIDE, tile).waves(AD102.n_sms)`, then `waves * (tile / "
        "128) ** 2` and `numbers_read(rows, SIDE, INNER, tile) / 1e6`.",
    ),
    options={
        "A": "with tiles of 64 it doubles the time just the same",
        "B": "with tiles of 64 it costs about a quarter more",
        "C": "with tiles of 64 it costs next to nothing",
    },
    conditions=_CONDITIONS,
    columns={"waves": ".0f", "time": ".2f", "million fetched": ".1f"},
    suspicion=_suspicion,
    outcome=_outcome,
)
