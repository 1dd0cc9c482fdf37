"""The exercise on a race: softmax by one block of lanes, which share a few cells."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Generator

from heedful.checks import Task
from heedful.checks.parallelism.lanes import Lane, in_many_orders
from heedful.checks.values import Inputs

Numbers = list[float]
Launch = Callable[..., list]


def softmax(x: Numbers) -> Numbers:
    """The shares, as they should be."""
    parts = [math.exp(number - max(x)) for number in x]
    return [part / sum(parts) for part in parts]


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Four lanes, eight, two; and numbers whose exponentials overflow."""
    for n, top in ((4, 0.0), (8, 0.0), (2, 0.0), (4, 900.0)):
        x = (torch.randn(n, generator=generator, dtype=torch.float64) + top).tolist()
        yield dict(x=x, launch=in_many_orders)


def _of(result: Callable[[Numbers], Numbers]) -> Callable[[Numbers, Launch], Numbers]:
    return lambda x, launch: result(x)


def _relative(x: Numbers, base: float, total: float = 1.0) -> Numbers:
    return [math.exp(number - base) / total for number in x]


class InLanes(Task):
    """A `Task` that also asks whether lanes did the work."""

    def call(self, answer: Any, inputs: Inputs, name: str = "") -> Any:
        launched = []

        def launch(lane: Lane, n: int) -> list:
            launched.append(n)
            return in_many_orders(lane, n)

        got = super().call(answer, inputs | dict(launch=launch), name)
        if not launched and got is not None:
            raise self.failed("no lane was launched: return launch(lane, n)")
        return got


check_softmax = InLanes(
    name="softmax in lanes",
    right=_of(softmax),
    cases=_cases,
    compared="the shares, with 2, 4 and 8 lanes in many orders",
    atol=1e-9,
    hints=(
        "Between two barriers any lane may be far ahead of the others, or far behind. "
        "For each stretch between two barriers, write down who reads which cell and "
        "who writes it.",
        "One cell is read by all lanes, and written again in a stretch in which some "
        "may not have read it yet. What would make the writer wait?",
        "One more line `yield BARRIER`, in the right place. All lanes must come to it, "
        "so not inside an `if` that only some of them enter.",
    ),
    mistakes=(
        (
            "these are the parts, not the shares: divide each by the sum of all parts, "
            "which the second reduction finds",
            _of(lambda x: _relative(x, max(x))),
        ),
        (
            "divide by the *sum* of the parts; you divide by their number",
            _of(lambda x: _relative(x, max(x), len(x))),
        ),
        (
            "divide by the sum of the *parts*, not of the numbers",
            _of(lambda x: _relative(x, max(x), sum(x))),
        ),
        (
            "those are the numbers less the largest; take the exponential of each, and "
            "divide by the sum",
            _of(lambda x: [number - max(x) for number in x]),
        ),
        (
            "each lane must return its own share; here all return that of lane 0",
            _of(lambda x: [softmax(x)[0]] * len(x)),
        ),
    ),
)
