"""The exercise on rotary positions: find the bug."""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Generator

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.nets import Rotary
from heedful.nets.positions import rotate


def turned(x: np.ndarray, positions: np.ndarray, base: float) -> np.ndarray:
    """The right answer, (T, Dh): the library's, which is in PyTorch."""
    cos, sin = Rotary(x.shape[-1], theta=base)(torch.from_numpy(positions))
    return rotate(torch.from_numpy(x), cos, sin).numpy()


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Two tokens, then more, at places that are not 0, 1, 2, ..."""
    for length, d_head, base in ((2, 4, 10_000.0), (3, 6, 50.0), (5, 14, 10_000.0)):
        x = torch.randn(length, d_head, generator=generator, dtype=torch.float64)
        positions = torch.randint(3, 99, (length,), generator=generator)
        yield dict(x=x.numpy(), positions=positions.numpy(), base=base)


def halves(x: np.ndarray) -> np.ndarray:
    """A quarter turn of each pair (i, i + Dh / 2)."""
    a, b = np.split(x, 2, axis=-1)
    return np.concatenate([-b, a], axis=-1)


def neighbours(x: np.ndarray) -> np.ndarray:
    """A quarter turn of each pair (2i, 2i + 1)."""
    return np.stack([-x[..., 1::2], x[..., 0::2]], axis=-1).reshape(x.shape)


def _laid_side_by_side(angles: np.ndarray) -> np.ndarray:
    return np.concatenate([angles, angles], axis=-1)


def _each_twice(angles: np.ndarray) -> np.ndarray:
    return np.repeat(angles, 2, axis=-1)


Turn = Callable[[np.ndarray, np.ndarray, float], np.ndarray]


def _turn(
    quarter: Callable = halves,
    lay: Callable = _laid_side_by_side,
    speed: Callable = lambda i, d, base: base ** (-2 * i / d),
    place: Callable = lambda positions: positions,
    sign: int = 1,
) -> Turn:
    """Rotary positions in which one thing can be done in another way."""

    def turn(x: np.ndarray, positions: np.ndarray, base: float) -> np.ndarray:
        d = x.shape[-1]
        speeds = speed(np.arange(d // 2), d, base)
        angles = lay(place(positions)[:, None] * speeds)
        return x * np.cos(angles) + sign * quarter(x) * np.sin(angles)

    return turn


def _overwritten(x: np.ndarray, positions: np.ndarray, base: float) -> np.ndarray:
    """Makes the second half from a first half that has been turned already."""
    d = x.shape[-1] // 2
    angle = positions[:, None] * base ** (-np.arange(d) / d)
    first = x[:, :d] * np.cos(angle) - x[:, d:] * np.sin(angle)
    second = first * np.sin(angle) + x[:, d:] * np.cos(angle)
    return np.concatenate([first, second], axis=-1)


_SIGNS = (
    "both sines have the same sign, which is no rotation: a cos - b sin, but "
    "a sin + b cos"
)

check_turned = Task(
    name="turned",
    right=turned,
    cases=_cases,
    compared="values; several places and bases",
    hints=(
        "A pair of numbers is turned if both get the same angle. Write down, for four "
        "numbers, which angle each gets, and which number each is mixed with.",
        "Number i and number i + Dh / 2 are a pair and share the angle of clock i. So "
        "the angles stand twice, side by side.",
        "`a, b = np.split(x, 2, axis=-1)`; the halves become a cos - b sin and "
        "a sin + b cos.",
    ),
    mistakes=(
        (
            "the two conventions are mixed: the angles are laid out for the pairs "
            "i, i + Dh / 2, but numbers 2i and 2i + 1 are turned together",
            _turn(quarter=neighbours),
        ),
        (
            "the two conventions are mixed: the angles are laid out for the pairs "
            "2i, 2i + 1, but numbers i and i + Dh / 2 are turned together",
            _turn(lay=_each_twice),
        ),
        (
            "you pair the numbers 2i and 2i + 1, as the paper does. That is a rotation "
            "and would do, but this book and its models pair i with i + Dh / 2",
            _turn(quarter=neighbours, lay=_each_twice),
        ),
        (
            "the hands turn backwards: a cos - b sin comes first, a sin + b cos second",
            _turn(sign=-1),
        ),
        (_SIGNS, _turn(quarter=lambda x: np.roll(x, x.shape[-1] // 2, axis=-1))),
        (_SIGNS, _turn(quarter=lambda x: -np.roll(x, x.shape[-1] // 2, axis=-1))),
        (
            "the first half is changed before the second one is made from it: keep "
            "the old a until both are done",
            _overwritten,
        ),
        (
            "nothing is turned: x comes out as it went in",
            lambda x, positions, base: x,
        ),
        (
            "the places are counted 0, 1, 2, ...; use `positions`",
            _turn(place=lambda positions: np.arange(len(positions))),
        ),
        (
            "off by one: position p turns by p times the speed",
            _turn(place=lambda positions: positions + 1),
        ),
        (
            "the base is not used: the speed of clock i is base to the power -2i / Dh",
            lambda x, positions, base: _turn()(x, positions, 10_000.0),
        ),
        (
            "the exponent is -i / Dh where it must be -2i / Dh",
            _turn(speed=lambda i, d, base: base ** (-i / d)),
        ),
        (
            "the exponent is doubled once too often: np.arange(0, Dh, 2) is 2i already",
            _turn(speed=lambda i, d, base: base ** (-4 * i / d)),
        ),
        (
            "the exponent has the wrong sign: clock 0 is the fastest",
            _turn(speed=lambda i, d, base: base ** (2 * i / d)),
        ),
        (
            "numbers of a pair must not only be scaled: the quarter turn times the "
            "sine is missing",
            _turn(sign=0),
        ),
    ),
)
