"""The exercise on counting operations: which of a model's parameters do work?"""

from collections.abc import Callable, Iterator

import torch
from torch import Generator

from heedful.checks import Task
from heedful.checks.values import Inputs

Count = Callable[[int, int, int, int, int, bool], int]
PASSES = 3  # the way forward, and twice as much on the way back


def operations(
    d_model: int, n_layers: int, d_ff: int, vocab_size: int, length: int, tied: bool
) -> int:
    """The right answer; `tied` makes no difference."""
    D, T = d_model, length
    layer = 2 * (4 * D * D + 3 * D * d_ff) + 4 * T * D
    return PASSES * (n_layers * layer + 2 * vocab_size * D)


def _cases(generator: Generator) -> Iterator[Inputs]:
    """A fixed model, so that no two mistakes meet, and others, tied and not."""
    fixed = dict(d_model=8, n_layers=4, d_ff=24, vocab_size=53, length=19)
    yield dict(**fixed, tied=False)
    yield dict(**fixed, tied=True)
    for tied in (False, True, False, True):
        draw = torch.randint(3, 40, (5,), generator=generator).tolist()
        yield dict(zip(fixed, draw)) | dict(tied=tied)


def _plus(
    each: Callable[[int, int, int, int, int], int], when: tuple[bool, ...]
) -> Count:
    """So many operations of the way forward too many, where `tied` is in `when`."""

    def count(d: int, n: int, f: int, v: int, t: int, tied: bool) -> int:
        extra = PASSES * each(d, n, f, v, t) if tied in when else 0
        return operations(d, n, f, v, t, tied) + extra

    return count


def _bill(d: int, n: int, f: int, v: int, t: int, tied: bool) -> int:
    kept = n * (4 * d * d + 3 * d * f + 2 * d) + d + (1 if tied else 2) * v * d
    return 2 * PASSES * kept


def _rule_of_thumb(d: int, n: int, f: int, v: int, t: int, tied: bool) -> int:
    return 6 * (n * (4 * d * d + 3 * d * f) + (1 if tied else 2) * v * d)


BOTH = (False, True)
check_operations = Task(
    name="operations",
    right=operations,
    cases=_cases,
    compared="whole numbers, tied and not",
    hints=(
        "Which matrices does a token pass on its way through the model? Each number in "
        "them is multiplied and added: 2 operations. What is passed, not what is kept.",
        "For each layer 4 D D + 3 D F numbers, and behind the layers V D, tied or not. "
        "Attention compares with T keys and mixes T values: 2 T D each.",
        "`3 * (n_layers * (2 * (4*D*D + 3*D*F) + 4*T*D) + 2*V*D)`",
    ),
    mistakes=(
        (
            "that is the rule of thumb, 6 for each parameter. But an embedding is only "
            "looked up, and attention works without parameters",
            _rule_of_thumb,
        ),
        (
            "an embedding multiplies nothing: the token's row is looked up, which "
            "takes no operation. The output matrix does multiply, tied or not",
            _plus(lambda d, n, f, v, t: 2 * v * d, BOTH),
        ),
        (
            "a tied output matrix multiplies as an own one does: tying saves memory, "
            "not a single operation",
            _plus(lambda d, n, f, v, t: -2 * v * d, (True,)),
        ),
        (
            "the output matrix multiplies, for each token, with V rows of D: only the "
            "embedding before the layers is free",
            _plus(lambda d, n, f, v, t: -2 * v * d, BOTH),
        ),
        (
            "the feed-forward part of a Llama has three matrices, and each multiplies",
            _plus(lambda d, n, f, v, t: -2 * n * d * f, BOTH),
        ),
        (
            "attention does two things without any parameter: it compares with T keys, "
            "2 T D, and it mixes T values, as much again. One of them is missing. (Or "
            "are both halved, for the mask? What it throws away is computed, too)",
            _plus(lambda d, n, f, v, t: -2 * n * t * d, BOTH),
        ),
        (
            "you let each token compare only with the keys up to its own; what the "
            "mask throws away is computed, too: T keys for each token",
            _plus(lambda d, n, f, v, t: -2 * n * (t - 1) * d, BOTH),
        ),
        (
            "attention works without parameters, too: 4 T D operations in each layer, "
            "for comparing and mixing",
            _plus(lambda d, n, f, v, t: -4 * n * t * d, BOTH),
        ),
        (
            "each layer compares and mixes anew: 4 T D for every layer, not once",
            _plus(lambda d, n, f, v, t: -4 * (n - 1) * t * d, BOTH),
        ),
        (
            "you have 4 T T D for the attention of one token; that is for a whole row. "
            "One token compares with T keys",
            _plus(lambda d, n, f, v, t: 4 * n * t * (t - 1) * d, BOTH),
        ),
        (
            "attention has four square matrices: queries, keys, values, and one for "
            "what comes out",
            _plus(lambda d, n, f, v, t: -2 * n * d * d, BOTH),
        ),
        (
            "norms multiply no matrices; leave them out, as PyTorch's counter does",
            _plus(lambda d, n, f, v, t: 2 * (2 * n + 1) * d, BOTH),
        ),
        (
            "6 for each parameter that is kept: but an embedding is only looked up, "
            "norms multiply no matrices, and attention works without parameters",
            _bill,
        ),
        (
            "that is the way forward only; training goes back as well, which takes "
            "twice as much again",
            lambda *sizes: operations(*sizes) // PASSES,
        ),
        (
            "on the way back each matrix is used twice, so there are three times the "
            "operations of the way forward, not two",
            lambda *sizes: 2 * operations(*sizes) // PASSES,
        ),
        (
            "a multiplication and an addition are *two* operations",
            lambda *sizes: operations(*sizes) // 2,
        ),
        (
            "that is for a whole row of `length` tokens; return it for one token",
            lambda *sizes: operations(*sizes) * sizes[4],
        ),
        (
            "attention also goes back: its comparing and mixing count three times, "
            "like the matrices",
            lambda d, n, f, v, t, tied: (
                operations(d, n, f, v, t, tied) - 2 * n * 4 * t * d
            ),
        ),
    ),
)
