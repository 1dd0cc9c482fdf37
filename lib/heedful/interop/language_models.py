"""From Hugging Face's settings and tensors to a `LanguageModel`, and back."""

from typing import Any

from heedful.interop import gpt2, llama
from heedful.interop.names import Settings, Weights, filled, needed, without_twin
from heedful.nets.language_config import LanguageModelConfig
from heedful.nets.language_model import LanguageModel

FAMILIES = {"llama": llama, "mistral": llama, "gpt2": gpt2}


def from_hugging_face(settings: Settings, weights: Weights) -> LanguageModel:
    """Our model with a copy of their weights, in their dtype, ready to be asked.

    `settings` is what config.json holds, or `model.config.to_dict()`; `weights` is
    what model.safetensors holds, or `model.state_dict()`. Dropout is off until
    `.train()`.

    Raises `ValueError` for a model we do not compute, for weights that are missing
    or left over, and for one of another shape than the config says.
    """
    return with_weights(settings, {n: w.detach().clone() for n, w in weights.items()})


def to_hugging_face(model: LanguageModel) -> tuple[dict[str, Any], Weights]:
    """Settings and weights of our model under their names.

    The weights share the model's memory where the layout is the same, as those of
    `state_dict` do. A tied output matrix is not written twice.

    Raises `ValueError` for a model that is neither a Llama, a Mistral nor a GPT-2.
    """
    family = _family_of(model.config)
    settings = family.write_config(model.config)
    weights = family.NAMES.write(model.state_dict())
    return settings, gpt2.fused(weights) if family is gpt2 else weights


def with_weights(settings: Settings, weights: Weights) -> LanguageModel:
    """`from_hugging_face` without the copy: the model takes the tensors over."""
    kind = needed(settings, "model_type")
    if kind not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise ValueError(f"model_type={kind!r} is not covered, only {known}")
    family = FAMILIES[kind]
    config = family.read_config(settings)
    if family is gpt2:
        weights = gpt2.unfused(weights)
    weights = {n: w for n, w in weights.items() if "rotary_emb" not in n}
    if config.tie_embeddings:
        weights = without_twin(weights, family.NAMES.theirs("tok_emb.weight"))
    return filled(lambda: LanguageModel(config), weights, family.NAMES)


def _family_of(config: LanguageModelConfig) -> Any:
    if config.qk_norm:
        raise ValueError("qk_norm=True is neither a Llama nor a GPT-2")
    shape = (config.norm, config.ffn, config.positions)
    if shape == ("rms", "swiglu", "rotary"):
        return llama
    if shape == ("layer", "gelu", "learned"):
        return gpt2
    raise ValueError(
        f"norm={config.norm!r} with ffn={config.ffn!r} and positions="
        f"{config.positions!r} is neither a Llama ('rms', 'swiglu', 'rotary') nor a "
        "GPT-2 ('layer', 'gelu', 'learned')"
    )
