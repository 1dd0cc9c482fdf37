"""GGUF, the one-file format of llama.cpp: settings, vocabulary, quantised weights.

Read with llama.cpp's own package `gguf`, which knows every kind of number in it.
Source: [Gerganov 2023, docs/gguf.md]. Derived in chapter 06.
"""

from pathlib import Path

import numpy as np
import torch

from heedful.interop.names import Settings, Weights

_DAMAGE = (ValueError, LookupError, ArithmeticError, NotImplementedError)


def read_gguf(path: Path) -> tuple[Settings, Weights]:
    """Settings and float32 weights, under the names that the file has for them.

    Raises `ValueError` for a file that is missing, damaged or no GGUF.
    """
    import gguf  # here: it takes half a second, and few need it

    try:
        file = gguf.GGUFReader(path)
        settings = {
            name: field.contents()
            for name, field in file.fields.items()
            if not name.startswith("GGUF.")  # the file's head, no setting
        }
        weights = {
            tensor.name: gguf.dequantize(tensor.data, tensor.tensor_type)
            for tensor in file.tensors
        }
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error}") from None
    except _DAMAGE as error:
        raise ValueError(f"{path} is damaged, or no GGUF file: {error}") from None
    # A copy each: what is not quantised still lies in the file.
    copied = {n: torch.from_numpy(np.array(w)).float() for n, w in weights.items()}
    return settings, copied
