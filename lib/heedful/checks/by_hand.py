"""The check of a number, word or list that was worked out by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from heedful.checks.examples import shown
from heedful.checks.report import Check
from heedful.checks.task import Mistake, diagnosis
from heedful.checks.values import difference, same, unusable


@dataclass(frozen=True, kw_only=True, eq=False)
class ByHand(Check):
    """`check(my_answer, *given)`: does `my_answer()` return `right(*given)`?

    What is given stands in the notebook's cell, so other numbers need no other check.
    `mistakes` are pairs of a message and a function of what is given. Floats may be
    off by `tolerance`. The right answer is never shown.
    """

    right: Callable[..., Any]
    mistakes: Sequence[Mistake]
    tolerance: float = 0.01

    def __call__(self, answer: Any, *given: Any, hint: int = 0) -> None:
        """Pass in one printed line, or raise `CheckFailed` with a diagnosis."""
        self.begin(hint)
        expected = self.right(*given)
        got = self.call(answer, {})
        if reason := unusable(expected, got):
            raise self.failed(reason)
        if not same(expected, got, 0.0, self.tolerance):
            inputs = {str(i): value for i, value in enumerate(given)}
            reason = diagnosis(self.mistakes, inputs, got, 0.0, self.tolerance)
            reason = reason or difference(expected, got)
            raise self.failed(reason, [f"  yours  {shown(got)}"])
        self.passed(f"you gave {shown(got)}")
