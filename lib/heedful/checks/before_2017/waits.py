"""The exercise by hand: how many steps must wait for each other in five networks."""

import math
from collections.abc import Callable

from heedful.checks import ByHand
from heedful.nets.scan import scan_rounds

Count = Callable[[int, int, int], float]  # of positions, RNN layers and CNN layers


def _waits(
    rnn: Count = lambda t, deep, high: t,
    deep_rnn: Count = lambda t, deep, high: t + deep - 1,
    scan: Count = lambda t, deep, high: scan_rounds(t),
    cnn: Count = lambda t, deep, high: high,
    attention: Count = lambda t, deep, high: 1,
) -> Callable[[int, int, int], list[float]]:
    """The five numbers, some of them counted in another way."""
    counts = (rnn, deep_rnn, scan, cnn, attention)
    return lambda t, deep, high: [count(t, deep, high) for count in counts]


check_waits = ByHand(
    name="who waits",
    separate=True,
    hints=(
        "Draw each network as in the chapter's first figure and look for the longest "
        "way along the arrows. How many steps lie on it?",
        "The deep RNN is a grid, positions by layers. Each cell waits for the one on "
        "its left and the one below. How many cells has the longest way from corner to "
        "corner?",
        "A round of the scan doubles how many steps a card does the work of. In a "
        "convolution and in attention no position waits for another; what waits is a "
        "layer for the layer below.",
    ),
    right=_waits(),
    mistakes=(
        (
            "a deep RNN need not finish a layer before the next one begins: layer 2 "
            "can read position 1 while layer 1 reads position 2",
            _waits(deep_rnn=lambda t, deep, high: t * deep),
        ),
        (
            "the deep RNN has to climb as well: after the last position has gone "
            "through the lowest layer, the layers above it still wait",
            _waits(deep_rnn=lambda t, deep, high: t),
        ),
        (
            "the corner counts once: the last cell of the lowest layer is a step along "
            "the text and the first step of the climb",
            _waits(deep_rnn=lambda t, deep, high: t + deep),
        ),
        (
            "count the steps and not the arrows between them: the first step of an RNN "
            "is a step, too",
            _waits(
                rnn=lambda t, deep, high: t - 1,
                deep_rnn=lambda t, deep, high: t + deep - 2,
            ),
        ),
        (
            "a scan rounds up: with one round less the last card does not reach back "
            "to the first step",
            _waits(scan=lambda t, deep, high: scan_rounds(t) - 1),
        ),
        (
            "a round is done or not: round log2 up to a whole number",
            _waits(scan=lambda t, deep, high: math.log2(t)),
        ),
        (
            "a scan does not hand the number down the row: all neighbours merge their "
            "cards at the same time",
            _waits(scan=lambda t, deep, high: t),
        ),
        (
            "a scan halves the row again and again, not only once",
            _waits(scan=lambda t, deep, high: t // 2),
        ),
        (
            "in a CNN no position waits for another: it uses inputs, never its own "
            "outputs",
            _waits(cnn=lambda t, deep, high: t),
        ),
        (
            "in a CNN no position waits for another; only the layers wait",
            _waits(cnn=lambda t, deep, high: t * high),
        ),
        (
            "a CNN is no grid to climb: in a layer all positions are done at once",
            _waits(cnn=lambda t, deep, high: t + high - 1),
        ),
        (
            "the layers of a CNN wait for each other: each reads what the one below "
            "gives",
            _waits(cnn=lambda t, deep, high: 1),
        ),
        (
            "attention lets all positions look at all others at the same time: it is "
            "much work, but no waiting",
            _waits(attention=lambda t, deep, high: t),
        ),
        (
            "you counted the pairs that attention compares. That is its work; what "
            "waits for what is asked",
            _waits(attention=lambda t, deep, high: t * t),
        ),
    ),
)
