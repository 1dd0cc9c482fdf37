"""A check must turn down what is wrong, with the right message, every time."""

from collections.abc import Callable
from typing import Any

import pytest

from heedful.checks import CheckFailed

N_DRAWS = 10  # each call draws fresh inputs; a check that depends on luck is no check


def wrong(phrase: str, answer: Callable) -> Any:
    """One row of a table: a wrong answer, and words that only its message has."""
    return pytest.param(phrase, answer, id=phrase.replace(" ", "-"))


def assert_rejected(check: Callable[..., None], answer: Any, phrase: str) -> str:
    for _ in range(N_DRAWS):
        with pytest.raises(CheckFailed) as failure:
            check(answer)
        first, *_ = str(failure.value).split("\n")
        assert phrase in first, str(failure.value)
    return str(failure.value)


def assert_accepted(check: Callable[..., None], answer: Any, capsys: Any) -> None:
    for _ in range(N_DRAWS):
        check(answer)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == N_DRAWS and all(line.startswith("✓") for line in lines)
