"""What a better algorithm is worth: Adam against Muon, the same model and text.

    python -m heedful.studies.algorithms book/data

trains a small language model of Python's library with each optimiser, for several
numbers of steps and at several learning rates, and writes algorithms.json. Chapter 06
shows it.
"""

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from heedful.nets.language_model import LanguageModel
from heedful.text.corpora import TEXTS
from heedful.text.packing import TextBatch, packed_batches
from heedful.train.config import Recipe
from heedful.train.language import new_language_run, packed
from heedful.train.language_config import LanguageRunConfig, LanguageSizes
from heedful.train.loop import fit
from heedful.train.loss import token_loss
from heedful.train.optimizers import new_optimizers
from heedful.train.run import circumstances

FILE = "algorithms.json"
CONFIG = LanguageRunConfig(
    vocab_size=1_024,
    model=LanguageSizes(
        d_model=64, n_layers=2, n_heads=4, n_kv_heads=4, d_ff=176, max_seq_len=64
    ),
    recipe=Recipe(batch_size=16, label_smoothing=0.0),
)
COMPARED = ("adam", "muon")
STEPS = (50, 100, 200, 400, 800)
RATES = (0.00125, 0.0025, 0.005, 0.01, 0.02, 0.04)
N_VALID = 256

Row = dict[str, Any]


@dataclass(frozen=True)
class Material:
    """What all runs share: settings, rows to learn from, and held-out rows."""

    config: LanguageRunConfig
    rows: TextBatch
    valid: list[TextBatch]

    @classmethod
    def of(cls, config: LanguageRunConfig) -> "Material":
        """The corpus of `config`, and `N_VALID` rows of its validation part."""
        corpus = TEXTS[config.task]()
        run = new_language_run(config, corpus)
        rows, held_out = packed(run, corpus.train), packed(run, corpus.valid)
        some = list(range(0, len(held_out), math.ceil(len(held_out) / N_VALID)))
        return cls(config, rows, held_out.batch(some).in_batches(64))

    def new_model(self) -> LanguageModel:
        """The model with its first weights, which are the same for all runs."""
        generator = torch.Generator().manual_seed(self.config.seed)
        sizes = self.config.model.with_vocab(self.config.vocab_size)
        return LanguageModel(sizes, generator)

    def loss_after(self, n_steps: int, optimizer: str, learning_rate: float) -> float:
        """Validation loss, in nats per token, of a run that ends with this step.

        It warms up for a tenth of its steps. All runs see the same batches.
        """
        recipe = replace(
            self.config.recipe,
            optimizer=optimizer,
            learning_rate=learning_rate,
            n_steps=n_steps,
            n_warmup=max(1, n_steps // 10),
            evaluate_every=n_steps,
        )
        batches = packed_batches(self.rows, recipe.batch_size, self.config.seed)
        losses: list[float] = []
        fit(
            self.new_model(), batches, recipe, self.valid,
            lambda row: losses.append(row["valid_loss"]), progress=False,
        )  # fmt: skip
        return losses[-1]

    def flops_per_step(self, optimizer: str) -> int:
        """Of all matrix products in one training step, the optimiser's included."""
        model, size = self.new_model(), self.config.recipe.batch_size
        batch = self.rows.batch(list(range(size)))
        with FlopCounterMode(display=False) as counter:
            token_loss(model(batch.tokens), batch.goal).backward()
            for part in new_optimizers(model, optimizer):
                part.step()
        return counter.get_total_flops()


def measure(
    material: Material,
    steps: Sequence[int] = STEPS,
    rates: Sequence[float] = RATES,
) -> dict[str, Any]:
    """Every run, as rows of optimizer, n_steps, learning_rate and valid_loss."""
    rows: list[Row] = []
    for optimizer in COMPARED:
        for n_steps in steps:
            for rate in rates:
                loss = material.loss_after(n_steps, optimizer, rate)
                row = dict(optimizer=optimizer, n_steps=n_steps, learning_rate=rate)
                rows.append(row | dict(valid_loss=round(loss, 4)))
    flops = {name: material.flops_per_step(name) for name in COMPARED}
    return dict(settings=asdict(material.config), flops_per_step=flops, runs=rows)


def best_runs(result: dict[str, Any], optimizer: str) -> list[Row]:
    """For each number of steps the run whose learning rate suited it best."""
    runs = [row for row in result["runs"] if row["optimizer"] == optimizer]
    steps = sorted({row["n_steps"] for row in runs})
    return [
        min((row for row in runs if row["n_steps"] == n), key=lambda r: r["valid_loss"])
        for n in steps
    ]


def steps_to_reach(rows: Sequence[Row], loss: float) -> float:
    """How many steps the best runs need for a loss, between two by a power law.

    Raises `ValueError` if the loss is outside what was measured.
    """
    for before, after in pairwise(rows):
        high, low = before["valid_loss"], after["valid_loss"]
        if low <= loss <= high:
            share = math.log(high / loss) / math.log(high / low)
            return before["n_steps"] * (after["n_steps"] / before["n_steps"]) ** share
    measured = [row["valid_loss"] for row in rows]
    raise ValueError(
        f"loss={loss} is outside what was measured, {min(measured)} to {max(measured)}"
    )


def record(folder: str | Path) -> Path:
    """Make all runs and write what was measured to `folder`."""
    path = Path(folder) / FILE
    whole = {"circumstances": circumstances()} | measure(Material.of(CONFIG))
    path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    torch.set_num_threads(1)
    record(sys.argv[1])
