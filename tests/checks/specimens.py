"""Known wrong and right answers, by which each check of the exercises is tested.

A module in tests/checks/TOPIC holds those of one check: `CHECK`, `WRONG`, a list of
`wrong(phrase, answer)`, and `RIGHT`, a list of answers. Where a check takes more than
one argument, an answer is a tuple of all of them. For a `Task` there is `INPUTS`, a
function like its `cases`, for other inputs than the check's own.
"""

import contextlib
import importlib
import io
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import Generator

from heedful.checks import Check, CheckFailed, Task, Topic
from heedful.checks.values import Inputs

N_DRAWS = 10  # each call draws fresh inputs; a check that depends on luck is no check
UNKNOWN = "perhaps there are two"  # said when no known mistake fits


@dataclass(frozen=True)
class Wrong:
    """A wrong answer, and words that only the message about its mistake has."""

    phrase: str
    answer: Any


def wrong(phrase: str, answer: Any) -> Wrong:
    """One row of a table. `UNKNOWN` as a phrase: rejected, but not understood."""
    return Wrong(phrase, answer)


@dataclass(frozen=True)
class Specimens:
    """The wrong and the right answers for one check."""

    module: str
    check: Check
    wrong: list[Wrong]
    right: list[Any]
    inputs: Callable[[Generator], Iterator[Inputs]] | None

    def __str__(self) -> str:
        return self.module.replace(".", "-")

    @property
    def n_draws(self) -> int:
        return N_DRAWS if isinstance(self.check, Task) else 1


def topics() -> dict[str, Topic]:
    """The topic of each folder in exercises/, by the name of its module."""
    folders = Path(__file__).resolve().parents[2].glob("exercises/*/solutions.ipynb")
    names = sorted(path.parent.name for path in folders)
    modules = {name: name.split("_", 1)[1] for name in names}
    return {
        module: importlib.import_module(f"heedful.checks.{module}").TOPIC
        for module in modules.values()
    }


def specimens(topic: str | None = None) -> list[Specimens]:
    """Those of one topic, or of all."""
    return [
        Specimens(
            f"{topic}.{name}",
            module.CHECK,
            module.WRONG,
            module.RIGHT,
            getattr(module, "INPUTS", None),
        )
        for topic in ([topic] if topic else topics())
        for name, module in _modules(topic)
    ]


def _modules(topic: str) -> Iterator[tuple[str, ModuleType]]:
    package = importlib.import_module(f"{__package__}.{topic}")
    for found in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{found.name}")
        if hasattr(module, "CHECK"):
            yield found.name, module


def outcome(check: Callable[..., None], answer: Any) -> str:
    """What the check complains about, example and all; nothing if it is content."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        try:
            check(*answer) if isinstance(answer, tuple) else check(answer)
        except CheckFailed as failure:
            return str(failure)
    assert printed.getvalue().splitlines()[-1].startswith("✓")
    return ""
