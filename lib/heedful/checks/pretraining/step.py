"""The exercise on one step of training: clip the gradient, then Adam."""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs

Weights = list[Tensor]
Result = tuple[Weights, Weights, Weights]


def _length(gradients: Weights) -> Tensor:
    """That of all of them together."""
    return torch.cat([g.flatten() for g in gradients]).norm()


def _shortened(length: Callable[[Weights], Tensor]) -> Callable[[Weights], Weights]:
    return lambda gradients: [g / length(gradients).clamp(min=1) for g in gradients]


_clipped = _shortened(_length)


def _corrected(moment: Tensor, beta: float, step: int) -> Tensor:
    return moment / (1 - beta**step)


def _moved(m: Tensor, v: Tensor) -> Tensor:
    return m / (v.sqrt() + 1e-9)


def one_step(
    weights: Weights,
    gradients: Weights,
    m: Weights,
    v: Weights,
    step: int,
    rate: float,
    clip: Callable[[Weights], Weights] = _clipped,
    first: Callable[[Tensor, Tensor], Tensor] = lambda m, g: 0.9 * m + 0.1 * g,
    second: Callable[[Tensor, Tensor], Tensor] = lambda v, g: 0.98 * v + 0.02 * g * g,
    correct: Callable[[Tensor, float, int], Tensor] = _corrected,
    move: Callable[[Tensor, Tensor], Tensor] = _moved,
) -> Result:
    """The right answer; a mistake does one of its parts in another way."""
    gradients = clip(gradients)
    m = [first(a, g) for a, g in zip(m, gradients)]
    v = [second(a, g) for a, g in zip(v, gradients)]
    pairs = [(correct(a, 0.9, step), correct(b, 0.98, step)) for a, b in zip(m, v)]
    return [w - rate * move(a, b) for w, (a, b) in zip(weights, pairs)], m, v


def _cases(generator: Generator) -> Iterator[Inputs]:
    """A third step, with a long gradient; a first one, with a short one; a late one."""
    for shapes, step, size in (
        (((2,), (3,)), 3, 3.0),
        (((5,), (2, 3)), 1, 0.5),
        (((3, 7), (5,), (2, 2)), 97, 1.5),
    ):
        weights, gradients, m, v = (
            [torch.randn(shape, generator=generator) for shape in shapes]
            for _ in range(4)
        )
        gradients = [g * size / _length(gradients) for g in gradients]
        past = 0 if step == 1 else 1
        yield dict(
            weights=weights,
            gradients=gradients,
            m=[past * a for a in m],
            v=[past * (0.02 * b**2 + 0.01) for b in v],
            step=step,
            rate=0.125,
        )


_varied = partial(partial, one_step)


def _corrections_kept(
    weights: Weights, gradients: Weights, m: Weights, v: Weights, step: int, rate: float
) -> Result:
    """The corrected averages are handed on in place of the averages."""
    weights, m, v = one_step(weights, gradients, m, v, step, rate)
    m, v = [_corrected(a, 0.9, step) for a in m], [_corrected(b, 0.98, step) for b in v]
    return weights, m, v


def _clipped_afterwards(
    weights: Weights, gradients: Weights, m: Weights, v: Weights, step: int, rate: float
) -> Result:
    """What Adam makes of the whole gradient is clipped, not the gradient."""
    moved, m, v = one_step(weights, gradients, m, v, step, -1.0, clip=list)
    steps = _clipped([b - a for a, b in zip(weights, moved)])
    return [w - rate * s for w, s in zip(weights, steps)], m, v


def _without_last_moments(
    weights: Weights, gradients: Weights, m: Weights, v: Weights, step: int, rate: float
) -> Result:
    """The weights move by the averages from before this gradient."""
    moved, _, _ = one_step(
        weights, gradients, m, v, step, rate,
        first=lambda m, g: m, second=lambda v, g: v,
    )  # fmt: skip
    return moved, *one_step(weights, gradients, m, v, step, rate)[1:]


