"""What a learner reads after a check, and how many tasks are done."""

from collections.abc import Sequence

# The tasks of each exercise notebook, in its order.
TOPICS = {
    "05 The full Transformer": (
        "decoder mask",
        "attention",
        "many heads",
        "sinusoids",
        "decoder layer",
        "shift",
        "positions",
    ),
}
_passed: dict[str, bool] = {}  # what became of each task when it was last checked


class CheckFailed(Exception):
    """An answer is missing or wrong; the message says what is wrong and why.

    A normal exception for pytest and for graders. In a notebook only the message is
    shown: the traceback would lead the learner into the checker's code.
    """

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


def progress() -> None:
    """Print how many tasks of the notebook are done in this session."""
    tried = [tasks for tasks in TOPICS.values() if any(t in _passed for t in tasks)]
    if not tried:
        print("no task checked yet: run the check cells first")
    for tasks in tried:
        open_tasks = [task for task in tasks if not _passed.get(task)]
        n_done = len(tasks) - len(open_tasks)
        still = f"; still open: {', '.join(open_tasks)}" if open_tasks else ""
        print(f"{n_done} of {len(tasks)} tasks done{still}")


def begin(task: str, hints: Sequence[str], hint: int) -> None:
    """Count `task` as open until it passes, and print its first `hint` hints."""
    _passed[task] = False
    for number, text in enumerate(hints[:hint], 1):
        print(f"hint {number} of {len(hints)}: {text}")


def passed(task: str, compared: str) -> None:
    """Count `task` as done and say what was compared."""
    _passed[task] = True
    print(f"✓ {task}: right ({compared})")


def failed(task: str, reason: str, example: Sequence[str] = ()) -> CheckFailed:
    """The exception to raise: one line that says why, then an example."""
    return CheckFailed("\n".join([f"✗ {task}: {reason}", *example]))
