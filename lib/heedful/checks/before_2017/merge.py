"""The exercise on the cards of the scan: two steps of a linear recurrence as one."""

from collections.abc import Iterator

import numpy as np
from torch import Generator, float64, randn

from heedful.checks import Task
from heedful.checks.values import Inputs

Array = np.ndarray
Card = tuple[Array, Array]


def merge(A: Array, b: Array, later_A: Array, later_b: Array) -> Card:
    """The right answer: A' (A h + b) + b' = (A' A) h + (A' b + b')."""
    return later_A @ A, later_A @ b + later_b


def _cases(generator: Generator) -> Iterator[Inputs]:
    for d in (2, 3, 5):
        shapes = dict(A=(d, d), b=(d,), later_A=(d, d), later_b=(d,))
        yield {
            name: randn(shape, generator=generator, dtype=float64).numpy()
            for name, shape in shapes.items()
        }


_ORDER = (
    "the order is swapped: `later_A` and `later_b` come second, so it is `later_A` "
    "that multiplies what the first card gives"
)

check_merge = Task(
    name="merge",
    right=merge,
    cases=_cases,
    parts=("A", "b"),
    compared="both parts of the card",
    hints=(
        "Give the second card what the first one gives: put A h + b in place of its h.",
        "Multiply later_A (A h + b) + later_b out. What stands before h, and what does "
        "not depend on h?",
        "Both A and b go through the second card, so both are multiplied by `later_A` "
        "from the left.",
    ),
    mistakes=(
        (_ORDER, lambda A, b, A2, b2: merge(A2, b2, A, b)),
        (
            "b is right, but the matrices are in the wrong order: with matrices A' A "
            "is not A A'",
            lambda A, b, A2, b2: (A @ A2, A2 @ b + b2),
        ),
        (
            "`*` multiplies number by number; the product of matrices is `@`",
            lambda A, b, A2, b2: (A2 * A, A2 @ b + b2),
        ),
        (
            "`*` multiplies number by number, with b as well: that is the card of the "
            "chapter, for numbers. With matrices it is `@`, twice",
            lambda A, b, A2, b2: (A2 * A, A2 * b + b2),
        ),
        (
            "h is taken for a row, to the left of A; here it is a column to the right, "
            "A @ h, so the later matrix stands on the left",
            lambda A, b, A2, b2: (A @ A2, b @ A2 + b2),
        ),
        (
            "the b of the first card goes through the second one, too: it has to be "
            "multiplied as h is",
            lambda A, b, A2, b2: (A2 @ A, b + b2),
        ),
        (
            "the first card's b is multiplied by its own A; the second card's "
            "`later_A` is what it meets",
            lambda A, b, A2, b2: (A2 @ A, A @ b + b2),
        ),
        (
            "it is the second card's b that is multiplied, and nothing comes after the "
            "second card: multiply the first card's",
            lambda A, b, A2, b2: (A2 @ A, A2 @ b2 + b),
        ),
        (
            "it is the second card's b that is multiplied, and nothing comes after the "
            "second card: multiply the first card's",
            lambda A, b, A2, b2: (A2 @ A, A @ b2 + b),
        ),
        (
            "both b are multiplied; only the first card's b goes through `later_A`",
            lambda A, b, A2, b2: (A2 @ A, A2 @ (b + b2)),
        ),
        (
            "the later card's own b is missing",
            lambda A, b, A2, b2: (A2 @ A, A2 @ b),
        ),
        (
            "`b @ later_A` multiplies by the transposed matrix; h stands to the right "
            "of A here, and so does b",
            lambda A, b, A2, b2: (A2 @ A, b @ A2 + b2),
        ),
        (
            "the effects are added up: one card after the other multiplies the "
            "matrices",
            lambda A, b, A2, b2: (A2 + A, A2 @ b + b2),
        ),
    ),
)
