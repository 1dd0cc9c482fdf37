"""How every check works: call the answer, compare, and ask what explains the error.

A `Task` holds a right function, inputs to try, and a table of known mistakes: pairs
of a message and a small function that makes this very mistake. When an answer is
wrong, the mistake that returns *the same wrong values* is the diagnosis. Inputs come
small sizes first, so the first one to fail is also the smallest example to show.
"""

import copy
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor

from heedful.checks.examples import described, example
from heedful.checks.report import begin, failed, passed

Mistake = tuple[str, Callable[..., Any]]
Inputs = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Task:
    """`cases(generator)` yields the named inputs of each call, the smallest first.

    `compared` says, after a success, what was looked at. `parts` names the results
    if there are several.
    """

    name: str
    right: Callable[..., Any]
    cases: Callable[[Generator], Iterable[Inputs]]
    mistakes: Sequence[Mistake]
    hints: Sequence[str]
    compared: str
    parts: tuple[str, ...] = ()


def run(task: Task, answer: Any, hint: int = 0) -> None:
    """Pass in one printed line, or raise `CheckFailed` with a diagnosis.

    The inputs are drawn afresh at each call, and never from torch's global
    generator, so a check changes nothing in the learner's session.
    """
    begin(task.name, task.hints, hint)
    generator = Generator()
    generator.seed()
    n_cases = 0
    for inputs in task.cases(generator):
        n_cases += 1
        expected = task.right(*inputs.values())
        got = call(task.name, answer, inputs)
        if reason := unusable(expected, got, task.parts):
            raise failed(task.name, reason)
        if not same(expected, got):
            reason = diagnosis(task, inputs, got) or difference(expected, got)
            raise failed(task.name, reason, example(inputs, expected, got, task.parts))
    passed(task.name, f"{task.compared}, {n_cases} examples")


def call(name: str, answer: Any, inputs: Inputs) -> Any:
    """What the answer returns. Raises `CheckFailed` if it stops or spoils its inputs.

    The answer is called by position, so its parameters may have any name.
    """
    if not callable(answer):
        raise failed(name, "give the check the function itself, without calling it")
    given = copied(inputs)
    try:
        got = answer(*given.values())
    except NotImplementedError:
        raise failed(name, "not written yet; write it above, run both cells") from None
    except Exception as error:
        raise failed(name, _stopped(answer, error, inputs)) from error
    for key, before in inputs.items():
        if not unchanged(before, given[key]):
            raise failed(
                name, f"your function changes its input `{key}`; work on a copy"
            )
    return got


def copied(inputs: Inputs) -> Inputs:
    """The inputs again, so that an answer may spoil its own."""

    def copy_of(value: Any) -> Any:
        return value.clone() if isinstance(value, Tensor) else copy.deepcopy(value)

    return {key: copy_of(value) for key, value in inputs.items()}


def unchanged(before: Any, after: Any) -> bool:
    """Whether an input is still what it was; only tensors and lists can change."""
    if isinstance(before, Tensor):
        return torch.equal(before, after)
    return not isinstance(before, list) or before == after


def unusable(expected: Any, got: Any, parts: tuple[str, ...] = ()) -> str:
    """Why `got` cannot even be compared, or nothing."""
    if got is None:
        return "your function returns None; is the `return` missing?"
    if parts:
        if not isinstance(got, tuple | list) or len(got) != len(parts):
            return f"return {len(parts)} tensors, ({', '.join(parts)})"
        pairs = zip(parts, expected, got)
        reasons = [f"{p}: {r}" for p, e, g in pairs if (r := unusable(e, g))]
        return reasons[0] if reasons else ""
    if not isinstance(got, Tensor):
        kind = f"{type(got).__module__}.{type(got).__name__}"
        return f"return a torch tensor, not a {kind.removeprefix('builtins.')}"
    if got.dtype != expected.dtype:
        want, have = (str(t.dtype).removeprefix("torch.") for t in (expected, got))
        meaning = ", True where a query may attend" if want == "bool" else ""
        return f"the result has dtype {have}; it should be {want}{meaning}"
    return ""


def same(a: Any, b: Any) -> bool:
    """Equal shapes and values, up to what rounding in float32 can do."""
    if not isinstance(a, Tensor):
        return all(map(same, a, b))
    if a.shape != b.shape or not a.is_floating_point():
        return torch.equal(a, b)
    return torch.allclose(a, b, rtol=1e-5, atol=2e-5, equal_nan=True)


def diagnosis(task: Task, inputs: Inputs, got: Any) -> str:
    """The message of the first known mistake that returns what the answer returned."""
    for message, mistaken in task.mistakes:
        try:
            if same(mistaken(*inputs.values()), got):
                return message
        except Exception:  # this mistake cannot be made with these sizes
            continue
    return ""


def difference(expected: Any, got: Any) -> str:
    """The fallback when no known mistake fits."""
    pairs = [(expected, got)] if isinstance(expected, Tensor) else zip(expected, got)
    for want, have in pairs:
        if want.shape != have.shape:
            return f"the shape is {tuple(have.shape)}, expected {tuple(want.shape)}"
        if have.isnan().any() and not want.isnan().any():
            return "the result has NaN: somewhere a softmax has nothing left to choose"
    return (
        "the shape is right, the values are not, and no single mistake that this check "
        "knows explains them; perhaps there are two"
    )


def _stopped(answer: Any, error: Exception, inputs: Inputs) -> str:
    """One line: which error, in which line of the learner's, on which inputs."""
    code = getattr(answer, "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [f.line for f in frames if code and f.filename == code.co_filename]
    place = f" at `{own[-1]}`" if own and own[-1] else ""
    reason = (str(error).splitlines() or ["no message"])[0]
    shapes = ", ".join(f"{key} {described(value)}" for key, value in inputs.items())
    return f"{type(error).__name__}{place}: {reason} (called with {shapes})"
