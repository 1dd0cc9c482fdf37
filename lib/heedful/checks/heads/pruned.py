"""The exercise on the sum of heads: take some of its terms out, for good."""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Generator, Tensor

from heedful.checks import Task
from heedful.checks.values import Inputs

Cut = Callable[[Tensor, int, list[int]], Tensor]
PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj")


def _rows(weight: Tensor, n_heads: int, keep: list[int]) -> Tensor:
    return weight.unflatten(0, (n_heads, -1))[keep].flatten(0, 1)


def _columns(weight: Tensor, n_heads: int, keep: list[int]) -> Tensor:
    return weight.unflatten(1, (n_heads, -1))[:, keep].flatten(1)


def _pruned(
    q_proj: Tensor,
    k_proj: Tensor,
    v_proj: Tensor,
    o_proj: Tensor,
    n_heads: int,
    keep: list[int],
    cut: tuple[Cut, ...] = (_rows, _rows, _rows, _columns),
) -> tuple[Tensor, ...]:
    """The four matrices of the smaller layer, each cut by a function of its own."""
    weights = (q_proj, k_proj, v_proj, o_proj)
    return tuple(c(weight, n_heads, keep) for c, weight in zip(cut, weights))


def pruned(
    q_proj: Tensor,
    k_proj: Tensor,
    v_proj: Tensor,
    o_proj: Tensor,
    n_heads: int,
    keep: list[int],
) -> tuple[Tensor, ...]:
    """The right answer: three matrices (K Dh, D) and one (D, K Dh), K = len(keep)."""
    return _pruned(q_proj, k_proj, v_proj, o_proj, n_heads, keep)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """Two of three heads, and other numbers of heads of another width."""
    for n_heads, d_head, keep in ((3, 2, [0, 2]), (5, 3, [1, 2, 4]), (7, 2, [5])):
        d_model = n_heads * d_head
        weights = torch.randn(4, d_model, d_model, generator=generator)
        yield dict(zip(PROJECTIONS, weights)) | dict(n_heads=n_heads, keep=keep)


def _others(n_heads: int, keep: list[int]) -> list[int]:
    return [head for head in range(n_heads) if head not in keep]


def _silenced(weight: Tensor, n_heads: int, keep: list[int]) -> Tensor:
    zeroed = weight.unflatten(0, (n_heads, -1)).clone()
    zeroed[_others(n_heads, keep)] = 0
    return zeroed.flatten(0, 1)


def _dealt(weight: Tensor, n_heads: int, keep: list[int]) -> Tensor:
    """The rows h, h + H, h + 2 H, ... of each head."""
    return weight.unflatten(0, (-1, n_heads))[:, keep].flatten(0, 1)


def _dealt_in_turn(weight: Tensor, n_heads: int, keep: list[int]) -> Tensor:
    return torch.cat([weight[head::n_heads] for head in keep])


def _across(cut: Cut) -> Cut:
    """The same done to columns."""
    return lambda weight, *rest: cut(weight.T, *rest).T


def _as_features(weight: Tensor, n_heads: int, keep: list[int]) -> Tensor:
    return weight[keep]


def _whole(weight: Tensor, n_heads: int, keep: list[int]) -> Tensor:
    return weight


def _louder(weight: Tensor, n_heads: int, keep: list[int]) -> Tensor:
    return _columns(weight, n_heads, keep) * (n_heads / len(keep))


def _removed(weight: Tensor, n_heads: int, keep: list[int]) -> Tensor:
    return _rows(weight, n_heads, _others(n_heads, keep))


def _all(cut: Cut) -> Callable:
    """The same cut of rows, and for o_proj of columns."""
    return partial(_pruned, cut=(cut, cut, cut, _across(cut)))


_DEALT = (
    "these are every H-th feature; a head has Dh features in a row, head 0 the first "
    "Dh, head 1 the next"
)
_ZEROED = (
    "the other heads are silent, but still there: the matrices are as large as "
    "before. Leave their rows and columns out"
)

check_pruned = Task(
    name="heads taken out",
    right=pruned,
    cases=_cases,
    parts=PROJECTIONS,
    compared="the four matrices; three sizes",
    hints=(
        "y = x @ weight.T, as nn.Linear has it: a row of the weight makes one feature "
        "of y, a column reads one feature of x. What of a head is made, what is read?",
        "Of q_proj, k_proj and v_proj keep the rows h Dh to (h + 1) Dh - 1 of each "
        "head h. The mixture of head h is *read* by o_proj.",
        "`weight.unflatten(0, (n_heads, -1))[keep].flatten(0, 1)` keeps rows; for the "
        "columns of o_proj it is axis 1: `[:, keep]`, then `.flatten(1)`.",
    ),
    mistakes=(
        (
            "of o_proj you cut the rows, which make the features of the result, and "
            "all of those are still needed; a head's mixture is read by its columns",
            partial(_pruned, cut=(_rows,) * 4),
        ),
        (
            "rows and columns are the wrong way round: in nn.Linear a row makes one "
            "feature of the output, so a head's queries are made by rows of q_proj",
            partial(_pruned, cut=(_columns,) * 3 + (_rows,)),
        ),
        (
            "columns of q_proj, k_proj and v_proj read the stream x, which is whole; "
            "a head's queries, keys and values are made by rows",
            partial(_pruned, cut=(_columns,) * 4),
        ),
        (
            "these are the heads to be left out; `keep` lists those that stay",
            _all(_removed),
        ),
        (_DEALT, _all(_dealt)),
        (_DEALT, _all(_dealt_in_turn)),
        (
            "`keep` lists heads, and you took it for features; each head has Dh of "
            "them",
            _all(_as_features),
        ),
        (
            "`keep` lists heads, and you took it for features; each head has Dh of "
            "them, and of o_proj they are columns",
            partial(_pruned, cut=(_as_features,) * 4),
        ),
        (_ZEROED, _all(_silenced)),
        (_ZEROED, partial(_pruned, cut=(_whole,) * 3 + (_across(_silenced),))),
        (
            "o_proj is still whole: it would read mixtures that nobody makes",
            partial(_pruned, cut=(_rows,) * 3 + (_whole,)),
        ),
        (
            "only o_proj is cut: queries, keys and values of the other heads are "
            "still made, for nothing",
            partial(_pruned, cut=(_whole,) * 3 + (_columns,)),
        ),
        (
            "k_proj and v_proj are whole: each head here has keys and values of its "
            "own, which go with it",
            partial(_pruned, cut=(_rows, _whole, _whole, _columns)),
        ),
        (
            "what is left of o_proj is made larger, as dropout would do; the sum of "
            "the other terms is just the sum without them",
            partial(_pruned, cut=(_rows,) * 3 + (_louder,)),
        ),
        (
            "o_proj is transposed: it leads from the heads back to D, so it must have "
            "D rows",
            partial(_pruned, cut=(_rows,) * 3 + (lambda *x: _columns(*x).T,)),
        ),
    ),
)
