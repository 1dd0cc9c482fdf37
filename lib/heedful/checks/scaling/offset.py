"""The exercise by hand: three losses tell where a law will come to rest."""

from collections.abc import Callable

from heedful.checks import ByHand

Part = Callable[[float, float, float], float]


def _rest(first: float, second: float, third: float) -> float:
    """What ten times the budget leave of a fall, and of what is above the offset."""
    return (second - third) / (first - second)


def _fall(first: float, second: float, third: float) -> float:
    return (second - third) * _rest(first, second, third)


def _offset(*losses: float) -> float:
    return losses[2] - _fall(*losses) / (1 - _rest(*losses))


def _next(*losses: float) -> float:
    return losses[2] - _fall(*losses)


def _line(first: float, second: float, third: float) -> float:
    return third**2 / second


def _told(
    offset: Part = _offset, law: Part = _next, line: Part = _line
) -> Callable[[float, float, float], list[float]]:
    """The three numbers, if they are found in these ways."""
    return lambda *losses: [offset(*losses), law(*losses), line(*losses)]


forecast = _told()

check_offset = ByHand(
    name="offset",
    right=forecast,
    separate=True,
    tolerance=0.006,
    hints=(
        "Look at the two falls. Each time the budget grows tenfold, what is above the "
        "offset is multiplied by one factor, and so is the fall.",
        "The factor is the second fall by the first. The next falls are the second one "
        "times the factor, times its square, its cube, ...: a geometric series.",
        "With f for the factor, all falls that are still to come make f / (1 - f) "
        "times the last one. A straight line on two log axes has equal *factors* in "
        "the losses themselves: the last loss by the one before it.",
    ),
    mistakes=(
        (
            "that is the loss after one more step; the offset is where it comes to "
            "rest after all steps: add up all falls that are still to come",
            _told(offset=_next),
        ),
        (
            "an offset of 0 is the straight line: the falls would shrink as slowly as "
            "the losses do, and here they shrink faster",
            _told(offset=lambda *losses: 0.0),
        ),
        (
            "that is the last loss that was measured; the falls do not stop there",
            _told(offset=lambda *losses: losses[2]),
        ),
        (
            "that is how far the third loss lies above the offset; take it off that "
            "loss",
            _told(offset=lambda *losses: losses[2] - _offset(*losses)),
        ),
        (
            "that is one fall too many: the last fall has happened, only those "
            "*after* it are still to come",
            _told(
                offset=lambda a, b, c: c - (b - c) / (1 - _rest(a, b, c)),
            ),
        ),
        (
            "the falls do not stay as large as the last one, they shrink, each by the "
            "same factor",
            _told(law=lambda a, b, c: c - (b - c)),
        ),
        (
            "you let the whole loss shrink by a factor; with an offset only what is "
            "above it does",
            _told(law=_line),
        ),
        (
            "you let the whole loss shrink, as it did from the first to the second; "
            "with an offset only what is above it shrinks by the same factor",
            _told(law=lambda a, b, c: c * b / a),
        ),
        (
            "that is the factor of the *falls*, applied to the loss itself; take it "
            "times the last fall",
            _told(law=lambda a, b, c: c * _rest(a, b, c)),
        ),
        (
            "the next loss is what is left after the next fall; you gave the fall",
            _told(law=_fall),
        ),
        (
            "that is a straight line on plain axes, with equal differences; on two log "
            "axes equal steps have equal factors",
            _told(line=lambda a, b, c: c - (b - c)),
        ),
        (
            "that is a line through the first two points; draw it through the last two",
            _told(line=lambda a, b, c: c * b / a),
        ),
        (
            "that is a line through the first and the last point; draw it through the "
            "last two",
            _told(line=lambda a, b, c: c * (c / a) ** 0.5),
        ),
        (
            "that is what the law with its offset says; the line knows no offset, and "
            "multiplies the loss by third / second again",
            _told(line=_next),
        ),
        (
            "the law's loss and the line's have changed places",
            _told(law=_line, line=_next),
        ),
    ),
)
