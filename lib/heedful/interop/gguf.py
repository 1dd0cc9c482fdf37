"""GGUF, the one-file format of llama.cpp: settings, vocabulary, quantised weights.

Covers the kinds of number that SmolLM2's file has: float32, and blocks of 32 numbers
in 8 or 4 bits. The package `gguf` reads every kind, but takes seconds for SmolLM2's
vocabulary, word by word; the tests compare the two.
Source: [Gerganov 2023, docs/gguf.md]. Derived in chapter 06.
"""

import mmap
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from heedful.interop.names import Settings, Weights

STRING, ARRAY = 8, 9
NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?",
           10: "Q", 11: "q", 12: "d"}  # fmt: skip
"""The kinds of number a setting can have, as `struct` spells them."""
_DAMAGE = (struct.error, UnicodeDecodeError, LookupError, ArithmeticError, RuntimeError)


def read_gguf(path: Path) -> tuple[Settings, Weights]:
    """Settings and float32 weights, under the names that the file has for them.

    Raises `ValueError` for a file that is missing, damaged or no GGUF of version 3,
    and for kinds of weight that are not covered.
    """
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from None
    try:
        return _parse(_Reader(data))
    except _DAMAGE as error:
        raise ValueError(f"{path} is damaged: {error}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def q8_0(
    blocks: UInt8[Tensor, "n_blocks 34"],
) -> Float[Tensor, "n_blocks 32"]:
    """Weights kept as whole numbers q from -128 to 127: x = d q.

    A block is the scale d as float16, then 32 bytes: 8.5 bits a weight.
    """
    scale = blocks[:, :2].view(torch.float16).float()
    return scale * blocks[:, 2:].view(torch.int8)


def q4_1(
    blocks: UInt8[Tensor, "n_blocks 20"],
) -> Float[Tensor, "n_blocks 32"]:
    """Weights kept as whole numbers q from 0 to 15: x = d q + m.

    A block is the step d and the lowest value m as float16, then 16 bytes, of which
    byte i holds weight i in its low half and weight i + 16 in its high: 5 bits a
    weight.
    """
    step, lowest = blocks[:, :4].view(torch.float16).float().chunk(2, dim=1)
    q = torch.cat([blocks[:, 4:] & 15, blocks[:, 4:] >> 4], dim=1)
    return step * q + lowest


def f32(
    blocks: UInt8[Tensor, "n_blocks 4"],
) -> Float[Tensor, "n_blocks 1"]:
    """Weights as they are."""
    return blocks.view(torch.float32).clone()


@dataclass(frozen=True)
class Kind:
    """A way to keep weights: blocks of `n_weights` in `n_bytes`, and how to read them.

    Derived in chapter 06.
    """

    n_weights: int
    n_bytes: int
    read: Callable[[Tensor], Tensor]


KINDS = {0: Kind(1, 4, f32), 3: Kind(32, 20, q4_1), 8: Kind(32, 34, q8_0)}


class _Reader:
    """Numbers, strings and lists, one after the other; all are little-endian."""

    def __init__(self, data: mmap.mmap):
        self.data = data
        self.at = 0

    def numbers(self, code: str, n: int) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{n}{code}", self.data, self.at)
        self.at += n * struct.calcsize(f"<{code}")
        return values

    def number(self, code: str) -> Any:
        return self.numbers(code, 1)[0]

    def string(self) -> str:
        return self.numbers("s", self.number("Q"))[0].decode()

    def value(self, kind: int) -> Any:
        if kind == STRING:
            return self.string()
        if kind != ARRAY:
            return self.number(NUMBERS[kind])
        inner, n = self.number("I"), self.number("Q")
        if inner in NUMBERS:
            return list(self.numbers(NUMBERS[inner], n))
        return [self.value(inner) for _ in range(n)]


def _parse(file: _Reader) -> tuple[Settings, Weights]:
    if file.numbers("s", 4)[0] != b"GGUF":
        raise ValueError("it is no GGUF file")
    if (version := file.number("I")) != 3:
        raise ValueError(f"GGUF version {version} is not covered, only version 3")
    n_weights, n_settings = file.numbers("Q", 2)
    settings: dict[str, Any] = {}
    for _ in range(n_settings):
        name = file.string()
        settings[name] = file.value(file.number("I"))
    # name, shape (last axis first), kind, place: the weights themselves come after
    entries = [
        (
            file.string(),
            file.numbers("Q", file.number("I"))[::-1],
            file.number("I"),
            file.number("Q"),
        )
        for _ in range(n_weights)
    ]
    step = settings.get("general.alignment", 32)
    start = -(-file.at // step) * step
    weights = {
        name: _weight(file.data, name, shape, kind, start + place)
        for name, shape, kind, place in entries
    }
    return settings, weights


def _weight(
    data: mmap.mmap, name: str, shape: tuple[int, ...], number: int, place: int
) -> Tensor:
    if number not in KINDS:
        known = ", ".join(kind.read.__name__ for kind in KINDS.values())
        raise ValueError(f"{name} is of kind {number}; only {known} are covered")
    kind = KINDS[number]
    n_blocks = torch.Size(shape).numel() // kind.n_weights
    raw = torch.frombuffer(
        data, dtype=torch.uint8, count=n_blocks * kind.n_bytes, offset=place
    )
    return kind.read(raw.view(n_blocks, kind.n_bytes)).view(shape)
