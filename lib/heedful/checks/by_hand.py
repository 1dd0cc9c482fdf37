"""The check of a number, word or list that was worked out by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from heedful.checks.examples import shown
from heedful.checks.report import Check
from heedful.checks.task import Mistake
from heedful.checks.values import SEQUENCES, difference, same, unusable


@dataclass(frozen=True, kw_only=True, eq=False)
class ByHand(Check):
    """`check(my_answer, *given)`: does `my_answer()` return `right(*given)`?

    What is given stands in the notebook's cell, so other numbers need no other check.
    `mistakes` are pairs of a message and a function of what is given; in a list, a
    mistake need only explain the entries that are wrong or, where the entries are
    `separate` questions, the first of these. Floats may be off by `tolerance`. The
    right answer is never shown.
    """

    right: Callable[..., Any]
    mistakes: Sequence[Mistake]
    tolerance: float = 0.01
    separate: bool = False

    def __call__(self, answer: Any, *given: Any, hint: int = 0) -> None:
        """Pass in one printed line, or raise `CheckFailed` with a diagnosis."""
        self.begin(hint)
        expected = self.right(*given)
        got = self.call(answer, {})
        if reason := unusable(expected, got):
            raise self.failed(reason)
        if self._same(expected, got):
            self.passed(f"you gave {shown(got)}")
            return
        lines = [f"  yours  {shown(got)}"]
        wrong = None
        if isinstance(expected, SEQUENCES) and len(expected) == len(got):
            pairs = enumerate(zip(expected, got))
            wrong = [i for i, (e, g) in pairs if not self._same(e, g)]
            lines += [f"  wrong  {_place(i, got)}" for i in wrong]
        reason = self._diagnosis(given, got, wrong)
        if not reason and wrong:
            reason = self._nearly(expected, got, wrong)
            if not reason and self.separate:
                reason = self._diagnosis(given, got, wrong[:1])
        raise self.failed(reason or difference(expected, got), lines)

    def _same(self, a: Any, b: Any) -> bool:
        return same(a, b, 0.0, self.tolerance)

    def _diagnosis(self, given: Sequence, got: Any, wrong: list[int] | None) -> str:
        """The first mistake that explains all of `got`, or its wrong entries."""
        for message, mistaken in self.mistakes:
            try:
                theirs = mistaken(*given)
            except Exception:  # this mistake cannot be made with these numbers
                continue
            if wrong is None:
                explained = self._same(theirs, got)
            else:
                explained = len(theirs) == len(got) and all(
                    self._same(theirs[i], got[i]) for i in wrong
                )
            if explained:
                return message
        return ""

    def _nearly(self, expected: Sequence, got: Sequence, wrong: list[int]) -> str:
        """Whether rounding alone could explain all the wrong entries."""
        if not all(isinstance(expected[i], float) for i in wrong):
            return ""
        if all(same(expected[i], got[i], 0.0, 5 * self.tolerance) for i in wrong):
            return "near, but not near enough: give a digit more, or a fraction"
        return ""


def _place(i: int, values: Sequence) -> str:
    return f"{shown(values[i])}, number {i + 1} of {len(values)}"
