from heedful.checks.attention import check_growth

from ..specimens import wrong

# What real runs gave: the largest weight, and 1 - the sum of the squares.
NARROW, RAW = (0.106, 0.960), (0.959, 0.061)
ROOT, OVER_D = (0.106, 0.962), (0.017, 0.984)


def measured(narrow=NARROW, raw=RAW, root=ROOT, over_d=OVER_D, prediction="A"):
    """A prediction, and a `my_measure` that returns these numbers."""
    numbers = {(16, 0.5): narrow, (1024, 0): raw, (1024, 0.5): root, (1024, 1): over_d}
    return lambda: prediction, lambda d, power: numbers[d, power]


def unwritten(d, power):
    raise NotImplementedError


def swapped(pair):
    return pair[::-1]


CHECK = check_growth

WRONG = [
    wrong("between 0 and 1", measured(raw=(95.0, 1.0))),
    wrong("between 0 and 1", measured(root=(3.1, -8.0))),
    wrong("cannot be below 1/64", measured(narrow=(0.0003, 0.999))),
    wrong("do not fit together", measured(*map(swapped, (NARROW, RAW, ROOT, OVER_D)))),
    wrong("do not fit together", measured(raw=(0.904, 0.864))),
    wrong("power changes nothing", measured(raw=ROOT, over_d=ROOT)),
    wrong("do not multiply", measured(raw=ROOT, root=RAW, over_d=(0.999, 0.001))),
    wrong("come out about alike", measured(narrow=(0.6, 0.5))),
    wrong("have a spread of 1", measured((0.026, 0.98), (0.96, 0.06), (0.027, 0.98))),
    wrong("undivided scores of 1024", measured(raw=(0.3, 0.85))),
    wrong("must return the numbers: largest weight, can move", measured(narrow=0.13)),
    wrong("`return` missing?", measured(narrow=None)),
    wrong("my_measure is not written yet", (lambda: "B", unwritten)),
    wrong("predict 'A', 'B' or 'C', not 'D'", measured(prediction="D")),
    wrong("predict 'A', 'B' or 'C'", measured(prediction="0.016")),
]

RIGHT = [
    measured(),
    measured([0.14, 0.95], [0.9, 0.14], [0.13, 0.95], [0.017, 0.98], prediction="B"),
]
