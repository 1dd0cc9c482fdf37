from collections import Counter

from heedful.checks.start import check_met
from heedful.text.numbers import english, japanese

from ..specimens import wrong


def by(side):
    def share(training, test):
        seen = [pair[side] for pair in training]
        return sum(seen.count(pair[side]) > 0 for pair in test) / len(test)

    return share


japanese_side = by(1)


def whole_pairs(training, test):
    return len([pair for pair in test if pair in training]) / len(test)


def as_sets(training, test):
    seen, asked = ({target for _, target in part} for part in (training, test))
    return len(seen & asked) / len(asked)


def common(training, test):
    seen, asked = ({target for _, target in part} for part in (training, test))
    return len(seen & asked) / len(test)


def whole_count(training, test):
    return round(japanese_side(training, test) * len(test))


CHECK = check_met

WRONG = [
    wrong("in another style", by(0)),
    wrong("in another style", whole_pairs),
    wrong("both sides", lambda training, test: len({*training} & {*test}) / len(test)),
    wrong("*not* been met", lambda training, test: 1 - japanese_side(training, test)),
    wrong("counts each time", as_sets),
    wrong("counts each time", common),
    wrong("share of the *training*", lambda training, test: by(1)(test, training)),
    wrong(
        "divided by the size of the training",
        lambda training, test: whole_count(training, test) / len(training),
    ),
    wrong(
        "this is a count",
        whole_count,
    ),
    wrong("in percent", lambda training, test: 100 * japanese_side(training, test)),
    wrong("return a number", lambda training, test: [1 for _ in test]),
]


def without_and(training, test):
    seen = {source.replace(" and ", " ") for source, _ in training}
    return sum(source.replace(" and ", " ") in seen for source, _ in test) / len(test)


def by_counting(training, test):
    asked = Counter(target for _, target in test)
    return sum(asked[t] for t in {t for _, t in training}) / asked.total()


RIGHT = [japanese_side, without_and, by_counting]


def INPUTS(generator):
    """Nothing in common, everything, and small numbers in both styles."""
    for training, test in (
        ([3], [4, 4]),
        ([8, 101], [101, 8, 101]),
        ([120, 5, 999, 5, 120], [5, 120, 6, 120, 7, 999, 999]),
    ):
        yield dict(
            training=[(english(n, and_=True), japanese(n)) for n in training],
            test=[
                (english(n, and_=i % 2 > 0), japanese(n)) for i, n in enumerate(test)
            ],
        )
