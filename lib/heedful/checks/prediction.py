"""The check of a prediction: first say what will happen, then measure it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from heedful.checks.report import Check
from heedful.checks.values import ARRAYS, NUMBERS, plain

Numbers = tuple[float, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction(Check):
    """`check(my_prediction, my_measure)`, where `my_prediction()` is a letter.

    A prediction need not come true; it need only be one of the `options`. It is the
    measurements that must be believable: `my_measure` is called with each of
    `conditions` (a label and the arguments) and returns one number for each of
    `columns` (a label and a format). `suspicion(*measurements)` says why they cannot
    be true, or nothing, and `outcome(*measurements)` which option they show.
    """

    options: Mapping[str, str]
    conditions: Mapping[str, tuple[Any, ...]]
    columns: Mapping[str, str]
    suspicion: Callable[..., str]
    outcome: Callable[..., str]

    def __call__(self, my_prediction: Any, my_measure: Any, hint: int = 0) -> None:
        """Measure, print the numbers, and compare them with the prediction."""
        self.begin(hint)
        predicted = self.call(my_prediction, {}, "my_prediction")
        if not isinstance(predicted, str) or predicted not in self.options:
            *first, last = map(repr, self.options)
            choice = f"{', '.join(first)} or {last}"
            raise self.failed(f"predict {choice}, not {predicted!r}")
        measured = [self._measured(my_measure, a) for a in self.conditions.values()]
        table = self._table(measured)
        if reason := self.suspicion(*measured):
            raise self.failed(reason, table)
        came = self.outcome(*measured)
        print("\n".join(table))
        said = "as you predicted" if came == predicted else f"you predicted {predicted}"
        self.passed(f"measured: {came}, {self.options[came]}; {said}")

    def _measured(self, my_measure: Any, arguments: tuple[Any, ...]) -> Numbers:
        inputs = {str(i): value for i, value in enumerate(arguments)}
        got = plain(self.call(my_measure, inputs, "my_measure"))
        if got is None:
            raise self.failed("my_measure returns None; is the `return` missing?")
        got = got.tolist() if isinstance(got, ARRAYS) else got
        numbers = got if isinstance(got, tuple | list) else (got,)
        numbers = [plain(number) for number in numbers]
        fits = len(numbers) == len(self.columns)
        if not fits or not all(isinstance(n, NUMBERS) for n in numbers):
            wanted = "one number" if len(self.columns) == 1 else "the numbers"
            raise self.failed(
                f"my_measure must return {wanted}: {', '.join(self.columns)}"
            )
        return tuple(map(float, numbers))

    def _table(self, measured: list[Numbers]) -> list[str]:
        width = max(map(len, self.conditions))
        lines = ["  " + " " * width + "".join(f"  {name}" for name in self.columns)]
        for label, numbers in zip(self.conditions, measured):
            cells = zip(self.columns.items(), numbers)
            row = "".join(f"  {x:>{len(name)}{form}}" for (name, form), x in cells)
            lines.append(f"  {label:{width}}{row}")
        return lines
