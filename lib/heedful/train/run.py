"""A run on disk: one folder that holds the model and the evidence of its making.

config.json         every setting (give it to `heedful train --config` to repeat)
tokenizers.json     the pieces of source and target, or the merges of BPE
model.safetensors   the weights
loss.csv            one row per evaluation
record.json         seed, versions, machine, steps done, results
manifest.json       SHA-256 of these
checkpoints/        what an unfinished run goes on from; of a finished one the last

A folder of an earlier version, which has the first five files alone, is read as well.
"""

import csv
import datetime
import errno
import io
import json
import logging
import os
import platform
import tempfile
from collections.abc import Mapping
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
from heedful.train.checkpoints import CHECKPOINTS, STATE, last_checkpoint
from heedful.train.config import ConfigError, RunConfig
from heedful.train.durable import (
    MANIFEST,
    DamageError,
    make_folder,
    read_folder,
    write_files,
)
from heedful.train.language_config import LanguageRunConfig, parse_config

log = logging.getLogger(__name__)
WEIGHTS, LOSSES = "model.safetensors", "loss.csv"
FILES = ("config.json", "tokenizers.json", WEIGHTS, LOSSES, "record.json")


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

    def files(self) -> dict[str, bytes]:
        """What there is to save, but for the losses, by the names of the files."""
        tokenizers = [tokenizer_to_dict(tokenizer) for tokenizer in self.tokenizers]
        return {
            "config.json": self.config.to_json().encode(),
            "tokenizers.json": json.dumps(tokenizers, ensure_ascii=False).encode(),
            WEIGHTS: safetensors.torch.save(self.model.state_dict()),
            "record.json": (json.dumps(self.record, indent=2) + "\n").encode(),
        }

    def save(self, path: Path) -> None:
        """Write the folder. Raises `OSError`, and then leaves what was there."""
        make_folder(path)
        write_files(path, self.files() | {LOSSES: self._losses_as_csv()})

    def _losses_as_csv(self) -> bytes:
        file = io.StringIO(newline="")
        columns = ["step", "learning_rate", "train_loss", "valid_loss", "seconds"]
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(self.losses)
        return file.getvalue().encode()

    @classmethod
    def load(cls, path: Path) -> "Run":
        """Read the folder, or if it is not finished its last checkpoint.

        What is damaged is named in the log, and the last good checkpoint is read. If
        there is none, raises `RunError` naming the file that is missing or damaged.
        """
        try:
            return cls.of_files(_files(path), path)
        except RunError as error:
            found = last_checkpoint(path)
            if found is None:
                raise
            if _is_there(path, WEIGHTS, MANIFEST):
                log.warning("%s; its checkpoint of step %d is read", error, found.step)
        return cls.of_files(found.files, path)

    @classmethod
    def of_files(cls, files: Mapping[str, bytes], path: Path) -> "Run":
        """A run from the content of its files; `path` is only for the error."""
        try:
            config = parse_config(files["config.json"], path / "config.json")
            saved = json.loads(files["tokenizers.json"])
            tokenizers = tuple(map(tokenizer_from_dict, saved))
            model = config.build(tokenizers)
            model.load_state_dict(safetensors.torch.load(files[WEIGHTS]))
            if STATE in files:
                losses = json.loads(files[STATE])["losses"]
            else:
                file = io.StringIO(files[LOSSES].decode(), newline="")
                losses = [
                    {k: float(v) for k, v in row.items()}
                    for row in csv.DictReader(file)
                ]
            record = json.loads(files["record.json"])
            if not isinstance(record, dict):
                raise ValueError("record.json is not a JSON object")
        except ConfigError as error:
            raise RunError(str(error)) from None
        except (
            KeyError, TypeError, ValueError, RuntimeError, safetensors.SafetensorError
        ) as error:  # fmt: skip
            reason = str(error).splitlines()[0]
            raise RunError(f"the run in {path} is damaged: {reason}") from None
        model.eval()
        return cls(config, model, tokenizers, losses, record)


def _files(path: Path) -> dict[str, bytes]:
    """The files of a finished run, compared with its manifest, if it has one."""
    if not _is_there(path, WEIGHTS, MANIFEST):
        raise RunError(f"there is no trained run in {path}")
    try:
        # Where there are checkpoints, the manifest can only be missing because the
        # power failed while the run was saved.
        if _is_there(path, MANIFEST, CHECKPOINTS):
            return read_folder(path)
        return {name: (path / name).read_bytes() for name in FILES}
    except (DamageError, OSError) as error:
        raise RunError(f"the run in {path} is damaged: {error}") from None


def _is_there(path: Path, *names: str) -> bool:
    return any(os.path.exists(path / name) for name in names)


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
    if not is_free and not _is_there(path, "config.json", CHECKPOINTS):
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
        "cpu": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
    }
