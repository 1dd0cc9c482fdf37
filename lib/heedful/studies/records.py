"""What a comparison found, on disk: every run, and a table that sums them up.

compare.json   settings, sizes, machine and versions, and each run with its curve
compare.csv    one row per part and model, made from the runs
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from statistics import fmean
from typing import Any

Row = dict[str, Any]
ByLength = dict[int, tuple[int, int]]
"""Words in the source -> how many answers were right, and of how many."""


class StudyError(RuntimeError):
    """A study on disk is damaged, or was made with other settings."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """One trained model. `part` is "search", "all" or "short".

    `curve` has one row per evaluation: step, train_loss, valid_loss (nats per token),
    right (share of answers right to the last token, of `tested`) and cpu_seconds
    (training alone). `lengths` are rows (words in the source, right, tested), after
    the last step.
    """

    part: str
    model: str
    seed: int
    learning_rate: float
    curve: list[Row]
    lengths: list[list[int]]

    @property
    def key(self) -> tuple[str, str, int, float]:
        """No study holds two results with the same key."""
        return self.part, self.model, self.seed, self.learning_rate

    @property
    def right(self) -> float:
        """The share of answers that were right in the end."""
        return self.curve[-1]["right"]

    @property
    def by_length(self) -> ByLength:
        """`lengths` as a mapping."""
        return {words: (right, tested) for words, right, tested in self.lengths}


@dataclass(kw_only=True)
class Study:
    """All results so far, with what they depend on.

    `models` holds for each model its label, d_model, parameters, waits (see
    `Contender`) and chain (see `longest_chain`), both for the longest test pair.
    """

    settings: Row
    models: dict[str, Row]
    circumstances: Row
    results: list[Result] = field(default_factory=list)

    def find(self, *key: str | int | float) -> Result | None:
        """The result with this key, or None."""
        return next((r for r in self.results if r.key == key), None)

    def runs(self, part: str, model: str) -> list[Result]:
        """The results of one model in one part, in the order they were made."""
        return [r for r in self.results if (r.part, r.model) == (part, model)]

    def best_rate(self, model: str) -> float:
        """The learning rate of the search that got most right; ties: least loss."""

        def merit(r: Result) -> tuple[float, float]:
            return r.right, -r.curve[-1]["valid_loss"]

        return max(self.runs("search", model), key=merit).learning_rate

    def table(self) -> list[Row]:
        """One row per part and model: shares over the seeds, CPU time, waits.

        `cpu_ratio` is the CPU time of training as a multiple of the Transformer's.
        """
        return list(self._rows())

    def _rows(self) -> Iterator[Row]:
        for part in ("all", "short"):
            for name, model in self.models.items():
                runs = self.runs(part, name)
                if not runs:
                    continue
                shares = [r.right for r in runs]
                seconds = fmean(r.curve[-1]["cpu_seconds"] for r in runs)
                yield {
                    "part": part,
                    "model": name,
                    "label": model["label"],
                    "d_model": model["d_model"],
                    "parameters": model["parameters"],
                    "waits": model["waits"],
                    "chain": model["chain"],
                    "learning_rate": runs[0].learning_rate,
                    "n_seeds": len(runs),
                    "right": round(fmean(shares), 4),
                    "right_low": min(shares),
                    "right_high": max(shares),
                    "cpu_seconds": round(seconds, 2),
                    "cpu_ratio": self._ratio(part, seconds),
                }

    def _ratio(self, part: str, seconds: float) -> float | None:
        runs = self.runs(part, "transformer")
        if not runs:
            return None
        return round(seconds / fmean(r.curve[-1]["cpu_seconds"] for r in runs), 2)

    def save(self, folder: Path) -> None:
        """Write both files; each appears whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / "compare.json", _one_line_per_run(asdict(self)))
        part = folder / "compare.csv.part"
        rows = self.table()
        with part.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]) if rows else ["part"])
            writer.writeheader()
            writer.writerows(rows)
        part.replace(folder / "compare.csv")

    @classmethod
    def load(cls, folder: Path) -> "Study":
        """Read compare.json. Raises `StudyError` if it is missing or damaged."""
        file = folder / "compare.json"
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            content["results"] = [Result(**row) for row in content["results"]]
            return cls(**content)
        except FileNotFoundError:
            raise StudyError(f"there is no study in {folder}") from None
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise StudyError(f"{file} is damaged: {error}") from None


def set_study_aside(folder: Path) -> None:
    """Rename compare.json in `folder` to the first free of compare.1.json, ..."""
    file = folder / "compare.json"
    if file.exists():
        names = (folder / f"compare.{i}.json" for i in count(1))
        file.rename(next(name for name in names if not name.exists()))


def _one_line_per_run(content: Row) -> str:
    results = content.pop("results")
    head = json.dumps(content, indent=2, ensure_ascii=False)[:-2]
    lines = ",\n".join("    " + json.dumps(row) for row in results)
    return f'{head},\n  "results": [\n{lines}\n  ]\n}}\n'


def _replace(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
