from heedful.checks.answering import check_drafts

from ..specimens import wrong


def measured(drawn, likeliest, prediction="A"):
    """A prediction, and a `my_measure` with the numbers of real runs of this kind."""
    return lambda: prediction, lambda flag: likeliest if flag else drawn


def unwritten(flag):
    raise NotImplementedError


DRAWN, LIKELIEST = (1.0, 0.008), (0.298, 0.011)

CHECK = check_drafts

WRONG = [
    wrong("was told something untrue", measured(DRAWN, (1.0, 0.7))),
    wrong("tell `verify` that q is P", measured((0.29, 0.01), LIKELIEST)),
    wrong("`if` the wrong way round", measured(LIKELIEST, DRAWN)),
    wrong("is everything counted", measured((1.0, 0.3), LIKELIEST)),
    wrong("is everything counted", measured(DRAWN, (0.301, 0.213))),
    wrong("is the guess the likeliest token?", measured(DRAWN, (0.05, 0.01))),
    wrong("the mean of the gaps", measured((1.0, 15.25 / 4000), (0.298, 17 / 4000))),
    wrong("are the two swapped?", measured((0.008, 1.0), (0.011, 0.298))),
    wrong("between 0 and 1", measured((4000.0, 0.01), (1203.0, 0.01))),
    wrong("must return the numbers: kept, largest gap", measured(1.0, 0.3)),
    wrong("`return` missing?", measured(None, None)),
    wrong("my_measure is not written yet", (lambda: "B", unwritten)),
    wrong("predict 'A', 'B' or 'C', not 'D'", measured(DRAWN, LIKELIEST, "D")),
]

RIGHT = [
    measured(DRAWN, LIKELIEST, "A"),
    measured([1, 0.012], [0.31, 0.006], "C"),
]
