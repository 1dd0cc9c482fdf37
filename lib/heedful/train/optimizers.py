"""From gradients to changes of the weights: Adam, or Muon with Adam for the rest."""

from torch import nn
from torch.optim import Adam, AdamW, Muon, Optimizer

from heedful.train.muon import StackedMuon

OPTIMIZERS = ("adam", "adamw", "muon")


def new_optimizers(
    model: nn.Module, name: str, fused: bool = False, momentum: float = 0.95
) -> list[Optimizer]:
    """Optimizers that together own every weight of `model` once.

    "adam" is the paper's [Vaswani 2017, sec. 5.3]. "adamw" is what language models are
    mostly learned with: a tenth of the learning rate draws matrices and embeddings
    towards zero [Loshchilov 2019]. "muon" gives the matrices inside the layers to
    Muon, which changes all directions of a matrix by the same amount [Jordan 2024] and
    keeps `momentum` of its last direction, and the embeddings, norms and biases to
    Adam. Its steps are scaled to the size of Adam's, so both take the same learning
    rate [Liu 2025, eq. 4].

    `fused` changes each weight in one pass over memory, and equal matrices together,
    with other rounding.
    The learning rate is the caller's to set. Raises `ValueError` for another name.
    """
    if name not in OPTIMIZERS:
        raise ValueError(f"optimizer={name!r} must be one of {', '.join(OPTIMIZERS)}")
    weights = list(model.parameters())
    if name == "adam":
        return [_adam(weights, fused)]
    if name == "adamw":
        groups = [
            {"params": [w for w in weights if w.ndim > 1], "weight_decay": 0.1},
            {"params": [w for w in weights if w.ndim < 2], "weight_decay": 0.0},
        ]
        return [AdamW(groups, betas=(0.9, 0.99), fused=fused)]
    matrices = [
        weight
        for module in model.modules()
        if not isinstance(module, nn.Embedding)
        for weight in module.parameters(recurse=False)
        if weight.ndim == 2
    ]
    of_muon = {id(weight) for weight in matrices}
    rest = [weight for weight in weights if id(weight) not in of_muon]
    if fused:
        return [StackedMuon(matrices, momentum=momentum), _adam(rest, fused)]
    muon = Muon(
        matrices, weight_decay=0.0, momentum=momentum, adjust_lr_fn="match_rms_adamw"
    )
    return [muon, _adam(rest, fused)]


def _adam(weights: list[nn.Parameter], fused: bool) -> Adam:
    return Adam(weights, betas=(0.9, 0.98), eps=1e-9, fused=fused)
