"""Everything that decides a language model's run, in one frozen object."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from heedful.nets.language_config import LanguageModelConfig
from heedful.nets.language_model import LanguageModel
from heedful.text.any_tokenizer import Tokenizers
from heedful.text.corpora import CORPORA, TEXTS
from heedful.train.config import (
    TATOEBA,
    ConfigError,
    Recipe,
    RunConfig,
    SavedConfig,
    check_bpe_size,
    check_seed,
)


@dataclass(frozen=True, kw_only=True)
class LanguageSizes:
    """A small Llama: the part of `LanguageModelConfig` that a run chooses.

    `max_seq_len` is also the length of the training rows. The choices are those of
    `LanguageModelConfig`.
    """

    d_model: int = 192
    n_layers: int = 4
    n_heads: int = 6
    n_kv_heads: int = 6
    d_ff: int = 512
    max_seq_len: int = 256
    dropout: float = 0.0
    tie_embeddings: bool = True
    norm: str = "rms"
    ffn: str = "swiglu"
    bias: bool = False
    positions: str = "rotary"
    qk_norm: bool = False
    zero_init: bool = False

    def __post_init__(self):
        self.with_vocab(1)  # fails here, not minutes later, if a size is wrong

    def with_vocab(self, n_pieces: int) -> LanguageModelConfig:
        return LanguageModelConfig(vocab_size=n_pieces, **asdict(self))


RECIPE = Recipe(
    n_steps=800,
    batch_size=16,
    learning_rate=0.004,
    label_smoothing=0.0,
    optimizer="muon",
    precision="bfloat16",
)


@dataclass(frozen=True, kw_only=True)
class LanguageRunConfig(SavedConfig):
    """One run of a language model: which text, model, recipe and random numbers."""

    parts = {"model": LanguageSizes, "recipe": Recipe}  # noqa: RUF012

    task: str = "python"
    seed: int = 0
    vocab_size: int = 4_096
    model: LanguageSizes = field(default_factory=LanguageSizes)
    recipe: Recipe = field(default_factory=lambda: RECIPE)

    def __post_init__(self):
        if not isinstance(self.task, str) or self.task not in TEXTS:
            raise ConfigError(
                f"unknown text {self.task!r}: choose one of {', '.join(TEXTS)}"
            )
        check_seed(self.seed)
        check_bpe_size(self.vocab_size)

    def build(
        self, tokenizers: Tokenizers, generator: torch.Generator | None = None
    ) -> LanguageModel:
        """An untrained model for this tokenizer, the only one."""
        (tokenizer,) = tokenizers
        return LanguageModel(self.model.with_vocab(len(tokenizer)), generator)


def default_config(task: str) -> RunConfig | LanguageRunConfig:
    """The settings that suit a task: what `heedful train TASK` uses.

    Raises `ConfigError` for an unknown one.
    """
    if task in TEXTS:
        return LanguageRunConfig(task=task)
    if task not in CORPORA:
        known = ", ".join([*CORPORA, *TEXTS])
        raise ConfigError(f"unknown task {task!r}: choose one of {known}")
    return TATOEBA if task == TATOEBA.task else RunConfig(task=task)


def read_config(path: Path) -> RunConfig | LanguageRunConfig:
    """Read the config of either kind of run; its `task` decides which.

    Raises `ConfigError` naming the file and the fault.
    """
    try:
        content = path.read_bytes()
    except OSError:
        return RunConfig.read(path)  # which says what is wrong
    return parse_config(content, path)


def parse_config(content: bytes, path: Path) -> RunConfig | LanguageRunConfig:
    """The same for the content of a file, which `path` only names."""
    try:
        is_text = json.loads(content)["task"] in TEXTS
    except (ValueError, TypeError, KeyError):
        is_text = False  # whatever is wrong, the reading below says it
    return (LanguageRunConfig if is_text else RunConfig).parse(content, path)
