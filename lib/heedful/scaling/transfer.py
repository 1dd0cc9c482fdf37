r"""One learning rate for all widths: the maximal update parametrisation (muP).

In a wide layer every output is a sum over many inputs, and one step of Adam moves all
terms of the sum in the same direction. So with the same learning rate a model that is
four times as wide changes four times as much, and each width would need a search of
its own. muP starts and moves each weight so that a step changes what a layer puts out
by the same amount at every width:

                     first drawn from      learning rate
embeddings, gains    N(0, 1); 1            base
matrices inside      N(0, 1 / fan-in)      base * BASE_WIDTH / d_model
output matrix        0                     base * BASE_WIDTH / d_model

Source: [Yang 2022, table 8], with heads of constant width, for which its rule of
attention changes nothing. Derived in chapter 09. Does not cover depth: models that
share a learning rate have the same number of layers.
"""

import torch
from torch import nn
from torch.optim import Adam

from heedful.nets.language_model import LanguageModel

BASE_WIDTH = 64
"""The `d_model` at which the rule changes no learning rate."""


def draw_weights(model: LanguageModel, generator: torch.Generator | None = None):
    """Draw the weights of `model` anew, as the table above says.

    The matrices that write to the straight way are narrower by sqrt(2 n_layers), as
    in the model's own `reset_parameters`. Raises `ValueError` if the output matrix is
    tied to the embedding, which the table would start differently.
    """
    _check(model)
    for name, module in model.named_modules():
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, generator=generator)
        elif module is model.lm_head:
            nn.init.zeros_(module.weight)  # type: ignore[union-attr]
        elif isinstance(module, nn.Linear):
            writes = name.endswith(("o_proj", "down_proj"))
            n_summed = 2 * model.config.n_layers if writes else 1
            std = (module.in_features * n_summed) ** -0.5
            nn.init.normal_(module.weight, std=std, generator=generator)


def transferring_adam(model: LanguageModel) -> Adam:
    """Adam whose groups say by `lr_scale` how much of the learning rate they take."""
    _check(model)
    matrices, rest = [], []
    for module in model.modules():
        within = matrices if isinstance(module, nn.Linear) else rest
        within += module.parameters(recurse=False)
    scale = BASE_WIDTH / model.config.d_model
    groups = [dict(params=matrices, lr_scale=scale), dict(params=rest, lr_scale=1.0)]
    return Adam(groups, betas=(0.9, 0.98), eps=1e-9)


def _check(model: LanguageModel) -> None:
    if model.config.tie_embeddings:
        raise ValueError(
            "tie_embeddings=True: embedding and output matrix start and learn "
            "differently under muP; build the model with tie_embeddings=False"
        )
