"""The exercise on the causal convolution: outputs from inputs that came before."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from torch import Generator, float64, randn

from heedful.checks import Task
from heedful.checks.values import Inputs

Array = np.ndarray
# Of the length T, position t, tap j, kernel size k and dilation d: where to look.
Place = Callable[[int, int, int, int, int], int]


def _causal(T: int, t: int, j: int, k: int, d: int) -> int:
    return t - j * d


def _convolved(place: Place = _causal) -> Callable[..., Array]:
    """The convolution that looks at `place`, and sees zeros outside of the text."""

    def convolved(x: Array, kernel: Array, bias: Array, dilation: int) -> Array:
        out = np.tile(bias, (len(x), 1))
        for t in range(len(x)):
            for j, matrix in enumerate(kernel):
                s = place(len(x), t, j, len(kernel), dilation)
                if 0 <= s < len(x):
                    out[t] += x[s] @ matrix
        return out

    return convolved


convolution = _convolved()


def _late(with_bias: bool) -> Callable[..., Array]:
    """Nothing, or only the bias, until all places of the kernel lie in the text."""

    def late(x: Array, kernel: Array, bias: Array, dilation: int) -> Array:
        out = convolution(x, kernel, bias, dilation)
        out[: (len(kernel) - 1) * dilation] = bias if with_bias else 0
        return out

    return late


def _without_padding(x: Array, kernel: Array, bias: Array, dilation: int) -> Array:
    return convolution(x, kernel, bias, dilation)[(len(kernel) - 1) * dilation :]


def _recurrent(x: Array, kernel: Array, bias: Array, dilation: int) -> Array:
    """Looks back at its own outputs; possible only if they are as wide as inputs."""
    out = np.tile(bias, (len(x), 1))
    for t in range(len(x)):
        out[t] += x[t] @ kernel[0]
        for j in range(1, len(kernel)):
            if t - j * dilation >= 0:
                out[t] += out[t - j * dilation] @ kernel[j]
    return out


def _cases(generator: Generator) -> Iterator[Inputs]:
    """A text longer than the kernel reaches, one shorter, and one position."""

    def drawn(T: int, d_in: int, d_out: int, k: int, dilation: int) -> Inputs:
        shapes: dict[str, tuple[int, ...]]
        shapes = dict(x=(T, d_in), kernel=(k, d_in, d_out), bias=(d_out,))
        arrays: dict[str, Any] = {
            name: randn(shape, generator=generator, dtype=float64).numpy()
            for name, shape in shapes.items()
        }
        return arrays | dict(dilation=dilation)

    yield drawn(5, 1, 1, 2, 2)
    yield drawn(7, 2, 3, 3, 1)
    yield drawn(11, 3, 2, 3, 4)
    yield drawn(3, 2, 5, 4, 2)
    yield drawn(1, 2, 2, 3, 1)


check_convolution = Task(
    name="causal convolution",
    right=convolution,
    cases=_cases,
    compared="values; long texts, short ones, with dilation and without",
    hints=(
        "One position t at first: which inputs does it use, and which of them exist?",
        "Begin with the bias everywhere, then add one matrix of the kernel after the "
        "other. Matrix j meets the input j * dilation positions back.",
        "Matrix j, all positions at once: `out[back:] += x[: len(x) - back] @ "
        "kernel[j]`, with `back = j * dilation`, as long as `back < len(x)`.",
    ),
    mistakes=(
        (
            "it looks ahead: position t uses inputs that come after it. Subtract "
            "j * dilation from t",
            _convolved(lambda T, t, j, k, d: t + j * d),
        ),
        (
            "it looks ahead: with zeros on both sides the end of the result must be "
            "cut off, not its beginning",
            _convolved(lambda T, t, j, k, d: t + (k - 1 - j) * d),
        ),
        (
            "the zeros stand on both sides of the text, so position t sees what comes "
            "after it. A causal convolution has all its zeros in front",
            _convolved(lambda T, t, j, k, d: t + (k - 1) * d // 2 - j * d),
        ),
        (
            "the zeros stand on both sides of the text, so position t sees what comes "
            "after it. A causal convolution has all its zeros in front",
            _convolved(lambda T, t, j, k, d: t - (k - 1) * d // 2 + j * d),
        ),
        (
            "the kernel is the wrong way round: kernel[0] belongs to position t "
            "itself, kernel[1] to the one before it, and so on",
            _convolved(lambda T, t, j, k, d: t - (k - 1 - j) * d),
        ),
        (
            "the dilation is not used: matrix j looks j * dilation positions back",
            _convolved(lambda T, t, j, k, d: t - j),
        ),
        (
            "the dilation is added where it should multiply: j * dilation",
            _convolved(lambda T, t, j, k, d: t - j - d),
        ),
        (
            "dilation 1 means the next neighbour; yours leaves one position out more",
            _convolved(lambda T, t, j, k, d: t - j * (d + 1)),
        ),
        (
            "position t itself is left out: j begins at 0, no position back",
            _convolved(lambda T, t, j, k, d: t - (j + 1) * d),
        ),
        (
            "position t itself is left out: j begins at 0, no position back",
            _convolved(lambda T, t, j, k, d: t - 1 - j * d),
        ),
        (
            "before the first input there are zeros. Yours wraps round to the end of "
            "the text: in Python x[-1] is the last row",
            _convolved(lambda T, t, j, k, d: (t - j * d) % T),
        ),
        (
            "the very first input is left out: x[0] exists, so t - j * dilation may be "
            "0",
            _convolved(lambda T, t, j, k, d: t - j * d or -1),
        ),
        (
            "before the first input there are zeros; yours repeats the first input",
            _convolved(lambda T, t, j, k, d: max(0, t - j * d)),
        ),
        (
            "the bias is missing",
            lambda x, kernel, bias, d: convolution(x, kernel, 0 * bias, d),
        ),
        (
            "the bias is added once for each matrix; once is enough",
            lambda x, kernel, bias, d: convolution(x, kernel, len(kernel) * bias, d),
        ),
        (
            "the first positions are left empty. What lies before the text counts as "
            "zeros; the rest of the kernel still works",
            _late(False),
        ),
        (
            "the first positions have only the bias. What lies before the text counts "
            "as zeros; the rest of the kernel still works",
            _late(True),
        ),
        (
            "the result is too short: put zeros in front, so that each position has an "
            "output",
            _without_padding,
        ),
        (
            "it looks back at its own outputs, which makes it a recurrence: use the "
            "inputs, and no position waits for another",
            _recurrent,
        ),
    ),
)