check_step = Task(
    name="Adam's step",
    right=one_step,
    cases=_cases,
    parts=("weights", "m", "v"),
    compared="weights and averages; long and short gradients, early and late steps",
    hints=(
        "Four lines: shorten the gradient if it is too long, renew both averages, "
        "correct copies of them for the early steps, move the weights.",
        "The length is the root of the sum of the squares of *all* gradients together, "
        "and if it is above 1, every gradient is divided by it.",
        "For each weight: `m = 0.9 * m + 0.1 * g`, `v = 0.98 * v + 0.02 * g**2`, `w - "
        "rate * (m / (1 - 0.9**step)) / ((v / (1 - 0.98**step)) ** 0.5 + 1e-9)`.",
    ),
    mistakes=(
        (
            "the gradient is not clipped: if it is longer than 1, divide it by its "
            "length first",
            _varied(clip=list),
        ),
        (
            "each tensor is clipped by itself, which turns the gradient; there is one "
            "length, that of all gradients together",
            _varied(clip=lambda gs: [_clipped([g])[0] for g in gs]),
        ),
        (
            "each number is clipped by itself (`clamp`), which turns the gradient; "
            "divide all by the same length",
            _varied(clip=lambda gs: [g.clamp(-1, 1) for g in gs]),
        ),
        (
            "the length is the root of the sum of squares; the root is missing",
            _varied(clip=_shortened(lambda gs: _length(gs) ** 2)),
        ),
        (
            "the lengths of the tensors are added; the length of all together is the "
            "root of the sum of *all* squares",
            _varied(
                clip=_shortened(lambda gs: torch.stack([g.norm() for g in gs]).sum())
            ),
        ),
        (
            "a gradient that is shorter than 1 is made longer; clipping leaves it as "
            "it is",
            _varied(clip=lambda gs: [g / _length(gs) for g in gs]),
        ),
        (
            "you clip the step that Adam makes; clip the gradient, before the averages "
            "see it",
            _clipped_afterwards,
        ),
        (
            "the averages are not corrected: they begin at 0 and are too small in the "
            "early steps, m by the factor 1 - 0.9**step",
            _varied(correct=lambda moment, beta, step: moment),
        ),
        (
            "only m is corrected; v begins at 0, too, and is too small by the factor 1 "
            "- 0.98**step",
            _varied(
                correct=lambda moment, beta, step: (
                    moment / (1 - beta**step if beta == 0.9 else 1)
                )
            ),
        ),
        (
            "the correction is that of the step before: `step` counts from 1, so it is "
            "1 - beta**step",
            _varied(
                correct=lambda moment, beta, step: moment / (1 - beta ** (step - 1))
            ),
        ),
        (
            "the correction of the first step is used at every step: 1 - beta**step, "
            "not 1 - beta",
            _varied(correct=lambda moment, beta, step: moment / (1 - beta)),
        ),
        (
            "the corrected averages are handed on; return the averages themselves, or "
            "the next step corrects them again",
            _corrections_kept,
        ),
        (
            "v is an average of squares; square the gradient",
            _varied(second=lambda v, g: 0.98 * v + 0.02 * g),
        ),
        (
            "v remembers for longer than m: 0.98 of the old one is kept, not 0.9",
            _varied(second=lambda v, g: 0.9 * v + 0.1 * g * g),
        ),
        (
            "v keeps 0.999 of the old one, the default of torch; keep 0.98, as the "
            "paper of 2017 does",
            _varied(
                second=lambda v, g: 0.999 * v + 0.001 * g * g,
                correct=lambda moment, beta, step: _corrected(
                    moment, 0.999 if beta == 0.98 else beta, step
                ),
            ),
        ),
        (
            "old and new have changed places: most of the old average is kept (0.9 and "
            "0.98), a little of the new gradient is added",
            _varied(
                first=lambda m, g: 0.1 * m + 0.9 * g,
                second=lambda v, g: 0.02 * v + 0.98 * g * g,
            ),
        ),
        (
            "the new gradient is added in full; an average takes 0.1 of it for m, and "
            "0.02 of its square for v",
            _varied(
                first=lambda m, g: 0.9 * m + g, second=lambda v, g: 0.98 * v + g * g
            ),
        ),
        (
            "the root is missing: m is divided by the root of v, so that the step does "
            "not depend on the gradient's size",
            _varied(move=lambda m, v: m / (v + 1e-9)),
        ),
        (
            "m is multiplied by the root of v; divide",
            _varied(move=lambda m, v: m * v.sqrt()),
        ),
        (
            "the step does not divide by the root of v: that is gradient descent with "
            "momentum, not Adam",
            _varied(move=lambda m, v: m),
        ),
        (
            "the weights go uphill: subtract the step",
            lambda w, g, m, v, step, rate: one_step(w, g, m, v, step, -rate),
        ),
        (
            "the weights move by the averages from before; renew m and v first",
            _without_last_moments,
        ),
    ),
)
