"""Everything that decides a run, in one frozen object that JSON can hold."""

import json
import math
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

import torch

from heedful.nets.config import TransformerConfig
from heedful.nets.transformer import Transformer
from heedful.text.any_tokenizer import Tokenizers
from heedful.text.bpe import N_BASE
from heedful.text.corpora import CORPORA
from heedful.text.corpus import Corpus
from heedful.train.kernels import KERNELS, PRECISIONS
from heedful.train.optimizers import OPTIMIZERS
from heedful.train.schedules import DECAYS


class ConfigError(ValueError):
    """A setting is unknown or makes no sense; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the weights are learned.

    The learning rate rises for `n_warmup` steps to `learning_rate`, then falls to zero
    at `n_steps`, along a "cosine" or a line (`decay`). `optimizer` is "adam", "adamw"
    or "muon" (`new_optimizers`), which has a `momentum`, `precision` "float32", or
    "bfloat16" for CPUs that multiply in it, `kernels` "plain" or a faster way to the
    same numbers (`heedful.train.kernels`). At a loss of more than `roll_back_at` times
    the median of the last 50, or one that is no number, a run goes back to its last
    evaluation and leaves out the batches since, at most 3 times.
    """

    n_steps: int = 1000
    batch_size: int = 128
    learning_rate: float = 3e-3
    n_warmup: int = 100
    decay: str = "cosine"
    label_smoothing: float = 0.1
    clip_norm: float = 1.0
    evaluate_every: int = 100
    optimizer: str = "adam"
    momentum: float = 0.95
    precision: str = "float32"
    kernels: str = "plain"
    roll_back_at: float | None = None

    def __post_init__(self):
        for name in ("n_steps", "batch_size", "n_warmup", "evaluate_every"):
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise ValueError(f"{name}={value!r} must be a whole number from 1 up")
        for name in ("learning_rate", "clip_norm"):
            value = getattr(self, name)
            if type(value) not in (int, float) or not 0 < value < math.inf:
                raise ValueError(f"{name}={value!r} must be a number above 0")
        limit = self.roll_back_at
        if limit is not None and (
            type(limit) not in (int, float) or not 1 < limit < math.inf
        ):
            raise ValueError(f"roll_back_at={limit!r} must be a number above 1")
        for name in ("label_smoothing", "momentum"):
            value = getattr(self, name)
            if type(value) not in (int, float) or not 0 <= value < 1:
                raise ValueError(f"{name}={value!r} must be in [0, 1)")
        for name, choices in (
            ("decay", tuple(DECAYS)),
            ("optimizer", OPTIMIZERS),
            ("precision", PRECISIONS),
            ("kernels", KERNELS),
        ):
            if getattr(self, name) not in choices:
                known = " or ".join(map(repr, choices))
                raise ValueError(f"{name}={getattr(self, name)!r} must be {known}")


@dataclass(frozen=True, kw_only=True)
class ModelSizes:
    """The part of `TransformerConfig` that does not follow from the data.

    These defaults make a model that two laptop cores train in about a minute.
    """

    d_model: int = 96
    n_layers: int = 2
    n_heads: int = 4
    d_ff: int = 384
    max_seq_len: int = 64
    dropout: float = 0.0
    norm: str = "post"

    def __post_init__(self):
        self.with_vocab(1, 1)  # fails here, not minutes later, if a size is wrong

    def with_vocab(self, n_source: int, n_target: int) -> TransformerConfig:
        return TransformerConfig(
            source_vocab_size=n_source, target_vocab_size=n_target, **asdict(self)
        )


