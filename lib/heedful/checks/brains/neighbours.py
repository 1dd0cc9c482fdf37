"""The exercise on the gap: which moments may be trained on."""

from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs

Train = Callable[[int, Tensor, int], Tensor]


def train_rows(n: int, held: Tensor, gap: int) -> Tensor:
    """The right answer, bool (n,): True where no held-out moment is within `gap`."""
    return _apart(n, held) > gap


def _apart(n: int, held: Tensor) -> Tensor:
    """How far each moment is from the nearest one that is held out."""
    return (torch.arange(n)[:, None] - held).abs().amin(1)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """In the middle, at both ends, in two pieces, scattered, without a gap."""
    yield dict(n=15, held=torch.arange(5, 10), gap=3)
    yield dict(n=12, held=torch.tensor([0, 1, 2]), gap=3)
    yield dict(n=11, held=torch.tensor([8, 9, 10]), gap=3)
    yield dict(n=19, held=torch.tensor([12, 3, 13, 4]), gap=1)
    yield dict(n=7, held=torch.tensor([2, 3]), gap=0)
    for n, n_held, gap in ((23, 3, 2), (41, 5, 3)):
        held = torch.randperm(n, generator=generator)[:n_held]
        yield dict(n=n, held=held, gap=gap)


def _without(n: int, rows: Tensor) -> Tensor:
    train = torch.ones(n, dtype=torch.bool)
    train[rows] = False
    return train


def _between(first: Callable, last: Callable) -> Train:
    """One piece is left out: from the first to the last of what is held out."""

    def rows(n: int, held: Tensor, gap: int) -> Tensor:
        place = torch.arange(n)
        return (place < first(held) - gap) | (place > last(held) + gap)

    return rows


def _one_side(sign: int) -> Train:
    def rows(n: int, held: Tensor, gap: int) -> Tensor:
        steps = torch.arange(gap + 1) * sign
        near = (held[:, None] + steps).flatten()
        return _without(n, near[(near >= 0) & (near < n)])

    return rows


def _around(n: int, held: Tensor, gap: int) -> Tensor:
    near = (held[:, None] + torch.arange(-gap, gap + 1)).flatten()
    return _without(n, near[near < n])


def _short_slices(n: int, held: Tensor, gap: int) -> Tensor:
    return _one_side(-1)(n, held, gap) & _one_side(1)(n, held, gap - 1)


def _slices(n: int, held: Tensor, gap: int) -> Tensor:
    train = torch.ones(n, dtype=torch.bool)
    for moment in held.tolist():
        train[moment - gap : moment + gap + 1] = False
    return train


def _slice(n: int, held: Tensor, gap: int) -> Tensor:
    train = torch.ones(n, dtype=torch.bool)
    train[held.min() - gap : held.max() + gap + 1] = False
    return train


def _kept(n: int, held: Tensor, gap: int) -> Tensor:
    return train_rows(n, held, gap) | (_apart(n, held) == 0)


NO_SLICE = (
    "a slice that begins before 0 counts from the other end, and is empty: let it "
    "begin at max(..., 0)"
)

check_train = Task(
    name="neighbours",
    right=train_rows,
    cases=_cases,
    compared="every moment; in the middle, at the ends, in pieces, scattered",
    hints=(
        "Draw fifteen squares, number 0 to 14, hold out number 5 to 9, and take a gap "
        "of 3. Which squares are left? Then hold out number 0, 1 and 2.",
        "A moment may be trained on if *no* held-out moment is within `gap` steps of "
        "it, on either side. What is left of the recording's first moment is not the "
        "last one.",
        "`torch.arange(n)[:, None] - held` is a table of all distances (with signs): a "
        "row for each moment, a column for each that is held out.",
    ),
    mistakes=(
        (
            "it is inverted: True must mean 'may be trained on'",
            lambda n, held, gap: ~train_rows(n, held, gap),
        ),
        (
            "the moments that are held out are themselves in the training: they are at "
            "a distance of 0, and out",
            _kept,
        ),
        (
            "the gap has no effect: the moments next to the held-out ones know the "
            "answer, so they must go, too",
            lambda n, held, gap: _without(n, held),
        ),
        (
            "the gap comes only *after* what is held out; the moment just before it "
            "resembles it just as much",
            _one_side(1),
        ),
        (
            "the gap comes only *before* what is held out; the moment just after it "
            "resembles it just as much",
            _one_side(-1),
        ),
        (
            "the gap is too narrow by one: a moment exactly `gap` steps away is out",
            lambda n, held, gap: _apart(n, held) > max(gap - 1, 0),
        ),
        (
            "the gap after what is held out is too narrow by one: a slice stops before "
            "its second number",
            _short_slices,
        ),
        (
            "the gap is too wide by one: a moment `gap` + 1 steps away may be used",
            lambda n, held, gap: _apart(n, held) > gap + 1,
        ),
        (
            "`gap` counts on each side; you share it between the two",
            lambda n, held, gap: _apart(n, held) > gap // 2,
        ),
        (
            "the gap wraps around: before moment 0 there is nothing, and after the "
            "last there is nothing; in Python index -1 is the other end",
            _around,
        ),
        (
            "all from the first to the last held-out moment is lost, even what lies "
            "far from any: let each of them have a gap of its own",
            _between(lambda held: held.min(), lambda held: held.max()),
        ),
        (
            "held[0] and held[-1] need not be the outermost moments, nor is everything "
            "between them held out: let each have a gap of its own",
            _between(lambda held: held[0], lambda held: held[-1]),
        ),
        (
            "a moment is left out only if it is near *every* held-out moment; one "
            "of them is enough: `all` distances must be more than `gap`",
            lambda n, held, gap: ((torch.arange(n)[:, None] - held).abs() > gap).any(1),
        ),
        (NO_SLICE, _slice),
        (NO_SLICE, _slices),
    ),
)
