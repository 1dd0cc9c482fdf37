"""Comparing what an answer returns with what is right, whatever kind of value it is.

What is expected decides what is accepted: a tensor for a tensor, a list or a tuple for
a list, any kind of number for a number.
"""

import copy
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

Inputs = dict[str, Any]
ARRAYS = Tensor | np.ndarray
NUMBERS = int | float | np.number
SEQUENCES = list | tuple


def copied(inputs: Inputs) -> Inputs:
    """The inputs again, so that an answer may spoil its own."""
    return {key: _copy(value) for key, value in inputs.items()}


def _copy(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.clone()
    new = copy.deepcopy(value)
    if isinstance(value, nn.Module):  # deepcopy leaves the gradients behind
        for old, other in zip(value.parameters(), new.parameters()):
            other.grad = None if old.grad is None else old.grad.clone()
    return new


def unchanged(before: Any, after: Any) -> bool:
    """Whether an input is still what it was; only what can change is looked at."""
    if isinstance(before, ARRAYS | list | dict):
        return same(before, after, rtol=0.0, atol=0.0)
    return True


def same(a: Any, b: Any, rtol: float = 1e-5, atol: float = 2e-5) -> bool:
    """Equal in kind, shape and value, up to what rounding in float32 can do.

    Whole numbers, words and truth values must be equal.
    """
    if isinstance(a, ARRAYS):
        kind = Tensor if isinstance(a, Tensor) else np.ndarray
        if not isinstance(b, kind) or a.shape != b.shape:
            return False
        if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
            if a.dtype.kind == b.dtype.kind == "f":
                b = b.astype(a.dtype)  # NumPy's float64 is as good as float32
        a, b = torch.as_tensor(a), torch.as_tensor(b)
        if not (a.is_floating_point() or a.is_complex()) or a.dtype != b.dtype:
            return torch.equal(a, b)
        return torch.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
    b = plain(b)
    if isinstance(a, bool | np.bool_) or isinstance(b, bool):
        return isinstance(b, bool) and plain(a) is b
    if isinstance(a, float | np.floating) and isinstance(b, NUMBERS):
        both_nan = math.isnan(a) and math.isnan(b)
        return both_nan or math.isclose(a, b, rel_tol=rtol, abs_tol=atol)
    if isinstance(a, SEQUENCES):
        if not isinstance(b, SEQUENCES) or len(a) != len(b):
            return False
        return all(same(x, y, rtol, atol) for x, y in zip(a, b))
    if isinstance(a, Mapping):
        if not isinstance(b, Mapping) or a.keys() != b.keys():
            return False
        return all(same(a[key], b[key], rtol, atol) for key in a)
    return not isinstance(b, ARRAYS) and bool(a == b)


def plain(value: Any) -> Any:
    """A number of NumPy or torch, or a fraction, as Python's own; all else as it is."""
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, np.generic) or (isinstance(value, ARRAYS) and not value.shape):
        return value.item()
    return value


def unpacked(expected: Any, got: Any) -> Any:
    """An array of numbers for several numbers, as a list: it unpacks like one."""
    if isinstance(expected[0], NUMBERS) and isinstance(got, ARRAYS) and got.ndim == 1:
        return got.tolist()
    return got


def unusable(expected: Any, got: Any, parts: tuple[str, ...] = ()) -> str:
    """Why `got` cannot even be compared, or nothing."""
    if got is None:
        return "your function returns None; is the `return` missing?"
    if parts:
        if not isinstance(got, SEQUENCES) or len(got) != len(parts):
            kind = "tensors" if isinstance(expected[0], Tensor) else "values"
            return f"return {len(parts)} {kind}, ({', '.join(parts)})"
        pairs = zip(parts, expected, got)
        reasons = [f"{p}: {r}" for p, e, g in pairs if (r := unusable(e, g))]
        return reasons[0] if reasons else ""
    if reason := _other_kind(expected, got):
        return reason
    if isinstance(expected, ARRAYS):
        return _other_dtype(expected, got)
    if isinstance(expected, SEQUENCES) and len(expected) == len(got):
        pairs = enumerate(zip(expected, got))
        reasons = [f"entry {i}: {r}" for i, (e, g) in pairs if (r := unusable(e, g))]
        return reasons[0] if reasons else ""
    return ""


def _other_kind(expected: Any, got: Any) -> str:
    for kinds, name in _KINDS:
        if isinstance(expected, kinds):
            value = got if isinstance(expected, ARRAYS) else plain(got)
            if isinstance(value, kinds) and (name == TRUTH or (value is not True
                                             and value is not False)):  # fmt: skip
                return ""
            given = f"{type(got).__module__}.{type(got).__name__}"
            given = given.removeprefix("builtins.")
            return f"return {name}, not {'an' if given[0] in 'aeiou' else 'a'} {given}"
    return ""


TRUTH = "True or False"
_KINDS = (
    (Tensor, "a torch tensor"),
    (np.ndarray, "a NumPy array"),
    (bool | np.bool_, TRUTH),
    (NUMBERS, "a number"),
    (str, "a str"),
    (SEQUENCES, "a list"),
    (Mapping, "a dict"),
)


def _other_dtype(expected: Any, got: Any) -> str:
    if got.dtype == expected.dtype:
        return ""
    if isinstance(expected, np.ndarray) and got.dtype.kind == expected.dtype.kind:
        return ""  # NumPy's own default, float64, is as good as float32
    want, have = (str(x.dtype).removeprefix("torch.") for x in (expected, got))
    return f"the result has dtype {have}; it should be {want}"


def difference(expected: Any, got: Any, parts: tuple[str, ...] = ()) -> str:
    """The fallback when no known mistake fits."""
    pairs = zip(parts, expected, got) if parts else [("", expected, got)]
    for part, want, have in pairs:
        if reason := _other_size(want, have):
            return f"{part}: {reason}" if part else reason
    tensors = isinstance(expected[0] if parts else expected, ARRAYS)
    what = "the shape is right, the values are not" if tensors else "this is not right"
    return (
        f"{what}, and no single mistake that this check knows explains it; perhaps "
        "there are two"
    )


def _other_size(want: Any, have: Any) -> str:
    if isinstance(want, ARRAYS):
        if want.shape != have.shape:
            return f"the shape is {tuple(have.shape)}, expected {tuple(want.shape)}"
        want, have = torch.as_tensor(want), torch.as_tensor(have)
        if have.isnan().any() and not want.isnan().any():
            return "the result has NaN: 0 / 0, or a softmax with nothing left to choose"
    elif isinstance(want, SEQUENCES | Mapping | str) and len(want) != len(have):
        one, many = (
            ("character", "characters")
            if isinstance(want, str)
            else ("entry", "entries")
        )
        kind = one if len(have) == 1 else many
        return f"the result has {len(have)} {kind}, expected {len(want)}"
    return ""
