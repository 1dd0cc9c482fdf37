"""The exercise by hand: how many pairs of query and key three masks leave in sight."""

from collections.abc import Callable

from heedful.checks import ByHand


def _counts(
    encoder: Callable[[int, int], int] = lambda s, real: s * real,
    back: Callable[[int, int], int] = lambda t, real: sum(
        min(i, real) for i in range(1, t + 1)
    ),
    across: Callable[[int, int, int, int], int] = lambda t, _, s, real: t * real,
) -> Callable[[int, int, int, int], list[int]]:
    """The three numbers for a source of `s` and a target of `t` positions."""

    def counts(s: int, s_padding: int, t: int, t_padding: int) -> list[int]:
        real_s, real_t = s - s_padding, t - t_padding
        return [encoder(s, real_s), back(t, real_t), across(t, real_t, s, real_s)]

    return counts


check_visible = ByHand(
    name="in sight",
    hints=(
        "Draw the table: one row for each query, one column for each key. Padding "
        "hides whole columns.",
        "Encoder: both sides are the source. Looking back: both sides are the target, "
        "and row t ends at column t. Looking across: rows of the target, columns of "
        "the source.",
        "Encoder and across: queries times real keys. Back: 1 + 2 + 3 + ..., but a row "
        "cannot have more entries than there are real keys.",
    ),
    right=_counts(),
    mistakes=(
        (
            "padding is left out as a query, too: the masks hide keys (columns), and a "
            "row of padding counts like any other",
            _counts(
                lambda s, real: real * real,
                lambda t, real: real * (real + 1) // 2,
                lambda t, real_t, s, real: real_t * real,
            ),
        ),
        (
            "padding is not hidden: no query may attend to a key that is padding",
            _counts(
                lambda s, real: s * s,
                lambda t, real: t * (t + 1) // 2,
                lambda t, real_t, s, real: t * s,
            ),
        ),
        (
            "you counted what is hidden; count the entries that are True",
            _counts(
                lambda s, real: s * (s - real),
                lambda t, real: t * t - _counts()(1, 0, t, t - real)[1],
                lambda t, real_t, s, real: t * (s - real),
            ),
        ),
        (
            "off by one: a position may see itself as well, so the first row has one "
            "entry",
            _counts(back=lambda t, real: sum(min(i, real) for i in range(t))),
        ),
        (
            "off by one: no position may see the next token, so the first row has one "
            "entry",
            _counts(back=lambda t, real: sum(min(i + 2, real) for i in range(t))),
        ),
        (
            "looking back, no position may see what comes after it",
            _counts(back=lambda t, real: t * real),
        ),
        (
            "looking across, the queries are the target's positions and the keys the "
            "source's",
            _counts(across=lambda t, real_t, s, real: s * real_t),
        ),
        (
            "looking across, nothing comes 'after': the whole source is there from the "
            "start",
            _counts(
                across=lambda t, _, s, real: sum(min(i + 1, real) for i in range(t))
            ),
        ),
    ),
)
