"""Two names for every weight, and settings that must be there or must be right."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

Settings = Mapping[str, Any]
Weights = dict[str, Tensor]
Model = TypeVar("Model", bound=nn.Module)


@dataclass(frozen=True)
class NameTable:
    """How one family of Hugging Face models calls the parts of ours.

    `top` holds the parts of the model, `stacks` those made of layers, `layer` the
    parts of a layer of either stack.
    """

    top: Mapping[str, str]
    stacks: Mapping[str, str]
    layer: Mapping[str, str]

    def theirs(self, name: str) -> str:
        """`blocks.3.attn.q_proj.weight` -> `model.layers.3.self_attn.q_proj.weight`."""
        part, kind = name.rsplit(".", 1)
        stack = part.split(".")[0]
        if stack not in self.stacks:
            return f"{self.top[part]}.{kind}"
        _, i, part = part.split(".", 2)
        return f"{self.stacks[stack]}.{i}.{self.layer[part]}.{kind}"

    def write(self, weights: Weights) -> Weights:
        return {self.theirs(name): weight for name, weight in weights.items()}

    def read(self, weights: Weights, names: Iterable[str]) -> Weights:
        """The weights called `names` by us.

        Raises `ValueError` if one is missing, or if one is left over.
        """
        ours = {self.theirs(name): name for name in names}
        for what, wrong in (
            ("are missing", ours.keys() - weights.keys()),
            ("have no place in the model", weights.keys() - ours.keys()),
        ):
            if wrong:
                some = ", ".join(sorted(wrong)[:3])
                raise ValueError(f"{len(wrong)} weights {what}: {some} ...")
        return {ours[name]: weight for name, weight in weights.items()}


def filled(build: Callable[[], Model], weights: Weights, names: NameTable) -> Model:
    """The model that `build` makes, with `weights` of their names in it, not copied.

    It is ready to be asked: dropout is off until `.train()`. Raises `ValueError` for a
    weight that is missing, left over or of another shape than the model's.
    """
    with torch.device("meta"):  # no time and no memory for weights that are replaced
        model = build()
    expected = model.state_dict()
    weights = names.read(weights, expected)
    for name, weight in weights.items():
        if weight.shape != expected[name].shape:
            raise ValueError(
                f"{names.theirs(name)} has the shape {tuple(weight.shape)}, "
                f"but the config makes it {tuple(expected[name].shape)}"
            )
    model.load_state_dict(weights, assign=True)
    return model.requires_grad_().eval()


def needed(settings: Settings, name: str) -> Any:
    """Raises `ValueError` if the setting is missing."""
    if settings.get(name) is None:
        raise ValueError(f"the config has no {name!r}")
    return settings[name]


def refuse_others(settings: Settings, **understood: Any) -> None:
    """Raises `ValueError` if a setting has another value than the one we compute.

    A missing setting has its default, which is the value given here.
    """
    for name, value in understood.items():
        if settings.get(name, value) != value:
            raise ValueError(
                f"{name}={settings[name]!r} is not covered, only {name}={value!r}"
            )


def without_twin(weights: Weights, embedding: str) -> Weights:
    """Leave out the output matrix of tied embeddings, which some files hold again.

    Raises `ValueError` if it is not the same as the matrix called `embedding`.
    """
    twin = weights.get("lm_head.weight")
    if twin is None:
        return weights
    if embedding in weights and not torch.equal(twin, weights[embedding]):
        raise ValueError(
            f"the embeddings are tied, but lm_head.weight is not {embedding}"
        )
    return {name: w for name, w in weights.items() if name != "lm_head.weight"}
