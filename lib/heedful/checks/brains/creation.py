"""The exercise on creation: how many lines are new, how many can be read, and both."""

import ast
import warnings
from collections.abc import Callable, Iterator

import torch
from torch import Generator

from heedful.checks import Task
from heedful.checks.values import Inputs

Lines = list[str]
Shares = tuple[float, float, float]


def readable(line: str) -> bool:
    """Whether Python can read this line: is it effective, in the chapter's sense?"""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        try:
            return bool(ast.parse(line).body)
        except (SyntaxError, ValueError, MemoryError):
            return False


def shares(written: Lines, known: Lines) -> Shares:
    """The right answer: original, effective, both."""
    new = set(written) - set(known)
    counts = len(new), sum(map(readable, written)), sum(map(readable, new))
    original, effective, both = (count / len(written) for count in counts)
    return original, effective, both


GOOD = ["x = 1", "y = x + 2", "print(y)", "import os", "del x", "f(x)", "a.b = []"]
BAD = ["x = = 1", "print(y", "for x in", "y + ", "import", "f(x))", "a b"]


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Some lines are known, some are written twice, some cannot be read."""
    twice = ["y = x + 2", "x = 1", "print(y)", "y = x + 2"]
    written = [*twice, "print(y", "x = 1", "y = x + 2", "x = = 1", "for x in"]
    yield dict(written=written, known=["x = 1", "del x"])
    for n in (11, 23):
        pool = GOOD + BAD
        drawn = torch.randint(len(pool), (n,), generator=generator).tolist()
        yield dict(written=[*written, *(pool[i] for i in drawn)], known=GOOD[::3])


def _found(
    original: Callable[[Lines, Lines], float] = lambda w, k: shares(w, k)[0],
    effective: Callable[[Lines, Lines], float] = lambda w, k: shares(w, k)[1],
    both: Callable[[Lines, Lines], float] = lambda w, k: shares(w, k)[2],
) -> Callable[[Lines, Lines], Shares]:
    """The three shares, some of them found in another way."""
    return lambda w, k: (original(w, k), effective(w, k), both(w, k))


def _with_repeats(written: Lines, known: Lines) -> float:
    return sum(line not in known for line in written) / len(written)


def _both_with_repeats(written: Lines, known: Lines) -> float:
    good = sum(line not in known and readable(line) for line in written)
    return good / len(written)


def _of_different(written: Lines, known: Lines) -> Shares:
    return shares(sorted(set(written)), known)


def _counts(written: Lines, known: Lines) -> Shares:
    original, effective, both = (len(written) * s for s in shares(written, known))
    return original, effective, both


REPEATS = (
    "a new line that is written twice counts once among the original lines: it is no "
    "second invention"
)

check_creation = Task(
    name="new and readable",
    right=shares,
    cases=_cases,
    compared="all three shares",
    parts=("original", "effective", "both"),
    hints=(
        "Do it by hand for a model that writes `x = 1` four times, where `x = 1` is "
        "known: 0, 1, 0. And if it is not known: 1/4, 1, 1/4.",
        "The lines that are new, each once, are a set. `effective` is about all lines "
        "that were written. All three are divided by how many were written.",
        "`new = set(written) - set(known)`; both: `sum(readable(x) for x in new)`.",
    ),
    mistakes=(
        (
            "the share of both is no product: that would need newness and readability "
            "to have nothing to do with each other. Count the lines that are both",
            _found(both=lambda w, k: shares(w, k)[0] * shares(w, k)[1]),
        ),
        (
            "the smaller of two shares is only a limit for both: the new lines and the "
            "readable ones may be different lines. Count those that are both",
            _found(both=lambda w, k: min(shares(w, k)[:2])),
        ),
        (REPEATS, _found(original=_with_repeats, both=_both_with_repeats)),
        (REPEATS, _found(original=_with_repeats)),
        (
            "a line that is both counts once, however often it is written",
            _found(both=_both_with_repeats),
        ),
        (
            "all shares are of the lines that were *written*, repeats included; you "
            "divide by the different ones",
            _of_different,
        ),
        (
            "`effective` is about all lines that were written: a repeated line can be "
            "read each time",
            _found(effective=lambda w, k: sum(map(readable, set(w))) / len(w)),
        ),
        (
            "all shares are of the lines that were *written*, repeats included; for "
            "`effective` you take only the different ones, and divide by their number",
            _found(effective=lambda w, k: _of_different(w, k)[1]),
        ),
        (
            "`both` is a share of all lines that were written, not of the new ones",
            _found(both=lambda w, k: shares(w, k)[2] / (shares(w, k)[0] or 1)),
        ),
        (
            "`effective` asks only whether Python can read a line, known or not",
            _found(effective=_both_with_repeats),
        ),
        (
            "this counts the lines that *are* known; a line is original if it is not",
            _found(original=lambda w, k: len(set(w) & set(k)) / len(w)),
        ),
        (
            "`both` asks for lines that are original *and* effective, not for either",
            _found(
                both=lambda w, k: (
                    len({line for line in w if line not in k or readable(line)})
                    / len(w)
                )
            ),
        ),
        ("you return the numbers of lines; divide them by len(written)", _counts),
        (
            "the order is original, effective, both",
            lambda w, k: (shares(w, k)[1], shares(w, k)[0], shares(w, k)[2]),
        ),
    ),
)
