"""A sweep on disk: a folder that tells what is swept, and has a row for each run.

sweep.json   the settings, and the corpus with its hash and versions
runs.csv     one row per finished run, with all that is needed to make it again
"""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from heedful.scaling.grid import Settings
from heedful.train.durable import make_folder, write_file
from heedful.train.lock import locked

Row = dict[str, Any]
Key = tuple[float, int, int]

WHOLE = (
    "d_model", "seed", "n_parameters", "n_embedding", "tokens", "n_steps", "flops",
    "vocab_size", "n_layers", "d_head", "max_seq_len", "batch_size", "threads",
)  # fmt: skip
REAL = (
    "budget", "valid_loss", "bits_per_byte", "train_loss", "cpu_seconds",
    "learning_rate", "warmup",
)  # fmt: skip


class SweepError(RuntimeError):
    """A sweep on disk is damaged, is in use, or is not the one that was asked for."""


@dataclass(kw_only=True)
class Sweep:
    """Settings, corpus and all rows so far; `folder` None keeps them in memory."""

    settings: Settings
    corpus: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    folder: Path | None = None

    @property
    def keys(self) -> set[Key]:
        """Which runs there are rows of."""
        return {(row["budget"], row["d_model"], row["seed"]) for row in self.rows}

    def add(self, row: Row) -> None:
        """Keep a row, in memory and on disk."""
        self.rows.append(row)
        if self.folder is not None:
            text = io.StringIO(newline="")
            writer = csv.DictWriter(text, list(row))
            writer.writeheader()
            writer.writerows(self.rows)
            write_file(self.folder / "runs.csv", text.getvalue().encode())

    @classmethod
    def load(cls, folder: Path) -> "Sweep":
        """Read both files. Raises `SweepError` if they are missing or damaged."""
        try:
            told = json.loads((folder / "sweep.json").read_text(encoding="utf-8"))
            settings = Settings(**told["settings"])
            return cls(
                settings=settings,
                corpus=told["corpus"],
                rows=list(_read(folder / "runs.csv")),
                folder=folder,
            )
        except FileNotFoundError:
            raise SweepError(f"there is no sweep in {folder}") from None
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise SweepError(f"the sweep in {folder} is damaged: {error}") from None


@contextmanager
def opened(
    settings: Settings, corpus: dict[str, Any], folder: Path, resume: bool
) -> Iterator[Sweep]:
    """The sweep in `folder`, a new one or, with `resume`, the one that is there.

    Nobody else can open it meanwhile. Raises `SweepError` as `heedful.scaling.sweep`
    tells, and `LockedError`.
    """
    make_folder(folder)
    with locked(folder):
        if not (folder / "sweep.json").exists():
            told = {"settings": settings.to_dict(), "corpus": corpus}
            text = json.dumps(told, indent=2) + "\n"
            write_file(folder / "sweep.json", text.encode())
            resume = True
        state = Sweep.load(folder)
        if not resume:
            raise SweepError(f"{folder} has a sweep of {len(state.rows)} runs already")
        _check_same(state, settings, corpus)
        yield state


def set_sweep_aside(folder: Path) -> None:
    """Rename the files, a bet on them too: to sweep.1.json and so on, if it is free."""
    names = [("sweep", "json"), ("runs", "csv"), ("bet", "json")]
    free = next(
        i for i in count(1)
        if not any((folder / f"{n}.{i}.{end}").exists() for n, end in names)
    )  # fmt: skip
    for name, end in names:
        file = folder / f"{name}.{end}"
        if file.exists():
            file.rename(folder / f"{name}.{free}.{end}")


def _read(file: Path) -> Iterator[Row]:
    if not file.exists():
        return
    with file.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            numbers = {name: int(row[name]) for name in WHOLE}
            yield {**row, **numbers, **{name: float(row[name]) for name in REAL}}


def _check_same(state: Sweep, settings: Settings, corpus: dict[str, Any]) -> None:
    here = settings.to_dict() | corpus
    there = state.settings.to_dict() | state.corpus
    for name, wanted in here.items():
        if there.get(name) != wanted:
            raise SweepError(
                f"the sweep in {state.folder} was made with {name}={there.get(name)}, "
                f"not {wanted}"
            )
