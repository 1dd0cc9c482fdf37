"""The exercise by hand: what a matrix times a few columns moves, computes and takes."""

from collections.abc import Callable
from typing import Any

from heedful.checks import ByHand
from heedful.hardware import Roofline

Sizes = tuple[int, int, int]  # rows and columns of the matrix, texts at once
Bill = list[int | float | str]


def bill(
    sizes: Sizes,
    peak: int | float,
    bandwidth: int | float,
    each: int = 2,
    size: int = 2,
    vectors: int = 2,
    reads: int | None = 1,
) -> Bill:
    """Operations, bytes, what limits, the time, idle lanes; by default, all right.

    `each` operations for a multiplication with its addition, `size` bytes for a number,
    `vectors` of the two small matrices moved, and the weights as often as `reads`, for
    None once for each text.
    """
    rows, columns, texts = sizes
    flops = each * rows * columns * texts
    small = {0: 0, 1: columns, 2: rows + columns}[vectors] * texts
    weights = rows * columns * (texts if reads is None else reads)
    return after(flops, size * (weights + small), peak, bandwidth)


def after(
    flops: int | float, n_bytes: int | float, peak: int | float, bandwidth: int | float
) -> Bill:
    """What follows from the two sums."""
    machine = Roofline("a chip", peak, bandwidth)
    limit = "memory" if flops / n_bytes < machine.ridge else "lanes"
    seconds = machine.seconds(flops, n_bytes)
    return [flops, n_bytes, limit, seconds, 1 - flops / peak / seconds]


def _instead(place: int, value: Callable[..., Any]) -> Callable[..., Bill]:
    """The right bill, but for one entry: `value(flops, n_bytes, peak, bandwidth)`."""

    def wrongly(sizes: Sizes, peak: int | float, bandwidth: int | float) -> Bill:
        there = bill(sizes, peak, bandwidth)
        there[place] = value(*there[:2], peak, bandwidth)
        return there

    return wrongly


def _counted(**wrongly: int | None) -> Callable[..., Bill]:
    return lambda *given: bill(*given, **wrongly)  # pyright: ignore[reportArgumentType]


def _results_only(sizes: Sizes, peak: int | float, bandwidth: int | float) -> Bill:
    rows, columns, texts = sizes
    flops = 2 * rows * columns * texts
    return after(flops, 2 * (rows * columns + rows * texts), peak, bandwidth)


def _one_text(sizes: Sizes, peak: int | float, bandwidth: int | float) -> Bill:
    return bill((*sizes[:2], 1), peak, bandwidth)


def _swapped(
    flops: int | float, n_bytes: int | float, peak: int | float, bandwidth: int | float
) -> str:
    return "lanes" if flops / peak < n_bytes / bandwidth else "memory"


def _percent(flops: int | float, n_bytes: int | float, peak, bandwidth) -> float:
    return 100 * (1 - flops / peak / max(flops / peak, n_bytes / bandwidth))


_PERCENT = [
    _instead(4, lambda *given, digits=digits: round(_percent(*given), digits))
    for digits in (0, 1, 3)
]


check_decode = ByHand(
    name="a step of decoding",
    right=bill,
    separate=True,
    hints=(
        "Each of the ROWS x TEXTS numbers of the result is a sum of COLUMNS products. "
        "And each of three matrices passes once between memory and chip.",
        "Operations: 2 ROWS COLUMNS TEXTS. Bytes: 2 for each number of the weights "
        "(ROWS COLUMNS), of what goes in (COLUMNS TEXTS) and comes out (ROWS TEXTS).",
        "Divide the operations by PEAK and the bytes by BANDWIDTH: two times. The "
        "longer one is the time, and says what limits; the lanes work for "
        "operations / PEAK of it.",
    ),
    mistakes=(
        (
            "compare operations per byte with the ridge, PEAK / BANDWIDTH: below it "
            "the memory limits, above it the lanes do",
            _instead(2, _swapped),
        ),
        (
            'write "memory" or "lanes" in small letters',
            _instead(2, lambda *given: str(after(*given)[2]).capitalize()),
        ),
        (
            "moving and computing overlap: the time is the longer of the two, not "
            "their sum",
            _instead(3, lambda f, b, peak, bandwidth: f / peak + b / bandwidth),
        ),
        (
            "nothing can be faster than the *slower* of the two: take the longer time",
            _instead(3, lambda f, b, peak, bandwidth: min(f / peak, b / bandwidth)),
        ),
        (
            "that is operations per byte; for the time divide the operations by PEAK "
            "and the bytes by BANDWIDTH, and take the longer of the two",
            _instead(3, lambda f, b, peak, bandwidth: f / b),
        ),
        (
            "that is the share of the time in which the lanes *work*; the rest of it "
            "they wait",
            _instead(
                4, lambda f, b, peak, bandwidth: f / peak / max(f / peak, b / bandwidth)
            ),
        ),
        (
            "that is in microseconds; as a share, divide by the time of question 4",
            _instead(
                4, lambda f, b, peak, bandwidth: max(0.0, b / bandwidth - f / peak)
            ),
        ),
        *(("give a share between 0 and 1, not a percentage", x) for x in _PERCENT),
        (
            "a lane multiplies *and* adds: two operations for each weight and text",
            _counted(each=1),
        ),
        (
            "that is one text; the weights take part in two operations for *each* of "
            "the TEXTS",
            _one_text,
        ),
        (
            "you count numbers; a number of 16 bits has two bytes",
            _counted(size=1),
        ),
        ("16 bits are two bytes, not four", _counted(size=4)),
        (
            "that is the weights alone; the texts' numbers come in and the results go "
            "out, too",
            _counted(vectors=0),
        ),
        (
            "what comes out is missing: the results must be written to memory",
            _counted(vectors=1),
        ),
        (
            "what goes in is missing: the texts' numbers must be fetched as well",
            _results_only,
        ),
        (
            "the weights travel once for all texts, and not once for each: that is "
            "what company is good for",
            _counted(reads=None),
        ),
    ),
)
