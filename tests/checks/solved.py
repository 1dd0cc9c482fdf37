"""The solved notebooks, run cell by cell in this process, and changed on purpose."""

import ast
import contextlib
import io
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import nbformat
import torch

from heedful.checks import Check, CheckFailed, Prediction, Task
from heedful.checks.values import Inputs, copied, same
from heedful.exercises import exercises_from, varied

from .mutator import mutants
from .specimens import Specimens, specimens, topics

EXERCISES = Path(__file__).resolve().parents[2] / "exercises"
N_PROBES = 10  # draws of INPUTS on which a mutant is compared with the solution
TOO_LONG_S = 5


def solutions(topic: str, seed: int | None = None) -> nbformat.NotebookNode:
    """The solved notebook of a topic, or the variant of it with this seed."""
    (path,) = EXERCISES.glob(f"[0-9][0-9]_{topic}/solutions.ipynb")
    notebook = nbformat.read(path, as_version=4)
    if seed is None:
        return notebook
    return varied(notebook, topics()[topic].variant(Random(seed)))


def unsolved(topic: str, seed: int | None = None) -> nbformat.NotebookNode:
    """The same, as a learner gets it."""
    return exercises_from(solutions(topic, seed))


@dataclass(frozen=True)
class Step:
    """A code cell that is about to run, in the names that those before it left."""

    cell: nbformat.NotebookNode
    names: dict[str, Any]
    check: Check | None  # that the cell calls
    arguments: list[str]  # the names of the answers that the cell gives to the check

    def run(self) -> None:
        run(self.cell.source, self.names)


def run(source: str, names: dict[str, Any]) -> str:
    """Run one cell, and return what it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(source, "<cell>", "exec"), names)
    return printed.getvalue()


def steps(notebook: nbformat.NotebookNode) -> Iterator[Step]:
    """Each code cell, which the caller must `run()` before asking for the next."""
    names: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        check, arguments = None, []
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if isinstance(names.get(node.func.id), Check):
                    check = names[node.func.id]
                    given = [n.id for n in node.args if isinstance(n, ast.Name)]
                    arguments = [name for name in given if name.startswith("my_")]
        yield Step(cell, names, check, arguments)


@dataclass(frozen=True)
class Mutant:
    """A changed solution, and what became of it."""

    check: str
    change: str
    alike: bool  # it behaves as the solution does
    rejected: bool


def changed_solutions(topic: str) -> Iterator[Mutant]:
    """Every mutant of the topic's solutions, but for those that train a model."""
    known = {case.check: case for case in specimens(topic)}
    cells: dict[str, str] = {}  # the cell in which each answer is written
    for step in steps(solutions(topic)):
        if "### BEGIN SOLUTION" in step.cell.source:
            for node in ast.parse(step.cell.source).body:
                if isinstance(node, ast.FunctionDef):
                    cells[node.name] = step.cell.source
        if isinstance(step.check, Prediction):
            continue
        step.run()
        for name in step.arguments:
            probes = list(_probes(known[step.check]))
            yield from mutated(step, name, cells[name], probes)


def mutated(
    step: Step, name: str, source: str, probes: list[Inputs]
) -> Iterator[Mutant]:
    """The mutants of the function `name`, written in `source`, that `step` checks."""
    expected = [_behaviour(step.names[name], inputs) for inputs in probes]
    for change, text in mutants(source):
        names = dict(step.names)
        run(text, names)
        found = (_behaviour(names[name], inputs) for inputs in probes)
        alike = all(map(_alike, expected, found))
        try:
            with time_limit():
                run(step.cell.source, names)
            rejected = False
        except (CheckFailed, TimeoutError):
            rejected = True
        yield Mutant(step.check.name, change, alike and not rejected, rejected)


def _probes(case: Specimens) -> Iterator[Inputs]:
    if not isinstance(case.check, Task):
        yield {}
        return
    for seed in range(N_PROBES):
        yield from case.inputs(torch.Generator().manual_seed(seed))


def _behaviour(function: Any, inputs: Inputs) -> Any:
    """What comes out, and what has become of the inputs; or the kind of error."""
    given = copied(inputs)
    try:
        with time_limit():
            return function(*given.values()), _values(given)
    except Exception as error:
        return type(error)


def _values(inputs: Inputs) -> Inputs:
    return {key: x for key, x in inputs.items() if isinstance(x, torch.Tensor | list)}


def _alike(a: Any, b: Any) -> bool:
    return same(a, b) if isinstance(a, tuple) and isinstance(b, tuple) else a == b


@contextlib.contextmanager
def time_limit(seconds: float = TOO_LONG_S) -> Iterator[None]:
    """Stop what a mutant has made endless (where the system has such alarms)."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
