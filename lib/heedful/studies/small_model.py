"""What the book shows of a real model: measured now, or recorded if it is not there.

SmolLM2 is an optional 91 MB. A page asks for a measurement by name; if the model is
installed it is made on the spot, else read from book/data/small_model.json, which
`make real-models` writes:

    python -m heedful.studies.small_model book/data

With names behind the folder, only these are measured; the others stay as they are.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from heedful.interop.chat_tokenizer import ChatTokenizer
from heedful.interop.real_models import NotInstalledError, load_smollm2
from heedful.nets.language_model import LanguageModel
from heedful.studies.small_model_answering import (
    conversations,
    next_token,
    reading_times,
)
from heedful.studies.small_model_answers import answers
from heedful.studies.small_model_heads import heads
from heedful.studies.small_model_pretraining import pretraining
from heedful.studies.small_model_values import values
from heedful.train.run import circumstances

MEASUREMENTS: dict[str, Callable[[LanguageModel, ChatTokenizer], Any]] = {
    "answers": answers,
    "heads": heads,
    "values": values,
    "next_token": next_token,
    "conversations": conversations,
    "reading_times": reading_times,
    "pretraining": pretraining,
}
"""Name -> function of model and tokenizer. Results are what JSON can hold."""

FILE = "small_model.json"


@dataclass(frozen=True)
class Shown:
    """A result, and the sentence that says when and how it came about."""

    result: Any
    note: str


def measured_or_recorded(name: str, folder: str | Path) -> Shown:
    """The measurement `name` of SmolLM2, made now if the model is installed.

    `folder` is book/data, as seen from the page. Raises `KeyError` for an unknown
    name, and `RealModelError` if the installed file is not the published one.
    """
    measure = MEASUREMENTS[name]
    try:
        model, tokenizer = _loaded()
    except NotInstalledError:
        recorded = json.loads((Path(folder) / FILE).read_text(encoding="utf-8"))
        later = recorded.get("later", {})
        date = later.get(name, recorded["circumstances"])["started"][:10]
        note = f"Recorded on {date} by `make real-models`; SmolLM2 is not installed."
        return Shown(recorded[name], note)
    return Shown(_as_json(measure(model, tokenizer)), "Measured with SmolLM2 just now.")


def record(folder: str | Path, *names: str) -> Path:
    """Make all measurements and write them to `folder`, or renew those with `names`.

    "later" then has the circumstances of each that was renewed. Raises
    `RealModelError`, and `KeyError` for an unknown name.
    """
    model, tokenizer = _loaded()
    path, now = Path(folder) / FILE, circumstances()
    results = {n: MEASUREMENTS[n](model, tokenizer) for n in names or MEASUREMENTS}
    whole = {"circumstances": now} | results
    if names:
        whole = json.loads(path.read_text(encoding="utf-8")) | results
        whole["later"] = whole.get("later", {}) | dict.fromkeys(names, now)
    text = json.dumps(whole, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    return path


@cache
def _loaded() -> tuple[LanguageModel, ChatTokenizer]:
    return load_smollm2()


def _as_json(result: Any) -> Any:
    """As it would be read again: tuples become lists, whole keys become text."""
    return json.loads(json.dumps(result))


if __name__ == "__main__":
    record(*sys.argv[1:])
