from heedful.checks.transformer import check_positions

from ..specimens import wrong


def measured(with_positions, without, prediction="A"):
    """A prediction, and a `my_measure` with the numbers of real runs of this kind."""
    return lambda: prediction, lambda flag: with_positions if flag else without


def unwritten(flag):
    raise NotImplementedError


GOOD, LOST, LATE, BAD = (1.0, 1.0), (0.013, 1.0), (0.0, 0.21), (0.0, 0.0)

CHECK = check_positions

WRONG = [
    wrong("nothing changes without positions", measured(GOOD, GOOD)),
    wrong("`if` the wrong way round", measured(LOST, GOOD)),
    wrong("order is lost in both runs", measured(LOST, LOST)),
    wrong("was it trained?", measured(BAD, BAD)),
    wrong("before the training", measured(GOOD, LATE)),
    wrong("are the two swapped?", measured(GOOD, (1.0, 0.013))),
    wrong("between 0 and 1", measured((99.7, 100.0), (1.3, 100.0))),
    wrong("must return the numbers: reversed, right letters", measured(0.99, 0.01)),
    wrong("`return` missing?", measured(None, None)),
    wrong("my_measure is not written yet", (lambda: "B", unwritten)),
    wrong("predict 'A', 'B' or 'C', not 'D'", measured(GOOD, LOST, "D")),
    wrong("predict 'A', 'B' or 'C'", measured(GOOD, LOST, "a reversal")),
    wrong("predict 'A', 'B' or 'C'", measured(GOOD, LOST, ["B"])),
]

RIGHT = [
    measured(GOOD, LOST, "A"),
    measured([0.97, 0.99], [0.05, 0.91], "B"),
]