@dataclass(frozen=True, kw_only=True)
class SavedConfig:
    """What JSON holds of a run. `parts` names the settings that are objects."""

    parts: ClassVar[dict[str, type]]

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_dict(cls, settings: dict[str, Any]) -> Any:
        """A config of this class from settings; what is missing keeps its default.

        Raises `ConfigError` naming an unknown key or a value that makes no sense.
        """
        where = "the top level"
        settings = dict(_object(settings, where))
        for name, part in cls.parts.items():
            settings[name] = _fill(part, settings.get(name, {}), where=name)
        return _fill(cls, settings, where)

    @classmethod
    def read(cls, path: Path) -> Any:
        """Read a JSON file. Raises `ConfigError` naming the file and the fault."""
        try:
            return cls.parse(path.read_bytes(), path)
        except FileNotFoundError:
            raise ConfigError(f"{path} does not exist") from None
        except OSError as error:
            raise ConfigError(f"{path} is not readable as JSON: {error}") from None

    @classmethod
    def parse(cls, content: bytes, path: Path) -> Any:
        """The same for the content of a file, which `path` only names."""
        try:
            settings = json.loads(content.decode())
        except ValueError as error:
            raise ConfigError(f"{path} is not readable as JSON: {error}") from None
        try:
            return cls.from_dict(settings)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"{path}: {error}") from None


@dataclass(frozen=True, kw_only=True)
class RunConfig(SavedConfig):
    """One translation run: which corpus, model, recipe and random numbers.

    `n_train` None takes all training pairs there are. `vocab_size` is for corpora cut
    by BPE, and is that of each side.
    """

    parts = {"model": ModelSizes, "recipe": Recipe}  # noqa: RUF012

    task: str = "numbers"
    seed: int = 0
    n_train: int | None = 60_000
    vocab_size: int = 4_000
    model: ModelSizes = field(default_factory=ModelSizes)
    recipe: Recipe = field(default_factory=Recipe)

    def __post_init__(self):
        if not isinstance(self.task, str) or self.task not in CORPORA:
            raise ConfigError(
                f"unknown task {self.task!r}: choose one of {', '.join(CORPORA)}"
            )
        check_seed(self.seed)
        # From 1,000 pairs on, the training part shows every piece of either corpus.
        n_train = self.n_train
        if n_train is not None and (
            type(n_train) is not int or not 1000 <= n_train <= 60_000
        ):
            raise ConfigError(f"n_train={n_train!r} must be from 1000 to 60000")
        check_bpe_size(self.vocab_size)

    def corpus(self) -> Corpus:
        """The pairs that this run learns from. Raises `DataError` if not obtained."""
        return CORPORA[self.task](n_train=self.n_train)

    def build(
        self, tokenizers: Tokenizers, generator: torch.Generator | None = None
    ) -> Transformer:
        """An untrained model for these tokenizers, of source and target."""
        source, target = tokenizers
        return Transformer(self.model.with_vocab(len(source), len(target)), generator)


def check_seed(seed: Any) -> None:
    """Raise `ConfigError` for what no generator takes as a seed."""
    if type(seed) is not int or not 0 <= seed < 2**63:
        raise ConfigError(f"seed={seed!r} must be a whole number below 2**63")


def check_bpe_size(vocab_size: Any) -> None:
    """Raise `ConfigError` for what can be no BPE vocabulary's size."""
    if type(vocab_size) is not int or not N_BASE <= vocab_size <= 2**17:
        raise ConfigError(f"vocab_size={vocab_size!r} must be from {N_BASE} to {2**17}")


def _object(settings: Any, where: str) -> dict[str, Any]:
    if not isinstance(settings, dict):
        raise ConfigError(f"{where} must be an object of settings, not {settings!r}")
    return settings


def _fill(cls: type, settings: Any, where: str) -> Any:
    known = [f.name for f in fields(cls)]
    for key in _object(settings, where):
        if key not in known:
            raise ConfigError(
                f"unknown setting {key!r} in {where}; known are {', '.join(known)}"
            )
    try:
        return cls(**settings)
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(str(error)) from None


# Chosen on the validation part (docs/decisions.md); the record of this very run is in
# book/data/tatoeba.
TATOEBA = RunConfig(
    task="tatoeba",
    n_train=None,
    model=ModelSizes(
        d_model=256, n_layers=3, n_heads=4, d_ff=1024, dropout=0.1, norm="pre"
    ),
    recipe=Recipe(
        n_steps=2400,
        batch_size=256,
        learning_rate=4e-3,
        n_warmup=200,
        optimizer="muon",
        precision="bfloat16",
    ),
)
