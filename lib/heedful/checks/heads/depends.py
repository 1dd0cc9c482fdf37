"""The exercise on leaks: disturb a position, and see which outputs notice."""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs
from heedful.nets import attend, causal_mask, sliding_window_mask

Layer = Callable[[Tensor], Tensor]


def depends(f: Layer, x: Tensor) -> Tensor:
    """The right answer, bool (T, T)."""
    return _table(f, x)


def _plus_one(x: Tensor, j: int) -> Tensor:
    disturbed = x.clone()
    disturbed[j] += 1
    return disturbed


def _differs(after: Tensor, before: Tensor) -> Tensor:
    return (after != before).any(-1)


def _table(
    f: Layer,
    x: Tensor,
    disturb: Callable[[Tensor, int], Tensor] = _plus_one,
    differs: Callable[[Tensor, Tensor], Tensor] = _differs,
) -> Tensor:
    before = f(x)
    columns = [differs(f(disturb(x, j)), before) for j in range(len(x))]
    return torch.stack(columns, dim=1)


def head(mask: Tensor, d_in: int, d_out: int, generator: Generator) -> Layer:
    """Attention with this mask. It takes no notice of feature 0 of its input."""
    weights = torch.randn(3, d_in, d_out, generator=generator) * d_in**-0.5
    weights[:, 0] = 0
    q, k, v = weights
    return lambda x: attend(x @ q, x @ k, x @ v, mask)


def side_by_side(*layers: Layer) -> Layer:
    """What all of them give, one after the other in each position."""
    return lambda x: torch.cat([layer(x) for layer in layers], dim=-1)


def sums(mask: Tensor) -> Layer:
    """All that may be seen is added up, with equal weights."""
    return lambda x: mask.to(x.dtype) @ x


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Heads of which one peeks; a faint leak; both directions; two layers; everybody
    sees everybody. One position is zero, and stays so if it is doubled.
    """
    x = torch.randn(7, 5, generator=generator)
    x[1] = 0
    peeking = torch.eye(5, dtype=torch.bool)
    peeking[1, 3] = peeking[4, 2] = True
    peeking_too = side_by_side(sums(sliding_window_mask(5, window=2)), sums(peeking))
    # Feature 0 of the input is not read; of the output the first sees a window only.
    yield dict(f=lambda x: peeking_too(x[:, 1:])[:, 1:], x=x[:5, :3].clone())
    window, leak = sliding_window_mask(7, window=3), causal_mask(7)
    leak[2, 4] = True
    # A leak of 1e-9 is less than `torch.isclose` notices; float64 has it all the same.
    sees, leaks = sums(window), sums(leak)
    yield dict(f=lambda x: sees(x.double()) + 1e-9 * leaks(x.double()), x=x)
    new_head = partial(head, generator=generator)
    yield dict(f=side_by_side(new_head(window, 5, 2), new_head(window.mT, 5, 3)), x=x)
    below, above = new_head(window, 5, 4), new_head(window, 4, 2)
    yield dict(f=lambda x: above(below(x)), x=x)
    yield dict(f=new_head(torch.ones(7, 7, dtype=torch.bool), 5, 5), x=x)


def _doubled(x: Tensor, j: int) -> Tensor:
    disturbed = x.clone()
    disturbed[j] *= 2
    return disturbed


def _piled_up(x: Tensor, j: int) -> Tensor:
    disturbed = x.clone()
    disturbed[: j + 1] += 1
    return disturbed


def _trace(x: Tensor, j: int) -> Tensor:
    disturbed = x.clone()
    disturbed[j] += 1e-12
    return disturbed


def _from_its_own_input(f: Layer, x: Tensor) -> Tensor:
    columns = [_differs(f(_plus_one(x, j)), x) for j in range(len(x))]
    return torch.stack(columns, dim=1)


_POSITIONS = "[i, j] asks whether output i notices a disturbance at j"

_UNNOTICED = (
    "hardly an output seems to notice anything. Is the copy that you disturb the one "
    "that f gets, and is the change large enough to survive rounding, in all features "
    "of the position?"
)

check_depends = Task(
    name="who notices",
    right=depends,
    cases=_cases,
    compared="every pair of positions; five functions",
    hints=(
        "Keep what f gives for x as it is. Then one position at a time: a fresh copy "
        "of x, change all features at j, call f, compare with what you kept.",
        "`f(disturbed) != before` is (T, D'). An output has noticed if *any* of its "
        "features changed. What is exactly the same needs no tolerance.",
        "Column j of the table is `(f(disturbed) != before).any(dim=-1)`; collect the "
        "columns and `torch.stack(columns, dim=1)`.",
    ),
    mistakes=(
        (
            f"rows and columns are swapped: {_POSITIONS}",
            lambda f, x: depends(f, x).mT,
        ),
        (
            "the table is inverted: True means that the output has changed",
            lambda f, x: ~depends(f, x),
        ),
        (_UNNOTICED, lambda f, x: torch.zeros(len(x), len(x), dtype=torch.bool)),
        (_UNNOTICED, partial(_table, disturb=_trace)),
        (
            "the disturbances pile up: start from a fresh copy of x for each position",
            partial(_table, disturb=_piled_up),
        ),
        (
            "your disturbance leaves a position of zeros as it is: add something, do "
            "not multiply or set to zero",
            partial(_table, disturb=_doubled),
        ),
        (
            "only one feature of each output is compared; it has changed if any of "
            "its features has",
            partial(_table, differs=lambda a, b: (a != b)[:, 0]),
        ),
        (
            "an output has changed if *any* of its features has, not only if all have",
            partial(_table, differs=lambda a, b: (a != b).all(-1)),
        ),
        (
            "a faint leak is overlooked: what must not change is the same to the last "
            "bit, so compare exactly (!=), without a tolerance, and disturb a position "
            "by something large",
            partial(_table, differs=lambda a, b: ((a - b).abs() > 0.03).any(-1)),
        ),
        (
            "f(disturbed) is compared with x; compare it with f(x)",
            _from_its_own_input,
        ),
        (
            "these are only the leaks, where an output notices what comes after it; "
            "the table says of every pair whether it is so",
            lambda f, x: depends(f, x).triu(1),
        ),
        (
            "an output may depend on its own position as well: the diagonal is missing",
            lambda f, x: depends(f, x) & ~torch.eye(len(x), dtype=torch.bool),
        ),
        (
            "only what lies before is looked at, and so no leak can show",
            lambda f, x: depends(f, x).tril(),
        ),
    ),
)
