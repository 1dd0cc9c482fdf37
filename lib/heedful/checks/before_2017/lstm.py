"""The exercise that finds a bug: one step of an LSTM in NumPy."""

from collections.abc import Callable, Iterator

import numpy as np
from torch import Generator, float64, randn

from heedful.checks import Task
from heedful.checks.values import Inputs

Array = np.ndarray
Step = tuple[Array, Array]
FORGET, INPUT, PROPOSAL, OUTPUT = range(4)


def _sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _gates(
    x: Array, h: Array, W: Array, b: Array, biases: tuple[int, ...] = (0, 1, 2, 3)
) -> tuple[Array, Array, Array, Array]:
    z = np.concatenate([h, x])
    f, i, g, o = (z @ W[gate] + b[bias] for gate, bias in enumerate(biases))
    return _sigmoid(f), _sigmoid(i), np.tanh(g), _sigmoid(o)


def _made(
    memory: Callable[..., Array] = lambda c, f, i, g, o: f * c + i * g,
    shown: Callable[..., Array] = lambda c, o, before: o * np.tanh(c),
    biases: tuple[int, ...] = (0, 1, 2, 3),
) -> Callable[..., Step]:
    """A step that makes `c` or `h` in its own way."""

    def step(x: Array, h: Array, c: Array, W: Array, b: Array) -> Step:
        f, i, g, o = _gates(x, h, W, b, biases)
        new = memory(c, f, i, g, o)
        return shown(new, o, c), new

    return step


lstm_step = _made()


def _raw_proposal(x: Array, h: Array, c: Array, W: Array, b: Array) -> Step:
    f, i, _, o = _gates(x, h, W, b)
    c = f * c + i * _sigmoid(np.concatenate([h, x]) @ W[PROPOSAL] + b[PROPOSAL])
    return o * np.tanh(c), c


def _input_first(x: Array, h: Array, c: Array, W: Array, b: Array) -> Step:
    f, i, g, o = _gates(h, x, W, b)
    c = f * c + i * g
    return o * np.tanh(c), c


def _cases(generator: Generator) -> Iterator[Inputs]:
    for d_in, d in ((1, 1), (2, 3), (7, 5)):
        shapes = dict(x=(d_in,), h=(d,), c=(d,), W=(4, d + d_in, d), b=(4, d))
        yield {
            name: randn(shape, generator=generator, dtype=float64).numpy()
            for name, shape in shapes.items()
        }


check_lstm_step = Task(
    name="LSTM step",
    right=lstm_step,
    cases=_cases,
    parts=("h", "c"),
    compared="h and c",
    hints=(
        "Set the input gate's bias to -20, the forget gate's to +20, and follow by "
        "hand what f, i and the new c are.",
        "Three gates and a proposal, each with its own matrix and its own bias. The "
        "forget gate multiplies the old c, the input gate what is written.",
        "c' = f c + i g, then h' = o tanh(c').",
    ),
    mistakes=(
        (
            "each gate has a bias of its own: here the forget gate and the input gate "
            "take that of the output gate, so no bias can open the forget gate",
            _made(biases=(OUTPUT, OUTPUT, PROPOSAL, OUTPUT)),
        ),
        (
            "the forget gate takes the output gate's bias; it has its own, b[FORGET]",
            _made(biases=(OUTPUT, INPUT, PROPOSAL, OUTPUT)),
        ),
        (
            "the input gate takes the output gate's bias; it has its own, b[INPUT]",
            _made(biases=(FORGET, OUTPUT, PROPOSAL, OUTPUT)),
        ),
        (
            "the biases are missing",
            lambda x, h, c, W, b: lstm_step(x, h, c, W, 0 * b),
        ),
        (
            "the input gate is added to the proposal; a gate multiplies: i * g",
            _made(memory=lambda c, f, i, g, o: f * c + i + g),
        ),
        (
            "the gates are swapped: f multiplies the old c, i what is written",
            _made(memory=lambda c, f, i, g, o: i * c + f * g),
        ),
        (
            "the forget gate multiplies all: only the old c goes through it",
            _made(memory=lambda c, f, i, g, o: f * (c + i * g)),
        ),
        (
            "one minus the forget gate is used where the input gate should be: an LSTM "
            "has a gate for each, the GRU has not",
            _made(memory=lambda c, f, i, g, o: f * c + (1 - f) * g),
        ),
        (
            "a gate of 1 keeps: multiply by f, not by 1 - f",
            _made(memory=lambda c, f, i, g, o: (1 - f) * c + i * g),
        ),
        (
            "the old c is not kept at all: f * c is missing",
            _made(memory=lambda c, f, i, g, o: i * g),
        ),
        (
            "the old c is kept whole: the forget gate is missing",
            _made(memory=lambda c, f, i, g, o: c + i * g),
        ),
        (
            "the proposal goes in ungated: the input gate is missing",
            _made(memory=lambda c, f, i, g, o: f * c + g),
        ),
        (
            "h shows the old c; make the new c first",
            _made(shown=lambda c, o, before: o * np.tanh(before)),
        ),
        (
            "h lacks the tanh: it is o * tanh(c)",
            _made(shown=lambda c, o, before: o * c),
        ),
        (
            "the output gate is missing: h is o * tanh(c)",
            _made(shown=lambda c, o, before: np.tanh(c)),
        ),
        (
            "the proposal g goes through tanh, not through a sigmoid: it may be "
            "negative",
            _raw_proposal,
        ),
        (
            "h and c are returned in the wrong order",
            lambda x, h, c, W, b: lstm_step(x, h, c, W, b)[::-1],
        ),
        (
            "the rows of W belong to h first and then to x",
            _input_first,
        ),
    ),
)
