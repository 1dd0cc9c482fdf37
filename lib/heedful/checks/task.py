"""The check of a function: call it, compare, and ask what explains the error.

A `Task` holds a right function, inputs to try, and a table of known mistakes: pairs
of a message and a small function that makes this very mistake. When an answer is
wrong, the mistake that returns *the same wrong values* is the diagnosis. Inputs come
small sizes first, so the first one to fail is also the smallest example to show.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Generator

from heedful.checks.examples import example
from heedful.checks.report import Check
from heedful.checks.values import Inputs, copied, difference, same, unpacked, unusable

Mistake = tuple[str, Callable[..., Any]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Task(Check):
    """`cases(generator)` yields the named inputs of each call, the smallest first.

    `compared` says, after a success, what was looked at. `parts` names the results
    if there are several. Floats may differ by `atol + rtol * |right|`.
    """

    right: Callable[..., Any]
    cases: Callable[[Generator], Iterable[Inputs]]
    mistakes: Sequence[Mistake]
    compared: str
    parts: tuple[str, ...] = ()
    rtol: float = 1e-5
    atol: float = 2e-5

    def __call__(self, answer: Any, hint: int = 0, broken: Any = None) -> None:
        """Pass in one printed line, or raise `CheckFailed` with a diagnosis.

        `broken` is the function whose bug the task is about. The inputs are drawn
        afresh at each call, and never from torch's global generator, so a check
        changes nothing in the learner's session.
        """
        self.begin(hint)
        generator = Generator()
        generator.seed()
        n_cases = 0
        for inputs in self.cases(generator):
            n_cases += 1
            expected = self.right(*inputs.values())
            got = self.call(answer, inputs)
            if self.parts:
                got = unpacked(expected, got)
            if reason := unusable(expected, got, self.parts):
                raise self.failed(reason)
            if not same(expected, got, self.rtol, self.atol):
                reason = self._diagnosis(inputs, got, broken)
                reason = reason or difference(expected, got, self.parts)
                lines = example(inputs, expected, got, self.parts)
                raise self.failed(reason, lines)
        examples = "1 example" if n_cases == 1 else f"{n_cases} examples"
        self.passed(f"{self.compared}, {examples}")

    def _diagnosis(self, inputs: Inputs, got: Any, broken: Any) -> str:
        """The message of the first known mistake that returns what the answer did."""
        mistakes = [*self.mistakes]
        if broken:
            message = f"this returns what {broken.__name__} returns: the bug is there"
            mistakes.insert(0, (message, broken))
        for message, mistaken in mistakes:
            try:
                theirs = mistaken(*copied(inputs).values())
                if same(theirs, got, self.rtol, self.atol):
                    return message
            except Exception:  # this mistake cannot be made with these sizes
                continue
        return ""
