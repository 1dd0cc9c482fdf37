"""Which of its parts does the Transformer need? Remove each, and train again.

    python -m heedful.studies.ablation book/data

trains the default model and six that lack one part, with the same data, seed and
steps, and writes ablation.json. Chapter 05 shows it.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from heedful.generate.translate import exact_match
from heedful.nets.transformer import Transformer
from heedful.text.batching import training_batches
from heedful.text.corpora import CORPORA
from heedful.train.config import RunConfig
from heedful.train.loop import encoded, fit, new_run
from heedful.train.run import circumstances

FILE = "ablation.json"


class Muted(nn.Module):
    """In the place of a sublayer f: adds nothing, x + 0 f(x)."""

    def __init__(self, sublayer: nn.Module):
        super().__init__()
        self.sublayer = sublayer

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return 0 * self.sublayer(x, *args, **kwargs)


class Alone(Muted):
    """In the place of a sublayer f: the residual is taken away, x + (f(x) - x)."""

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return self.sublayer(x, *args, **kwargs) - x


def _wrapping(
    wrapper: Callable[[nn.Module], nn.Module], *names: str
) -> Callable[[Transformer], Any]:
    def operate(model: Transformer) -> None:
        for layer in (*model.encoder, *model.decoder):
            for name, part in list(layer.named_children()):
                if name in names:
                    setattr(layer, name, wrapper(part))

    return operate


SURGERIES: dict[str, Callable[[Transformer], Any]] = {
    "nothing": lambda model: None,
    "positions": lambda model: model.positions.zero_(),
    "self-attention": _wrapping(Muted, "attn"),
    "cross-attention": _wrapping(Muted, "cross_attn"),
    "feed-forward": _wrapping(Muted, "ffn"),
    "LayerNorm": _wrapping(
        lambda norm: nn.Identity(), "attn_norm", "cross_norm", "ffn_norm"
    ),
    "residuals": _wrapping(Alone, "attn", "cross_attn", "ffn"),
}
"""What is left out -> how. It is done to a post-norm model before training."""


def ablate(name: str, config: RunConfig) -> list[dict[str, int | float]]:
    """Train `config`'s model without the part `name`; one row per evaluation.

    A row has step, valid_loss (nats per token) and right (share of the validation
    pairs that are right to the last character). Raises `KeyError` for an unknown name
    and `ValueError` for a pre-norm model, to which the surgeries mean other things.
    """
    operate = SURGERIES[name]
    if config.model.norm != "post":
        raise ValueError(f"norm={config.model.norm!r}: the surgeries are for 'post'")
    corpus = CORPORA[config.task](n_train=config.n_train)
    run = new_run(config, corpus)
    operate(run.model)
    rows: list[dict[str, int | float]] = []

    def examine(row: dict[str, Any]) -> None:
        run.model.eval()
        right = exact_match(run, corpus.valid)
        rows.append(dict(step=row["step"], valid_loss=row["valid_loss"], right=right))
        run.model.train()

    batches = training_batches(
        encoded(run, corpus.train), config.recipe.batch_size, config.seed
    )
    valid = encoded(run, corpus.valid).in_batches(250)
    fit(run.model, batches, config.recipe, valid, examine, progress=False)
    return rows


def record(folder: str | Path, config: RunConfig) -> Path:
    """Train all seven and write what was measured to `folder`."""
    results = {name: ablate(name, config) for name in SURGERIES}
    path = Path(folder) / FILE
    whole = {"circumstances": circumstances(), "results": results}
    path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    torch.set_num_threads(1)
    record(sys.argv[1], RunConfig(task="numbers"))
