from heedful.checks.parallelism import check_waves
from heedful.checks.parallelism.waves import INNER, SIDE
from heedful.hardware import AD102, Tiling, schedule
from heedful.hardware.kernels import numbers_read

from ..specimens import wrong

CHECK = check_waves


def played(rows, tile):
    """Every tile is laid on an SM."""
    n_tiles = Tiling(rows, SIDE, tile).n_tiles
    duration = (tile / 128) ** 2
    placed = schedule([duration] * n_tiles, AD102.n_sms)
    end = max(piece.end for piece in placed)
    fetched = 0
    for top in range(0, rows, tile):
        fetched += min(tile, rows - top) * INNER * -(-SIDE // tile) + INNER * SIDE
    return [end / duration, end, fetched / 1e6]


def by_hand(rows, tile):
    waves = -(-(-(-rows // tile) * -(-SIDE // tile)) // 144)
    return waves, waves * tile**2 / 16_384, played(rows, tile)[2]


def changed(waves=None, time=None, fetched=None, prediction="B"):
    """A prediction, and a measurement of which one number is another one."""

    def my_measure(rows, tile):
        w, t, f = by_hand(rows, tile)
        tiling = Tiling(rows, SIDE, tile)
        return (
            waves(tiling) if waves else w,
            time(w, tile) if time else t,
            fetched(rows, tile) if fetched else f,
        )

    return lambda: prediction, my_measure


def unwritten(rows, tile):
    raise NotImplementedError


WRONG = [
    wrong("that is the number of tiles", changed(lambda t: t.n_tiles)),
    wrong("not full is a wave as well", changed(lambda t: t.n_tiles / 144)),
    wrong("need a wave of their own", changed(lambda t: t.n_tiles // 144)),
    wrong("the card with 128 SMs", changed(lambda t: t.waves(128))),
    wrong(
        "is `rows` not used?", changed(lambda t: Tiling(1536, 1536, t.tile).waves(144))
    ),
    wrong("is `tile` used?", changed(lambda t: Tiling(t.rows, 1536).waves(144))),
    wrong("the waves cannot be", changed(lambda t: 7 * t.n_tiles)),
    wrong("takes a quarter of the time", changed(time=lambda w, tile: w)),
    wrong("half as high, too", changed(time=lambda w, tile: w * tile / 128)),
    wrong("upside down", changed(time=lambda w, tile: w * (128 / tile) ** 2)),
    wrong("divide by 128 ** 2", changed(time=lambda w, tile: w * tile**2)),
    wrong("the time cannot be", changed(time=lambda w, tile: 0)),
    wrong(
        "fetched in millions",
        changed(fetched=lambda rows, t: numbers_read(rows, SIDE, INNER, t)),
    ),
    wrong(
        "not of bytes",
        changed(fetched=lambda rows, t: numbers_read(rows, SIDE, INNER, t) / 5e5),
    ),
    wrong(
        "inner dimension is INNER",
        changed(fetched=lambda rows, t: numbers_read(rows, SIDE, SIDE, t) / 1e6),
    ),
    wrong(
        "more often: is `tile` used?",
        changed(fetched=lambda rows, t: numbers_read(rows, SIDE, INNER) / 1e6),
    ),
    wrong("the numbers fetched cannot be", changed(fetched=lambda rows, t: t)),
    wrong("must return the numbers: waves", (lambda: "A", lambda rows, tile: 1.0)),
    wrong("my_measure is not written yet", (lambda: "A", unwritten)),
    wrong("predict 'A', 'B' or 'C', not 'D'", changed(prediction="D")),
]

RIGHT = [(lambda: "B", played), (lambda: "C", by_hand)]
