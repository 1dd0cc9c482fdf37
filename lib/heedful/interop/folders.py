"""A Hugging Face model as a folder: config.json and its weights in safetensors."""

import json
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch

from heedful.interop.bert import from_bert, to_bert
from heedful.interop.language_models import to_hugging_face, with_weights
from heedful.interop.names import Weights
from heedful.nets.encoder import Encoder
from heedful.nets.language_model import LanguageModel

INDEX = "model.safetensors.index.json"


def load_hugging_face(folder: Path) -> LanguageModel:
    """The model in a folder that `save_pretrained` wrote or that was downloaded.

    The weights may be in one file or, as those of large models, in several.
    Raises `ValueError` naming the file that is missing or damaged, and for what
    `from_hugging_face` refuses.
    """
    return with_weights(*_read(folder))


def save_hugging_face(model: LanguageModel, folder: Path) -> None:
    """Write the folder, for `AutoModelForCausalLM.from_pretrained` or for us.

    Raises `ValueError` for a model that Hugging Face has no name for, and then
    writes nothing.
    """
    _write(*to_hugging_face(model), folder)


def load_bert(folder: Path) -> Encoder:
    """The BERT or MiniLM in a folder. Raises `ValueError` as `load_hugging_face`."""
    return from_bert(*_read(folder))


def save_bert(model: Encoder, folder: Path) -> None:
    """Write the folder, for `BertModel.from_pretrained` or for us. It has no pooler."""
    _write(*to_bert(model), folder)


def _read(folder: Path) -> tuple[dict[str, Any], Weights]:
    settings = _read_json(folder / "config.json")
    if (folder / INDEX).exists():
        places = _read_json(folder / INDEX).get("weight_map")
        if not isinstance(places, dict):
            raise ValueError(f"{folder / INDEX} has no 'weight_map'")
        names = sorted(set(places.values()))
    else:
        names = ["model.safetensors"]
    weights: Weights = {}
    for name in names:
        weights |= _read_weights(folder / name)
    return settings, weights


def _write(settings: dict[str, Any], weights: Weights, folder: Path) -> None:
    dtype = str(next(iter(weights.values())).dtype).removeprefix("torch.")
    folder.mkdir(parents=True, exist_ok=True)
    safetensors.torch.save_file(
        {name: weight.contiguous() for name, weight in weights.items()},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )
    text = json.dumps(settings | {"dtype": dtype}, indent=2) + "\n"
    (folder / "config.json").write_text(text, encoding="utf-8")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is not readable as JSON: {error}") from None
    if not isinstance(settings, dict):
        raise ValueError(f"{path} holds no settings, but {settings!r}")
    return settings


def _read_weights(path: Path) -> Weights:
    try:
        return safetensors.torch.load_file(path)
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist") from None
    except (OSError, safetensors.SafetensorError) as error:
        raise ValueError(f"{path} is damaged: {error}") from None
