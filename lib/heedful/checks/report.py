"""What a learner reads after a check, and how many tasks are done."""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from heedful.checks.examples import described
from heedful.checks.values import Inputs, copied, unchanged


class CheckFailed(Exception):
    """An answer is missing or wrong; the message says what is wrong and why.

    A normal exception for pytest and for graders. In a notebook only the message is
    shown: the traceback would lead the learner into the checker's code.
    """

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


@dataclass(frozen=True, kw_only=True, eq=False)
class Check:
    """One task's check; its kinds say in `__call__` what is compared.

    `check(my_answer)` prints one line if the answer is right and raises `CheckFailed`
    if it is not. `hint=1` to `hint=3` print that many of the `hints` first.
    """

    name: str
    hints: Sequence[str]

    def begin(self, hint: int) -> None:
        """Count the task as open until it passes, and print its first hints."""
        _passed[self] = False
        for number, text in enumerate(self.hints[:hint], 1):
            print(f"hint {number} of {len(self.hints)}: {text}")

    def passed(self, compared: str) -> None:
        """Count the task as done and say what was compared."""
        _passed[self] = True
        print(f"✓ {self.name}: right ({compared})")

    def failed(self, reason: str, example: Sequence[str] = ()) -> CheckFailed:
        """The exception to raise: one line that says why, then an example."""
        return CheckFailed("\n".join([f"✗ {self.name}: {reason}", *example]))

    def call(self, answer: Any, inputs: Inputs, name: str = "") -> Any:
        """What the answer returns; `CheckFailed` if it stops or spoils its inputs.

        The answer is called by position, so its parameters may have any name. Its own
        `name` is told where it is one of several.
        """
        if not callable(answer):
            raise self.failed("give the check the function itself, without calling it")
        given = copied(inputs)
        try:
            got = answer(*given.values())
        except NotImplementedError:
            missing = f"{name} is not written yet" if name else "not written yet"
            reason = f"{missing}; write it above, run both cells"
            raise self.failed(reason) from None
        except Exception as error:
            raise self.failed(_stopped(answer, error, inputs)) from error
        for key, before in inputs.items():
            if not unchanged(before, given[key]):
                reason = f"your function changes its input `{key}`; work on a copy"
                raise self.failed(reason)
        return got


def _stopped(answer: Any, error: Exception, inputs: Inputs) -> str:
    """One line: which error, in which line of the learner's, on which inputs."""
    code = getattr(answer, "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [f.line for f in frames if code and f.filename == code.co_filename]
    place = f" at `{own[-1]}`" if own and own[-1] else ""
    reason = (str(error).splitlines() or ["no message"])[0]
    sizes = ", ".join(f"{key} {described(value)}" for key, value in inputs.items())
    called = f" (called with {sizes})" if inputs else ""
    return f"{type(error).__name__}{place}: {reason}{called}"


_passed: dict[Check, bool] = {}  # what became of each task when it was last checked


@dataclass(frozen=True)
class Topic:
    """The checks of one exercise notebook, in its order.

    `variant(random)` says which passages of the notebook stand for others in a seeded
    variant: `{passage: its replacement}`.
    """

    checks: tuple[Check, ...]
    variant: Callable[[Random], dict[str, str]] = lambda random: {}

    def progress(self) -> None:
        """Print how many tasks of the notebook are done in this session."""
        if not any(check in _passed for check in self.checks):
            print("no task checked yet: run the check cells first")
            return
        still = [check.name for check in self.checks if not _passed.get(check)]
        n_done = len(self.checks) - len(still)
        rest = f"; still open: {', '.join(still)}" if still else ""
        print(f"{n_done} of {len(self.checks)} tasks done{rest}")
