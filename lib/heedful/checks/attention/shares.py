"""The exercise by hand: shares and a mixture from three scores."""

from collections.abc import Callable, Sequence

from heedful.checks import ByHand

Numbers = Sequence[float | int]


def _powers(scores: Numbers) -> Numbers:
    """The scores are counted in ln 2, so their powers are powers of 2."""
    return [2**score for score in scores]


def _divided(numbers: Numbers) -> Numbers:
    return [number / sum(numbers) for number in numbers]


def _mixed(shares: Numbers, values: Numbers) -> float | int:
    return sum(share * value for share, value in zip(shares, values))


def _answer(
    shares: Callable[[Numbers], Numbers] = lambda s: _divided(_powers(s)),
    mixture: Callable[[Numbers, Numbers], float | int] | None = None,
    sharper: Callable[[Numbers], float | int] | None = None,
) -> Callable[[Numbers, Numbers], Numbers]:
    """Three shares, the mixture, and the first share at twice the sharpness."""

    def answer(scores: Numbers, values: Numbers) -> Numbers:
        mine = shares(scores)
        mixed = mixture(scores, values) if mixture else _mixed(mine, values)
        doubled = [2 * score for score in scores]
        first = sharper(scores) if sharper else shares(doubled)[0]
        return [*mine, mixed, first]

    return answer


def _first(scores: Numbers) -> float | int:
    return _divided(_powers(scores))[0]


def _first_power_doubled(scores: Numbers) -> float | int:
    first, *rest = _powers(scores)
    return _divided([2 * first, *rest])[0]


check_shares = ByHand(
    name="shares",
    separate=True,
    hints=(
        "The softmax takes e to the power of each score, and e to the power of ln 2 "
        "is 2. So what are the three powers?",
        "Each share is a power divided by the sum of the three. The mixture is the sum "
        "of share times value.",
        "If every score is doubled, every power is squared. Divide by the sum again.",
    ),
    right=_answer(),
    mistakes=(
        (
            "the mixture is made with the powers; make it with the shares, whose sum "
            "is 1",
            _answer(mixture=lambda s, values: _mixed(_powers(s), values)),
        ),
        (
            "the scores themselves were divided by their sum; take powers first, then "
            "divide",
            _answer(shares=_divided),
        ),
        (
            "powers are not shares yet: divide each by the sum of all, so that the "
            "shares sum to 1",
            _answer(shares=_powers),
        ),
        (
            "the scores are counted in ln 2, so the powers are those of 2: e to the "
            "power of n ln 2 is 2 to the power of n",
            _answer(shares=lambda s: _divided([2.718281828**x for x in s])),
        ),
        (
            "the shares are the wrong way round: the larger the score, the larger the "
            "share",
            _answer(shares=lambda s: _divided([2**-x for x in s])),
        ),
        (
            "the mixture is the plain mean of the values; count each value by its "
            "share",
            _answer(mixture=lambda s, values: sum(values) / len(values)),
        ),
        (
            "the mixture is made with the scores; make it with the shares",
            _answer(mixture=lambda s, values: _mixed(s, values)),
        ),
        (
            "you took the value of the best key, as Python's dictionary does; here all "
            "values are mixed",
            _answer(mixture=lambda s, values: max(zip(s, values))[1]),
        ),
        (
            "twice the sharpness changes the shares: every power is squared. (Only the "
            "same number *added* to all scores changes nothing)",
            _answer(sharper=_first),
        ),
        (
            "twice the sharpness is not twice the share: square the powers, then "
            "divide by their new sum",
            _answer(sharper=lambda s: 2 * _first(s)),
        ),
        (
            "the squared share must be divided again, by the sum of all squares",
            _answer(sharper=lambda s: _first(s) ** 2),
        ),
        (
            "doubled sharpness doubles all scores, not one power: square all three "
            "powers",
            _answer(sharper=_first_power_doubled),
        ),
        (
            "at twice the sharpness the best key does not take all yet, nor is any "
            "share exactly 0",
            _answer(sharper=lambda s: float(s[0] == max(s))),
        ),
    ),
)
