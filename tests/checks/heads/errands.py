import torch

from heedful.checks.heads import check_errands

from ..specimens import wrong

# What real runs gave: the share explained, and what is kept for each box.
SINGLE, FULL, SHARED = (0.50, 32), (0.999, 32), (0.998, 16)


def measured(single=SINGLE, full=FULL, shared=SHARED, prediction="A"):
    """A prediction, and a `my_measure` that returns these numbers."""
    numbers = {(1, 1): single, (2, 2): full, (2, 1): shared}
    return lambda: prediction, lambda *sizes: numbers[sizes]


def unwritten(n_heads, n_kv_heads):
    raise NotImplementedError


CHECK = check_errands

WRONG = [
    wrong("more than all", measured((50, 32), (99.9, 32), (99.8, 16))),
    wrong("is this the error?", measured((0.5, 32), (0.002, 32), (0.003, 16))),
    wrong("trained before the exam", measured((-0.03, 32), (0.01, 32), (0.0, 16))),
    wrong("does n_heads reach the layer", measured(full=SINGLE, shared=(0.5, 16))),
    wrong("does n_heads reach the layer", measured(single=(0.998, 16))),
    wrong("one half at best", measured(single=(0.8, 32))),
    wrong("does n_kv_heads reach the layer", measured(shared=FULL)),
    wrong("`out_features` of both", measured((0.5, 16), (0.99, 16), (0.99, 8))),
    wrong("`out_features` of both", measured(shared=(0.99, 24))),
    wrong("must return the numbers: explained", measured(single=0.5)),
    wrong("`return` missing?", measured(single=None)),
    wrong("my_measure is not written yet", (lambda: "B", unwritten)),
    wrong("predict 'A', 'B' or 'C', not 'D'", measured(prediction="D")),
]

RIGHT = [
    measured(),
    measured([0.47, 32], [torch.tensor(0.97), 32], [0.95, 16], prediction="B"),
]
