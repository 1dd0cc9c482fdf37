import numpy as np
from torch import float64, randn

from heedful.checks.before_2017 import check_merge

from ..specimens import wrong

CHECK = check_merge

WRONG = [
    wrong("order is swapped", lambda A, b, A2, b2: (A @ A2, A @ b2 + b)),
    wrong("not A A'", lambda A, b, A2, b2: (A.dot(A2), A2.dot(b) + b2)),
    wrong("number by number", lambda A, b, A2, b2: (A2 * A, A2 @ b + b2)),
    wrong("multiplied as h is", lambda A, b, A2, b2: (A2 @ A, b + b2)),
    wrong("is what it meets", lambda A, b, A2, b2: (A2 @ A, A @ b + b2)),
    wrong("nothing comes after", lambda A, b, A2, b2: (A2 @ A, A2 @ b2 + b)),
    wrong("nothing comes after", lambda A, b, A2, b2: (A2 @ A, b + A @ b2)),
    wrong("both b are multiplied", lambda A, b, A2, b2: (A2 @ A, A2 @ b + A2 @ b2)),
    wrong("own b is missing", lambda A, b, A2, b2: (A2 @ A, A2 @ b)),
    wrong("transposed matrix", lambda A, b, A2, b2: (A2 @ A, b @ A2 + b2)),
    wrong("are added up", lambda A, b, A2, b2: (A + A2, A2 @ b + b2)),
    wrong("return 2 values", lambda A, b, A2, b2: A2 @ A),
    wrong("`@`, twice", lambda A, b, A2, b2: (A2 * A, A2 * b + b2)),
    wrong("taken for a row", lambda A, b, A2, b2: (A @ A2, b @ A2 + b2)),
    wrong("b: the shape is", lambda A, b, A2, b2: (A2 @ A, A2 * b + b2)),
]


def by_unit_vectors(A, b, later_A, later_b):
    def both(h):
        return later_A @ (A @ h + b) + later_b

    zero = both(np.zeros(len(b)))
    return np.array([both(e) - zero for e in np.eye(len(b))]).T, zero


def with_one_more_row(A, b, later_A, later_b):
    def whole(A, b):
        top = np.concatenate([A, b[:, None]], axis=1)
        return np.concatenate([top, np.eye(len(b) + 1)[-1:]])

    product = whole(later_A, later_b) @ whole(A, b)
    return product[:-1, :-1], product[:-1, -1]


RIGHT = [by_unit_vectors, with_one_more_row]


def INPUTS(generator):
    for d in (1, 2, 4, 7):
        A, later_A = randn(2, d, d, generator=generator, dtype=float64).numpy()
        b, later_b = randn(2, d, generator=generator, dtype=float64).numpy()
        yield dict(A=A, b=b, later_A=later_A, later_b=later_b)
