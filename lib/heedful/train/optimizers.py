"""From gradients to changes of the weights: Adam, or Muon with Adam for the rest."""

from torch import nn
from torch.optim import Adam, Muon, Optimizer

OPTIMIZERS = ("adam", "muon")


def new_optimizers(model: nn.Module, name: str, fused: bool = False) -> list[Optimizer]:
    """Optimizers that together own every weight of `model` once.

    "adam" is the paper's [Vaswani 2017, sec. 5.3]. "muon" gives the matrices inside
    the layers to Muon, which changes all directions of a matrix by the same amount
    [Jordan 2024], and the embeddings, norms and biases to Adam. Its steps are scaled
    to the size of Adam's, so both take the same learning rate [Liu 2025, eq. 4].

    `fused` changes each weight in one pass over memory, with other rounding.
    The learning rate is the caller's to set. Raises `ValueError` for another name.
    """
    if name not in OPTIMIZERS:
        raise ValueError(f"optimizer={name!r} must be one of {', '.join(OPTIMIZERS)}")
    weights = list(model.parameters())
    if name == "adam":
        return [_adam(weights, fused)]
    matrices = [
        weight
        for module in model.modules()
        if not isinstance(module, nn.Embedding)
        for weight in module.parameters(recurse=False)
        if weight.ndim == 2
    ]
    of_muon = {id(weight) for weight in matrices}
    rest = [weight for weight in weights if id(weight) not in of_muon]
    muon = Muon(matrices, weight_decay=0.0, adjust_lr_fn="match_rms_adamw")
    return [muon, _adam(rest, fused)]


def _adam(weights: list[nn.Parameter], fused: bool) -> Adam:
    return Adam(weights, betas=(0.9, 0.98), eps=1e-9, fused=fused)
