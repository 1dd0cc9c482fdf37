"""Runs by name: "plain" as is usual, and "short", as good after far fewer steps.

What each lever of the short ones is worth, `make bench-quality` measures.
"""

from dataclasses import replace

from heedful.text.bpe import N_BASE
from heedful.text.corpora import TEXTS
from heedful.train.config import ConfigError, ModelSizes, Recipe, RunConfig
from heedful.train.language_config import LanguageRunConfig, LanguageSizes

NAMES = ("plain", "short")

_SMALL = LanguageSizes(
    d_model=128, n_layers=4, n_heads=4, n_kv_heads=4, d_ff=512, max_seq_len=64
)
PLAIN_TEXT = LanguageRunConfig(
    vocab_size=N_BASE,  # bytes
    model=replace(_SMALL, norm="layer", ffn="gelu", bias=True, positions="learned"),
    recipe=Recipe(
        n_steps=2000,
        batch_size=12,
        learning_rate=1e-3,
        label_smoothing=0.0,
        evaluate_every=500,
        optimizer="adamw",
    ),
)
"""GPT-2's shape and AdamW in the size that is usual where there is only a CPU."""

SHORT_TEXT = LanguageRunConfig(
    vocab_size=N_BASE,
    model=replace(_SMALL, norm="layer", ffn="relu2", qk_norm=True, zero_init=True),
    recipe=Recipe(
        n_steps=160,
        batch_size=24,
        learning_rate=2e-2,
        n_warmup=5,
        decay="linear",
        label_smoothing=0.0,
        evaluate_every=80,
        optimizer="muon",
        momentum=0.8,
    ),
)
"""The same size and data. LayerNorm, as torch has it in one pass, but no RMSNorm."""

SHORT_PAIRS = RunConfig(
    model=ModelSizes(norm="pre"),
    recipe=Recipe(
        n_steps=530,
        batch_size=48,
        learning_rate=1e-2,
        n_warmup=20,
        label_smoothing=0.05,
        evaluate_every=106,
        optimizer="muon",
        momentum=0.8,
    ),
)
"""The default model, but pre-norm, which Muon's first steps do not throw off."""


def named_config(task: str, name: str) -> RunConfig | LanguageRunConfig:
    """The run of this name for `task`. Raises `ConfigError` if there is none."""
    runs: dict[str, RunConfig | LanguageRunConfig]
    if task in TEXTS:
        runs = {"plain": PLAIN_TEXT, "short": SHORT_TEXT}
    elif task in ("numbers", "dates"):
        runs = {"plain": RunConfig(), "short": SHORT_PAIRS}
    else:
        raise ConfigError(
            f"task {task!r} has no recipe but its own: leave out {name!r}"
        )
    if name not in runs:
        raise ConfigError(f"unknown recipe {name!r}: choose {' or '.join(NAMES)}")
    return replace(runs[name], task=task)
