"""A system, how well it agrees with something independent, and the table of all.

A row is a function with the decorator `system`. It builds both sides with fixed seeds
and returns how well they agree: a `Gap` of numbers or a `Same` of things that are
equal or not.
"""

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Gap:
    """The largest absolute difference between two arrays of numbers."""

    value: float

    def __str__(self) -> str:
        return f"{self.value:.1e}" if self.value else "0 (exactly equal)"


@dataclass(frozen=True)
class Same:
    """How many of how many are equal, and what they are."""

    n_equal: int
    n: int
    what: str

    def __str__(self) -> str:
        return f"{self.n_equal:,} of {self.n:,} {self.what}"


class Missing(RuntimeError):
    """What an optional row needs is not on this machine."""


@dataclass(frozen=True)
class System:
    """One row. `parts` are objects in `heedful`; `needs` says what is optional."""

    section: str
    name: str
    parts: tuple[str, ...]
    reference: str
    measure: Callable[[], Gap | Same]
    within: float
    needs: str

    def measured(self) -> Gap | Same:
        """The agreement, computed now. Raises `Missing`."""
        torch.manual_seed(0)
        with torch.no_grad():
            return self.measure()

    def agrees(self, found: Gap | Same) -> bool:
        if isinstance(found, Gap):
            return found.value <= self.within  # False for NaN, too
        return found.n_equal == found.n > 0

    @property
    def allowed(self) -> str:
        return f"{self.within:.0e}" if self.within else "equal"


SYSTEMS: list[System] = []


def system(name: str, parts: str, reference: str, within: float = 0.0, needs: str = ""):
    """Put a row into the table: the section is what the docstring of its module says.

    `parts` are names below `heedful`, separated by spaces. `within` is the largest gap
    that is allowed; 0 means equal.
    """

    def add(measure: Callable[[], Gap | Same]) -> Callable[[], Gap | Same]:
        section = (sys.modules[measure.__module__].__doc__ or "").split("\n")[0]
        SYSTEMS.append(
            System(section.rstrip("."), name, tuple(parts.split()), reference, measure,
                   within, needs)
        )  # fmt: skip
        return measure

    return add


def resolve(part: str) -> object:
    """The object that a name like `nets.scan.MinGRU` stands for."""
    *path, name = part.split(".")
    return getattr(import_module(".".join(["heedful", *path])), name)


def gap(ours: Tensor, theirs: Tensor) -> Gap:
    """The largest difference; both must be alike in shape, and say something."""
    if ours.shape != theirs.shape:
        raise ValueError(f"shapes differ: {tuple(ours.shape)}, {tuple(theirs.shape)}")
    if not theirs.double().std() > 1e-3:
        raise ValueError("the reference is constant: agreement would mean nothing")
    return Gap(float((ours.double() - theirs.double()).abs().max()))


def largest(gaps: Iterable[Gap]) -> Gap:
    return Gap(max(g.value for g in gaps))


def same(ours: Iterable, theirs: Iterable, what: str) -> Same:
    """How many of two lists of equal length are equal."""
    pairs = list(zip(ours, theirs, strict=True))
    return Same(sum(a == b for a, b in pairs), len(pairs), what)


def shaken(module: nn.Module) -> nn.Module:
    """Every weight random, so that no zero bias or unit gain hides a mistake."""
    for weight in module.parameters():
        weight.add_(torch.randn_like(weight) * 0.3)
    return module.eval()


# --- the page ---------------------------------------------------------------------

HEAD = """# The systems, and what they are checked against

Written by `make systems`, which builds both sides of each row and measures how far they
are apart: do not edit by hand. The digits of a difference vary from machine to machine;
what may not vary is that it stays within what is allowed. The tests of the library
check the same and much more; a test measures this table, too.
"""

NOTE = """A figure with a date was measured on that day, with something that is
optional. Where that is missing, `make systems` keeps the figure.
"""


def row(s: System, found: str) -> str:
    parts = ", ".join(f"`{part}`" for part in s.parts)
    return f"| {s.name} | {parts} | {s.reference} | {found} | {s.allowed} |"


def page(systems: list[System], found: dict[str, str], named: list[tuple]) -> str:
    """The whole page; `found` has what was measured, by the name of the system."""
    lines = [HEAD]
    for section in dict.fromkeys(s.section for s in systems):
        lines.append(f"## {section}\n")
        lines.append("| system | in `heedful` | checked against | measured | allowed |")
        lines.append("| --- | --- | --- | --- | --- |")
        of_it = [s for s in systems if s.section == section]
        lines += [row(s, found[s.name]) for s in of_it]
        lines.append("")
    lines.append(NOTE)
    for need in dict.fromkeys(s.needs for s in systems if s.needs):
        names = ", ".join(s.name for s in systems if s.needs == need)
        lines.append(f"- {need}: {names}")
    lines.append("")
    lines.append("## Named in the article\n")
    lines.append("| the article names | here it is |")
    lines.append("| --- | --- |")
    lines += [f"| {name} | {here} |" for name, here in named]
    return "\n".join(lines) + "\n"


def kept(text: str) -> dict[str, str]:
    """What an earlier page says was measured, by the name of the system."""
    cells = re.findall(r"^\| (.+?) \| .+? \| .+? \| (.+?) \| .+? \|$", text, re.M)
    return dict(cells)
