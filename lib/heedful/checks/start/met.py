"""The exercise on the split: how much of a test has been met in training."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.text.numbers import english, japanese

Pairs = list[tuple[str, str]]


def met(training: Pairs, test: Pairs) -> float:
    """The right answer, a share."""
    return _share(training, test)


def _number(pair: tuple[str, str]) -> str:
    return pair[1]  # the one way to write it in Japanese


def _share(
    training: Pairs, test: Pairs, key: Callable[[tuple[str, str]], str] = _number
) -> float:
    seen = {key(pair) for pair in training}
    return sum(key(pair) in seen for pair in test) / len(test)


def _each_once(pairs: Pairs) -> Pairs:
    return list({_number(pair): pair for pair in pairs}.values())


def _pair(n: int, and_: bool = False) -> tuple[str, str]:
    return english(n, and_=and_), japanese(n)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Every mistake gives another share of the first; then numbers at random."""
    training = [_pair(n, and_=True) for n in (105, 206, 4, 7, 42, 3000)]
    yield dict(
        training=training,
        test=[_pair(n) for n in (105, 206, 4, 4, 4, 4, 7, 9, 1000, 11)],
    )
    for n_training, n_test in ((40, 13), (7, 19)):
        sizes = n_training + n_test
        drawn = torch.randint(90, 150, (sizes,), generator=generator).tolist()
        styles = torch.randint(2, (sizes,), generator=generator).tolist()
        pairs = [_pair(n, and_=bool(style)) for n, style in zip(drawn, styles)]
        yield dict(training=pairs[:n_training], test=pairs[n_training:])


check_met = Task(
    name="met before",
    right=met,
    cases=_cases,
    compared="the share; numbers in two styles, drawn once and often",
    hints=(
        "Two pairs are the same number if they mean the same, however it is said. "
        "Which side of a pair has only one way to say it?",
        "Collect what training has seen in a set; then ask of each entry of the test, "
        "one by one, whether it is there.",
        "`seen = {target for source, target in training}`; count the entries of the "
        "test whose target is in it, and divide by `len(test)`.",
    ),
    mistakes=(
        (
            "the same number in another style (with `and`, without) has been met, too: "
            "compare what does not depend on the style",
            lambda training, test: _share(training, test, key=lambda pair: pair[0]),
        ),
        (
            "both sides of a pair are compared, and each pair of the test counts once; "
            "compare what does not depend on the style, and count every entry",
            lambda training, test: len({*training} & {*test}) / len(test),
        ),
        (
            "this is the share that has *not* been met",
            lambda training, test: 1 - met(training, test),
        ),
        (
            "a number that the test asks several times counts each time, as it does "
            "in the score",
            lambda training, test: met(training, _each_once(test)),
        ),
        (
            "a number that the test asks several times counts each time, as it does "
            "in the score",
            lambda training, test: (
                met(training, _each_once(test)) * len(_each_once(test)) / len(test)
            ),
        ),
        (
            "this is the share of the *training* that occurs in the test; the question "
            "is how much of the test is spoiled",
            lambda training, test: met(test, training),
        ),
        (
            "the count is right, but it is divided by the size of the training; a "
            "share of the test is asked for",
            lambda training, test: met(training, test) * len(test) / len(training),
        ),
        (
            "this is a count; divide it by the size of the test",
            lambda training, test: met(training, test) * len(test),
        ),
        (
            "this is in percent; a share lies between 0 and 1",
            lambda training, test: met(training, test) * 100,
        ),
    ),
)
