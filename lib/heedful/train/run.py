"""A run on disk: one folder that holds the model and the evidence of its making.

config.json         every setting (give it to `heedful train --config` to repeat)
tokenizers.json     the pieces of source and target, or the merges of BPE
model.safetensors   the weights
loss.csv            one row per evaluation
record.json         seed, versions, machine, steps done, results
"""

import csv
import datetime
import errno
import json
import os
import platform
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch

from heedful.text.any_tokenizer import (
    AnyTokenizer,
    Tokenizers,
    tokenizer_from_dict,
    tokenizer_to_dict,
)
from heedful.train.config import ConfigError, RunConfig
from heedful.train.language_config import LanguageRunConfig, read_config


class RunError(RuntimeError):
    """A run is missing or damaged; the message says which file and what to do."""


@dataclass
class Run:
    """A model with all that is needed to use it and to know where it came from.

    `model` is what `config.build` makes of the `tokenizers`.
    """

    config: RunConfig | LanguageRunConfig
    model: Any
    tokenizers: Tokenizers
    losses: list[dict[str, int | float]] = field(default_factory=list)
    record: dict[str, Any] = field(default_factory=dict)

    @property
    def source_tokenizer(self) -> AnyTokenizer:
        return self.tokenizers[0]

    @property
    def target_tokenizer(self) -> AnyTokenizer:
        return self.tokenizers[-1]

    @property
    def is_finished(self) -> bool:
        return self.record.get("steps_done") == self.config.recipe.n_steps

    def save(self, path: Path) -> None:
        """Write the folder; each file appears whole or not at all."""
        path.mkdir(parents=True, exist_ok=True)
        tokenizers = [tokenizer_to_dict(tokenizer) for tokenizer in self.tokenizers]
        _replace(path / "config.json", self.config.to_json())
        _replace(path / "tokenizers.json", json.dumps(tokenizers, ensure_ascii=False))
        _write_then_rename(
            path / "model.safetensors",
            # Not save_file: a full disk should be an OSError, here as elsewhere.
            lambda part: part.write_bytes(
                safetensors.torch.save(self.model.state_dict())
            ),
        )
        _write_then_rename(path / "loss.csv", self._write_losses)
        _replace(path / "record.json", json.dumps(self.record, indent=2) + "\n")

    def _write_losses(self, path: Path) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            columns = ["step", "learning_rate", "train_loss", "valid_loss", "seconds"]
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(self.losses)

    @classmethod
    def load(cls, path: Path) -> "Run":
        """Read the folder. Raises `RunError` if a file is missing or damaged."""
        if not os.path.exists(path / "model.safetensors"):
            raise RunError(f"there is no trained run in {path}")
        try:
            config = read_config(path / "config.json")
            saved = json.loads((path / "tokenizers.json").read_text(encoding="utf-8"))
            tokenizers = tuple(map(tokenizer_from_dict, saved))
            model = config.build(tokenizers)
            weights = safetensors.torch.load_file(path / "model.safetensors")
            model.load_state_dict(weights)
            with (path / "loss.csv").open(newline="", encoding="utf-8") as file:
                losses = [
                    {k: float(v) for k, v in row.items()}
                    for row in csv.DictReader(file)
                ]
            record = json.loads((path / "record.json").read_text(encoding="utf-8"))
            if not isinstance(record, dict):
                raise ValueError("record.json is not a JSON object")
        except ConfigError as error:
            raise RunError(str(error)) from None
        except (
            OSError, KeyError, TypeError, ValueError, RuntimeError,
            safetensors.SafetensorError,
        ) as error:  # fmt: skip
            reason = str(error).splitlines()[0]
            raise RunError(f"the run in {path} is damaged: {reason}") from None
        model.eval()
        return cls(config, model, tokenizers, losses, record)


def runs_dir() -> Path:
    """Where runs live: `$HEEDFUL_HOME/runs`, or `~/.cache/heedful/runs`."""
    home = os.environ.get("HEEDFUL_HOME")
    return (Path(home) if home else Path.home() / ".cache" / "heedful") / "runs"


def check_place(path: Path) -> None:
    """Raise `OSError` before the training, not after it, if no run can go to `path`.

    A run may replace a run, which is then renamed, but no folder of another kind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=path.parent):
        pass
    is_free = not path.exists() or (path.is_dir() and not any(path.iterdir()))
    if not is_free and not (path / "config.json").exists():
        raise FileExistsError(errno.EEXIST, "there is something else", str(path))


def set_aside(path: Path) -> None:
    """Rename an existing folder to the first free of NAME.1, NAME.2, ..."""
    path = Path(os.path.abspath(path))  # "." has no name
    if path.exists() and any(path.iterdir()):
        names = (path.with_name(f"{path.name}.{i}") for i in count(1))
        path.rename(next(name for name in names if not name.exists()))


def circumstances() -> dict[str, Any]:
    """When, with what and on what a run was made."""
    return {
        "started": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "heedful": version("heedful"),
        "system": f"{platform.system()} {platform.machine()}",
        "threads": torch.get_num_threads(),
    }


def _replace(path: Path, text: str) -> None:
    _write_then_rename(path, lambda part: part.write_text(text, encoding="utf-8"))


def _write_then_rename(path: Path, write: Callable[[Path], Any]) -> None:
    part = path.with_name(path.name + ".part")
    try:
        write(part)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(path)
